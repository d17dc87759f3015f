"""How soon tickets are to be solved, and who hears when they are not."""


import pytest
from moments import local

from keji.access.models import Held, Person, Role
from keji.access.rules.people import add_person
from keji.clocks.jobs import find_anew
from keji.clocks.models import Clock
from keji.clocks.queries import limit_of
from keji.clocks.rules import limits, watch
from keji.customers.rules.owners import transfer
from keji.notices.models import Notice
from keji.service.models import Ticket
from keji.service.rules import deadlines
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
