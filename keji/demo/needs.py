"""Needs and tags for the invented customers, so that lists and filters have something to show."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from keji.customers.models import Customer, Need, Tagging
from keji.customers.rules.needs import Wanted, add_needs
from keji.customers.rules.tagging import current, finish
from keji.customers.tagbook import tagbook
from keji.kernel.clock import now, today

THINGS = (
    ("智能办公设备批量采购 年底前用上", "PURCHASE", ["COST_EFFICIENCY"]),
    ("会议室预约系统与门禁系统对接", "SOLUTION", ["STABILITY"]),
    ("全国门店的库存和订单要在一处看到", "DIGITAL", ["SUPPLY_CHAIN", "DIGITAL"]),
    ("降低打印和耗材的采购成本", "PURCHASE", ["LOWER_PURCHASE_COST"]),
    ("售后响应太慢 希望有驻场服务", "SERVICE", ["STABILITY"]),
    ("想通过直播拓展销售渠道 需要整套方案", "SOLUTION", ["SALES_CHANNEL", "直播带货"]),
)
BUDGETS = ("20-30万", "5万以下", "5-10万", "10-20万", "20万以上", "50万", "")
TIMES = ("1个月内启动", "季度末合作", "等年度预算批下来", "")
TAGS = ("预算明确", "决策周期长", "竞品对比中", "价格敏感型", "决策链复杂", "高潜力客户", "VIP客户", "流失风险")
BATCH = 2000
MOST = 5000  # so many of the newest customers need something: enough to look at


def fill(seed: int) -> dict[str, int]:
    """Give two in five of the customers needs and one in four a tag, those that came since the last time."""
    pick = random.Random(seed)  # noqa: S311 -- invented, not secret
    last = Need.objects.aggregate(last=Max("customer_id"))["last"] or 0
    ids = list(Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True))[-MOST:]
    wanted = [wish(pick, customer) for customer in ids for _n in range(pick.choice((0, 0, 0, 1, 2)))]
    for place in range(0, len(wanted), BATCH):
        add_needs(None, wanted[place : place + BATCH], why="演示数据")
    return {"needs": Need.objects.count(), "tags": label(pick, ids)}


def wish(pick: random.Random, customer: int) -> Wanted:
    what, kind, words = pick.choice(THINGS)
    values: dict[str, Any] = {
        "description": what,
        "need_type": kind,
        "keywords": words,
        "priority": pick.choice(("HIGH", "MEDIUM", "MEDIUM", "LOW")),
        "match_degree": pick.choice(("FULL", "PARTIAL", "CUSTOM")),
        "products": [pick.choice(("CRM", "SUPPLY_CHAIN", "BRAND"))],
        "budget_text": pick.choice(BUDGETS),
        "expected_time": pick.choice(TIMES),
        "expected_term": pick.choice(("1年", "6个月", "")),
        "target_date": today() + timedelta(days=pick.randint(5, 200)),
        "decision_participants": pick.choice(("技术部、采购部", "总经理", "")),
        "competitor": pick.choice(("另有两家报价", "", "")),
        "expected_amount": Decimal(pick.randint(2, 60) * 10_000),
    }
    return Wanted(customer, values)


def label(pick: random.Random, ids: list[int]) -> int:
    """Put a tag or two on a quarter of these customers, in the name of their owners."""
    known = {tag.name: tag.id for tag in tagbook().offered() if tag.name in TAGS}
    chosen = [pk for pk in ids if pick.random() < 0.25]
    for place in range(0, len(chosen), BATCH):
        batch = chosen[place : place + BATCH]
        owners = dict(Customer.objects.filter(pk__in=batch).values_list("pk", "owner_id"))
        with transaction.atomic():
            before = current(batch)
            rows = [
                Tagging(customer_id=pk, tag_id=known[word], who_id=owners[pk], at=now())
                for pk in batch
                for word in pick.sample(sorted(known), pick.choice((1, 1, 2)))
            ]
            Tagging.objects.bulk_create(rows, ignore_conflicts=True, batch_size=400)
            finish(None, before, batch, "演示数据")
    return len(chosen)
