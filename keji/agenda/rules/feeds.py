"""The secret address of a person's calendar: made, made anew, revoked."""

import secrets

from django.db import transaction

from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.agenda.models import Feed
from keji.agenda.queries import digest


def make_feed(person: Person) -> str:
    """A new secret, told once; the one before opens nothing any more."""
    require(person, "tasks.see")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Feed.objects.update_or_create(person=person, defaults={"digest": digest(secret)})
        note(person, "agenda.feed", why="made")
    return secret


def revoke_feed(person: Person) -> None:
    require(person, "tasks.see")
    with transaction.atomic():
        if Feed.objects.filter(person=person).delete()[0]:
            note(person, "agenda.feed", why="revoked")
