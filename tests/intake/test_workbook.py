"""The whole workbook: five sheets out, the same five sheets in, and nothing lost on the way."""

from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from keji.access.models import Entry, Setting
from keji.customers.models import Contact, Customer
from keji.customers.rules.contacts import add_contact
from keji.customers.rules.register import register
from keji.deals.models import Deal, StageChange
from keji.deals.queries import lines
from keji.deals.rules.many import Told as Opened
from keji.deals.rules.many import open_many
from keji.followups.models import Followup
from keji.followups.rules.log import log
from keji.followups.rules.many import Told, log_many
from keji.intake.models import Line, Origin, Run
from keji.intake.rules import checking, entering, staging, workbook

ODD = ('=1+1"', "+86 =HYPERLINK(\"x\")", "@SUM(A1)", "-1", "'文字", "_x0041_", "𠮷野家 é & <b>", "007", "2026-01-02", "1e5", "TRUE", "#N/A")


def bring(person, path, enter=True, people=None, **options):
    run = staging.stage(person, path, path.name)
    staging.set_mapping(person, run, run.mapping, options)
    checking.declare_lawful(run, person)
    counts = checking.check(run, person)
    if people:
        checking.meet(run, person, people)
        counts = run.counts
    return run, (entering.enter(run, person) if enter else counts)


def cells(path):
    book = openpyxl.load_workbook(path)
    return {
        page.title: [[cell.value for cell in row] for row in page.iter_rows()]
        for page in book.worksheets
        if page.sheet_state == "visible"
    }


def wipe():
    """An empty installation with the same people, and another sign."""
    for model in (Run, Line, Origin, StageChange, Deal, Followup, Contact, Customer):
        model.objects.all().delete()
    Setting.objects.update_or_create(name="installation", defaults={"value": "OTHERS"})
    from keji.access.house import fresh

    fresh()


def step(name, code="P000"):
    return next(s for line in lines().values() if line.code == code for s in line.steps if s.name == name)


@pytest.fixture
def filled(cast):
    """Customers of every kind with every field, and texts that Excel would like to read in its own way."""
    full = {
        "name": "𠮷川（苏州）机械有限公司",
        "customer_type": "ENTERPRISE",
        "relation_type": "END_CUSTOMER",
        "uscc": "91310000MA1FL0Y26M",
        "industry_code": "C34",
        "employee_count": 320,
        "annual_revenue_10k": Decimal("5000.5"),
        "total_assets_10k": Decimal("12000"),
        "grade": "B",
        "lead_grade": "A",
        "is_strategic": True,
        "lifecycle_stage": "COOPERATING",
        "cooperation_status": "COOPERATING",
        "contract_amount": Decimal("1234567.89"),
        "currency": "USD",
        "first_cooperation_date": date(2023, 10, 1),
        "opening_amount": Decimal("0.10"),
        "satisfaction": 5,
        "contact_region": "320505",
        "contact_address": ODD[1],
        "postal_code": "010020",
        "registered_region": "320505",
        "registered_address": ODD[5],
        "office_phone": "010-62345678",
        "website": "https://www.example.com",
        "social_accounts": ODD[2],
        "lead_source": "EXHIBITION",
        "source_detail": ODD[3],
        "acquired_at": date(2024, 2, 29),
        "first_contact_date": date(2024, 2, 29),
        "channel_preference": "PHONE",
        "do_not_call": True,
        "preferences": ODD[4],
        "risks": ODD[7],
        "remark": "第一行\n第二行 " + ODD[0],
        "owner": cast.zhao.pk,
        "customer_no": "K0007",
    }
    made = register(cast.wang, full, {"name": "欧阳娜娜", "mobile": "13912345678", "title": ODD[6]}, accept={"*": "试"})
    register(
        None,
        {"name": "张三丰", "customer_type": "PERSON", "sex": "M", "mobile": "13700000001", "id_type": "ID_CARD", "id_number": "110105199003071239", "occupation": ODD[8], "size_label": ""},
        pool=True,
        accept={"*": "试"},
    )
    people = [
        add_contact(cast.wang, {"name": "欧阳娜娜", "qq": "10001", "remark": ODD[9], "department": ODD[10], "is_key_contact": True}, made, accept={"*": "试"}),
        add_contact(cast.wang, {"name": "John Smith", "is_primary": True, "intl_phone": "+85221234567", "responsibilities": ODD[11], "validity": "PHONE_OFF", "validity_at": date(2024, 5, 6)}, made, accept={"*": "试"}),
    ]
    log(
        cast.wang,
        {
            "occurred_at": datetime(2024, 5, 6, 7, 8, 9, 123456, UTC),
            "method": "VISIT",
            "summary": "谈了一小时。\n" + "\n".join(ODD),
            "scene": ODD[0],
            "outcome": ODD[3],
            "customer_participants": "李梅、张工",
            "our_participants": [cast.wang.pk, cast.lin.pk],
            "author": cast.lin.pk,
            "next_action": ODD[2],
            "next_action_by": cast.lin.pk,
            "next_action_due": date(2024, 6, 1),
            "next_followup_at": datetime(2024, 5, 31, 16, 0, tzinfo=UTC),
        },
        cast.acme,
    )
    log_many(None, [Told(made, {"occurred_at": datetime(2023, 10, 19, 16, 0, tzinfo=UTC), "method": "PHONE", "summary": ODD[8]}, "老周")])
    won = {"name": ODD[0], "stage": step("成交").pk, "actual_amount": Decimal("300000"), "won_date": date(2024, 6, 18), "opened_at": date(2024, 6, 2), "contact": people[1].pk, "owner": cast.zhao.pk, "remark": ODD[5]}
    lost = {"name": "老项目", "stage": step("流失").pk, "expected_amount": Decimal("9999999999.99"), "loss_reason": "PRICE", "loss_text": ODD[4], "lost_date": date(2024, 1, 2), "opened_at": date(2023, 6, 2), "currency": "EUR"}
    still = {"name": "新项目", "stage": step("方案").pk, "expected_amount": Decimal("0.1"), "probability": 35, "possibility": "HIGH", "long_term_amount": Decimal("500000"), "stage_checked_at": datetime(2024, 6, 2, 1, 2, 3, 4, UTC)}
    open_many(None, [Opened(made, won, follow=False), Opened(made, lost, follow=False), Opened(cast.acme, still, follow=False)])
    assert (Followup.objects.count(), Deal.objects.count(), Customer.objects.count()) == (2, 3, 4)
    return made


