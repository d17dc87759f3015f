"""Tasks: written down, done, put off, moved, handed on, given up; and what rows say of the next step."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from moments import local

from keji.access.models import Entry, Kept
from keji.access.trail import AlreadyDone
from keji.agenda import queries
from keji.agenda.models import Task
from keji.agenda.rules import heartbeat, many, times
from keji.agenda.rules.steps import rest
from keji.agenda.rules.tasks import add, done, drop, hand_over, move, reopen, revise, snooze
from keji.customers.kinds import Heartbeat
from keji.customers.models import Collaboration, Customer
from keji.customers.rules.owners import transfer, transfer_many
from keji.customers.rules.revise import revise as revise_customer
from keji.kernel.clock import later, now, start_of, today, zone
from keji.kernel.errors import NotThere, Refused, Stale, Unfit

CALL = {"kind": "FOLLOWUP", "title": "回访新方案"}


def day(n):
    return start_of(today() + timedelta(days=n))


def customer(cast):
    return Customer.objects.get(pk=cast.acme.pk)


def codes(error):
    return sorted((problem.field, problem.code) for problem in error.value.problems)


def test_a_task_is_ones_own_unless_somebody_is_named(cast):
    mine = add(cast.lin, {"title": "发送报价单", "due_at": day(2)}, cast.acme)
    theirs = add(cast.wang, {"title": "准备样品", "assignee": cast.lin.pk})

    assert (mine.assignee, mine.state, mine.kind, mine.remind_at) == (cast.lin, "OPEN", "OTHER", day(2) + timedelta(hours=9))
    assert (theirs.assignee, theirs.customer, theirs.due_at, theirs.remind_at) == (cast.lin, None, None, None)
    assert list(queries.waiting(cast.lin)) in ([mine, theirs], [theirs, mine])


@pytest.mark.req("R-000-29")
def test_a_day_is_reminded_of_at_nine_and_a_time_at_itself():
    assert times.reminder(local("2023-10-25 00:00")) == local("2023-10-25 09:00")
    assert times.reminder(local("2023-10-25 15:30")) == local("2023-10-25 15:30")
    assert times.reminder(None) is None


def test_what_is_wrong_is_said_at_once(cast):
    with pytest.raises(Unfit) as error:
        add(cast.lin, {"kind": "FOLLOWUP", "title": "", "assignee": 999_999})

    assert codes(error) == [("_customer", "E_REQUIRED"), ("assignee", "E_OWNER"), ("due_at", "E_REQUIRED"), ("title", "E_REQUIRED")]
    with pytest.raises(Unfit) as error:
        add(cast.lin, {"title": "补做", "due_at": day(-1)})
    assert codes(error) == [("due_at", "E_DATE_PAST")]
    assert Task.objects.count() == 0


def test_one_token_is_one_task(cast):
    made = add(cast.lin, {"title": "发送报价单"}, once="t")

    with pytest.raises(AlreadyDone) as error:
        add(cast.lin, {"title": "发送报价单"}, once="t")
    assert (error.value.record_id, Task.objects.count()) == (made.pk, 1)


@pytest.mark.req("R-001-28")
def test_who_wants_no_calls_is_not_called_without_a_doubt(cast):
    revise_customer(cast.lin, cast.acme, {"do_not_call": True})

    with pytest.raises(Unfit) as error:
        add(cast.lin, {"title": "打电话确认合同"}, cast.acme)
    assert codes(error) == [("title", "W_DO_NOT_CALL")]
    add(cast.lin, {"title": "打电话确认合同"}, cast.acme, accept={"title:W_DO_NOT_CALL": "客户约的"})
    add(cast.lin, {"title": "发邮件确认合同"}, cast.acme)


@pytest.mark.req("R-001-28")
def test_who_prefers_another_way_is_not_called_without_a_doubt(cast):
    revise_customer(cast.lin, cast.acme, {"channel_preference": "EMAIL"})

    with pytest.raises(Unfit) as error:
        add(cast.lin, {"title": "打电话确认合同"}, cast.acme)
    assert [one.message for one in error.value.problems] == ["这个客户偏好用邮件联系"]
    add(cast.lin, {"title": "打电话确认合同"}, cast.acme, accept={"title:W_CHANNEL": "合同今天到期"})
    revise_customer(cast.lin, cast.acme, {"channel_preference": "PHONE"})
    add(cast.lin, {"title": "打电话确认合同"}, cast.acme)


def test_a_task_is_near_to_its_assignee_and_to_whom_its_customer_is_near(cast):
    of_acme = add(cast.wang, {"title": "准备方案", "assignee": cast.zhao.pk}, cast.acme)
    alone = add(cast.wang, {"title": "周报"})
    Collaboration.objects.create(customer=cast.acme, person=cast.chen)

    seen = {who.username: set(queries.tasks(who)) for who in (cast.lin, cast.zhao, cast.wang, cast.chen, cast.shen, cast.gao)}
    assert seen == {
        "lin": {of_acme},
        "zhao": {of_acme},
        "wang": {of_acme, alone},
        "chen": {of_acme},
        "shen": {of_acme, alone},
        "gao": set(),
    }
    done(cast.zhao, queries.task(cast.zhao, of_acme.pk))
    with pytest.raises(NotThere):
        queries.task(cast.zhao, alone.pk)
    with pytest.raises(Refused):
        done(cast.zhao, alone)
    with pytest.raises(Refused):
        add(cast.gao, {"title": "越权"})


def test_nobody_plants_a_task_where_it_is_out_of_reach(cast):
    with pytest.raises(Refused):
        add(cast.zhao, {"title": "准备方案", "assignee": cast.wang.pk}, cast.acme)
    assert Task.objects.count() == 0


def test_tasks_of_a_customer_in_the_bin_are_not_there(cast):
    made = add(cast.lin, {"title": "准备方案"}, cast.acme)
    Customer.objects.filter(pk=cast.acme.pk).update(deleted_at=now())

    assert list(queries.tasks(cast.lin)) == []
    with pytest.raises(NotThere):
        queries.task(cast.wang, made.pk)


def test_done_and_given_up_can_be_taken_back_and_stand_in_the_trail(cast):
    made = add(cast.lin, {"title": "准备方案"}, cast.acme)

    done(cast.lin, made)
    assert (made.state, made.ended_by, made.ended_at is not None) == ("DONE", cast.lin, True)
    with pytest.raises(Unfit) as error:
        done(cast.lin, made)
    assert codes(error) == [("state", "E_STATE")]
    reopen(cast.lin, made)
    drop(cast.lin, made, "客户不要了")
    assert queries.dropped_task(cast.lin, made.pk) == made
    reopen(cast.lin, queries.dropped_task(cast.lin, made.pk))

    entries = Entry.objects.filter(record="tasks", record_id=made.pk).order_by("pk")
    states = [Kept.objects.get(entry=one).values["state"] for one in entries]
    assert [(one.action, one.customer_id) for one in entries] == [
        ("tasks.create", cast.acme.pk),
        ("tasks.change", cast.acme.pk),
        ("tasks.change", cast.acme.pk),
        ("tasks.delete", cast.acme.pk),
        ("tasks.delete", cast.acme.pk),
    ]
    assert states == [[None, "OPEN"], ["OPEN", "DONE"], ["DONE", "OPEN"], ["OPEN", "DROPPED"], ["DROPPED", "OPEN"]]


def test_to_snooze_moves_the_reminder_and_nothing_else(cast):
    made = add(cast.lin, {**CALL, "due_at": day(1)}, cast.acme)
    Task.objects.update(reminded_at=now())
    made.refresh_from_db()

    snooze(cast.lin, made, day(3))

    made.refresh_from_db()
    assert (made.due_at, made.remind_at, made.reminded_at) == (day(1), day(3), None)
    assert customer(cast).next_followup_at == day(1)
    for wrong, code in ((now() - timedelta(minutes=1), "E_DATE_PAST"), (now() + timedelta(days=400), "E_RANGE")):
        with pytest.raises(Unfit) as error:
            snooze(cast.lin, made, wrong)
        assert codes(error) == [("until", code)]


@pytest.mark.parametrize(
    ("how", "until"),
    [("10m", "2026-06-05 17:10"), ("1h", "2026-06-05 18:00"), ("tomorrow", "2026-06-06 09:00"), ("monday", "2026-06-08 09:00")],
)
def test_the_moments_to_which_a_reminder_is_put_off(how, until):
    assert later(how, local("2026-06-05 17:00")) == local(until)


def test_a_monday_is_put_off_to_the_next_one():
    assert later("monday", local("2026-06-08 08:00")) == local("2026-06-15 09:00")


def test_to_move_a_task_moves_its_day_and_keeps_its_time(cast):
    made = add(cast.lin, {**CALL, "due_at": day(1) + timedelta(hours=15)}, cast.acme)

    move(cast.lin, made, times.on_day(made.due_at, today() + timedelta(days=4)))

    assert (made.due_at, made.remind_at) == (day(4) + timedelta(hours=15),) * 2
    assert customer(cast).next_followup_at == day(4) + timedelta(hours=15)
    with pytest.raises(Unfit) as error:
        move(cast.lin, made, day(-1))
    assert codes(error) == [("due_at", "E_DATE_PAST")]
    assert times.on_day(None, date(2026, 6, 1)) == local("2026-06-01 00:00")


def test_a_task_is_handed_to_somebody_who_is_there(cast):
    made = add(cast.lin, {"title": "准备方案"}, cast.acme)

    hand_over(cast.lin, made, cast.zhao.pk)
    assert queries.task(cast.zhao, made.pk).assignee == cast.zhao
    cast.zhao.is_active = False
    for to, code in ((None, "E_REQUIRED"), (cast.zhao.pk, "E_SAME_OWNER"), (999_999, "E_OWNER")):
        with pytest.raises(Unfit) as error:
            hand_over(cast.lin, queries.task(cast.lin, made.pk), to)
        assert codes(error) == [("assignee", code)]


def test_of_two_who_change_a_task_the_second_is_told(cast):
    made = add(cast.lin, {"title": "准备方案"}, cast.acme)
    mine, theirs = queries.task(cast.lin, made.pk), queries.task(cast.wang, made.pk)
    revise(cast.wang, theirs, {"title": "准备两套方案"}, version=theirs.version)

    with pytest.raises(Stale):
        revise(cast.lin, mine, {"title": "准备三套方案"}, version=mine.version)
    with pytest.raises(Stale):
        done(cast.lin, mine)
    with pytest.raises(Stale):
        move(cast.lin, queries.task(cast.lin, made.pk), day(2), version=1)
    assert list(queries.found(cast.lin, *asked("两套"))) == [theirs]


def asked(words):
    from keji.agenda.sheet import TASKS
    from keji.records.listing import Asked

    return TASKS, Asked(words=words)


def test_the_row_says_its_earliest_open_followup(cast):
    later = add(cast.lin, {**CALL, "due_at": day(9)}, cast.acme)
    first = add(cast.lin, {**CALL, "due_at": day(3)}, cast.acme)
    add(cast.lin, {"title": "别的事", "due_at": day(1)}, cast.acme)

    assert customer(cast).next_followup_at == day(3)
    done(cast.lin, first)
    assert customer(cast).next_followup_at == day(9)
    revise(cast.lin, later, {"kind": "OTHER"})
    assert customer(cast).next_followup_at is None
    reopen(cast.lin, first)
    assert customer(cast).next_followup_at == day(3)


def test_many_rows_carry_what_a_single_one_does(cast, monkeypatch):
    told = {"customer_id": cast.acme.pk, "due_at": day(3), "assignee_id": cast.lin.pk, **CALL}
    Customer.objects.update(no_step_why="等批复", next_followup_at=day(1))
    monkeypatch.setattr(heartbeat, "FEW", 0)
    many.enter(None, [many.task(None, **told), many.task(None, **(told | {"due_at": day(2)}))])
    heartbeat.beat("customers", [cast.acme.pk, cast.other.pk])

    rows = dict(Customer.objects.values_list("pk", "next_followup_at"))
    assert rows == {cast.acme.pk: day(2), cast.other.pk: None}
    assert dict(Customer.objects.values_list("pk", "no_step_why")) == {cast.acme.pk: "", cast.other.pk: "等批复"}


def test_a_reason_rests_the_next_step_until_one_is_planned(cast):
    planned = add(cast.lin, {**CALL, "due_at": day(3)}, cast.acme)

    rest(cast.lin, customer(cast), "客户搬迁，明年再说")
    planned.refresh_from_db()
    assert (planned.state, customer(cast).next_followup_at, customer(cast).no_step_why) == ("DROPPED", None, "客户搬迁，明年再说")
    with pytest.raises(Unfit) as error:
        rest(cast.lin, customer(cast), " ")
    assert codes(error) == [("why", "E_REQUIRED")]
    with pytest.raises(Refused):
        rest(cast.zhao, customer(cast), "抢客户")

    add(cast.lin, {**CALL, "due_at": day(5)}, cast.acme)
    assert (customer(cast).next_followup_at, customer(cast).no_step_why) == (day(5), "")


def test_the_heartbeat_follows_from_the_row(cast):
    kind = Heartbeat()
    rows = [
        (day(-1), "", "OVERDUE"),
        (day(0), "", "TODAY"),
        (day(0) + timedelta(hours=23, minutes=59), "", "TODAY"),
        (day(1), "", "PLANNED"),
        (None, "", "UNPLANNED"),
        (None, "等批复", "NONE"),
    ]
    for then, why, code in rows:
        assert kind.value({"next_followup_at": then, "no_step_why": why}, "heartbeat") == code
        Customer.objects.filter(pk=cast.acme.pk).update(next_followup_at=then, no_step_why=why)
        found = {c.code for c in kind.choices() if Customer.objects.filter(kind.where("heartbeat", {"": [c.code]}), pk=cast.acme.pk)}
        assert found == {code}


def test_tasks_go_along_with_a_customer_that_changes_hands(cast):
    mine = add(cast.lin, {**CALL, "due_at": day(3)}, cast.acme)
    theirs = add(cast.lin, {"title": "出图纸", "assignee": cast.wang.pk}, cast.acme)
    past = add(cast.lin, {"title": "旧事"}, cast.acme)
    done(cast.lin, past)

    transfer(cast.wang, customer(cast), cast.zhao.pk, "区域调整")
    known = {one.pk: one.assignee for one in Task.objects.all()}
    assert known == {mine.pk: cast.zhao, theirs.pk: cast.wang, past.pk: cast.lin}
    assert list(queries.waiting(cast.zhao)) == [mine]

    transfer_many(cast.wang, [cast.acme.pk], None, "退回公海")
    assert Task.objects.get(pk=mine.pk).assignee is None
    entry = Entry.objects.filter(record="tasks", record_id=mine.pk).latest("pk")
    assert (entry.who, entry.why, Kept.objects.get(entry=entry).values["assignee_id"]) == (cast.wang, "随客户转交", [cast.zhao.pk, None])


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"kind": "X"},
        {"state": "DONE"},
        {"state": "X", "ended_at": datetime(2026, 1, 1, tzinfo=zone())},
        {"kind": "FOLLOWUP", "due_at": None},
        {"record": "deals"},
    ],
)
def test_the_database_refuses_tasks_that_must_never_be(cast, wrong):
    made = add(cast.lin, {"title": "准备方案", "due_at": day(2)}, cast.acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=made.pk).update(**wrong)


def test_a_source_makes_one_task(cast):
    told = {"title": "发送方案", "source": "followups:1:action", "assignee_id": cast.lin.pk}
    many.enter(None, [many.task(None, **told)])

    with pytest.raises(IntegrityError), transaction.atomic():
        many.enter(None, [many.task(None, **told)])
