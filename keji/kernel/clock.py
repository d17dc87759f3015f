"""What time it is, said in one place so that a test can say otherwise."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy

BIN = timedelta(days=30)  # how long what was thrown away can come back
NINE = time(9)  # when people are told of what has a day and no time
SNOOZES = ("10m", "1h", "tomorrow", "monday")  # to when people put off what they are told of
WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone() -> ZoneInfo:
    """The time zone of the installation."""
    return _zone(settings.TIME_ZONE)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is for the people who work here."""
    return datetime.now(zone()).date()


def day_of(moment: datetime) -> date:
    """The day an aware moment falls on for the people who work here."""
    return moment.astimezone(zone()).date()


def minute_of(moment: datetime) -> str:
    """An aware moment as the people who work here read it: 2026-11-26 19:56."""
    return moment.astimezone(zone()).strftime("%Y-%m-%d %H:%M")


def is_day(moment: datetime) -> bool:
    """True if only the day is known: it is kept as its first moment."""
    local = moment.astimezone(zone())
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def start_of(day: date) -> datetime:
    """The first moment of a day, which also stands for the day without a time."""
    return datetime.combine(day, time.min, zone())


def at_nine(day: date) -> datetime:
    return datetime.combine(day, NINE, zone())


def later(how: str, moment: datetime) -> datetime:
    """The moment that one of `SNOOZES` means, said at that moment."""
    if how == "10m":
        return moment + timedelta(minutes=10)
    if how == "1h":
        return moment + timedelta(hours=1)
    day = day_of(moment)
    return at_nine(day + timedelta(days=1 if how == "tomorrow" else 7 - day.weekday()))
