"""What may be done with deals, and what follows from it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from keji.access.house import fresh, stamp
from keji.access.models import Entry, Person, Role
from keji.access.rules.people import add_person
from keji.access.trail import SYSTEM, AlreadyDone
from keji.customers.models import Customer, Need
from keji.customers.rules.bin import drop as drop_customer
from keji.customers.rules.needs import add_need, drop_need, revise_need
from keji.customers.rules.owners import transfer
from keji.customers.rules.revise import revise as revise_customer
from keji.deals import queries
from keji.deals.jobs import daily
from keji.deals.models import Deal, Pipeline, Stage, StageChange
from keji.deals.rules import bin as bins
from keji.deals.rules import criteria
from keji.deals.rules.move import confirm, move, tick
from keji.deals.rules.open import open_deal, revise
from keji.deals.rules.pipelines import lay_out_pipelines
from keji.kernel.clock import now, today
from keji.kernel.errors import NotThere, Refused, Stale, Unfit
from keji.records.rules import set_up

pytestmark = pytest.mark.django_db
MUCH = {"actual_amount": Decimal(300_000), "won_date": date(2026, 6, 18)}
SIX = {
    "P000": ["线索", "意向", "方案", "谈判", "成交", "流失"],
    "P001": ["潜在客户", "需求分析", "方案制定", "商务谈判", "合同签订", "售后维护", "流失"],
    "P003": ["初次接触", "需求挖掘", "方案提供", "商务谈判", "合同签订", "售后回访", "流失"],
}


def again(deal):
    return Deal.objects.select_related("customer").get(pk=deal.pk)


def codes(error):
    return sorted((problem.field, problem.code) for problem in error.value.problems)


@pytest.mark.req("R-000-34")
@pytest.mark.req("R-001-24")
@pytest.mark.req("R-003-05")
@pytest.mark.parametrize("code", SIX)
def test_the_delivered_pipelines_have_their_stages_in_order(code):
    line = next(one for one in queries.lines().values() if one.code == code)

    assert [step.name for step in line.steps] == SIX[code]
    assert [step.probability for step in line.steps][:5] == [5, 20, 40, 70, 100]
    assert line.steps[-1].category == "LOST"
    assert [step.step for step in line.steps] == [*range(1, len(line.steps)), 0]


def test_a_deal_starts_with_its_customers_owner_today_in_the_first_stage(cast, deal, stages):
    assert (deal.owner_id, deal.opened_at, deal.stage_id) == (cast.lin.pk, today(), stages["LEAD"])
    assert (deal.currency, deal.category, deal.amount, deal.weighted) == ("CNY", "OPEN", 300_000, Decimal("15000.00"))
    assert Entry.objects.filter(action="deals.create", record_id=deal.pk, customer_id=cast.acme.pk).count() == 1


def test_the_same_token_opens_one_deal(cast):
    open_deal(cast.lin, {"name": "一"}, cast.acme, once="t1")

    with pytest.raises(AlreadyDone):
        open_deal(cast.lin, {"name": "一"}, cast.acme, once="t1")
    assert Deal.objects.count() == 1


@pytest.mark.parametrize("who", ["zhao", "chen", "gao", "shen"])
def test_who_may_not_write_the_customers_deals_opens_and_changes_none(cast, deal, stages, who):
    person = getattr(cast, who)

    with pytest.raises(Refused):
        open_deal(person, {"name": "别人的"}, cast.acme)
    with pytest.raises(Refused):
        move(person, deal, stages["INTENT"], facts={"NEED": today()})
    with pytest.raises(Refused):
        revise(person, deal, {"name": "改"})
    with pytest.raises(Refused):
        bins.drop(person, deal)
    assert (again(deal).name, again(deal).stage_id, Deal.objects.count()) == (deal.name, stages["LEAD"], 1)


def test_who_sees_which_deals(cast, deal):
    other = open_deal(cast.zhao, {"name": "蓝田设备"}, cast.other)
    finance, _password = add_person(SYSTEM, "qian", "钱丽", ["FINANCE"])

    def seen(person):
        return set(queries.deals(person).values_list("pk", flat=True))

    assert seen(cast.lin) == {deal.pk}
    assert seen(cast.zhao) == {other.pk}
    assert seen(cast.wang) == seen(cast.shen) == seen(finance) == {deal.pk, other.pk}
    assert seen(cast.chen) == seen(cast.gao) == set()
    with pytest.raises(NotThere):
        queries.deal(cast.zhao, deal.pk)


def test_the_deals_of_a_customer_go_with_it(cast, deal):
    transfer(cast.wang, cast.acme, cast.zhao.pk, "换区")
    assert queries.deals(cast.zhao).count() == 1
    assert queries.deals(cast.lin).count() == 0

    drop_customer(cast.wang, Customer.objects.get(pk=cast.acme.pk), "")
    assert queries.deals(cast.wang).count() == 0


@pytest.mark.req("R-000-38")
@pytest.mark.req("R-001-25")
def test_each_move_is_logged_with_where_from_who_and_how_long(cast, deal, stages):
    Deal.objects.filter(pk=deal.pk).update(stage_since=now() - timedelta(days=3))
    deal = again(deal)
    move(cast.lin, deal, stages["INTENT"], facts={"NEED": date(2026, 6, 3)})
    move(cast.wang, deal, stages["LEAD"], why="需求没有确认")

    told = list(StageChange.objects.order_by("pk").values_list("old__code", "new__code", "days", "who", "why"))
    assert told == [("LEAD", "INTENT", 3, cast.lin.pk, ""), ("INTENT", "LEAD", 0, cast.wang.pk, "需求没有确认")]
    assert again(deal).facts == {"NEED": "2026-06-03"}


@pytest.mark.req("R-003-46")
def test_leaving_a_stage_needs_what_the_stage_says_or_a_reason(cast, deal, stages):
    with pytest.raises(Unfit) as error:
        move(cast.lin, deal, stages["INTENT"])
    assert codes(error) == [("fact-NEED", "E_CRITERIA")]
    assert (again(deal).stage_id, StageChange.objects.count()) == (stages["LEAD"], 0)

    deal = again(deal)
    move(cast.lin, deal, stages["INTENT"], facts={"NEED": today()})
    with pytest.raises(Unfit) as error:
        move(cast.lin, again(deal), stages["PROPOSAL"], facts={"BUDGET": today()})
    assert codes(error) == [("fact-NEED_CONFIRMED", "E_CRITERIA")]
    move(cast.lin, again(deal), stages["PROPOSAL"], why="客户催得急")
    assert again(deal).category == "OPEN"


@pytest.mark.req("R-003-46")
def test_what_the_customers_open_needs_say_is_not_asked_again(cast, deal, stages):
    need = add_need(cast.lin, {"description": "采购 120 套智能办公设备"}, cast.acme)
    move(cast.lin, deal, stages["INTENT"])
    with pytest.raises(Unfit) as error:
        move(cast.lin, again(deal), stages["PROPOSAL"], facts={"NEED_CONFIRMED": today()})
    assert codes(error) == [("fact-BUDGET", "E_CRITERIA")]

    revise_need(cast.lin, Need.objects.get(pk=need.pk), {"budget_text": "20-30万"})
    move(cast.lin, again(deal), stages["PROPOSAL"], facts={"NEED_CONFIRMED": today()})

    assert again(deal).stage_id == stages["PROPOSAL"]
    assert again(deal).facts == {"NEED_CONFIRMED": today().isoformat()}


@pytest.mark.req("R-003-46")
def test_needs_that_are_closed_binned_or_of_another_customer_say_nothing(cast, deal):
    add_need(cast.zhao, {"description": "别家的需求", "budget_text": "5万以下"}, cast.other)
    binned = add_need(cast.lin, {"description": "误录的需求", "budget_text": "5万以下"}, cast.acme)
    drop_need(cast.lin, binned)
    add_need(cast.lin, {"description": "已经满足的需求", "budget_text": "5万以下", "state": "MET"}, cast.acme)

    assert criteria.met(cast.lin, deal, ["NEED", "BUDGET"]) == {}
    add_need(cast.lin, {"description": "还没有预算的需求"}, cast.acme)
    assert criteria.met(cast.lin, deal, ["NEED", "BUDGET"]) == {"NEED": "客户有进行中的需求"}


@pytest.mark.req("R-003-46")
def test_needs_say_nothing_to_those_who_do_not_read_them(cast, deal, stages):
    add_need(cast.lin, {"description": "采购办公设备", "budget_text": "20-30万"}, cast.acme)
    role = Role.objects.get(code="SALES_REP")
    role.fields = {"needs.budget_text": "hide"}
    role.save()
    lin = Person.objects.get(pk=cast.lin.pk)
    assert list(criteria.met(lin, deal, ["NEED", "BUDGET"])) == ["NEED"]

    role.reach = role.reach | {"needs": dict.fromkeys(role.reach["needs"], "none")}
    role.save()
    lin = Person.objects.get(pk=cast.lin.pk)
    assert criteria.met(lin, deal, ["NEED", "BUDGET"]) == {}
    with pytest.raises(Unfit) as error:
        move(lin, deal, stages["INTENT"])
    assert codes(error) == [("fact-NEED", "E_CRITERIA")]


@pytest.mark.req("R-003-46")
@pytest.mark.parametrize("there", ["PROPOSAL", "NEGOTIATION", "WON"])
def test_skipping_a_stage_needs_a_reason(cast, deal, stages, there):
    with pytest.raises(Unfit) as error:
        move(cast.lin, deal, stages[there], MUCH, facts={"NEED": today()})
    assert ("why", "E_WHY") in codes(error)


@pytest.mark.req("R-003-46")
def test_going_back_and_reopening_need_a_reason(cast, deal, stages):
    move(cast.lin, deal, stages["INTENT"], why="直接有需求")
    with pytest.raises(Unfit) as error:
        move(cast.lin, again(deal), stages["LEAD"])
    assert codes(error) == [("why", "E_WHY")]

    move(cast.lin, again(deal), stages["LOST"], {"loss_reason": "PRICE", "loss_text": "贵了"})
    lost = again(deal)
    assert (lost.category, lost.lost_date, lost.loss_reason, lost.weighted) == ("LOST", today(), "PRICE", 0)
    with pytest.raises(Unfit) as error:
        move(cast.lin, lost, stages["LEAD"])
    assert codes(error) == [("why", "E_WHY")]
    move(cast.lin, again(deal), stages["INTENT"], why="又联系我们了")
    back = again(deal)
    assert (back.category, back.lost_date, back.loss_reason, back.loss_text) == ("OPEN", None, "", "")
    assert StageChange.objects.get(new_id=stages["LOST"]).loss_reason == "PRICE"


@pytest.mark.req("R-000-35")
@pytest.mark.req("R-000-36")
@pytest.mark.parametrize(
    "values, wrong",
    [
        ({}, [("actual_amount", "E_REQUIRED"), ("won_date", "E_REQUIRED")]),
        ({"actual_amount": Decimal(0), "won_date": date(2026, 6, 18)}, [("actual_amount", "E_REQUIRED")]),
        ({"actual_amount": Decimal(1)}, [("won_date", "E_REQUIRED")]),
        ({"actual_amount": Decimal(1), "won_date": date(2026, 5, 31)}, [("won_date", "E_LOGIC_DATES")]),
        ({"actual_amount": Decimal(1), "won_date": date(2099, 1, 1)}, [("won_date", "E_FUTURE")]),
    ],
)
def test_a_sale_needs_an_amount_and_a_day_not_before_it_was_opened(cast, deal, stages, values, wrong):
    Deal.objects.filter(pk=deal.pk).update(opened_at=date(2026, 6, 1))

    with pytest.raises(Unfit) as error:
        move(cast.lin, again(deal), stages["WON"], values, why="客户当场签约")
    assert codes(error) == wrong
    assert again(deal).category == "OPEN"


@pytest.mark.req("R-000-37")
def test_a_loss_may_be_told_without_a_reason(cast, deal, stages):
    move(cast.lin, deal, stages["LOST"])

    assert list(Deal.objects.filter(category="LOST", loss_reason="").values_list("pk", flat=True)) == [deal.pk]


def test_the_database_itself_keeps_what_must_hold(deal, stages):
    wrong = [
        {"category": "WON", "stage_id": stages["WON"]},
        {"expected_amount": -1},
        {"probability": 101},
        {"won_date": date(2000, 1, 1)},
        {"name": ""},
    ]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Deal.objects.filter(pk=deal.pk).update(**values)


def test_the_story_of_a_sale(cast, stages):
    """S-05: from the visit to the signature, each step with what it needs; the customer is carried along."""
    values = {"name": "2套方案", "expected_amount": Decimal(300_000), "opened_at": date(2026, 6, 2)}
    deal = open_deal(cast.lin, values, cast.acme)
    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "POTENTIAL"

    move(cast.lin, deal, stages["INTENT"], facts={"NEED": date(2026, 6, 2)})
    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "INTENT"
    move(
        cast.lin,
        again(deal),
        stages["PROPOSAL"],
        facts={"NEED_CONFIRMED": date(2026, 6, 3), "BUDGET": date(2026, 6, 3)},
    )
    move(cast.lin, again(deal), stages["NEGOTIATION"], facts={"PROPOSAL_SENT": date(2026, 6, 8)})
    move(cast.lin, again(deal), stages["WON"], MUCH)

    won, customer = again(deal), Customer.objects.get(pk=cast.acme.pk)
    assert (won.category, won.amount, won.weighted, won.won_date) == ("WON", 300_000, 300_000, date(2026, 6, 18))
    assert (customer.lifecycle_stage, customer.cooperation_status) == ("WON", "COOPERATING")
    assert customer.first_cooperation_date == date(2026, 6, 18)
    assert StageChange.objects.filter(deal=won).count() == 4
    assert Entry.objects.filter(record="customers", who=None, why__contains="谈判").count() == 0
    assert Entry.objects.filter(record="customers", who=None, action="customers.change").count() == 2


def test_a_customer_that_a_person_has_set_back_stays_there(cast, deal, stages):
    move(cast.lin, deal, stages["INTENT"], facts={"NEED": today()})
    revise_customer(cast.lin, Customer.objects.get(pk=cast.acme.pk), {"lifecycle_stage": "POTENTIAL"}, why="还早")
    move(cast.lin, again(deal), stages["PROPOSAL"], why="先做方案")

    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "POTENTIAL"


def test_customers_are_left_alone_where_the_setting_says_so(cast, deal, stages):
    set_up(None, deals_move_customers=False)
    fresh()
    move(cast.lin, deal, stages["WON"], {"actual_amount": Decimal(1), "won_date": today()}, why="当场签约")

    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "POTENTIAL"


@pytest.mark.parametrize("status", ["SUSPENDED", "TERMINATED"])
def test_a_suspended_or_terminated_customer_is_left_to_people(cast, deal, stages, status):
    Customer.objects.filter(pk=cast.acme.pk).update(cooperation_status=status)
    move(cast.lin, again(deal), stages["WON"], {"actual_amount": Decimal(1), "won_date": today()}, why="当场签约")

    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "POTENTIAL"


@pytest.mark.parametrize("days, stage", [(29, "WON"), (30, "COOPERATING"), (38, "WON")])
def test_a_month_after_signing_a_customer_cooperates(cast, stages, days, stage):
    signed = today() - timedelta(days=days)
    values = {
        "name": "旧单",
        "stage": stages["WON"],
        "opened_at": signed,
        "actual_amount": Decimal(9),
        "won_date": signed,
    }
    open_deal(cast.lin, values, cast.acme)
    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "WON"

    daily.func()

    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == stage


def test_a_customers_row_says_what_is_open_and_what_was_won_in_a_year(cast, deal, stages):
    def told():
        one = Customer.objects.get(pk=cast.acme.pk)
        return one.open_deals, one.open_amount, one.won_amount_12m

    assert told() == (1, 300_000, 0)
    open_deal(cast.lin, {"name": "美元", "expected_amount": Decimal(5), "currency": "USD"}, cast.acme)
    assert told() == (2, 300_000, 0)
    move(cast.lin, again(deal), stages["WON"], {"actual_amount": Decimal(280_000), "won_date": today()}, why="当场签约")
    assert told() == (1, 0, 280_000)
    bins.drop(cast.lin, again(deal))
    assert told() == (1, 0, 0)
    bins.restore(cast.lin, again(deal))
    assert told() == (1, 0, 280_000)

    Deal.objects.filter(pk=deal.pk).update(
        won_date=today() - timedelta(days=367), opened_at=today() - timedelta(days=400)
    )
    daily.func()
    assert told() == (1, 0, 0)


def test_counts_leave_open_forms_fresh(cast, deal):
    version = Customer.objects.get(pk=cast.acme.pk).version
    open_deal(cast.lin, {"name": "又一个"}, cast.acme)

    assert Customer.objects.get(pk=cast.acme.pk).version == version


def test_of_two_who_move_the_second_is_told(cast, deal, stages):
    mine, also_mine, theirs = again(deal), again(deal), again(deal)
    move(cast.wang, theirs, stages["INTENT"], why="经理推进", version=1)

    with pytest.raises(Stale):
        move(cast.lin, mine, stages["LOST"], version=1)
    with pytest.raises(Stale):
        move(cast.lin, also_mine, stages["LOST"])
    assert again(deal).stage_id == stages["INTENT"]
    assert StageChange.objects.count() == 1


def test_stages_of_another_pipeline_and_the_same_stage_are_no_move(cast, deal, stages):
    other = Stage.objects.filter(pipeline__code="P003").first()
    for to, code in ((other.pk, "E_STAGE"), (stages["LEAD"], "E_SAME")):
        with pytest.raises(Unfit) as error:
            move(cast.lin, deal, to, why="x")
        assert codes(error) == [("stage", code)]
    with pytest.raises(NotThere):
        move(cast.lin, deal, 987_654, why="x")


def test_the_form_changes_neither_stage_nor_customer(cast, deal, stages):
    for values in ({"stage": stages["WON"]}, {"pipeline": 1}, {"customer": cast.other.pk}):
        with pytest.raises(Unfit) as error:
            revise(cast.wang, deal, values)
        assert codes(error) == [("stage", "E_FIXED")]


def test_a_change_of_amount_or_probability_changes_the_weight(cast, deal):
    revise(cast.lin, deal, {"expected_amount": Decimal(100_000), "probability": 60})
    assert (again(deal).amount, again(deal).weighted) == (100_000, 60_000)

    revise(cast.lin, again(deal), {"probability": None})
    assert again(deal).weighted == 5_000


def test_a_contact_of_another_customer_is_refused(cast, deal):
    theirs = cast.other.contacts.first()
    with pytest.raises(Unfit) as error:
        revise(cast.wang, deal, {"contact": theirs.pk})
    assert codes(error) == [("contact", "E_CONTACT")]

    revise(cast.lin, again(deal), {"contact": cast.acme.contacts.first().pk})
    assert again(deal).contact.name == "李梅"


def test_an_owner_who_does_not_work_on_the_customer_is_a_doubt(cast, deal):
    with pytest.raises(Unfit) as error:
        revise(cast.wang, deal, {"owner": cast.zhao.pk})
    assert codes(error) == [("owner", "W_OWNER")]
    assert error.value.problems[0].soft

    revise(cast.wang, again(deal), {"owner": cast.zhao.pk}, accept={"owner:W_OWNER": "临时支援"})
    assert again(deal).owner == cast.zhao


def test_confirming_the_stage_starts_the_clock_anew_and_leaves_a_trace(cast, deal):
    Deal.objects.filter(pk=deal.pk).update(stage_checked_at=now() - timedelta(days=40))
    confirm(cast.lin, again(deal))

    assert (now() - again(deal).stage_checked_at).days == 0
    assert Entry.objects.filter(record="deals", action="deals.change").count() == 1


def test_facts_are_ticked_and_taken_back_where_the_deal_stands(cast, deal):
    tick(cast.lin, deal, {"NEED": date(2026, 6, 2), "AMOUNT": today(), "NONSENSE": today()})
    assert again(deal).facts == {"NEED": "2026-06-02"}

    tick(cast.lin, again(deal), {"NEED": None})
    assert again(deal).facts == {}


def test_a_field_that_is_filled_tells_a_criterion_by_itself(cast, stages):
    Stage.objects.filter(pk=stages["LEAD"]).update(exit_criteria=["AMOUNT", "CLOSE_DATE", "CONTACT"])
    stamp()
    deal = open_deal(cast.lin, {"name": "自动", "expected_amount": Decimal(1)}, cast.acme)
    with pytest.raises(Unfit) as error:
        move(cast.lin, deal, stages["INTENT"])
    assert codes(error) == [("expected_close_date", "E_CRITERIA"), ("fact-CONTACT", "E_CRITERIA")]

    revise(cast.lin, again(deal), {"contact": cast.acme.contacts.first().pk})
    move(cast.lin, again(deal), stages["INTENT"], {"expected_close_date": date(2026, 12, 31)})
    assert again(deal).stage_id == stages["INTENT"]


def test_delivered_pipelines_are_laid_out_once(db):
    before = Stage.objects.count()
    Pipeline.objects.filter(code="P001").update(name="改过的名字")
    lay_out_pipelines()

    assert Stage.objects.count() == before == 20
    assert Pipeline.objects.get(code="P001").name == "改过的名字"
