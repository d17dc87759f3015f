"""How soon a ticket is to be solved: the limit of its kind, and the clock that runs under it."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from keji.clocks.models import Clock, Limit
from keji.clocks.queries import limit_of
from keji.clocks.rules import running
from keji.clocks.rules.running import About, follows
from keji.database import one_of
from keji.kernel.calendar import Due
from keji.service.models import Ticket

CODE = "TICKET"
RECORD = Ticket.RECORD


def due(kind: str, reported: datetime) -> Due | None:
    """When a ticket of this kind must be solved; a return visit is due on its day."""
    limit = limit_of(CODE, kind)
    return running.end_of(limit, reported) if limit else None


def limit_for(ticket: Ticket) -> Limit | None:
    waits = ticket.state != "SOLVED" and ticket.deleted_at is None and ticket.customer.deleted_at is None
    return limit_of(CODE, ticket.kind) if waits and ticket.visit_day is None else None


def keep(ticket: Ticket) -> None:
    """Let exactly that clock run on a ticket which should, inside the transaction of whatever changed it, after it.

    Whoever handles it is warned; of one that nobody handles, the owner of the customer.
    """
    limit, clocks = limit_for(ticket), Clock.objects.filter(record=RECORD, record_id=ticket.pk, stopped_at=None)
    about = About(RECORD, ticket.pk, ticket.customer_id, ticket.handler_id or ticket.customer.owner_id)
    there = clocks.first()
    if there and limit and (there.limit_id, there.started_at) == (limit.pk, ticket.reported_at):
        if there.person_id != about.person_id:
            clocks.update(person_id=about.person_id)
        return
    if there and ticket.solved_at and ticket.deleted_at is None:
        clocks.update(stopped_at=max(ticket.solved_at, there.started_at), next_at=None)
    elif there:
        running.void(clocks)
    if limit:
        running.begin([(limit, about, ticket.reported_at, 0)])


@follows(RECORD)
def moved(clocks: Sequence[Clock]) -> None:
    """The calendar or the limit has changed: what tickets show follows their clocks."""
    ends = {one.record_id: one for one in clocks}
    found = list(Ticket.objects.filter(pk__in=one_of(ends)))
    for ticket in found:
        ticket.due_at, ticket.provisional = ends[ticket.pk].due_at, ends[ticket.pk].provisional
    Ticket.objects.bulk_update(found, ["due_at", "provisional"], batch_size=500)


def mend() -> int:
    """Keep the clocks of all tickets that wait, and of those whose clock should have ended. Returns how many were looked at."""
    waiting: QuerySet[Ticket] = Ticket.objects.exclude(state="SOLVED")
    running_on = Clock.objects.filter(record=RECORD, stopped_at=None).values("record_id")
    rows = (waiting | Ticket.objects.filter(pk__in=running_on)).select_related("customer").order_by("pk")
    count = 0
    for ticket in rows.iterator(500):
        keep(ticket)
        count += 1
    return count
