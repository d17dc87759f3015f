"""How soon tickets are to be solved, and who hears when they are not."""


from datetime import date

import pytest
from moments import local

from keji.access.house import stamp
from keji.access.models import Held, Person, Role
from keji.access.rules.people import add_person
from keji.clocks.jobs import find_anew
from keji.clocks.models import Clock
from keji.clocks.queries import limit_of
from keji.clocks.rules import limits, watch
from keji.customers.rules.owners import transfer
from keji.deals.models import Deal
from keji.deals.rules.open import open_deal
from keji.notices.models import Notice
from keji.service.models import Ticket
from keji.service.rules import deadlines, visits
from keji.service.rules.tickets import drop_ticket, open_ticket, restore_ticket, revise_ticket

pytestmark = pytest.mark.django_db
COMPLAINT = {"kind": "COMPLAINT", "problem": "设备卡顿，影响生产"}


def clocks(ticket):
    rows = Clock.objects.filter(record="tickets", record_id=ticket.pk).order_by("pk")
    return [(one.limit.variant, one.due_at, one.stopped_at, one.void) for one in rows.select_related("limit")]


def agent(person):
    """The id of somebody who works on tickets from now on."""
    Held.objects.create(person=person, role=Role.objects.get(code="CS_AGENT"))
    return person.pk


@pytest.fixture
def complaint(cast, time):
    time("2026-06-05 10:00")
    return open_ticket(cast.chen, COMPLAINT, cast.acme)


def test_a_clock_runs_until_the_ticket_is_solved(cast, time, complaint):
    until = local("2026-06-10 18:00")
    assert (complaint.due_at, clocks(complaint)) == (until, [("COMPLAINT", until, None, False)])

    done = time("2026-06-08 11:00")
    revise_ticket(cast.chen, complaint, {"state": "SOLVED", "result": "更换主板"})
    assert clocks(complaint) == [("COMPLAINT", until, done, False)]

    revise_ticket(cast.chen, complaint, {"state": "DOING"})
    assert [stopped for _kind, _due, stopped, _void in clocks(complaint)] == [done, None]


def test_another_kind_is_another_limit(cast, complaint):
    revise_ticket(cast.chen, complaint, {"kind": "AFTER_SALES"})

    assert complaint.due_at == local("2026-06-12 18:00")
    assert [(kind, void) for kind, _due, _stopped, void in clocks(complaint)] == [("COMPLAINT", True), ("AFTER_SALES", False)]


def test_in_the_bin_no_clock_runs(cast, complaint):
    drop_ticket(cast.chen, complaint)
    assert [void for *_rest, void in clocks(complaint)] == [True]

    restore_ticket(cast.chen, complaint)
    assert clocks(complaint)[-1] == ("COMPLAINT", local("2026-06-10 18:00"), None, False)


def test_who_handles_it_is_warned_also_after_the_customer_was_handed_over(cast, time, complaint):
    revise_ticket(cast.chen, complaint, {"handler": agent(cast.lin)})
    transfer(cast.wang, cast.acme, cast.zhao.pk, "换区")
    time("2026-06-10 18:01")
    watch.watch()

    over = [one for one in Notice.objects.filter(kind="clocks.due") if one.about["code"] == "TICKET" and one.about["after"] == 0]
    assert {one.person.name for one in over} == {cast.lin.name, cast.wang.name}


def test_a_warning_opens_the_ticket(cast, time, complaint, browse):
    revise_ticket(cast.chen, complaint, {"handler": agent(cast.lin)})
    time("2026-06-10 18:01")
    watch.watch()

    page = browse("lin").get("/inbox/").content.decode()
    assert "解决服务单到期：" in page
    assert f"/tickets/{complaint.pk}/" in page
    assert "解决服务单（投诉）" in browse("lin").get("/due/?show=overdue").content.decode()


def test_who_reads_no_tickets_does_not_hear_of_them(cast, time, complaint, browse):
    """The warning would name the customer and what is owed; the finance people see the one and not the other."""
    qian, _password = add_person(None, "qian", "钱进", ["FINANCE"], cast.east)
    Person.objects.filter(pk=qian.pk).update(must_change=False)
    cast.qian = Person.objects.get(pk=qian.pk)
    Clock.objects.filter(record="tickets").update(person=qian)
    time("2026-06-10 18:01")
    watch.watch()

    assert Notice.objects.filter(person=qian, kind="clocks.due").exists()
    page = browse("qian").get("/inbox/").content.decode()
    assert "没有消息" in page and "解决服务单" not in page


