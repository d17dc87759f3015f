"""Tickets are opened, worked on, solved and rated."""

from datetime import timedelta

import pytest
from moments import local

from keji.access.models import Entry, Held, Role
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.customers.models import Contact, Tagging
from keji.deals.models import Deal
from keji.deals.rules.open import open_deal
from keji.kernel.clock import now, today, zone
from keji.kernel.errors import NotThere, Refused, Stale, Unfit
from keji.service import queries
from keji.service.models import Ticket
from keji.service.rules.deadlines import due
from keji.service.rules.tickets import drop_ticket, open_ticket, purge, restore_ticket, revise_ticket
from keji.service.rules.visits import RISK, mark_risks, plan_visits
from keji.service.sheet import late

pytestmark = pytest.mark.django_db
COMPLAINT = {"kind": "COMPLAINT", "problem": "设备卡顿，影响生产"}


def stored(ticket):
    return Ticket.objects.select_related("customer").get(pk=ticket.pk)


def codes(error):
    return sorted((problem.field, problem.code) for problem in error.value.problems)


def delivered(cast, days_ago):
    deal = open_deal(cast.lin, {"name": "设备采购"}, cast.acme)
    day = today() - timedelta(days=days_ago)
    Deal.objects.filter(pk=deal.pk).update(
        category="WON", actual_amount=1, won_date=day, opened_at=day, delivered_date=day, stage_id=deal.stage_id
    )
    return deal


def test_who_writes_a_ticket_down_handles_it_and_its_number_comes_next(cast):
    one = open_ticket(cast.chen, COMPLAINT, cast.acme)
    Held.objects.create(person=cast.lin, role=Role.objects.get(code="CS_AGENT"))
    two = open_ticket(cast.chen, COMPLAINT | {"handler": cast.lin.pk}, cast.other)

    assert (one.ticket_no, two.ticket_no) == ("T0001", "T0002")
    assert (one.handler, one.state, two.handler_id) == (cast.chen, "OPEN", cast.lin.pk)
    assert Entry.objects.filter(record="tickets", action="tickets.create", customer_id=cast.acme.pk).count() == 1


@pytest.mark.parametrize(
    ("kind", "reported", "until"),
    [
        ("COMPLAINT", "2026-06-05 10:00", "2026-06-10 18:00"),  # S-06
        ("COMPLAINT", "2026-06-17 10:00", "2026-06-23 18:00"),  # over the Dragon Boat days
        ("CONSULT", "2026-06-06 10:00", "2026-06-08 18:00"),
        ("AFTER_SALES", "2026-06-05 10:00", "2026-06-12 18:00"),
    ],
)
def test_the_limit_follows_from_the_kind_in_working_days(kind, reported, until):
    assert due(kind, local(reported)).at == local(until)
    assert not due(kind, local(reported)).provisional


def test_what_is_overdue_says_so_until_it_is_solved(cast):
    ticket = open_ticket(cast.chen, COMPLAINT | {"reported_at": now() - timedelta(days=30)}, cast.acme)
    assert late(stored(ticket).__dict__).startswith("超时 ")
    assert list(queries.overdue(queries.tickets(cast.chen))) == [ticket]

    revise_ticket(cast.chen, stored(ticket), {"state": "SOLVED", "result": "更换主板"})

    assert late(stored(ticket).__dict__) == ""
    assert not queries.overdue(queries.tickets(cast.chen)).exists()


