"""What time it is, said in one place so that a test can say otherwise."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

BIN = timedelta(days=30)  # how long what was thrown away can come back


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


def is_day(moment: datetime) -> bool:
    """True if only the day is known: it is kept as its first moment."""
    local = moment.astimezone(zone())
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def start_of(day: date) -> datetime:
    """The first moment of a day, which also stands for the day without a time."""
    return datetime.combine(day, time.min, zone())
