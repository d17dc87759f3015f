"""How often customers of each grade are contacted (S-04), and how soon leads are answered and graded."""

from datetime import date

import pytest
from moments import local

from keji.clocks.jobs import find_anew
from keji.clocks.models import Clock, Limit
from keji.clocks.queries import due
from keji.clocks.rules import limits, watch
from keji.customers import jobs
from keji.customers.models import Customer
from keji.customers.rules import bin as bins
from keji.customers.rules import deadlines
from keji.customers.rules.contacts import revise_contact
from keji.customers.rules.grading import regrade
from keji.customers.rules.many import Entrant, register_many
from keji.customers.rules.owners import transfer, transfer_many
from keji.customers.rules.register import register
from keji.customers.rules.revise import revise
from keji.followups.models import Followup
from keji.followups.rules.log import drop, log, restore
from keji.followups.rules.log import revise as revise_followup
from keji.followups.rules.many import Told, log_many
from keji.kernel.errors import Unfit
from keji.notices.models import Notice


@pytest.fixture
def enter(time, team):
    """Enter a customer of lin's at a moment."""
    numbers = iter(range(100))

    def enter(at="2026-05-01 09:00", grade="B", **values):
        time(at)
        return register(team.lin, {"name": f"试验设备{next(numbers)}公司", "grade": grade, **values})

    return enter


@pytest.fixture
def say(time, team):
    """Log a follow-up at a moment, of something that happened then."""

    def say(customer, at, method="PHONE", **values):
        moment = time(at)
        return log(team.lin, {"occurred_at": moment, "method": method, "summary": "说了近况", **values}, customer)

    return say


def clock_of(customer, code=None):
    found = Clock.objects.filter(record="customers", record_id=customer.pk, stopped_at=None)
    return (found.filter(limit__code=code) if code else found).get()


def ended(customer):
    """The clocks that stopped, without those that no longer mattered: (limit, how far, whether too late)."""
    rows = Clock.objects.filter(record_id=customer.pk, void=False).exclude(stopped_at=None).order_by("pk")
    return [(one.limit.code, one.stopped_at > one.due_at) for one in rows.select_related("limit")]


def warned_between(time, *days):
    """Watch at each of these moments; who was told then."""
    found = {}
    for day in days:
        before = set(Notice.objects.values_list("pk", flat=True))
        time(day)
        watch.watch()
        new = Notice.objects.exclude(pk__in=before).order_by("pk").select_related("person")
        if new:
            found[day] = [one.person.name for one in new]
    return found


@pytest.mark.req("R-003-29")
@pytest.mark.req("R-003-45")
def test_b_is_contacted_every_fourteen_days_and_what_is_overdue_goes_up(enter, say, time):
    customer = enter()
    say(customer, "2026-06-01 10:00")

    clock = clock_of(customer)
    assert (clock.limit.code, clock.started_at.date(), clock.due_at) == ("SLA-09", date(2026, 6, 1), local("2026-06-16 00:00"))
    days = [f"2026-06-{day:02} 08:00" for day in range(2, 26)]
    assert warned_between(time, *days) == {
        "2026-06-15 08:00": ["林晓"],
        "2026-06-18 08:00": ["王敏"],
        "2026-06-22 08:00": ["罗刚"],
    }
    time("2026-06-15 23:59")
    assert not due(until=local("2026-06-15 23:59"), codes=("SLA-09",)).filter(customer_id=customer.pk).exists()
    assert due(until=local("2026-06-16 00:00"), codes=("SLA-09",)).get(customer_id=customer.pk) == clock


