"""Tickets in the browser: written down, worked on, in conflict, in lists, on the customer's page, in figures."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from keji.access.models import Role
from keji.customers.models import Contact, Customer
from keji.followups.rules.log import log
from keji.kernel.clock import now, today
from keji.service.models import Ticket
from keji.service.rules.tickets import open_ticket, revise_ticket
from keji.service.sheet import late as late_of

pytestmark = pytest.mark.django_db
COMPLAINT = {"kind": "COMPLAINT", "problem": "设备卡顿，影响生产"}
FORM = {"kind": "COMPLAINT", "problem": "设备卡顿，影响生产", "reported_at": "昨天 15:00", "channel": "PHONE", "state": "OPEN"}


def text(answer):
    return answer.content.decode()


def stored(ticket):
    return Ticket.objects.select_related("customer").get(pk=ticket.pk)


@pytest.mark.req("R-001-03")
def test_service_writes_a_ticket_down_with_its_state_and_progress(cast, browse):
    page = text(browse("chen").get(reverse("service:new"), {"_customer": cast.acme.pk}))
    assert all(f'name="{name}"' in page for name in ("problem", "state", "progress", "result", "handler", "_contact"))
    contact = Contact.objects.get(customer=cast.acme)
    told = FORM | {"_customer": cast.acme.pk, "_once": "x", "_contact": contact.pk}

    answer = browse("chen").post(reverse("service:new"), told, follow=True)

    made = Ticket.objects.get()
    assert (made.contact, made.handler, made.channel) == (contact, cast.chen, "PHONE")
    assert made.ticket_no in text(answer) and "设备卡顿" in text(answer)
    again = browse("chen").post(reverse("service:new"), told)
    assert again["Location"] == reverse("service:page", args=[made.pk])
    assert Ticket.objects.count() == 1


def test_what_is_wrong_comes_back_with_what_was_typed(cast, browse):
    answer = browse("chen").post(reverse("service:new"), FORM | {"_customer": cast.acme.pk, "state": "SOLVED", "progress": "看过了"})

    assert answer.status_code == 422
    assert 'data-code="E_REQUIRED"' in text(answer) and "看过了" in text(answer)
    lost = browse("chen").post(reverse("service:new"), FORM)
    assert lost.status_code == 422 and "请先选择客户" in text(lost)


def test_how_a_customer_wants_to_be_reached_stands_over_the_ticket(cast, browse):
    Customer.objects.filter(pk=cast.acme.pk).update(do_not_call=True, channel_preference="EMAIL")
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)

    for path in (reverse("service:page", args=[ticket.pk]), reverse("service:edit", args=[ticket.pk])):
        page = text(browse("chen").get(path))
        assert "客户要求勿电话打扰" in page and "偏好用邮件联系" in page


def test_two_who_work_on_one_ticket_see_each_other(cast, browse):
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)
    revise_ticket(cast.chen, stored(ticket), {"progress": "工程师周三上门"})

    answer = browse("chen").post(reverse("service:edit", args=[ticket.pk]), FORM | {"version": 1, "progress": "我来看看"})

    assert answer.status_code == 409
    assert "工程师周三上门" in text(answer) and "我来看看" in text(answer)
    assert stored(ticket).progress == "工程师周三上门"


@pytest.mark.req("R-001-02")
@pytest.mark.req("R-004-39")
def test_the_customers_page_shows_tickets_to_service_and_to_its_owner(cast, browse):
    ticket = open_ticket(cast.chen, COMPLAINT | {"reported_at": now() - timedelta(days=30)}, cast.acme)

    for who in ("chen", "lin"):
        page = text(browse(who).get(reverse("customers:page", args=[cast.acme.pk])))
        assert 'id="tickets"' in page and f'id="ticket-{ticket.pk}"' in page and "超时 " in page
    only = text(browse("lin").get(reverse("customers:page", args=[cast.acme.pk]), {"show": "tickets"}))
    assert "设备卡顿" in only
    role = Role.objects.get(code="SALES_REP")
    role.reach = {name: told for name, told in role.reach.items() if name != "tickets"}
    role.save()
    assert "设备卡顿" not in text(browse("lin").get(reverse("customers:page", args=[cast.acme.pk])))


@pytest.mark.req("R-004-55")
def test_the_form_of_follow_ups_and_services_stands_on_the_customers_page(cast, browse):
    told = {"occurred_at": now() - timedelta(hours=2), "method": "VISIT", "summary": "看了新产线", "customer_feedback": "要比较三家"}
    log(cast.lin, told | {"next_action": "发送报价", "next_action_due": today(), "next_action_by": cast.lin.pk}, cast.acme)
    solved = {"state": "SOLVED", "result": "换了主板", "satisfaction": 4}
    ticket = open_ticket(cast.chen, COMPLAINT | solved, cast.acme)

    page = text(browse("lin").get(reverse("customers:page", args=[cast.acme.pk])))
    spoken = page[page.index('id="history"') :]
    for word in (f"{today():%Y-%m-%d}", "拜访", "看了新产线", "要比较三家", "发送报价", "林晓"):
        assert word in spoken
    served = text(browse("lin").get(reverse("service:page", args=[ticket.pk])))
    for word in (ticket.ticket_no, "设备卡顿，影响生产", "换了主板", "满意度", "4"):
        assert word in served


def test_the_list_shows_who_waits_and_what_is_late(cast, browse):
    late = open_ticket(cast.chen, COMPLAINT | {"reported_at": now() - timedelta(days=30)}, cast.acme)
    fresh = open_ticket(cast.chen, COMPLAINT, cast.other)

    page = text(browse("chen").get(reverse("service:list")))
    assert late.ticket_no in page and fresh.ticket_no in page and "已超时 1" in page
    assert re.findall(r'class="term red">(超时 \d+ 天)<', page) == [late_of(late.__dict__)]
    mine = text(browse("lin").get(reverse("service:list")))
    assert late.ticket_no in mine and fresh.ticket_no not in mine
    narrowed = text(browse("chen").get(reverse("service:list"), {"due_at__to": now().date().isoformat(), "state": ["OPEN", "DOING"]}))
    assert late.ticket_no in narrowed and fresh.ticket_no not in narrowed


def test_a_ticket_is_dropped_and_restored(cast, browse):
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)
    browse("chen").post(reverse("service:drop", args=[ticket.pk]))
    assert ticket.ticket_no in text(browse("chen").get(reverse("service:bin")))
    browse("chen").post(reverse("service:restore", args=[ticket.pk]))
    assert stored(ticket).deleted_at is None


@pytest.mark.req("R-001-42")
def test_the_figures_are_those_counted_by_hand(cast, browse):
    """Five tickets: scores 5, 4, 2, 1 and none; the mean of four is 3.00. The 2 opens a sixth, a complaint of its own."""
    at = now() - timedelta(days=3)
    rows = [("CONSULT", 5), ("CONSULT", 4), ("AFTER_SALES", 2), ("COMPLAINT", 1), ("COMPLAINT", None)]
    for kind, score in rows:
        ticket = open_ticket(cast.chen, {"kind": kind, "problem": "设备卡顿，影响生产", "reported_at": at}, cast.acme)
        values = {"state": "SOLVED", "result": "已解决"} if score else {}
        revise_ticket(cast.chen, stored(ticket), values | ({"satisfaction": score} if score else {}))
    Ticket.objects.exclude(solved_at=None).update(solved_at=at + timedelta(hours=10), responded_at=at + timedelta(hours=1))

    answer = browse("wang").get(reverse("service:satisfaction"), {"days": "30"})

    page = text(answer)
    assert re.findall(r"<b>([^<]*)</b>", page)[1:] == ["3.00", "1.0 小时", "10.0 小时", "2"]  # three complaints of one customer
    assert "4 / 6 张有评分" in page
    lines = re.findall(r"<tr><th scope=.row.>(?:<a[^>]*>)?([^<]*).*?</tr>", page)
    cells = [re.findall(r"<td class=.num.>([^<]*)</td>", line) for line in re.findall(r"<tr><th scope=.row.>.*?</tr>", page)]
    by_name = dict(zip(lines, cells, strict=True))
    assert by_name["咨询"][:7] == ["2", "4.50", "—", "—", "—", "1", "1"]
    assert (by_name["售后"][:2], by_name["投诉"][:2]) == (["1", "2.00"], ["3", "1.00"])


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=99999", "from=%E6%98%8E", "from=2026-13-01"])
def test_a_period_that_is_none_is_refused(cast, browse, query):
    assert browse("wang").get(f"{reverse('service:satisfaction')}?{query}").status_code == 400


def test_a_ticket_whose_limit_rests_on_an_unannounced_year_says_so(cast, browse, time):
    time("2026-12-31 10:00")
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)
    assert "时限暂定" in browse("chen").get(f"/tickets/{ticket.pk}/").content.decode()

    time("2026-06-05 10:00")
    other = open_ticket(cast.chen, COMPLAINT, cast.other)
    assert "时限暂定" not in browse("chen").get(f"/tickets/{other.pk}/").content.decode()


def test_a_ticket_is_as_many_days_late_as_its_limit(cast, browse, time):
    time("2026-06-05 10:00")
    ticket = open_ticket(cast.chen, COMPLAINT, cast.acme)
    time("2026-06-12 09:00")

    assert "超时 2 天" in browse("chen").get(f"/tickets/{ticket.pk}/").content.decode()
    assert "逾期 2 天" in browse("chen").get("/due/?show=overdue&limit=TICKET").content.decode()
