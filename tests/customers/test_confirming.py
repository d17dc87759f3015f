"""What is asked by the purpose of collecting, read back to the customer and confirmed; how customers stand in the archive."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import reverse

from keji.access.house import fresh
from keji.customers import queries
from keji.customers.models import Customer, Need
from keji.customers.rules.needs import add_need, revise_need
from keji.customers.rules.revise import revise
from keji.customers.sheet import CUSTOMERS
from keji.deals.queries import lines
from keji.deals.rules.criteria import met
from keji.deals.rules.open import open_deal
from keji.kernel.clock import now, start_of, today
from keji.kernel.errors import Unfit
from keji.records.listing import ask, listing
from keji.records.models import Attachment, Term
from keji.records.rules import set_up
from keji.records.terms import dictionary

pytestmark = pytest.mark.django_db
TEXT = {"description": "智能办公设备批量采购"}
CONFIRMED = {"confirmed_at": date(2026, 6, 3), "confirmed_by": "李梅", "confirmed_how": "ORAL"}


def codes(error):
    return [(problem.field, problem.code) for problem in error.value.problems]


def asked(person, query):
    return listing(CUSTOMERS, person, queries.customers(person), ask(CUSTOMERS, person, QueryDict(query))).ids


@pytest.mark.req("R-002-05")
@pytest.mark.parametrize(
    ("purpose", "wanted", "enough"),
    [
        ("NEW", ["need_type", "budget_text"], {"need_type": "PRODUCT", "budget_text": "20-30万"}),
        ("EXISTING", ["need_change", "pain_points"], {"need_change": "改为整体方案", "pain_points": "卡顿"}),
    ],
)
def test_each_purpose_asks_for_its_own(cast, purpose, wanted, enough):
    if "need_type" in enough:
        enough = enough | {"need_type": next(iter(dictionary("need_type").words))}
    with pytest.raises(Unfit) as error:
        add_need(cast.lin, TEXT | {"purpose": purpose}, cast.acme)
    assert codes(error) == [(name, "E_REQUIRED") for name in wanted]

    made = add_need(cast.lin, TEXT | {"purpose": purpose} | enough, cast.acme)
    assert Need.objects.get(pk=made.pk).purpose == purpose


@pytest.mark.req("R-002-05")
def test_a_purpose_chosen_later_asks_too_and_none_asks_nothing(cast):
    need = add_need(cast.lin, TEXT, cast.acme)
    with pytest.raises(Unfit) as error:
        revise_need(cast.lin, need, {"purpose": "EXISTING"})
    assert codes(error) == [("need_change", "E_REQUIRED"), ("pain_points", "E_REQUIRED")]
    assert Need.objects.get(pk=need.pk).purpose == ""


@pytest.mark.req("R-002-16")
def test_who_when_and_how_are_said_together(cast, time):
    time("2026-06-03 10:00")
    need = add_need(cast.lin, TEXT, cast.acme)
    for name in CONFIRMED:
        with pytest.raises(Unfit) as error:
            revise_need(cast.lin, Need.objects.get(pk=need.pk), {name: CONFIRMED[name]})
        assert set(codes(error)) == {(other, "E_REQUIRED") for other in CONFIRMED if other != name}
        with pytest.raises(IntegrityError), transaction.atomic():
            Need.objects.filter(pk=need.pk).update(**{name: CONFIRMED[name]})
    with pytest.raises(Unfit) as error:
        revise_need(cast.lin, Need.objects.get(pk=need.pk), CONFIRMED | {"confirmed_at": date(2026, 6, 4)})
    assert codes(error) == [("confirmed_at", "E_DATE_FUTURE")]

    revise_need(cast.lin, Need.objects.get(pk=need.pk), CONFIRMED)
    assert Need.objects.filter(pk=need.pk, **CONFIRMED).exists()


@pytest.mark.req("R-002-16")
def test_what_nobody_has_confirmed_says_so_until_it_is_read_back(cast, browse):
    need = add_need(cast.lin, TEXT | {"budget_text": "20-30万"}, cast.acme)
    client, page, there = browse("lin"), reverse("customers:page", args=[cast.acme.pk]), reverse("customers:need_confirm", args=[need.pk])
    assert "未确认" in client.get(page).content.decode() and there in client.get(page).content.decode()
    form = client.get(there).content.decode()
    assert "20-30万" in form and TEXT["description"] in form

    told = {"version": "1", "confirmed_at": "今天", "confirmed_by": "", "confirmed_how": "SMS"}
    assert "E_REQUIRED" in (answer := client.post(there, told)).content.decode() and answer.status_code == 422
    assert client.post(there, told | {"confirmed_by": "李梅"}).status_code == 302
    need.refresh_from_db()
    assert (need.confirmed_at, need.confirmed_by, need.confirmed_how, need.budget_text) == (today(), "李梅", "SMS", "20-30万")
    shown = client.get(page).content.decode()
    assert "未确认" not in shown and "李梅已确认（短信）" in shown
    assert client.post(there, told | {"confirmed_by": "周伟"}).status_code == 422  # somebody saved since
    assert browse("zhao").get(there).status_code == 404


def test_a_confirmed_need_opens_the_stage_that_asks_for_it(cast):
    deal = open_deal(cast.lin, {"name": "一单"}, cast.acme)
    need = add_need(cast.lin, TEXT, cast.acme)
    assert "NEED_CONFIRMED" not in met(cast.lin, deal, ["NEED_CONFIRMED"])
    revise_need(cast.lin, need, CONFIRMED | {"confirmed_at": today()})
    assert "NEED_CONFIRMED" in met(cast.lin, deal, ["NEED_CONFIRMED"])
    assert lines()


@pytest.mark.req("R-001-32")
@pytest.mark.parametrize(
    ("stage", "days", "mark"),
    [("POTENTIAL", 91, "DORMANT"), ("POTENTIAL", 90, ""), ("COOPERATING", 1, "DEALT"), ("WON", 91, "DORMANT"), ("LOST", 200, "LOST"), ("LOST", 1, "LOST")],
)
def test_the_archive_marks_who_is_dormant_lost_or_won(cast, stage, days, mark):
    last = start_of(today() - timedelta(days=days))
    Customer.objects.filter(pk=cast.acme.pk).update(lifecycle_stage=stage, last_followup_at=last)
    row = Customer.objects.get(pk=cast.acme.pk).__dict__

    assert CUSTOMERS.by_name["archive_class"].kind.value(row, "archive_class") == mark
    for code in ("DEALT", "DORMANT", "LOST"):
        assert asked(cast.lin, f"archive_class={code}") == ([cast.acme.pk] if code == mark else []), code


@pytest.mark.req("R-001-32")
@pytest.mark.parametrize(("days", "mark"), [(5, "DEALT"), (0, "DEALT"), (-1, "DORMANT")])
def test_who_is_to_be_followed_up_soon_is_not_dormant(cast, days, mark):
    last, then = start_of(today() - timedelta(days=200)), start_of(today() + timedelta(days=days))
    Customer.objects.filter(pk=cast.acme.pk).update(lifecycle_stage="WON", last_followup_at=last, next_followup_at=then)
    row = Customer.objects.get(pk=cast.acme.pk).__dict__

    assert CUSTOMERS.by_name["archive_class"].kind.value(row, "archive_class") == mark
    for code in ("DEALT", "DORMANT"):
        assert asked(cast.lin, f"archive_class={code}") == ([cast.acme.pk] if code == mark else []), code


@pytest.mark.req("R-001-32")
def test_who_was_never_followed_up_counts_from_when_they_came_and_the_days_are_a_setting(cast, browse):
    Customer.objects.filter(pk=cast.acme.pk).update(created_at=now() - timedelta(days=40))
    assert asked(cast.lin, "archive_class=DORMANT") == []
    told = {"company": "甲", "profile": "P000", "size_scheme": "EMP4_DEFAULT", "number_pattern": "C{seq:03d}", "dormant_days": "30"}
    client = browse("shen")
    for wrong in ("0", "x", "99999"):
        assert client.post(reverse("desk:settings"), told | {"dormant_days": wrong}).status_code == 422
    assert client.post(reverse("desk:settings"), told).status_code == 302
    fresh()
    assert asked(cast.lin, "archive_class=DORMANT") == [cast.acme.pk]
    set_up(None, dormant_days=90)


@pytest.mark.req("R-003-27")
def test_a_customer_of_grade_a_wants_a_sponsor_and_a_plan(cast, browse):
    page, client = reverse("customers:page", args=[cast.acme.pk]), browse("lin")
    shown = client.get(page).content.decode()
    assert "没有高层对接人" in shown and "没有客户计划" in shown

    revise(cast.lin, Customer.objects.get(pk=cast.acme.pk), {"sponsor": cast.wang.pk})
    about = {"record": "customers", "record_id": cast.acme.pk, "customer_id": cast.acme.pk, "who": cast.lin}
    Attachment.objects.create(**about, name="星海客户计划 2026.docx", kind="office", mime="x", size=1, digest="0" * 64)
    shown = client.get(page).content.decode()
    assert "没有高层对接人" not in shown and "没有客户计划" not in shown and "王敏" in shown

    Customer.objects.filter(pk=cast.acme.pk).update(grade="B", sponsor=None)
    assert "高层" not in client.get(page).content.decode().split('id="history"')[0].split("notice warning")[-1][:200]


@pytest.mark.req("R-003-04")
def test_the_grades_have_their_strategies_and_the_steward_words_them(cast, browse):
    page = browse("lin").get(reverse("desk:grades")).content.decode()
    assert "专人专案+高层对接" in page and "每 1 个自然月一次" in page and f'{reverse("customers:list")}?grade=A' in page

    term = Term.objects.get(dictionary="grade", code="A")
    told = {"label": term.label, "label_en": term.label_en, "short": "A", "sort": "0", "aliases": "", "strategy": "总经理亲自维护"}
    assert browse("lin").post(reverse("desk:term", args=[term.pk]), told).status_code == 403
    assert browse("shen").post(reverse("desk:term", args=[term.pk]), told).status_code == 302
    assert "总经理亲自维护" in browse("lin").get(reverse("desk:grades")).content.decode()
    assert browse("gao").get(reverse("desk:grades")).status_code == 403
