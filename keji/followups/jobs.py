"""Work on follow-ups in the background."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.customers.rules.exports import deny
from keji.followups.queries import found
from keji.followups.rules import exports
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.errors import Invalid, Refused, Unfit
from keji.queue import called, task
from keji.records.listing import ask
from keji.records.models import Export


@called(_("制作跟进导出文件"))
@task()
def make_export(export_id: int) -> None:
    """Make an asked-for file; what its maker may is asked again now."""
    fresh()
    export = Export.objects.select_related("person").get(pk=export_id)
    try:
        asked = ask(FOLLOWUPS, export.person, QueryDict(export.query))
        exports.make(export, FOLLOWUPS, found(export.person, FOLLOWUPS, asked, "export"))
    except (Refused, Unfit, Invalid):
        deny(export)
