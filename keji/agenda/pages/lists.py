"""Tasks as a list and as a file; one's own and the team's by when they are due; what a customer's page shows of them."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.agenda import jobs, queries
from keji.agenda.rules import campaigns, reminding
from keji.agenda.sheet import KIND, TASKS
from keji.customers import queries as customers
from keji.customers.pages.panels import row_of
from keji.customers.queries import NAMED
from keji.kernel.clock import day_of, start_of, today
from keji.kernel.numbers import whole_id
from keji.records.filters import Strip
from keji.records.pages import Links, done, export_page, list_page, panel_page, same_site, url, url_of

LINKS = Links(lambda pk, line: url_of("agenda:page", pk), main="title", clips=True)
FIRST = ("state", "kind", "assignee", "due_at", "customers.grade")
OPEN = "?state=OPEN"
WAYS = {"HANDOVER": "service:handover"}  # where a task about another record is done: kind → page of that record
SHOWN = ("title", "kind", "customer", "due_at", "assignee", "remind_at", "ended_at")
RECENT = timedelta(days=7)


def strip() -> Strip:
    return Strip(url("agenda:list") + "filters/", FIRST)


def tabs(person: Any, here: str) -> list[dict[str, Any]]:
    """The pages of tasks, side by side."""
    told = [("mine", _("我的任务"), ""), ("team", _("团队"), ""), ("calendar", _("日历"), ""), ("list", _("全部任务"), OPEN), ("reviews", _("梳理"), "")]
    told += [("plans", _("计划"), "")] if may(person, "tasks.create") else []
    return [{"text": text, "href": url(f"agenda:{name}") + query, "on": name == here} for name, text, query in told]


def grants(person: Any) -> dict[str, bool]:
    return {verb: may(person, f"tasks.{verb}") for verb in ("create", "export")}


@door("tasks.see")
def task_list(request: Any) -> HttpResponse:
    extra: dict[str, Any] = {"tabs": tabs(request.user, "list"), "may": grants(request.user)}
    return list_page(request, TASKS, queries.tasks(request.user), "agenda/list.html", LINKS, strip=strip(), **extra)


@door("tasks.see")
def task_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, TASKS, name, url("agenda:list"), strip())


@door("tasks.export", "GET", "POST", recent=True)
def task_export(request: Any) -> HttpResponse:
    return export_page(request, jobs.EXPORT, "agenda/export.html")


@door("tasks.see")
def mine(request: Any) -> HttpResponse:
    person = request.user
    waiting = list(queries.waiting(person)[: queries.MOST])
    done = list(queries.ended(person, start_of(today()) - RECENT)[:50])
    context = {
        "tabs": tabs(person, "mine"),
        "may": grants(person),
        "groups": grouped(person, waiting),
        "done": lines(person, done),
        "full": len(waiting) == queries.MOST,
        "all": f"{url('agenda:list')}{OPEN}&assignee={person.pk}",
    }
    return render(request, "agenda/mine.html", context)


@door("tasks.see")
def team(request: Any) -> HttpResponse:
    """Who has how much to do; of one person, what."""
    person, known = request.user, house().people
    chosen = whole_id(request.GET.get("person", ""))
    counts = {one["assignee_id"]: one for one in queries.counts(person, today())}
    parts = {name: between(name) for name in ("late", "today", "week")} | {"update": "&kind=UPDATE", "commitment": "&kind=COMMITMENT", "open": ""}
    people: list[dict[str, Any]] = [
        {
            "name": known[pk].name if pk in known else _("无人负责"),
            "href": f"{url('agenda:team')}?person={pk or 0}",
            "on": chosen == (pk or 0),
            "counts": [(told[name], f"{url('agenda:list')}{OPEN}&assignee={pk or '-'}{query}") for name, query in parts.items()],
        }
        for pk, told in counts.items()
    ]
    context = {
        "tabs": tabs(person, "team"),
        "may": grants(person),
        "people": sorted(people, key=lambda one: one["name"]),
        "groups": grouped(person, list(queries.waiting(person, [chosen])[: queries.MOST])) if chosen else [],
        "called": known[chosen].name if chosen in known else "",
    }
    return render(request, "agenda/team.html", context)


@door("tasks.see", "POST")
def nudge(request: Any, pk: int) -> HttpResponse:
    """Remind a colleague of what is overdue."""
    told = reminding.nudge(request.user, pk)
    name = house().people[pk].name
    text = _("已提醒%(name)s") % {"name": name} if told else _("今天已经提醒过%(name)s") % {"name": name}
    return done(request, text, same_site(request, request.POST.get("then", ""), url("agenda:team")))


def between(name: str) -> str:
    """The days of a count, as the list is asked for them."""
    start = today()
    edges: dict[str, tuple[date | None, date | None]] = {
        "late": (None, start - timedelta(days=1)),
        "today": (start, start),
        "week": (start + timedelta(days=1), start + timedelta(days=6 - start.weekday())),
    }
    since, until = edges[name]
    return (f"&due_at__from={since.isoformat()}" if since else "") + (f"&due_at__to={until.isoformat()}" if until else "")


def grouped(person: Any, found: list[Any]) -> list[dict[str, Any]]:
    """Open tasks by when they are due: overdue ones first, those without a day last."""
    start = today()
    week = start + timedelta(days=7 - start.weekday())
    titles = {"late": _("已逾期"), "today": _("今天"), "week": _("本周"), "later": _("以后"), "undated": _("没有日期")}
    groups: dict[str, list[Any]] = {name: [] for name in titles}
    for one in found:
        day = day_of(one.due_at) if one.due_at else None
        name = "undated" if day is None else "late" if day < start else "today" if day == start else "week" if day < week else "later"
        groups[name].append(one)
    read = {line["pk"]: line for line in lines(person, found)}
    return [
        {"name": name, "title": titles[name], "lines": [read[one.pk] for one in rows]} for name, rows in groups.items() if rows
    ]


def lines(person: Any, found: list[Any], near: set[int] | None = None) -> list[dict[str, Any]]:
    """Tasks as lines of a page, as the person reads them. `near` are the customers known to be the person's business."""
    read = TASKS.reader(person, [one.pk for one in found], [TASKS.by_name[name] for name in SHOWN])
    known = near_customers(person, found) if near is None else near
    return [line(one, read(row(one)), one.customer_id in known) for one in found]


