"""What a customer's row says of its follow-ups, and what they are found by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from keji.access.trail import derive
from keji.customers.models import Customer
from keji.database.search import Words
from keji.followups.models import Followup
from keji.followups.queries import INDEX

RECENT = 5  # how many of a customer are read by those who do not read the history


class Line(NamedTuple):
    """What the plans of a customer hang on: a follow-up in the order of what was said."""

    pk: int
    occurred_at: datetime
    next_followup_at: datetime | None
    deal_id: int | None
    objective: str


def count(customer: Customer) -> Line | None:
    """Work out anew when the customer was last followed up and how often, and which five are recent. Returns the newest."""
    alive = Followup.objects.filter(customer_id=customer.pk, deleted_at=None)
    wanted = (*Line._fields, "recent", "kind")
    newest: list[dict[str, Any]] = list(alive.order_by("-occurred_at", "-pk").values(*wanted)[:RECENT])
    number = len(newest) if len(newest) < RECENT else alive.count()
    if number > RECENT:
        ids = [line["pk"] for line in newest]
        alive.filter(recent=True).exclude(pk__in=ids).update(recent=False)
    if back := [line["pk"] for line in newest if not line["recent"]]:
        alive.filter(pk__in=back).update(recent=True)
    derive(
        customer,
        last_followup_at=newest[0]["occurred_at"] if newest else None,
        last_deep_at=last_of(("DEEP",), newest, alive),
        last_regular_at=last_of(("DEEP", "REGULAR"), newest, alive),
        followup_count=number,
    )
    return Line(*(newest[0][name] for name in Line._fields)) if newest else None


def last_of(kinds: Sequence[str], newest: Sequence[Any], alive: QuerySet[Followup]) -> datetime | None:
    """When the last communication of these kinds was: among the newest, or else further back."""
    for line in newest:
        if line["kind"] in kinds:
            return line["occurred_at"]
    if len(newest) < RECENT:
        return None
    return alive.filter(kind__in=kinds).order_by("-occurred_at", "-pk").values_list("occurred_at", flat=True).first()


def index(followups: Iterable[Followup]) -> None:
    """Write anew what these are found by: their summaries, for all who read these."""
    known = list(followups)
    INDEX.write((one.pk, Words(text=[one.summary])) for one in known if one.deleted_at is None)
    if gone := [one.pk for one in known if one.deleted_at is not None]:
        INDEX.remove(gone)
