"""After a communication stage, needs and next step are looked over within a day (R-001-29)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from keji.agenda.models import Task
from keji.agenda.rules.tasks import add
from keji.customers.models import Customer
from keji.followups.rules.log import drop, log, restore, revise
from keji.followups.rules.many import Told, log_many
from keji.followups.rules.owing import look_over
from keji.kernel.clock import now
from keji.kernel.errors import Unfit

pytestmark = pytest.mark.django_db
SAID = {"method": "PHONE", "summary": "介绍了新一代产品"}


def owed(**where):
    return list(Task.objects.filter(kind="UPDATE", **where).order_by("pk"))


@pytest.mark.req("R-001-29")
@pytest.mark.req("R-000-45")
def test_a_communication_leaves_a_day_to_look_the_customer_over(cast):
    made = log(cast.wang, SAID, cast.acme)

    [one] = owed()
    assert (one.assignee_id, one.state, one.due_at) == (cast.wang.pk, "OPEN", made.created_at + timedelta(hours=24))

    assert look_over(cast.lin, cast.acme) == 0  # it is another one's
    assert look_over(cast.wang, cast.acme) == 1
    assert [one.state for one in owed()] == ["DONE"]
    assert look_over(cast.wang, cast.acme) == 0


def test_the_stage_moves_with_it_by_its_own_rules(cast):
    log(cast.lin, SAID, cast.acme)
    look_over(cast.lin, cast.acme, "INTENT")
    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "INTENT"

    log(cast.lin, SAID, cast.acme)
    customer = Customer.objects.get(pk=cast.acme.pk)
    with pytest.raises(Unfit) as error:
        look_over(cast.lin, customer, "RENEWED")
    assert [one.code for one in error.value.problems] == ["E_MOVE"]
    assert [one.state for one in owed()] == ["DONE", "OPEN"]
    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "INTENT"


def test_what_is_thrown_away_owes_nothing_and_a_mended_one_owes_it_once(cast):
    made = log(cast.lin, SAID, cast.acme)
    revise(cast.lin, made, {"summary": "介绍了新一代产品，约了演示"})
    assert len(owed(state="OPEN")) == 1
    drop(cast.lin, made)
    assert [one.state for one in owed()] == ["DROPPED"]
    restore(cast.lin, made)
    assert [one.state for one in owed()] == ["OPEN"]


def test_a_history_owes_nothing(cast):
    told = {**SAID, "occurred_at": now() - timedelta(days=3), "author": cast.lin.pk}
    log_many(cast.lin, [Told(cast.acme, told, imported=True)], "导入")

    assert owed() == []


def test_the_page_asks_until_it_is_answered(cast, browse):
    client, page = browse("lin"), reverse("customers:page", args=[cast.acme.pk])
    assert "核对一下" not in client.get(page).content.decode()
    client.post(reverse("followups:new"), {"_customer": cast.acme.pk, "summary": "谈了报价", "method": "PHONE", "once": "a1"})

    shown = client.get(page).content.decode()
    assert "核对一下" in shown and re.search(r'<select[^>]*name="lifecycle_stage"', shown)
    assert "核对一下" not in browse("wang").get(page).content.decode()

    client, there = browse("lin"), reverse("followups:look_over", args=[cast.acme.pk])
    wrong = client.post(there, {"lifecycle_stage": "NOWHERE"}, follow=True).content.decode()
    assert "核对一下" in wrong and Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == cast.acme.lifecycle_stage
    assert "核对一下" not in client.post(there, {"lifecycle_stage": "INTENT"}, follow=True).content.decode()
    assert Customer.objects.get(pk=cast.acme.pk).lifecycle_stage == "INTENT"
    assert browse("zhao").post(there, {}).status_code == 404


@pytest.mark.req("R-001-29")
def test_what_is_written_down_in_the_dialog_is_asked_about_there(cast, browse):
    told = {"_customer": cast.acme.pk, "once": "t", **SAID}
    headers = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/tasks/mine/?x=1"}

    answer = browse("lin").post(reverse("followups:new"), told, **headers)
    shown = answer.content.decode()
    assert '"asks": true' in answer["HX-Trigger"]
    assert "核对一下" in shown and cast.acme.name in shown and 'name="then" value="/tasks/mine/?x=1"' in shown
    assert "下一步：未安排" in shown and reverse("agenda:pulse", args=[cast.acme.pk]) in shown

    there = reverse("followups:look_over", args=[cast.acme.pk])
    assert browse("lin").post(there, {"then": "/tasks/mine/?x=1"})["Location"] == "/tasks/mine/?x=1"
    assert browse("lin").post(there, {"then": "//evil.example"})["Location"] == reverse("customers:page", args=[cast.acme.pk])


def test_the_composer_on_the_customers_page_comes_back_empty_and_a_push_asks_nothing(cast, browse):
    page = browse("lin").get(reverse("customers:page", args=[cast.acme.pk])).content.decode()
    assert 'name="_inline" value="1"' in page
    headers = {"HTTP_HX_REQUEST": "true"}
    for more in ({"_inline": "1"}, {"method": "SMS"}):
        told = {"_customer": cast.acme.pk, "once": str(more), **SAID, **more}
        answer = browse("lin").post(reverse("followups:new"), told, **headers)
        assert '"asks": false' in answer["HX-Trigger"] and "data-compose" in answer.content.decode()
        look_over(cast.lin, cast.acme)


def test_the_workbench_counts_what_is_owed(cast, browse):
    log(cast.lin, SAID, cast.acme)

    page = browse("lin").get("/").content.decode()
    tile = re.search(r'<a class="red" href="([^"]*kind=UPDATE[^"]*)">\s*<span class="label">24 小时内待补录</span><b>1</b>', page)
    assert tile
    assert "核对客户阶段" in browse("lin").get(tile[1].replace("&amp;", "&")).content.decode()


def test_one_that_somebody_made_by_hand_comes_from_no_follow_up(cast, browse):
    add(cast.lin, {"title": "核对资料", "kind": "UPDATE", "due_at": None, "assignee": cast.lin.pk}, cast.acme)

    page = browse("lin").get(f"/customers/{cast.acme.pk}/")
    assert f'href="/customers/{cast.acme.pk}/needs/new/"' in page.content.decode()
