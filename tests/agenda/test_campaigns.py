"""Rounds in which everybody looks over their customers."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from keji.agenda.models import Campaign, LookedOver, Task
from keji.agenda.queries import progress
from keji.agenda.rules import campaigns
from keji.clocks.models import Limit
from keji.clocks.rules.turns import take_turns
from keji.customers.models import Customer, Tagging
from keji.customers.rules.owners import transfer
from keji.customers.rules.register import register
from keji.kernel.errors import NotThere, Refused, Unfit

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(cast):
    """Another customer of lin's."""
    return register(cast.lin, {"name": "远山机电设备有限公司", "customer_type": "ENTERPRISE"}, accept={"*": "另一家"})


@pytest.fixture
def round_of(cast, second, time):
    """A round of a limit, begun as the calendar begins it."""

    def begun(code="SLA-12"):
        Limit.objects.filter(code__startswith="SLA-1").update(turned_on=date(2026, 6, 29))
        Limit.objects.filter(code__in={"SLA-12", "SLA-13", "SLA-14"} - {code}).update(enabled=False)
        Customer.objects.update(created_at=time("2026-06-01 09:00"))
        time("2026-06-30 00:30")
        take_turns()
        return Campaign.objects.get()

    return begun


def reviews(**where):
    return list(Task.objects.filter(kind="REVIEW", **where).order_by("assignee_id"))


@pytest.mark.req("R-000-46")
@pytest.mark.req("R-000-47")
def test_the_months_end_gives_each_owner_one_task(cast, round_of):
    one = round_of()
    take_turns()

    owners = {row.owner_id for row in Customer.objects.filter(deleted_at=None).exclude(owner=None)}
    assert {task.assignee_id for task in reviews()} == owners
    assert (one.turn, one.due, Campaign.objects.count()) == (date(2026, 6, 30), date(2026, 7, 5), 1)


@pytest.mark.req("R-000-47")
def test_a_risk_is_marked_by_hand_and_taken_back(cast, round_of, second):
    one = round_of()
    campaigns.look_over(cast.lin, one, second, "RISK")
    held = Tagging.objects.filter(customer=second, tag__name="流失风险", ended_at=None)
    assert held.count() == 1

    campaigns.look_over(cast.lin, one, second, "FINE")
    assert (held.count(), LookedOver.objects.get(customer=second).outcome) == (0, "FINE")


@pytest.mark.req("R-000-47")
def test_a_rule_that_knows_who_is_at_risk_has_them_marked(cast, round_of, second, monkeypatch):
    monkeypatch.setattr(campaigns, "RISKY", [lambda: [second.pk]])
    round_of()

    assert Tagging.objects.filter(customer=second, tag__name="流失风险", ended_at=None).count() == 1


@pytest.mark.req("R-004-36")
def test_the_last_customer_ends_the_task_and_the_steward_signs_the_round_off(cast, round_of):
    one = round_of("SLA-14")
    mine = Customer.objects.filter(owner=cast.lin, deleted_at=None)
    for customer in mine:
        assert reviews(assignee=cast.lin, state="OPEN")
        campaigns.look_over(cast.lin, one, customer, "FINE")
    assert [task.state for task in reviews(assignee=cast.lin)] == ["DONE"]
    assert {row.owner: (row.total, row.done) for row in progress(one)}[cast.lin.pk] == (mine.count(), mine.count())

    for person in (cast.lin, cast.wang):
        with pytest.raises(Refused):
            campaigns.close(person, one)
    with pytest.raises(Unfit) as error:
        campaigns.close(cast.shen, one)
    assert error.value.problems[0].code == "E_REQUIRED"
    campaigns.close(cast.shen, one, "其余的客户下季度再核")
    one.refresh_from_db()
    assert (one.closed_by, one.why) == (cast.shen, "其余的客户下季度再核")
    assert {task.state for task in reviews()} == {"DONE", "DROPPED"}
    with pytest.raises(Unfit):
        campaigns.look_over(cast.lin, one, mine[0], "FINE")


