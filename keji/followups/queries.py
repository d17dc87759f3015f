"""Reads of follow-ups for a person."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from keji.access.models import Entry
from keji.access.scope import ACTIONS, fetch, granted, near, reach, roles_of, visible, within
from keji.agenda.models import Task
from keji.agenda.queries import tasks
from keji.database.search import SearchIndex
from keji.deals.models import Deal
from keji.followups.models import Followup
from keji.records.listing import search
from keji.records.queries import narrower

INDEX = SearchIndex("followups")
HISTORY = "followups.history"


def followups(person: Any, verb: str = "see") -> QuerySet[Followup]:
    """The follow-ups that are the person's own business; without the right to the history, the newest five a customer."""
    return near(person, Followup, verb).filter(told(person))


narrower("followups", followups)


def readable(person: Any) -> QuerySet[Followup]:
    """The same, with those of customers that are nobody's."""
    return visible(person, Followup).filter(told(person))


def told(person: Any) -> Q:
    """Where the person reads the whole history, and of the rest what is recent."""
    whole = {reach(role, "followups", "see") for role in roles_of(person) if granted(role, ACTIONS[HISTORY])}
    if "all" in whole:
        return Q()
    if not whole - {"none"}:
        return Q(recent=True)
    return within(person, Followup, whole) | Followup.COMMON | Q(recent=True)


def followup(person: Any, pk: int) -> Followup:
    return fetch(person, Followup, pk, readable(person).select_related("customer"))


def told_in(person: Any, pk: int) -> Followup | None:
    """A follow-up that another record names, if the person reads it."""
    return readable(person).select_related("customer").filter(pk=pk).first()


def written(followup: Followup) -> list[Entry]:
    """What the trail says of a follow-up that the caller has fetched for its reader, oldest first."""
    rows = Entry.objects.filter(record=Followup.RECORD, record_id=followup.pk).select_related("kept")
    return list(rows.order_by("pk"))


def binned(person: Any) -> QuerySet[Followup]:
    return near(person, Followup, "delete", binned=True)


def binned_followup(person: Any, pk: int) -> Followup:
    return fetch(person, Followup, pk, binned(person).select_related("customer"))


def of_customer(person: Any, customer_id: int, before: tuple[datetime, int] | None, most: int) -> list[Followup]:
    """The newest follow-ups with a customer that come after this place of the timeline."""
    rows = readable(person).filter(customer_id=customer_id).order_by("-occurred_at", "-pk")
    if before:
        at, pk = before
        rows = rows.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk))
    return list(rows[:most])


def deals_of(person: Any, ids: list[int]) -> dict[int, Deal]:
    """The deals that these follow-ups were about, as far as the person sees them."""
    rows = Followup.objects.filter(pk__in=ids, deal__in=visible(person, Deal)).select_related("deal")
    return {one.pk: one.deal for one in rows if one.deal is not None}


def present(followup: Followup) -> list[int]:
    """The ids of the contacts who took part."""
    return list(followup.presences.values_list("contact_id", flat=True))


def found(person: Any, sheet: Any, asked: Any, verb: str = "see") -> QuerySet[Followup]:
    """The follow-ups within reach of a verb that a list was narrowed to."""
    rows = followups(person, verb).filter(asked.where)
    return search(sheet, person, rows, asked.words) if asked.words else rows


def owed(person: Any, customer_id: int) -> list[Task]:
    """What this person still has to look over after talking to a customer."""
    rows = tasks(person).filter(kind="UPDATE", state="OPEN", customer_id=customer_id, assignee_id=person.pk)
    return list(rows.order_by("due_at", "pk")[:50])
