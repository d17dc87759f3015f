import re
from datetime import timedelta

import pytest
from django.test import Client
from moments import local

from keji.access.models import Person
from keji.notices.models import Channel, Notice, Outgoing, Preference
from keji.notices.rules import reading
from keji.notices.rules.inbox import notify

pytestmark = pytest.mark.django_db
ROBOT = {"medium": "DINGTALK", "name": "我的群", "secret": "SEC0123"}
PATH = "/robot/send?access_token=0123456789abcdef0123"


def signed_in(person):
    client = Client()
    client.force_login(person)
    client.get("/account/")
    return client


def tell(person, customer=None, key="a", by=0):
    if customer is None:
        return notify([person], "access.account", key=key, about={"event": "SIGN_IN"})
    return notify([person], "customers.handed", key=key, record="customers", record_id=customer.pk, about={"by": by, "count": 1})


def text(answer):
    return answer.content.decode()


def bell(page):
    return re.search(r'data-bell=.*?aria-label="([^"]*)"', page, re.S)[1]


def test_the_inbox_shows_what_one_was_told_and_counts_what_is_unread(cast):
    tell(cast.lin, cast.acme, by=cast.wang.pk)
    tell(cast.lin, key="b")
    client = signed_in(cast.lin)
    page = text(client.get("/inbox/"))

    assert page.index("你的账号在没用过的地方登录") < page.index("王敏把客户交给了你：星海智能科技有限公司")
    assert f'href="/customers/{cast.acme.pk}/"' in page
    assert bell(page) == "消息，2 条未读"
    assert bell(text(client.get("/customers/"))) == "消息，2 条未读"
    assert bell(text(signed_in(cast.wang).get("/inbox/"))) == "消息"
    only = text(client.get("/inbox/?kind=customers.handed"))
    assert "王敏把客户交给了你" in only and "没用过的地方登录</a>" not in only


