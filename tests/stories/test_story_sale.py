"""Story S-05 as far as follow-ups go: from the visit to the signature, the handover and the visits after delivery."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from moments import local

from keji.access.rules.people import add_person
from keji.access.rules.tokens import issue
from keji.access.tokens import scopes
from keji.agenda.models import Task
from keji.clocks.models import Clock
from keji.customers.rules.needs import add_need
from keji.deals.models import Deal, Stage
from keji.deals.rules.move import move
from keji.deals.rules.open import open_deal, revise
from keji.followups.models import Followup
from keji.followups.rules.log import log
from keji.kernel.clock import day_of
from keji.kernel.errors import Unfit
from keji.service.models import Ticket
from keji.service.rules import handovers, visits

pytestmark = pytest.mark.django_db
VISIT = {"method": "VISIT", "summary": "预算30万元，需06-09前提供2套方案", "commitments": "06-09前提供2套方案", "objective": "确认方案"}


def stage(code):
    return Stage.objects.get(pipeline__code="P000", code=code).pk


def codes(error):
    return {problem.code for problem in error.value.problems}


def visit(cast, time, written):
    time(written)
    return log(cast.lin, VISIT | {"occurred_at": local("2026-06-02 09:00")}, cast.acme)


@pytest.mark.req("R-000-45")
@pytest.mark.req("R-003-39")
@pytest.mark.parametrize(("written", "late", "delay"), [("2026-06-03 08:50", False, 0), ("2026-06-03 09:00", False, 0), ("2026-06-03 09:01", True, 1)])
def test_a_visit_is_written_down_within_a_day(cast, time, written, late, delay):
    made = Followup.objects.get(pk=visit(cast, time, written).pk)

    assert (made.occurred_at, made.method, made.late, made.delay) == (local("2026-06-02 09:00"), "VISIT", late, delay)


@pytest.mark.req("R-001-19")
def test_what_was_promised_becomes_a_task_and_a_next_action_is_whole(cast, time):
    visit(cast, time, "2026-06-03 08:50")
    promise = Task.objects.get(kind="COMMITMENT")
    assert (day_of(promise.due_at), promise.assignee_id) == (date(2026, 6, 9), cast.lin.pk)

    action = {"method": "PHONE", "summary": "客户要合同", "next_action": "发送合同"}
    with pytest.raises(Unfit) as error:
        log(cast.lin, action | {"next_action_by": cast.lin.pk}, cast.acme)
    assert [(one.field, one.code) for one in error.value.problems] == [("next_action_due", "E_REQUIRED")]
    log(cast.lin, action | {"next_action_by": cast.wang.pk, "next_action_due": date(2026, 6, 15)}, cast.acme)
    task = Task.objects.get(kind="ACTION")
    assert (task.title, task.assignee_id, day_of(task.due_at)) == ("发送合同", cast.wang.pk, date(2026, 6, 15))


def test_from_the_visit_to_the_signature_the_handover_and_the_visits(cast, time):
    said = visit(cast, time, "2026-06-03 08:50")
    told = {"description": "智能办公设备批量采购", "budget_text": "30万"}
    need = add_need(cast.lin, told | {"confirmed_at": date(2026, 6, 3), "confirmed_by": "李梅", "confirmed_how": "ORAL"}, cast.acme, followup=said.pk)
    values = {"name": "智能办公设备", "expected_amount": Decimal(300_000), "opened_at": date(2026, 6, 2), "needs": [need.pk]}
    deal = open_deal(cast.lin, values, cast.acme)
    with pytest.raises(Unfit) as error:
        move(cast.lin, deal, stage("NEGOTIATION"))
    assert codes(error) == {"E_WHY"}  # skipping a stage needs a reason
    move(cast.lin, Deal.objects.get(pk=deal.pk), stage("INTENT"))  # the need is recorded
    move(cast.lin, Deal.objects.get(pk=deal.pk), stage("PROPOSAL"))  # it is confirmed, with a budget
    time("2026-06-08 16:00")
    move(cast.lin, Deal.objects.get(pk=deal.pk), stage("NEGOTIATION"), facts={"PROPOSAL_SENT": date(2026, 6, 8)})
    time("2026-06-18 15:00")
    with pytest.raises(Unfit) as error:
        move(cast.lin, Deal.objects.get(pk=deal.pk), stage("WON"), {"won_date": date(2026, 6, 18)})
    assert codes(error) == {"E_REQUIRED"}  # no sale without an amount
    move(cast.lin, Deal.objects.get(pk=deal.pk), stage("WON"), {"actual_amount": Decimal(300_000), "won_date": date(2026, 6, 18)})

    handover = Task.objects.get(kind="HANDOVER")
    assert (day_of(handover.due_at), handover.state) == (date(2026, 6, 24), "OPEN")
    assert Clock.objects.get(limit__code="HANDOVER").due_at == local("2026-06-24 18:00")
    time("2026-06-23 10:00")
    handovers.hand_over(cast.lin, Deal.objects.get(pk=deal.pk), handovers.Told(cast.chen.pk, None, "智能办公设备 120 套"))
    assert Task.objects.get(kind="HANDOVER").state == "DONE"

    time("2026-07-01 10:00")
    revise(cast.lin, Deal.objects.get(pk=deal.pk), {"delivered_date": date(2026, 7, 1)})
    visits.plan_visits()
    due = Ticket.objects.filter(kind="RETURN_VISIT").order_by("visit_day").values_list("visit_day", "due_at")
    assert [(days, day_of(moment)) for days, moment in due] == [(7, date(2026, 7, 8)), (30, date(2026, 7, 31)), (90, date(2026, 9, 29))]


def test_finance_reads_no_follow_ups_and_service_no_amounts(cast, client):
    log(cast.lin, {"method": "PHONE", "summary": "预算 30 万"}, cast.acme)
    add_need(cast.lin, {"description": "智能办公设备批量采购", "budget_text": "30万", "expected_amount": Decimal(300_000)}, cast.acme)
    cast.money, _password = add_person(None, "money", "钱会计", ["FINANCE"])
    cast.money.must_change = False
    cast.money.save()
    client.force_login(cast.money)
    assert client.get(reverse("followups:list")).status_code == 403

    _token, secret = issue(cast.chen, "s05", scopes(), 1)
    for path in (f"/api/v1/customers/{cast.acme.pk}", "/api/v1/needs", "/api/v1/tickets"):
        answer = client.get(path, HTTP_AUTHORIZATION=f"Bearer {secret}")
        assert answer.status_code == 200 and "300000" not in answer.content.decode() and "30万" not in answer.content.decode(), path
    assert client.get("/api/v1/deals", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 403
