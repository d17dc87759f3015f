"""Story S-07 without pool and score: the month's end, who is at risk, who leaves the call list, who may be cleaned up."""

from datetime import date

import pytest
from django.http import QueryDict
from django.urls import reverse
from moments import local

from keji.agenda.models import Campaign, Task
from keji.agenda.rules import campaigns
from keji.clocks.models import Limit
from keji.clocks.rules.turns import take_turns
from keji.customers import queries
from keji.customers.models import Contact, Customer, Need, Tagging
from keji.customers.rules.contacts import revise_contact
from keji.customers.rules.needs import add_need
from keji.customers.rules.register import register
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.desk.workbench import UPKEEP, figures, moments
from keji.records.filters import in_words
from keji.records.listing import ask, listing

pytestmark = pytest.mark.django_db


def asked(person, query, sheet=CUSTOMERS, rows=queries.customers):
    return set(listing(sheet, person, rows(person), ask(sheet, person, QueryDict(query))).ids)


@pytest.fixture
def month_end(cast, time):
    """The 30th of June 2026, half past midnight: the rounds of the month and the quarter have begun."""
    Limit.objects.filter(code__startswith="SLA-1").update(turned_on=date(2026, 6, 29))
    Customer.objects.update(created_at=time("2025-10-01 09:00"))
    time("2026-06-30 00:30")
    take_turns()
    return {one.limit: one for one in Campaign.objects.all()}


@pytest.mark.req("R-000-47")
@pytest.mark.req("R-001-33")
@pytest.mark.req("R-002-27")
def test_the_months_end_asks_each_owner_and_a_risk_is_marked_and_overruled(cast, month_end):
    assert set(month_end) == {"SLA-12", "SLA-13", "SLA-14"}
    assert {task.assignee_id for task in Task.objects.filter(kind="REVIEW")} >= {cast.lin.pk, cast.zhao.pk}
    held = Tagging.objects.filter(customer=cast.acme, tag__name="流失风险", ended_at=None)

    campaigns.look_over(cast.lin, month_end["SLA-12"], cast.acme, "RISK")
    assert held.exists()
    campaigns.look_over(cast.lin, month_end["SLA-12"], cast.acme, "FINE")
    assert not held.exists()


@pytest.mark.req("R-002-27")
def test_a_number_that_is_off_leaves_the_call_list(cast):
    contact = Contact.objects.get(customer=cast.acme)
    assert contact.pk in asked(cast.lin, "validity=VALID", CONTACTS, queries.contacts)
    revise_contact(cast.lin, contact, {"validity": "PHONE_OFF"})

    assert contact.pk not in asked(cast.lin, "validity=VALID", CONTACTS, queries.contacts)
    assert contact.pk in asked(cast.lin, "validity=PHONE_OFF", CONTACTS, queries.contacts)


@pytest.mark.req("R-001-33")
def test_who_was_last_spoken_to_half_a_year_ago_may_be_cleaned_up(cast, time):
    time("2026-06-30 09:00")
    long_ago, later = cast.acme, register(cast.lin, {"name": "远山机电设备有限公司"}, accept={"*": "另一家"})
    Customer.objects.filter(pk=long_ago.pk).update(last_followup_at=local("2025-12-29 10:00"))
    Customer.objects.filter(pk=later.pk).update(last_followup_at=local("2025-12-31 10:00"))
    tile = next(one for one in UPKEEP if "lapsed" in one.query)

    assert moments(date(2026, 6, 30))["lapsed"] == "2025-12-29"
    query = tile.query.format_map(moments(date(2026, 6, 30)) | {"whose": ""})
    assert asked(cast.lin, query) == {long_ago.pk}


@pytest.mark.req("R-001-33")
@pytest.mark.parametrize(
    ("intent", "state", "may_go"),
    [("NONE", "OPEN", True), ("", "OPEN", True), ("LOW", "OPEN", False), ("HIGH", "OPEN", False), ("HIGH", "MET", True)],
)
def test_a_customer_of_whom_something_may_come_is_not_cleaned_up(cast, time, intent, state, may_go):
    time("2026-06-30 09:00")
    Customer.objects.filter(pk=cast.acme.pk).update(last_followup_at=local("2025-12-29 10:00"))
    need = add_need(cast.lin, {"description": "年底前要两台数控机床", "intent_level": intent}, cast.acme)
    Need.objects.filter(pk=need.pk).update(state=state)
    tile = next(one for one in UPKEEP if "lapsed" in one.query)
    told = tile.query.format_map(moments(date(2026, 6, 30)) | {"whose": ""})

    assert asked(cast.lin, told) == ({cast.acme.pk} if may_go else set())
    assert "没有：需求 合作可能性" in dict(in_words(CUSTOMERS, cast.lin, QueryDict(told)))


def test_the_list_says_what_is_not_to_be_there_and_lets_it_go(cast, browse):
    add_need(cast.lin, {"description": "年底前要两台数控机床", "intent_level": "HIGH"}, cast.acme)
    there = f"{reverse('customers:list')}?without_needs.intent_level="

    assert cast.acme.name not in browse("lin").get(f"{there}HIGH").content.decode()
    shown = browse("lin").get(f"{there}LOW").content.decode()
    assert cast.acme.name in shown and "没有：需求 合作可能性" in shown
    panel = browse("lin").get(reverse("customers:filter", args=["without_needs-intent_level"]))
    assert 'name="without_needs.intent_level"' in panel.content.decode()
    for who in ("gao",):
        assert browse(who).get(f"{there}LOW").status_code in (400, 403)


@pytest.mark.req("R-003-54")
def test_what_is_to_be_kept_in_order_is_counted_for_each_seller(cast, time):
    """Incomplete, unchanged for 90 days, invalid and to be confirmed: the figures of the workbench open lists of so many rows."""
    Customer.objects.update(changed_at=time("2026-03-31 10:00"), open_points=0)
    time("2026-06-30 09:00")
    second = register(cast.lin, {"name": "远山机电设备有限公司"}, accept={"*": "另一家"})
    Customer.objects.filter(pk=second.pk).update(open_points=2)
    Contact.objects.filter(customer=cast.acme).update(validity="PHONE_OFF")
    whose = {"whose": f"&owner={cast.lin.pk}", "customers": f"&customers.owner={cast.lin.pk}"}

    told = {str(one["label"]): (one["value"], one["href"]) for one in figures(cast.lin, UPKEEP, **whose)}
    assert {label: value for label, (value, _href) in told.items()} == {
        "待确认的资料": "1",
        "90 天没有更新": "1",
        "长期未跟进": "0",
        "可清理的客户": "0",
        "失效的联系人": "1",
    }
    query = told["待确认的资料"][1].partition("?")[2]
    assert asked(cast.lin, query) == {second.pk}
