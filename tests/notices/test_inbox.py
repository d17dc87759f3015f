from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from keji.access.models import Role
from keji.access.rules.people import disable
from keji.access.rules.seals import seal
from keji.access.scope import roles_of
from keji.customers.models import Customer
from keji.customers.rules import owners
from keji.kernel.clock import SNOOZES, later
from keji.kernel.errors import NotThere
from keji.notices.models import Notice, Preference
from keji.notices.rules import fanout, inbox
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import KINDS, Told, declare_kind
from keji.notices.rules.reading import mine, unread, worded

pytestmark = pytest.mark.django_db
HANDED = "customers.handed"


@pytest.fixture
def plain():
    """A kind of its own that says how much there is of something, unless told to keep quiet."""
    told = declare_kind("tests.plain", "试验", "试验用。", lambda person, notice: Told(f"有 {notice.about['n']} 件") if notice.about["n"] else None)
    yield told
    del KINDS[told]


def told_to(person):
    return [told.title for _notice, told in worded(person, mine(person).order_by("-shown_at", "-pk"))]


def fan_out():
    seal()
    fanout.fan_out()


def test_each_is_told_once_whatever_happens(cast, plain):
    assert notify([cast.lin, cast.wang.pk, cast.lin.pk], plain, key="a", about={"n": 1}) == 2
    assert notify([cast.lin, cast.zhao], plain, key="a", about={"n": 2}) == 1
    assert notify([cast.lin], plain, key="b", about={"n": 3}) == 1

    assert (told_to(cast.lin), told_to(cast.wang), told_to(cast.zhao)) == (["有 3 件", "有 1 件"], ["有 1 件"], ["有 2 件"])


def test_a_notice_belongs_to_the_transaction_of_what_it_tells(cast, plain):
    with pytest.raises(RuntimeError), transaction.atomic():
        notify([cast.lin], plain, key="a", about={"n": 1})
        raise RuntimeError

    assert Notice.objects.count() == 0
    assert notify([cast.lin], plain, key="a", about={"n": 1}) == 1


def test_the_database_itself_refuses_to_tell_twice(cast, plain):
    notify([cast.lin], plain, key="a", about={"n": 1})
    row = Notice.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_who_has_left_or_wants_no_such_word_is_not_told(cast, plain):
    disable(None, cast.zhao)
    Preference.objects.create(person=cast.wang, ways={plain: []})

    assert notify([cast.lin, cast.wang, cast.zhao], plain, key="a", about={"n": 1}) == 1
    assert notify([cast.wang], "access.account", key="b", about={"event": "SIGN_IN"}) == 1
    assert list(Notice.objects.order_by("pk").values_list("person_id", flat=True)) == [cast.lin.pk, cast.wang.pk]


@pytest.mark.parametrize("about", [{"name": "星海智能"}, {"n": ["李梅"]}, {"星": 1}])
@pytest.mark.attack("B-17")
def test_a_notice_keeps_codes_and_no_words(cast, plain, about):
    with pytest.raises(TypeError):
        notify([cast.lin], plain, key="a", about=about)


def test_what_its_words_withhold_says_nothing(cast, plain):
    notify([cast.lin], plain, key="a", about={"n": 0})

    assert told_to(cast.lin) == []


# A customer that was handed over


def test_whoever_gets_a_customer_is_told_who_gave_which(cast):
    seal()
    fanout.fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.zhao.pk, "换区")
    fan_out()

    assert told_to(cast.zhao) == ["王敏把客户交给了你：星海智能科技有限公司"]
    assert (told_to(cast.lin), told_to(cast.wang)) == ([], [])
    assert (unread(cast.zhao), unread(cast.lin)) == (1, 0)


def test_who_takes_or_enters_a_customer_for_themselves_is_not_told(cast):
    fanout.begin()
    fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.wang.pk, "接手")
    fan_out()

    assert Notice.objects.count() == 0


