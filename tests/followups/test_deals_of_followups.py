"""A follow-up may be about a deal of its customer; the moves of deals stand in the timeline beside it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keji.access.house import fresh, stamp
from keji.access.models import Role
from keji.deals.queries import lines
from keji.deals.rules.bin import drop, restore
from keji.deals.rules.move import move
from keji.deals.rules.open import open_deal
from keji.followups.models import Followup
from keji.followups.rules.log import log, revise
from keji.followups.rules.many import Told, log_many
from keji.kernel.clock import today
from keji.kernel.errors import Unfit
from keji.records.models import Term
from keji.records.terms import dictionary

SAID = {"summary": "预算 30 万元，要两套方案"}


@pytest.fixture
def deal(cast):
    return open_deal(cast.lin, {"name": "办公设备一期"}, cast.acme)


def step(deal, code):
    return next(one.pk for one in lines()[deal.pipeline_id].steps if one.code == code)


def test_the_deal_is_one_of_the_customer_that_the_person_sees(cast, deal):
    theirs = open_deal(cast.zhao, {"name": "蓝田设备"}, cast.other)

    made = log(cast.lin, {**SAID, "deal": deal.pk}, cast.acme)
    assert made.deal == deal
    for wrong in (theirs.pk, 987654):
        with pytest.raises(Unfit) as error:
            log(cast.wang, {**SAID, "deal": wrong}, cast.acme)
        assert error.value.problems[0].code == "E_DEAL"
        with pytest.raises(Unfit):
            revise(cast.lin, Followup.objects.get(pk=made.pk), {"deal": wrong})
    told = [Told(cast.acme, {**SAID, "deal": theirs.pk}), Told(cast.acme, {**SAID, "deal": deal.pk})]
    assert log_many(cast.wang, told) == 1


@pytest.mark.req("R-000-01")
def test_deal_and_its_moves_stand_in_the_timeline(cast, deal, browse):
    log(cast.lin, {**SAID, "deal": deal.pk}, cast.acme)
    move(cast.lin, deal, step(deal, "INTENT"), facts={"NEED": today()})
    page = reverse("customers:page", args=[cast.acme.pk])

    shown = browse("lin").get(page).content.decode()
    timeline = shown[shown.index('id="timeline"') :]
    assert "商机：</span>办公设备一期" in timeline
    assert "线索 → 意向" in timeline
    only = (
        browse("lin")
        .get(page, {"show": "deals"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="section#timeline")
        .content.decode()
    )
    assert "线索 → 意向" in only and SAID["summary"] not in only


def test_who_sees_no_deals_reads_neither_names_nor_moves(cast, deal, browse):
    log(cast.lin, {**SAID, "deal": deal.pk}, cast.acme)
    move(cast.lin, deal, step(deal, "INTENT"), facts={"NEED": today()})
    role = Role.objects.get(code="SALES_REP")
    Role.objects.filter(pk=role.pk).update(reach={name: told for name, told in role.reach.items() if name != "deals"})

    shown = browse("lin").get(reverse("customers:page", args=[cast.acme.pk])).content.decode()

    assert SAID["summary"] in shown
    assert "办公设备一期" not in shown and "线索 → 意向" not in shown


def test_the_composer_offers_the_deals_of_the_customer(cast, deal, browse):
    told = {"_customer": cast.acme.pk, "method": "PHONE", **SAID, "_more": "1"}
    form = browse("lin").post(reverse("followups:new"), told).content.decode()
    assert f'<option value="{deal.pk}">办公设备一期</option>' in form

    browse("lin").post(reverse("followups:new"), {**told, "_more": "", "_deal": deal.pk, "once": "d"} | {"_more": ""})
    made = Followup.objects.filter(deal=deal)
    assert made.count() == 0  # `_more` asks for the form, it saves nothing
    del told["_more"]
    assert browse("lin").post(reverse("followups:new"), {**told, "_deal": deal.pk, "once": "d"}).status_code == 302
    kept = Followup.objects.get()
    page = reverse("followups:edit", args=[kept.pk])
    assert f'<option value="{deal.pk}" selected>' in browse("lin").get(page).content.decode()
    browse("lin").post(page, {"version": kept.version, "method": "PHONE", **SAID, "_deal": ""})
    assert Followup.objects.get().deal is None


def listed(client):
    """The table of the list of follow-ups: its heads, and the cells of its rows as they stand there."""
    page = client.get(reverse("followups:list")).content.decode()
    table = page[page.index("<table") : page.index("</table>")]
    heads = [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<th\b.*?</th>", table, re.S)]
    return heads, [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in table.split("<tr id=")[1:]]


def test_the_list_leads_to_the_deal(cast, deal, browse):
    log(cast.lin, {**SAID, "deal": deal.pk}, cast.acme)
    log(cast.lin, {"summary": "随便聊聊近况"}, cast.acme)

    heads, rows = listed(browse("lin"))

    assert heads[-1] == "商机"
    assert {row[-1].strip() for row in rows} == {
        f'<a class="link" href="/deals/{deal.pk}/">办公设备一期</a>',
        '<span class="none">—</span>',
    }


def test_a_deal_that_one_may_not_see_says_nothing_in_the_list(cast, deal, browse):
    log(cast.lin, {**SAID, "deal": deal.pk}, cast.acme)
    role = Role.objects.get(code="SALES_REP")
    Role.objects.filter(pk=role.pk).update(fields={"deals.name": "mask"})
    assert f'href="/deals/{deal.pk}/"' in listed(browse("lin"))[1][0][-1]
    assert "办公设备一期" not in browse("lin").get(reverse("followups:list")).content.decode()

    Role.objects.filter(pk=role.pk).update(fields={"deals.name": "hide"})
    assert "—" in listed(browse("lin"))[1][0][-1]
    Role.objects.filter(pk=role.pk).update(fields={})
    drop(cast.lin, deal)
    assert "—" in listed(browse("lin"))[1][0][-1]
    restore(cast.lin, deal)
    Role.objects.filter(pk=role.pk).update(reach=role.reach | {"deals": dict.fromkeys(role.reach["deals"], "none")})
    heads, rows = listed(browse("lin"))

    assert "商机" not in heads
    assert not any("/deals/" in cell for row in rows for cell in row)


def test_the_list_asks_as_often_for_three_deals_as_for_one(cast, deal, browse):
    client = browse("lin")
    log(cast.lin, {**SAID, "deal": deal.pk}, cast.acme)
    client.get(reverse("followups:list"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("followups:list"))
    for name in ("二期", "三期"):
        log(cast.lin, {**SAID, "deal": open_deal(cast.lin, {"name": name}, cast.acme).pk}, cast.acme)
    with CaptureQueriesContext(connection) as three:
        client.get(reverse("followups:list"))

    assert len(one) == len(three)


def test_an_entry_of_the_timeline_says_nothing_twice(cast, browse):
    code = next(one.code for one in dictionary("followup_type").options())
    Term.objects.filter(dictionary="followup_type", code=code).update(label="深度跟进")
    stamp(), fresh()
    log(cast.lin, {"summary": "谈了合同细节", "followup_type": code, "kind": "DEEP"}, cast.acme)

    page = browse("lin").get(reverse("customers:page", args=[cast.acme.pk])).content.decode()

    entry = page[page.index('id="followup-') :]
    assert entry[: entry.index("</li>")].count("深度跟进") == 1
