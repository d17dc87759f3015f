"""What follows from a deal: its amounts, what it is found by, and what its customer's row says of deals."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum

from keji.access.trail import derive
from keji.customers.models import Customer
from keji.database import bulk_update, one_of
from keji.database.search import Words
from keji.deals.models import CLOSED, Deal
from keji.deals.queries import INDEX, Step
from keji.kernel.clock import today

CENT = Decimal("0.01")
SUMS = ("open_deals", "open_amount", "won_amount_12m")
BATCH = 20_000


def settle_amounts(deal: Deal, step: Step) -> None:
    """The amount that counts is the actual one once the deal is won; a lost deal weighs nothing."""
    deal.category = step.category
    deal.amount = (deal.actual_amount if step.category in CLOSED else deal.expected_amount) or Decimal(0)
    deal.weighted = weighted(deal.amount, step, deal.probability)


def weighted(amount: Decimal, step: Step, own: int | None) -> Decimal:
    percent = own if own is not None and step.category == "OPEN" else step.probability
    return (amount * percent / 100).quantize(CENT)


def year_before(day: date) -> date:
    """The day a year earlier; that of a leap day is the 28th of February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def sums(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is open with these customers and what was won in twelve months. Yuan only."""
    found = {pk: {"open_deals": 0, "open_amount": Decimal(0), "won_amount_12m": Decimal(0)} for pk in ids}
    yuan = Q(currency="CNY")
    recent = Q(category__in=CLOSED, won_date__gt=year_before(today()), won_date__lte=today())
    alive = Deal.objects.filter(customer_id__in=one_of(ids), deleted_at=None).order_by().values("customer_id")
    for row in alive.annotate(
        number=Count("pk", filter=Q(category="OPEN")),
        waiting=Sum("amount", filter=Q(category="OPEN") & yuan),
        won=Sum("amount", filter=recent & yuan),
    ):
        told = found[row["customer_id"]]
        told["open_deals"] = row["number"]
        told["open_amount"], told["won_amount_12m"] = row["waiting"] or Decimal(0), row["won"] or Decimal(0)
    return found


def count(customer: Any) -> None:
    """Work out anew what a customer's row says of its deals."""
    derive(customer, **sums([customer.pk])[customer.pk])


def recount(ids: Iterable[int]) -> int:
    """Work out anew what these customers' rows say. Returns how many."""
    wanted = sorted(set(ids))
    for place in range(0, len(wanted), BATCH):
        with transaction.atomic():
            found = sums(wanted[place : place + BATCH])
            bulk_update(Customer, SUMS, [(pk, *told.values()) for pk, told in found.items()])
    return len(wanted)


def index(deal: Deal) -> None:
    """Write anew what a deal is found by."""
    if deal.deleted_at is not None:
        INDEX.remove([deal.pk])
    else:
        INDEX.write([(deal.pk, Words(open=[deal.name]))])
