"""What is signed is handed to service within three working days."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from moments import local

from keji.access.rules.seals import seal
from keji.agenda.models import Task
from keji.agenda.rules.tasks import add, done
from keji.clocks.jobs import find_anew
from keji.clocks.models import Clock
from keji.clocks.queries import limit_of
from keji.clocks.rules import limits, watch
from keji.customers.models import Customer
from keji.deals.models import Deal, Stage
from keji.deals.rules import bin as bins
from keji.deals.rules.move import move
from keji.deals.rules.open import open_deal, revise
from keji.kernel.clock import day_of, start_of
from keji.kernel.errors import Refused, Unfit
from keji.notices.models import Notice
from keji.notices.rules import fanout
from keji.service.models import Ticket
from keji.service.rules import handovers
from keji.service.rules.handovers import Told

pytestmark = pytest.mark.django_db
MUCH = {"actual_amount": Decimal(300_000), "won_date": date(2026, 6, 18)}


def stage(code):
    return Stage.objects.get(pipeline__code="P000", code=code).pk


def task():
    return Task.objects.get(kind="HANDOVER")


def clock():
    return Clock.objects.filter(limit__code="HANDOVER").order_by("-pk").first()


@pytest.fixture
def signed(cast, time):
    """Signed on Thursday the 18th of June 2026; the 19th is the Dragon Boat Festival, Friday to Sunday are free."""
    time("2026-06-18 15:00")
    deal = open_deal(cast.lin, {"name": "智能办公设备", "opened_at": date(2026, 6, 2)}, cast.acme)
    move(cast.lin, deal, stage("WON"), MUCH, why="当场签约")
    return Deal.objects.get(pk=deal.pk)


@pytest.mark.req("R-003-47")
def test_a_signed_deal_is_to_be_handed_over_in_three_working_days(cast, signed):
    one = task()

    assert (one.assignee_id, one.customer_id, day_of(one.due_at)) == (cast.lin.pk, cast.acme.pk, date(2026, 6, 24))
    assert (clock().due_at, clock().person_id, clock().stopped_at) == (local("2026-06-24 18:00"), cast.lin.pk, None)


@pytest.mark.req("R-003-47")
def test_it_is_handed_over_with_a_form_that_becomes_a_ticket(cast, browse, signed, time):
    add(cast.lin, {"kind": "COMMITMENT", "title": "提供两次培训", "due_at": local("2026-07-01 00:00")}, cast.acme)
    there, client = reverse("service:handover", args=[signed.pk]), browse("lin")
    page = client.get(there).content.decode()
    assert "提供两次培训" in page and "李梅" in page and "2026-06-24" in page and "300,000" not in page and "300000" not in page
    assert f'<option value="{cast.chen.pk}"' in page and f'<option value="{cast.zhao.pk}"' not in page

    told = {"handler": cast.chen.pk, "summary": "智能办公设备 120 套", "people": "李梅", "commitments": "提供两次培训", "special": "周末安装"}
    moment, client = time("2026-06-22 10:00"), browse("lin")  # the session of Thursday has ended
    answer = client.post(there, told)

    ticket = Ticket.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("service:page", args=[ticket.pk]))
    assert (ticket.kind, ticket.handler_id, ticket.deal_id, ticket.due_at) == ("HANDOVER", cast.chen.pk, signed.pk, None)
    assert ticket.problem == "合同概要：智能办公设备 120 套\n关键联系人：李梅\n承诺事项：提供两次培训\n特殊要求：周末安装"
    assert (task().state, task().ended_with, task().ended_by_id) == ("DONE", f"tickets:{ticket.pk}", cast.lin.pk)
    assert (clock().stopped_at, clock().void) == (moment, False)
    assert "已经交接" in client.get(there).content.decode()
    assert "周末安装" in browse("chen").get(reverse("service:page", args=[ticket.pk])).content.decode()


@pytest.mark.req("R-003-47")
def test_who_takes_over_is_told(cast, signed):
    fanout.begin()
    handovers.hand_over(cast.lin, signed, Told(cast.chen.pk, None, "设备 120 套"))
    seal()
    fanout.fan_out()

    assert [(one.person_id, one.kind) for one in Notice.objects.filter(kind="tickets.given")] == [(cast.chen.pk, "tickets.given")]


def test_what_is_missing_is_said_and_nothing_is_written(cast, browse, signed):
    there = reverse("service:handover", args=[signed.pk])
    answer = browse("lin").post(there, {"handler": cast.zhao.pk, "summary": " ", "special": "长" * 251})

    page = answer.content.decode()
    assert answer.status_code == 422 and all(f'data-code="{code}"' in page for code in ("E_OWNER", "E_REQUIRED", "E_LENGTH"))
    assert not Ticket.objects.exists() and task().state == "OPEN"


def test_it_is_handed_over_once(cast, signed):
    handovers.hand_over(cast.lin, signed, Told(cast.chen.pk, None, "设备 120 套"))
    with pytest.raises(Unfit) as error:
        handovers.hand_over(cast.lin, signed, Told(cast.chen.pk, None, "设备 120 套"))
    assert [one.code for one in error.value.problems] == ["E_STATE"] and Ticket.objects.count() == 1


def test_only_who_may_change_the_deal_hands_it_over_and_only_once_it_is_won(cast, browse, signed, time):
    there = reverse("service:handover", args=[signed.pk])
    assert browse("zhao").get(there).status_code == 404
    assert browse("chen").get(there).status_code in (403, 404)
    with pytest.raises(Refused):
        handovers.hand_over(cast.zhao, signed, Told(cast.chen.pk, None, "设备"))
    move(cast.lin, signed, stage("INTENT"), why="客户反悔")
    with pytest.raises(Unfit):
        handovers.hand_over(cast.lin, Deal.objects.get(pk=signed.pk), Told(cast.chen.pk, None, "设备"))
    assert "成交以后才能交接" in browse("lin").get(there).content.decode()


def test_what_is_no_longer_won_is_not_handed_over(cast, signed):
    move(cast.lin, signed, stage("INTENT"), why="客户反悔")

    assert (task().state, clock().void) == ("DROPPED", True)


def test_in_the_bin_no_handover_waits(cast, signed):
    bins.drop(cast.lin, signed)
    assert (task().state, clock().void) == ("DROPPED", True)


def test_another_day_of_signing_moves_both(cast, signed, time):
    time("2026-06-23 09:00")
    revise(cast.lin, signed, {"won_date": date(2026, 6, 22)})

    assert day_of(task().due_at) == date(2026, 6, 25)
    assert (clock().due_at, Clock.objects.filter(limit__code="HANDOVER", stopped_at=None).count()) == (local("2026-06-25 18:00"), 1)


def test_another_limit_moves_both(cast, signed):
    limit = limit_of("HANDOVER")
    limits.revise_limit(cast.shen, limit, limit.version, 5, "WORKDAYS", limit.warns, True)
    find_anew.func(limit.pk)

    assert (day_of(task().due_at), clock().due_at) == (date(2026, 6, 26), local("2026-06-26 18:00"))


def test_the_manager_hears_when_it_is_late(cast, signed, time):
    time("2026-06-24 18:01")
    watch.watch()
    told = Notice.objects.filter(kind="clocks.due", about__code="HANDOVER").values_list("person_id", flat=True)
    assert {cast.lin.pk, cast.wang.pk} <= set(told)


def test_a_task_ended_by_hand_ends_the_clock(cast, signed):
    done(cast.lin, task())
    assert clock().stopped_at is None
    handovers.ended_by_hand()
    assert clock().stopped_at is not None and handovers.mend() == 0 and Task.objects.filter(kind="HANDOVER").count() == 1


def test_what_was_signed_long_ago_is_history(cast, time):
    time("2026-07-10 15:00")
    deal = open_deal(cast.lin, {"name": "旧单", "opened_at": date(2026, 6, 2)}, cast.acme)
    move(cast.lin, deal, stage("WON"), MUCH, why="补录")

    assert not Task.objects.filter(kind="HANDOVER").exists() and clock() is None


def test_the_mending_mends_what_waits_and_asks_nothing_of_a_history(cast, signed):
    Task.objects.filter(kind="HANDOVER").delete()
    assert handovers.mend() == 1
    assert day_of(task().due_at) == date(2026, 6, 24)

    Task.objects.filter(kind="HANDOVER").delete()
    Clock.objects.filter(limit__code="HANDOVER").delete()
    assert handovers.mend() == 0 and not Task.objects.filter(kind="HANDOVER").exists()


def test_the_task_leads_to_the_form(cast, browse, signed):
    link = f'href="{reverse("service:handover", args=[signed.pk])}"'
    client = browse("lin")
    for page in (reverse("agenda:mine"), reverse("agenda:page", args=[task().pk]), reverse("deals:page", args=[signed.pk])):
        assert link in client.get(page).content.decode(), page


def test_who_sees_no_deals_does_not_hear_of_signings(cast, browse, signed):
    Customer.objects.filter(pk=cast.acme.pk).update(owner=cast.chen)
    page = browse("chen").get(reverse("desk:due")).content.decode()
    assert "签约后交接给客服" not in page
    assert start_of(date(2026, 6, 18)) <= clock().started_at
