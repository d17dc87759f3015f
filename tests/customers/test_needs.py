"""What customers need: fields as typed, what follows from them, and who may ask about them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict

from keji.access.models import Entry, Role
from keji.customers import jobs, queries
from keji.customers.models import Contact, Need, NeedWord
from keji.customers.rules.needs import Wanted, add_need, add_needs, drop_need, likely, restore_need, revise_need
from keji.customers.rules.register import register
from keji.customers.sheet import CUSTOMERS, NEEDS
from keji.kernel.clock import BIN, now, today
from keji.kernel.errors import Invalid, NotThere, Refused, Stale, Unfit
from keji.records.listing import ask, listing
from keji.records.terms import dictionary

TEXT = "智能办公设备批量采购"


def codes(error):
    return [(problem.field, problem.code) for problem in error.value.problems]


def taken(person, **raw):
    rules = dict.fromkeys(NEEDS.by_name, "plain")
    found = NEEDS.take(raw, rules)
    return found.values, [(problem.field, problem.code) for problem in found.problems]


def asked(person, query, sheet=CUSTOMERS, rows=queries.customers):
    return listing(sheet, person, rows(person), ask(sheet, person, QueryDict(query))).ids


@pytest.mark.req("R-000-32")
@pytest.mark.req("R-001-20")
@pytest.mark.req("R-001-21")
@pytest.mark.req("R-001-23")
@pytest.mark.req("R-002-43")
@pytest.mark.req("R-002-46")
@pytest.mark.req("R-002-50")
def test_a_need_says_what_the_seeds_ask_for(cast):
    values, wrong = taken(
        cast.lin,
        description=TEXT,
        keywords="降本增效、供应链优化，国产替代",
        priority="高",
        match_degree="部分匹配",
        products=["CRM系统", "供应链解决方案"],
        budget_text="20-30万",
        expected_term="合作期1年",
        expected_time="季度末合作",
        intent_level="中（1-3个月可签约）",
        expected_amount="30万",
        long_term_value="战略客户，后续年采购额或超50万",
        annual_amount="50万",
        competitor="另有两家报价",
        objections="担心交付周期",
    )
    need = add_need(cast.lin, values, cast.acme)

    need.refresh_from_db()
    assert wrong == []
    assert need.keywords == ["COST_EFFICIENCY", "SUPPLY_CHAIN", "国产替代"]
    assert (need.priority, need.match_degree, need.products) == ("HIGH", "PARTIAL", ["CRM", "SUPPLY_CHAIN"])
    assert (need.budget_min, need.budget_max, need.budget_band) == (Decimal(200_000), Decimal(300_000), "GE20")
    assert (need.budget_text, need.expected_term, need.expected_time) == ("20-30万", "1年", "季度末合作")
    assert (need.intent_level, need.expected_amount, need.annual_amount) == ("MEDIUM", 300_000, 500_000)
    assert [word.code for word in dictionary("match_degree").options()] == ["FULL", "PARTIAL", "CUSTOM"]


@pytest.mark.req("R-002-45")
@pytest.mark.parametrize(
    ("told", "low", "high", "band"),
    [
        ("200000", "200000", "200000", "GE20"),
        ("199999.99", "199999.99", "199999.99", "10_20"),
        ("20-30万", "200000", "300000", "GE20"),
        ("5万以下", "0", "50000", "LT5"),
        ("□10-20万", "100000", "200000", "10_20"),
        ("☑5-10万", "50000", "100000", "5_10"),
        ("20万以上", "200000", None, "GE20"),
        ("15万以下", "0", "150000", "10_20"),
        ("0", "0", "0", "LT5"),
    ],
)
def test_a_budget_falls_into_its_band(cast, told, low, high, band):
    values, _wrong = taken(cast.lin, description=TEXT, budget_text=told)
    need = add_need(cast.lin, values, cast.acme)

    assert (need.budget_min, need.budget_max) == (Decimal(low), None if high is None else Decimal(high))
    assert need.budget_band == band


@pytest.mark.req("R-001-22")
@pytest.mark.parametrize("told", ["30-20万", "几十万", "很多"])
def test_a_budget_that_is_none_is_refused(cast, told):
    assert taken(cast.lin, budget_text=told)[1] == [("budget_text", "E_AMOUNT")]


def test_the_database_refuses_a_budget_upside_down_and_a_drop_without_a_reason(cast):
    need = add_need(cast.lin, {"description": TEXT}, cast.acme)
    for facts in ({"budget_min": 2, "budget_max": 1}, {"state": "DROPPED"}, {"state": "GONE"}, {"expected_amount": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Need.objects.filter(pk=need.pk).update(**facts)


@pytest.mark.req("R-002-44")
@pytest.mark.req("R-003-16")
@pytest.mark.parametrize(("told", "code"), [("", "E_REQUIRED"), ("设备", "E_LENGTH")])
def test_a_need_is_described(cast, told, code):
    with pytest.raises(Unfit) as error:
        add_need(cast.lin, {"description": told}, cast.acme)
    assert codes(error) == [("description", code)]


@pytest.mark.req("R-002-48")
@pytest.mark.req("R-002-49")
@pytest.mark.parametrize(
    ("days", "level"),
    [(0, "HIGH"), (30, "HIGH"), (31, "MEDIUM"), (45, "MEDIUM"), (90, "MEDIUM"), (91, "LOW"), (-1, "")],
)
def test_the_date_of_signing_suggests_the_possibility(cast, days, level):
    assert likely(today() + timedelta(days=days), today()) == level


def test_the_suggestion_is_taken_only_where_nothing_is_said(cast):
    soon = today() + timedelta(days=45)

    assert add_need(cast.lin, {"description": TEXT, "target_date": soon}, cast.acme).intent_level == "MEDIUM"
    given = {"description": TEXT, "target_date": soon, "intent_level": "LOW"}
    assert add_need(cast.lin, given, cast.acme).intent_level == "LOW"


@pytest.mark.req("R-002-47")
def test_those_who_decide_are_people_of_the_customer(cast):
    mine, other = Contact.objects.get(customer=cast.acme), Contact.objects.get(customer=cast.other)
    values = {"description": TEXT, "decision_participants": "技术部、采购部"}
    need = add_need(cast.lin, values, cast.acme, contacts=[mine.pk])

    assert (need.decision_contacts, need.decision_participants) == ([mine.pk], "技术部、采购部")
    with pytest.raises(Unfit) as error:
        add_need(cast.lin, values, cast.acme, contacts=[other.pk])
    assert codes(error) == [("decision_contacts", "E_CONTACT")]


def test_card_numbers_do_not_belong_into_a_need_unless_with_a_reason(cast):
    values = {"description": "付款卡号 6222 0200 0000 0001 230"}
    with pytest.raises(Unfit) as error:
        add_need(cast.lin, values, cast.acme)

    assert codes(error) == [("description", "W_SENSITIVE")]
    assert (
        add_need(cast.lin, values, cast.acme, accept={"description:W_SENSITIVE": "测试卡"}).accepted[0]["why"]
        == "测试卡"
    )


def test_a_change_is_told_and_the_second_writer_is_stopped(cast):
    need = add_need(cast.lin, {"description": TEXT, "priority": "LOW"}, cast.acme)
    mine, theirs = queries.need(cast.lin, need.pk), queries.need(cast.wang, need.pk)
    revise_need(cast.wang, theirs, {"priority": "HIGH"}, version=1, why="客户催了")

    with pytest.raises(Stale):
        revise_need(cast.lin, mine, {"priority": "MEDIUM"}, version=1)
    entry = Entry.objects.filter(record="needs").latest("pk")
    assert (entry.who, entry.customer_id, entry.why) == (cast.wang, cast.acme.pk, "客户催了")
    assert entry.kept.values == {"priority": ["LOW", "HIGH"]}


def test_a_need_is_dropped_with_a_reason_and_goes_to_the_bin_and_back(cast):
    need = add_need(cast.lin, {"description": TEXT}, cast.acme)
    with pytest.raises(Unfit):
        revise_need(cast.lin, need, {"state": "DROPPED"})
    need = revise_need(cast.lin, queries.need(cast.lin, need.pk), {"state": "DROPPED", "state_why": "预算取消"})

    drop_need(cast.lin, need)
    with pytest.raises(NotThere):
        queries.need(cast.lin, need.pk)
    restore_need(cast.lin, queries.binned_need(cast.lin, need.pk))
    assert queries.need(cast.lin, need.pk).state_why == "预算取消"


def test_a_need_leaves_the_bin_for_good_after_thirty_days(cast):
    old, young, kept = (add_need(cast.lin, {"description": f"{TEXT}{n}", "keywords": ["节能"]}, cast.acme) for n in range(3))
    drop_need(cast.lin, old), drop_need(cast.lin, young)
    Need.objects.filter(pk=old.pk).update(deleted_at=now() - BIN - timedelta(minutes=1))
    Need.objects.filter(pk=young.pk).update(deleted_at=now() - BIN + timedelta(minutes=5))
    assert list(queries.binned_needs(cast.lin)) == [young]
    with pytest.raises(NotThere):
        queries.binned_need(cast.lin, old.pk)

    jobs.empty_bins.func()

    assert set(Need.objects.all()) == {young, kept}
    assert set(NeedWord.objects.values_list("need_id", flat=True)) == {young.pk, kept.pk}
    entry = Entry.objects.filter(record="needs", record_id=old.pk).latest("pk")
    assert (entry.who, entry.action, entry.why, entry.kept.values) == (None, "needs.delete", "回收站到期，彻底删除", {})


@pytest.mark.parametrize("who", ["zhao", "chen", "gao"])
def test_who_may_not_change_the_customer_writes_no_need(cast, who):
    need = add_need(cast.lin, {"description": TEXT}, cast.acme)
    person = getattr(cast, who)
    for attempt in (
        lambda: add_need(person, {"description": TEXT}, cast.acme),
        lambda: revise_need(person, need, {"priority": "LOW"}),
        lambda: drop_need(person, need),
        lambda: add_needs(person, [Wanted(cast.acme.pk, {"description": TEXT})]),
    ):
        with pytest.raises(Refused):
            attempt()
    assert Need.objects.count() == 1


def test_many_at_once_are_what_one_by_one_would_be(cast):
    values = [
        {"description": TEXT, "keywords": ["DIGITAL"], "budget_text": "5-10万", "intent_level": "HIGH"},
        {"description": "太短"},
        {"description": "供应链优化咨询", "target_date": today() + timedelta(days=60)},
    ]
    singles = [add_need(cast.lin, one, cast.acme) for one in (values[0], values[2])]
    wanted = [Wanted(cast.acme.pk, dict(one)) for one in values]

    assert add_needs(cast.lin, wanted) == 2
    assert [[problem.code for problem in one.problems] for one in wanted] == [[], ["E_LENGTH"], []]
    told = (
        "description",
        "keywords",
        "budget_min",
        "budget_band",
        "intent_level",
        "state",
        "customer_id",
        "created_by_id",
    )
    for single, many in zip(singles, (wanted[0], wanted[2]), strict=True):
        made = Need.objects.get(pk=many.id)
        assert [getattr(made, name) for name in told] == [getattr(single, name) for name in told]
        entries = [Entry.objects.get(record="needs", record_id=pk) for pk in (single.pk, made.pk)]
        assert entries[0].kept.values == entries[1].kept.values
    assert NeedWord.objects.filter(word="digital").count() == 2


@pytest.mark.req("R-000-31")
def test_a_customer_is_found_by_the_keyword_of_its_need(cast):
    add_need(cast.lin, {"description": TEXT, "keywords": ["COST_EFFICIENCY", "国产替代"]}, cast.acme)

    for word in ("降本增效", "COST_EFFICIENCY", "国产替代"):
        assert asked(cast.wang, f"needs.keywords={word}") == [cast.acme.pk]
    assert asked(cast.wang, "needs.keywords=供应链优化") == []


@pytest.mark.req("R-004-33")
def test_conditions_on_needs_hold_for_one_and_the_same_need_beside_those_of_the_customer(cast):
    add_need(cast.lin, {"description": TEXT, "priority": "HIGH", "budget_text": "20-30万"}, cast.acme)
    add_need(cast.lin, {"description": TEXT, "priority": "LOW", "match_degree": "FULL"}, cast.acme)
    add_need(cast.zhao, {"description": TEXT, "priority": "HIGH", "match_degree": "FULL"}, cast.other)

    assert asked(cast.wang, "needs.priority=HIGH&needs.match_degree=FULL") == [cast.other.pk]
    assert asked(cast.wang, "industry_code=C&needs.priority=HIGH") == [cast.other.pk]
    assert asked(cast.wang, "needs.budget_text__from=25万&needs.budget_text__to=40万") == [cast.acme.pk]
    assert asked(cast.wang, "needs.budget_text__from=31万") == []
    assert asked(cast.wang, "needs.budget_band=GE20&grade=A") == [cast.acme.pk]


@pytest.mark.attack("B-23")
def test_a_need_that_is_not_seen_narrows_nothing(cast):
    """chen may read customers, but has lost the needs: every question about them is refused."""
    add_need(cast.lin, {"description": TEXT, "priority": "HIGH", "expected_amount": Decimal(1)}, cast.acme)
    assert asked(cast.chen, "needs.priority=HIGH") == [cast.acme.pk]
    with pytest.raises(Invalid):
        asked(cast.chen, "needs.expected_amount__from=1")

    role = Role.objects.get(code="CS_AGENT")
    role.reach = {**role.reach, "needs": {"see": "own"}}
    role.save()
    person = type(cast.chen).objects.get(pk=cast.chen.pk)
    assert asked(person, "needs.priority=HIGH") == []
    role.reach = {name: verbs for name, verbs in role.reach.items() if name != "needs"}
    role.save()
    with pytest.raises(Invalid):
        asked(type(person).objects.get(pk=person.pk), "needs.priority=HIGH")


@pytest.mark.parametrize(
    "query", ["needs.customer__owner=1", "needs.description=x", "needs.=1", "needs.priority__from=1", "foo.bar=1"]
)
def test_odd_questions_about_needs_are_refused(cast, query):
    with pytest.raises(Invalid):
        asked(cast.wang, query)


def test_a_need_in_the_bin_or_of_another_customer_narrows_nothing(cast):
    need = add_need(cast.lin, {"description": TEXT, "priority": "HIGH"}, cast.acme)
    lone = register(cast.lin, {"name": "远航物流有限公司"})
    drop_need(cast.lin, need)

    assert asked(cast.lin, "needs.priority=HIGH") == []
    assert lone.pk in asked(cast.lin, "")
