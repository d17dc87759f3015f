"""Working days, and the moments at which time limits end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from keji.kernel import clock
from keji.kernel.dates import months_on


@dataclass(frozen=True)
class Calendar:
    """The days that differ from Monday-to-Friday, and the years for which they are officially known."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    official: frozenset[int] = frozenset()


class Due(NamedTuple):
    """When something is due, and whether that rests on a year without an official calendar."""

    at: datetime
    provisional: bool


@lru_cache(1)
def standard() -> Calendar:
    """The holidays that come with the program: 2004 to 2026 as announced, 2027 as far as the law tells."""
    from chinese_calendar.constants import holidays, workdays

    shipped, provisional = _shipped()
    mine = {day.year for day in shipped} - provisional
    theirs = {day.year for day in holidays} - mine
    exceptions = {day: False for day in holidays if day.year in theirs and day.weekday() < 5}
    exceptions |= {day: True for day in workdays if day.year in theirs and day.weekday() > 4}
    exceptions |= {day: works for day, works in shipped.items() if day.year not in theirs}
    return Calendar(exceptions, frozenset(mine | theirs))


def _shipped() -> tuple[dict[date, bool], set[int]]:
    rows = (Path(__file__).parent / "data" / "workdays.csv").read_text("utf-8").splitlines()[1:]
    cells = [row.split(",") for row in rows]
    days = {date.fromisoformat(day): works == "1" for day, works, _name, _status in cells}
    return days, {int(day[:4]) for day, _works, _name, status in cells if status == "provisional"}


def is_workday(day: date, calendar: Calendar | None = None) -> bool:
    """Whether people work on that day; in an unknown year from Monday to Friday."""
    return (calendar or standard()).exceptions.get(day, day.weekday() < 5)


def is_provisional(day: date, calendar: Calendar | None = None) -> bool:
    """Whether nobody has announced the holidays of that year yet."""
    return day.year not in (calendar or standard()).official


def add_workdays(start: date, count: int, calendar: Calendar | None = None) -> tuple[date, bool]:
    """The working day so many after the start, which itself never counts, and whether it is provisional."""
    known = calendar or standard()
    day, provisional = start, is_provisional(start, known)
    while count > 0:
        day += timedelta(days=1)
        provisional = provisional or is_provisional(day, known)
        count -= is_workday(day, known)
    return day, provisional


def due_at(
    start: datetime,
    count: int,
    calendar: Calendar | None = None,
    *,
    end_of: str = "BUSINESS",
    closes: time = time(18),
) -> Due:
    """The end of the working day so many after the start: when business closes, or midnight (end_of="DAY")."""
    day, provisional = add_workdays(clock.day_of(start), count, calendar)
    if end_of == "DAY":
        return Due(datetime.combine(day + timedelta(days=1), time(), clock.zone()), provisional)
    return Due(datetime.combine(day, closes, clock.zone()), provisional)


def due_after_hours(
    start: datetime,
    hours: float,
    calendar: Calendar | None = None,
    *,
    working: bool = False,
    opens: time = time(9),
    closes: time = time(18),
) -> Due:
    """So many hours later by the clock, or counting only the hours of business."""
    if not working:
        return Due(start + timedelta(hours=hours), False)
    known, left, here = calendar or standard(), timedelta(hours=hours), start.astimezone(clock.zone())
    day, provisional = here.date(), is_provisional(here.date(), known)
    while True:
        provisional = provisional or is_provisional(day, known)
        begins = max(here, datetime.combine(day, opens, clock.zone()))
        ends = datetime.combine(day, closes, clock.zone())
        if is_workday(day, known) and begins < ends:
            if left <= ends - begins:
                return Due(begins + left, provisional)
            left -= ends - begins
        day += timedelta(days=1)


def hours_worked(
    since: datetime,
    until: datetime,
    calendar: Calendar | None = None,
    *,
    opens: time = time(9),
    closes: time = time(18),
) -> float:
    """How many hours of business lie between two moments."""
    known, day, last, found = calendar or standard(), clock.day_of(since), clock.day_of(until), timedelta()
    while day <= last:
        begins = max(since, datetime.combine(day, opens, clock.zone()))
        ends = min(until, datetime.combine(day, closes, clock.zone()))
        if is_workday(day, known) and begins < ends:
            found += ends - begins
        day += timedelta(days=1)
    return found / timedelta(hours=1)


def hours_ahead(
    due: datetime,
    hours: float,
    calendar: Calendar | None = None,
    *,
    opens: time = time(9),
    closes: time = time(18),
) -> datetime:
    """The moment from which so many hours of business are left."""
    known, left, day = calendar or standard(), timedelta(hours=hours), clock.day_of(due)
    while True:
        begins = datetime.combine(day, opens, clock.zone())
        ends = min(due, datetime.combine(day, closes, clock.zone()))
        if is_workday(day, known) and begins < ends:
            if left <= ends - begins:
                return ends - left
            left -= ends - begins
        day -= timedelta(days=1)


def end_of_day(day: date) -> datetime:
    """The first moment that is no longer of that day."""
    return datetime.combine(day + timedelta(days=1), time(), clock.zone())


def week_end(day: date, weeks: int = 0, calendar: Calendar | None = None) -> date:
    """The last working day of the week so many weeks later, its Sunday where it has none; never before the day itself."""
    sunday = day + timedelta(days=6 - day.weekday(), weeks=weeks)
    week = (sunday - timedelta(days=n) for n in range(7))
    return max(next((one for one in week if is_workday(one, calendar)), sunday), day)


def month_end(day: date, months: int = 0) -> date:
    """The last day of the month so many months later."""
    return months_on(day.replace(day=1), months + 1) - timedelta(days=1)
