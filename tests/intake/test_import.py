"""Bringing a workbook in: columns, check, mend, enter, take back."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from bringing import bring

from keji.access.models import Entry
from keji.customers.models import Contact, Customer
from keji.intake.models import Line, Run
from keji.intake.rules import checking, entering, mapping, staging
from keji.kernel.errors import Invalid, Refused, Unfit

TITLES = ["客户名称", "所属行业", "企业规模", "联系人", "手机", "邮箱", "首次接触时间", "负责人", "备注"]


def book(folder: Path, rows, titles=None, name="客户.xlsx", more=None) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "客户"
    for row in [titles or TITLES, *rows]:
        sheet.append(row)
    for title, lines in (more or {}).items():
        other = made.create_sheet(title)
        for line in lines:
            other.append(line)
    made.save(folder / name)
    return folder / name


ROW = [
    "天成服装有限公司",
    "纺织服装",
    "50-200人",
    "郑和",
    13712345678.0,
    "zheng.he@tiancheng.com.cn",
    "2023年10月15日",
    "林晓",
    "老客户",
]
OTHER = ["云杉零售有限公司", "零售业", "50人以下", "陈玲", "13812340000", "", "2023/10/15", "林晓", ""]


@pytest.fixture
def pair(tmp_path):
    return book(tmp_path, [ROW, OTHER])


@pytest.mark.req("R-004-12")
@pytest.mark.req("R-000-42")
def test_a_workbook_becomes_customers_with_their_contacts(cast, files, tmp_path):
    run, result = bring(cast.wang, book(tmp_path, [ROW, OTHER]))

    made = Customer.objects.get(name="天成服装有限公司")
    assert result == {"created": 2, "updated": 0, "failed": 0, "skipped": 0}
    assert (made.industry_code, made.size_band, made.first_contact_date, made.owner, made.remark) == (
        "C18",
        "50_200",
        date(2023, 10, 15),
        cast.lin,
        "老客户",
    )
    contact = Contact.objects.get(customer=made)
    assert (contact.name, contact.mobile, contact.email, contact.is_primary) == (
        "郑和",
        "13712345678",
        "zheng.he@tiancheng.com.cn",
        True,
    )
    assert Entry.objects.filter(record="customers", record_id=made.pk, action="customers.create").count() == 1


def test_nothing_is_written_before_somebody_says_so(cast, files, tmp_path):
    run, counts = bring(cast.wang, book(tmp_path, [ROW, OTHER]), enter=False)

    assert counts["states"] == {"READY": 2}
    assert Customer.objects.count() == 2


@pytest.mark.req("R-000-13")
@pytest.mark.req("R-002-23")
@pytest.mark.req("R-002-36")
def test_a_bad_cell_is_said_where_it_stands_and_can_be_mended(cast, files, tmp_path):
    bad = [*ROW]
    bad[1] = "其它"
    run, counts = bring(cast.wang, book(tmp_path, [bad, OTHER]), enter=False)

    line = Line.objects.get(run=run, state="BAD")
    assert [(problem[0], problem[1]) for problem in line.problems if not problem[4]] == [
        ("industry_code", "E_INDUSTRY")
    ]
    assert counts["columns"] == {"industry_code": 1}

    checking.mend(run, cast.wang, line, 1, "服装")
    line.refresh_from_db()
    assert line.state in ("READY", "DOUBT")
    assert entering.enter(run, cast.wang)["created"] == 2


def test_a_sound_row_says_which_row_of_its_customer_it_waits_for(cast, files, tmp_path):
    titles = ["客户名称", "联系人", "手机"]
    rows = [["天成服装有限公司", "郑和", "123"], ["", "郑一", "13712345679"]]
    run, counts = bring(cast.wang, book(tmp_path, rows, titles), enter=False)
    first, second = run.lines.order_by("number")

    assert (counts["states"], counts["columns"]) == ({"BAD": 2}, {"contact.mobile": 1})
    assert [problem[1:3] for problem in second.problems] == [["E_FAMILY", "同一客户的第 2 行有问题，改好后一起导入"]]

    checking.mend(run, cast.wang, first, 2, "13712345678")
    second.refresh_from_db()
    assert (second.state, second.problems) == ("READY", [])


@pytest.mark.req("R-002-22")
@pytest.mark.req("R-002-24")
@pytest.mark.req("R-002-39")
@pytest.mark.req("R-004-15")
def test_separators_in_a_phone_are_mended_with_a_note_and_chinese_numerals_are_not(cast, files, tmp_path):
    row = [*ROW]
    row[4] = "138-0013-8000"
    run, _result = bring(cast.wang, book(tmp_path, [row]))
    assert Contact.objects.get(name="郑和").mobile == "13800138000"

    titles = ["客户名称", "合同金额"]
    run, counts = bring(
        cast.wang,
        book(
            tmp_path,
            [["甲乙有限公司", "一万"], ["丙丁有限公司", "人民币:10000元"], ["戊己有限公司", "1.5万"]],
            titles,
            "b.xlsx",
        ),
        enter=False,
    )
    assert [line.state for line in run.lines.order_by("number")] == ["BAD", "READY", "READY"]
    entering.enter(run, cast.wang)
    assert [
        str(c.contract_amount)
        for c in Customer.objects.filter(name__in=["丙丁有限公司", "戊己有限公司"]).order_by("pk")
    ] == ["10000.00", "15000.00"]


@pytest.mark.req("R-000-12")
def test_nothing_of_a_customer_is_entered_when_one_of_its_rows_fails(cast, files, tmp_path):
    second = [*ROW]
    second[3], second[4] = "王五", "123"
    run, result = bring(cast.wang, book(tmp_path, [ROW, second, OTHER]))

    assert result == {"created": 1, "updated": 0, "failed": 0, "skipped": 2}
    assert not Customer.objects.filter(name="天成服装有限公司").exists()
    assert not Contact.objects.filter(name__in=["郑和", "王五"]).exists()


def test_two_rows_of_one_customer_are_one_customer_with_two_contacts(cast, files, tmp_path):
    second = [*ROW]
    second[3], second[4], second[5] = "王五", "13912345678", ""
    bring(cast.wang, book(tmp_path, [ROW, second]))

    made = Customer.objects.get(name="天成服装有限公司")
    assert list(Contact.objects.filter(customer=made).order_by("pk").values_list("name", flat=True)) == ["郑和", "王五"]


@pytest.mark.req("R-004-10")
def test_an_import_without_a_declaration_is_refused(cast, files, tmp_path):
    run = staging.stage(cast.wang, book(tmp_path, [ROW]), "客户.xlsx")
    checking.check(run, cast.wang)
    with pytest.raises(Unfit) as error:
        entering.enter(run, cast.wang)
    assert [problem.code for problem in error.value.problems] == ["E_DECLARATION"]
    assert Customer.objects.count() == 2


@pytest.mark.attack("B-20")
def test_who_may_not_import_does_not(cast, files, tmp_path):
    for who in (cast.chen, cast.gao):
        with pytest.raises(Refused):
            staging.stage(who, book(tmp_path, [ROW]), "客户.xlsx")
    assert Run.objects.count() == 0


@pytest.mark.attack("B-20")
def test_an_import_does_not_change_what_is_out_of_reach(cast, files, tmp_path):
    path = book(tmp_path, [["C001", "改名有限公司", "改"]], ["客户编号", "客户名称", "备注"])
    run, counts = bring(cast.zhao, path, mode="update", enter=False)

    assert counts["states"] == {"BAD": 1}
    told = str(run.lines.get().problems)
    assert "星海" not in told and "林晓" not in told
    assert Customer.objects.get(pk=cast.acme.pk).name == "星海智能科技有限公司"


def test_an_update_goes_by_the_number_and_blanks_never_overwrite(cast, files, tmp_path):
    path = book(tmp_path, [["C001", "", "年底扩产", ""]], ["客户编号", "客户名称", "备注", "所属行业"])
    run, result = bring(cast.lin, path, mode="upsert")

    cast.acme.refresh_from_db()
    assert result == {"created": 0, "updated": 1, "failed": 0, "skipped": 0}
    assert (cast.acme.name, cast.acme.remark, cast.acme.industry_code) == ("星海智能科技有限公司", "年底扩产", "I65")


def test_an_import_is_taken_back_as_a_whole(cast, files, tmp_path):
    path = book(tmp_path, [["C001", "", "年底扩产"], ["", "天成服装有限公司", "新"]], ["客户编号", "客户名称", "备注"])
    run, result = bring(cast.lin, path)
    assert (result["created"], result["updated"]) == (1, 1)

    assert entering.revert(run, cast.lin) == {"gone": 1, "kept": 0, "restored": 1}
    cast.acme.refresh_from_db()
    assert cast.acme.remark == ""
    assert Customer.objects.get(name="天成服装有限公司").deleted_at is not None


def test_what_was_touched_after_the_import_stays(cast, files, tmp_path):
    from keji.customers.rules.revise import revise

    run, _result = bring(cast.lin, book(tmp_path, [["天成服装有限公司", "新"]], ["客户名称", "备注"]))
    revise(cast.lin, Customer.objects.get(name="天成服装有限公司"), {"remark": "改过"})

    assert entering.revert(run, cast.lin)["kept"] == 1
    assert Customer.objects.get(name="天成服装有限公司").deleted_at is None


@pytest.mark.req("R-000-54")
@pytest.mark.parametrize(("choice", "owner"), [("importer", "wang"), ("pool", None)])
def test_a_row_without_an_owner_goes_to_the_importer_or_the_pool(cast, files, tmp_path, choice, owner):
    titles = ["客户ID", "客户名称", "所属行业", "企业规模", "客户等级", "首次接触时间", "备注"]
    path = book(tmp_path, [["C101", "*科技有限公司", "互联网", "200-500人", "A", "2023-10-15", "重点客户"]], titles)
    run, result = bring(cast.wang, path, no_owner=choice)

    made = Customer.objects.get(customer_no="C101")
    assert result["created"] == 1
    assert (made.industry_code, made.size_label, made.grade, made.owner) == (
        "I64",
        "200-500人",
        "A",
        getattr(cast, owner) if owner else None,
    )


def test_an_unknown_owner_is_asked_for_once(cast, files, tmp_path):
    rows = [[f"{name}有限公司", "丙"] for name in ("天成服装", "云杉零售", "锦程物流")]
    run, counts = bring(cast.wang, book(tmp_path, rows, ["客户名称", "负责人"]), enter=False)
    assert (counts["strangers"], counts["states"]) == ({"丙": 3}, {"BAD": 3})

    checking.meet(run, cast.wang, {"丙": cast.zhao.pk})
    assert entering.enter(run, cast.wang)["created"] == 3
    assert Customer.objects.filter(owner=cast.zhao).count() == 4


def test_a_double_is_set_apart_and_can_be_taken_in(cast, files, tmp_path):
    rows = [["星海智能科技有限责任公司"], ["天成服装有限公司"]]
    run, counts = bring(cast.wang, book(tmp_path, [[r[0], "x"] for r in rows], ["客户名称", "备注"]), enter=False)
    assert counts["states"] == {"TWIN": 1, "READY": 1}

    checking.take_in(run, cast.wang, run.lines.get(state="TWIN"), True)
    assert entering.enter(run, cast.wang)["created"] == 2


@pytest.mark.req("R-003-22")
def test_the_seeds_example_comes_in_with_what_is_unknown_on_the_list_to_confirm(cast, files, tmp_path):
    titles = ["客户名称", "行业", "信息来源", "信息获取时间", "联系人姓名", "职务", "联系电话", "初步需求描述"]
    row = ["某某科技有限公司", "IT硬件", "展会获取", "2024年3月15日", "王女士", "采购总监", "", "智能办公设备批量采购"]
    run, result = bring(
        cast.lin,
        book(tmp_path, [row], titles),
        profile="P003",
        waive=["relation_type", "place", "contact.phone", "contact.email"],
    )

    made = Customer.objects.get(name="某某科技有限公司")
    assert (made.lead_source, made.acquired_at, made.open_points) == ("EXHIBITION", date(2024, 3, 15), 4)


def test_a_file_that_is_no_table_is_refused_in_words(cast, files, tmp_path):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(b"\x00\x01 not a table")
    with pytest.raises(Invalid) as error:
        staging.stage(cast.wang, path, path.name)
    assert error.value.code.startswith("E_FILE")
    assert Run.objects.count() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_comes_in_whatever_its_encoding(cast, files, tmp_path, encoding):
    path = tmp_path / "客户.csv"
    path.write_bytes("客户名称,手机,联系人\n天成服装有限公司,13712345678,郑和\n".encode(encoding))

    _run, result = bring(cast.lin, path)
    assert result["created"] == 1
    assert Contact.objects.get(name="郑和").mobile == "13712345678"


def test_titles_are_guessed_and_what_was_mapped_by_hand_is_remembered(cast, files, tmp_path):
    assert mapping.guess(cast.lin, ["客户全称*", "统一社会信用代码(必填)", "联系人职位", "随便"]) == [
        "name",
        "uscc",
        "contact.title",
        "",
    ]

    run = staging.stage(
        cast.lin, book(tmp_path, [["甲乙有限公司", "13712345678", "某"]], ["单位", "客户名称", "怪列"]), "x.xlsx"
    )
    staging.set_mapping(cast.lin, run, {"0": ["", "name", "contact.name"]}, {})
    mapping.remember(cast.lin, run)
    assert mapping.guess(cast.lin, ["怪列"]) == ["contact.name"]
    assert mapping.guess(cast.zhao, ["怪列"]) == [""]


@pytest.mark.req("R-004-50")
def test_the_columns_of_the_seeds_first_table_are_known(cast):
    titles = [
        "客户编号",
        "客户名称",
        "统一社会信用代码",
        "所属行业",
        "企业规模(员工数/营收)",
        "客户来源(展会/转介绍/线上)",
        "合作状态(潜在/合作中/暂停/终止)",
    ]

    assert mapping.guess(cast.lin, titles) == [
        "customer_no",
        "name",
        "uscc",
        "industry_code",
        "size_label",
        "lead_source",
        "cooperation_status",
    ]


@pytest.mark.req("R-004-09")
def test_a_third_party_file_without_authorisation_is_refused_as_a_whole(cast, files, tmp_path):
    path = book(tmp_path, [[f"第{n}家有限公司"] * 1 + ["x"] for n in range(3)], ["客户名称", "备注"])
    with pytest.raises(Unfit) as error:
        bring(cast.wang, path, lead_source="THIRD_PARTY_DATA")
    assert [p.code for p in error.value.problems] == ["E_AUTHORISATION"]
    _run, result = bring(
        cast.wang,
        path,
        lead_source="THIRD_PARTY_DATA",
        authorisation_ref="DA-2026-07",
        authorisation_until="2099-12-31",
    )
    assert result["created"] == 3


def test_the_bulk_rule_and_the_single_rule_agree_row_for_row(cast):
    from keji.customers.rules.many import Entrant, register_many
    from keji.customers.rules.register import register

    rows = [
        {"name": "天成服装有限公司", "employee_count": 120, "industry_code": "C18"},
        {"name": ""},
        {"name": "星海#科技"},
        {"name": "星海智能科技有限公司"},
        {"name": "另一个名字有限公司", "uscc": "91320594MA1ABCD2XK"},
        {"name": "某协会", "customer_type": "OTHER"},
        {"name": "张三", "customer_type": "PERSON", "id_number": "110105199003071238"},
        {"name": "國際貿易有限公司"},
    ]
    many = [Entrant(dict(row)) for row in rows]
    register_many(cast.lin, many, "P000")
    bulk = [sorted((p.field, p.code) for p in one.problems) for one in many]
    Customer.objects.filter(name="天成服装有限公司").update(name_key="-", name_stripped="-")

    single = []
    for row in rows:
        try:
            register(cast.lin, row)
            single.append([])
        except Unfit as error:
            single.append(sorted((p.field, p.code) for p in error.problems))
    assert bulk[1:] == single[1:]
    assert bulk[0] == []
