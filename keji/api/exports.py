"""Files by the API: asked for like on the pages, by the same rules, and fetched when they are ready."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import FileResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _

from keji.access.tokens import scopes, whole
from keji.api.problems import Wrong
from keji.customers import jobs as customer_jobs
from keji.customers import queries as customers
from keji.customers.rules.exports import make
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.deals import jobs as deal_jobs
from keji.deals.sheet import DEALS
from keji.followups import jobs as followup_jobs
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.errors import NotThere, Problem, Unfit
from keji.kernel.filenames import disposition
from keji.kernel.numbers import whole_id
from keji.queue import enqueue
from keji.records.listing import ask
from keji.records.rules import exports
from keji.records.sheet import Sheet


class Way(NamedTuple):
    """How a record type leaves as a file."""

    sheet: Sheet
    rows: Callable[[Any, Any], Any]
    make: Callable[[Any, Any], None]
    job: Any


WAYS = {
    "customers": Way(
        CUSTOMERS,
        customer_jobs.found,
        lambda export, rows: make(export, CUSTOMERS, CONTACTS, rows),
        customer_jobs.make_export,
    ),
    "deals": Way(
        DEALS,
        deal_jobs.takeable,
        lambda export, rows: exports.make_sheet(export, DEALS, rows),
        deal_jobs.make_export,
    ),
    "followups": Way(
        FOLLOWUPS,
        followup_jobs.takeable,
        lambda export, rows: exports.make_sheet(export, FOLLOWUPS, rows),
        followup_jobs.make_export,
    ),
}


def begin(person: Any, token: Any, record: str, told: dict[str, Any]) -> dict[str, Any]:
    """Ask for a list as a file: few rows come at once, many in the background. It holds what its person reads.

    A file may tell of records beside its own, so its token must read all that there are.
    """
    person = reads_all(person, token)
    known = {"query": "", "why": "", "format": "xlsx"}
    if told.keys() - known.keys() or not all(isinstance(one, str) for one in told.values()):
        raise Unfit(Problem("query", "E_TYPE", _("值的类型不对，请看接口说明")))
    said, way = {**known, **told}, WAYS[record]
    if said["format"] not in ("xlsx", "csv"):
        raise Unfit(Problem("format", "E_CHOICE", _("格式是 xlsx 或 csv")))
    rows = way.rows(person, ask(way.sheet, person, QueryDict(said["query"][:4000])))
    export = exports.ask(person, record, {record: rows}, said["query"], said["why"], said["format"])
    if rows.order_by()[: max(0, exports.AT_ONCE + 1)].count() <= exports.AT_ONCE:
        way.make(export, rows)
    else:
        exports.waits(export, enqueue(way.job, export.pk, person_id=person.pk).pk)
    return shown(export)


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
