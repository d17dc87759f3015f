"""The steward's pages, what is due, and what says that the clocks stand still."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from moments import local

from keji.access.house import fresh, stamp
from keji.clocks.models import Clock, Holiday, Limit, Tick, Year
from keji.clocks.queries import calendar, fact
from keji.clocks.rules import watch
from keji.clocks.rules.running import start
from keji.kernel.calendar import add_workdays
from keji.kernel.clock import now
from keji.queue.worker import work

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕7号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月5日（周一）放假1天，与周末连休。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
"""


@pytest.fixture
def browse(cast):
    def browse(who):
        client = Client(raise_request_exception=False)
        client.force_login(getattr(cast, who))
        return client

    return browse


def page(answer):
    return answer.content.decode()


def test_the_steward_changes_a_limit_and_running_clocks_follow(cast, browse, time):
    time("2026-06-02 09:00")
    start("SLA-21", "things", 1, at=local("2026-06-02 09:00"), person_id=cast.lin.pk)
    limit = Limit.objects.get(code="SLA-21")
    client = browse("shen")
    assert "线索及时分级" in page(client.get(reverse("clocks:limits")))
    told = {"version": 1, "amount": "48", "unit": "HOURS", "enabled": "1", "by_0": "-50", "who_0": ["OWNER"], "by_1": "0", "who_1": ["MANAGER", "OWNER"]}

    answer = client.post(reverse("clocks:limit", args=[limit.pk]), told)

    assert (answer.status_code, answer["Location"]) == (302, reverse("clocks:limits"))
    limit.refresh_from_db()
    assert (limit.amount, limit.warns) == (48, [[-50, "%", ["OWNER"]], [0, "%", ["OWNER", "MANAGER"]]])
    work(once=True)
    clock = Clock.objects.get(record="things")
    assert (clock.due_at, clock.next_at) == (local("2026-06-04 09:00"), local("2026-06-03 09:00"))
    assert client.post(reverse("clocks:limit", args=[limit.pk]), told).status_code == 409
    client.post(reverse("clocks:limit_restore", args=[limit.pk]))
    limit.refresh_from_db()
    assert (limit.amount, len(limit.warns)) == (24, 3)


