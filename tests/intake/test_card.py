"""The printed form of one customer: four modules with boxes, what the person reads and no more."""

import io
import re
import zlib
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from keji.access.models import Entry
from keji.customers.rules.anniversaries import remember
from keji.customers.rules.contacts import add_contact
from keji.customers.rules.needs import add_need
from keji.customers.rules.revise import revise
from keji.deals.rules.open import open_deal
from keji.followups.rules.log import log
from keji.intake.rules import card

MODULES = ["基本信息模块", "联系与沟通记录模块", "需求与价值评估模块", "跟进状态与历史记录模块"]
HOSTILE = '#sys.inputs $x$ *粗* <b> "引" \\ `代码` @ref'


@pytest.fixture
def told(cast):
    revise(cast.lin, cast.acme, {"employee_count": 320, "satisfaction": 4, "first_cooperation_date": date(2023, 10, 1), "lifecycle_stage": "INTENT", "cooperation_status": "COOPERATING", "preferences": HOSTILE})
    add_contact(cast.lin, {"name": "张工", "title": "技术部经理", "landline": "010-62345678", "decision_role": "USER"}, cast.acme)
    log(cast.lin, {"method": "VISIT", "summary": "预算 30 万元，下周要两套方案"}, cast.acme)
    wish = {"description": "降低采购成本", "priority": "HIGH", "match_degree": "FULL", "budget_text": "20-30万", "expected_term": "1年", "intent_level": "HIGH"}
    add_need(cast.lin, wish, cast.acme)
    open_deal(cast.lin, {"name": "智能办公设备批量采购", "expected_amount": Decimal(300000)}, cast.acme)
    return cast.acme


def again(customer):
    return type(customer).objects.get(pk=customer.pk)


def written(person, customer):
    made = io.BytesIO()
    card.write_xlsx(made, card.fill(person, customer))
    page = openpyxl.load_workbook(made).active
    return [[str(cell.value) for cell in row if cell.value not in (None, "")] for row in page.iter_rows()]


@pytest.mark.req("R-001-35")
@pytest.mark.req("R-001-36")
@pytest.mark.req("R-001-37")
@pytest.mark.req("R-001-38")
@pytest.mark.req("R-001-39")
def test_the_form_has_the_modules_and_boxes_of_the_seed(cast, told):
    rows = [row for row in written(cast.lin, told) if row]

    assert [row[0] for row in rows if row[0] in MODULES] == MODULES
    lines = {row[0]: row[1:] for row in rows}
    assert lines["客户类型"] == ["☑企业客户  □个人客户  □机构  □其他"]
    assert lines["企业规模（若为企业）"] == ["□50人以下  □50-200人  ☑200-500人  □500人以上"]
    assert lines["关键联系人1"] == ["姓名：李梅    职位：采购总监    手机：13812345678    座机：_________"]
    assert lines["关键联系人2（可选）"] == ["姓名：张工    职位：技术部经理    手机：_________    座机：010-62345678"]
    assert [row[1] for row in rows if row[0] == "是否决策人"] == ["☑是  □否", "□是  ☑否"]
    assert lines["日期"] == ["沟通方式", "沟通内容摘要", "参与人", "下一步行动", "负责人", "截止时间"]
    assert lines["核心需求"] == ["优先级", "匹配度", "预算", "合作期望", "合作可能性", "预计成交金额", "长期价值"]
    assert ["降低采购成本", "高", "完全匹配", "20-30万", "1年", "高(1个月内可签约)"] in rows
    assert ["智能办公设备批量采购", "300,000.00"] in rows
    assert ["拜访", "预算 30 万元，下周要两套方案", "林晓"] in [row[1:] for row in rows]
    assert lines["当前跟进阶段"] == ["☑潜在客户  □需求分析  □方案制定  □商务谈判  □合同签订  □售后维护"]
    assert lines["满意度评分"] == ["□1  □2  □3  ☑4  □5"]
    assert lines["特殊备注"] == [HOSTILE]


@pytest.mark.req("R-001-35")
def test_without_a_contact_address_the_registered_one_stands_there(cast):
    revise(cast.lin, cast.acme, {"registered_region": "320505", "registered_address": "星湖街 328 号"})
    [row] = [row for row in written(cast.lin, cast.acme) if row and row[0] == "地址"]
    assert row[1].endswith("星湖街 328 号") and "苏州" in row[1]

    revise(cast.lin, again(cast.acme), {"contact_address": "金鸡湖路 1 号", "customer_type": "OTHER", "type_text": "外资代表处"})
    assert ["客户类型", "□企业客户  □个人客户  □机构  ☑其他：外资代表处"] in written(cast.lin, again(cast.acme))
    assert ["地址", "金鸡湖路 1 号"] in written(cast.lin, again(cast.acme))


@pytest.mark.req("R-001-39")
def test_the_remarks_name_risks_and_days_worth_remembering(cast):
    revise(cast.lin, cast.acme, {"risks": "竞争对手正在接触", "do_not_call": True})
    remember(cast.lin, again(cast.acme), "合同到期日", date(2027, 3, 31), yearly=False)

    assert ["特殊备注", "避免电话打扰；竞争对手正在接触；合同到期日 2027-03-31"] in written(cast.lin, again(cast.acme))


@pytest.mark.req("R-001-35")
def test_the_form_is_printed_as_pdf_and_noted(cast, told, client):
    client.force_login(cast.lin)
    page = client.get(f"/customers/{told.pk}/card/")
    assert (page.status_code, "打印信息表" in page.content.decode()) == (200, True)
    assert f'href="/customers/{told.pk}/card/"' in client.get(f"/customers/{told.pk}/").content.decode()

    answer = client.post(f"/customers/{told.pk}/card/", {"format": "pdf"})

    assert (answer.status_code, answer.content[:5], answer["Content-Type"]) == (200, b"%PDF-", "application/pdf")
    assert b"NotoSansSC" in answer.content.replace(b" ", b"") or b"NotoSansCJK" in answer.content
    assert len(re.findall(rb"/Type ?/Page\b", unpacked(answer.content))) >= 1
    entry = Entry.objects.get(action="customers.export")
    assert (entry.who, entry.record_id, entry.why) == (cast.lin, told.pk, "打印信息表")


def unpacked(pdf):
    """The file with its streams inflated."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"".join(found)


def test_who_reads_masked_values_prints_masked_values(cast, told):
    plain, masked = str(written(cast.lin, told)), str(written(cast.chen, told))

    assert "13812345678" in plain and "预算 30 万元" in plain
    assert "13812345678" not in masked and "010-62345678" not in masked and "138****5678" in masked
    assert "20-30万" in plain and "20-30万" not in masked
    assert "智能办公设备批量采购" in plain and "智能办公设备批量采购" not in masked


def test_a_stranger_prints_nothing(cast, told, client):
    client.force_login(cast.zhao)
    assert client.get(f"/customers/{told.pk}/card/").status_code == 404
    assert client.post(f"/customers/{told.pk}/card/", {"format": "pdf"}).status_code == 404
    assert Entry.objects.filter(action="customers.export").count() == 0
