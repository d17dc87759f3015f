"""Work on follow-ups in the background."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.followups.queries import found
from keji.followups.sheet import FOLLOWUPS
from keji.queue import called, task
from keji.records.jobs import make_file, make_list
from keji.records.rules.exports import Way


def takeable(person: Any, asked: Any) -> Any:
    return found(person, FOLLOWUPS, asked, "export")


@called(_("制作跟进导出文件"))
@task()
def make_export(export_id: int) -> None:
    make_file(export_id, EXPORT)


EXPORT = Way(FOLLOWUPS, takeable, lambda export, rows: make_list(export, FOLLOWUPS, rows), make_export)