@pytest.mark.req("R-000-10")
def test_what_goes_out_comes_back_identical_cell_for_cell(cast, filled, files, tmp_path):
    workbook.write_plain(tmp_path / "first.xlsx", "搬家")
    before = cells(tmp_path / "first.xlsx")
    assert {title: len(rows) - 1 for title, rows in before.items()} == {
        "客户基本信息表": 4,
        "联系人信息表": 5,
        "跟进记录表": 2,
        "成交与状态表": 3,
    }

    wipe()
    run, result = bring(cast.wang, tmp_path / "first.xlsx", no_owner="pool", people={"老周": "former"})
    assert [p for line in run.lines.all() for p in line.problems if not p[4]] == []
    assert result == {"created": 4, "updated": 0, "failed": 0, "skipped": 0}

    workbook.write_plain(tmp_path / "second.xlsx", "搬家")
    after = cells(tmp_path / "second.xlsx")
    assert differences(before, after) == []


def differences(before, after):
    """Where two workbooks say different things, cell by cell."""
    assert {title: (rows[0], len(rows)) for title, rows in before.items()} == {
        title: (rows[0], len(rows)) for title, rows in after.items()
    }
    return [
        (title, number, head, one, other)
        for title, rows in before.items()
        for number, (row, again) in enumerate(zip(rows, after[title], strict=True), 1)
        for head, one, other in zip(rows[0], row, again, strict=True)
        if one != other
    ]


def test_an_unchanged_workbook_changes_nothing(cast, filled, files, tmp_path):
    workbook.write_plain(tmp_path / "book.xlsx", "核对")
    models = (Customer, Contact, Followup, Deal)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    entries = Entry.objects.exclude(action="customers.import").count()

    run, result = bring(cast.wang, tmp_path / "book.xlsx", people={"老周": "former"})

    assert [(line.made, line.before) for line in run.lines.all() if line.made or line.before] == []
    assert result == {"created": 0, "updated": 0, "failed": 0, "skipped": 0, "same": 4}
    assert [list(model.objects.order_by("pk").values()) for model in models] == before
    assert Entry.objects.exclude(action="customers.import").count() == entries
