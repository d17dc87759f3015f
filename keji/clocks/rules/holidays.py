"""The steward's edits of the calendar. A year that is entered replaces what came with the program."""

from django.db import transaction

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.clocks.models import Holiday, Year
from keji.clocks.rules.limits import LIMITS
from keji.clocks.rules.notice import Read, exceptions
from keji.kernel.errors import NotThere, Unfit


def keep_year(person: Person, found: Read, source: str, official: bool) -> int:
    """Take the days of a notice in place of what was known of its year. Raises Unfit; returns how many days differ."""
    require(person, LIMITS)
    if found.problems:
        raise Unfit(*found.problems)
    days = exceptions(found)
    with transaction.atomic():
        Year.objects.filter(pk=found.year).delete()
        Holiday.objects.filter(day__in=list(days)).delete()
        year = Year.objects.create(year=found.year, official=official, source=source[:20_000], who=person)
        Holiday.objects.bulk_create(Holiday(of=year, day=day, works=works, name=name) for day, (works, name) in days.items())
        stamp()
        note(person, LIMITS, why=f"calendar {found.year}", days=len(days), official=official)
    return len(days)


def drop_year(person: Person, year: int) -> None:
    """Go back to what came with the program for this year."""
    require(person, LIMITS)
    with transaction.atomic():
        if not Year.objects.filter(pk=year).exists():
            raise NotThere(year)
        Year.objects.filter(pk=year).delete()
        stamp()
        note(person, LIMITS, why=f"calendar {year}", dropped=True)
