"""When a task is reminded of, and to when it moves. Pure: no database."""

from datetime import date, datetime, time, timedelta

from keji.kernel.clock import at_nine, day_of, is_day, zone

MOST = timedelta(days=366)  # so far ahead a reminder may be put off


def reminder(due: datetime | None) -> datetime | None:
    """When to remind of something due then: at that moment, of a mere day at nine (R-000-29)."""
    return at_nine(day_of(due)) if due is not None and is_day(due) else due


def on_day(due: datetime | None, day: date) -> datetime:
    """The same time of day on another day; what has none yet stands for the whole of it."""
    clocked = due.astimezone(zone()).time() if due is not None else time.min
    return datetime.combine(day, clocked, zone())
