"""The whole workbook: five sheets out, the same five sheets in, and nothing lost on the way."""

from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from bringing import bring

from keji.access.house import fresh
from keji.access.models import Entry, Role, Setting
from keji.agenda.models import Task
from keji.customers.models import Contact, Customer, Need, Tagging
from keji.customers.rules.contacts import add_contact
from keji.customers.rules.needs import add_need
from keji.customers.rules.register import register
from keji.customers.rules.tagging import tag
from keji.deals.models import Deal, StageChange
from keji.deals.queries import lines
from keji.deals.rules.many import Told as Opened
from keji.deals.rules.many import open_many
from keji.followups.models import Followup
from keji.followups.rules.log import drop, log
from keji.followups.rules.many import Told, log_many
from keji.intake.models import Line, Origin, Run
from keji.intake.rules import checking, entering, results, workbook
from keji.kernel.clock import today

ODD = ('=1+1"', "+86 =HYPERLINK(\"x\")", "@SUM(A1)", "-1", "'文字", "_x0041_", "𠮷野家 é & <b>", "007", "2026-01-02", "1e5", "TRUE", "#N/A")


def cells(path):
    book = openpyxl.load_workbook(path)
    return {
        page.title: [[cell.value for cell in row] for row in page.iter_rows()]
        for page in book.worksheets
        if page.sheet_state == "visible"
    }


def wipe():
    """An empty installation with the same people, and another sign."""
    for model in (Run, Line, Origin, Task, StageChange, Deal, Followup, Need, Contact, Tagging, Customer):
        model.objects.all().delete()
    Setting.objects.update_or_create(name="installation", defaults={"value": "OTHERS"})
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
    wish = {
        "description": ODD[0] + "\n要能导出",
        "need_type": "PURCHASE",
        "keywords": ["DIGITAL", "自己的词"],
        "priority": "HIGH",
        "match_degree": "PARTIAL",
        "budget_text": "20-30万",
        "currency": "USD",
        "expected_term": "1年",
        "expected_time": ODD[4],
        "target_date": date(2024, 9, 30),
        "intent_level": "MEDIUM",
        "expected_amount": Decimal("250000.10"),
        "annual_amount": Decimal("500000"),
        "potential_value": ODD[2],
        "long_term_value": ODD[3],
        "decision_participants": ODD[5],
        "competitor": ODD[6],
        "pain_points": ODD[7] + "次",
        "objections": ODD[11],
        "state": "DROPPED",
        "state_why": ODD[8],
    }
    add_need(cast.wang, wish, made, accept={"*": "试"})
    add_need(cast.wang, {"description": "第二条需求，急", "priority": "LOW"}, made)
    tag(cast.wang, made, "决策周期长", until=date(2190, 12, 31))
    tag(cast.wang, made, "自己的标签")
    tag(cast.zhao, cast.other, "VIP客户")
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
        "需求与标签表": 3,
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
    models = (Customer, Contact, Need, Tagging, Followup, Deal)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    entries = Entry.objects.exclude(action="customers.import").count()

    run, result = bring(cast.wang, tmp_path / "book.xlsx", people={"老周": "former"})

    assert [(line.made, line.before) for line in run.lines.all() if line.made or line.before] == []
    assert result == {"created": 0, "updated": 0, "failed": 0, "skipped": 0, "same": 4}
    assert [list(model.objects.order_by("pk").values()) for model in models] == before
    assert Entry.objects.exclude(action="customers.import").count() == entries


SEED = {
    "客户基础信息表": [
        ["客户ID", "客户名称", "所属行业", "企业规模(人数)", "客户等级", "首次接触时间", "负责人", "备注"],
        ["C901", "*科技有限公司", "互联网", "200-500人", "A", "2023-10-15", None, "潜在战略合作伙伴"],
        ["C902", "*制造集团", "制造业", "500人以上", "B", "2023-11-02", None, "需关注预算审批流程"],
    ],
    "跟进记录表": [
        ["客户ID", "跟进时间", "跟进方式", "跟进人", "沟通内容摘要", "客户反馈", "下次跟进时间", "跟进类型"],
        ["C901", "2023-10-20", "电话", None, "介绍产品核心功能，客户表示感兴趣", "需提供行业案例", "2023-10-25", "需求确认"],
    ],
}


