"""Tasks in a calendar of a month, a week or a day; the feed of it for calendar programs."""

import hashlib
from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from keji.access.doors import door, open_door
from keji.access.scope import may
from keji.agenda import queries
from keji.agenda.pages.lists import grants, lines, row, tabs
from keji.agenda.rules import feeds
from keji.agenda.sheet import KIND, TASKS
from keji.clocks import queries as clocks
from keji.customers.rules.anniversaries import next_on
from keji.customers.sheet import CUSTOMERS
from keji.kernel import ics
from keji.kernel.calendar import is_workday
from keji.kernel.clock import WEEKDAYS, day_of, is_day, today, zone
from keji.kernel.errors import NotThere
from keji.kernel.numbers import whole_id
from keji.records.pages import done, url, url_of

VIEWS = ("month", "week", "day")
BACK, AHEAD = timedelta(days=30), timedelta(days=366)  # how far a feed reaches


@door("tasks.see")
def calendar(request: Any) -> HttpResponse:
    person, view = request.user, request.GET.get("view", "month")
    view = view if view in VIEWS else "month"
    on, chosen = day_asked(request.GET.get("on", "")), whole_id(request.GET.get("person", "")) or person.pk
    since, until = span(view, on)
    people = queries.colleagues(person) | {person.pk: person.name}
    who = chosen if chosen in people else person.pk
    found = queries.between(person, since, until, [who])
    days = {since + timedelta(days=n): [] for n in range((until - since).days)}  # type: dict[date, list[Any]]
    for line, one in zip(lines(person, found), found, strict=True):
        due: Any = one.due_at
        days[day_of(due)].append(line | {"time": "" if is_day(due) else f"{due.astimezone(zone()):%H:%M}"})
    told = remembered(person, since, until) if who == person.pk else {}
    query = "" if who == person.pk else f"&person={who}"
    context = {
        "tabs": tabs(person, "calendar"),
        "may": grants(person) | {"change": may(person, "tasks.change")},
        "view": view,
        "views": [(name, text, f"?view={name}&on={on}{query}") for name, text in zip(VIEWS, (_("按月"), _("按周"), _("按日")), strict=True)],
        "title": title(view, on, since, until),
        "weeks": weeks([cell(day, rows, told.get(day, []), on, view) for day, rows in days.items()]),
        "names": list(WEEKDAYS) if view != "day" else [],
        "previous": f"?view={view}&on={turned(view, on, -1)}{query}",
        "next": f"?view={view}&on={turned(view, on, 1)}{query}",
        "now": f"?view={view}{query}",
        "people": sorted((name, pk, pk == who) for pk, name in people.items()),
        "on": on,
        "feed": queries.feed(person),
    }
    return render(request, "agenda/calendar.html", context)


def day_asked(told: str) -> date:
    try:
        day = date.fromisoformat(told[:10])
    except ValueError:
        return today()
    return day if 1990 < day.year < 2190 else today()


def span(view: str, on: date) -> tuple[date, date]:
    """The first day shown, and the one behind the last: whole weeks from Monday on."""
    if view == "day":
        return on, on + timedelta(days=1)
    first, last = (on, on) if view == "week" else (on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1]))
    return first - timedelta(days=first.weekday()), last + timedelta(days=7 - last.weekday())


def turned(view: str, on: date, way: int) -> date:
    if view == "month":
        month = on.year * 12 + on.month - 1 + way
        return date(month // 12, month % 12 + 1, 1)
    return on + timedelta(days=way * (7 if view == "week" else 1))


def title(view: str, on: date, since: date, until: date) -> str:
    if view == "month":
        return f"{on:%Y-%m}"
    return f"{since} – {until - timedelta(days=1)}" if view == "week" else on.isoformat()


def cell(day: date, rows: list[Any], told: list[Any], on: date, view: str) -> dict[str, Any]:
    return {
        "day": day,
        "number": day.day,
        "today": day == today(),
        "other": view == "month" and day.month != on.month,
        "off": not is_workday(day, clocks.calendar()),
        "tasks": rows,
        "remembered": told,
        "new": f"{url('agenda:new')}?due_at={day}",
        "href": f"?view=day&on={day}",
    }


def weeks(cells: list[Any]) -> list[list[Any]]:
    return [cells[place : place + 7] for place in range(0, len(cells), 7)]


def remembered(person: Any, since: date, until: date) -> dict[date, list[dict[str, str]]]:
    """The anniversaries of one's own customers in these days, each with the customer as the person reads it."""
    found: dict[date, list[dict[str, str]]] = {}
    rows = queries.anniversaries(person) if may(person, "customers.see") else []
    read = CUSTOMERS.reader(person, [customer.pk for _one, customer in rows], [CUSTOMERS.by_name["name"]])
    for one, customer in rows:
        on = next_on(one.day, one.yearly, since)
        if on is not None and on < until:
            told = {"name": one.name, "customer": read(customer.__dict__)["name"].text, "href": url_of("customers:page", customer.pk)}
            found.setdefault(on, []).append(told)
    return found


@door("tasks.see", "POST", recent=True)
def feed_make(request: Any) -> HttpResponse:
    """A new address, which is shown this once."""
    secret = feeds.make_feed(request.user)
    return render(request, "agenda/feed.html", {"address": f"{settings.BASE_URL}{url('agenda:feed', secret)}"})


@door("tasks.see", "POST")
def feed_revoke(request: Any) -> HttpResponse:
    feeds.revoke_feed(request.user)
    return done(request, _("订阅地址已作废"), url("agenda:calendar"))


@open_door("a calendar program has no session; the address is the secret, and its person may revoke it")
def feed(request: Any, secret: str) -> HttpResponse:
    """The person's open tasks and anniversaries. Of customers it holds the name and nothing else, of tasks no text."""
    person = queries.reader_of(secret)
    if person is None or not may(person, "tasks.see"):
        raise NotThere("feed")
    with translation.override(person.language or "zh-hans"):
        body = ics.calendar(_("客迹任务"), settings.TIME_ZONE, [*events(person), *yearly(person)])
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if etag in [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponse(status=304, headers={"ETag": etag})
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers={"ETag": etag})


def events(person: Any) -> list[ics.Event]:
    start = today()
    found = [one for one in queries.between(person, start - BACK, start + AHEAD, [person.pk]) if one.state == "OPEN"]
    read = TASKS.reader(person, [one.pk for one in found], [TASKS.by_name["customer"]])
    return [event(one, read(row(one))["customer"].text) for one in found]


def event(one: Any, customer: str) -> ics.Event:
    at = day_of(one.due_at) if is_day(one.due_at) else one.due_at
    summary = _("%(kind)s：%(customer)s") % {"kind": KIND.show(one.kind), "customer": customer} if customer else KIND.show(one.kind)
    where = f"{settings.BASE_URL}{url_of('agenda:page', one.pk)}"
    return ics.Event(f"task-{one.pk}@{settings.BASE.hostname}", at, summary, one.changed_at, one.version, where)


def yearly(person: Any) -> list[ics.Event]:
    rows = queries.anniversaries(person) if may(person, "customers.see") else []
    read = CUSTOMERS.reader(person, [customer.pk for _one, customer in rows], [CUSTOMERS.by_name["name"]])
    found = []
    for one, customer in rows:
        summary = _("纪念日：%(customer)s") % {"customer": read(customer.__dict__)["name"].text}
        uid = f"anniversary-{one.pk}@{settings.BASE.hostname}"
        where = f"{settings.BASE_URL}{url_of('customers:page', customer.pk)}"
        found.append(ics.Event(uid, one.day, summary, customer.created_at, 0, where, one.yearly))
    return found


