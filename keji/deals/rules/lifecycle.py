"""How a deal's moves carry its customer along."""

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext as _

from keji.access.house import house
from keji.customers.models import Customer
from keji.customers.rules.lifecycle import advance
from keji.deals.models import CLOSED, Deal
from keji.deals.queries import Step
from keji.kernel.clock import today

# Rules of other packages that look at a deal which is or was signed, after its stage, its day or its bin has changed.
SIGNED: list[Callable[[Deal], None]] = []
SETTLED = 30  # days after signing from which a customer counts as cooperating
LATE = 7  # days that a job may come late
STAGES = {1: "INTENT", 2: "WON", 3: "COOPERATING"}


def level(step: Step | None) -> int:
    """How far a stage carries the customer."""
    if step is None or step.category == "LOST":
        return 0
    return {"OPEN": int(step.step >= 2), "WON": 2, "AFTER": 3}[step.category]


def follow(deal: Deal, old: Step | None, new: Step) -> None:
    """Carry the customer along where the deal has come further than it was; what a person has set back stays."""
    if level(new) <= level(old) or not house()["deals_move_customers"]:
        return
    customer = Customer.objects.get(pk=deal.customer_id)
    why = _("随商机推进")  # neither its name nor its stage: the customer's history is read by those who see no deals
    advance(customer, STAGES[level(new)], why, deal.won_date)


def tell_signed(deal: Deal, *categories: str) -> None:
    """Let the others know, if the deal stands or stood in one of these categories after signing."""
    if any(one in CLOSED for one in categories):
        for rule in SIGNED:
            rule(deal)


def settle_won() -> int:
    """Thirty days after signing a customer counts as cooperating. Returns how many moved."""
    if not house()["deals_move_customers"]:
        return 0
    day = today() - timedelta(days=SETTLED)
    signed = Deal.objects.filter(
        deleted_at=None, category__in=CLOSED, won_date__lte=day, won_date__gt=day - timedelta(days=LATE)
    )
    found = Customer.objects.filter(deleted_at=None, lifecycle_stage="WON", pk__in=signed.values("customer_id"))
    moved = list(found)
    for customer in moved:
        advance(customer, "COOPERATING", _("签约满 %(days)d 天") % {"days": SETTLED})
    return len(moved)