def test_what_moves_on_before_it_is_told_is_told_by_its_last_move_alone(cast):
    fanout.begin()
    seal()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.wang.pk, "先收回")
    seal()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.lin.pk, "看错了")
    seal()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.zhao.pk, "换区")
    fanout.fan_out()  # each move stands in a seal of its own
    assert (Notice.objects.filter(person=cast.zhao).count(), told_to(cast.lin)) == (0, [])

    fan_out()
    assert told_to(cast.zhao) == ["王敏把客户交给了你：星海智能科技有限公司"]
    assert Notice.objects.filter(kind=HANDED, record_id=cast.acme.pk).count() == 1


def test_an_act_on_many_is_one_notice_with_its_count(cast):
    fanout.begin()
    ids = [cast.acme.pk, cast.other.pk]
    assert owners.transfer_many(cast.wang, ids, cast.wang.pk, "先收回") == (2, 0)
    fan_out()
    owners.transfer_many(cast.wang, ids, cast.lin.pk, "换区")
    fan_out()

    assert told_to(cast.lin) == ["王敏把 2 个客户交给了你"]


def test_an_act_that_comes_in_pieces_grows_until_it_is_read(cast):
    fanout.begin()
    fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.zhao.pk, "换区")
    fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.other.pk), cast.lin.pk, "换区")
    fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.other.pk), cast.zhao.pk, "换区")
    fan_out()
    assert told_to(cast.zhao) == ["王敏把 2 个客户交给了你"]

    inbox.read_all(cast.zhao)
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.other.pk), cast.lin.pk, "退回")
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.other.pk), cast.zhao.pk, "换区")
    fan_out()
    assert (unread(cast.zhao), Notice.objects.filter(person=cast.zhao).count()) == (1, 2)


@pytest.mark.attack("B-16")
def test_what_is_out_of_sight_by_now_is_neither_told_nor_counted(cast):
    fanout.begin()
    fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.zhao.pk, "换区")
    fan_out()
    assert unread(cast.zhao) == 1

    Customer.objects.filter(pk=cast.acme.pk).update(owner=cast.lin)
    assert (told_to(cast.zhao), unread(cast.zhao)) == ([], 0)
    Customer.objects.filter(pk=cast.acme.pk).update(owner=cast.zhao)
    assert unread(cast.zhao) == 1

    role = Role.objects.get(code="SALES_REP")
    role.reach = {}
    role.save()
    cast.zhao.__dict__.pop("_roles", None)
    assert (told_to(cast.zhao), unread(cast.zhao)) == ([], 0)


@pytest.mark.attack("B-17")
@pytest.mark.parametrize(("policy", "said"), [("mask", "钟*"), ("hide", "C001")])
def test_a_name_is_told_as_its_reader_reads_it(cast, policy, said):
    Customer.objects.filter(pk=cast.acme.pk).update(name="钟离春", customer_type="PERSON", customer_no="C001")
    fanout.begin()
    fan_out()
    role = Role.objects.get(code="SALES_REP")
    role.fields = {"customers.name": policy}
    role.save()
    cast.zhao.__dict__.pop("_roles", None)
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.zhao.pk, "换区")
    fan_out()

    [title] = told_to(cast.zhao)
    assert title.startswith(f"王敏把客户交给了你：{said}")
    assert "离春" not in title


def test_word_of_a_customer_in_the_bin_is_withheld(cast):
    from keji.customers.rules import bin

    fanout.begin()
    fan_out()
    owners.transfer(cast.wang, Customer.objects.get(pk=cast.acme.pk), cast.zhao.pk, "换区")
    fan_out()
    bin.drop(cast.wang, Customer.objects.get(pk=cast.acme.pk), "重复")

    assert (told_to(cast.zhao), unread(cast.zhao)) == ([], 0)


# Accounts


def test_an_odd_sign_in_is_told_once_and_a_usual_one_not(cast):
    from keji.access.rules import watch
    from keji.access.trail import note

    fanout.begin()
    for ip in ("1.2.3.4", "1.2.3.4", "8.8.8.8"):
        watch.signed_in(cast.lin, ip, "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0", None)
        note(cast.lin, "access.sign_in")
        fan_out()
    fan_out()

    assert told_to(cast.lin) == ["你的账号在没用过的地方登录"]


# Reading


