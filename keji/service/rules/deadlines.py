"""How soon a ticket is to be solved: the limit of its kind, and the clock that runs under it.

A visit after a delivery has a limit of its own, which runs from the day of delivery.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db.models import QuerySet

from keji.clocks.models import Clock, Limit, Unit
from keji.clocks.queries import limit_of
from keji.clocks.rules import running
from keji.clocks.rules.reckoning import due_day
from keji.clocks.rules.running import About, follows
from keji.database import one_of
from keji.kernel.calendar import Due
from keji.kernel.clock import start_of, zone
from keji.service.models import Ticket

CODE = "TICKET"
RECORD = Ticket.RECORD
CLOSES = time(18)


def due(variant: str, begun: datetime) -> Due | None:
    """When a ticket of this kind, or visit, must be done with."""
    limit = limit_of(CODE, variant)
    if limit is None:
        return None
    end = running.end_of(limit, begun)
    return Due(shown(limit, end.at), end.provisional)


def shown(limit: Limit, at: datetime) -> datetime:
    """The end of a limit as a ticket tells it: of one in days, when business closes on the last of them."""
    return datetime.combine(due_day(at), CLOSES, zone()) if limit.unit == Unit.DAYS else at


def visit_of(day: int) -> str:
    """The variant of the limit for a visit so many days after a delivery, as it is delivered."""
    return f"VISIT_{day:02}"


def runs(ticket: Ticket) -> tuple[Limit | None, datetime]:
    """The limit that should run on a ticket, if any, and from when."""
    waits = ticket.state != "SOLVED" and ticket.deleted_at is None and ticket.customer.deleted_at is None
    if ticket.visit_day is None:
        return limit_of(CODE, ticket.kind) if waits else None, ticket.reported_at
    delivered: date | None = ticket.deal.delivered_date if ticket.deal else None
    if not waits or delivered is None:
        return None, ticket.reported_at
    return limit_of(CODE, visit_of(ticket.visit_day)), start_of(delivered)


def keep(ticket: Ticket) -> None:
    """Let exactly that clock run on a ticket which should, inside the transaction of whatever changed it, after it.

    Whoever handles it is warned; of one that nobody handles, the owner of the customer.
    """
    (limit, begun), clocks = runs(ticket), Clock.objects.filter(record=RECORD, record_id=ticket.pk, stopped_at=None)
    about = About(RECORD, ticket.pk, ticket.customer_id, ticket.handler_id or ticket.customer.owner_id)
    there = clocks.first()
    if there and limit and (there.limit_id, there.started_at) == (limit.pk, begun):
        if there.person_id != about.person_id:
            clocks.update(person_id=about.person_id)
        return
    if there and ticket.solved_at and ticket.deleted_at is None:
        clocks.update(stopped_at=max(ticket.solved_at, there.started_at), next_at=None)
    elif there:
        running.void(clocks)
    if limit:
        running.begin([(limit, about, begun, 0)])


@follows(RECORD)
def moved(clocks: Sequence[Clock]) -> None:
    """The calendar or the limit has changed: what tickets show follows their clocks."""
    ends = {one.record_id: one for one in clocks}
    found = list(Ticket.objects.filter(pk__in=one_of(ends)))
    for ticket in found:
        clock = ends[ticket.pk]
        ticket.due_at, ticket.provisional = shown(clock.limit, clock.due_at), clock.provisional
    Ticket.objects.bulk_update(found, ["due_at", "provisional"], batch_size=500)


def mend() -> int:
    """Keep the clocks of all tickets that wait, and of those whose clock should have ended. Returns how many were looked at."""
    waiting: QuerySet[Ticket] = Ticket.objects.exclude(state="SOLVED")
    running_on = Clock.objects.filter(record=RECORD, stopped_at=None).values("record_id")
    rows = (waiting | Ticket.objects.filter(pk__in=running_on)).select_related("customer", "deal").order_by("pk")
    count = 0
    for ticket in rows.iterator(500):
        keep(ticket)
        count += 1
    return count
