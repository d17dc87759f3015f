"""What follows from a follow-up: the tasks of its next one, of its action and of its commitments."""

from datetime import timedelta
from itertools import permutations

import pytest
from moments import local

from keji.access.models import Entry
from keji.agenda.models import Task
from keji.agenda.rules.tasks import add, done, hand_over, move
from keji.clocks.rules import notice
from keji.clocks.rules.holidays import keep_year
from keji.customers.models import Customer
from keji.customers.rules.register import register
from keji.deals.models import Deal
from keji.deals.rules.open import open_deal
from keji.followups import queries
from keji.followups.models import Followup
from keji.followups.rules.log import drop, log, restore, revise
from keji.followups.rules.many import Told, log_many
from keji.kernel.clock import now, start_of, today
from keji.kernel.errors import Unfit

SAID = {"method": "PHONE", "summary": "介绍了新一代产品"}


def day(n, hour=0):
    return start_of(today() + timedelta(days=n)) + timedelta(hours=hour)


def plans():
    """The tasks without those to look a customer over, which every communication leaves (test_looking_over.py)."""
    return Task.objects.exclude(kind="UPDATE")


def tasks(**where):
    names = ("kind", "title", "due_at", "assignee_id", "state", "ended_with")
    return list(plans().filter(**where).order_by("kind", "pk").values_list(*names))


def customer(cast):
    return Customer.objects.get(pk=cast.acme.pk)


@pytest.mark.req("R-000-29")
@pytest.mark.req("R-001-17")
@pytest.mark.req("R-003-42")
def test_a_followup_leaves_its_tasks(cast):
    made = log(
        cast.wang,
        {
            **SAID,
            "occurred_at": now() - timedelta(hours=1),
            "objective": "下次跟进", "next_followup_at": day(7),
            "next_action": "发送合同",
            "next_action_by": cast.zhao.pk,
            "next_action_due": day(2).date(),
            "commitments": "3天内答复技术问题\n- 提供样品\n\n提供样品",
        },
        cast.acme,
    )

    wang, lin = cast.wang.pk, cast.lin.pk
    assert tasks() == [
        ("ACTION", "发送合同", day(2), cast.zhao.pk, "OPEN", ""),
        ("COMMITMENT", "3天内答复技术问题", day(3), wang, "OPEN", ""),
        ("COMMITMENT", "提供样品", day(7), wang, "OPEN", ""),
        ("FOLLOWUP", "下次跟进", day(7), lin, "OPEN", ""),
    ]
    entries = Entry.objects.filter(record="tasks", action="tasks.create", customer_id=cast.acme.pk)
    assert (entries.count(), {one.who_id for one in entries}) == (5, {wang})
    assert {one.source.split(":")[1] for one in plans().all()} == {str(made.pk)}
    assert customer(cast).next_followup_at == day(7)


@pytest.mark.req("R-003-44")
def test_the_example_of_the_seed_is_due_on_the_day_it_says(cast):
    told = {"method": "VISIT", "occurred_at": local("2024-03-18 14:00"), "summary": "上门拜访，预算 30 万元", "commitments": "3月25日前提供2套方案"}
    log(cast.lin, told, cast.acme)

    assert tasks() == [("COMMITMENT", "3月25日前提供2套方案", local("2024-03-25 00:00"), cast.lin.pk, "OPEN", "")]


def test_working_days_of_a_commitment_are_those_of_the_calendar_that_the_steward_keeps(cast):
    keep_year(cast.shen, notice.read("2026-06-04 休 厂庆"), "", True)

    log(cast.lin, {**SAID, "occurred_at": local("2026-06-02 09:00"), "commitments": "3个工作日内答复"}, cast.acme)

    assert plans().get().due_at == local("2026-06-08 00:00")


