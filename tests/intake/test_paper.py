"""Forms on paper: printed with a number, scanned on the same day, entered once, complete only with scan and signature."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from moments import local

from keji.access.models import Entry, Role
from keji.access.rules.people import add_person
from keji.clocks.models import Clock, Limit
from keji.clocks.rules.limits import revise_limit
from keji.clocks.rules.running import recompute
from keji.clocks.rules.watch import watch
from keji.customers.models import Customer
from keji.intake.models import PaperForm
from keji.intake.rules import blank, card, paper
from keji.intake.sheet import FORMS, timeliness
from keji.kernel.errors import Refused, Stale, Unfit
from keji.notices.models import Notice
from keji.records.models import Attachment
from keji.records.rules import attachments
from tests.intake.test_card import unpacked
from tests.kernel.test_filetypes import picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
WHO = {"name": "陈海", "mobile": "13800138000"}


@pytest.fixture
def xu(cast):
    made, _once = add_person(None, "xu", "徐岚", ["MARKETING"], cast.east)
    made.must_change = False
    made.save()
    return made


@pytest.fixture
def form(xu, time):
    time("2026-09-19 11:00")
    return paper.issue(xu, 1, "展位 B12")[0]


def again(form):
    return PaperForm.objects.get(pk=form.pk)


def collect(person, form, day=date(2026, 9, 19), **values):
    paper.revise(person, again(form), {"collected_on": day, "signed": True} | values, again(form).version)


def scan(person, form, tmp_path, name="1.png"):
    (tmp_path / name).write_bytes(picture())
    return attachments.attach(person, again(form), tmp_path / name, name)


def enter(person, form, name="云山精密设备有限公司"):
    return paper.enter(person, again(form), {"name": name, "first_contact_date": date(2026, 9, 19)}, WHO)


def told(person, form):
    shown = again(form)
    return timeliness(shown, FORMS.reader(person, [form.pk])(shown.__dict__ | {"customer__name": "", "customer__customer_type": ""}))[0]


def clocks(form):
    rows = Clock.objects.filter(record="forms", record_id=form.pk, void=False)
    return [(one.started_at, one.due_at, one.stopped_at) for one in rows]


@pytest.mark.req("R-002-07")
def test_each_form_has_a_number_that_is_never_given_again(xu, time):
    time("2026-09-19 08:00")
    first = paper.issue(xu, 2)
    paper.cancel(xu, first[1], "印坏了")
    second = paper.issue(xu, 50, "展位 B12")
    time("2026-09-20 08:00")
    third = paper.issue(xu, 1)

    assert [one.number for one in first] == ["F20260919-001", "F20260919-002"]
    assert (second[0].number, second[-1].number, third[0].number) == ("F20260919-003", "F20260919-052", "F20260920-001")
    assert [one.state for one in map(again, first)] == ["PRINTED", "VOID"]
    for copies in (0, 51):
        with pytest.raises(Unfit):
            paper.issue(xu, copies)


@pytest.mark.req("R-002-07")
def test_a_printed_form_holds_notice_modules_boxes_signature_and_number(xu, form):
    say = blank.fill(xu, [form, *paper.issue(xu, 1)], named=True)
    made = io.BytesIO()
    card.write_xlsx(made, *say["forms"])
    book = openpyxl.load_workbook(made)
    rows = [[str(cell.value) for cell in row if cell.value not in (None, "")] for row in book["F20260919-001"].iter_rows()]
    rows = [row for row in rows if row]

    assert book.sheetnames == ["F20260919-001", "F20260919-002"]
    assert rows[:3] == [["客户信息采集表"], ["F20260919-001"], ["用途：提供更精准的解决方案；预计占用 3-5 分钟；信息仅用于内部客户管理。"]]
    assert [row[0] for row in rows if len(row) == 1][3:8] == ["基础信息", "客户名称", "所属行业", "详细地址", "联系方式"]
    assert [name for name in ("需求信息", "合作意向", "采集记录") if [name] not in rows] == []
    assert ["客户类型", "□企业客户  □个人客户  □机构  □其他"] in rows
    assert ["合作可能性", "□高(1个月内可签约)  □中(1-3个月可签约)  □低(3个月以上)  □暂无意向"] in rows
    assert ["展会或活动", "展位 B12"] in rows
    assert [row for row in rows if row[0].startswith("客户签字：___")] and ["采集人：徐岚"] in rows
    pdf = unpacked(card.write_pdf(say, "paper.typ"))
    assert pdf[:5] == b"%PDF-" and b"/Count 2/" in pdf.replace(b"\n", b"").replace(b" /", b"/")
    drawn = {chr(int(code, 16)) for code in re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4})>", pdf)}
    assert set("".join([rows[2][0], "客户签字：签字日期：采集人：徐岚", "F20260919-001"])) - drawn - {" "} == set()


@pytest.mark.req("R-002-21")
@pytest.mark.parametrize(
    ("at", "said"),
    [("2026-09-19 21:00", "按时扫描"), ("2026-09-19 23:59", "按时扫描"), ("2026-09-20 00:00", "迟扫 1 天"), ("2026-09-21 09:00", "迟扫 2 天")],
)
def test_a_scan_of_the_same_day_is_in_time_and_one_of_the_next_is_late(xu, form, tmp_path, time, at, said):
    collect(xu, form)
    time(at)
    scan(xu, form, tmp_path)

    assert told(xu, form) == said
    assert clocks(form) == [(local("2026-09-19 00:00"), local("2026-09-20 00:00"), local(at))]


@pytest.mark.req("R-002-21")
def test_the_day_may_be_said_after_the_scan_and_mended(xu, form, tmp_path, time):
    time("2026-09-20 09:00")
    scan(xu, form, tmp_path)
    assert (clocks(form), told(xu, form)) == ([], "")

    collect(xu, form, date(2026, 9, 20))
    assert told(xu, form) == "按时扫描"
    collect(xu, form, date(2026, 9, 19))
    assert told(xu, form) == "迟扫 1 天"
    with pytest.raises(Unfit):
        collect(xu, form, date(2026, 9, 21))
    assert clocks(form) == [(local("2026-09-19 00:00"), local("2026-09-20 00:00"), local("2026-09-20 09:00"))]


@pytest.mark.req("R-002-21")
def test_who_collected_is_warned_before_the_day_ends_and_the_manager_when_it_has(cast, xu, form, time):
    collect(xu, form)
    heard = {}
    for at in ("2026-09-19 19:00", "2026-09-19 19:30", "2026-09-20 00:01"):
        time(at)
        watch()
        heard[at] = sorted(Notice.objects.filter(kind="clocks.due", about__on=form.pk).values_list("person__name", flat=True))

    assert heard == {"2026-09-19 19:00": [], "2026-09-19 19:30": ["徐岚"], "2026-09-20 00:01": ["徐岚", "徐岚", "王敏"]}
    assert told(xu, form) == "超过扫描时限 1 天"
    client = Client()
    client.force_login(cast.wang)
    inbox = client.get("/inbox/").content.decode()
    assert "纸质表单当天扫描到期" in inbox and "期限 2026-09-20 00:00" in inbox
    assert client.get(f"/forms/{form.pk}/").status_code == 200


def test_a_limit_that_changes_moves_what_forms_show(cast, xu, form):
    collect(xu, form)
    limit = Limit.objects.get(code="SLA-03")
    revise_limit(cast.shen, limit, limit.version, 48, "HOURS", limit.warns, True)
    recompute(Clock.objects.filter(limit=limit).select_related("limit"))

    assert again(form).due_at == local("2026-09-21 00:00")


@pytest.mark.req("R-002-18")
def test_only_scanned_signed_and_entered_is_complete(xu, form, tmp_path):
    states = [again(form).state]
    collect(xu, form, signed=False)
    states.append(again(form).state)
    customer = enter(xu, form)
    states.append(again(form).state)
    kept = scan(xu, form, tmp_path)
    states.append(again(form).state)
    collect(xu, form)
    states.append(again(form).state)
    attachments.drop(xu, kept, again(form))
    states.append(again(form).state)
    attachments.restore(xu, kept, again(form))

    assert states == ["PRINTED", "COLLECTED", "UNSCANNED", "UNSIGNED", "COMPLETE", "UNSCANNED"]
    assert (again(form).state, again(form).customer) == ("COMPLETE", customer)


@pytest.mark.req("R-002-18")
def test_the_customer_says_that_its_form_is_incomplete_and_shows_the_scan_once_it_is_there(cast, xu, form, tmp_path):
    collect(xu, form, physical_location="企业客户 A 盒")
    customer, client = enter(xu, form), Client()
    client.force_login(cast.wang)
    before = client.get(f"/customers/{customer.pk}/").content.decode()
    scan(xu, form, tmp_path, "陈海.png")
    after = client.get(f"/customers/{customer.pk}/").content.decode()

    assert f'href="/forms/{form.pk}/">F20260919-001' in before and "未完成：缺扫描件" in before
    assert "未完成" not in after
    assert [one for one in ("采集 2026-09-19", "已签字", "原件：企业客户 A 盒", "按时扫描", "陈海.png") if one not in after] == []


def test_of_two_who_enter_the_same_form_one_wins(xu, form):
    collect(xu, form)
    mine, theirs = again(form), again(form)
    paper.enter(xu, mine, {"name": "云山精密设备有限公司"}, WHO)
    with pytest.raises(Stale):
        paper.enter(xu, theirs, {"name": "别的精密设备有限公司"}, None)

    assert Customer.objects.filter(name__contains="精密设备").count() == 1
    client = Client()
    client.force_login(xu)
    assert client.post(f"/forms/{form.pk}/enter/", {"name": "别的精密设备有限公司", "once": "t-2"}).status_code == 409
    assert Customer.objects.filter(name__contains="精密设备").count() == 1


def test_a_form_without_its_day_and_a_void_one_are_not_entered(xu, form):
    with pytest.raises(Unfit) as error:
        enter(xu, form)
    assert [one.field for one in error.value.problems] == ["collected_on"]
    collect(xu, form)
    paper.cancel(xu, again(form), "重复")
    for rule in (lambda: enter(xu, form), lambda: collect(xu, form), lambda: paper.cancel(xu, again(form))):
        with pytest.raises(Unfit):
            rule()
    assert Clock.objects.filter(record="forms", stopped_at=None).count() == 0


def test_a_stranger_sees_nothing_and_changes_nothing(cast, xu, form, tmp_path):
    kept, client = scan(xu, form, tmp_path), Client()
    for who, status in ((cast.zhao, 404), (cast.chen, 403), (cast.gao, 403)):
        client.force_login(who)
        assert client.get(f"/forms/{form.pk}/").status_code == status
        assert client.post(f"/forms/{form.pk}/edit/", {"signed": "1"}).status_code == status
        assert client.post(f"/files/forms/{form.pk}/", {"_files": SimpleUploadedFile("2.png", picture())}).status_code in (403, 404)
        assert client.get(f"/files/{kept.pk}/").status_code in (403, 404)
    client.force_login(cast.zhao)
    assert form.number not in client.get("/forms/").content.decode()
    for rule in (lambda: collect(cast.zhao, form), lambda: paper.issue(cast.chen, 1), lambda: paper.issue(xu, 1, "", cast.zhao.pk)):
        with pytest.raises(Refused):
            rule()
    assert (again(form).signed, PaperForm.objects.count()) == (False, 1)


def test_marketing_opens_scans_and_no_other_files(cast, xu, form, tmp_path):
    kept, client = scan(xu, form, tmp_path), Client()
    (tmp_path / "合同.pdf").write_bytes(b"%PDF-1.7 " + b"x" * 60)
    other = attachments.attach(cast.lin, cast.acme, tmp_path / "合同.pdf", "合同.pdf")
    client.force_login(xu)

    assert client.get(f"/files/{kept.pk}/preview/").status_code == 200
    assert client.get(f"/files/{other.pk}/").status_code == 404
    assert client.post(f"/files/customers/{cast.acme.pk}/", {"_files": SimpleUploadedFile("2.png", picture())}).status_code in (403, 404)
    assert Attachment.objects.count() == 2


def test_who_gets_the_customer_sees_its_form(cast, xu, form):
    collect(xu, form)
    customer = paper.enter(cast.wang, again(form), {"name": "云山精密设备有限公司", "owner": cast.lin.pk}, None)
    client = Client()
    client.force_login(cast.lin)

    assert f'href="/forms/{form.pk}/"' in client.get(f"/customers/{customer.pk}/").content.decode()
    assert client.get(f"/forms/{form.pk}/").status_code == 200


def test_the_list_asks_as_often_for_one_form_as_for_four(xu, form, django_assert_max_num_queries):
    client = Client()
    client.force_login(xu)
    client.get("/forms/")
    for copies in (0, 3):
        if copies:
            paper.issue(xu, copies)
        with django_assert_max_num_queries(11):
            assert client.get("/forms/").status_code == 200


def test_every_change_stands_in_the_trail(xu, form, tmp_path):
    collect(xu, form)
    scan(xu, form, tmp_path)
    enter(xu, form)

    entries = Entry.objects.filter(record="forms").order_by("pk")
    assert [(one.action, sorted(one.changes)) for one in entries] == [
        ("forms.create", ["collector_id", "created_by_id", "event", "number"]),
        ("forms.change", ["collected_on", "signed"]),
        ("records.files", ["attachments"]),
        ("forms.change", ["customer_id", "entered_at"]),
    ]


def test_the_roles_as_they_are_delivered():
    reach = {role.code: role.reach.get("forms", {}).get("change", "none") for role in Role.objects.all()}
    assert {code: width for code, width in reach.items() if width != "none"} == {
        "SALES_REP": "own", "SALES_MANAGER": "team", "DATA_STEWARD": "all", "MARKETING": "own"
    }  # fmt: skip
