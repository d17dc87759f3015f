"""Stories S-01 up to its review and S-03: collected at a fair, on paper, in a census of an industry."""

from datetime import date

import openpyxl
import pytest
from bringing import bring
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from moments import local

from keji.access.rules.people import add_person
from keji.clocks.models import Clock
from keji.customers.models import Customer, Tagging
from keji.customers.rules import review
from keji.customers.rules.needs import add_need
from keji.customers.rules.register import register
from keji.demo.invented import Invented
from keji.intake.models import PaperForm
from keji.intake.rules import entering, paper, results
from keji.kernel import tables
from keji.kernel.errors import Refused, Unfit
from keji.records.models import Attachment
from keji.records.rules import set_up
from tests.kernel.test_filetypes import picture

pytestmark = pytest.mark.django_db
FAIR = {
    "name": "远帆智能科技有限公司",
    "uscc": "91110108MA00000663",
    "industry_code": "I65",
    "employee_count": 320,
    "lead_source": "EXHIBITION",
    "source_detail": "展位 B12",
    "first_contact_date": date(2026, 3, 18),
    "contact_region": "320506",
    "contact_address": "星湖街328号",
    "is_strategic": True,
}
WHO = {"name": "李梅", "title": "采购总监", "mobile": "13812340000", "email": "li.mei@xinghai-tech.com.cn"}


def wrong(action):
    with pytest.raises(Unfit) as error:
        action()
    return [(one.field, one.code, one.suggestion) for one in error.value.problems]


@pytest.mark.req("R-002-01")
@pytest.mark.req("R-002-20")
@pytest.mark.req("R-004-01")
def test_a_lead_of_a_fair_is_entered_in_time_once_and_carries_its_tags(cast, time):
    time("2026-03-19 09:30")
    made = register(cast.lin, FAIR, WHO)
    add_need(cast.lin, {"description": "智能办公设备批量采购", "need_type": "PURCHASE"}, made)

    entry = Clock.objects.get(limit__code="SLA-02", record_id=made.pk)
    assert entry.stopped_at == local("2026-03-19 09:30") <= entry.due_at
    assert (made.customer_no, made.size_band) == ("C003", "200_500")
    twin = {"name": "远帆智能科技有限责任公司"}
    assert wrong(lambda: register(cast.zhao, twin)) == [("name", "W_DUP_NAME", "")]
    with pytest.raises(Unfit) as error:
        register(cast.zhao, twin | {"uscc": FAIR["uscc"]})
    assert ("E_DUP_USCC", "该统一社会信用代码的客户已存在，负责人：林晓") in [(p.code, p.message) for p in error.value.problems]
    names = set(Tagging.objects.filter(customer=made).values_list("tag__name", flat=True))
    assert {"软件和信息技术服务业", "重点意向客户"} <= names


@pytest.mark.req("R-004-21")
@pytest.mark.req("R-004-27")
@pytest.mark.parametrize(("decided", "late"), [("2026-03-23 15:00", False), ("2026-03-24 09:30", True)])
def test_the_lead_of_the_fair_is_important_and_reviewed_twice(cast, time, decided, late):
    set_up(None, review=True)
    time("2026-03-19 09:30")
    made = register(cast.lin, FAIR, WHO)
    assert Clock.objects.get(limit__code="SLA-07", record_id=made.pk).due_at == local("2026-03-23 18:00")
    time("2026-03-19 10:00")
    review.submit(cast.lin, made)

    time("2026-03-20 10:00")
    assert [one[:2] for one in wrong(lambda: review.decide(cast.wang, found(made), True, checked=True))] == [("files", "E_REQUIRED")]
    Attachment.objects.create(
        record="customers", record_id=made.pk, customer_id=made.pk, name="营业执照.jpg", kind="jpeg", mime="image/jpeg", size=9, digest="0" * 64
    )
    review.decide(cast.wang, found(made), True, checked=True)
    with pytest.raises(Refused):
        review.decide(cast.wang, found(made), True, checked=True)
    time(decided)
    review.decide(cast.shen, found(made), True, checked=True)
    assert (found(made).review_state, made.reviews.get(level="FINAL").late) == ("APPROVED", late)


def found(customer):
    return Customer.objects.get(pk=customer.pk)


@pytest.fixture
def xu(cast):
    made, _once = add_person(None, "xu", "徐岚", ["MARKETING"], cast.east)
    made.must_change = False
    made.save()
    return made


@pytest.mark.req("R-002-15")
@pytest.mark.req("R-002-17")
def test_a_paper_form_is_entered_on_the_next_working_day_with_what_is_to_be_asked_again(xu, time):
    set_up(None, review=True)
    time("2026-09-20 10:00")
    paper = {"name": "國際貿易有限公司", "first_contact_date": date(2026, 9, 19), "lead_source": "EXHIBITION"}
    assert wrong(lambda: register(xu, paper)) == [("name", "W_TRADITIONAL", "国际贸易有限公司")]
    made = register(xu, paper | {"name": "国际贸易有限公司"}, states={"annual_revenue_10k": {"state": "CONFIRM", "why": "对方说回去问财务"}})
    vague = {"budget_text": {"state": "CONFIRM", "why": "纸上写的是“预算大概几十万”"}}
    need = add_need(xu, {"description": "仓库需要手持扫码设备"}, made, states=vague)

    entry = Clock.objects.get(limit__code="SLA-02", record_id=made.pk)
    assert entry.stopped_at <= entry.due_at
    reviewed = Clock.objects.get(limit__code="SLA-06", record_id=made.pk)
    assert reviewed.due_at == local("2026-09-21 18:00")
    assert (made.open_points, need.open_points, need.confirmed_at) == (1, 1, None)
    form, client = f"/customers/{made.pk}/contacts/new/", Client()
    client.force_login(xu)
    told = client.post(form, {"name": "陈海", "mobile": "138-0013-8000", "email": "a@qq.com"}).content.decode()
    assert [found for found in ("E_SEPARATOR", 'data-fill="13800138000"', "W_PERSONAL_EMAIL") if found not in told] == []