@pytest.mark.req("R-003-36")
def test_the_steward_says_by_which_methods_a_grade_is_contacted(cast, browse):
    limit = Limit.objects.get(code="SLA-09")
    client, there = browse("shen"), reverse("clocks:limit", args=[limit.pk])
    told = {"version": 1, "amount": "14", "unit": "DAYS", "enabled": "1"}

    assert client.post(there, told | {"methods": ["PHONE", "PIGEON"]}).status_code == 422
    assert client.post(there, told | {"methods": ["PHONE", "WECHAT"]}).status_code == 302
    assert Limit.objects.get(pk=limit.pk).methods == ["PHONE", "WECHAT"]
    assert "电话、微信" in page(client.get(reverse("clocks:limits")))
    shown = page(client.get(reverse("desk:grades")))
    assert "电话、微信" in shown and "常规跟进" in shown


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"amount": "0"}, "E_NUMBER"),
        ({"amount": "x" * 5000}, "E_NUMBER"),
        ({"amount": "9999999999"}, "E_NUMBER"),
        ({"unit": "MONTHS"}, "E_CHOICE"),
        ({"unit": "<b>"}, "E_CHOICE"),
        ({"by_0": "-100", "who_0": ["OWNER"]}, "E_NUMBER"),
        ({"by_0": "²", "who_0": ["OWNER"]}, "E_NUMBER"),
        ({"by_0": "0", "who_0": []}, "E_REQUIRED"),
        ({"by_0": "0", "who_0": ["BOSS"]}, "E_REQUIRED"),
        ({"by_0": "0", "who_0": ["OWNER"], "by_1": "0", "who_1": ["HEAD"]}, "E_TWICE"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_beside_the_field(cast, browse, told, code):
    limit = Limit.objects.get(code="SLA-21")

    answer = browse("shen").post(reverse("clocks:limit", args=[limit.pk]), {"version": 1, "amount": "24", "unit": "HOURS", "enabled": "1", **told})

    assert (answer.status_code, f'data-code="{code}"' in page(answer)) == (422, True)
    assert Limit.objects.get(pk=limit.pk).version == 1


def test_a_limit_that_is_measured_afterwards_warns_nobody_and_says_so(cast, browse):
    limit, client = Limit.objects.get(code="SLA-01"), browse("shen")
    address, told = reverse("clocks:limit", args=[limit.pk]), {"version": 1, "amount": "24", "unit": "HOURS", "enabled": "1"}

    assert "不提前提醒" in page(client.get(address)) and "by_0" not in page(client.get(address))
    assert client.post(address, told | {"by_0": "0", "who_0": ["OWNER"]}).status_code == 422
    assert client.post(address, told | {"amount": "12"}).status_code == 302
    assert Limit.objects.get(pk=limit.pk).amount == 12


def test_when_a_limit_stands_still_stands_beside_it(cast, browse):
    contact, answer = Limit.objects.get(code="SLA-09"), Limit.objects.get(code="SLA-21")

    assert "合作状态是“暂停”时停表" in page(browse("shen").get(reverse("clocks:limit", args=[contact.pk])))
    assert "停表" not in page(browse("shen").get(reverse("clocks:limit", args=[answer.pk])))


@pytest.mark.req("R-000-46")
def test_a_limit_that_comes_back_says_when(cast, browse, time):
    found = []
    for day in ("2026-06-30", "2026-07-01"):
        time(f"{day} 09:00")
        found.append(re.findall(r"下一次 ([\d-]+)", page(browse("shen").get(reverse("clocks:limits")))))

    assert found == [["2026-06-30"] * 3, ["2026-07-31", "2026-07-31", "2026-09-30"]]


def test_only_the_steward_may(cast, browse):
    limit = Limit.objects.get(code="SLA-21").pk
    for who in ("lin", "wang", "chen", "gao"):
        for name, args in (("limits", []), ("limit", [limit]), ("holidays", [])):
            assert browse(who).get(reverse(f"clocks:{name}", args=args)).status_code == 403
        for name, args in (("limit", [limit]), ("limit_restore", [limit]), ("frequencies", []), ("holidays", []), ("year_drop", [2027])):
            assert browse(who).post(reverse(f"clocks:{name}", args=args), {"name": "WEEKLY_A"}).status_code == 403


def test_a_limit_that_is_switched_off_stops_its_clocks(cast, browse):
    limit = Limit.objects.get(code="SLA-08")
    assert Clock.objects.get(customer_id=cast.acme.pk, limit=limit).stopped_at is None

    browse("shen").post(reverse("clocks:limit", args=[limit.pk]), {"version": 1, "amount": "1", "unit": "MONTHS"})

    assert Clock.objects.get(customer_id=cast.acme.pk, limit=limit).void


def test_the_other_frequencies_are_one_press_away(cast, browse):
    client = browse("shen")

    client.post(reverse("clocks:frequencies"), {"name": "WEEKLY_A"})

    assert Limit.objects.get(code="SLA-08").unit == "DAYS"
    assert "没有这一套频率" in page(client.post(reverse("clocks:frequencies"), {"name": "HOURLY"}, follow=True))


def test_the_yearly_notice_is_pasted_looked_at_and_taken(cast, browse, time):
    time("2026-12-30 10:00")
    Limit.objects.filter(code="SLA-21").update(unit="WORKDAYS", amount=1)
    stamp()
    start("SLA-21", "things", 1, at=time("2027-02-04 10:00"), person_id=cast.lin.pk)
    before = Clock.objects.get(record="things")
    assert (before.due_at, before.provisional) == (local("2027-02-11 18:00"), True)
    client = browse("shen")
    seen = client.post(reverse("clocks:holidays"), {"text": NOTICE, "year": "", "official": "1"})
    assert (seen.status_code, Year.objects.count()) == (200, 0)
    assert all(text in page(seen) for text in ("2027-02-05", "2027-02-14", "还没有保存", 'name="keep"'))

    answer = client.post(reverse("clocks:holidays"), {"text": NOTICE, "year": "2027", "official": "1", "keep": "1"})

    assert answer.status_code == 302
    fresh()
    assert add_workdays(date(2027, 2, 4), 1, calendar()) == (date(2027, 2, 12), False)
    assert Holiday.objects.filter(works=True).count() == 3
    work(once=True)
    after = Clock.objects.get(record="things")
    assert (after.due_at, after.provisional) == (local("2027-02-12 18:00"), False)
    client.post(reverse("clocks:year_drop", args=[2027]))
    work(once=True)
    assert Clock.objects.get(record="things").due_at == local("2027-02-11 18:00")
    assert client.post(reverse("clocks:year_drop", args=[2027])).status_code == 404


def test_a_table_is_uploaded(cast, browse):
    told = "日期,安排,名称\n2027-01-01,休,元旦\n2027-01-31,班,春节\n".encode("gb18030")

    answer = browse("shen").post(reverse("clocks:holidays"), {"file": SimpleUploadedFile("2027.csv", told), "official": "1"})

    assert (answer.status_code, "2027-01-31" in page(answer)) == (200, True)
    broken = SimpleUploadedFile("x.csv", b"\x00\x01\x02" * 50)
    assert browse("shen").post(reverse("clocks:holidays"), {"file": broken}).status_code == 422


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E_REQUIRED"),
        ("没有日期的文字", "E_YEAR"),
        ("2027年放假安排", "E_NOTICE"),
        ("2027年部分节假日安排\n一、元旦：1月1日（周六）放假1天。", "E_WEEKDAY"),
        ("2027年部分节假日安排\n一、元旦：1月1日至3日放假，共4天。", "E_COUNT"),
        ("2027年部分节假日安排\n一、元旦：2月30日放假1天。", "E_DATE"),
        ("2027-01-01 休 元旦\n2027-01-32 休", "E_LINE"),
        ("2027-01-01 休\n2027-01-01 班", "E_TWICE"),
        ("2027-01-04 班", "E_WORKDAY"),
        ("2027-01-01 休\n2029-05-01 休", "E_YEAR"),
        ("<script>alert(1)</script>", "E_YEAR"),
    ],
)
def test_what_is_odd_in_a_notice_is_said_and_not_guessed(cast, browse, text, code):
    answer = browse("shen").post(reverse("clocks:holidays"), {"text": text, "year": "", "keep": "1", "official": "1"})

    assert (answer.status_code, f'data-code="{code}"' in page(answer)) == (422, True)
    assert "<script>alert" not in page(answer)
    assert not Year.objects.exists()