def book(path, sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    made.save(path)
    return path


def problems(run):
    return sorted({(p[0], p[1]) for line in run.lines.all() for p in line.problems if not p[4]})


@pytest.mark.req("R-000-54")
@pytest.mark.req("R-000-55")
@pytest.mark.req("R-000-39")
def test_the_sample_rows_of_the_seed_come_in_with_unchanged_meaning(cast, files, tmp_path):
    run, result = bring(cast.wang, book(tmp_path / "seed.xlsx", SEED))

    first, second = Customer.objects.filter(customer_no__in=("C901", "C902")).order_by("customer_no")
    assert result == {"created": 2, "updated": 0, "failed": 0, "skipped": 0}
    assert (first.name, first.industry_code, first.size_label, first.grade, first.first_contact_date, first.remark) == (
        "*科技有限公司",
        "I64",
        "200-500人",
        "A",
        date(2023, 10, 15),
        "潜在战略合作伙伴",
    )
    assert (second.name, second.industry_code, second.size_band, second.grade, second.owner) == (
        "*制造集团",
        "C",
        "GE500",
        "B",
        cast.wang,
    )
    told = Followup.objects.get(customer=first)
    assert (told.method, told.followup_type, told.author, told.imported, told.summary, told.customer_feedback) == (
        "PHONE",
        "NEED_CONFIRM",
        cast.wang,
        True,
        "介绍产品核心功能，客户表示感兴趣",
        "需提供行业案例",
    )
    assert told.occurred_at == datetime(2023, 10, 19, 16, tzinfo=UTC)
    first.refresh_from_db()
    assert first.next_followup_at == told.next_followup_at == datetime(2023, 10, 24, 16, tzinfo=UTC)
    assert [line.cells for line in run.lines.order_by("sheet", "number")] == [
        row for rows in SEED.values() for row in rows[1:]
    ]


@pytest.mark.req("R-000-56")
@pytest.mark.req("R-000-53")
def test_the_seeds_columns_of_needs_tags_and_deals_are_enough(cast, files, tmp_path):
    sheets = {
        "需求与标签表": [
            ["客户ID", "需求关键词", "需求优先级", "标签"],
            ["C001", "降本增效、供应链优化", "高", "预算明确、新业务线"],
            ["C001", None, None, "决策周期长"],
        ],
        "成交与状态表": [
            ["客户ID", "成交阶段", "预计成交金额", "实际成交金额", "成交日期", "流失原因"],
            ["C001", "方案", "30万", None, None, None],
        ],
    }
    run, result = bring(cast.lin, book(tmp_path / "book.xlsx", sheets))

    assert (problems(run), result) == ([], {"created": 0, "updated": 1, "failed": 0, "skipped": 0})
    need = Need.objects.get()
    assert (need.keywords, need.priority, need.description) == (
        ["COST_EFFICIENCY", "SUPPLY_CHAIN"],
        "HIGH",
        "需求关键词：降本增效、供应链优化；需求优先级：高",
    )
    held = Tagging.objects.filter(customer=cast.acme, ended_at=None, automatic=False)
    assert sorted(held.values_list("tag__name", flat=True)) == ["决策周期长", "新业务线", "预算明确"]
    assert [(deal.name, deal.expected_amount) for deal in Deal.objects.all()] == [
        ("星海智能科技有限公司的商机", Decimal("300000.00"))
    ]

    entering.revert(run, cast.lin)
    assert (Need.objects.filter(deleted_at=None).count(), held.count(), Deal.objects.filter(deleted_at=None).count()) == (0, 0, 0)


@pytest.mark.req("R-000-39")
def test_a_wrong_row_on_any_sheet_keeps_its_whole_customer_out(cast, files, tmp_path):
    sheets = {
        "客户基础信息表": [["客户编号", "客户名称"], ["C901", "天成服装有限公司"], ["C902", "云杉零售有限公司"]],
        "联系人信息表": [["客户编号", "联系人姓名", "手机"], ["C901", "郑和", "13712345678"], ["C902", "陈玲", "13812340000"]],
        "跟进记录表": [
            ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"],
            ["C901", "2190-01-01", "电话", "将来的"],
            ["C902", "2023-10-20", "电话", "说过了"],
        ],
        "成交与状态表": [["客户编号", "成交阶段", "预计成交金额"], ["C902", "没有的阶段", "30万"], ["C901", "方案", "30万"]],
    }
    sheets["成交与状态表"][1][1] = "谈判"
    run, result = bring(cast.wang, book(tmp_path / "book.xlsx", sheets))

    assert problems(run) == [("followup.occurred_at", "E_DATE_FUTURE"), ("row", "E_FAMILY")]
    assert result == {"created": 1, "updated": 0, "failed": 0, "skipped": 4}
    assert list(Customer.objects.filter(customer_no__startswith="C90").values_list("customer_no", flat=True)) == ["C902"]
    assert [deal.name for deal in Deal.objects.all()] == ["云杉零售有限公司的商机"]
    assert (Followup.objects.count(), Contact.objects.filter(name__in=["郑和", "陈玲"]).count()) == (1, 1)

    results.error_file(run, tmp_path / "errors.xlsx")
    told = cells(tmp_path / "errors.xlsx")
    assert {title: len(rows) - 1 for title, rows in told.items()} == dict.fromkeys(sheets, 1)
    assert told["跟进记录表"][1][-3:] == ["2", "跟进时间", "跟进时间不能晚于现在；将来的安排请填“下次跟进时间”"]
    assert told["成交与状态表"][1][-1] == "同一客户的第 2（跟进记录表） 行有问题，改好后一起导入"


def test_rows_find_customers_of_the_file_and_stored_ones_by_number_or_exact_name(cast, files, tmp_path):
    sheets = {
        "客户": [["客户名称"], ["天成服装有限公司"], ["云杉零售有限公司"], ["同名公司"], ["同名公司"]],
        "跟进记录表": [
            ["客户名称", "客户编号", "跟进时间", "跟进方式", "沟通内容摘要"],
            ["天成服装有限公司", None, "2023-10-20", "电话", "甲"],
            [None, "C001", "2023-10-20", "电话", "乙"],
            ["星海智能科技有限公司", None, "2023-10-21", "电话", "丙"],
            ["没有的公司", None, "2023-10-20", "电话", "丁"],
            ["同名公司", None, "2023-10-20", "电话", "戊"],
        ],
    }
    run, _result = bring(cast.lin, book(tmp_path / "book.xlsx", sheets))

    said = {one.summary: one.customer.name for one in Followup.objects.select_related("customer")}
    assert said == {"甲": "天成服装有限公司", "乙": "星海智能科技有限公司", "丙": "星海智能科技有限公司"}
    bad = {line.cells[4]: [p[1] for p in line.problems] for line in run.lines.filter(sheet=1, state="SKIPPED")}
    assert bad == {"丁": ["E_NOT_THERE"], "戊": ["E_AMBIGUOUS", "E_NOT_THERE"]}


@pytest.mark.attack("B-20")
def test_nobody_writes_into_the_history_of_customers_out_of_reach(cast, files, tmp_path):
    rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "跟进人"]]
    theirs = [*rows, ["C001", "2023-10-20", "电话", "不是我的客户", None]]
    run, result = bring(cast.zhao, book(tmp_path / "theirs.xlsx", {"跟进记录表": theirs}))
    assert (problems(run), result["skipped"]) == ([("customer_no", "E_NOT_THERE")], 1)

    mine = [*rows, ["C002", "2023-10-20", "电话", "别人说的", "林晓"]]
    run, result = bring(cast.zhao, book(tmp_path / "mine.xlsx", {"跟进记录表": mine}))
    assert (problems(run), result["skipped"]) == ([("followup.author", "E_REFUSED")], 1)

    run, result = bring(cast.shen, book(tmp_path / "all.xlsx", {"跟进记录表": [*rows, ["C002", "2023-10-20", "电话", "她带来的", "林晓"]]}))
    assert (problems(run), Followup.objects.get().author) == ([], cast.lin)  # who imports for everybody brings their history
    Followup.objects.all().delete()

    role = Role.objects.get(code="SALES_REP")
    role.reach["followups"].pop("import")
    role.save()
    cast.zhao.__dict__.pop("_roles", None)
    own = [*rows, ["C002", "2023-10-20", "电话", "我说的", None]]
    run, result = bring(cast.zhao, book(tmp_path / "own.xlsx", {"跟进记录表": own}))
    assert (problems(run), result["skipped"]) == ([("followup.record_no", "E_REFUSED")], 1)
    assert Followup.objects.count() == 0


