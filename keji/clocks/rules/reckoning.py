"""When a limit ends and when its warnings are given. Pure: no database."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any

from keji.clocks.models import Unit
from keji.kernel import calendar as days
from keji.kernel import clock
from keji.kernel.calendar import Calendar, Due
from keji.kernel.dates import months_on

BUSINESS = 9  # hours of a working day
INSTANT = timedelta(microseconds=1)


def due(unit: str, amount: float, start: datetime, calendar: Calendar) -> Due:
    """The first moment that is too late. Months: the end of the calendar month so many months later."""
    if unit == Unit.HOURS:
        return days.due_after_hours(start, amount)
    if unit == Unit.WORKHOURS:
        return days.due_after_hours(start, amount, calendar, working=True)
    if unit == Unit.WORKDAYS:
        return days.due_at(start, int(amount), calendar)
    day = clock.day_of(start)
    if unit == Unit.DAYS:
        return Due(days.end_of_day(day + timedelta(days=int(amount))), False)
    return Due(days.end_of_day(days.month_end(day, int(amount))), False)


def due_day(at: datetime) -> date:
    """The last day on which it can still be done."""
    return clock.day_of(at - INSTANT)


def turn(limit: Any, stage: int, start: datetime, at: datetime, extra: float, calendar: Calendar) -> datetime:
    """When the warning of that place is given: a share of the limit away from its end, or at the start of a day."""
    by, measure, _who = limit.warns[stage]
    if measure == "DAYS":
        return datetime.combine(due_day(at) + timedelta(days=by), time(), clock.zone())
    if by == 0:
        return at
    share = limit.amount * by / 100
    if limit.unit == Unit.WORKDAYS:
        if by < 0:
            return days.hours_ahead(at, -share * BUSINESS, calendar)
        share = ceil(share)
    return due(limit.unit, limit.amount + share + extra, start, calendar).at


def elapsed(unit: str, since: datetime, until: datetime, calendar: Calendar) -> float:
    """How much of a unit went by, as it is added to an amount after a pause."""
    if until <= since:
        return 0
    if unit == Unit.HOURS:
        return (until - since) / timedelta(hours=1)
    if unit == Unit.WORKHOURS:
        return days.hours_worked(since, until, calendar)
    first, last = clock.day_of(since), clock.day_of(until)
    if unit == Unit.MONTHS:
        return (last.year - first.year) * 12 + last.month - first.month
    span = (last - first).days
    if unit == Unit.DAYS:
        return span
    return sum(days.is_workday(first + timedelta(days=step), calendar) for step in range(1, span + 1))


def turns(months: int, after: date, until: date) -> Iterator[date]:
    """The last days of every so many calendar months: of each month, each quarter, each half-year."""
    day = days.month_end(after)
    if day == after:
        day = days.month_end(after, 1)
    while day <= until:
        if day.month % months == 0:
            yield day
        day = days.month_end(day, 1)


def lapsed(months: int, last: date, as_of: date) -> bool:
    """True if so many whole calendar months and more have passed."""
    return months_on(last, months) < as_of


def last_lapsed(months: int, as_of: date) -> date:
    """The last day since which so many whole calendar months and more have passed."""
    day = months_on(as_of, -months)
    while not lapsed(months, day, as_of):
        day -= timedelta(days=1)
    return day