def test_the_first_progress_is_the_response_and_a_solution_needs_words(cast):
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)
    revise_ticket(cast.chen, stored(ticket), {"progress": "工程师周三上门"})
    kept = stored(ticket)
    assert (kept.state, kept.solved_at) == ("DOING", None)
    assert kept.responded_at is not None

    with pytest.raises(Unfit) as wrong:
        revise_ticket(cast.chen, stored(ticket), {"state": "SOLVED"})
    assert codes(wrong) == [("result", "E_REQUIRED")]
    revise_ticket(cast.chen, stored(ticket), {"state": "SOLVED", "result": "更换主板"})
    assert stored(ticket).solved_at is not None
    revise_ticket(cast.chen, stored(ticket), {"state": "DOING"})
    assert (stored(ticket).solved_at, stored(ticket).responded_at) == (None, kept.responded_at)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"problem": ""}, ("problem", "E_REQUIRED")),
        ({"problem": "坏了"}, ("problem", "E_LENGTH")),
        ({"kind": ""}, ("kind", "E_REQUIRED")),
        ({"reported_at": now() + timedelta(days=1)}, ("reported_at", "E_DATE_FUTURE")),
        ({"reported_at": None}, ("reported_at", "E_REQUIRED")),
        ({"handler": 987654}, ("handler", "E_OWNER")),
        ({"contact": 987654}, ("contact", "E_CONTACT")),
        ({"satisfaction": 6}, ("satisfaction", "E_RANGE")),
        ({"state": "SOLVED"}, ("result", "E_REQUIRED")),
        ({"problem": "卡号 6222 0200 0000 0001 230，扣错款了"}, ("problem", "W_SENSITIVE")),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(cast, told, wrong):
    with pytest.raises(Unfit) as error:
        open_ticket(cast.chen, COMPLAINT | told, cast.acme)

    assert wrong in codes(error)
    assert not Ticket.objects.exists()


def test_whoever_handles_a_ticket_works_on_tickets(cast, browse):
    """lin reads the tickets of his customers, and could not write down what he did about them."""
    with pytest.raises(Unfit) as error:
        open_ticket(cast.chen, COMPLAINT | {"handler": cast.lin.pk}, cast.acme)
    assert codes(error) == [("handler", "E_OWNER")]

    form = browse("chen").get(f"/tickets/new/?_customer={cast.acme.pk}").content.decode().partition('id="handler"')[2].partition("</select>")[0]
    assert ("陈静" in form, "林晓" in form) == (True, False)


def test_a_low_score_of_a_ticket_whose_handler_has_left_goes_to_whoever_wrote_it_down(cast):
    ticket = open_ticket(cast.chen, {"kind": "RETURN_VISIT", "problem": "交付后回访客户"}, cast.acme)
    Ticket.objects.filter(pk=ticket.pk).update(handler=cast.zhao)

    revise_ticket(cast.chen, stored(ticket), {"satisfaction": 1})

    assert [one.handler for one in Ticket.objects.filter(cause=ticket)] == [cast.chen]


def test_the_contact_is_one_of_the_customers(cast):
    other = Contact.objects.get(customer=cast.other)
    with pytest.raises(Unfit):
        open_ticket(cast.chen, COMPLAINT | {"contact": other.pk}, cast.acme)
    mine = Contact.objects.get(customer=cast.acme)
    assert open_ticket(cast.chen, COMPLAINT | {"contact": mine.pk}, cast.acme).contact == mine


@pytest.mark.req("R-003-48")
@pytest.mark.parametrize(("score", "complaints"), [(1, 1), (2, 1), (3, 0), (5, 0)])
def test_a_low_score_opens_a_complaint_once(cast, score, complaints):
    ticket = open_ticket(cast.chen, {"kind": "RETURN_VISIT", "problem": "交付后回访客户"}, cast.acme)
    revise_ticket(cast.chen, stored(ticket), {"satisfaction": score, "satisfaction_note": "响应太慢"})
    revise_ticket(cast.chen, stored(ticket), {"satisfaction_note": "响应太慢了"})

    found = Ticket.objects.filter(kind="COMPLAINT")
    assert found.count() == complaints
    for one in found:
        assert (one.cause_id, one.handler, one.customer) == (ticket.pk, cast.chen, cast.acme)
        assert "响应太慢" in one.problem and one.due_at is not None


