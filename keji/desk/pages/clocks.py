"""What is due on customers and what is overdue: one's own, or of all customers near the person."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.clocks.pages import called, named
from keji.clocks.presets import BY_CODE
from keji.clocks.queries import limits
from keji.clocks.rules.reckoning import due_day
from keji.customers import queries
from keji.customers.sheet import CUSTOMERS
from keji.desk.workbench import due_clocks, unknown_limits
from keji.kernel.clock import now, today
from keji.records.pages import moment, url

AHEAD = timedelta(days=7)
MOST = 100
NAMES = ("name", "customer_no", "owner")
BY_DAY = ("DAYS", "MONTHS")


@door("customers.see")
def due_page(request: Any) -> HttpResponse:
    person, code = request.user, request.GET.get("limit", "")[:10]
    mine, late = request.GET.get("who") == "mine", request.GET.get("show") == "overdue"
    known = {one.code: one for one in limits().values()}
    hidden = unknown_limits(person)
    until = now() if late else now() + AHEAD
    rows = due_clocks(person, until, mine, (code,) if code in known else ())
    found = list(rows[: MOST + 1])
    context = {
        "lines": lines(person, found[:MOST]),
        "more": len(found) > MOST,
        "limits": [(one.code, named(one.code, one.variant), one.code == code) for one in known.values() if one.code not in hidden],
        "views": views(request.GET),
        "late": late,
    }
    return render(request, "desk/due.html", context)


def views(asked: Any) -> list[dict[str, Any]]:
    """The page for oneself and for all, for what comes and for what is over; the chosen limit stays."""
    kept = {"limit": asked["limit"]} if asked.get("limit") else {}
    ways: tuple[tuple[str, dict[str, str]], ...] = (
        (_("全部客户"), {}),
        (_("全部逾期"), {"show": "overdue"}),
        (_("我的"), {"who": "mine"}),
        (_("我的逾期"), {"who": "mine", "show": "overdue"}),
    )
    now_shown = {name: asked[name] for name in ("who", "show") if asked.get(name)}
    return [{"text": text, "href": f"?{urlencode(way | kept)}", "on": way == now_shown} for text, way in ways]


def lines(person: Any, clocks: list[Any]) -> list[dict[str, Any]]:
    """The clocks as the person may read the customers that they run on."""
    ids = [one.customer_id for one in clocks]
    columns = [CUSTOMERS.by_name[name] for name in NAMES]
    rows = queries.rows(person, ids, CUSTOMERS.attributes(columns))
    read = CUSTOMERS.reader(person, list(rows), columns)
    people, day = house().people, today()
    found = []
    for one in clocks:
        last = due_day(one.due_at)
        shown = read(rows[one.customer_id])
        found.append(
            {
                "customer": shown["name"].text or "—",
                "number": shown["customer_no"].text,
                "href": url(BY_CODE[one.limit.code, one.limit.variant].page, one.record_id),
                "limit": called(one.limit),
                "due": last.isoformat() if one.limit.unit in BY_DAY else moment(one.due_at),
                "tone": "red" if one.due_at <= now() else "amber" if last == day else "green",
                "said": said(one, (day - last).days),
                "provisional": one.provisional,
                "person": people[one.person_id].name if one.person_id in people and "owner" in shown else "",
            }
        )
    return found


def said(one: Any, days: int) -> str:
    """How far it is, in a word."""
    if one.due_at <= now():
        return _("逾期 %(n)d 天") % {"n": days} if days > 0 else _("已超时")
    return _("今天到期") if days == 0 else _("还有 %(n)d 天") % {"n": -days}