def test_what_is_due_is_listed_for_oneself_and_for_all(cast, browse, time):
    time(now() + timedelta(days=90))

    own, all_of_them = (page(browse("wang").get(reverse("desk:due") + query)) for query in ("?who=mine", "?show=overdue"))
    assert "7 天内没有到期的事" in own
    assert "星海智能" in all_of_them and "蓝田制造" in all_of_them and "逾期" in all_of_them
    mine = page(browse("lin").get(reverse("desk:due") + "?who=mine&show=overdue"))
    assert "星海智能" in mine and "蓝田制造" not in mine
    assert "蓝田制造" in page(browse("wang").get(reverse("desk:due") + "?limit=SLA-09"))
    assert "星海智能" not in page(browse("wang").get(reverse("desk:due") + "?limit=SLA-09"))
    assert browse("gao").get(reverse("desk:due")).status_code == 403


def test_an_edit_says_when_the_customer_told_of_it(cast, browse):
    client, contact = browse("lin"), cast.acme.contacts.get()
    address = reverse("customers:contact_edit", args=[contact.pk])
    assert 'name="_reported"' in page(client.get(address))
    told = {"name": "李梅", "title": "总经理", "version": contact.version}

    wrong = client.post(address, {**told, "_reported": "某天"})
    assert (wrong.status_code, "某天" in page(wrong)) == (422, True)
    assert client.post(address, {**told, "_reported": "明天 09:00"}).status_code == 422
    assert client.post(address, {**told, "_reported": "前天 09:00"}).status_code == 302

    clock = Clock.objects.get(limit__code="SLA-04")
    assert (clock.record, clock.stopped_at > clock.due_at) == ("contacts", True)
    address = reverse("customers:edit", args=[cast.acme.pk])
    assert client.post(address, {"version": cast.acme.version, "remark": "新的备注", "_reported": "昨天"}).status_code == 302
    assert Clock.objects.filter(limit__code="SLA-04", record="customers").count() == 1


def test_two_missed_ticks_are_told_to_the_administrator_and_to_whoever_watches_the_server(cast, browse, time, db):
    outside = Client()
    assert (outside.get("/healthz").content, outside.get("/readyz").content) == (b"ok", b"ok")
    start_of = now()
    watch.watch()
    for minutes, stopped in ((2, False), (3, True), (-1, False), (-3, True)):
        time(start_of + timedelta(minutes=minutes))
        ready = outside.get("/readyz")
        assert (ready.status_code, ready.content) == ((503, b"clocks") if stopped else (200, b"ok"))
        assert outside.get("/healthz").content == (b"ok, clocks stopped" if stopped else b"ok")
        assert fact().ok is not stopped
        assert ("没有运行" in page(browse("gao").get(reverse("desk:account")))) is stopped
        assert "没有运行" not in page(browse("wang").get(reverse("desk:account")))
    watch.watch()
    assert outside.get("/readyz").status_code == 200


def test_an_installation_starts_with_a_tick(db):
    watch.begin()
    first = Tick.objects.get().at
    watch.begin()

    assert Tick.objects.get().at == first
