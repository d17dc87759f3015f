"""Reads of tickets for a person."""

from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from keji.access.scope import fetch, near, visible
from keji.kernel.clock import now
from keji.service.models import Ticket

REPEATS = 90  # days within which a second complaint of a customer is a repeated one
WAITING = ~Q(state="SOLVED")


def tickets(person: Any, verb: str = "see") -> QuerySet[Ticket]:
    return near(person, Ticket, verb)


def ticket(person: Any, pk: int) -> Ticket:
    return fetch(person, Ticket, pk, visible(person, Ticket).select_related("customer", "contact", "deal"))


def binned(person: Any) -> QuerySet[Ticket]:
    return near(person, Ticket, "delete", binned=True)


def binned_ticket(person: Any, pk: int) -> Ticket:
    return fetch(person, Ticket, pk, binned(person).select_related("customer"))


def found(person: Any, sheet: Any, asked: Any, verb: str = "see") -> QuerySet[Ticket]:
    """The tickets within reach of a verb that a list was narrowed to."""
    return tickets(person, verb).filter(asked.where)


def reported(person: Any, since: datetime, until: datetime) -> QuerySet[Ticket]:
    return tickets(person).filter(reported_at__gte=since, reported_at__lt=until)


def overdue(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return rows.filter(WAITING, due_at__lt=now())


def overdue_among(person: Any, ids: list[int]) -> list[Ticket]:
    return list(overdue(tickets(person)).filter(pk__in=ids))


def waiting(person: Any, most: int) -> list[Ticket]:
    """The person's own tickets that are not solved, the first due on top."""
    rows = tickets(person).filter(WAITING, handler_id=person.pk).select_related("customer", "contact")
    return list(rows.order_by("due_at", "pk")[:most])


def of_customer(
    person: Any, customer_id: int, before: tuple[datetime, int] | None = None, most: int = 20
) -> list[Ticket]:
    """The newest tickets of a customer that come after this place of the timeline."""
    rows = visible(person, Ticket).filter(customer_id=customer_id).order_by("-reported_at", "-pk")
    if before:
        at, pk = before
        rows = rows.filter(Q(reported_at__lt=at) | Q(reported_at=at, pk__lt=pk))
    return list(rows.select_related("contact")[:most])


def scores(rows: QuerySet[Ticket], by: str) -> list[dict[str, Any]]:
    """How the tickets solved or rated among these went, grouped by an attribute: count, mean and spread of scores, times."""
    spent = ExpressionWrapper(F("solved_at") - F("reported_at"), DurationField())
    waited = ExpressionWrapper(F("responded_at") - F("reported_at"), DurationField())
    spread: Any = {f"n{n}": Count("pk", filter=Q(satisfaction=n)) for n in range(1, 6)}
    grouped = rows.order_by().values(by).annotate(
        number=Count("pk"),
        rated=Count("satisfaction"),
        mean=Avg("satisfaction"),
        response=Avg(waited, filter=Q(visit_day=None)),
        solution=Avg(spent, filter=Q(visit_day=None)),
        **spread,
    )
    told: Any = grouped.order_by("-number", by)
    return list(told)


def by_product(rows: QuerySet[Ticket]) -> list[tuple[list[str], int | None]]:
    """The products and the score of each rated ticket."""
    return list(rows.exclude(satisfaction=None).values_list("products", "satisfaction"))


def complaints(rows: QuerySet[Ticket]) -> list[tuple[int, datetime]]:
    """Whose complaints these are and when they came, in order."""
    found = rows.filter(kind="COMPLAINT").order_by("customer_id", "reported_at", "pk")
    return list(found.values_list("customer_id", "reported_at"))