def row(one: Any) -> dict[str, Any]:
    if one.customer is None:
        return one.__dict__ | dict.fromkeys(NAMED, "")
    return row_of(one, one.customer)


def near_customers(person: Any, found: list[Any]) -> set[int]:
    """The customers of these tasks whose pages the person may open."""
    ids = {one.customer_id for one in found if one.customer_id}
    return customers.seen(person, ids) if ids and may(person, "customers.see") else set()


def line(one: Any, it: Any, near: bool) -> dict[str, Any]:
    missing = one.state == "DONE" and one.kind == "FOLLOWUP" and not one.ended_with
    return {
        "pk": one.pk,
        "version": one.version,
        "it": it,
        "state": one.state,
        "kind": KIND.show(one.kind),
        "late": one.state == "OPEN" and one.due_at is not None and day_of(one.due_at) < today(),
        "customer": url_of("customers:page", one.customer_id) if near else "",
        "log": one.customer_id if near and one.kind in ("FOLLOWUP", "VISIT") else None,
        "unrecorded": missing,
        "way": way(one) if one.state == "OPEN" else "",
    }


def way(one: Any) -> str:
    """Where a task is done that is not done here."""
    if (turn := campaigns.round_id(one)) is not None:
        return url_of("agenda:review", turn)
    return url_of(WAYS[one.kind], one.record_id) if one.kind in WAYS and one.record_id else ""


def panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """What the customer's page shows of tasks: the open ones, the most urgent first."""
    found = queries.of_customer(person, customer) if customers.holds(customer, "tasks") else []
    for one in found:
        one.customer = customer
    add = url("agenda:new") + f"?_customer={customer.pk}" if may(person, "tasks.create") and granted["customers.see"] else ""
    return {"lines": lines(person, found, {customer.pk}), "add": add, "here": url("customers:page", customer.pk)}
