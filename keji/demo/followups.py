"""Invented conversations with invented customers."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from keji.customers.models import Contact, Customer
from keji.followups.rules.many import Told, log_many
from keji.kernel.clock import now

SAID = (
    ("VISIT", "NEED_CONFIRM", "采购总监明确预算 30 万元，要求下周前提供两套方案（基础版、升级版）；技术部关心与现有门禁系统对接。"),
    ("PHONE", "FIRST", "确认展会后的资料已收到，约好下周上门。"),
    ("WECHAT", "PROPOSAL", "发送产品对比表，对方转给技术部看。"),
    ("EMAIL", "PROPOSAL", "发出报价第二版，含三年维保。"),
    ("ONLINE_MEETING", "DEMO", "线上演示一小时，提了两个定制点：单点登录和报表导出。"),
    ("PHONE", "URGE_SIGN", "合同在法务走流程，预计本周盖章。"),
    ("PHONE", "AFTER_SALES", "设备偶发卡顿，已安排工程师远程排查。"),
    ("VISIT", "DEEP", "和总经理谈明年的扩产计划，先做一期试点。"),
    ("SMS", "PUSH", "推送新品手册。"),
    ("PHONE", "COLLECTION", "尾款月底前付，财务已经排上。"),
)
FEEDBACK = ("需对比 3 家方案，月底前定", "价格能接受，担心交货期", "下周给回复", "", "", "")
PROMISES = ("提交方案", "下周提供报价", "安排技术对接", "", "", "")
HOURS = (*(1, 2, 3, 5, 20) * 5, 50)  # after so many hours it was written down, once in a while too late
BATCH = 2000


def fill(seed: int, customers: Sequence[Customer], most: int = 4) -> int:
    """Tell up to so many conversations of each of these customers, the last ones with a next date. Returns how many."""
    pick, made, told = random.Random(seed), 0, []
    people = names({customer.pk for customer in customers})
    for customer in customers:
        if customer.owner_id:
            told += [one(pick, customer, place, people) for place in range(pick.randint(0, most))]
        if len(told) >= BATCH:
            made, told = made + log_many(None, told, "演示数据"), []
    return made + (log_many(None, told, "演示数据") if told else 0)


def names(customers: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for customer, name in Contact.objects.filter(customer_id__in=customers).values_list("customer_id", "name"):
        found.setdefault(customer, []).append(name)
    return found


def one(pick: random.Random, customer: Customer, place: int, people: dict[int, list[str]]) -> Told:
    method, kind, summary = pick.choice(SAID)
    at = at_work(pick, now() - timedelta(days=pick.randint(1, 20) + place * 21))
    values: dict[str, Any] = {
        "occurred_at": at,
        "method": method,
        "followup_type": kind,
        "summary": summary,
        "customer_feedback": pick.choice(FEEDBACK),
        "commitments": pick.choice(PROMISES) if place == 0 else "",
        "customer_participants": pick.choice(people.get(customer.pk) or [""]),
        "author": customer.owner_id,
    }
    if place == 0 and pick.random() < 0.8:
        values["next_followup_at"] = at_work(pick, at + timedelta(days=pick.randint(7, 30)))
    return Told(customer, values, imported=False, at=min(now(), at + timedelta(hours=pick.choice(HOURS))))


def at_work(pick: random.Random, at: datetime) -> datetime:
    """That day, at a time at which people work there (UTC+8)."""
    return at.replace(hour=pick.randint(1, 9), minute=pick.choice((0, 5, 15, 30, 40)), second=0, microsecond=0)