@pytest.mark.req("R-003-48")
def test_a_delivery_asks_for_three_visits_once(cast):
    deal = delivered(cast, 3)

    assert plan_visits() == 3
    assert plan_visits() == 0
    found = {one.visit_day: one for one in Ticket.objects.filter(deal=deal)}
    day = today() - timedelta(days=3)
    assert {n: one.due_at.astimezone(zone()).date() for n, one in found.items()} == {
        n: day + timedelta(days=n) for n in (7, 30, 90)
    }
    assert {one.kind for one in found.values()} == {"RETURN_VISIT"}


def test_visits_of_long_ago_are_not_asked_for_and_a_moved_delivery_moves_the_open_ones(cast):
    deal = delivered(cast, 40)
    assert plan_visits() == 2  # the one after a week is long over

    Deal.objects.filter(pk=deal.pk).update(delivered_date=today() - timedelta(days=35))
    done = Ticket.objects.get(deal=deal, visit_day=30)
    revise_ticket(cast.chen, stored(done), {"state": "SOLVED", "result": "客户满意"})
    assert plan_visits() == 1
    assert Ticket.objects.get(deal=deal, visit_day=90).due_at.astimezone(zone()).date() == today() + timedelta(days=55)


def carries(customer):
    return Tagging.objects.filter(customer=customer, ended_at=None, tag__name=RISK).exists()


def test_an_overdue_complaint_marks_the_customer_until_it_is_settled(cast):
    ticket = open_ticket(cast.chen, COMPLAINT | {"reported_at": now() - timedelta(days=30)}, cast.acme)
    open_ticket(cast.chen, COMPLAINT, cast.other)

    assert mark_risks() == (1, 0)
    assert mark_risks() == (0, 0)
    assert (carries(cast.acme), carries(cast.other)) == (True, False)
    revise_ticket(cast.chen, stored(ticket), {"state": "SOLVED", "result": "更换主板"})
    assert mark_risks() == (0, 1)
    assert not carries(cast.acme)


def test_a_tag_that_a_person_has_put_stays(cast):
    from keji.customers.rules.tagging import tag

    tag(cast.lin, cast.acme, RISK)

    assert mark_risks() == (0, 0)
    assert carries(cast.acme)


@pytest.mark.req("R-004-41")
def test_service_writes_tickets_and_nothing_else_and_sales_read_their_own(cast):
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)

    assert not may(cast.chen, "customers.change", cast.acme)
    assert queries.ticket(cast.lin, ticket.pk) == ticket
    with pytest.raises(NotThere):
        queries.ticket(cast.zhao, ticket.pk)
    with pytest.raises(Refused):
        open_ticket(cast.lin, COMPLAINT, cast.acme)
    with pytest.raises(Refused):
        revise_ticket(cast.lin, stored(ticket), {"progress": "我来"})


def test_one_form_makes_one_ticket_and_a_stale_one_none(cast):
    open_ticket(cast.chen, COMPLAINT, cast.acme, once="abc")
    with pytest.raises(AlreadyDone):
        open_ticket(cast.chen, COMPLAINT, cast.acme, once="abc")
    ticket = Ticket.objects.get()
    revise_ticket(cast.chen, stored(ticket), {"progress": "上门"})
    with pytest.raises(Stale):
        revise_ticket(cast.chen, stored(ticket), {"progress": "又上门"}, version=1)


def test_a_ticket_goes_into_the_bin_comes_back_and_goes_for_good_after_thirty_days(cast):
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)
    drop_ticket(cast.chen, stored(ticket))
    assert not queries.tickets(cast.chen).exists()
    restore_ticket(cast.chen, queries.binned_ticket(cast.chen, ticket.pk))
    assert queries.tickets(cast.chen).exists()
    drop_ticket(cast.chen, stored(ticket))
    assert purge() == 0
    Ticket.objects.update(deleted_at=now() - timedelta(days=31))
    assert purge() == 1
    assert open_ticket(cast.chen, COMPLAINT, cast.acme).ticket_no == "T0002"