@pytest.mark.req("R-003-28")
def test_a_month_with_only_a_short_call_to_an_a_customer_is_a_violation_at_its_end(enter, say, time):
    customer = enter("2026-05-03 09:00", grade="A")
    say(customer, "2026-05-20 10:00", "VISIT")
    say(customer, "2026-06-10 10:00", "PHONE")

    clock = clock_of(customer)
    assert (clock.limit.code, clock.due_at) == ("SLA-08", local("2026-07-01 00:00"))
    days = [f"2026-06-{day:02} 08:00" for day in range(11, 31)] + [f"2026-07-{day:02} 08:00" for day in range(1, 10)]
    assert warned_between(time, *days) == {
        "2026-06-23 08:00": ["林晓"],
        "2026-06-30 08:00": ["林晓"],
        "2026-07-03 08:00": ["王敏"],
        "2026-07-07 08:00": ["罗刚"],
    }

    say(customer, "2026-07-10 10:00", "VISIT")
    assert ended(customer) == [("SLA-08", True)]
    assert clock_of(customer).due_at == local("2026-09-01 00:00")


@pytest.mark.req("R-003-28")
def test_a_deep_contact_fulfils_its_month_and_leaves_no_trace(enter, say):
    customer = enter("2026-05-03 09:00", grade="A")
    assert clock_of(customer).due_at == local("2026-06-01 00:00")

    say(customer, "2026-05-20 10:00", "VISIT")
    say(customer, "2026-06-29 10:00", "PROPOSAL")

    assert clock_of(customer).due_at == local("2026-08-01 00:00")
    assert ended(customer) == []


def test_a_new_customer_is_not_owed_a_contact_in_a_month_that_is_nearly_over(enter):
    assert clock_of(enter("2026-06-23 09:00", grade="A")).due_at == local("2026-07-01 00:00")
    assert clock_of(enter("2026-06-25 09:00", grade="A")).due_at == local("2026-08-01 00:00")


@pytest.mark.req("R-003-31")
@pytest.mark.parametrize(
    ("grade", "method", "counts"),
    [
        ("A", "VISIT", True), ("A", "PHONE", False), ("A", "SMS", False),
        ("B", "VISIT", True), ("B", "PHONE", True), ("B", "SMS", False),
        ("C", "VISIT", True), ("C", "PHONE", True), ("C", "SMS", True),
    ],
)  # fmt: skip
def test_deeper_contacts_count_for_less_deep_ones_and_pushes_for_c_alone(enter, say, grade, method, counts):
    customer = enter("2026-06-01 09:00", grade=grade)
    before = clock_of(customer).started_at

    say(customer, "2026-06-10 10:00", method)

    assert (clock_of(customer).started_at != before) is counts


@pytest.mark.req("R-003-36")
def test_the_policy_names_interval_kind_and_methods_by_grade(db):
    rows = Limit.objects.filter(kind="CONTACT").order_by("variant").values_list("variant", "amount", "unit", "depth", "methods")

    assert list(rows) == [
        ("A", 1, "MONTHS", "DEEP", ["PHONE", "VISIT", "PROPOSAL"]),
        ("B", 14, "DAYS", "REGULAR", ["WECHAT", "EMAIL", "PRODUCT_INTRO"]),
        ("C", 1, "MONTHS", "PUSH", ["SMS", "INFO_PUSH"]),
    ]


def test_the_other_set_of_frequencies_makes_a_weekly(enter, team, time):
    customer = enter("2026-06-01 09:00", grade="A")

    limits.take_frequencies(team.shen, "WEEKLY_A")
    find_anew.call()
    clock = clock_of(customer)
    assert (clock.due_at, clock.limit.warns) == (local("2026-06-09 00:00"), [[0, "DAYS", ["OWNER"]], [3, "DAYS", ["MANAGER"]], [7, "DAYS", ["HEAD"]]])
    with pytest.raises(Unfit):
        limits.take_frequencies(team.shen, "NEVER")


def test_another_grade_has_another_limit(enter, team, time):
    customer = enter("2026-06-01 09:00", grade="C")
    time("2026-06-10 09:00")

    regrade(team.wang, customer, "B", "采购量上升")

    assert [(one.limit.code, one.started_at) for one in due().filter(record_id=customer.pk)] == [("SLA-09", clock_of(customer).started_at)]
    assert clock_of(customer).due_at == local("2026-06-25 00:00")
    assert Clock.objects.get(limit__code="SLA-10", record_id=customer.pk).void


