"""Entering customers."""

from datetime import date

import pytest

from keji.access.house import house
from keji.access.models import Entry
from keji.access.trail import AlreadyDone
from keji.customers.models import Contact, Customer, Requirement
from keji.customers.rules import required
from keji.customers.rules.register import register
from keji.kernel.errors import Refused, Unfit
from keji.records.models import Counter
from keji.records.rules import set_up


def codes(error):
    return [(problem.field, problem.code) for problem in error.value.problems]


@pytest.mark.req("R-000-11")
@pytest.mark.req("R-004-64")
def test_numbers_run_from_c001_and_past_c999(cast):
    assert [cast.acme.customer_no, cast.other.customer_no] == ["C001", "C002"]

    Counter.objects.filter(name="C").update(value=998)
    made = [register(cast.lin, {"name": f"云杉零售{n}号店"}, accept={"*": "连锁店"}).customer_no for n in "甲乙"]

    assert made == ["C999", "C1000"]


def test_the_number_of_a_deleted_customer_is_never_given_again(cast):
    from keji.customers.rules.bin import drop

    drop(cast.zhao, cast.other)

    assert register(cast.zhao, {"name": "锦程物流有限公司"}).customer_no == "C003"


def test_a_number_that_was_brought_along_is_jumped_past(cast):
    register(cast.shen, {"name": "远航贸易有限公司", "customer_no": "C050", "owner": cast.lin.pk})

    assert register(cast.lin, {"name": "佳和餐饮管理有限公司"}).customer_no == "C051"
    with pytest.raises(Unfit) as error:
        register(cast.shen, {"name": "别家有限公司", "customer_no": "C050", "owner": cast.lin.pk})
    assert codes(error) == [("customer_no", "E_DUP_NO")]


@pytest.mark.req("R-000-12")
@pytest.mark.req("R-000-06")
@pytest.mark.req("R-003-09")
def test_a_customer_needs_a_name(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": ""})
    assert ("name", "E_REQUIRED") in codes(error)
    assert Customer.objects.count() == 2


@pytest.mark.req("R-000-18")
@pytest.mark.req("R-003-18")
def test_the_owner_is_who_enters_and_must_be_there(cast):
    assert register(cast.lin, {"name": "天成服装有限公司"}).owner == cast.lin
    with pytest.raises(Unfit) as error:
        register(cast.wang, {"name": "恒信科技股份有限公司", "owner": 10**6})
    assert ("owner", "E_OWNER") in codes(error)


def test_a_rep_cannot_plant_a_customer_with_somebody_else(cast):
    with pytest.raises(Refused):
        register(cast.lin, {"name": "天成服装有限公司", "owner": cast.zhao.pk})
    assert register(cast.wang, {"name": "天成服装有限公司", "owner": cast.zhao.pk}).owner == cast.zhao


def test_who_may_not_enter_is_refused_and_nothing_is_there(cast):
    for who in (cast.chen, cast.gao):
        with pytest.raises(Refused):
            register(who, {"name": "天成服装有限公司"})
    assert Customer.objects.count() == 2


@pytest.mark.req("R-001-06")
@pytest.mark.req("R-004-07")
def test_the_same_credit_code_is_a_wall_that_tells_only_the_owner(cast):
    with pytest.raises(Unfit) as error:
        register(cast.zhao, {"name": "另一个名字有限公司", "uscc": "91320594MA1ABCD2XK"})

    problem = error.value.problems[0]
    assert (problem.code, problem.message) == ("E_DUP_USCC", "该统一社会信用代码的客户已存在，负责人：林晓")
    assert "星海" not in problem.message


def test_the_same_name_is_a_wall_for_a_rep_and_a_doubt_for_a_manager(cast):
    with pytest.raises(Unfit) as error:
        register(cast.zhao, {"name": "星海智能科技有限公司"})
    assert codes(error) == [("name", "E_DUP_NAME")]

    made = register(cast.wang, {"name": "星海智能科技有限公司"}, accept={"name:E_DUP_NAME": "分公司"})
    assert [(one["code"], one["why"]) for one in made.accepted] == [("E_DUP_NAME", "分公司")]


def test_two_firms_of_one_name_with_two_credit_codes_are_two(cast):
    register(
        cast.zhao, {"name": "星海智能科技有限公司", "uscc": "91110000600037341L"}, accept={"name:W_DUP_NAME": "两家"}
    )

    assert Customer.objects.filter(name="星海智能科技有限公司").count() == 2


def test_another_legal_form_is_a_doubt_that_can_be_accepted_with_a_reason(cast):
    with pytest.raises(Unfit) as error:
        register(cast.zhao, {"name": "星海智能科技有限责任公司"})
    assert [(problem.code, problem.soft) for problem in error.value.problems] == [("W_DUP_NAME", True)]

    made = register(cast.zhao, {"name": "星海智能科技有限责任公司"}, accept={"name:W_DUP_NAME": "不是同一家"})
    assert made.pk


def test_a_name_that_differs_by_place_and_form_is_a_doubt(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "苏州星海智能科技集团"})
    assert [problem.code for problem in error.value.problems] == ["W_DUP_NAME"]


