"""What the company looked over at the end of last month, and who agreed to hear news."""

import random
from collections.abc import Sequence
from datetime import timedelta

from keji.access.models import Person
from keji.agenda.models import Campaign, LookedOver
from keji.agenda.rules import campaigns
from keji.clocks.models import Limit
from keji.customers.models import Contact, Customer
from keji.customers.rules import consent
from keji.kernel.calendar import month_end
from keji.kernel.clock import now, today

ROUND = "SLA-13"
OUTCOMES = ("FINE", "FINE", "FINE", "FINE", "CORRECTED")
AGREED = ("展会登记表上勾选了接收产品资讯", "微信里回复“可以发”", "合同附件三：同意接收新品手册")
MOST = 200


def fill(seed: int, customers: Sequence[Customer], steward: Person) -> None:
    """The round of last month, signed off by the steward; a third of grade C agreed to news."""
    pick = random.Random(seed)  # noqa: S311 -- invented, not secret
    turn = month_end(today(), -1)
    limit = Limit.objects.get(code=ROUND)
    owned = [one for one in customers if one.owner_id][:MOST]
    campaigns.begin(limit, turn)
    campaign = Campaign.objects.get(limit=ROUND, turn=turn)
    owners = Person.objects.in_bulk({one.owner_id for one in owned})
    if campaign.closed_at is None:
        at = now()
        LookedOver.objects.bulk_create(
            LookedOver(campaign=campaign, customer=one, outcome=pick.choice(OUTCOMES), who=owners[one.owner_id or 0], at=at) for one in owned
        )
        campaigns.close(steward, campaign, "其余客户本月没有变化")
    agree(pick, [one for one in owned if one.grade == "C"], owners)


def agree(pick: random.Random, customers: Sequence[Customer], owners: dict[int, Person]) -> None:
    contacts = Contact.objects.filter(customer__in=customers, deleted_at=None, consents=None).order_by("-pk")
    first = dict(contacts.values_list("customer_id", "pk"))
    for customer in customers:
        if customer.pk in first and pick.random() < 0.34:
            day = today() - timedelta(days=pick.randint(20, 200))
            consent.give(owners[customer.owner_id or 0], customer, first[customer.pk], pick.choice(AGREED), day)
