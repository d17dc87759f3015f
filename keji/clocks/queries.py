"""Reads of limits, clocks and the calendar."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.clocks.models import Clock, Holiday, Kind, Limit, Tick, Year
from keji.database.doctor import Fact
from keji.kernel.calendar import Calendar, standard
from keji.kernel.clock import minute_of, now
from keji.kernel.errors import NotThere

WATCH = "watch"
INTERVAL = timedelta(seconds=60)  # of the job that watches
PATIENCE = 2 * INTERVAL + timedelta(seconds=30)  # two ticks, and what a tick may take


def calendar() -> Calendar:
    """The holidays of the installation: what came with the program, under what the steward entered."""
    known: Calendar = house().once("calendar", read_calendar)
    return known


def read_calendar() -> Calendar:
    entered = dict(Year.objects.values_list("year", "official"))
    if not entered:
        return standard()
    known = standard()
    days = {day: works for day, works in known.exceptions.items() if day.year not in entered}
    days |= dict(Holiday.objects.values_list("day", "works"))
    official = known.official - entered.keys() | {year for year, announced in entered.items() if announced}
    return Calendar(days, frozenset(official))


def limits() -> dict[tuple[str, str], Limit]:
    """All limits by code and variant."""
    known: dict[tuple[str, str], Limit] = house().once("limits", read_limits)
    return known


def read_limits() -> dict[tuple[str, str], Limit]:
    return {(one.code, one.variant): one for one in Limit.objects.order_by("code", "variant")}


def limit_of(code: str, variant: str = "") -> Limit | None:
    """A limit that is switched on; None if it is not."""
    known = limits().get((code, variant))
    return known if known and known.enabled else None


def contact_limit(grade: str) -> Limit | None:
    """How often a customer of this grade is to be contacted."""
    found = (one for one in limits().values() if one.kind == Kind.CONTACT and one.variant == grade and one.enabled)
    return next(found, None) if grade else None


def limit(pk: int) -> Limit:
    found = Limit.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def open_clocks() -> QuerySet[Clock]:
    return Clock.objects.filter(stopped_at=None)


def due(*, until: datetime | None = None, person_id: int | None = None, codes: tuple[str, ...] = ()) -> QuerySet[Clock]:
    """The clocks that run, the first due on top: up to a moment, of a person, under some limits."""
    found = open_clocks().filter(paused_at=None).select_related("limit").order_by("due_at", "pk")
    found = found.filter(due_at__lte=until) if until else found
    found = found.filter(person_id=person_id) if person_id else found
    return found.filter(limit__code__in=codes) if codes else found


def counts() -> dict[int, tuple[int, int]]:
    """How many clocks run under each limit, and how many of them are overdue."""
    late = Count("pk", filter=Q(due_at__lte=now(), paused_at=None))
    rows = open_clocks().order_by().values_list("limit_id").annotate(running=Count("pk"), late=late)
    return {pk: (running, overdue) for pk, running, overdue in rows}


def years() -> list[Year]:
    return list(Year.objects.order_by("-year").select_related("who"))


def days_of(year: int) -> list[tuple[Any, bool, str]]:
    """The days of a year that differ from Monday-to-Friday, with what they are called where that was entered."""
    names = dict(Holiday.objects.filter(day__year=year).values_list("day", "name"))
    known = calendar().exceptions
    return [(day, works, names.get(day, "")) for day, works in sorted(known.items()) if day.year == year]


def last_tick() -> datetime | None:
    return Tick.objects.filter(name=WATCH).values_list("at", flat=True).first()


def stands_still(last: datetime | None) -> bool:
    """True if two ticks were missed. An installation that never ran has missed none."""
    return last is not None and abs(now() - last) > PATIENCE


def still() -> bool:
    """True if the clocks are not watched: reminders do not come."""
    return stands_still(last_tick())


def fact() -> Fact:
    """What `keji doctor` says of the watching of clocks."""
    last = last_tick()
    still = stands_still(last)
    value = minute_of(last) if last else _("还没有运行过")
    return Fact(_("提醒和时限"), value, not still, _("提醒没有在运行：启动 keji serve，或看后台任务。") if still else "")