@pytest.mark.req("R-001-06")
def test_two_people_of_one_name_are_two_unless_the_phone_is_the_same(cast):
    register(cast.lin, {"name": "张伟", "customer_type": "PERSON", "mobile": "13900001111"})
    register(cast.lin, {"name": "张伟", "customer_type": "PERSON", "mobile": "13900002222"})
    with pytest.raises(Unfit) as error:
        register(cast.zhao, {"name": "张伟", "customer_type": "PERSON", "mobile": "13900001111"})
    assert ("mobile", "E_DUP_PERSON") in codes(error)


@pytest.mark.req("R-001-07")
def test_the_type_other_needs_a_text(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "某协会筹备组", "customer_type": "OTHER"})
    assert codes(error) == [("type_text", "E_REQUIRED")]


@pytest.mark.req("R-001-05")
@pytest.mark.req("R-001-08")
@pytest.mark.req("R-001-13")
@pytest.mark.req("R-004-06")
def test_profile_p001_asks_an_enterprise_for_industry_size_and_a_contact_and_a_person_for_none(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "天成服装有限公司"}, profile="P001")
    assert {field for field, _code in codes(error)} == {"industry_code", "size", "contact", "contact.phone"}

    register(
        cast.lin,
        {"name": "天成服装有限公司", "industry_code": "C18", "employee_count": 80},
        {"name": "郑和", "mobile": "13712345678"},
        profile="P001",
    )
    register(cast.lin, {"name": "郑和", "customer_type": "PERSON", "mobile": "13612345678"}, profile="P001")


@pytest.mark.req("R-003-08")
@pytest.mark.req("R-003-10")
@pytest.mark.req("R-003-11")
@pytest.mark.req("R-003-12")
@pytest.mark.req("R-003-13")
@pytest.mark.req("R-003-14")
@pytest.mark.req("R-003-15")
@pytest.mark.req("R-003-17")
def test_profile_p003_takes_unknown_and_refused_with_a_reason_for_an_answer(cast):
    values = {
        "name": "天成服装有限公司",
        "industry_code": "C18",
        "lead_source": "EXHIBITION",
        "acquired_at": date(2024, 3, 15),
        "relation_type": "DEALER",
    }
    contact = {"name": "郑和", "title": "采购总监", "mobile": "13712345678"}
    with pytest.raises(Unfit) as error:
        register(cast.lin, values, contact, profile="P003")
    assert {field for field, _code in codes(error)} == {"contact.email", "place"}

    without_reason = {
        "contact.email": {"state": "REFUSED", "why": ""},
        "place": {"state": "UNKNOWN", "why": "展会没问"},
    }
    with pytest.raises(Unfit) as error:
        register(cast.lin, values, contact, profile="P003", states=without_reason)
    assert codes(error) == [("contact.email", "E_REQUIRED")]

    made = register(
        cast.lin,
        values,
        contact,
        profile="P003",
        states=without_reason | {"contact.email": {"state": "REFUSED", "why": "不愿给"}},
    )
    assert made.open_points == 1


@pytest.mark.req("R-000-41")
def test_what_a_profile_requires_is_the_stewards_to_change(cast):
    required.set_required(cast.shen, "P000", "ENTERPRISE", ["uscc"])

    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "天成服装有限公司"})
    assert codes(error) == [("uscc", "E_REQUIRED")]
    with pytest.raises(Refused):
        required.set_required(cast.lin, "P000", "", [])
    assert Requirement.objects.filter(profile="P000", customer_type="ENTERPRISE").count() == 1


@pytest.mark.req("R-004-09")
@pytest.mark.req("R-004-10")
def test_third_party_data_need_a_valid_authorisation(cast):
    values = {"name": "天成服装有限公司", "lead_source": "THIRD_PARTY_DATA"}
    with pytest.raises(Unfit) as error:
        register(cast.lin, values)
    assert codes(error) == [("authorisation_ref", "E_AUTHORISATION")]
    with pytest.raises(Unfit) as error:
        register(cast.lin, values | {"authorisation_ref": "DA-1", "authorisation_until": date(2020, 1, 1)})
    assert codes(error) == [("authorisation_until", "E_AUTHORISATION_EXPIRED")]


@pytest.mark.req("R-000-19")
def test_a_card_number_in_the_remark_is_a_doubt(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "天成服装有限公司", "remark": "卡号 6222 0200 0000 0001 230"})
    assert [(p.field, p.code, p.soft) for p in error.value.problems] == [("remark", "W_SENSITIVE", True)]