def test_who_may_not_change_a_customer_does_not_look_it_over(cast, round_of, second):
    one = round_of()
    with pytest.raises(NotThere):
        campaigns.look_over(cast.zhao, one, second, "FINE")
    with pytest.raises(Unfit):
        campaigns.look_over(cast.lin, one, second, "WHATEVER")


def test_the_pages_lead_through_a_round(cast, round_of, second, browse):
    one = round_of()
    page = reverse("agenda:review", args=[one.pk])
    assert "月末梳理" in browse("lin").get(reverse("agenda:reviews")).content.decode()
    client = browse("lin")
    task = Task.objects.get(kind="REVIEW", assignee=cast.lin)
    for where in (reverse("agenda:mine"), reverse("agenda:page", args=[task.pk])):
        assert f'href="{page}"' in client.get(where).content.decode()
    assert "远山机电" in client.get(page).content.decode()

    there = reverse("agenda:review_look_over", args=[one.pk, second.pk])
    assert client.post(there, {"outcome": "RISK"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "远山机电" not in shown
    assert "流失风险" in client.get(f"{page}?owner={cast.lin.pk}&show=done").content.decode()
    assert client.post(reverse("agenda:review_close", args=[one.pk]), {"why": "x"}).status_code == 403

    other = browse("zhao").get(f"{page}?owner={cast.lin.pk}").content.decode()
    assert "林晓" not in other and "远山机电" not in other
    assert browse("zhao").post(there, {"outcome": "FINE"}).status_code == 404
    assert browse("shen").post(reverse("agenda:review_close", args=[one.pk]), {"why": "提前结束"}, follow=True).status_code == 200
    assert Campaign.objects.get().why == "提前结束"


def test_a_word_said_by_mistake_is_mended_on_the_page(cast, round_of, second, browse):
    one = round_of()
    campaigns.look_over(cast.lin, one, second, "RISK")
    there = reverse("agenda:review_look_over", args=[one.pk, second.pk])
    done = f"{reverse('agenda:review', args=[one.pk])}?owner={cast.lin.pk}&show=done"

    page = browse("lin").get(done).content.decode()
    assert there in page and 'value="FINE"' in page and 'value="RISK"' not in page
    assert browse("lin").post(there, {"outcome": "FINE", "show": "done"})["Location"] == done
    assert LookedOver.objects.get(customer=second).outcome == "FINE"

    campaigns.close(cast.shen, one, "赶时间")
    assert there not in browse("lin").get(done).content.decode()


@pytest.mark.req("R-000-47")
def test_a_round_goes_along_with_the_customers_that_change_hands(cast, round_of, second):
    one = round_of()
    Task.objects.filter(kind="REVIEW", assignee=cast.zhao).delete()
    mine = list(Customer.objects.filter(owner=cast.lin, deleted_at=None))
    for customer in mine:
        transfer(cast.wang, customer, cast.zhao.pk, "换片区")

    assert [task.state for task in reviews(assignee=cast.lin)] == ["DONE"]
    assert [task.state for task in reviews(assignee=cast.zhao)] == ["OPEN"]

    for customer in Customer.objects.filter(owner=cast.zhao, deleted_at=None):
        campaigns.look_over(cast.zhao, one, customer, "FINE")
    assert [task.state for task in reviews(assignee=cast.zhao)] == ["DONE"]
    transfer(cast.wang, Customer.objects.get(pk=second.pk), cast.lin.pk, "换回来")
    assert [task.state for task in reviews(assignee=cast.lin)] == ["DONE"]  # it was looked over already


@pytest.mark.req("R-000-47")
def test_a_task_that_was_done_opens_again_for_a_customer_that_comes(cast, round_of, second):
    one = round_of()
    for customer in Customer.objects.filter(owner=cast.lin, deleted_at=None):
        campaigns.look_over(cast.lin, one, customer, "FINE")
    new = register(cast.zhao, {"name": "长河仪表有限公司", "customer_type": "ENTERPRISE"}, accept={"*": "另一家"})
    Customer.objects.filter(pk=new.pk).update(created_at=one.begun_at - timedelta(days=1))
    transfer(cast.shen, Customer.objects.get(pk=new.pk), cast.lin.pk, "换片区")

    assert [task.state for task in reviews(assignee=cast.lin)] == ["OPEN"]
