"""The page of today's work: figures that open their rows, and cards."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from keji.access.scope import may
from keji.agenda import queries as agenda
from keji.agenda.pages import lists as tasks
from keji.customers import queries as customers
from keji.customers import spread
from keji.customers.sheet import CUSTOMERS, NEEDS
from keji.deals import queries as deals
from keji.deals.pages.record import price
from keji.deals.sheet import DEALS
from keji.desk.workbench import UPKEEP, WAITING, figures, overdue, views
from keji.kernel.clock import WEEKDAYS, now, start_of, today, zone
from keji.records.pages import url
from keji.service import pages as services
from keji.service import queries as service

FEW = 15  # lines of a card


def workbench(request: Any) -> HttpResponse:
    """The view of what the person is here for; of who is here for several things, the one that was chosen."""
    person = request.user
    offered = views(person)
    if not offered:
        return redirect("desk:account")
    chosen = next((one for one in offered if one.name == request.GET.get("view")), offered[0])
    if chosen.lands:
        return redirect(chosen.lands)
    at = timezone.localtime(now(), zone())
    cards = {name: CARDS[name](person) for name in chosen.cards}
    context = {
        "hello": hello(at.hour) % {"name": person.name},
        "day": _("%(month)d 月 %(day)d 日") % {"month": at.month, "day": at.day} + f" {WEEKDAYS[at.weekday()]}",
        "tabs": [{"text": one.label, "href": f"?view={one.name}", "on": one == chosen} for one in offered],
        "tiles": figures(person, chosen.tiles) + (overdue(person, chosen.clocks == "mine") if chosen.clocks else []),
        "cards": {name: told for name, told in cards.items() if told is not None},
        "then": request.get_full_path(),
    }
    return render(request, "desk/workbench.html", context)


def hello(hour: int) -> str:
    """How one is greeted at an hour of the day."""
    if 5 <= hour < 11:
        return _("早上好，%(name)s")
    if 11 <= hour < 13:
        return _("中午好，%(name)s")
    return _("下午好，%(name)s") if 13 <= hour < 18 else _("晚上好，%(name)s")


def todays(person: Any) -> dict[str, Any] | None:
    """The person's own tasks that are overdue or due today."""
    if not may(person, "tasks.see"):
        return None
    found = agenda.due(person, start_of(today() + timedelta(days=1)), FEW + 1)
    return {"lines": tasks.lines(person, found[:FEW]), "more": len(found) > FEW}


def team(person: Any) -> dict[str, Any] | None:
    """What each colleague has to do."""
    found = agenda.loads(person, today(), FEW + 1)
    return {
        "people": [
            {
                "name": one["name"],
                "pk": one["pk"],
                "href": f"{url('agenda:team')}?person={one['pk']}",
                "counts": [(name, many(one[name]), tasks_of(one["pk"], name)) for name in ("late", "today")],
                "customers": f"{url('customers:list')}?owner={one['pk']}&heartbeat=OVERDUE",
            }
            for one in found[:FEW]
        ],
        "more": len(found) > FEW,
    }


def many(count: int) -> str:
    return f"{agenda.PLENTY - 1}+" if count >= agenda.PLENTY else str(count)


def tasks_of(pk: int, name: str) -> str:
    return f"{url('agenda:list')}{tasks.OPEN}&assignee={pk}{tasks.between(name)}"


def funnel(person: Any) -> dict[str, Any] | None:
    """The person's own open deals by stage."""
    lines = deals.lines_seen(person) if may(person, "deals.see") else []
    if not lines or not DEALS.readable(person) >= {"owner", "stage", "category"}:
        return None
    rows = deals.own(person)
    adds_up = DEALS.readable(person) >= {"amount", "currency"}
    counts, sums = Counter[int](), defaultdict[int, list[str]](list)
    for one in deals.sums(rows, lines[0].pk):
        counts[one["stage_id"]] += one["number"]
        sums[one["stage_id"]] += [price(one["total"], one["currency"])] if adds_up and one["total"] else []
    stem = f"{url('deals:list')}?owner={person.pk}&stage="
    steps = [step for step in lines[0].steps if step.category == "OPEN"]
    return {
        "steps": [(step.name, counts[step.pk], sums[step.pk], f"{stem}{step.pk}") for step in steps],
        "largest": max(counts.values(), default=0),
    }


def upkeep(person: Any) -> list[dict[str, Any]] | None:
    """What of the person's own customers is stale, invalid or to be confirmed."""
    whose = f"&owner={person.pk}"
    return figures(person, UPKEEP, whose=whose, customers=f"&customers.owner={person.pk}") or None


def sources(person: Any) -> list[tuple[str, int, str]] | None:
    """Where the customers of the last 30 days come from."""
    if not CUSTOMERS.readable(person) >= {"lead_source", "created_at"}:
        return None
    since = today() - timedelta(days=29)
    rows = customers.since(person, start_of(since))
    told = QueryDict(f"created_at__from={since.isoformat()}")
    found = spread.groups(person, rows, "lead_source", told)[:FEW]
    return [(one.text, one.count, f"{url('customers:list')}?{one.query}" if one.query else "") for one in found]


def wishes(person: Any) -> list[tuple[str, int, str]] | None:
    """What the needs of the last 30 days are about."""
    if not may(person, "needs.see") or not NEEDS.readable(person) >= {"need_type", "created_at"}:
        return None
    since = today() - timedelta(days=29)
    show = NEEDS.by_name["need_type"].kind.show
    stem = f"{url('customers:needs')}?created_at__from={since.isoformat()}&need_type="
    return [(show(code) or _("未填写"), n, f"{stem}{code or '-'}") for code, n in customers.wanted(person, start_of(since))[:FEW]]


def tickets(person: Any) -> dict[str, Any] | None:
    """The person's own tickets that are not solved, the first due on top."""
    if not may(person, "tickets.see"):
        return None
    found = service.waiting(person, FEW + 1)
    return {"lines": services.lines(person, found[:FEW]), "more": len(found) > FEW, "whole": f"{url('service:list')}?{WAITING}&handler={person.pk}"}


CARDS: dict[str, Callable[[Any], Any]] = {
    "today": todays,
    "people": team,
    "funnel": funnel,
    "tickets": tickets,
    "upkeep": upkeep,
    "sources": sources,
    "wishes": wishes,
}