@pytest.mark.req("R-004-13")
@pytest.mark.req("R-004-14")
def test_traditional_characters_are_a_doubt_and_symbols_are_wrong(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "國際貿易有限公司"})
    assert [(p.code, p.suggestion) for p in error.value.problems] == [("W_TRADITIONAL", "国际贸易有限公司")]
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "星海#科技"})
    assert codes(error) == [("name", "E_CHAR")]


@pytest.mark.req("R-004-08")
def test_an_id_number_is_no_plain_text_in_the_database_and_doubles_are_found(cast):
    person = {
        "name": "张三",
        "customer_type": "PERSON",
        "sex": "M",
        "mobile": "13900001234",
        "id_type": "ID_CARD",
        "id_number": "110105199003071239",
    }
    made = register(cast.lin, person)

    made.refresh_from_db()
    assert b"110105199003071239" not in bytes(made.id_number_sealed)
    assert "110105" not in made.id_number_index
    kept = Entry.objects.get(record="customers", record_id=made.pk).kept.values
    assert "110105199003071239" not in str(kept)
    with pytest.raises(Unfit) as error:
        register(cast.zhao, person | {"name": "李四", "mobile": "13900001235"})
    assert ("id_number", "E_DUP_ID_NUMBER") in codes(error)


def test_an_id_number_that_does_not_check_is_wrong_and_a_firm_has_none(cast):
    for values, code in (
        ({"customer_type": "PERSON", "id_number": "110105199003071238"}, "E_ID_NUMBER"),
        ({"id_number": "110105199003071239"}, "E_LOGIC_ID_NUMBER"),
    ):
        with pytest.raises(Unfit) as error:
            register(cast.lin, {"name": "张三丰"} | values)
        assert ("id_number", code) in codes(error)


@pytest.mark.req("R-004-20")
def test_a_terminated_cooperation_needs_the_amount(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "天成服装有限公司", "cooperation_status": "TERMINATED"})
    assert codes(error) == [("contract_amount", "E_LOGIC_TERMINATED_AMOUNT")]


@pytest.mark.req("R-004-51")
def test_a_suspended_cooperation_needs_a_reason_and_a_day(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "天成服装有限公司", "cooperation_status": "SUSPENDED"})
    assert codes(error) == [("suspended_why", "E_REQUIRED")]


@pytest.mark.req("R-001-27")
def test_satisfaction_is_one_to_five(cast):
    with pytest.raises(Unfit) as error:
        register(cast.lin, {"name": "天成服装有限公司", "satisfaction": 6, "first_cooperation_date": date(2024, 1, 1)})
    assert ("satisfaction", "E_RANGE") in codes(error)


@pytest.mark.req("R-000-14")
@pytest.mark.req("R-000-15")
@pytest.mark.req("R-001-09")
@pytest.mark.req("R-002-37")
@pytest.mark.req("R-004-29")
@pytest.mark.req("R-003-19")
@pytest.mark.parametrize(
    ("scheme", "employees", "label", "band"),
    [
        ("EMP4_DEFAULT", 320, "", "200_500"),
        ("EMP3_000", 320, "", "GE200"),
        ("EMPREV3_004", 320, "", "MEDIUM"),
        ("EMP4_DEFAULT", None, "200-500人", "200_500"),
    ],
)
def test_the_size_band_follows_the_scheme(cast, scheme, employees, label, band):
    set_up(None, size_scheme=scheme)

    assert (
        register(cast.lin, {"name": "天成服装有限公司", "employee_count": employees, "size_label": label}).size_band
        == band
    )


def test_a_token_that_came_before_makes_no_second_customer(cast):
    first = register(cast.lin, {"name": "天成服装有限公司"}, once="form-1")
    with pytest.raises(AlreadyDone) as error:
        register(cast.lin, {"name": "天成服装有限公司"}, once="form-1")
    assert error.value.record_id == first.pk
    assert Customer.objects.filter(name="天成服装有限公司").count() == 1


def test_a_customer_and_its_contact_come_together_or_not_at_all(cast):
    with pytest.raises(Unfit):
        register(cast.lin, {"name": "天成服装有限公司"}, {"name": "", "mobile": "13712345678"})
    assert (Customer.objects.count(), Contact.objects.count()) == (2, 2)


def test_the_trail_says_who_entered_what(cast):
    entry = Entry.objects.get(record="customers", record_id=cast.acme.pk)

    assert (entry.who, entry.action) == (cast.lin, "customers.create")
    assert entry.kept.values["name"] == [None, "星海智能科技有限公司"]
    assert "星海" not in str(entry.changes)


def test_the_number_pattern_can_be_another(cast):
    set_up(None, number_pattern="KH{yyyyMM}{seq:04d}")

    made = register(cast.lin, {"name": "天成服装有限公司"})
    assert made.customer_no.startswith("KH20") and made.customer_no.endswith("0001")
    assert house()["number_pattern"] == "KH{yyyyMM}{seq:04d}"
