"""When a task is reminded of, and the moments to which people put it off. Pure: no database."""

from datetime import date, datetime, time, timedelta

from keji.kernel.clock import day_of, is_day, zone

NINE = time(9)
MOST = timedelta(days=366)  # so far ahead a reminder may be put off
SNOOZES = ("10m", "1h", "tomorrow", "monday")


def at_nine(day: date) -> datetime:
    return datetime.combine(day, NINE, zone())


def reminder(due: datetime | None) -> datetime | None:
    """When to remind of something due then: at that moment, of a mere day at nine (R-000-29)."""
    return at_nine(day_of(due)) if due is not None and is_day(due) else due


def later(how: str, now: datetime) -> datetime:
    """The moment that one of `SNOOZES` means."""
    day = day_of(now)
    if how == "10m":
        return now + timedelta(minutes=10)
    if how == "1h":
        return now + timedelta(hours=1)
    return at_nine(day + timedelta(days=1 if how == "tomorrow" else 7 - day.weekday()))


def on_day(due: datetime | None, day: date) -> datetime:
    """The same time of day on another day; what has none yet stands for the whole of it."""
    clocked = due.astimezone(zone()).time() if due is not None else time.min
    return datetime.combine(day, clocked, zone())
