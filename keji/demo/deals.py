"""Deals of the demo: every customer that is more than a name has one or two, in all stages."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from keji.customers.models import Customer
from keji.database.search import Words
from keji.deals.models import CLOSED, Deal, StageChange
from keji.deals.queries import INDEX, Step, lines
from keji.deals.rules.derived import recount, settle_amounts
from keji.kernel.clock import day_of, now, today

NAMES = ("年度采购", "设备更新", "系统升级", "扩产项目", "新办公区", "年度服务", "试点项目", "二期项目")
RIVALS = ("", "", "", "蓝湖办公", "远山科技", "本地经销商")
REASONS = ("PRICE", "COMPETITOR", "NO_BUDGET", "DECISION", "")
BATCH = 2000


def fill(seed: int, share: float = 0.6) -> int:
    """Invent deals for customers that have none. Returns how many."""
    pick, number = random.Random(seed), 0  # noqa: S311 -- invented data
    funnel = next(line for line in lines().values() if line.code == "P000")
    rows = Customer.objects.filter(deleted_at=None, owner__isnull=False).exclude(
        pk__in=Deal.objects.values("customer_id")
    )
    ids = [pk for pk in rows.order_by("pk").values_list("pk", flat=True) if pick.random() < share]
    for place in range(0, len(ids), BATCH):
        part = list(Customer.objects.filter(pk__in=ids[place : place + BATCH]).order_by("pk"))
        deals = [invented(pick, customer, pick.choice(funnel.steps)) for customer in part]
        Deal.objects.bulk_create(deals)
        StageChange.objects.bulk_create(
            moved(deal, funnel.steps, step) for deal in deals if (step := before(deal, funnel.steps))
        )
        INDEX.write((deal.pk, Words(open=[deal.name])) for deal in deals)
        recount(deal.customer_id for deal in deals)
        number += len(deals)
    return number


def crowd(count: int, seed: int = 2) -> None:
    """Invent so many deals more, spread over the customers that have owners: for measuring."""
    pick = random.Random(seed)  # noqa: S311 -- invented data
    funnel = next(line for line in lines().values() if line.code == "P000")
    customers = list(Customer.objects.filter(deleted_at=None, owner__isnull=False))
    for place in range(0, count, BATCH):
        some = [pick.choice(customers) for _n in range(min(BATCH, count - place))]
        Deal.objects.bulk_create(invented(pick, customer, pick.choice(funnel.steps)) for customer in some)


def invented(pick: Any, customer: Customer, step: Step) -> Deal:
    opened = today() - timedelta(days=pick.randint(5, 300))
    since = now() - timedelta(days=min(pick.randint(0, 50), (today() - opened).days), hours=pick.randint(1, 9))
    deal = Deal(
        customer=customer,
        name=pick.choice(NAMES),
        pipeline_id=step.pipeline_id,
        stage_id=step.pk,
        owner_id=customer.owner_id,
        created_by_id=customer.owner_id,
        expected_amount=Decimal(pick.choice((3, 5, 8, 12, 20, 30, 45, 60, 90)) * 10_000),
        expected_close_date=today() + timedelta(days=pick.randint(-20, 160)),
        opened_at=opened,
        possibility=pick.choice(("HIGH", "MEDIUM", "LOW", "")),
        competitor=pick.choice(RIVALS),
        stage_since=since,
        stage_checked_at=since,
        changed_at=since,
    )
    if step.category in CLOSED:
        deal.won_date = min(today(), opened + timedelta(days=pick.randint(1, 120)))
        deal.actual_amount = deal.expected_amount * pick.randint(8, 11) / 10
    if step.category == "LOST":
        deal.lost_date, deal.loss_reason = day_of(since), pick.choice(REASONS)
    settle_amounts(deal, step)
    return deal


def before(deal: Deal, steps: tuple[Step, ...]) -> Step | None:
    """The stage that a deal came from, if it has moved."""
    place = [step.pk for step in steps].index(deal.stage_id)
    return steps[place - 1] if place else None


def moved(deal: Deal, steps: tuple[Step, ...], old: Step) -> StageChange:
    days = max(0, (day_of(deal.stage_since) - deal.opened_at).days)
    return StageChange(
        deal=deal, old_id=old.pk, new_id=deal.stage_id, days=days, who_id=deal.owner_id, loss_reason=deal.loss_reason
    )
