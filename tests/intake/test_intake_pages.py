"""An import as people do it: through the pages."""

import re
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from markupsafe import escape

from keji.access.models import Role
from keji.customers.models import Contact, Customer
from keji.customers.rules.register import register
from keji.demo.invented import Invented
from keji.intake.models import Run
from keji.intake.rules import mapping
from keji.intake.rules.template import template_file
from keji.kernel import tables
from keji.kernel.clock import today
from keji.kernel.rewording import reworded
from keji.queue.worker import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


def file(tmp_path, rows, password=""):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    path = tmp_path / "客户.xlsx"
    made.save(path)
    if password:
        tables.encrypt_xlsx(path, password)
    return SimpleUploadedFile("客户.xlsx", path.read_bytes())


def test_a_locked_file_asks_for_its_password_again_and_keeps_none(browse, tmp_path, files):
    client = browse("lin")
    sent = file(tmp_path, [["客户名称", "备注"], ["天成服装有限公司", "新"]], "geheim-7301")
    assert client.post("/imports/new/", {"file": sent, "password": "geheim-7301"}).status_code == 302
    first = Run.objects.get()

    asked = client.post(f"/imports/{first.pk}/again/")
    wrong = client.post(f"/imports/{first.pk}/again/", {"password": "falsch"})
    right = client.post(f"/imports/{first.pk}/again/", {"password": "geheim-7301"})

    assert (asked.status_code, wrong.status_code) == (422, 422)
    assert "文件设有打开密码" in asked.content.decode() and "打开密码不对" in wrong.content.decode()
    second = Run.objects.exclude(pk=first.pk).get()
    assert right["Location"] == f"/imports/{second.pk}/columns/"
    assert (second.digest, second.lines.count()) == (first.digest, 1)
    kept = [str(value) for run in Run.objects.values() for value in run.values()]
    assert not any("geheim" in one for one in kept)
    assert all(b"geheim" not in one.read_bytes() for one in files.rglob("*") if one.is_file())


def test_a_file_that_was_cleared_away_is_said_so(browse, tmp_path, files):
    client = browse("lin")
    client.post("/imports/new/", {"file": file(tmp_path, [["客户名称", "备注"], ["天成服装有限公司", "新"]])})
    run = Run.objects.get()
    (files / "imports" / run.file).unlink()

    answer = client.post(f"/imports/{run.pk}/again/", follow=True)

    assert answer.status_code == 200
    assert "原文件已清理" in answer.content.decode()
    assert Run.objects.count() == 1


def census():
    """Twenty rows: one with a wrong credit code, one of an unknown industry, one that is here already."""
    invented = Invented(7)
    rows = [
        [f"{sign}川测绘有限公司", invented.uscc("320500"), "互联网", "李梅"]
        for sign in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午"
    ]
    rows.insert(4, ["酉泽测绘有限公司", "91320594MA1ABCD2XX", "互联网", "李梅"])
    rows.insert(11, ["戌峰测绘有限公司", invented.uscc("320500"), "其它", "李梅"])
    rows.insert(17, ["星海智能科技有限公司", "91320594MA1ABCD2XK", "互联网", "李梅"])
    return [["客户名称", "统一社会信用代码", "所属行业", "联系人"], *rows]


