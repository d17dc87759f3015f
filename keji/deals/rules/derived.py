"""What follows from a deal: its amounts, what it is found by, and what its customer's row says of deals."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from keji.access.trail import derive
from keji.customers.models import Customer
from keji.database.search import Words
from keji.deals.models import CLOSED, Deal
from keji.deals.queries import INDEX, Step
from keji.kernel.clock import today

CENT = Decimal("0.01")


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


def count(customer: Any) -> None:
    """Work out anew what is open with a customer and what was won in twelve months. Yuan only."""
    alive = Deal.objects.filter(customer_id=customer.pk, deleted_at=None)
    yuan = Q(currency="CNY")
    recent = Q(category__in=CLOSED, won_date__gt=year_before(today()), won_date__lte=today())
    told = alive.aggregate(
        number=Count("pk", filter=Q(category="OPEN")),
        waiting=Sum("amount", filter=Q(category="OPEN") & yuan),
        won=Sum("amount", filter=recent & yuan),
    )
    fresh = {
        "open_deals": told["number"],
        "open_amount": told["waiting"] or Decimal(0),
        "won_amount_12m": told["won"] or Decimal(0),
    }
    derive(customer, **fresh)


def recount(ids: Any) -> int:
    """Work out anew what these customers' rows say. Returns how many."""
    number = 0
    for customer in Customer.objects.filter(pk__in=list(ids)):
        count(customer)
        number += 1
    return number


def index(deal: Deal) -> None:
    """Write anew what a deal is found by."""
    if deal.deleted_at is not None:
        INDEX.remove([deal.pk])
    else:
        INDEX.write([(deal.pk, Words(open=[deal.name]))])
