"""The fields that the seeds ask for are there, by the seeds' own titles."""

import pytest

from keji.customers import queries
from keji.customers.rules.register import register
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.intake.rules.mapping import guess
from keji.records.listing import ask, listing


@pytest.mark.req("R-000-07")
@pytest.mark.req("R-000-09")
@pytest.mark.req("R-001-28")
@pytest.mark.req("R-002-35")
@pytest.mark.req("R-002-42")
@pytest.mark.req("R-003-20")
def test_the_fields_of_a_customer_are_there(cast):
    wanted = {
        "name",
        "industry_code",
        "size_label",
        "employee_count",
        "annual_revenue_10k",
        "lead_source",
        "cooperation_status",
        "website",
        "social_accounts",
        "do_not_call",
        "channel_preference",
        "risks",
        "contact_region",
        "contact_address",
    }
    typed = {column.name for column in CUSTOMERS.columns if column.typed}

    assert wanted - typed == set()


@pytest.mark.req("R-000-20")
@pytest.mark.req("R-000-22")
@pytest.mark.req("R-002-34")
@pytest.mark.req("R-002-38")
@pytest.mark.req("R-002-41")
@pytest.mark.req("R-002-55")
def test_the_fields_of_a_contact_are_there(cast):
    wanted = {
        "name",
        "title",
        "decision_role",
        "responsibilities",
        "mobile",
        "landline",
        "email",
        "wechat_id",
        "wecom_id",
        "validity",
    }
    typed = {column.name for column in CONTACTS.columns if column.typed}

    assert wanted - typed == set()
    assert [choice.code for choice in CONTACTS.by_name["decision_role"].kind.choices()] == [
        "DECISION_MAKER",
        "INFLUENCER",
        "USER",
    ]


@pytest.mark.req("R-001-10")
@pytest.mark.req("R-001-11")
def test_customers_of_a_city_are_found_by_any_of_its_districts(cast):
    near = register(cast.lin, {"name": "天成服装有限公司", "contact_region": "320505"})
    register(cast.lin, {"name": "云杉零售有限公司", "contact_region": "330106"})

    for region in ("320000", "320500", "320505"):
        found = listing(
            CUSTOMERS, cast.lin, queries.customers(cast.lin), ask(CUSTOMERS, cast.lin, {"contact_region": region})
        )
        assert found.ids == [near.pk], region


@pytest.mark.req("R-004-53")
def test_the_titles_of_the_person_sheet_are_known(cast):
    titles = [
        "客户编号",
        "姓名",
        "性别",
        "证件类型",
        "证件号码",
        "职业",
        "常住地址",
        "客户来源",
        "合作状态",
        "负责销售",
        "备注",
    ]

    assert guess(cast.lin, titles) == [
        "customer_no",
        "name",
        "sex",
        "id_type",
        "id_number",
        "occupation",
        "contact_address",
        "lead_source",
        "cooperation_status",
        "owner",
        "remark",
    ]


@pytest.mark.req("R-004-54")
def test_the_titles_of_the_contact_sheet_are_known(cast):
    titles = ["客户编号", "联系人姓名", "部门", "职位", "手机", "座机", "电子邮箱", "微信号", "是否决策人", "状态"]
    fields = ["name", "department", "title", "mobile", "landline", "email", "wechat_id", "decision_role", "validity"]

    assert guess(cast.lin, titles) == ["customer_no", *[f"contact.{name}" for name in fields]]


@pytest.mark.req("R-004-17")
def test_a_date_is_shown_as_year_month_day(cast):
    made = register(
        cast.lin,
        {
            "name": "天成服装有限公司",
            "first_contact_date": CUSTOMERS.by_name["first_contact_date"].kind.parse("2023年10月1日").value,
        },
    )

    shown = CUSTOMERS.reader(cast.lin, [made.pk])(made.__dict__)
    assert shown["first_contact_date"].text == "2023-10-01"
