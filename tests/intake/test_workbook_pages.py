"""The whole workbook from the page of a list: who may take what, and how it comes back."""

import io

import openpyxl
import pytest
from django.urls import reverse

from keji.access.models import Entry, Role
from keji.access.rules.people import hold
from keji.customers.rules.tagging import tag
from keji.deals.rules.open import open_deal
from keji.followups.models import Followup
from keji.followups.rules.log import log
from keji.intake.models import Run
from keji.queue.models import Job
from keji.queue.worker import work
from keji.records.models import Export
from keji.records.rules import exports

SHEETS = ["客户基本信息表", "联系人信息表", "跟进记录表", "需求与标签表", "成交与状态表"]


@pytest.fixture(autouse=True)
def _no_jobs(db):
    Job.objects.all().delete()


@pytest.fixture
def told(cast, files):
    log(cast.lin, {"method": "VISIT", "summary": "预算 30 万元", "customer_feedback": "要比三家"}, cast.acme)
    log(cast.zhao, {"method": "PHONE", "summary": "下周再联系"}, cast.other)
    open_deal(cast.lin, {"name": "设备采购"}, cast.acme)
    tag(cast.lin, cast.acme, "预算明确")
    return cast


def taken(client, query=""):
    answer = client.post("/exports/workbook/", {"query": query, "why": "核对"})
    assert answer.status_code == 302, answer.content.decode()
    made = Export.objects.latest("pk")
    return fetched(client, made)


def fetched(client, made):
    answer = client.get(f"/exports/{made.pk}/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert "%E5%AE%8C%E6%95%B4%E5%B7%A5%E4%BD%9C%E7%B0%BF" in answer["Content-Disposition"]  # 完整工作簿
    return {
        page.title: [[cell.value for cell in row] for row in page.iter_rows()]
        for page in book.worksheets
        if page.sheet_state == "visible"
    }


def columns(sheet):
    return dict(zip(sheet[0], zip(*sheet[1:], strict=True), strict=True))


@pytest.mark.req("R-000-10")
def test_the_steward_takes_five_sheets_with_masks_and_it_is_noted(told, client):
    client.force_login(told.shen)
    assert "/exports/workbook/" in client.get("/customers/export/").content.decode()

    sheets = taken(client)

    assert list(sheets) == SHEETS
    assert columns(sheets["联系人信息表"])["手机"] == ("138****5678", "139****4321")
    assert columns(sheets["跟进记录表"])["沟通内容摘要"] == ("预算 30 万元", "下周再联系")
    assert columns(sheets["需求与标签表"])["标签"] == ("预算明确",)
    assert columns(sheets["成交与状态表"])["商机名称"] == ("设备采购",)
    assert Entry.objects.filter(action="customers.export", who=told.shen).count() == 2


def test_the_workbook_holds_what_the_list_was_narrowed_to(told, client):
    client.force_login(told.shen)
    sheets = taken(client, "q=蓝田")

    assert columns(sheets["客户基本信息表"])["客户名称"] == ("蓝田制造集团有限公司",)
    assert columns(sheets["跟进记录表"])["沟通内容摘要"] == ("下周再联系",)
    assert len(sheets["成交与状态表"]) == len(sheets["需求与标签表"]) == 1


@pytest.mark.attack("B-17")
def test_a_sheet_that_may_not_leave_is_not_there_and_what_reaches_people_neither(told, client):
    role = Role.objects.get(code="SALES_MANAGER")
    role.reach["followups"].pop("export")
    role.reach["deals"]["export"] = "own"
    role.save()
    client.force_login(told.wang)

    sheets = taken(client)

    assert list(sheets) == [title for title in SHEETS if title != "跟进记录表"]
    assert {"手机", "座机", "电子邮箱", "微信号", "QQ"}.isdisjoint(sheets["联系人信息表"][0])
    assert len(sheets["成交与状态表"]) == 1


@pytest.mark.attack("B-12")
def test_a_workbook_in_the_background_asks_again_what_its_maker_may(told, client, files, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    client.force_login(told.shen)
    client.post("/exports/workbook/", {"query": "", "why": "核对"})
    made = Export.objects.latest("pk")
    hold(None, told.shen, ["CS_AGENT"])
    work(once=True)
    made.refresh_from_db()
    assert (made.state, list(files.rglob("*.xlsx"))) == ("DENIED", [])

    hold(None, told.shen, ["DATA_STEWARD"])
    client.force_login(told.shen)
    client.post("/exports/workbook/", {"query": "", "why": "核对"})
    work(once=True)
    assert list(fetched(client, Export.objects.latest("pk"))) == SHEETS


@pytest.mark.attack("B-21")
def test_without_a_reason_or_with_too_many_rows_on_a_sheet_nothing_leaves(told, client, monkeypatch):
    client.force_login(told.wang)
    assert client.post("/exports/workbook/", {"query": "", "why": " "}).status_code == 422
    for number in range(3):
        log(told.wang, {"method": "PHONE", "summary": f"第 {number} 次"}, told.acme)
    monkeypatch.setattr(exports, "FEW", 2)

    answer = client.post("/exports/workbook/", {"query": "", "why": "核对"})

    assert (answer.status_code, "一次最多导出 2 行" in answer.content.decode()) == (422, True)
    assert Export.objects.count() == 0
    client.force_login(told.lin)
    assert client.post("/exports/workbook/", {"query": "", "why": "核对"}).status_code == 403


@pytest.mark.req("R-000-39")
def test_a_workbook_comes_in_through_the_pages_and_says_what_is_wrong_on_which_sheet(told, client, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "客户基本信息表"
    for row in (["客户名称", "负责人"], ["天成服装有限公司", "林晓"], ["云杉零售有限公司", "林晓"]):
        book.active.append(row)
    page = book.create_sheet("跟进记录表")
    for row in (
        ["客户名称", "跟进时间", "跟进方式", "跟进人", "沟通内容摘要"],
        ["天成服装有限公司", "2024-05-06", "电话", "老周", "说过了"],
        ["云杉零售有限公司", "2024-05-06", "飞鸽", "林晓", "说过了"],
    ):
        page.append(row)
    book.save(tmp_path / "book.xlsx")
    client.force_login(told.wang)
    with (tmp_path / "book.xlsx").open("rb") as file:
        client.post(reverse("intake:upload"), {"file": file})
    run = Run.objects.get()
    shown = client.get(reverse("intake:columns", args=[run.pk])).content.decode()
    assert "跟进记录表" in shown and '<option value="followup.summary" selected>' in shown

    sent = {
        f"map-{place}-{number}": target
        for place, told_targets in run.mapping.items()
        for number, target in enumerate(told_targets)
    }
    client.post(reverse("intake:columns", args=[run.pk]), sent | {"declared": "1"})
    shown = client.get(reverse("intake:check", args=[run.pk])).content.decode()
    assert "这些人不在系统里" in shown and "老周" in shown and "没有“飞鸽”这一项" in shown

    client.post(reverse("intake:meet", args=[run.pk]), {"who-0": "former"})
    bad = run.lines.get(sheet=1, number=3)
    client.post(reverse("intake:mend", args=[run.pk, bad.pk]), {"column": "2", "value": "拜访"})
    run.refresh_from_db()
    assert (run.counts["states"], run.counts["strangers"]) == ({"READY": 4}, {})

    client.post(reverse("intake:enter", args=[run.pk]), {"declared": "1"})
    work(once=True)
    assert sorted(Followup.objects.filter(imported=True).values_list("customer__name", "author_name", "method")) == [
        ("云杉零售有限公司", "", "VISIT"),
        ("天成服装有限公司", "老周", "PHONE"),
    ]