def test_a_contact_of_before_counts_for_the_new_grade_unless_it_was_over_then(enter, say, team, time):
    first, second = enter("2026-05-01 09:00", grade="C"), enter("2026-05-01 09:00", grade="C")
    say(first, "2026-05-10 10:00")
    say(second, "2026-06-01 10:00")
    time("2026-06-10 09:00")

    for customer in (first, second):
        customer.refresh_from_db()
        regrade(team.wang, customer, "B", "采购量上升")

    assert clock_of(first).due_at == local("2026-06-25 00:00")
    assert clock_of(second).due_at == local("2026-06-16 00:00")


def test_whoever_looks_after_a_customer_now_is_warned(enter, team, time):
    customer, other = enter("2026-06-01 09:00"), enter("2026-06-01 09:00")

    transfer(team.wang, customer, team.zhao.pk, "换人")
    transfer_many(team.wang, [other.pk], team.zhao.pk, "换人")

    assert {clock_of(one).person for one in (customer, other)} == {team.zhao}
    assert warned_between(time, "2026-06-15 08:00", "2026-06-18 08:00") == {"2026-06-15 08:00": ["赵强"], "2026-06-18 08:00": ["罗刚"]}


def test_nobody_owes_a_contact_to_a_customer_in_the_bin_the_pool_or_lost(enter, team):
    binned, pooled, lost, ended_one = (enter("2026-06-01 09:00") for _ in range(4))

    bins.drop(team.lin, binned)
    transfer(team.wang, pooled, None, "放回公海")
    revise(team.lin, lost, {"lifecycle_stage": "LOST"}, why="不再采购")
    revise(team.lin, ended_one, {"cooperation_status": "TERMINATED", "contract_amount": 0, "terminated_at": date(2026, 6, 1)}, accept={"*": "测试"})

    assert not due().filter(customer_id__in=[one.pk for one in (binned, pooled, lost, ended_one)]).exists()
    bins.restore(team.lin, binned)
    assert clock_of(binned).limit.code == "SLA-09"


def test_a_suspended_customer_waits(enter, say, team, time):
    customer = enter("2026-06-01 09:00")
    time("2026-06-05 09:00")
    revise(team.lin, customer, {"cooperation_status": "SUSPENDED", "suspended_why": "搬迁", "resume_date": date(2026, 6, 30)}, accept={"*": "测试"})
    assert warned_between(time, "2026-06-20 08:00", "2026-06-29 08:00") == {}

    time("2026-06-30 09:00")
    revise(team.lin, customer, {"cooperation_status": "COOPERATING"}, accept={"*": "测试"})

    assert clock_of(customer).due_at == local("2026-07-11 00:00")
    assert warned_between(time, "2026-07-09 08:00", "2026-07-10 08:00") == {"2026-07-10 08:00": ["林晓"]}


def test_a_follow_up_that_goes_comes_back_or_moves_moves_the_clock(enter, say, team, time):
    customer = enter("2026-05-01 09:00")
    say(customer, "2026-06-01 10:00")
    second = say(customer, "2026-06-08 10:00")
    assert clock_of(customer).due_at == local("2026-06-23 00:00")

    drop(team.lin, second)
    assert clock_of(customer).due_at == local("2026-06-16 00:00")
    restore(team.lin, second)
    assert clock_of(customer).due_at == local("2026-06-23 00:00")
    revise_followup(team.lin, Followup.objects.get(pk=second.pk), {"occurred_at": local("2026-06-07 10:00")})
    assert clock_of(customer).due_at == local("2026-06-22 00:00")


def test_one_word_a_day_tells_of_all_customers(enter, say, time, team):
    for _ in range(3):
        say(enter("2026-05-01 09:00"), "2026-06-01 10:00")

    assert warned_between(time, "2026-06-15 08:00") == {"2026-06-15 08:00": ["林晓"]}
    assert Notice.objects.get().key == "clocks SLA-09 B 2026-06-15 0"