@pytest.mark.req("R-004-09")
@pytest.mark.req("R-000-39")
def test_a_census_of_twenty_rows_is_refused_without_and_read_with_an_authorisation(browse, tmp_path, cast):
    client, before = browse("lin"), Customer.objects.count()
    client.post("/imports/new/", {"file": file(tmp_path, census())})
    run = Run.objects.get()
    mapping = {f"map-0-{place}": target for place, target in enumerate(run.mapping["0"])}
    told = mapping | {"lead_source": "THIRD_PARTY_DATA", "declared": "1"}

    client.post(f"/imports/{run.pk}/columns/", told)
    run.refresh_from_db()
    assert (run.state, run.problem) == ("FAILED", "第三方数据须填写授权编号，否则整个文件都不能导入")
    assert set(run.lines.values_list("state", flat=True)) == {"NEW"}

    ref = f"DA-2026-07 有效期至{max(today(), date(2026, 12, 31)).isoformat()}"
    client.post(f"/imports/{run.pk}/columns/", told | {"authorisation_ref": ref})
    run.refresh_from_db()
    assert run.counts["states"] == {"READY": 17, "BAD": 2, "TWIN": 1}

    client.post(f"/imports/{run.pk}/enter/", {"declared": "1"})
    work(once=True)
    run.refresh_from_db()
    assert run.counts["result"] == {"created": 17, "updated": 0, "failed": 0, "skipped": 3}
    made = Customer.objects.filter(authorisation_ref="DA-2026-07", lead_source="THIRD_PARTY_DATA")
    assert (made.count(), Customer.objects.count() - before) == (17, 17)

    answer = b"".join(client.get(f"/imports/{run.pk}/errors/").streaming_content)
    rows = list(openpyxl.load_workbook(BytesIO(answer)).active.iter_rows(values_only=True))
    assert [row[4:6] for row in rows] == [
        ("原行号", "错误列"),
        ("6", "统一社会信用代码"),
        ("13", "所属行业"),
        ("19", "统一社会信用代码"),
    ]
    assert "校验位不对" in rows[1][6] and "林晓" in rows[3][6]


def test_a_date_or_a_source_that_is_none_is_said_at_the_columns(browse, tmp_path):
    client = browse("lin")
    client.post("/imports/new/", {"file": file(tmp_path, census())})
    run = Run.objects.get()
    told = {f"map-0-{place}": target for place, target in enumerate(run.mapping["0"])}

    for wrong in ({"authorisation_until": "改天"}, {"lead_source": "x"}, {"authorisation_ref": "A 有效期至某天"}):
        answer = client.post(f"/imports/{run.pk}/columns/", told | wrong)
        assert answer.status_code == 422, wrong
    run.refresh_from_db()
    assert (run.options, run.state) == ({}, "UPLOADED")


@pytest.mark.req("R-004-19")
def test_what_the_profile_requires_is_missed_row_by_row_and_entered_by_nobody(browse, tmp_path, cast):
    client = browse("lin")
    rows = [
        ["客户名称", "客户类型", "所属行业", "员工人数", "联系人", "手机"],
        ["天成服装有限公司", "企业客户", "服装", "20", "郑和", "13712345678"],
        ["云杉零售有限公司", "企业客户", "", "20", "陈玲", "13712345679"],
        ["百川食品有限公司", "企业客户", "食品", "", "王五", ""],
        ["", "企业客户", "食品", "30", "", ""],
    ]
    client.post("/imports/new/", {"file": file(tmp_path, rows)})
    run = Run.objects.get()
    told = {f"map-0-{place}": target for place, target in enumerate(run.mapping["0"])}
    client.post(f"/imports/{run.pk}/columns/", told | {"profile": "P001", "declared": "1"})

    wrong = {
        line.number: sorted(problem[0] for problem in line.problems if problem[1] == "E_REQUIRED")
        for line in run.lines.order_by("number")
    }
    assert wrong == {2: [], 3: ["industry_code"], 4: ["contact.phone", "size"], 5: ["name"]}

    client.post(f"/imports/{run.pk}/enter/", {"declared": "1"})
    work(once=True)
    assert set(Customer.objects.filter(created_by=cast.lin).values_list("name", flat=True)) == {
        "星海智能科技有限公司",
        "天成服装有限公司",
    }


