"""What goes out to people: by mail to a real server, by robots to a real receiver."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction

from keji.access.models import Entry, Person
from keji.access.rules.people import disable
from keji.access.rules.seals import seal
from keji.customers.models import Customer
from keji.kernel.errors import NotThere, Refused, Stale, Unfit
from keji.notices import jobs
from keji.notices.models import Channel, Enclosed, Medium, Notice, Off, Outgoing, Preference, State
from keji.notices.rules import channels, fanout, inbox, passing, robots, sending
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import KINDS, offered

pytestmark = pytest.mark.django_db
HANDED = "customers.handed"
EVERYWHERE = {name: ["INBOX", "MAIL", "ROBOT", "GROUP"] for name in ("customers.handed", "access.account", "notices.channel")}
PATHS = {
    "WECOM": "/cgi-bin/webhook/send?key=693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    "DINGTALK": "/robot/send?access_token=0123456789abcdef0123",
    "FEISHU": "/open-apis/bot/v2/hook/0123abcd-0123",
}
ACCEPTED = {"WECOM": b'{"errcode":0,"errmsg":"ok"}', "DINGTALK": b'{"errcode":0,"errmsg":"ok"}', "FEISHU": b'{"code":0,"msg":"success"}'}


@pytest.fixture
def lin(cast):
    Person.objects.filter(pk=cast.lin.pk).update(email="lin@example.com")
    cast.lin.email = "lin@example.com"
    Preference.objects.create(person=cast.lin, ways=EVERYWHERE)
    seal()
    fanout.fan_out()  # what was there before is not told
    return cast.lin


@pytest.fixture
def by_mail(lin, mail):
    channels.switch_mail(lin, True)
    return mail


def robot(person, outside, medium="WECOM", secret="", team=None):
    outside.answer = ACCEPTED[medium]
    return channels.add_robot(person, medium, "我的群", outside.home + PATHS[medium], secret, team)


def tell(person, customer=None, key="a"):
    """Word of a customer of his, or of his account."""
    if customer is None:
        return notify([person], "access.account", key=key, about={"event": "SIGN_IN"})
    return notify([person], HANDED, key=key, record="customers", record_id=customer.pk, about={"by": 0, "count": 1})


def states():
    return list(Outgoing.objects.order_by("pk").values_list("state", flat=True))


# Mail


def test_a_notice_goes_out_as_mail_with_a_stable_id(cast, lin, by_mail, all_out):
    tell(lin, cast.acme)
    all_out()
    all_out()

    [(to, message)] = by_mail.taken
    row = Outgoing.objects.get()
    assert to == ["lin@example.com"]
    assert message["Message-ID"] == f"<{row.key}@127.0.0.1>"
    assert by_mail.subjects[0] == "客迹 · 系统把客户交给了你：星海智能科技有限公司"
    assert message["From"] == "客迹 <crm@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = by_mail.texts[0], message.get_body(("html",)).get_content()
    assert f"/customers/{cast.acme.pk}/" in text and row.key[:12] in text
    assert f'<a href="http://127.0.0.1:8000/customers/{cast.acme.pk}/">' in html
    assert states() == ["SENT"]


def test_a_name_that_looks_like_markup_is_a_name_in_html_mail(cast, lin, by_mail, all_out):
    Customer.objects.filter(pk=cast.acme.pk).update(name="<img src=x>公司\r\nBcc: evil@example.com")
    tell(lin, cast.acme)
    all_out()

    [(to, message)] = by_mail.taken
    assert (to, message["Bcc"]) == (["lin@example.com"], None)
    assert "<img" not in message.get_body(("html",)).get_content()


@pytest.mark.attack("B-17")
def test_what_may_be_said_is_asked_at_the_moment_of_sending(cast, lin, by_mail, all_out):
    tell(lin, cast.acme)
    Customer.objects.filter(pk=cast.acme.pk).update(owner=cast.zhao)
    all_out()

    assert (by_mail.taken, states()) == ([], ["WITHHELD"])


def test_what_was_read_meanwhile_is_not_sent(cast, lin, by_mail, all_out):
    tell(lin, cast.acme)
    inbox.read_all(lin)
    all_out()

    assert (by_mail.taken, states()) == ([], ["WITHHELD"])


def test_a_server_that_is_busy_is_tried_again_with_the_same_id(cast, lin, by_mail, all_out, later):
    by_mail.refuses = "451 4.3.0 later"
    tell(lin, cast.acme)
    all_out()
    row = Outgoing.objects.get()
    assert (row.state, row.tries, row.why, row.status) == (State.WAITING, 1, "E_STATUS", 451)

    by_mail.refuses = ""
    later(minutes=2)
    all_out()
    row.refresh_from_db()
    assert (row.state, row.tries, by_mail.ids) == (State.SENT, 2, [f"<{row.key}@127.0.0.1>"])


def test_an_address_that_is_refused_is_parked_in_the_end_and_told_in_the_inbox(cast, lin, by_mail, all_out, later):
    Person.objects.filter(pk=lin.pk).update(email="nobody@example.com")
    for place in range(3):
        tell(lin, cast.acme, key=f"k{place}")
    for _try in range(30):
        all_out()
        later(hours=15)

    assert (by_mail.taken, set(states()), Channel.objects.get().off) == ([], {"PARKED"}, Off.FAILURES)
    assert set(Outgoing.objects.values_list("why", "status")) == {("E_RECIPIENT", 550)}
    assert Notice.objects.filter(person=lin, kind="notices.channel").count() == 1


def test_a_server_that_is_away_rests_for_everybody(cast, lin, by_mail, all_out, settings):
    Person.objects.filter(pk=cast.wang.pk).update(email="wang@example.com")
    cast.wang.email = "wang@example.com"
    channels.switch_mail(cast.wang, True)
    settings.EMAIL_PORT = 1
    tell(lin, cast.acme)
    all_out()

    assert Outgoing.objects.get().why == "E_CONNECTION"
    assert Channel.objects.exclude(rest_until=None).count() == 2


def test_mail_without_an_address_or_a_server_cannot_be_switched_on(cast, mail, settings):
    with pytest.raises(Unfit):
        channels.switch_mail(cast.wang, True)
    settings.MAIL = False
    cast.wang.email = "wang@example.com"
    with pytest.raises(Unfit):
        channels.switch_mail(cast.wang, True)
    assert Channel.objects.count() == 0


# Robots


@pytest.mark.parametrize("medium", ["WECOM", "DINGTALK", "FEISHU"])
def test_a_robot_is_told_as_its_maker_documents_it(cast, lin, outside, all_out, medium):
    robot(lin, outside, medium)
    tell(lin, cast.acme)
    all_out()

    [body] = outside.bodies
    text = body["content"]["text"] if medium == "FEISHU" else body["text"]["content"]
    assert outside.paths == [PATHS[medium]]
    assert body.get("msg_type" if medium == "FEISHU" else "msgtype") == "text"
    assert text.startswith("系统把客户交给了你：星海智能科技有限公司\n")
    assert text.endswith(Outgoing.objects.get().key[:12])
    assert states() == ["SENT"]


def test_a_dingtalk_robot_is_told_with_its_signature(lin, outside, all_out):
    robot(lin, outside, "DINGTALK", "SEC0123")
    tell(lin)
    all_out()

    told = parse_qs(urlsplit(outside.paths[0]).query)
    [at], [sign] = told["timestamp"], told["sign"]
    made = hmac.new(b"SEC0123", f"{at}\nSEC0123".encode(), hashlib.sha256).digest()
    assert base64.b64decode(sign) == made
    assert abs(int(at) / 1000 - datetime.now(UTC).timestamp()) < 60


def test_a_feishu_robot_is_told_with_its_signature(lin, outside, all_out):
    robot(lin, outside, "FEISHU", "0123")
    tell(lin)
    all_out()

    [body] = outside.bodies
    made = hmac.new(f"{body['timestamp']}\n0123".encode(), b"", hashlib.sha256).digest()
    assert base64.b64decode(body["sign"]) == made
    assert abs(int(body["timestamp"]) - datetime.now(UTC).timestamp()) < 60


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b'{"errcode":93000,"errmsg":"invalid webhook url"}', "E_REFUSED"),
        (b'{"errcode":45009,"errmsg":"api freq out of limit"}', "E_BUSY"),
        (b'{"code":19021,"msg":"sign match fail"}', "E_REFUSED"),
        (b"<html>", "E_ANSWER"),
        (b"", "E_ANSWER"),
    ],
)
def test_a_robot_that_refuses_with_200_has_not_taken_it(lin, outside, all_out, later, answer, why):
    robot(lin, outside)
    outside.answer = answer
    tell(lin)
    all_out()
    row = Outgoing.objects.get()
    assert (row.state, row.why, row.status) == (State.WAITING, why, 200)

    outside.answer = ACCEPTED["WECOM"]
    later(minutes=2)
    all_out()
    assert states() == ["SENT"]
    assert len({json.loads(body)["text"]["content"][-12:] for _headers, body in outside.heard}) == 1


def test_no_text_of_ours_calls_anybody_in_a_chat():
    _address, body = robots.packed("FEISHU", "https://open.feishu.cn/x", "", '<at user_id="all">所有人</at>', 0)

    assert "<" not in body["content"]["text"]


def test_a_text_that_is_too_long_keeps_its_end():
    _address, body = robots.packed("WECOM", "https://x", "", "星" * 3000 + "\n编号 0123", 0)
    text = body["text"]["content"]

    assert len(text.encode()) <= 2048
    assert text.endswith("…\n编号 0123")


@pytest.mark.parametrize(
    ("medium", "address", "secret", "field"),
    [
        ("WECOM", "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=0123456789", "", "address"),
        ("WECOM", "https://evil.example/cgi-bin/webhook/send?key=0123456789", "", "address"),
        ("WECOM", "https://evil.example@qyapi.weixin.qq.com.x/cgi-bin/webhook/send?key=0123456789", "", "address"),
        ("WECOM", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789#x", "", "address"),
        ("WECOM", "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=0123456789", "", "address"),
        ("WECOM", "https://qyapi.weixin.qq.com/cgi-bin/other?key=0123456789", "", "address"),
        ("WECOM", "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef", "", "address"),
        ("WECOM", "http://[::1", "", "address"),
        ("WECOM", "", "", "address"),
        ("DINGTALK", "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef", "密钥", "secret"),
        ("WECOM", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789", "x", "secret"),
        ("MAIL", "x@example.com", "", "medium"),
        ("APPRISE", "json://127.0.0.1/", "", "medium"),
    ],
)
@pytest.mark.attack("B-38")
def test_an_address_of_anything_else_is_no_robot(cast, medium, address, secret, field):
    with pytest.raises(Unfit) as caught:
        channels.add_robot(cast.lin, medium, "群", address, secret)

    assert [problem.field for problem in caught.value.problems] == [field]
    assert Channel.objects.count() == 0


@pytest.mark.attack("B-38")
def test_a_robot_whose_host_is_no_longer_allowed_is_not_spoken_to(lin, outside, all_out, settings):
    robot(lin, outside)
    tell(lin)
    settings.INNER_HOSTS = frozenset()
    all_out()

    assert (outside.heard, Outgoing.objects.get().why) == ([], "E_ADDRESS")


def test_an_address_is_sealed_shown_shortened_and_works_nowhere_else(cast, lin, outside, all_out):
    first, second = robot(lin, outside, "DINGTALK", "SEC0123"), robot(cast.wang, outside, "DINGTALK", "SEC9999")
    for row in Channel.objects.all():
        assert b"0123456789abcdef" not in bytes(row.address_sealed)
        assert b"SEC" not in bytes(row.secret_sealed)
    assert channels.short(first) == "127.0.0.1/…0123"

    Channel.objects.filter(pk=first.pk).update(address_sealed=second.address_sealed)
    tell(lin)
    all_out()
    assert (outside.heard, Channel.objects.get(pk=first.pk).off) == ([], Off.SECRET)
    assert channels.short(Channel.objects.get(pk=first.pk)) == "…"


def test_a_robot_is_changed_and_what_is_left_blank_stays(lin, outside, all_out):
    made = robot(lin, outside, "DINGTALK", "SEC0123")
    channels.revise_robot(lin, made, 1, "改名", "", "")
    tell(lin)
    all_out()
    assert "sign" in parse_qs(urlsplit(outside.paths[0]).query)

    channels.revise_robot(lin, Channel.objects.get(), 2, "换地址", outside.home + PATHS["DINGTALK"], "")
    tell(lin, key="b")
    all_out()
    assert "sign" not in parse_qs(urlsplit(outside.paths[1]).query)
    with pytest.raises(Stale):
        channels.revise_robot(lin, made, 1, "晚了", "", "")


@pytest.mark.attack("B-01")
def test_nobody_changes_the_channels_of_others(cast, lin, outside):
    made = robot(lin, outside)
    team = robot(cast.gao, outside, team=cast.east)

    assert channels.channel(lin, made.pk) == made
    assert channels.channel(cast.gao, team.pk) == team
    for person, pk in ((cast.wang, made.pk), (cast.gao, made.pk), (lin, team.pk), (lin, 987654)):
        with pytest.raises(NotThere):
            channels.channel(person, pk)
    with pytest.raises(Refused):
        robot(cast.wang, outside, team=cast.east)


def test_one_has_so_many_robots_and_no_more(lin, outside):
    for _robot in range(channels.MOST):
        robot(lin, outside)
    with pytest.raises(Unfit):
        robot(lin, outside)


# A team's group


@pytest.mark.attack("B-17")
def test_a_group_learns_who_has_word_of_what_kind_and_no_more(cast, lin, outside, all_out):
    robot(cast.gao, outside, team=cast.east)
    tell(lin, cast.acme)
    tell(cast.zhao, cast.other)
    all_out()

    [body] = outside.bodies
    text = body["text"]["content"]
    assert text.startswith("林晓：客户交给了你\nhttp://127.0.0.1:8000/inbox/\n")
    assert "星海" not in text


@pytest.mark.attack("B-16")
def test_a_group_is_not_told_of_what_its_member_may_not_see_any_more(cast, lin, outside, all_out):
    robot(cast.gao, outside, team=cast.east)
    tell(lin, cast.acme)
    Customer.objects.filter(pk=cast.acme.pk).update(owner=cast.zhao)
    all_out()

    assert (outside.heard, states()) == ([], ["WITHHELD"])


# Which, when


def test_only_what_was_chosen_goes_out_and_only_once_by_each_way(cast, lin, by_mail, outside, all_out):
    robot(lin, outside)
    Preference.objects.update(ways={HANDED: ["INBOX", "ROBOT"], "access.account": ["INBOX", "MAIL"]})
    tell(lin, cast.acme)
    tell(lin, key="b")
    all_out()

    assert (len(outside.heard), len(by_mail.taken), Enclosed.objects.count()) == (1, 1, 2)
    assert (passing.pass_on(), Enclosed.objects.count()) == (0, 2)
    row = Enclosed.objects.first()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_what_was_told_before_a_channel_was_there_is_not_sent(cast, lin, mail, all_out):
    tell(lin, cast.acme)
    all_out()
    channels.switch_mail(lin, True)
    all_out()

    assert mail.taken == []


def at(monkeypatch, moment):
    """Let it be that moment for passing on and sending."""
    from keji.notices.rules import passing, reading, sending, writing

    for module in (passing, sending, writing, reading, inbox):
        monkeypatch.setattr(module, "now", lambda: datetime.fromisoformat(moment))


def test_the_digest_says_in_the_morning_what_is_unread(cast, lin, by_mail, all_out, monkeypatch):
    channels.choose(lin, EVERYWHERE, (None, None), True)
    at(monkeypatch, "2026-11-25T10:00+08:00")
    tell(lin, cast.acme, key="a")
    all_out()
    at(monkeypatch, "2026-11-25T23:59+08:00")
    tell(lin, key="b")
    tell(lin, key="c")
    all_out()
    at(monkeypatch, "2026-11-26T08:29+08:00")
    inbox.read(lin, Notice.objects.latest("pk").pk)
    all_out()
    assert (by_mail.taken, Outgoing.objects.count()) == ([], 1)

    at(monkeypatch, "2026-11-26T08:30+08:00")
    all_out()
    assert by_mail.subjects == ["客迹 · 你有 2 条消息"]
    assert by_mail.texts[0].count("http://127.0.0.1:8000/") == 2
    assert states() == ["SENT"]


def test_in_quiet_hours_word_waits_and_comes_in_one_message(cast, lin, by_mail, all_out, monkeypatch):
    channels.choose(lin, EVERYWHERE, (22 * 60, 7 * 60), False)
    for moment, key in (("21:59", "a"), ("22:00", "b"), ("23:30", "c")):
        at(monkeypatch, f"2026-11-25T{moment}+08:00")
        tell(lin, key=key)
        all_out()
    at(monkeypatch, "2026-11-26T06:58+08:00")
    tell(lin, key="d")
    all_out()
    assert len(by_mail.taken) == 1

    at(monkeypatch, "2026-11-26T07:00+08:00")
    all_out()
    assert by_mail.subjects[1:] == ["客迹 · 你有 3 条消息"]


def test_nothing_is_put_to_what_is_about_to_leave(cast, lin, by_mail, all_out, monkeypatch):
    channels.choose(lin, EVERYWHERE, (22 * 60, 7 * 60), False)
    at(monkeypatch, "2026-11-26T06:00+08:00")
    tell(lin, key="a")
    all_out()
    at(monkeypatch, "2026-11-26T06:59:30+08:00")
    tell(lin, key="b")
    all_out()

    assert Outgoing.objects.count() == 2


@pytest.mark.parametrize(("quiet", "clock", "waits"), [
    ((22 * 60, 7 * 60), "22:00", True),
    ((22 * 60, 7 * 60), "06:59", True),
    ((22 * 60, 7 * 60), "07:00", False),
    ((12 * 60, 14 * 60), "11:59", False),
    ((12 * 60, 14 * 60), "12:00", True),
    ((12 * 60, 14 * 60), "14:00", False),
    ((None, None), "03:00", False),
])  # fmt: skip
def test_when_it_is_quiet(quiet, clock, waits):
    choice = Preference(quiet_from=quiet[0], quiet_until=quiet[1])

    assert (passing.when(choice, datetime.fromisoformat(f"2026-02-28T{clock}+08:00")) is not None) == waits


def test_what_is_chosen_is_kept_as_far_as_it_makes_sense(lin):
    channels.choose(lin, {HANDED: ["MAIL"], "access.account": ["MAIL"], "x": ["MAIL"]}, (0, 60), True)
    kept = Preference.objects.get(person=lin)

    assert (kept.ways[HANDED], kept.ways["access.account"]) == ([], ["INBOX", "MAIL"])
    assert kept.ways.keys() == {kind.name for kind in offered(lin)} < KINDS.keys()
    for quiet in ((0, None), (None, 3), (-1, 3), (0, 1440), (60, 60)):
        with pytest.raises(Unfit):
            channels.choose(lin, {}, quiet, False)


# Mechanics


def test_a_test_is_sent_one_at_a_time_and_can_be_sent_again(lin, by_mail, all_out):
    mine = Channel.objects.get()
    channels.try_channel(lin, mine)
    channels.try_channel(lin, mine)
    all_out()
    assert by_mail.subjects == ["客迹 · 测试"]

    channels.send_again(lin, mine, Outgoing.objects.get().pk)
    all_out()
    assert len(by_mail.taken) == 2 and len(set(by_mail.ids)) == 1


def test_a_channel_of_somebody_who_left_goes_off(cast, lin, by_mail, all_out):
    tell(lin, cast.acme)
    passing.pass_on()
    disable(None, lin)
    all_out()

    assert (by_mail.taken, Channel.objects.get().off, states()) == ([], Off.OWNER, ["PARKED"])


def test_after_a_restore_every_channel_is_off(lin, by_mail, outside):
    robot(lin, outside)
    assert sending.after_restore() == 2
    assert set(Channel.objects.values_list("off", flat=True)) == {Off.RESTORED}


def test_a_channel_has_one_job_at_a_time(lin, by_mail):
    tell(lin)
    passing.pass_on()

    assert (jobs.wake(), jobs.wake()) == (1, 0)


def test_a_worker_that_died_while_sending_leaves_it_to_the_next(lin, by_mail, all_out, later):
    tell(lin)
    passing.pass_on()
    row = Outgoing.objects.get()
    receiver, taken = sending.take(Channel, Channel.objects.get().pk)
    sending.ATTEMPTS[Channel](receiver, taken)  # sent, and then it is killed before that is written down
    all_out()
    assert len(by_mail.taken) == 1

    later(minutes=2)
    all_out()
    assert by_mail.ids == [f"<{row.key}@127.0.0.1>"] * 2
    assert states() == ["SENT"]


def test_a_channel_is_gone_with_its_log(lin, outside, all_out):
    made = robot(lin, outside)
    tell(lin)
    all_out()
    channels.drop_channel(lin, made)

    assert (Channel.objects.count(), Outgoing.objects.count(), Enclosed.objects.count(), Notice.objects.count()) == (0, 0, 0, 1)
    assert Entry.objects.filter(action=channels.OWN).count() == 2


def test_nothing_of_a_message_is_in_the_log(cast, lin, by_mail, outside, all_out, caplog):
    caplog.set_level("DEBUG")
    robot(lin, outside, "DINGTALK", "SEC0123")
    tell(lin, cast.acme)
    outside.answer = b'{"errcode":310000,"errmsg":"secret words"}'
    by_mail.refuses = "554 secret words"
    all_out()

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")  # that is the server's
    for word in ("星海", "secret words", "access_token=", "SEC0123", "lin@example.com"):
        assert word not in ours
    assert {row.medium for row in Channel.objects.all()} == {Medium.MAIL, Medium.DINGTALK}