def test_an_unknown_author_is_asked_for_once_and_may_stay_a_name(cast, files, tmp_path):
    rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "跟进人"]]
    rows += [["C001", f"2023-10-{day}", "电话", "说过了", "老周"] for day in (20, 21)]
    path = book(tmp_path / "book.xlsx", {"跟进记录表": rows})

    run, counts = bring(cast.wang, path, enter=False)
    assert (counts["strangers"], problems(run)) == ({"老周": 2}, [("followup.author", "E_PERSON")])

    checking.meet(run, cast.wang, {"老周": "former"})
    entering.enter(run, cast.wang)
    assert list(Followup.objects.values_list("author", "author_name", "imported", "created_by")) == [
        (None, "老周", True, cast.wang.pk)
    ] * 2


def test_a_changed_row_changes_its_record_and_all_of_it_is_taken_back(cast, filled, files, tmp_path):
    workbook.write_plain(tmp_path / "book.xlsx", "核对")
    made = openpyxl.load_workbook(tmp_path / "book.xlsx")
    heads = {page.title: [cell.value for cell in page[1]] for page in made.worksheets}

    def put(sheet, row, title, value):
        made[sheet].cell(row, heads[sheet].index(title) + 1, value)

    put("客户基本信息表", 2, "备注", "改过")
    put("联系人信息表", 2, "联系人职位", "总裁")
    put("跟进记录表", 2, "客户反馈", "很好")
    put("需求与标签表", 2, "需求优先级", "低")
    put("需求与标签表", 2, "标签", "决策周期长、新来的标签")
    put("成交与状态表", 2, "成交阶段", "谈判")
    put("成交与状态表", 2, "预计成交金额", 5)
    last = made["跟进记录表"].max_row + 1
    for title, value in (("客户编号", "C001"), ("跟进时间", "2024-01-01"), ("跟进方式", "电话"), ("沟通内容摘要", "新的一行")):
        put("跟进记录表", last, title, value)
    made.save(tmp_path / "changed.xlsx")
    models = (Customer, Contact, Need, Followup, Deal)
    skip = {"version", "changed_at", "accepted", "recent", "last_followup_at", "stage_since", "stage_checked_at"}
    skip |= {"signed_by_id", "signed_at", "signature"}  # whoever takes a change back signs what stands there then

    def values():
        return [
            [{k: v for k, v in row.items() if k not in skip} for row in model.objects.filter(deleted_at=None).order_by("pk").values()]
            for model in models
        ]

    before = values()
    run, result = bring(cast.wang, tmp_path / "changed.xlsx", people={"老周": "former"})
    assert (problems(run), result) == ([], {"created": 0, "updated": 2, "failed": 0, "skipped": 0, "same": 2})
    assert Tagging.objects.filter(customer=filled, ended_at=None, tag__name="新来的标签").count() == 1
    assert Need.objects.order_by("pk").first().priority == "LOW"
    acme = Customer.objects.get(pk=cast.acme.pk)
    deal = Deal.objects.get(customer=acme)
    assert (acme.remark, Contact.objects.get(name="李梅").title, deal.stage_id, deal.expected_amount) == (
        "改过",
        "总裁",
        step("谈判").pk,
        Decimal("5.00"),
    )
    assert set(Followup.objects.filter(customer=acme).values_list("customer_feedback", "summary")) >= {("", "新的一行")}

    entering.revert(run, cast.wang)
    assert values() == before


