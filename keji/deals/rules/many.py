"""Many deals at once, as an import of a history brings them: the checks of `open_deal`, written in a few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import parents, require
from keji.access.trail import SYSTEM, differs, snapshot, tell
from keji.customers.models import Contact, Customer
from keji.customers.rules.register import settle
from keji.database.search import Words
from keji.deals.models import Deal
from keji.deals.queries import INDEX, Step
from keji.deals.rules.checks import check
from keji.deals.rules.derived import count, settle_amounts
from keji.deals.rules.lifecycle import follow
from keji.deals.rules.open import fill, first_step
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Refused, Unfit

BROUGHT = frozenset({"lost_date", "stage_checked_at"})  # what a history says and no form asks


@dataclass
class Told:
    """A deal that wants in, where it stands now; afterwards its id, or what is wrong."""

    customer: Customer
    values: dict[str, Any]
    follow: bool = True  # the customer is carried along as by a deal that is opened
    accept: dict[str, str] = field(default_factory=dict)
    known: list[Problem] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    id: int = 0


def open_many(person: Person | None, told: Sequence[Told], why: str = "", verb: str = "create") -> int:
    """Enter those that nothing is wrong with, all in one transaction, in the stage that each names.

    Returns how many; the others keep their problems. Raises Refused if a customer is out of reach.
    """
    if person is not SYSTEM:
        require(person, f"deals.{verb}")
        ids = {one.customer.pk for one in told}
        if parents(person, Customer, "deals", verb).filter(pk__in=ids).count() < len(ids):
            raise Refused("deals.create")
    at = now()
    with transaction.atomic():
        ready = []
        for one in told:
            try:
                deal, step = draft(person, one.customer, one.values, at)
                found = [*one.known, *check(deal), *wrong_contact(deal)]
                settle(deal, person, found, one.accept)
            except Unfit as error:
                one.problems = error.problems
                continue
            ready.append((one, deal, step))
        Deal.objects.bulk_create([deal for _one, deal, _step in ready], batch_size=200)
        for one, deal, _step in ready:
            one.id = deal.pk
        INDEX.write((deal.pk, Words(open=[deal.name])) for _one, deal, _step in ready)
        tell(person, "deals.create", [(deal, news(deal)) for _one, deal, _step in ready], why)
        for customer in {one.customer.pk: one.customer for one, _deal, _step in ready}.values():
            count(customer)
        for one, deal, step in ready:
            if one.follow:
                follow(deal, None, step)
    return len(ready)


def draft(person: Person | None, customer: Customer, values: Mapping[str, Any], at: datetime) -> tuple[Deal, Step]:
    """The deal that would come of these values, and its stage; nothing is written."""
    step = first_step(person, values, any_stage=True)
    deal = Deal(
        customer=customer,
        created_by=person,
        owner_id=customer.owner_id,
        opened_at=begun(values),
        pipeline_id=step.pipeline_id,
        stage_id=step.pk,
        changed_at=at,
    )
    fill(deal, {name: value for name, value in values.items() if name not in BROUGHT})
    if step.category == "LOST":
        deal.lost_date = values.get("lost_date") or today()
    deal.stage_since = deal.stage_checked_at = values.get("stage_checked_at") or at
    settle_amounts(deal, step)
    return deal, step


def begun(values: Mapping[str, Any]) -> date:
    """A history that does not say when it began had begun by the day of its result."""
    days = [day for name in ("won_date", "lost_date") if (day := values.get(name))]
    return min([*days, today()])


def wrong_contact(deal: Deal) -> list[Problem]:
    theirs = Contact.objects.filter(customer_id=deal.customer_id, deleted_at=None)
    if deal.contact_id and not theirs.filter(pk=deal.contact_id).exists():
        return [Problem("contact", "E_CONTACT", _("选的联系人不是这个客户的"))]
    return []


def news(deal: Deal) -> dict[str, list[Any]]:
    """What a new deal says, as the trail tells it."""
    return {name: [None, value] for name, value in snapshot(deal).items() if differs({}, name, value)}
