"""Files by the API: asked for like on the pages, by the same rules, and fetched when they are ready."""

from typing import Any

from django.http import FileResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _

from keji.access.tokens import scopes, whole
from keji.agenda.jobs import EXPORT as EXPORT_TASKS
from keji.api import resources
from keji.api.problems import Wrong
from keji.customers import queries as customers
from keji.customers.jobs import EXPORT, EXPORT_CONTACTS, EXPORT_NEEDS
from keji.deals.jobs import EXPORT as EXPORT_DEALS
from keji.followups.jobs import EXPORT as EXPORT_FOLLOWUPS
from keji.intake.jobs import WORKBOOK
from keji.kernel.errors import Invalid, NotThere, Problem, Unfit
from keji.kernel.filenames import disposition
from keji.kernel.numbers import whole_id
from keji.records.listing import ask
from keji.records.rules import exports
from keji.service.jobs import EXPORT as EXPORT_TICKETS

LISTS = (EXPORT, EXPORT_CONTACTS, EXPORT_NEEDS, EXPORT_TASKS, EXPORT_DEALS, EXPORT_FOLLOWUPS, EXPORT_TICKETS)
LONGEST = 4000  # characters of a query
WAYS = {way.sheet.model.RECORD: way for way in LISTS} | {"workbook": WORKBOOK}


def begin(person: Any, token: Any, name: str, told: dict[str, Any]) -> dict[str, Any]:
    """Ask for a list as a file: few rows come at once, many in the background. It holds what its person reads.

    A file may tell of records beside its own, so its token must read all that there are.
    """
    person = reads_all(person, token)
    known = {"query": "", "why": "", "format": "xlsx"}
    if told.keys() - known.keys() or not all(isinstance(one, str) for one in told.values()):
        raise Unfit(Problem("query", "E_TYPE", _("值的类型不对，请看接口说明")))
    said, way = {**known, **told}, WAYS[name]
    if said["format"] not in ("xlsx", "csv"):
        raise Unfit(Problem("format", "E_CHOICE", _("格式是 xlsx 或 csv")))
    query, why, form = said["query"], resources.text("why", said["why"]), said["format"]
    rows = way.rows(person, narrowed(way, person, query))
    export = way.ask(person, rows, query, why, form) if way.ask else exports.ask(person, name, {name: rows}, query, why, form)
    exports.at_once_or_later(way, export, rows, rows.order_by()[: max(0, exports.AT_ONCE + 1)].count())
    return shown(export)


def narrowed(way: exports.Way, person: Any, query: str) -> Any:
    """What the file is narrowed to, as the address of a list says it."""
    if len(query) > LONGEST:
        raise Unfit(Problem("query", "E_LENGTH", _("最多 %(most)d 个字") % {"most": LONGEST}))
    try:
        return ask(way.sheet, person, QueryDict(query))
    except Invalid as error:
        raise Unfit(Problem("query", error.code, error.message)) from None


def reads_all(person: Any, token: Any) -> Any:
    """The person with all their rights, if the token may read whatever a file may hold."""
    if missing := [one for one in scopes() if one.endswith(".read") and one not in token.scopes]:
        raise Wrong(403, "E_SCOPE", _("令牌没有权限 %(scope)s") % {"scope": missing[0]})
    return whole(person)


def shown(export: Any) -> dict[str, Any]:
    made = {"id": export.pk, "record": export.record, "state": export.state, "format": export.format}
    return made | {"rows": export.rows, "why": export.why, "until": export.until.isoformat()}


def one(person: Any, key: str) -> Any:
    pk = whole_id(key)
    if pk is None:
        raise NotThere(key)
    return customers.export(person, pk)


def file(person: Any, token: Any, key: str) -> HttpResponseBase:
    """The file itself, for its maker alone."""
    person = reads_all(person, token)
    export = one(person, key)
    path = exports.fetched(person, export)
    answer = FileResponse(path.open("rb"), content_type="application/octet-stream")
    answer["Content-Disposition"] = disposition(f"{export.record}-{export.pk}.{export.format}")
    return answer