def test_a_number_that_is_gone_doubled_or_somebody_elses_is_said(cast, filled, files, tmp_path):
    known = list(Followup.objects.order_by("pk"))
    workbook.write_plain(tmp_path / "book.xlsx", "核对")
    made = openpyxl.load_workbook(tmp_path / "book.xlsx")
    page = made["跟进记录表"]
    numbers = [page.cell(row, 1).value for row in (2, 3)]
    drop(cast.wang, next(one for one in known if one.customer_id == cast.acme.pk))

    rows = [["记录编号", "客户编号", "跟进时间", "跟进方式", "沟通内容摘要"]]
    rows += [[number, "C001", "2024-01-01", "电话", "说过了"] for number in (numbers[0], numbers[1], "ZZZZZZ-G1", "ZZZZZZ-G1")]
    run, _result = bring(cast.wang, book(tmp_path / "numbers.xlsx", {"跟进记录表": rows}))

    assert [[p[1] for p in line.problems if not p[4]] for line in run.lines.order_by("number")] == [
        ["E_GONE"],
        ["E_OTHER_CUSTOMER"],
        ["E_FAMILY"],
        ["E_DUP_NO"],
    ]


def test_a_deal_carries_a_new_customer_along_and_the_file_has_the_last_word(cast, files, tmp_path):
    deals = [
        ["客户编号", "成交阶段", "实际成交金额", "成交日期", "流失原因"],
        ["C901", "成交", "30万", "2024-06-18", None],
        ["C902", "流失", None, None, "价格"],
        ["C903", "成交", 5, "2024-06-18", None],
    ]
    sheets = {
        "客户": [["客户编号", "客户名称", "客户阶段"], ["C901", "甲乙有限公司", None], ["C902", "丙丁有限公司", None], ["C903", "戊己有限公司", "流失客户"]],
        "成交与状态表": deals,
    }
    run, result = bring(cast.wang, book(tmp_path / "deals.xlsx", sheets))

    assert (problems(run), result["created"]) == ([], 3)
    assert list(Customer.objects.filter(customer_no__startswith="C90").order_by("customer_no").values_list("lifecycle_stage", "won_amount_12m")) == [
        ("WON", 0),
        ("POTENTIAL", 0),
        ("LOST", 0),
    ]
    assert list(Deal.objects.order_by("pk").values_list("opened_at", "category", "amount")) == [
        (date(2024, 6, 18), "WON", Decimal("300000")),
        (today(), "LOST", 0),
        (date(2024, 6, 18), "WON", Decimal("5")),
    ]
    assert entering.revert(run, cast.wang) == {"gone": 3, "kept": 0, "restored": 0}


def test_names_that_are_nearly_alike_come_along_where_the_operator_says_so(cast, files, tmp_path):
    register(cast.lin, {"name": "天成服装有限公司"})
    register(cast.lin, {"name": "天成服装有限责任公司"}, accept={"*": "是两家"})
    workbook.write_plain(tmp_path / "book.xlsx", "搬家")
    wipe()

    run, counts = bring(cast.wang, tmp_path / "book.xlsx", enter=False)
    assert counts["states"].get("TWIN", 0) >= 1

    assert "TWIN" not in checking.take_in_all(run, cast.wang)["states"]
    assert entering.enter(run, cast.wang) == {"created": 4, "updated": 0, "failed": 0, "skipped": 0}