def test_a_history_that_is_imported_is_overdue_but_announced_once(time, team):
    time("2026-06-10 09:00")
    entrants = [Entrant({"name": f"历史客户{number}有限公司", "grade": "B", "owner": team.lin.pk}) for number in range(5)]
    assert register_many(team.wang, entrants, "P000") == 5
    customers = list(Customer.objects.filter(pk__in=[one.id for one in entrants]).order_by("pk"))
    assert {clock_of(one).due_at for one in customers} == {local("2026-06-25 00:00")}
    told = [
        Told(one, {"occurred_at": local(f"2026-06-0{day} 10:00"), "summary": "导入的历史", "author": team.lin.pk})
        for day, one in enumerate(customers, 1)
    ]
    log_many(team.wang, told)

    assert [clock_of(one).due_at for one in customers] == [local(f"2026-06-{day} 00:00") for day in range(16, 21)]
    assert not Followup.objects.filter(late=True).exists()
    assert not Clock.objects.filter(limit__code__in=("SLA-20", "SLA-21"), record_id__in=[one.pk for one in customers]).exists()


def test_at_night_what_should_run_is_mended(enter, team, time):
    customer, lost = enter("2026-06-01 09:00"), enter("2026-06-01 09:00")
    Clock.objects.filter(record_id=customer.pk).delete()
    Customer.objects.filter(pk=lost.pk).update(deleted_at=local("2026-06-01 10:00"))

    assert jobs.mend_clocks.call() > 0

    assert clock_of(customer).due_at == local("2026-06-16 00:00")
    assert not due().filter(record_id=lost.pk).exists()
    assert jobs.mend_clocks.call() == 0


@pytest.fixture
def lead(time, team):
    numbers = iter(range(100))

    def lead(at, **values):
        time(at)
        return register(values.pop("by", team.lin), {"name": f"线索{next(numbers)}有限公司", **values})

    return lead


@pytest.mark.parametrize(
    ("grade", "due_at"), [("A", "2026-06-22 10:00"), ("B", "2026-06-24 14:00"), ("C", "2026-06-29 11:00"), ("", "2026-06-29 11:00")]
)
def test_a_lead_is_answered_within_business_hours_by_its_grade(lead, grade, due_at):
    customer = lead("2026-06-18 17:00", lead_grade=grade)

    assert clock_of(customer, "SLA-20").due_at == local(due_at)


def test_the_first_follow_up_after_assignment_answers_a_lead(lead, say, team, time):
    customer = lead("2026-06-16 09:00", lead_grade="A")
    log(team.lin, {"occurred_at": local("2026-06-15 09:00"), "summary": "分给我以前的电话"}, customer)
    assert clock_of(customer, "SLA-20").stopped_at is None

    say(customer, "2026-06-16 10:30")

    assert ended(customer) == [("SLA-20", False)]


def test_a_lead_that_gets_its_grade_is_due_by_it_and_was_graded_in_time(lead, team, time):
    customer = lead("2026-06-16 09:00")
    assert clock_of(customer, "SLA-21").due_at == local("2026-06-17 09:00")
    time("2026-06-16 10:00")

    revise(team.lin, customer, {"lead_grade": "A"})

    assert clock_of(customer, "SLA-20").due_at == local("2026-06-16 11:00")
    assert ended(customer) == [("SLA-21", False)]


def test_a_lead_that_goes_to_somebody_else_is_answered_by_them(lead, team, time):
    customer = lead("2026-06-16 09:00", lead_grade="A")
    time("2026-06-16 10:00")

    transfer(team.wang, customer, team.zhao.pk, "华南的线索")

    clock = clock_of(customer, "SLA-20")
    assert (clock.person, clock.due_at) == (team.zhao, local("2026-06-16 12:00"))
    assert warned_between(time, "2026-06-16 11:36", "2026-06-16 12:00") == {
        "2026-06-16 11:36": ["赵强"],
        "2026-06-16 12:00": ["赵强", "罗刚"],
    }


def test_what_is_no_lead_any_more_need_not_be_answered(lead, team, time):
    customer = lead("2026-06-16 09:00", lead_grade="A")

    revise(team.lin, customer, {"lifecycle_stage": "INTENT"})

    assert not due().filter(record_id=customer.pk).exists()
    assert ended(customer) == []


