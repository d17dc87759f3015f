"""Who is given something to do by somebody else is told of it."""

from datetime import date, timedelta

import pytest

from keji.agenda.models import Task
from keji.agenda.rules.giving import GIVEN
from keji.agenda.rules.many import enter, task
from keji.agenda.rules.tasks import add, hand_over, revise
from keji.clocks.models import Limit
from keji.clocks.rules.turns import take_turns
from keji.customers.models import Customer
from keji.customers.rules.owners import transfer
from keji.followups.rules.log import log
from keji.kernel.clock import now, start_of, today
from keji.notices.models import Notice
from keji.notices.rules.reading import mine, worded

pytestmark = pytest.mark.django_db


def told(person):
    """What the person's inbox says of tasks, the oldest first."""
    return [said.title for _notice, said in worded(person, mine(person).filter(kind=GIVEN).order_by("pk"))]


def day(n):
    return start_of(today() + timedelta(days=n))


def test_a_task_for_somebody_else_is_told_to_them_and_to_nobody_else(cast):
    add(cast.wang, {"title": "寄样品", "due_at": day(2), "assignee": cast.lin.pk}, cast.acme)
    add(cast.lin, {"title": "自己记的", "due_at": day(2)}, cast.acme)

    assert told(cast.lin) == ["王敏给你安排了任务：寄样品"]
    assert not Notice.objects.filter(kind=GIVEN).exclude(person=cast.lin).exists()


def test_each_change_of_hands_is_told_once(cast):
    one = add(cast.wang, {"title": "寄样品", "due_at": day(2)}, cast.acme)
    hand_over(cast.wang, one, cast.lin.pk)
    revise(cast.wang, one, {"title": "寄三份样品"})
    hand_over(cast.wang, one, cast.wang.pk)
    revise(cast.wang, one, {"assignee": cast.lin.pk})

    assert told(cast.lin) == ["王敏给你安排了任务：寄三份样品"] * 2
    assert told(cast.wang) == []


def test_the_next_action_of_a_follow_up_is_told_to_whoever_is_to_do_it(cast):
    values = {"occurred_at": now(), "method": "PHONE", "followup_type": "FIRST", "summary": "客户要报价"}
    log(cast.wang, values | {"next_action": "做报价", "next_action_by": cast.lin.pk, "next_action_due": today() + timedelta(days=3)}, cast.acme)

    assert any("做报价" in one for one in told(cast.lin))


def test_many_at_once_are_one_notice_and_what_comes_with_a_customer_is_none(cast):
    with_customer = add(cast.lin, {"title": "寄样品", "due_at": day(2)}, cast.acme)
    drafts = [task(cast.wang, kind="OTHER", title=f"第 {n} 件", assignee_id=cast.lin.pk, due_at=day(n)) for n in range(1, 4)]
    enter(cast.wang, drafts)
    transfer(cast.wang, cast.acme, cast.zhao.pk, "换片区")

    assert told(cast.lin) == ["王敏给你安排了 3 个任务"]
    assert Task.objects.get(pk=with_customer.pk).assignee_id == cast.zhao.pk
    assert told(cast.zhao) == []


def test_a_round_is_told_of_when_it_begins(cast, time):
    Limit.objects.filter(code__startswith="SLA-1").update(turned_on=date(2026, 6, 29))
    Limit.objects.filter(code__in=("SLA-13", "SLA-14")).update(enabled=False)
    Customer.objects.update(created_at=time("2026-06-01 09:00"))
    time("2026-06-30 00:30")
    take_turns()
    take_turns()

    assert told(cast.lin) == ["系统给你安排了任务：月末梳理客户状态，标注流失风险"]
