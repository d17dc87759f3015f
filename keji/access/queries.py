"""Reads about people, teams, roles and the trail."""

from typing import Any

from django.db.models import Count, QuerySet

from keji.access.models import Entry, Held, Person, Role, Team
from keji.access.scope import may, require
from keji.kernel.errors import NotThere

PEOPLE = "access.people"
TRAIL = "access.trail"


def people(person: Any) -> QuerySet[Person]:
    require(person, PEOPLE)
    return Person.objects.select_related("team").prefetch_related("roles").order_by("-is_active", "name")


def one_of_people(person: Any, pk: int) -> Person:
    found = people(person).filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def teams() -> list[Team]:
    return list(Team.objects.annotate(size=Count("person")).order_by("path"))


def roles() -> list[Role]:
    return list(Role.objects.annotate(size=Count("holders")).order_by("pk"))


def role(pk: int) -> Role:
    found = Role.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def holders(code: str) -> int:
    return Held.objects.filter(role__code=code, person__is_active=True).count()


def trail(person: Any) -> QuerySet[Entry]:
    """The entries a person may read: all with the right to the trail, otherwise their own doings."""
    rows = Entry.objects.select_related("who").order_by("-pk")
    return rows if may(person, TRAIL) else rows.filter(who_id=person.pk)
