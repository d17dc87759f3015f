"""Story S-06 without score and campaign: the agent reads, the complaint runs late, preferences warn, two edit at once."""

from datetime import date

import pytest
from moments import local

from keji.access.rules.tokens import issue
from keji.access.tokens import scopes
from keji.agenda.rules.tasks import add
from keji.customers.models import Customer, Tagging
from keji.customers.rules.revise import revise
from keji.kernel.clock import now, start_of
from keji.kernel.errors import Unfit
from keji.service.models import Ticket
from keji.service.rules.tickets import open_ticket, revise_ticket
from keji.service.rules.visits import mark_risks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(cast, client):
    """Asks the API as one of the cast."""

    def asked(name, method, path, body=None, **headers):
        _token, secret = issue(getattr(cast, name), "s06", scopes(), 1)
        send = getattr(client, method)
        return send(f"/api/v1{path}", body, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {secret}", **headers)

    return asked


@pytest.mark.req("R-001-02")
def test_the_agent_reads_the_customer_and_its_services_and_changes_nothing(cast, ask, browse):
    open_ticket(cast.chen, {"kind": "AFTER_SALES", "problem": "打印机卡纸，要上门"}, cast.acme)
    page = browse("chen").get(f"/customers/{cast.acme.pk}/").content.decode()

    assert "打印机卡纸，要上门" in page and f"/customers/{cast.acme.pk}/edit/" not in page
    assert ask("chen", "patch", f"/customers/{cast.acme.pk}", {"version": 1, "remark": "改"}).status_code == 403
    assert Customer.objects.get(pk=cast.acme.pk).remark == ""


def test_a_complaint_runs_late_and_marks_the_customer_and_a_low_score_is_one_more(cast, time):
    time("2026-06-05 10:00")
    one = open_ticket(cast.chen, {"kind": "COMPLAINT", "problem": "设备卡顿，影响生产"}, cast.acme)
    assert one.due_at == local("2026-06-10 18:00")
    held = Tagging.objects.filter(customer=cast.acme, tag__name="投诉风险客户", ended_at=None)
    time("2026-06-10 17:59")
    mark_risks()
    assert not held.exists()
    time("2026-06-11 09:00")
    mark_risks()
    assert held.exists() and one.due_at < now()

    visit = open_ticket(cast.chen, {"kind": "RETURN_VISIT", "problem": "回访：用得怎么样"}, cast.acme)
    revise_ticket(cast.chen, visit, {"state": "SOLVED", "result": "已回访", "satisfaction": 2, "satisfaction_note": "太慢"})
    assert [row.kind for row in Ticket.objects.filter(cause=visit)] == ["COMPLAINT"]


def test_who_does_not_want_to_be_called_is_not_planned_a_call(cast):
    revise(cast.lin, Customer.objects.get(pk=cast.acme.pk), {"do_not_call": True, "channel_preference": "EMAIL"})
    call = {"title": "电话回访", "due_at": start_of(date(2099, 1, 1))}
    with pytest.raises(Unfit) as error:
        add(cast.lin, call, Customer.objects.get(pk=cast.acme.pk))
    assert [(problem.code, problem.soft) for problem in error.value.problems] == [("W_DO_NOT_CALL", True)]
    add(cast.lin, call, Customer.objects.get(pk=cast.acme.pk), accept={"*": "客户这次要求回电"})


@pytest.mark.req("R-003-06")
def test_of_two_who_edit_the_remark_the_second_gets_a_conflict_with_what_stands_there(cast, ask):
    path, version = f"/customers/{cast.acme.pk}", Customer.objects.get(pk=cast.acme.pk).version
    assert ask("lin", "patch", path, {"version": version, "remark": "先到"}).status_code == 200
    answer = ask("wang", "patch", path, {"version": version, "remark": "后到"})

    assert (answer.status_code, answer.json()["current"]["remark"]) == (409, "先到")
    assert Customer.objects.get(pk=cast.acme.pk).remark == "先到"
