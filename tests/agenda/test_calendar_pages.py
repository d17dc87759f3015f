"""The calendar of tasks, the feed of it, and anniversaries that become tasks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from keji.access.models import Person, Role
from keji.agenda.models import Feed, Task
from keji.agenda.pages.calendar import span, turned
from keji.agenda.rules.anniversaries import plan_anniversaries
from keji.agenda.rules.feeds import make_feed, revoke_feed
from keji.agenda.rules.tasks import add, done
from keji.clocks.rules import notice
from keji.clocks.rules.holidays import keep_year
from keji.customers.models import Anniversary, Customer
from keji.customers.rules.anniversaries import remember
from keji.customers.rules.register import register
from keji.kernel import ics
from keji.kernel.clock import start_of, today, zone

HTMX = {"HTTP_HX_REQUEST": "true"}


def text(answer):
    return answer.content.decode()


def day(n):
    return start_of(today() + timedelta(days=n))


def feed(client, secret, **headers):
    return client.get(reverse("agenda:feed", args=[secret]), **headers)


def events(answer):
    return {str(one["UID"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_the_days_of_a_view():
    assert span("month", date(2026, 2, 14)) == (date(2026, 1, 26), date(2026, 3, 2))
    assert span("week", date(2026, 6, 7)) == (date(2026, 6, 1), date(2026, 6, 8))
    assert span("day", date(2026, 6, 7)) == (date(2026, 6, 7), date(2026, 6, 8))
    assert (turned("month", date(2026, 12, 31), 1), turned("month", date(2026, 1, 31), -1)) == (date(2027, 1, 1), date(2025, 12, 1))
    assert (turned("week", date(2026, 6, 7), 1), turned("day", date(2026, 6, 7), -1)) == (date(2026, 6, 14), date(2026, 6, 6))


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_a_task_stands_on_its_day_with_its_time(cast, browse, view):
    add(cast.lin, {"title": "上门演示", "due_at": day(0) + timedelta(hours=23)}, cast.acme)
    add(cast.lin, {"title": "没有日子"}, cast.acme)

    shown = text(browse("lin").get(reverse("agenda:calendar"), {"view": view}))

    place = shown.index(f'data-day="{today()}"')
    assert place < shown.index("上门演示") and "<b>23:00</b>" in shown and "没有日子" not in shown
    assert "上门演示" not in text(browse("lin").get(reverse("agenda:calendar"), {"view": view, "on": "2020-02-02"}))


def test_a_day_off_is_one_of_the_calendar_that_the_steward_keeps(cast, browse):
    there, off = f"{reverse('agenda:calendar')}?view=day&on=2027-03-03", 'class="day off"'
    assert off not in text(browse("lin").get(there))

    keep_year(cast.shen, notice.read("2027-03-03 休 厂庆"), "", True)
    assert off in text(browse("lin").get(there))


@pytest.mark.parametrize("told", [{"on": "x"}, {"on": "9999-99-99"}, {"view": "year"}, {"person": "²"}, {"on": "0001-01-01"}, {"person": "99999"}])
def test_what_is_no_day_is_today(cast, browse, told):
    shown = text(browse("lin").get(reverse("agenda:calendar"), told))
    assert f'data-day="{today()}"' in shown


def test_a_colleagues_calendar_holds_what_one_sees_of_it(cast, browse):
    add(cast.lin, {"title": "上门演示", "due_at": day(0)}, cast.acme)
    add(cast.wang, {"title": "看样品", "due_at": day(0), "assignee": cast.lin.pk}, cast.other)

    there = {"person": cast.lin.pk}
    manager = text(browse("wang").get(reverse("agenda:calendar"), there))
    assert "上门演示" in manager and "看样品" in manager
    stranger = text(browse("zhao").get(reverse("agenda:calendar"), there))
    assert "看样品" in stranger and "上门演示" not in stranger


def test_a_task_is_dragged_to_another_day_and_keeps_its_time(cast, browse):
    made = add(cast.lin, {"title": "上门演示", "due_at": day(1) + timedelta(hours=15)}, cast.acme)
    there, client = reverse("agenda:move", args=[made.pk]), browse("lin")

    answer = client.post(there, {"day": day(4).date().isoformat(), "version": made.version}, **HTMX)
    assert (answer.status_code, text(answer)) == (200, str(made.version + 1))
    made.refresh_from_db()
    assert made.due_at == day(4) + timedelta(hours=15)
    again = client.post(there, {"day": day(5).date().isoformat(), "version": 1}, **HTMX)
    assert (again.status_code, "danger" in again["HX-Trigger"]) == (409, True)
    for wrong in (day(-2).date().isoformat(), "哪天", ""):
        assert client.post(there, {"day": wrong, "version": made.version}, **HTMX).status_code == 409
    assert browse("zhao").post(there, {"day": day(5).date().isoformat()}, **HTMX).status_code == 404
    made.refresh_from_db()
    assert made.due_at == day(4) + timedelta(hours=15)


def test_anniversaries_stand_in_the_calendar_of_the_owner(cast, browse):
    remember(cast.lin, cast.acme, "公司成立日", date(2010, today().month, 15), True)
    there = {"view": "month", "on": today().replace(day=15).isoformat()}

    assert "公司成立日" in text(browse("lin").get(reverse("agenda:calendar"), there))
    assert "公司成立日" not in text(browse("zhao").get(reverse("agenda:calendar"), there))


@pytest.mark.req("R-001-28")
def test_a_day_worth_remembering_becomes_a_task_thirty_days_before_once_a_year(cast):
    remember(cast.lin, cast.acme, "合同到期日", date(2026, 12, 31), False)
    remember(cast.lin, cast.acme, "李总生日", date(1980, 2, 29), True)

    assert plan_anniversaries(date(2026, 11, 30)) == 0
    assert plan_anniversaries(date(2026, 12, 1)) == 1
    assert plan_anniversaries(date(2026, 12, 2)) == 0
    made = Task.objects.get()
    assert (made.title, made.assignee, made.customer_id) == ("合同到期日（2026-12-31）", cast.lin, cast.acme.pk)
    assert (made.due_at, made.remind_at) == (datetime(2026, 12, 31, tzinfo=zone()), datetime(2026, 12, 1, 9, tzinfo=zone()))
    for year, on in ((2027, date(2027, 2, 28)), (2028, date(2028, 2, 29))):
        assert plan_anniversaries(date(year, 2, 10)) == 1
        assert Task.objects.latest("pk").due_at.astimezone(zone()).date() == on
    Customer.objects.update(owner=None)
    Anniversary.objects.update(day=date(2030, 1, 1))
    assert plan_anniversaries(date(2029, 12, 20)) == 0


def test_a_feed_is_read_as_a_calendar_program_reads_it(cast, client):
    whole = add(cast.lin, {"kind": "FOLLOWUP", "title": "打电话给李梅 13812345678", "due_at": day(2)}, cast.acme)
    timed = add(cast.lin, {"title": "私事，不外传", "due_at": day(3) + timedelta(hours=15)})
    over = add(cast.lin, {"title": "已办", "due_at": day(1)}, cast.acme)
    done(cast.lin, over)
    add(cast.zhao, {"title": "别人的", "due_at": day(1)}, cast.other)
    remember(cast.lin, cast.acme, "李总生日", date(1980, 2, 29), True)

    answer = feed(client, make_feed(cast.lin))

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    told = events(answer)
    assert {name.split("@")[0] for name in told} == {f"task-{whole.pk}", f"task-{timed.pk}", f"anniversary-{Anniversary.objects.get().pk}"}
    by = {name.split("-")[0] + name.split("@")[0].split("-")[1]: one for name, one in told.items()}
    first, second = by[f"task{whole.pk}"], by[f"task{timed.pk}"]
    assert (first.decoded("DTSTART"), first.decoded("DTEND"), str(first["SUMMARY"])) == (
        day(2).date(),
        day(3).date(),
        "跟进：星海智能科技有限公司",
    )
    assert (second.decoded("DTSTART"), str(second["SUMMARY"])) == ((day(3) + timedelta(hours=15)).astimezone(UTC), "其他")
    remembered = next(one for name, one in told.items() if name.startswith("anniversary"))
    assert (remembered.decoded("DTSTART"), remembered["RRULE"]["FREQ"]) == (date(1980, 2, 29), ["YEARLY"])
    assert all(word not in text(answer) for word in ("李梅", "1381234", "私事", "李总"))


def test_a_feed_says_what_its_reader_may_read_now(cast, client):
    add(cast.lin, {"kind": "FOLLOWUP", "title": "回访", "due_at": day(2)}, cast.acme)
    person = register(cast.lin, {"name": "钟翀翃", "customer_type": "PERSON"}, accept={"*": "测试"})
    add(cast.lin, {"kind": "FOLLOWUP", "title": "回访", "due_at": day(3)}, person)
    secret = make_feed(cast.lin)
    assert "钟翀翃" in text(feed(client, secret)).replace("\r\n ", "")

    Role.objects.filter(code="SALES_REP").update(fields={"tasks.customer": "mask"})
    assert "钟翀翃" not in text(feed(client, secret)).replace("\r\n ", "")
    Role.objects.filter(code="SALES_REP").update(reach={})
    assert feed(client, secret).status_code == 404


def test_an_address_opens_until_it_is_revoked_or_its_person_leaves(cast, client, browse):
    first = make_feed(cast.lin)
    second = make_feed(cast.lin)

    assert [feed(client, one).status_code for one in (first, second, "x", second + "x")] == [404, 200, 404, 404]
    assert second not in Feed.objects.get().digest
    assert first not in text(browse("lin").get(reverse("agenda:calendar")))
    revoke_feed(cast.lin)
    assert feed(client, second).status_code == 404
    third = make_feed(cast.lin)
    Person.objects.filter(pk=cast.lin.pk).update(is_active=False)
    assert feed(client, third).status_code == 404


def test_an_unchanged_feed_is_not_sent_again(cast, client):
    add(cast.lin, {"title": "回访", "due_at": day(2)}, cast.acme)
    secret = make_feed(cast.lin)
    mark = feed(client, secret)["ETag"]

    again = feed(client, secret, HTTP_IF_NONE_MATCH=f'"other", {mark}')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", mark)
    assert feed(client, secret, HTTP_IF_NONE_MATCH=f"W/{mark}").status_code == 304
    add(cast.lin, {"title": "再回访", "due_at": day(2)}, cast.acme)
    assert feed(client, secret, HTTP_IF_NONE_MATCH=mark).status_code == 200


def test_the_page_makes_an_address_and_shows_it_once(cast, browse, client):
    shown = text(browse("lin").post(reverse("agenda:feed_make")))
    address = shown[shown.index('id="feed">') + 10 :].partition("<")[0]
    assert client.get(address[address.index("/feeds/") :]).status_code == 200
    assert address not in text(browse("lin").get(reverse("agenda:calendar")))
    assert browse("lin").post(reverse("agenda:feed_revoke")).status_code == 302
    assert client.get(address[address.index("/feeds/") :]).status_code == 404
    assert browse("gao").post(reverse("agenda:feed_make")).status_code == 403


LONG = "，；,;\\ 星海智能科技（苏州）有限公司" * 12


def test_long_and_odd_texts_are_folded_and_escaped():
    at = datetime(2026, 6, 1, 15, tzinfo=zone())
    told = ics.calendar("日历；一", "Asia/Shanghai", [ics.Event("a@b", at, f"{LONG}\n第二行\x00\x07\r", at, 3)])

    assert all(len(line) <= 75 for line in told.split(b"\r\n"))
    assert all(line.decode("utf-8") is not None for line in told.split(b"\r\n"))
    (event,) = Calendar.from_ical(told).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"{LONG}\n第二行"
    assert event.decoded("DTSTART") == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert (event.decoded("DTEND") - event.decoded("DTSTART"), int(event["SEQUENCE"])) == (timedelta(minutes=30), 3)


def test_an_empty_calendar_is_one(cast, client):
    answer = feed(client, make_feed(cast.zhao))
    assert events(answer) == {}
    assert Calendar.from_ical(answer.content)["X-WR-TIMEZONE"] == "Asia/Shanghai"
