"""A need is traced: where it was told, which deals answer it, what was signed."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from keji.customers.models import Need
from keji.customers.rules.needs import add_need
from keji.deals.models import Deal, Stage
from keji.deals.rules.move import move
from keji.deals.rules.open import open_deal, revise
from keji.followups.rules.log import log
from keji.kernel.errors import Unfit

pytestmark = pytest.mark.django_db
TEXT = {"description": "智能办公设备批量采购"}


@pytest.fixture
def chain(cast):
    said = log(cast.lin, {"method": "VISIT", "summary": "预算 30 万元，要两套方案"}, cast.acme)
    need = add_need(cast.lin, TEXT, cast.acme, followup=said.pk)
    deal = open_deal(cast.lin, {"name": "办公设备一期", "expected_amount": Decimal(300_000), "needs": [need.pk], "opened_at": date(2026, 6, 2)}, cast.acme)
    won = Stage.objects.get(pipeline__code="P000", code="WON").pk
    move(cast.lin, deal, won, {"actual_amount": Decimal(300_000), "won_date": date(2026, 6, 18)}, why="当场签约")
    return said, need, Deal.objects.get(pk=deal.pk)


@pytest.mark.req("R-003-52")
def test_the_chain_from_the_talk_to_the_signature_stands_on_one_page(cast, browse, chain):
    said, need, deal = chain
    page = browse("lin").get(reverse("desk:trace", args=[need.pk])).content.decode()

    for one in ("预算 30 万元，要两套方案", TEXT["description"], "办公设备一期", "¥300,000", "签约 2026-06-18", "成交"):
        assert one in page, one
    assert reverse("followups:page", args=[said.pk]) in page and reverse("deals:page", args=[deal.pk]) in page
    assert TEXT["description"] in browse("lin").get(reverse("deals:page", args=[deal.pk])).content.decode()
    assert reverse("desk:trace", args=[need.pk]) in browse("lin").get(reverse("customers:page", args=[cast.acme.pk])).content.decode()


def test_each_reads_of_the_chain_what_they_may(cast, browse, chain):
    _said, need, _deal = chain
    page = browse("chen").get(reverse("desk:trace", args=[need.pk])).content.decode()  # sees no deals

    assert TEXT["description"] in page and "办公设备一期" not in page and "300,000" not in page
    assert browse("zhao").get(reverse("desk:trace", args=[need.pk])).status_code == 404


def test_neither_another_customers_follow_up_nor_its_needs_are_taken(cast):
    theirs = log(cast.zhao, {"method": "PHONE", "summary": "别家的事情"}, cast.other)
    with pytest.raises(Unfit) as error:
        add_need(cast.lin, TEXT, cast.acme, followup=theirs.pk)
    assert [one.code for one in error.value.problems] == ["E_FOLLOWUP"] and not Need.objects.exists()

    need = add_need(cast.zhao, TEXT, cast.other)
    with pytest.raises(Unfit) as error:
        open_deal(cast.lin, {"name": "一单", "needs": [need.pk]}, cast.acme)
    assert [one.code for one in error.value.problems] == ["E_NEED"] and not Deal.objects.exists()


def test_the_form_of_a_deal_ties_needs_and_lets_them_go(cast, browse):
    need, second = (add_need(cast.lin, {"description": text}, cast.acme) for text in ("第一条需求内容", "第二条需求内容"))
    deal = open_deal(cast.lin, {"name": "一单", "needs": [need.pk]}, cast.acme)
    client, there = browse("lin"), reverse("deals:edit", args=[deal.pk])
    page = client.get(there).content.decode()
    assert f'name="_needs" value="{need.pk}" checked' in page and f'name="_needs" value="{second.pk}">' in page

    told = {"version": "1", "name": "一单", "opened_at": deal.opened_at.isoformat(), "currency": "CNY", "owner": cast.lin.pk}
    assert client.post(there, told | {"_needs_shown": "1", "_needs": second.pk}).status_code == 302
    deal.refresh_from_db()
    assert deal.needs == [second.pk]
    revise(cast.lin, deal, {"remark": "别的"})
    assert Deal.objects.get(pk=deal.pk).needs == [second.pk]


def test_after_a_talk_the_need_is_written_down_with_its_origin(cast, browse):
    said = log(cast.lin, {"method": "VISIT", "summary": "预算 30 万元"}, cast.acme)
    client = browse("lin")
    page = client.get(reverse("customers:page", args=[cast.acme.pk])).content.decode()
    there = reverse("customers:need_create", args=[cast.acme.pk])
    assert f"{there}?_followup={said.pk}" in page

    form = client.get(f"{there}?_followup={said.pk}").content.decode()
    assert f'name="_followup" value="{said.pk}"' in form
    assert client.post(there, TEXT | {"_followup": said.pk, "once": "x"}).status_code == 302
    assert Need.objects.get().followup_id == said.pk