def come(time, at, person):
    time(at)
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.req("R-002-07")
@pytest.mark.req("R-002-18")
@pytest.mark.req("R-002-21")
def test_six_forms_of_a_fair_are_scanned_the_same_evening_and_entered_the_next_morning(xu, files, tmp_path, time):
    """S-03: filled in on Saturday 11:00, scanned 21:00, entered on Sunday (a working day) 10:00."""
    time("2026-09-18 17:00")
    forms = paper.issue(xu, 6, "展位 B12")
    names = [f"纸上{sign}号贸易有限公司" for sign in "甲乙丙丁戊己"]
    client = come(time, "2026-09-19 21:00", xu)
    for form in forms:
        told = {"collected_on": "2026-09-19", "signed": "1", "collector": xu.pk, "event": form.event, "version": form.version}
        assert client.post(f"/forms/{form.pk}/edit/", told)["Location"] == f"/forms/{form.pk}/"
        scan = SimpleUploadedFile("1.png", picture())
        assert client.post(f"/files/forms/{form.pk}/", {"_files": scan, "then": f"/forms/{form.pk}/"})["Location"] == f"/forms/{form.pk}/"
    client = come(time, "2026-09-20 10:00", xu)
    for form, name in zip(forms, names, strict=True):
        page = client.get(f"/forms/{form.pk}/enter/").content.decode()
        assert 'value="2026-09-19"' in page and '<option value="OFFLINE_INTERVIEW" selected>' in page and "/preview/" in page
        told = {"name": name, "first_contact_date": "2026-09-19", "contact.name": "陈海", "once": f"{form.pk}"}
        assert client.post(f"/forms/{form.pk}/enter/", told)["Location"].startswith("/customers/")

    assert list(PaperForm.objects.values_list("state", "customer__name").order_by("pk")) == [("COMPLETE", name) for name in names]
    limits = Clock.objects.filter(limit__code__in=("SLA-02", "SLA-03")).order_by("limit__code", "pk")
    assert [(one.limit.code, one.stopped_at <= one.due_at) for one in limits] == [("SLA-02", True)] * 6 + [("SLA-03", True)] * 6


CENSUS = ["客户名称", "统一社会信用代码", "所属行业", "合同金额", "首次接触时间", "联系人", "手机"]


def census(folder):
    invented = Invented(1)
    names = [f"{sign}云机械有限公司" for sign in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午"]
    rows = [[name, invented.uscc("320506"), "通用设备制造业", "人民币:10000元", "2026年9月19日", "王芳", f"138-0013-{8000 + place}"] for place, name in enumerate(names)]
    rows.insert(4, ["错码机械有限公司", "91320594MA1ABCD2XX", "通用设备制造业", "", "2026-09-19", "", ""])
    rows.insert(9, ["其它行业有限公司", "", "其它", "", "2026-09-19", "", ""])
    rows.append(["星海智能科技股份有限公司", "91320594MA1ABCD2XK", "通用设备制造业", "", "2026-09-19", "", ""])
    book = openpyxl.Workbook()
    for row in [CENSUS, *rows]:
        book.active.append(row)
    book.save(folder / "普查.xlsx")
    return folder / "普查.xlsx"


@pytest.mark.req("R-002-04")
@pytest.mark.req("R-004-18")
def test_a_census_of_twenty_rows_gives_seventeen_two_and_one(cast, files, tmp_path, time):
    time("2026-09-20 10:00")
    path, bought = census(tmp_path), {"lead_source": "THIRD_PARTY_DATA"}
    assert [one[:2] for one in wrong(lambda: bring(cast.wang, path, **bought))] == [("authorisation_ref", "E_AUTHORISATION")]

    run, counts = bring(cast.wang, path, enter=False, **bought, authorisation_ref="DA-2026-07", authorisation_until="2026-12-31")
    assert counts["states"] == {"READY": 17, "BAD": 2, "TWIN": 1}
    assert entering.enter(run, cast.wang) == {"created": 17, "updated": 0, "failed": 0, "skipped": 3}
    one = Customer.objects.get(name="甲云机械有限公司")
    assert (str(one.contract_amount), one.currency, one.first_contact_date) == ("10000.00", "CNY", date(2026, 9, 19))
    assert (one.contacts.get().mobile, one.authorisation_ref) == ("13800138000", "DA-2026-07")
    results.error_file(run, tmp_path / "未导入.xlsx")
    told = [row[-3:] for row in tables.rows(tmp_path / "未导入.xlsx", limits=tables.OPERATOR_LIMITS)]
    assert [(str(row), column) for row, column, _why in told[1:]] == [("6", "统一社会信用代码"), ("11", "所属行业"), ("21", "统一社会信用代码")]
