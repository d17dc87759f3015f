"""Writing follow-ups down and mending them."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from moments import local

from keji.access.models import Entry, Kept
from keji.access.scope import near, relation
from keji.access.trail import AlreadyDone
from keji.customers.models import Collaboration, Contact, Customer
from keji.customers.rules.owners import transfer
from keji.customers.rules.revise import revise as revise_customer
from keji.followups import pages, queries
from keji.followups.models import Followup, Presence
from keji.followups.rules.checks import check, depth, over
from keji.followups.rules.log import drop, log, may_revise, restore, revise
from keji.followups.rules.many import Told, log_many
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.clock import now, today, zone
from keji.kernel.errors import Invalid, NotThere, Refused, Stale, Unfit

SAID = {"summary": "介绍了新一代产品，对方想看演示"}


def codes(error):
    return sorted((problem.field, problem.code) for problem in error.value.problems)


def customer(cast):
    return Customer.objects.get(pk=cast.acme.pk)


def written_long_ago(followup):
    Followup.objects.filter(pk=followup.pk).update(created_at=now() - timedelta(days=3))
    return Followup.objects.select_related("customer").get(pk=followup.pk)


def test_two_fields_are_enough(cast):
    made = log(cast.lin, {"method": "VISIT", **SAID}, cast.acme)

    made.refresh_from_db()
    assert (made.author, made.created_by, made.kind, made.our_participants) == (
        cast.lin,
        cast.lin,
        "DEEP",
        [cast.lin.pk],
    )
    assert abs(made.occurred_at - now()) < timedelta(minutes=1)
    known = customer(cast)
    assert (known.last_followup_at, known.next_followup_at, known.followup_count) == (made.occurred_at, None, 1)


@pytest.mark.req("R-000-08")
@pytest.mark.req("R-000-28")
@pytest.mark.req("R-001-16")
@pytest.mark.req("R-003-40")
@pytest.mark.req("R-003-41")
def test_every_field_of_the_seeds_is_kept(cast):
    said = {
        "occurred_at": local("2023-10-20 14:30"),
        "method": "PHONE",
        "followup_type": "FIRST",
        "kind": "DEEP",
        "scene": "初次接洽需求",
        "summary": "明确预算 30 万元",
        "customer_feedback": "需对比 3 家方案",
        "need_change": "从 50 台加到 80 台",
        "objections": "担心交货期",
        "decision_progress": "总监同意，等总经理",
        "commitments": "下周提供报价",
        "location": "客户会议室",
        "outcome": "同意看方案",
        "next_followup_at": local("2023-10-25 00:00"),
        "next_action": "发送方案",
        "next_action_by": cast.wang.pk,
        "next_action_due": local("2023-10-24 00:00").date(),
    }

    made = log(cast.lin, said, cast.acme)

    kept = Followup.objects.values(*(name for name in said if name != "next_action_by")).get(pk=made.pk)
    assert kept == {name: value for name, value in said.items() if name != "next_action_by"}
    assert made.next_action_by == cast.wang
    assert customer(cast).next_followup_at == said["next_followup_at"]


@pytest.mark.req("R-000-24")
def test_time_is_required_and_not_in_the_future(cast):
    for value, code in ((None, "E_REQUIRED"), (now() + timedelta(minutes=6), "E_DATE_FUTURE")):
        with pytest.raises(Unfit) as error:
            log(cast.lin, {**SAID, "occurred_at": value}, cast.acme)
        assert codes(error) == [("occurred_at", code)]

    log(cast.lin, {**SAID, "occurred_at": now() + timedelta(minutes=4)}, cast.acme)
    assert Followup.objects.count() == 1


@pytest.mark.req("R-001-14")
@pytest.mark.parametrize(
    ("told", "shown", "on_time", "too_late"),
    [
        ("2026-03-02", "2026-03-02", (2026, 3, 3, 23, 59), (2026, 3, 4, 0, 1)),
        ("2026-03-02 15:30", "2026-03-02 15:30", (2026, 3, 3, 15, 30), (2026, 3, 3, 15, 31)),
        ("2026年3月2日", "2026-03-02", (2026, 3, 3, 0, 1), (2026, 3, 4, 0, 1)),
    ],
)
def test_a_day_counts_from_its_end_and_a_time_from_itself(told, shown, on_time, too_late):
    kind = FOLLOWUPS.by_name["occurred_at"].kind
    value = kind.parse(told).value

    assert kind.show(value) == shown
    assert datetime(*on_time, tzinfo=zone()) <= over(value) + timedelta(hours=24)
    assert datetime(*too_late, tzinfo=zone()) > over(value) + timedelta(hours=24)


@pytest.mark.req("R-001-14")
@pytest.mark.parametrize("told", ["2026-13-01", "2026-02-30", "某天", "25:00"])
def test_what_is_no_day_is_no_day_of_a_communication(told):
    with pytest.raises(Invalid):
        FOLLOWUPS.by_name["occurred_at"].kind.parse(told)


@pytest.mark.req("R-001-14")
def test_a_communication_written_down_too_late_says_so_and_a_history_never(cast):
    told = [("昨天才说的", now() - timedelta(hours=20), False), ("早就说了的", now() - timedelta(hours=25, minutes=5), False)]
    told.append(("以前的记录", now() - timedelta(days=90), True))
    for summary, at, imported in told:
        if imported:
            log_many(cast.wang, [Told(cast.acme, {"summary": summary, "occurred_at": at})])
        else:
            log(cast.lin, {"summary": summary, "occurred_at": at}, cast.acme)

    found = pages.timeline(cast.lin, cast.acme, None, 9, relation(cast.lin, cast.acme))

    assert {one["text"]: [tag["text"] for tag in one["tags"]] for one in found} == {
        "昨天才说的": [],
        "早就说了的": ["迟录 1 小时"],
        "以前的记录": ["历史导入"],
    }


def test_nothing_said_is_nothing_kept(cast):
    with pytest.raises(Unfit) as error:
        log(cast.lin, {"method": "", "summary": ""}, cast.acme)

    assert codes(error) == [("method", "E_REQUIRED"), ("summary", "E_REQUIRED")]
    assert (Followup.objects.count(), customer(cast).followup_count) == (0, 0)


@pytest.mark.parametrize(
    "given", [{"next_action": "发送合同"}, {"next_action": "发送合同", "next_action_by": 1}, {"next_action_due": "day"}]
)
def test_an_action_has_a_who_and_a_when_or_is_none(cast, given):
    told = {name: today() if value == "day" else value for name, value in given.items()}

    found = check({**SAID, "method": "PHONE", "occurred_at": now(), **told}, now())

    names = {"next_action", "next_action_by", "next_action_due"}
    assert {problem.field for problem in found} == names - given.keys()
    assert {problem.code for problem in found} == {"E_REQUIRED"}


def test_the_next_time_is_not_before_this_one(cast):
    with pytest.raises(Unfit) as error:
        log(
            cast.lin,
            {**SAID, "objective": "下次跟进", "occurred_at": local("2024-03-18 10:00"), "next_followup_at": local("2024-03-17 00:00")},
            cast.acme,
        )
    assert codes(error) == [("next_followup_at", "E_LOGIC_ORDER")]

    same_day = log(
        cast.lin, {**SAID, "objective": "下次跟进", "occurred_at": local("2024-03-18 10:00"), "next_followup_at": local("2024-03-18 00:00")}, cast.acme
    )
    assert same_day.next_followup_at == same_day.occurred_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"summary": ""},
        {"kind": "OTHER"},
        {"next_followup_at": datetime(2000, 1, 1, tzinfo=timezone.get_current_timezone())},
        {"next_action": "发送合同"},
    ],
)
def test_the_database_refuses_what_must_never_be(cast, wrong):
    made = log(cast.lin, SAID, cast.acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        Followup.objects.filter(pk=made.pk).update(**wrong)


def test_the_depth_follows_the_method_until_somebody_says_otherwise(cast):
    assert [depth(one) for one in ("VISIT", "PROPOSAL", "PHONE", "WECHAT", "SMS", "INFO_PUSH")] == [
        "DEEP", "DEEP", "REGULAR", "REGULAR", "PUSH", "PUSH",
    ]  # fmt: skip
    made = log(cast.lin, {**SAID, "method": "PHONE"}, cast.acme)

    revise(cast.lin, made, {"method": "SMS"})
    assert made.kind == "PUSH"
    revise(cast.lin, made, {"kind": "DEEP"})
    revise(cast.lin, made, {"method": "PHONE"})
    assert made.kind == "DEEP"


@pytest.mark.req("R-001-18")
def test_contacts_and_free_names_took_part(cast):
    li = Contact.objects.get(customer=cast.acme)
    made = log(
        cast.lin,
        {**SAID, "customer_participants": "张工, 李梅", "our_participants": [cast.lin.pk, cast.wang.pk]},
        cast.acme,
        contacts=[li.pk],
    )

    assert (made.customer_participants, queries.present(made)) == ("李梅、张工", [li.pk])
    revise(cast.lin, made, {"customer_participants": "张工"}, contacts=[])
    assert (made.customer_participants, Presence.objects.count()) == ("张工", 0)


def test_a_contact_of_another_customer_did_not_take_part(cast):
    stranger = Contact.objects.get(customer=cast.other)

    with pytest.raises(Unfit) as error:
        log(cast.lin, SAID, cast.acme, contacts=[stranger.pk])

    assert codes(error) == [("customer_participants", "E_CONTACT")]


def test_one_token_is_one_record(cast):
    made = log(cast.lin, SAID, cast.acme, once="t1")

    with pytest.raises(AlreadyDone) as error:
        log(cast.lin, SAID, cast.acme, once="t1")
    assert (error.value.record_id, customer(cast).followup_count) == (made.pk, 1)


def test_a_card_number_is_a_doubt_that_somebody_may_accept(cast):
    told = {"summary": "卡号 6222 0200 0000 0001 230"}
    with pytest.raises(Unfit) as error:
        log(cast.lin, told, cast.acme)
    assert codes(error) == [("summary", "W_SENSITIVE")]

    made = log(cast.lin, told, cast.acme, accept={"summary:W_SENSITIVE": "测试卡"})
    assert [one["why"] for one in made.accepted] == ["测试卡"]


@pytest.mark.req("R-000-26")
def test_a_rep_does_not_write_for_a_colleague_and_a_manager_does(cast):
    with pytest.raises(Refused):
        log(cast.lin, {**SAID, "author": cast.wang.pk}, cast.acme)

    assert log(cast.wang, {**SAID, "author": cast.lin.pk}, cast.acme).author == cast.lin


def test_a_stranger_an_agent_and_the_steward_write_nothing(cast):
    for person in (cast.zhao, cast.chen, cast.shen, cast.gao):
        with pytest.raises(Refused):
            log(person, SAID, cast.acme)
    assert Followup.objects.count() == 0


@pytest.mark.req("R-000-02")
def test_colleagues_on_a_customer_read_one_another(cast):
    Collaboration.objects.create(customer=cast.acme, person=cast.zhao)
    for person, day in (
        (cast.lin, "2024-01-02 09:00"),
        (cast.zhao, "2024-01-03 09:00"),
        (cast.wang, "2024-01-01 09:00"),
    ):
        log(person, {**SAID, "occurred_at": local(day)}, cast.acme)

    for person in (cast.lin, cast.zhao, cast.wang):
        assert [one.author for one in queries.of_customer(person, cast.acme.pk, None, 9)] == [
            cast.zhao,
            cast.lin,
            cast.wang,
        ]


@pytest.mark.req("R-000-04")
def test_after_a_transfer_the_new_owner_reads_what_was_said(cast):
    log(cast.lin, SAID, cast.acme)
    transfer(cast.wang, customer(cast), cast.zhao.pk, "区域调整")

    assert [one.author for one in queries.followups(cast.zhao)] == [cast.lin]
    assert queries.followups(cast.lin).count() == 0
    assert Entry.objects.filter(action="customers.assign", record_id=cast.acme.pk).count() == 1


def test_a_log_does_not_make_an_open_form_stale_nor_is_it_lost_in_it(cast):
    open_form = customer(cast)
    made = log(cast.lin, SAID, customer(cast))

    revise_customer(cast.lin, open_form, {"remark": "年底扩产"}, version=open_form.version)

    known = customer(cast)
    assert (known.remark, known.followup_count, known.last_followup_at) == ("年底扩产", 1, made.occurred_at)


@pytest.mark.parametrize(
    ("lines", "then"),
    [
        ([(10, 20)], 20),
        ([(10, 20), (12, None)], 20),
        ([(10, 20), (12, 25)], 25),
        ([(10, 20), (20, None)], None),
        ([(10, 20), (21, None)], None),
        ([(10, 20), (12, 15), (16, None)], None),
    ],
)
def test_the_next_date_said_last_counts_until_one_has_come_to_it(cast, lines, then):
    for shuffled in (lines, lines[::-1]):
        for day, planned in shuffled:
            told = {"occurred_at": local(f"2024-03-{day:02d} 10:00")}
            log(cast.lin, {**SAID, "objective": "下次跟进", **told, "next_followup_at": local(f"2024-03-{planned} 00:00") if planned else None}, cast.acme)

        assert customer(cast).next_followup_at == (local(f"2024-03-{then} 00:00") if then else None)
        for one in Followup.objects.filter(deleted_at=None).order_by("pk"):
            drop(cast.lin, one)
        assert customer(cast).next_followup_at is None


def test_of_many_the_newest_five_are_recent_and_the_plan_is_found_behind_them(cast):
    first = log(
        cast.lin,
        {**SAID, "objective": "下次跟进", "occurred_at": local("2024-01-01 09:00"), "next_followup_at": now() + timedelta(days=9)},
        cast.acme,
    )
    for day in range(2, 8):
        log(cast.lin, {**SAID, "occurred_at": local(f"2024-01-{day:02d} 09:00")}, cast.acme)

    assert list(Followup.objects.filter(recent=True).values_list("occurred_at__day", flat=True).order_by("pk")) == [
        3,
        4,
        5,
        6,
        7,
    ]
    assert (customer(cast).followup_count, customer(cast).next_followup_at) == (7, first.next_followup_at)
    newest = Followup.objects.order_by("-occurred_at").first()
    drop(cast.lin, newest)
    assert list(
        Followup.objects.filter(recent=True, deleted_at=None).values_list("occurred_at__day", flat=True).order_by("pk")
    ) == [2, 3, 4, 5, 6]
    restore(cast.lin, queries.binned_followup(cast.lin, newest.pk))
    assert (customer(cast).followup_count, Followup.objects.filter(recent=True).count()) == (7, 5)


def test_an_agent_reads_the_last_five_summaries_of_a_customer_and_no_more(cast):
    made = [log(cast.lin, {**SAID, "occurred_at": local(f"2024-01-{day:02d} 09:00")}, cast.acme) for day in range(1, 8)]

    assert {one.pk for one in queries.followups(cast.chen)} == {one.pk for one in made[2:]}
    with pytest.raises(NotThere):
        queries.followup(cast.chen, made[0].pk)
    assert queries.followup(cast.shen, made[0].pk) == made[0]


def test_the_author_mends_freely_on_the_day_and_later_with_a_reason(cast):
    made = log(cast.lin, SAID, cast.acme)
    revise(cast.lin, made, {"summary": "当天改"})
    old = written_long_ago(made)

    with pytest.raises(Unfit) as error:
        revise(cast.lin, old, {"summary": "后来改"})
    assert codes(error) == [("why", "E_REQUIRED")]
    revise(cast.lin, written_long_ago(made), {"summary": "后来改"}, why="写错了人名")

    entry = Entry.objects.filter(action="followups.change").latest("pk")
    assert (entry.why, Kept.objects.get(entry=entry).values["summary"]) == ("写错了人名", ["当天改", "后来改"])


def test_only_the_author_and_a_manager_mend(cast):
    Collaboration.objects.create(customer=cast.acme, person=cast.zhao)
    made = log(cast.zhao, SAID, cast.acme)

    assert [may_revise(person, made) for person in (cast.zhao, cast.wang, cast.lin, cast.chen)] == [
        True,
        True,
        False,
        False,
    ]
    with pytest.raises(Refused):
        revise(cast.lin, made, {"summary": "改别人的"})
    with pytest.raises(Refused):
        drop(cast.lin, made)


def test_of_two_who_mend_the_second_is_told(cast):
    made = log(cast.lin, SAID, cast.acme)
    mine, theirs = queries.followup(cast.lin, made.pk), queries.followup(cast.wang, made.pk)
    revise(cast.wang, theirs, {"summary": "经理改"}, version=theirs.version)

    with pytest.raises(Stale):
        revise(cast.lin, mine, {"summary": "我改"}, version=mine.version)


def test_what_is_dropped_counts_no_more_and_is_found_no_more(cast):
    made = log(cast.lin, {**SAID, "objective": "下次跟进", "next_followup_at": now() + timedelta(days=2)}, cast.acme)
    drop(cast.lin, made)

    known = customer(cast)
    assert (known.last_followup_at, known.next_followup_at, known.followup_count) == (None, None, 0)
    assert queries.INDEX.find("演示", {"text"}) == []
    restore(cast.lin, queries.binned_followup(cast.lin, made.pk))
    assert (customer(cast).followup_count, queries.INDEX.find("演示", {"text"})) == (1, [made.pk])


@pytest.mark.req("R-000-55")
def test_a_history_keeps_who_has_left_and_the_importer_stands_in_for_nobody(cast):
    told = [
        Told(cast.acme, {**SAID, "objective": "下次跟进", "occurred_at": local("2023-10-20 00:00"), "next_followup_at": local("2023-10-25 00:00")}),
        Told(cast.acme, {**SAID, "occurred_at": local("2023-10-21 00:00")}, author_name="老王"),
        Told(cast.acme, {"summary": "", "occurred_at": local("2023-10-22 00:00")}),
    ]

    assert log_many(cast.wang, told, "搬家") == 2
    made = list(Followup.objects.order_by("pk").values_list("author__name", "author_name", "imported"))
    assert made == [("王敏", "", True), (None, "老王", True)]
    assert [problem.code for problem in told[2].problems] == ["E_REQUIRED"]
    assert (customer(cast).followup_count, customer(cast).next_followup_at) == (2, local("2023-10-25 00:00"))
    assert len(queries.INDEX.find("演示", {"text"})) == 2


def test_many_at_once_say_what_one_says(cast):
    values = {**SAID, "method": "VISIT", "occurred_at": local("2024-01-02 09:00"), "customer_participants": "张工,李梅"}
    one = log(cast.wang, values, cast.acme)
    log_many(cast.wang, [Told(cast.acme, values)])

    other = Followup.objects.latest("pk")
    skip = {"id", "version", "created_at", "changed_at", "imported", "late", "delay", "signed_at", "signature"}
    names = [field.attname for field in Followup._meta.concrete_fields if field.attname not in skip]
    assert {name: getattr(other, name) for name in names} == {name: getattr(one, name) for name in names}
    entries = Entry.objects.filter(action="followups.create").order_by("pk")
    assert [set(entry.changes) - {"imported"} for entry in entries][0] == set(entries[1].changes) - {"imported"}


def test_a_history_does_not_go_to_customers_out_of_reach(cast):
    with pytest.raises(Refused):
        log_many(cast.zhao, [Told(cast.acme, SAID)])
    assert near(cast.zhao, Followup).count() == 0


@pytest.mark.req("R-000-45")
@pytest.mark.parametrize(("minutes", "said"), [(1, "1 分钟"), (59, "59 分钟"), (60, "1 小时"), (2879, "47 小时"), (2880, "2 天"), (4500, "3 天")])
def test_how_late_it_was_is_said_as_people_say_it(minutes, said):
    assert pages.long(minutes) == said


@pytest.mark.req("R-003-43")
def test_who_signed_the_first_version_is_one_press_away_for_those_who_read_it_all(cast, browse):
    made = log(cast.lin, SAID, cast.acme)
    page, there = reverse("customers:page", args=[cast.acme.pk]), reverse("followups:versions", args=[made.pk])

    assert f'href="{there}"' in browse("lin").get(page).content.decode()
    assert made.signature[:12] in browse("lin").get(there).content.decode()
    assert f'href="{there}"' not in browse("chen").get(page).content.decode()