@pytest.mark.req("R-004-52")
def test_the_template_offers_what_the_seeds_tables_hold_and_is_read_as_it_is_titled(cast, files, tmp_path):
    template_file(tmp_path / "模板.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "模板.xlsx").worksheets
    pages, filled = sheets[:2], {"录入人", "录入时间", "审核状态"}  # the last three are for the system to fill in
    locked = {cell.value for cell in pages[0][1] if cell.protection.locked}

    asked = [
        "首次合作日期",
        "合同金额(币种)",
        "合作产品/服务",
        "客户等级",
        "负责销售",
        "联系人",
        "联系电话",
        "邮箱",
        "地址",
        "备注",
    ]
    offered = [
        target
        for page in pages
        for target in mapping.guess(cast.lin, [one.value for one in page[1] if one.value not in filled], page.title)
    ]
    wanted = mapping.guess(cast.lin, asked)
    assert locked == {"客户编号"} | filled
    assert "标签" in {cell.value for sheet in sheets for cell in sheet[1]}
    assert "" not in offered and "" not in wanted
    assert {target.replace("contact.remark", "remark") for target in wanted} <= set(offered)


@pytest.mark.attack("B-20")
def test_a_hidden_column_is_refused_and_a_mask_that_comes_back_changes_nothing(browse, tmp_path, cast):
    known = register(cast.lin, {"name": "张伟", "customer_type": "PERSON", "mobile": "13900001111", "remark": "旧"})
    role = Role.objects.get(code="SALES_REP")
    role.fields = {**role.fields, "customers.remark": "hide", "customers.mobile": "mask"}
    role.save()
    client = browse("lin")
    rows = [["客户编号", "客户名称", "手机号码", "备注", "偏好"], [known.customer_no, "", "139****1111", "新", ""]]
    client.post("/imports/new/", {"file": file(tmp_path, rows)})
    run = Run.objects.get()
    run.mapping = {"0": ["customer_no", "name", "mobile", "remark", "preferences"]}
    told = {f"map-0-{place}": target for place, target in enumerate(run.mapping["0"])}
    client.post(f"/imports/{run.pk}/columns/", told | {"declared": "1"})

    assert [(p[0], p[1]) for p in run.lines.get().problems] == [("remark", "E_FIELD")]
    client.post(f"/imports/{run.pk}/columns/", told | {"declared": "1", "map-0-3": "", "map-0-4": ""})
    client.post(f"/imports/{run.pk}/enter/", {"declared": "1"})
    work(once=True)
    known.refresh_from_db()
    assert (known.name, known.mobile, known.remark, known.version) == ("张伟", "13900001111", "旧", 1)


def test_one_bad_row_holds_back_the_whole_family(browse, tmp_path, cast):
    client = browse("lin")
    rows = [
        ["客户名称", "联系人", "手机", "邮箱"],
        ["天成服装有限公司", "郑和", "13712345678", ""],
        ["云杉零售有限公司", "陈玲", "13712345679", ""],
        ["天成服装有限公司", "王五", "13712345670", "kein-postfach"],
        ["", "赵六", "13712345671", ""],
    ]
    client.post("/imports/new/", {"file": file(tmp_path, rows)})
    run = Run.objects.get()
    told = {f"map-0-{place}": target for place, target in enumerate(run.mapping["0"])}
    client.post(f"/imports/{run.pk}/columns/", told | {"declared": "1"})
    client.post(f"/imports/{run.pk}/enter/", {"declared": "1"})
    work(once=True)

    assert not Customer.objects.filter(name="天成服装有限公司").exists()
    assert not Contact.objects.filter(name__in=["郑和", "王五", "赵六"]).exists()
    assert Customer.objects.filter(name="云杉零售有限公司").count() == 1
    assert list(run.lines.order_by("number").values_list("state", flat=True)) == [
        "SKIPPED",
        "DONE",
        "SKIPPED",
        "SKIPPED",
    ]


@pytest.mark.parametrize(("rows", "size", "state"), [(400, 5, "CHECKED"), (401, 5, "CHECKING"), (40, 20_000, "CHECKING")])
def test_a_file_of_many_rows_or_of_much_text_is_checked_in_the_background(browse, tmp_path, cast, rows, size, state):
    client = browse("shen")
    words = [chr(0x4E00 + n * 7919 % 20_000) for n in range(size)]
    lines = [[f"甲{n}有限公司", "".join(words[n % 7 :] + words[: n % 7])] for n in range(rows)]
    client.post("/imports/new/", {"file": file(tmp_path, [["客户名称", "备注"], *lines])})
    run = Run.objects.get()
    client.post(f"/imports/{run.pk}/columns/", {"map-0-0": "name", "map-0-1": "remark", "declared": "1"})
    run.refresh_from_db()
    assert run.state == state

    work(once=True)
    run.refresh_from_db()
    assert (run.state, sum(run.counts["states"].values())) == ("CHECKED", rows)


def test_findings_are_read_in_the_language_of_the_reader(browse, tmp_path, cast):
    client = browse("shen")
    client.post("/imports/new/", {"file": file(tmp_path, [["客户名称", "手机", "客户等级"], ["甲有限公司", "12", "Z"]])})
    run = Run.objects.get()
    client.post(f"/imports/{run.pk}/columns/", {"map-0-0": "name", "map-0-1": "contact.mobile", "map-0-2": "grade", "declared": "1"})
    found = [problem[2] for problem in run.lines.get().problems]
    assert found and all("\u4e00" <= one[0] <= "\u9fff" for one in found)

    chinese = client.get(f"/imports/{run.pk}/check/?show=all").content.decode()
    english = client.get(f"/imports/{run.pk}/check/?show=all", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    with override("en"):
        told = [reworded(one) for one in found]
    assert set(told).isdisjoint(found)
    assert [escape(one) in chinese for one in found] == [escape(one) in english for one in told] == [True] * len(found)
    assert not any(escape(one) in english for one in found)


@pytest.mark.parametrize("asked", ["mend", "take_in", "meet", "columns"])
def test_a_finished_import_cannot_be_changed_from_a_page_left_open(browse, tmp_path, cast, asked):
    client = browse("lin")
    rows = [["客户名称", "备注"], ["天成服装有限公司", "新"], ["", "没有名称"]]
    client.post("/imports/new/", {"file": file(tmp_path, rows)})
    run = Run.objects.get()
    told = {"map-0-0": "name", "map-0-1": "remark", "mode": "upsert", "key": "customer_no", "no_owner": "importer"}
    client.post(f"/imports/{run.pk}/columns/", told)
    client.post(f"/imports/{run.pk}/enter/", {"declared": "1"})
    work(once=True)
    run.refresh_from_db()
    assert (run.state, run.counts["result"]["created"]) == ("DONE", 1)
    bad = run.lines.get(state="SKIPPED")
    before = [*run.lines.order_by("pk").values("cells", "state", "act", "customer_id", "chosen")]

    address = f"/imports/{run.pk}/" + {
        "mend": f"lines/{bad.pk}/mend/",
        "take_in": f"lines/{bad.pk}/take/",
        "meet": "people/",
        "columns": "columns/",
    }[asked]
    sent = {"column": "0", "value": "地成服装有限公司", "chosen": "1", **told}
    answer = client.post(address, sent)

    assert (answer.status_code, answer["Location"]) == (302, f"/imports/{run.pk}/result/")
    run.refresh_from_db()
    assert run.state == "DONE"
    assert [*run.lines.order_by("pk").values("cells", "state", "act", "customer_id", "chosen")] == before
    client.post(f"/imports/{run.pk}/revert/")
    assert Customer.objects.get(name="天成服装有限公司").deleted_at is not None


def test_a_mended_cell_brings_the_counts_and_the_way_on_up_to_date(browse, tmp_path, cast):
    client = browse("lin")
    client.post("/imports/new/", {"file": file(tmp_path, [["客户名称", "邮箱"], ["天成服装有限公司", "坏"]])})
    run = Run.objects.get()
    client.post(f"/imports/{run.pk}/columns/", {"map-0-0": "name", "map-0-1": "email", "no_owner": "importer"})
    before = client.get(f"/imports/{run.pk}/check/").text
    assert re.search(r'id="go" disabled>', before)

    told = client.post(f"/imports/{run.pk}/lines/{run.lines.get().pk}/mend/?show=bad", {"column": "1", "value": ""}).text

    assert told.index("<tr ") < told.index('<div id="tally" hx-swap-oob="true">') < told.index("导入没问题的 1 行")
    assert re.search(r'id="go" hx-swap-oob="true">', told)
    assert re.search(r'<span class="label">有问题</span><b>0</b>', told)


def test_a_double_is_taken_in_without_scripts_too(browse, tmp_path, cast):
    client = browse("lin")
    client.post("/imports/new/", {"file": file(tmp_path, [["客户名称"], ["天成服装有限公司"], ["天成服装有限责任公司"]])})
    run = Run.objects.get()
    client.post(f"/imports/{run.pk}/columns/", {"map-0-0": "name", "no_owner": "importer"})
    double = run.lines.get(state="TWIN")

    answer = client.post(f"/imports/{run.pk}/lines/{double.pk}/take/?show=TWIN", {"chosen": "1"})

    double.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/imports/{run.pk}/check/?show=TWIN")
    assert double.chosen and client.get(answer["Location"]).status_code == 200
