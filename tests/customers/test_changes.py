"""Changing customers and contacts, giving them away, the bin."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from keji.access.models import Entry
from keji.customers import queries
from keji.customers.models import Contact, Customer, GradeChange
from keji.customers.rules import bin as bins
from keji.customers.rules.contacts import add_contact, drop_contact, revise_contact
from keji.customers.rules.grading import Judged, judged, regrade
from keji.customers.rules.owners import MOST, set_collaborators, transfer, transfer_many
from keji.customers.rules.register import register
from keji.customers.rules.required import gaps
from keji.customers.rules.reveal import reveal
from keji.customers.rules.revise import revise
from keji.customers.sheet import full_years
from keji.kernel.errors import NotThere, Refused, Stale, Unfit


def codes(error):
    return [(problem.field, problem.code) for problem in error.value.problems]


def found(person, words):
    from keji.customers.sheet import CUSTOMERS
    from keji.records.listing import ask, listing

    return listing(CUSTOMERS, person, queries.customers(person), ask(CUSTOMERS, person, {"q": words})).ids


def test_a_change_is_saved_and_told(cast):
    revise(cast.lin, cast.acme, {"remark": "年底扩产"}, version=1)

    cast.acme.refresh_from_db()
    entry = Entry.objects.filter(record="customers", record_id=cast.acme.pk).latest("pk")
    assert (cast.acme.remark, cast.acme.version) == ("年底扩产", 2)
    assert (entry.who, entry.kept.values) == (cast.lin, {"remark": ["", "年底扩产"]})


@pytest.mark.attack("B-67")
def test_the_second_of_two_writers_is_told(cast):
    mine, theirs = queries.customer(cast.lin, cast.acme.pk), queries.customer(cast.wang, cast.acme.pk)
    revise(cast.wang, theirs, {"remark": "经理改的"}, version=1)

    with pytest.raises(Stale):
        revise(cast.lin, mine, {"remark": "我改的"}, version=1)
    assert queries.customer(cast.lin, cast.acme.pk).remark == "经理改的"


@pytest.mark.req("R-004-41")
@pytest.mark.parametrize("who", ["chen", "gao", "zhao"])
def test_who_may_not_change_is_refused_and_nothing_changes(cast, who):
    with pytest.raises(Refused):
        revise(getattr(cast, who), cast.acme, {"remark": "改"})
    assert queries.customer(cast.lin, cast.acme.pk).remark == ""


def test_the_number_and_the_owner_are_not_changed_by_the_form(cast):
    for values in ({"customer_no": "C999"}, {"owner": cast.zhao.pk}):
        with pytest.raises(Unfit):
            revise(cast.lin, cast.acme, values)


def test_an_old_fault_does_not_hold_up_another_change(cast):
    Customer.objects.filter(pk=cast.acme.pk).update(name="星海#智能")
    revise(cast.lin, queries.customer(cast.lin, cast.acme.pk), {"remark": "新备注"})

    assert queries.customer(cast.lin, cast.acme.pk).remark == "新备注"


def test_an_accepted_doubt_is_remembered(cast):
    revise(cast.lin, cast.acme, {"remark": "密码:abc123"}, accept={"remark:W_SENSITIVE": "测试账号"})
    revise(cast.lin, cast.acme, {"remark": "密码:abc1234"})

    assert [one["why"] for one in cast.acme.accepted] == ["测试账号"]


def test_that_a_customer_is_not_the_double_of_one_says_nothing_of_another(cast):
    register(cast.zhao, {"name": "天成服装有限公司"})
    revise(cast.lin, cast.acme, {"name": "天成服装有限责任公司"}, accept={"name:W_DUP_NAME": "不是同一家"})
    register(cast.zhao, {"name": "地成纺织有限公司"})

    with pytest.raises(Unfit) as error:
        revise(cast.lin, cast.acme, {"name": "地成纺织有限责任公司"})

    assert codes(error) == [("name", "W_DUP_NAME")]
    assert queries.customer(cast.lin, cast.acme.pk).name == "天成服装有限责任公司"


@pytest.mark.req("R-000-16")
def test_a_grade_keeps_its_history_and_a_rep_does_not_regrade(cast):
    with pytest.raises(Refused):
        revise(cast.lin, cast.acme, {"grade": "B"})
    with pytest.raises(Unfit):
        regrade(cast.wang, cast.acme, "B", "")
    regrade(cast.wang, cast.acme, "B", "采购减少")

    told = list(GradeChange.objects.filter(customer=cast.acme).order_by("pk").values_list("old", "new", "who", "why"))
    assert told == [("", "A", cast.lin.pk, "建档"), ("A", "B", cast.wang.pk, "采购减少")]


@pytest.mark.req("R-003-53")
def test_an_evaluation_keeps_its_three_inputs_apart(cast):
    by = judged({"annual_purchase": "50万", "potential": "4", "influence": "2"})
    regrade(cast.wang, cast.acme, "B", "季度评定", by)
    regrade(cast.wang, Customer.objects.get(pk=cast.acme.pk), "B", "复核，不变", Judged(influence=3))

    told = GradeChange.objects.filter(customer=cast.acme).exclude(why="建档").order_by("pk")
    assert list(told.values_list("old", "new", "annual_purchase", "potential", "influence")) == [
        ("A", "B", Decimal(500_000), 4, 2),
        ("B", "B", None, None, 3),
    ]
    entry = Entry.objects.filter(action="customers.regrade", record_id=cast.acme.pk).latest("pk")
    assert (entry.who, entry.why) == (cast.wang, "复核，不变")


@pytest.mark.req("R-003-53")
def test_inputs_of_an_evaluation_out_of_measure_are_refused(cast):
    with pytest.raises(Unfit) as error:
        judged({"annual_purchase": "很多", "potential": "6", "influence": "0"})
    assert [problem.field for problem in error.value.problems] == ["annual_purchase", "potential", "influence"]
    assert judged({"annual_purchase": "", "potential": " "}) == Judged()
    for wrong in ({"potential": 6}, {"influence": 0}, {"annual_purchase": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            GradeChange.objects.create(customer=cast.acme, **wrong)


@pytest.mark.req("R-000-44")
def test_a_manager_gives_three_customers_to_another_and_three_entries_say_so(cast):
    from keji.customers.rules.register import register

    more = [register(cast.lin, {"name": f"{name}有限公司"}) for name in ("云杉零售", "锦程物流", "远航贸易")]
    moved = transfer_many(cast.wang, [one.pk for one in more] + [10**9], cast.zhao.pk, "区域调整")

    assert moved == (3, 1)
    assert Entry.objects.filter(action="customers.assign").count() == 3
    assert {one.owner for one in Customer.objects.filter(pk__in=[m.pk for m in more])} == {cast.zhao}


@pytest.mark.attack("B-11")
def test_after_a_transfer_the_old_owner_is_out_and_the_new_one_finds_it(cast):
    transfer(cast.wang, cast.acme, cast.zhao.pk, "客户要求")

    with pytest.raises(NotThere):
        queries.customer(cast.lin, cast.acme.pk)
    assert found(cast.lin, "星海") == []
    assert found(cast.zhao, "xhzn") == [cast.acme.pk]


def test_a_transfer_needs_a_reason_and_somebody_else(cast):
    for owner, why in ((cast.zhao.pk, " "), (cast.lin.pk, "给自己"), (10**6, "给谁")):
        with pytest.raises(Unfit):
            transfer(cast.wang, cast.acme, owner, why)
    with pytest.raises(Refused):
        transfer(cast.lin, cast.acme, cast.zhao.pk, "不想要了")


@pytest.mark.req("R-000-23")
def test_only_one_contact_is_the_primary_one(cast):
    second = add_contact(cast.lin, {"name": "陈工", "is_primary": True, "mobile": "13912344321"}, cast.acme)

    held = dict(Contact.objects.filter(customer=cast.acme).values_list("name", "is_primary"))
    assert held == {"李梅": False, "陈工": True}
    drop_contact(cast.lin, second)
    assert list(queries.contacts_of(cast.lin, cast.acme.pk).values_list("name", flat=True)) == ["李梅"]


@pytest.mark.req("R-000-23")
@pytest.mark.req("R-001-12")
def test_a_customer_without_a_decision_maker_says_so(cast):
    contact = Contact.objects.get(customer=cast.other)
    told = gaps(cast.other.__dict__, [contact.__dict__])
    assert "未标注关键决策人" in told

    revise_contact(cast.zhao, contact, {"decision_role": "DECISION_MAKER"})
    assert "未标注关键决策人" not in gaps(cast.other.__dict__, [contact.__dict__])


def test_a_contact_in_use_elsewhere_is_a_doubt(cast):
    with pytest.raises(Unfit) as error:
        add_contact(cast.zhao, {"name": "李小姐", "mobile": "13812345678"}, cast.other)
    assert codes(error) == [("mobile", "W_DUP_MOBILE")]
    assert "林晓" in error.value.problems[0].message and "李梅" not in error.value.problems[0].message


@pytest.mark.attack("B-03")
def test_nobody_adds_a_contact_to_a_customer_out_of_reach(cast):
    with pytest.raises(Refused):
        add_contact(cast.zhao, {"name": "卧底"}, cast.acme)
    assert Contact.objects.filter(customer=cast.acme).count() == 1


def test_what_is_deleted_is_in_the_bin_and_comes_back(cast):
    bins.drop(cast.lin, cast.acme, "录错了")
    assert list(queries.customers(cast.lin)) == []
    assert found(cast.wang, "星海") == []
    assert list(queries.contacts(cast.lin)) == []

    bins.restore(cast.lin, queries.binned_customer(cast.lin, cast.acme.pk))
    assert list(queries.customers(cast.lin)) == [cast.acme]
    assert found(cast.lin, "星海") == [cast.acme.pk]


@pytest.mark.attack("B-10")
def test_nobody_restores_what_is_out_of_reach(cast):
    bins.drop(cast.lin, cast.acme)

    with pytest.raises(NotThere):
        queries.binned_customer(cast.zhao, cast.acme.pk)
    with pytest.raises(Refused):
        bins.restore(cast.zhao, Customer.objects.get(pk=cast.acme.pk))


def test_a_credit_code_given_anew_stops_the_restore(cast):
    from keji.customers.rules.register import register

    bins.drop(cast.lin, cast.acme)
    register(cast.zhao, {"name": "新星海有限公司", "uscc": "91320594MA1ABCD2XK"})

    with pytest.raises(Unfit):
        bins.restore(cast.lin, queries.binned_customer(cast.lin, cast.acme.pk))


def test_a_reveal_is_written_down_and_only_for_those_who_may(cast):
    contact = Contact.objects.get(customer=cast.acme)
    reveal(cast.chen, contact, "mobile")

    entry = Entry.objects.latest("pk")
    assert (entry.who, entry.action, entry.record, entry.record_id, entry.kept.values) == (
        cast.chen,
        "customers.reveal",
        "contacts",
        contact.pk,
        {"field": "mobile"},
    )
    with pytest.raises(Refused):
        reveal(cast.gao, contact, "mobile")


def test_the_fifty_first_reveal_of_an_hour_is_conspicuous(cast):
    contact = Contact.objects.get(customer=cast.acme)
    for _time in range(51):
        reveal(cast.chen, contact, "mobile")

    assert Entry.objects.filter(action="customers.reveal_alert").count() == 1


@pytest.mark.req("R-004-62")
@pytest.mark.parametrize(("end", "years"), [(date(2026, 9, 30), 2), (date(2026, 10, 1), 3), (date(2023, 9, 30), None)])
def test_years_of_cooperation_are_full_years(end, years):
    assert full_years(date(2023, 10, 1), end) == years


@pytest.mark.parametrize(("stage", "fine"), [("INTENT", True), ("COOPERATING", False)])
def test_a_stage_is_not_skipped_without_a_reason(cast, stage, fine):
    if fine:
        revise(cast.lin, cast.acme, {"lifecycle_stage": stage})
    else:
        with pytest.raises(Unfit):
            revise(cast.lin, cast.acme, {"lifecycle_stage": stage})
        revise(cast.lin, cast.acme, {"lifecycle_stage": stage}, why="老客户补录")
    assert cast.acme.lifecycle_stage == stage


def test_a_contact_list_never_shows_another_teams_people(cast):
    assert list(queries.contacts(cast.zhao).values_list("name", flat=True)) == ["周伟"]


@pytest.mark.attack("B-08")
def test_a_whole_list_that_is_too_long_is_not_done_by_half(cast):
    """ "All rows of the list" may be more than one goes through at once: then nothing is done, and that is said."""
    ids = [cast.acme.pk, *range(900_000, 900_000 + MOST)]
    for many in (
        lambda: bins.drop_many(cast.wang, ids, "清理"),
        lambda: transfer_many(cast.wang, ids, cast.zhao.pk, "换人"),
    ):
        with pytest.raises(Unfit) as error:
            many()
        assert [problem.code for problem in error.value.problems] == ["E_TOO_MANY"]
    cast.acme.refresh_from_db()
    assert (cast.acme.deleted_at, cast.acme.owner_id) == (None, cast.lin.pk)


@pytest.mark.attack("B-67")
def test_whom_somebody_else_added_meanwhile_stays(cast):
    """The page showed chen; meanwhile shen took her off and added wang: adding zhao undoes neither."""
    set_collaborators(cast.lin, cast.acme, [cast.chen.pk])
    set_collaborators(cast.shen, cast.acme, [cast.wang.pk], were=[cast.chen.pk])

    set_collaborators(cast.lin, cast.acme, [cast.chen.pk, cast.zhao.pk], were=[cast.chen.pk])

    assert sorted(queries.collaborators(cast.acme.pk)) == sorted([cast.wang.pk, cast.zhao.pk])