def test_a_changed_limit_and_a_changed_calendar_move_what_the_ticket_shows(cast, time, complaint):
    limit = limit_of("TICKET", "COMPLAINT")
    limits.revise_limit(cast.shen, limit, limit.version, 2, "WORKDAYS", limit.warns, True)
    find_anew.call(limit.pk)
    assert Ticket.objects.get(pk=complaint.pk).due_at == local("2026-06-09 18:00")


def test_what_an_older_version_left_without_a_clock_gets_one(cast, complaint):
    Clock.objects.all().delete()

    assert deadlines.mend() == 1
    assert clocks(complaint) == [("COMPLAINT", local("2026-06-10 18:00"), None, False)]


@pytest.fixture
def delivered(cast, time):
    """Delivered on the 5th of June 2026, and handed over to chen."""
    time("2026-06-05 10:00")
    deal = open_deal(cast.lin, {"name": "设备采购"}, cast.acme)
    day = date(2026, 6, 5)
    Deal.objects.filter(pk=deal.pk).update(category="WON", actual_amount=1, won_date=day, opened_at=day, delivered_date=day)
    open_ticket(None, {"kind": "HANDOVER", "problem": "合同概要：设备采购", "handler": cast.chen.pk}, cast.acme, deal=deal)
    return deal


def told():
    return {(one.person.username, one.about["variant"], one.about["after"]) for one in Notice.objects.filter(kind="clocks.due")}


@pytest.mark.req("R-003-48")
def test_whoever_took_the_customer_over_is_reminded_of_each_visit(cast, time, delivered):
    visits.plan_visits()
    found = Ticket.objects.filter(kind="RETURN_VISIT").order_by("visit_day")
    assert [(one.handler, one.due_at) for one in found] == [
        (cast.chen, local("2026-06-12 18:00")),
        (cast.chen, local("2026-07-05 18:00")),
        (cast.chen, local("2026-09-03 18:00")),
    ]

    time("2026-06-12 09:00")
    watch.watch()
    assert told() == {("chen", "VISIT_07", 0)}
    revise_ticket(cast.chen, found[0], {"state": "SOLVED", "result": "用得顺手"})
    time("2026-07-12 09:00")
    watch.watch()
    assert told() == {("chen", "VISIT_07", 0), ("chen", "VISIT_30", 0)}


def test_nobody_handles_a_visit_whose_taker_has_left_and_the_owner_is_reminded(cast, time, delivered):
    Person.objects.filter(pk=cast.chen.pk).update(is_active=False)
    stamp()
    visits.plan_visits()
    time("2026-06-12 09:00")
    watch.watch()

    assert set(Ticket.objects.filter(kind="RETURN_VISIT").values_list("handler", flat=True)) == {None}
    assert told() == {("lin", "VISIT_07", 0)}


def test_the_limits_say_when_customers_are_visited_and_whether(cast, time, delivered):
    visits.plan_visits()
    first, last = limit_of("TICKET", "VISIT_07"), limit_of("TICKET", "VISIT_90")
    limits.revise_limit(cast.shen, first, first.version, 10, "DAYS", first.warns, True)
    limits.revise_limit(cast.shen, last, last.version, 90, "DAYS", last.warns, False)
    find_anew.call()

    assert Ticket.objects.get(visit_day=7).due_at == local("2026-06-15 18:00")
    Deal.objects.filter(pk=delivered.pk).update(delivered_date=date(2026, 6, 4))
    assert visits.plan_visits() == 2
    assert dict(Ticket.objects.exclude(visit_day=None).values_list("visit_day", "due_at")) == {
        7: local("2026-06-14 18:00"),
        30: local("2026-07-04 18:00"),
        90: local("2026-09-03 18:00"),
    }
    running = Clock.objects.filter(record="tickets", stopped_at=None, limit__variant__startswith="VISIT").order_by("due_at")
    assert [(one.limit.variant, one.due_at) for one in running] == [
        ("VISIT_07", local("2026-06-15 00:00")),
        ("VISIT_30", local("2026-07-05 00:00")),
    ]