def test_read_unread_again_all_and_put_off(cast):
    tell(cast.lin, cast.acme)
    tell(cast.lin, key="b")
    client, first = signed_in(cast.lin), Notice.objects.earliest("pk")
    answer = client.post(f"/inbox/{first.pk}/read/", {"next": "/inbox/?unread=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/?unread=1")
    page = text(client.get("/inbox/?unread=1"))
    assert "星海" not in page and bell(page) == "消息，1 条未读"

    client.post(f"/inbox/{first.pk}/read/", {"again": "1"})
    assert bell(text(client.get("/inbox/"))) == "消息，2 条未读"
    assert client.post(f"/inbox/{first.pk}/read/", HTTP_ACCEPT="application/json").status_code == 204
    client.post("/inbox/read/", {"kind": "access.account"})
    assert bell(text(client.get("/inbox/"))) == "消息"
    client.post(f"/inbox/{first.pk}/snooze/", {"until": "tomorrow"})
    assert "星海" not in text(client.get("/inbox/"))
    assert Notice.objects.get(pk=first.pk).shown_at.astimezone().minute == 0


@pytest.mark.attack("B-01")
def test_what_was_told_to_others_is_not_there(cast):
    tell(cast.lin, cast.acme)
    client, pk = signed_in(cast.wang), Notice.objects.get().pk

    for path, told in ((f"/inbox/{pk}/read/", {}), (f"/inbox/{pk}/snooze/", {"until": "1h"}), ("/inbox/987654/read/", {})):
        assert client.post(path, told).status_code == 404
    assert Notice.objects.get().read_at is None


def test_nonsense_is_refused_or_ignored(cast):
    tell(cast.lin, cast.acme)
    client, pk = signed_in(cast.lin), Notice.objects.get().pk

    for until in ("", "x", "2026-01-01", "\u0660m"):
        assert client.post(f"/inbox/{pk}/snooze/", {"until": until}).status_code == 400
    answer = client.post(f"/inbox/{pk}/read/", {"next": "//evil.example/"})
    assert answer["Location"] == "/inbox/"
    for query in ("?kind=x", "?before=x", "?before=-1", "?before=99999999999999999999", "?unread=2", f"?before={pk}&kind=x"):
        assert client.get("/inbox/" + query).status_code == 200


def test_the_inbox_turns_its_pages(cast):
    for place in range(60):
        tell(cast.lin, key=f"k{place}")
    client = signed_in(cast.lin)
    first = text(client.get("/inbox/"))
    more = re.search(r'href="(\?before=\d+)"', first)[1]
    second = text(client.get("/inbox/" + more))

    ids = [set(re.findall(r'id="notice-(\d+)"', page)) for page in (first, second)]
    assert (len(ids[0]), len(ids[1]), ids[0] & ids[1]) == (50, 10, set())
    assert bell(first) == "消息，60 条未读"


def test_the_bell_is_asked_cheaply_and_says_nothing_while_nothing_changed(cast, django_assert_num_queries):
    tell(cast.lin, cast.acme)
    client = signed_in(cast.lin)
    answer = client.get("/inbox/unread/")
    told = answer.json()
    assert (told["unread"], [one["title"] for one in told["newest"]]) == (1, ["系统把客户交给了你：星海智能科技有限公司"])

    with django_assert_num_queries(4):  # the session, the person, the count, the quiet hours
        again = client.get("/inbox/unread/", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    tell(cast.lin, key="b")
    assert client.get("/inbox/unread/", HTTP_IF_NONE_MATCH=answer["ETag"]).json()["unread"] == 2
    Preference.objects.create(person=cast.lin, ways={"access.account": ["INBOX"]})
    assert [one["title"] for one in client.get("/inbox/unread/").json()["newest"]] == [told["newest"][0]["title"]]


def test_in_quiet_hours_the_desktop_is_quiet_too_and_hears_of_it_afterwards(cast, monkeypatch):
    monkeypatch.setattr(reading, "now", lambda: local("2099-06-02 23:30"))
    Preference.objects.create(person=cast.lin, quiet_from=22 * 60, quiet_until=8 * 60)
    tell(cast.lin, cast.acme)
    client = signed_in(cast.lin)
    first = client.get("/inbox/unread/")
    assert (first.json()["unread"], first.json()["newest"]) == (1, [])

    monkeypatch.setattr(reading, "now", lambda: local("2099-06-03 08:01"))
    told = client.get("/inbox/unread/", HTTP_IF_NONE_MATCH=first["ETag"]).json()
    assert [one["title"] for one in told["newest"]] == ["系统把客户交给了你：星海智能科技有限公司"]


def test_an_open_tab_that_asks_keeps_nobody_signed_in(cast, settings, monkeypatch):
    from keji.access import sessions
    from keji.kernel import clock

    client, passed, begun = signed_in(cast.lin), 0, clock.now()
    monkeypatch.setattr(sessions, "now", lambda: begun + timedelta(seconds=passed))
    for passed in range(0, settings.SESSION_IDLE, 600):  # noqa: B007
        assert client.get("/inbox/unread/").status_code == 200
    passed = settings.SESSION_IDLE + 1
    assert client.get("/inbox/unread/").status_code == 302
    assert client.get("/customers/").status_code == 302


def test_the_page_asks_as_often_for_one_notice_as_for_many(cast, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(cast.wang)
    tell(cast.wang, cast.acme, key="a")
    with CaptureQueriesContext(connection) as one:
        client.get("/inbox/")
    for place in range(20):
        tell(cast.wang, (cast.acme, cast.other)[place % 2], key=f"k{place}")
    with CaptureQueriesContext(connection) as many:
        client.get("/inbox/")
    assert len(one) == len(many) <= 8


# How one wants to be told


def test_what_is_chosen_is_shown_as_it_was_saved(cast):
    client = signed_in(cast.lin)
    page = text(client.get("/account/notices/"))
    assert re.search(r'name="customers.handed" value="INBOX" checked', page)
    told = {"customers.handed": ["INBOX", "MAIL"], "quiet_from": "22:00", "quiet_until": "08:00", "digest": "1"}
    assert client.post("/account/notices/", told).status_code == 302

    page = text(client.get("/account/notices/"))
    assert re.search(r'name="customers.handed" value="MAIL" checked', page)
    assert not re.search(r'name="intake.import" value="INBOX" checked', page)
    assert 'value="22:00"' in page and 'value="08:00"' in page and 'name="digest" value="1" checked' in page
    for wrong in ({"quiet_from": "22:00"}, {"quiet_from": "25:00", "quiet_until": "08:00"}, {"quiet_from": "x", "quiet_until": "y"}):
        typed = {"customers.handed": ["INBOX", "ROBOT"], "digest": "", "quiet_until": ""}
        answer = client.post("/account/notices/", told | typed | wrong)
        page = text(answer)
        assert (answer.status_code, 'id="quiet-wrong"' in page) == (422, True)
        assert re.search(r'name="customers.handed" value="ROBOT" checked', page)
        assert not re.search(r'name="(customers.handed" value="MAIL"|digest" value="1") checked', page)
    assert Preference.objects.get().quiet_from == 22 * 60


def test_what_concerns_others_is_not_asked_and_its_choice_stays(cast):
    Preference.objects.create(person=cast.lin, ways={"custody.backup": ["INBOX", "MAIL"], "customers.handed": []})
    client = signed_in(cast.lin)
    page = text(client.get("/account/notices/"))
    assert 'name="customers.handed"' in page and 'name="custody.backup"' not in page

    client.post("/account/notices/", {"customers.handed": ["INBOX"], "custody.backup": ["INBOX"]})
    ways = Preference.objects.get().ways
    assert (ways["customers.handed"], ways["custody.backup"]) == (["INBOX"], ["INBOX", "MAIL"])
    assert 'name="custody.backup"' in text(signed_in(cast.gao).get("/account/notices/"))


def test_mail_is_switched_on_tried_and_off(cast, mail, all_out):
    client = signed_in(cast.lin)
    assert "还没有填邮箱" in text(client.get("/account/notices/"))
    assert client.post("/account/notices/mail/", {"on": "1"}).status_code == 422
    Person.objects.filter(pk=cast.lin.pk).update(email="lin@example.com")
    client.post("/account/notices/mail/", {"on": "1"})
    pk = Channel.objects.get().pk
    client.post(f"/account/notices/{pk}/test/")
    all_out()
    assert mail.subjects == ["客迹 · 测试"]

    client.post(f"/account/notices/{pk}/switch/", {"on": "0"})
    assert client.post(f"/account/notices/{pk}/test/").status_code == 422
    assert client.get(f"/account/notices/{pk}/").status_code == 404
    assert client.post(f"/account/notices/{pk}/drop/").status_code == 404


def test_a_robot_is_added_tried_changed_and_dropped(cast, outside, all_out):
    client, outside.answer = signed_in(cast.lin), b'{"errcode":0}'
    wrong = client.post("/account/notices/robots/new/", ROBOT | {"address": "https://evil.example/<x>"})
    assert (wrong.status_code, 'id="address-wrong"' in text(wrong), "&lt;x&gt;" in text(wrong)) == (422, True, True)
    assert client.post("/account/notices/robots/new/", {}).status_code == 422
    assert client.post("/account/notices/robots/new/", ROBOT | {"address": outside.home + PATH}).status_code == 302

    made = Channel.objects.get()
    for path in ("/account/notices/", f"/account/notices/{made.pk}/"):
        page = text(client.get(path))
        assert "0123456789abcdef" not in page and "SEC0123" not in page
        assert "127.0.0.1/…0123" in page
    client.post(f"/account/notices/{made.pk}/test/")
    all_out()
    assert "测试" in outside.bodies[0]["text"]["content"]
    assert client.post(f"/account/notices/{made.pk}/", {"name": "改名", "version": "1"}).status_code == 302
    assert client.post(f"/account/notices/{made.pk}/", {"name": "晚了", "version": "1"}).status_code == 409
    assert Channel.objects.get().name == "改名"
    assert client.post(f"/account/notices/{made.pk}/drop/").status_code == 302
    assert (Channel.objects.count(), Outgoing.objects.count()) == (0, 0)


def test_a_failure_is_shown_to_whom_it_concerns_and_sent_again(cast, outside, all_out):
    client = signed_in(cast.lin)
    client.post("/account/notices/robots/new/", ROBOT | {"address": outside.home + PATH})
    outside.answer = b'{"errcode":310000,"errmsg":"sign not match"}'
    pk = Channel.objects.get().pk
    client.post(f"/account/notices/{pk}/test/")
    all_out()
    client.post(f"/account/notices/{pk}/switch/", {"on": "0"})
    client.post(f"/account/notices/{pk}/switch/", {"on": "1"})
    page = text(client.get("/account/notices/"))
    assert "机器人没有接受" in page and "sign not match" not in page
    log = text(signed_in(cast.gao).get("/channels/?state=PARKED"))
    assert "机器人没有接受" in log and "林晓" in log and "我的群" not in log
    assert "机器人没有接受" not in text(signed_in(cast.wang).get("/account/notices/"))

    outside.answer = b'{"errcode":0}'
    line = Outgoing.objects.get()
    assert client.post(f"/account/notices/{pk}/again/{line.pk}/").status_code == 302
    all_out()
    line.refresh_from_db()
    assert (line.state, len(outside.heard)) == ("SENT", 2)
    assert client.post(f"/account/notices/{pk}/again/{line.pk + 9}/").status_code == 404
    assert client.post(f"/account/notices/{pk}/again/").status_code == 302


@pytest.mark.attack("B-01")
def test_the_channels_of_others_are_not_there(cast, outside):
    signed_in(cast.lin).post("/account/notices/robots/new/", ROBOT | {"address": outside.home + PATH})
    pk = Channel.objects.get().pk

    for who in (cast.wang, cast.gao):
        client = signed_in(who)
        for path in ("", "switch/", "test/", "again/", "again/1/", "drop/"):
            assert client.post(f"/account/notices/{pk}/{path}", {"name": "x", "version": "1"}).status_code == 404
        assert client.get(f"/account/notices/{pk}/").status_code == 404
    assert Channel.objects.get().version == 1


def test_a_robot_of_a_team_is_for_those_who_keep_them(cast, outside, all_out):
    told = ROBOT | {"address": outside.home + PATH, "team": cast.east.pk}
    client, outside.answer = signed_in(cast.gao), b'{"errcode":0}'
    assert client.post("/channels/new/", told | {"team": "987654"}).status_code == 404
    assert client.post("/channels/new/", told | {"name": ""}).status_code == 422
    assert client.post("/channels/new/", told).status_code == 302
    page = text(client.get("/channels/"))
    assert "华东" in page and "0123456789abcdef" not in page
    pk = Channel.objects.get().pk
    assert "团队群" in text(signed_in(cast.lin).get("/account/notices/"))
    assert "团队群</th>" not in text(signed_in(cast.zhao).get("/account/notices/"))

    client.post(f"/account/notices/{pk}/test/")
    all_out()
    assert "已送达" in text(client.get("/channels/"))
    for path in ("/channels/", "/channels/new/"):
        assert signed_in(cast.wang).get(path).status_code == 403
    assert client.get(f"/account/notices/{pk}/").status_code == 200
    for query in ("?state=x", "?before=x", "?before=-1", "?before=99999999999999999999", "?state=SENT&before=1"):
        assert client.get("/channels/" + query).status_code == 200


def test_who_signed_in_long_ago_types_the_password_before_a_robot_is_added(cast, settings):
    settings.STEP_UP = -1
    client = signed_in(cast.lin)

    assert "reauthenticate" in client.post("/account/notices/robots/new/", ROBOT)["Location"]
    assert Channel.objects.count() == 0
