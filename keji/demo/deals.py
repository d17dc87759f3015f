"""Deals of the demo: every customer that is more than a name has one or two, in all stages."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from keji.customers.models import Customer
from keji.customers.rules.many import Draft, written
from keji.database import bulk_insert
from keji.database.search import Words
from keji.deals.models import CLOSED, Deal, StageChange
from keji.deals.queries import INDEX, Step, lines
from keji.deals.rules.derived import recount, settle_amounts
from keji.kernel.clock import day_of, now, today

NAMES = ("年度采购", "设备更新", "系统升级", "扩产项目", "新办公区", "年度服务", "试点项目", "二期项目")
RIVALS = ("", "", "", "蓝湖办公", "远山科技", "本地经销商")
REASONS = ("PRICE", "COMPETITOR", "NO_BUDGET", "DECISION", "")
MOVED = ("deal_id", "old_id", "new_id", "days", "who_id", "why", "loss_reason", "at")
BATCH = 5000


def fill(seed: int, share: float = 0.6) -> int:
    """Invent deals for customers that have none. Returns how many."""
    pick = random.Random(seed)  # noqa: S311 -- invented data
    rows = Customer.objects.filter(deleted_at=None, owner__isnull=False).exclude(
        pk__in=Deal.objects.values("customer_id")
    )
    chosen = [row for row in rows.order_by("pk").values_list("pk", "owner_id") if pick.random() < share]
    for place in range(0, len(chosen), BATCH):
        enter(pick, chosen[place : place + BATCH])
    return recount(pk for pk, _owner in chosen)


def crowd(count: int, seed: int = 2) -> None:
    """Invent so many deals more, spread over the customers that have owners: for measuring."""
    pick = random.Random(seed)  # noqa: S311 -- invented data
    owned = list(Customer.objects.filter(deleted_at=None, owner__isnull=False).values_list("pk", "owner_id"))
    for place in range(0, count, BATCH):
        enter(pick, [pick.choice(owned) for _n in range(min(BATCH, count - place))])
    recount(pk for pk, _owner in owned)


def enter(pick: random.Random, customers: Sequence[tuple[int, int]]) -> None:
    """A deal for each of these customers, given with their owners, in the stage in which it stands."""
    funnel = next(line for line in lines().values() if line.code == "P000")
    at, day = now(), today()
    deals = [invented(pick, pk, owner, pick.choice(funnel.steps), at, day) for pk, owner in customers]
    with transaction.atomic():
        ids = bulk_insert(Deal, written(Deal), [deal.row(Deal) for deal in deals], ids=True)
        moves = [(pk, deal, step) for pk, deal in zip(ids, deals, strict=True) if (step := before(deal, funnel.steps))]
        bulk_insert(StageChange, MOVED, [moved(pk, deal, step, at) for pk, deal, step in moves])
        INDEX.write((pk, Words(open=[deal.name])) for pk, deal in zip(ids, deals, strict=True))


def invented(pick: random.Random, customer: int, owner: int, step: Step, at: datetime, day: date) -> Any:
    opened = day - timedelta(days=pick.randint(5, 300))
    since = at - timedelta(days=min(pick.randint(0, 50), (day - opened).days), hours=pick.randint(1, 9))
    expected = Decimal(pick.choice((3, 5, 8, 12, 20, 30, 45, 60, 90)) * 10_000)
    deal: Any = Draft(
        Deal,
        at,
        states={},
        facts={},
        customer_id=customer,
        name=pick.choice(NAMES),
        pipeline_id=step.pipeline_id,
        stage_id=step.pk,
        owner_id=owner,
        created_by_id=owner,
        expected_amount=expected,
        expected_close_date=day + timedelta(days=pick.randint(-20, 160)),
        opened_at=opened,
        possibility=pick.choice(("HIGH", "MEDIUM", "LOW", "")),
        competitor=pick.choice(RIVALS),
        stage_since=since,
        stage_checked_at=since,
    )
    deal.changed_at = since
    if step.category in CLOSED:
        deal.won_date = min(day, opened + timedelta(days=pick.randint(1, 120)))
        deal.actual_amount = expected * pick.randint(8, 11) / 10
    if step.category == "LOST":
        deal.lost_date, deal.loss_reason = day_of(since), pick.choice(REASONS)
    settle_amounts(deal, step)
    return deal


def before(deal: Any, steps: tuple[Step, ...]) -> Step | None:
    """The stage that a deal came from, if it has moved."""
    place = next(place for place, step in enumerate(steps) if step.pk == deal.stage_id)
    return steps[place - 1] if place else None


def moved(pk: int, deal: Any, old: Step, at: datetime) -> tuple[Any, ...]:
    days = max(0, (day_of(deal.stage_since) - deal.opened_at).days)
    return (pk, old.pk, deal.stage_id, days, deal.owner_id, "", deal.loss_reason, at)
