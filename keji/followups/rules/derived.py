"""What a customer's row says of its follow-ups, and what they are found by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from keji.access.trail import derive
from keji.customers.models import Customer
from keji.database.search import Words
from keji.followups.models import Followup
from keji.followups.queries import INDEX
from keji.kernel.clock import day_of

RECENT = 5  # how many of a customer are read by those who do not read the history


def count(customer: Customer) -> None:
    """Work out anew when the customer was last followed up, when next, how often; and which five are recent."""
    alive = Followup.objects.filter(customer_id=customer.pk, deleted_at=None)
    wanted = ("pk", "occurred_at", "next_followup_at", "recent", "kind")
    newest = list(alive.order_by("-occurred_at", "-pk").values(*wanted)[:RECENT])
    number = len(newest) if len(newest) < RECENT else alive.count()
    lines: Sequence[Any] = newest
    if number > RECENT:
        ids = [line["pk"] for line in newest]
        alive.filter(recent=True).exclude(pk__in=ids).update(recent=False)
        if not any(line["next_followup_at"] for line in newest):
            planned = alive.filter(next_followup_at__isnull=False).order_by("-occurred_at", "-pk")
            lines = [*newest, *planned.values(*wanted)[:1]]
    if back := [line["pk"] for line in newest if not line["recent"]]:
        alive.filter(pk__in=back).update(recent=True)
    derive(
        customer,
        last_followup_at=newest[0]["occurred_at"] if newest else None,
        last_deep_at=last_of(("DEEP",), newest, alive),
        last_regular_at=last_of(("DEEP", "REGULAR"), newest, alive),
        next_followup_at=planned_next([(line["occurred_at"], line["next_followup_at"]) for line in lines]),
        followup_count=number,
    )


def last_of(kinds: Sequence[str], newest: Sequence[Any], alive: QuerySet[Followup]) -> datetime | None:
    """When the last communication of these kinds was: among the newest, or else further back."""
    for line in newest:
        if line["kind"] in kinds:
            return line["occurred_at"]
    if len(newest) < RECENT:
        return None
    return alive.filter(kind__in=kinds).order_by("-occurred_at", "-pk").values_list("occurred_at", flat=True).first()


def planned_next(lines: Sequence[tuple[datetime, datetime | None]]) -> datetime | None:
    """The next date said last, newest line first, unless a later communication has come to it."""
    if not lines:
        return None
    last = lines[0][0]
    said, then = next(((at, then) for at, then in lines if then), (last, None))
    if then is None or said == last:
        return then
    return then if day_of(then) > day_of(last) else None


def index(followups: Iterable[Followup]) -> None:
    """Write anew what these are found by: their summaries, for all who read these."""
    known = list(followups)
    INDEX.write((one.pk, Words(text=[one.summary])) for one in known if one.deleted_at is None)
    if gone := [one.pk for one in known if one.deleted_at is not None]:
        INDEX.remove(gone)
