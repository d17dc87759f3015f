"""Work on files in the background."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.kernel.errors import Invalid, Refused, Unfit
from keji.queue import called, every, task
from keji.records.listing import ask
from keji.records.models import Export
from keji.records.rules import attachments, exports
from keji.records.sheet import SHEETS, Sheet


def make_file(export_id: int, way: exports.Way) -> None:
    """Make an asked-for file; what its maker may is asked again now."""
    fresh()
    export = Export.objects.select_related("person").get(pk=export_id)
    try:
        asked = ask(way.sheet, export.person, QueryDict(export.query))
        way.make(export, way.rows(export.person, asked))
    except (Refused, Unfit, Invalid):
        exports.deny(export)


def make_list(export: Export, sheet: Sheet, rows: Any) -> None:
    """Make the file of one sheet, with the numbers of the customers where its maker reads those."""
    exports.make_sheet(export, sheet, rows, "customer_no" in SHEETS["customers"].readable(export.person))


@every(daily="03:10", name="sweep exports")
@called(_("清理导出文件"))
@task()
def sweep_exports() -> None:
    exports.sweep()


@every(daily="03:20", name="sweep attachments")
@called(_("清理附件"))
@task()
def sweep_attachments() -> None:
    attachments.sweep()