def test_what_is_read_is_no_longer_unread_and_can_be_again(cast, plain):
    notify([cast.lin], plain, key="a", about={"n": 1})
    notify([cast.lin], plain, key="b", about={"n": 2})
    first = Notice.objects.earliest("pk")
    inbox.read(cast.lin, first.pk)
    assert unread(cast.lin) == 1
    inbox.read(cast.lin, first.pk, again=True)
    assert unread(cast.lin) == 2
    assert (inbox.read_all(cast.lin), unread(cast.lin), inbox.read_all(cast.lin)) == (2, 0, 0)


@pytest.mark.attack("B-01")
def test_nobody_reads_or_puts_off_what_was_told_to_others(cast, plain):
    notify([cast.lin], plain, key="a", about={"n": 1})
    pk = Notice.objects.get().pk
    for do in (lambda: inbox.read(cast.wang, pk), lambda: inbox.snooze(cast.wang, pk, datetime.now(UTC)), lambda: inbox.read(cast.lin, pk + 1)):
        with pytest.raises(NotThere):
            do()
    assert (inbox.read_all(cast.wang), unread(cast.lin)) == (0, 1)


def test_what_is_put_off_comes_again_unread_at_its_time(cast, plain, monkeypatch):
    notify([cast.lin], plain, key="a", about={"n": 1})
    row = Notice.objects.get()
    inbox.read(cast.lin, row.pk)
    inbox.snooze(cast.lin, row.pk, row.at + timedelta(hours=1))
    assert (unread(cast.lin), told_to(cast.lin)) == (0, [])

    from keji.notices.rules import reading

    monkeypatch.setattr(reading, "now", lambda: row.at + timedelta(hours=1, seconds=1))
    assert (unread(cast.lin), told_to(cast.lin)) == (1, ["有 1 件"])


@pytest.mark.parametrize(
    ("at", "tomorrow", "monday"),
    [
        ("2026-11-25T16:30+00:00", "2026-11-27T01:00", "2026-11-30T01:00"),  # after midnight in Shanghai: Thursday
        ("2026-11-29T16:30+00:00", "2026-12-01T01:00", "2026-12-07T01:00"),  # a Monday
        ("2024-02-28T08:00+00:00", "2024-02-29T01:00", "2024-03-04T01:00"),
        ("2026-12-31T08:00+00:00", "2027-01-01T01:00", "2027-01-04T01:00"),
    ],
)
def test_until_when_word_can_be_put_off(at, tomorrow, monday):
    moment = datetime.fromisoformat(at)
    found = {name: later(name, moment).astimezone(UTC).isoformat()[:16] for name in SNOOZES}

    assert found == {
        "10m": (moment + timedelta(minutes=10)).isoformat()[:16],
        "1h": (moment + timedelta(hours=1)).isoformat()[:16],
        "tomorrow": tomorrow,
        "monday": monday,
    }


def test_old_notices_are_forgotten(cast, plain, settings):
    notify([cast.lin], plain, key="a", about={"n": 1})
    notify([cast.lin], plain, key="b", about={"n": 2})
    first = Notice.objects.earliest("pk")
    Notice.objects.filter(pk=first.pk).update(at=first.at - timedelta(days=181))

    assert (inbox.forget(), told_to(cast.lin)) == (1, ["有 2 件"])


def test_the_count_is_one_question_and_a_second_where_something_waits(cast, plain, django_assert_num_queries):
    everybody = (cast.lin, cast.gao, cast.wang, cast.chen)
    for person in everybody:
        roles_of(person)  # they are read with who signed in
        with django_assert_num_queries(1):
            assert unread(person) == 0
    notify([*everybody], plain, key="a", about={"n": 1})
    for person in everybody:
        with django_assert_num_queries(2):
            assert unread(person) == 1


def test_many_notices_are_put_into_words_with_as_few_questions_as_one(cast, django_assert_max_num_queries):
    for place in range(30):
        customer = (cast.acme, cast.other)[place % 2].pk
        notify([cast.wang], HANDED, key=f"k{place}", record="customers", record_id=customer, about={"by": cast.lin.pk, "count": 1})
    unread(cast.wang)
    with django_assert_max_num_queries(3):
        assert len(told_to(cast.wang)) == 30