@pytest.mark.req("R-004-11")
@pytest.mark.parametrize(("entered", "late"), [("2026-06-03 23:59", False), ("2026-06-04 00:01", True)])
def test_a_customer_is_entered_within_a_day_of_the_first_contact(enter, entered, late):
    customer = enter(entered, first_contact_date=date(2026, 6, 2))

    clock = Clock.objects.get(limit__code="SLA-02")
    assert (clock.customer_id, clock.stopped_at > clock.due_at) == (customer.pk, late)
    assert clock.started_at == local("2026-06-03 00:00")


@pytest.mark.req("R-004-34")
@pytest.mark.parametrize(("saved", "late"), [("2026-06-03 09:00", False), ("2026-06-03 09:01", True)])
def test_what_a_customer_told_is_synchronised_within_a_day(team, time, saved, late):
    time(saved)
    contact = team.acme.contacts.get()

    revise_contact(team.lin, contact, {"title": "总经理"}, reported_at=local("2026-06-02 09:00"))
    revise(team.lin, team.acme, {"office_phone": "010-62345678"}, reported_at=local("2026-06-02 09:00"))

    rows = Clock.objects.filter(limit__code="SLA-04").order_by("pk")
    assert [(one.record, one.record_id, one.person) for one in rows] == [
        ("contacts", contact.pk, team.lin),
        ("customers", team.acme.pk, team.lin),
    ]
    assert [one.stopped_at > one.due_at for one in rows] == [late, late]


def test_nobody_told_of_a_change_tomorrow(team, time):
    time("2026-06-02 09:00")
    for change, record in ((revise, team.acme), (revise_contact, team.acme.contacts.get())):
        with pytest.raises(Unfit) as error:
            change(team.lin, record, {}, reported_at=local("2026-06-03 09:00"))
        assert [one.code for one in error.value.problems] == ["E_DATE_FUTURE"]
    assert not Clock.objects.filter(limit__code="SLA-04").exists()


@pytest.mark.req("R-000-45")
@pytest.mark.req("R-003-38")
@pytest.mark.parametrize(
    ("written", "minutes"), [("2026-06-03 08:50", 0), ("2026-06-03 09:00", 0), ("2026-06-03 09:01", 1), ("2026-06-04 09:00", 1440)]
)
def test_what_is_written_down_after_a_day_is_late_by_so_much(team, time, written, minutes):
    time(written)

    made = log(team.lin, {"occurred_at": local("2026-06-02 09:00"), "method": "VISIT", "summary": "预算 30 万元"}, team.acme)

    assert (made.late, made.delay) == (minutes > 0, minutes)


def test_a_limit_of_the_steward_decides_what_is_late(team, time):
    limit = Limit.objects.get(code="SLA-01")
    limits.revise_limit(team.shen, limit, limit.version, 48, "HOURS", [], True)
    time("2026-06-03 10:00")
    made = log(team.lin, {"occurred_at": local("2026-06-02 09:00"), "summary": "预算 30 万元"}, team.acme)
    assert (made.late, made.delay) == (False, 0)

    limit.refresh_from_db()
    limits.revise_limit(team.shen, limit, limit.version, 1, "HOURS", [], False)
    made = log(team.lin, {"occurred_at": local("2026-05-02 09:00"), "summary": "预算 30 万元"}, team.acme)
    assert (made.late, made.delay) == (False, 0)


def test_the_rules_that_keep_the_clocks_ask_little(enter, say, django_assert_max_num_queries, team):
    customer = enter("2026-06-01 09:00")
    say(customer, "2026-06-02 10:00")
    customer = Customer.objects.get(pk=customer.pk)
    before = deadlines.contacts(customer)
    customer.last_regular_at = local("2026-06-03 10:00")
    with django_assert_max_num_queries(1):
        deadlines.contacted(customer, local("2026-06-03 10:00"), before)
    ids = list(Customer.objects.values_list("pk", flat=True))
    deadlines.keep(ids)
    with django_assert_max_num_queries(3):
        assert deadlines.keep(ids) == 0