def test_a_followup_fulfils_what_was_due_by_then_and_nothing_later(cast):
    first = log(cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": day(-9, 10), "next_followup_at": day(-2)}, cast.acme)
    due = add(cast.lin, {"kind": "FOLLOWUP", "title": "回访", "due_at": day(0)}, cast.acme)
    ahead = add(cast.lin, {"kind": "FOLLOWUP", "title": "问验收", "due_at": day(3)}, cast.acme)
    other = add(cast.lin, {"title": "出图纸", "due_at": day(0)}, cast.acme)

    made = log(cast.lin, SAID, cast.acme)

    states = dict(plans().values_list("pk", "state"))
    said = plans().get(source=f"followups:{first.pk}:next")
    assert states == {said.pk: "DONE", due.pk: "DONE", ahead.pk: "OPEN", other.pk: "OPEN"}
    assert (said.ended_with, said.ended_by) == (f"followups:{made.pk}", cast.lin)
    assert customer(cast).next_followup_at == day(3)


def test_a_followup_of_before_does_not_fulfil_what_was_planned_after_it(cast):
    due = add(cast.lin, {"kind": "FOLLOWUP", "title": "回访", "due_at": day(0)}, cast.acme)

    log(cast.lin, {**SAID, "occurred_at": day(-1, 10)}, cast.acme)

    due.refresh_from_db()
    assert due.state == "OPEN"


def test_a_new_plan_replaces_the_old_one_of_the_same_deal(cast):
    deal = open_deal(cast.lin, {"name": "年度采购"}, cast.acme)
    log(cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": day(-3, 10), "next_followup_at": day(5)}, cast.acme)
    log(cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": day(-2, 10), "next_followup_at": day(9), "deal": deal.pk}, cast.acme)
    newest = log(cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": day(-1, 10), "next_followup_at": day(7)}, cast.acme)

    assert tasks() == [
        ("FOLLOWUP", "下次跟进", day(5), cast.lin.pk, "DROPPED", f"followups:{newest.pk}"),
        ("FOLLOWUP", "下次跟进", day(9), cast.lin.pk, "OPEN", ""),
        ("FOLLOWUP", "下次跟进", day(7), cast.lin.pk, "OPEN", ""),
    ]
    assert customer(cast).next_followup_at == day(7)
    assert Deal.objects.get(pk=deal.pk).next_followup_at == day(9)


def test_a_plan_that_was_moved_or_done_by_hand_stays_so(cast):
    first = log(cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": day(-3, 10), "next_followup_at": day(1)}, cast.acme)
    planned = plans().select_related("customer").get()
    move(cast.lin, planned, day(8))
    log(cast.lin, {**SAID, "occurred_at": now()}, cast.acme)
    revise(cast.lin, Followup.objects.get(pk=first.pk), {"summary": "写错了人名"}, why="写错")

    planned.refresh_from_db()
    assert (planned.state, planned.due_at) == ("OPEN", day(8))
    done(cast.lin, planned)
    revise(cast.lin, Followup.objects.get(pk=first.pk), {"summary": "又写错了"}, why="写错")
    planned.refresh_from_db()
    assert (planned.state, customer(cast).next_followup_at) == ("DONE", None)


def test_what_is_mended_mends_its_tasks(cast):
    told = {"next_action": "发送合同", "next_action_by": cast.lin.pk, "next_action_due": day(2).date(), "commitments": "提供样品\n提供报价"}
    made = log(cast.lin, {**SAID, "objective": "下次跟进", "next_followup_at": day(4), **told}, cast.acme)
    sample = plans().select_related("customer").get(title="提供样品")
    hand_over(cast.lin, sample, cast.wang.pk)

    revise(cast.lin, made, {"next_followup_at": day(6), "next_action": "寄送合同", "commitments": "提供样品\n提供授权书"})

    assert tasks() == [
        ("ACTION", "寄送合同", day(2), cast.lin.pk, "OPEN", ""),
        ("COMMITMENT", "提供样品", day(6), cast.wang.pk, "OPEN", ""),
        ("COMMITMENT", "提供报价", day(4), cast.lin.pk, "DROPPED", f"followups:{made.pk}"),
        ("COMMITMENT", "提供授权书", day(6), cast.lin.pk, "OPEN", ""),
        ("FOLLOWUP", "下次跟进", day(6), cast.lin.pk, "OPEN", ""),
    ]
    revise(cast.lin, made, {"next_followup_at": None, "next_action": "", "next_action_by": None, "next_action_due": None, "commitments": "提供报价"})
    assert [(one[1], one[4]) for one in tasks()] == [
        ("寄送合同", "DROPPED"),
        ("提供样品", "DROPPED"),
        ("提供报价", "OPEN"),
        ("提供授权书", "DROPPED"),
        ("下次跟进", "DROPPED"),
    ]
    assert customer(cast).next_followup_at is None


def test_another_day_that_is_said_opens_the_plan_anew(cast):
    made = log(cast.lin, {**SAID, "objective": "下次跟进", "next_followup_at": day(4)}, cast.acme)
    done(cast.lin, plans().select_related("customer").get())

    revise(cast.lin, made, {"next_followup_at": day(6)})

    assert [(one[2], one[4]) for one in tasks()] == [(day(6), "OPEN")]
    assert customer(cast).next_followup_at == day(6)


def test_a_followup_in_the_bin_takes_its_tasks_along_and_brings_them_back(cast):
    first = log(cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": day(-5, 10), "next_followup_at": day(-1)}, cast.acme)
    second = log(cast.lin, {**SAID, "objective": "下次跟进", "next_followup_at": day(4), "commitments": "提供样品"}, cast.acme)
    plan = plans().get(source=f"followups:{first.pk}:next")

    drop(cast.lin, second)
    plan.refresh_from_db()
    assert (plan.state, customer(cast).next_followup_at) == ("OPEN", day(-1))
    assert {one[4] for one in tasks(source__startswith=f"followups:{second.pk}:")} == {"DROPPED"}

    restore(cast.lin, queries.binned_followup(cast.lin, second.pk))
    plan.refresh_from_db()
    assert (plan.state, plan.ended_with, customer(cast).next_followup_at) == ("DONE", f"followups:{second.pk}", day(4))
    assert {one[4] for one in tasks(source__startswith=f"followups:{second.pk}:")} == {"OPEN"}


LINES = (
    (-20, {"objective": "下次跟进", "next_followup_at": day(-12)}),
    (-14, {"objective": "下次跟进", "next_followup_at": day(3), "commitments": "提供样品\n2天内答复"}),
    (-9, {"objective": "下次跟进", "next_followup_at": day(6), "next_action": "寄合同", "next_action_due": day(-4).date()}),
    (-2, {}),
    (-1, {"objective": "下次跟进", "next_followup_at": day(9), "deal": True, "commitments": "下周提供报价"}),
)


def told(cast, line, deal):
    days, values = line
    values = {**SAID, "author": cast.lin.pk, "occurred_at": day(days, 10), **values}
    values |= {"deal": deal.pk} if values.pop("deal", None) else {}
    return values | ({"next_action_by": cast.lin.pk} if "next_action" in values else {})


def left(firm, deal):
    """What is open afterwards, and what the rows say."""
    rows = plans().filter(customer=firm, state="OPEN").order_by("kind", "due_at", "title")
    open_ones = list(rows.values_list("kind", "title", "due_at", "assignee_id", "record"))
    rows = Customer.objects.filter(pk=firm.pk).values_list("next_followup_at", "last_followup_at", "followup_count")
    return open_ones, rows.get(), Deal.objects.get(pk=deal.pk).next_followup_at


def test_many_at_once_leave_what_one_after_another_leaves(cast):
    """Whatever the order of the lines, by the single rule and by the bulk rule."""
    found = []
    for place, order in enumerate(list(permutations(LINES))[::17]):
        for many in (False, True):
            firm = register(cast.lin, {"name": f"第{place}{'甲' if many else '乙'}家机械有限公司"}, accept={"*": "测试"})
            deal = open_deal(cast.lin, {"name": "年度采购"}, firm)
            if many:
                log_many(cast.wang, [Told(firm, told(cast, line, deal), imported=False) for line in order])
            else:
                for line in order:
                    log(cast.lin, told(cast, line, deal), firm)
            found.append(left(firm, deal))

    open_ones, row, of_deal = found[0]
    assert [one[:3] for one in open_ones] == [
        ("ACTION", "寄合同", day(-4)),
        ("COMMITMENT", "2天内答复", day(-12)),
        ("COMMITMENT", "提供样品", day(3)),
        ("COMMITMENT", "下周提供报价", open_ones[3][2]),
        ("FOLLOWUP", "下次跟进", day(6)),
        ("FOLLOWUP", "下次跟进", day(9)),
    ]
    assert (row, of_deal) == ((day(6), day(-1, 10), 5), day(9))
    assert all(one == found[0] for one in found)


def test_a_history_promises_nothing_for_days_that_are_over(cast):
    lines = [(-90, {"commitments": "2天内答复\n三个月内回访"}), (-60, {"next_action": "寄合同", "next_action_due": day(-55).date(), "objective": "下次跟进", "next_followup_at": day(-50)})]
    log_many(cast.lin, [Told(cast.acme, told(cast, line, None)) for line in lines])

    open_ones = [(one[1], one[4]) for one in tasks()]
    assert ("2天内答复", "OPEN") not in open_ones and ("寄合同", "OPEN") not in open_ones
    assert ("下次跟进", "OPEN") in open_ones
    assert customer(cast).next_followup_at == day(-50)


def test_who_has_left_is_given_nothing_to_do(cast):
    log_many(cast.wang, [Told(cast.acme, {**SAID, "objective": "下次跟进", "occurred_at": day(-1), "next_followup_at": day(3)}, author_name="前同事")])

    assert tasks() == [("FOLLOWUP", "下次跟进", day(3), cast.lin.pk, "OPEN", "")]


@pytest.mark.req("R-001-28")
def test_a_call_is_planned_with_who_wants_none_only_for_a_reason(cast):
    Customer.objects.update(do_not_call=True)
    told = SAID | {"next_followup_at": day(7), "objective": "电话确认预算"}
    told |= {"next_action": "致电技术部", "next_action_by": cast.lin.pk, "next_action_due": day(2).date()}

    with pytest.raises(Unfit) as error:
        log(cast.lin, told, customer(cast))
    assert [(one.field, one.code) for one in error.value.problems] == [
        ("objective", "W_DO_NOT_CALL"),
        ("next_action", "W_DO_NOT_CALL"),
    ]
    made = log(cast.lin, told, customer(cast), accept={"*": "客户约的"})
    revise(cast.lin, made, {"summary": "介绍了新一代产品和价格"})
