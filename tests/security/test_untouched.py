"""A form that is saved as it was shown changes nothing; many records at once keep to one's own."""

from html.parser import HTMLParser

import pytest
from django.db import transaction
from world import changed, dump, policies, records, sheets

from keji.access.fields import MASK
from keji.access.house import fresh
from keji.access.scope import may

pytestmark = pytest.mark.django_db
APART = {"django_session", "usersessions_usersession", "cache"}


class Filled(HTMLParser):
    """What a browser would send if the form were submitted as it is."""

    def __init__(self, text):
        super().__init__()
        self.sent, self.inside, self.select, self.area = {}, False, None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self.inside = told.get("id") == "form"
        if not self.inside:
            return
        name, kind = told.get("name"), told.get("type")
        if tag == "select":
            self.select = name
            self.sent.setdefault(name, [])
        elif tag == "option" and self.select and "selected" in told:
            self.sent[self.select].append(told.get("value", ""))
        elif tag == "textarea":
            self.area = name
            self.sent[name] = [""]
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in told):
            self.sent.setdefault(name, []).append(told.get("value") or ("on" if kind == "checkbox" else ""))

    def handle_data(self, data):
        if self.area:
            self.sent[self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        self.select = None if tag == "select" else self.select
        self.area = None if tag == "textarea" else self.area


@pytest.mark.attack("B-18")
@pytest.mark.parametrize("who", ["odd", "data_steward", "sales_rep", "sales_manager", "lead"])
def test_a_form_saved_as_it_was_shown_changes_nothing(world, who):
    """Masked, hidden and readable fields alike: the stored row is the same, byte for byte."""
    person, client, saved, masked = world.people[who], world.client(who), 0, 0
    for sheet in sheets():
        rules = policies(person, sheet)
        for record in records(sheet):
            address = f"/{record.RECORD}/{record.pk}/edit/"
            if rules(record.pk) is None or not may(person, f"{record.RECORD}.change", record):
                continue
            page = client.get(address)
            if page.status_code != 200:
                continue
            told = {name: values for name, values in Filled(page.content.decode()).sent.items() if values != []}
            before = dump()
            with transaction.atomic():
                answer = client.post(address, told)
                differs = {table for table in changed(before, dump()) if table not in APART}
                now_there = sheet.model._default_manager.get(pk=record.pk).__dict__
                which = {
                    n: (v, now_there[n]) for n, v in record.__dict__.items() if n[0] != "_" and now_there.get(n) != v
                }
                transaction.set_rollback(True)
            fresh()
            saved += answer.status_code == 302
            masked += sum(rule == MASK for rule in rules(record.pk).values())
            derived = {column.name for column in sheet.columns if not column.typed} | {"changed_at", "version"}
            assert which.keys() <= derived, (address, which)
            if not which:
                assert differs == set(), (address, answer.status_code)
    assert saved > 3, saved
    assert masked > 0 or who == "lead"


@pytest.mark.attack("B-18")
@pytest.mark.parametrize("who", ["odd", "data_steward"])
def test_a_change_of_another_field_leaves_what_is_masked_as_it_was(world, who):
    person, client, count = world.people[who], world.client(who), 0
    for sheet in sheets():
        rules = policies(person, sheet)
        for record in records(sheet)[:5]:
            told_rules = rules(record.pk) or {}
            hidden = [name for name, rule in told_rules.items() if rule != "plain" and name in record.__dict__]
            free = next((n for n in ("department", "product_service") if told_rules.get(n) == "plain"), None)
            address = f"/{record.RECORD}/{record.pk}/edit/"
            page = client.get(address)
            if page.status_code != 200 or free is None:
                continue
            told = {name: values for name, values in Filled(page.content.decode()).sent.items() if values != []}
            with transaction.atomic():
                answer = client.post(address, told | {free: "改过的一处"})
                now_there = sheet.model._default_manager.get(pk=record.pk).__dict__
                transaction.set_rollback(True)
            fresh()
            assert {name: now_there[name] for name in hidden} == {name: record.__dict__[name] for name in hidden}
            if answer.status_code == 302:
                count += bool(hidden) and now_there[free] == "改过的一处"
    assert count > 2


MANY = (
    ("/customers/transfer/", {"owner": "", "why": "换人"}),
    ("/customers/drop/", {"why": "清理"}),
)


def bulk(world, who, place, told, ids):
    with transaction.atomic():
        client, before = world.client(who), dump()
        answer = client.post(place, told | {"ids": ids})
        after, said = changed(before, dump()), client.get("/account/").content.decode()
        transaction.set_rollback(True)
    fresh()
    return answer.status_code, said.count("个客户"), said[said.find('id="toasts"') :][:1500], after


@pytest.mark.attack("B-08")
@pytest.mark.parametrize(("place", "told"), MANY)
def test_in_many_at_once_what_is_not_yours_is_like_what_is_not_there(world, place, told):
    who = "assigner" if "transfer" in place else "sales_rep"
    if who == "assigner":
        from keji.access.models import Role

        Role.objects.filter(code="LEAD").update(reach={"customers": {"see": "own", "assign": "own", "change": "own"}})
        who = "lead"
        from keji.customers.models import Customer

        Customer.objects.filter(pk__in=world.ids["customers"][:2]).update(owner=world.people["lead"])
    told = told | ({"owner": str(world.people["sales_rep"].pk)} if "owner" in told else {})
    world.people[who].__dict__.pop("_roles", None)
    own, foreign, binned = world.ids["customers"][:2], world.ids["customers"][2:4], world.ids["customers"][8]

    mixed = bulk(world, who, place, told, [*own, *foreign, *own, binned])
    missing = bulk(world, who, place, told, [*own, 987_001, 987_002, *own, 987_003])
    none = bulk(world, who, place, told, [*foreign, binned])

    assert (mixed[0], mixed[1], mixed[2]) == (missing[0], missing[1], missing[2])
    touched = {row for rows in (mixed[3].get("customers_customer", []),) for row in rows}
    assert len(touched) == 4  # two rows, before and after
    assert "customers_customer" not in none[3]


@pytest.mark.attack("B-08")
@pytest.mark.parametrize(("place", "told"), MANY)
def test_too_many_at_once_are_refused_whole(world, place, told):
    """Neither the first thousand nor any other part is done without a word."""
    told = told | ({"owner": str(world.people["sales_rep"].pk)} if "owner" in told else {})
    ids = [*world.ids["customers"], *range(900_000, 901_000)]

    status, _count, _said, after = bulk(world, "sales_manager", place, told, ids)
    huge = bulk(world, "sales_manager", place, told, list(range(10_001)))

    assert status == 400  # a form holds a thousand fields
    assert "customers_customer" not in after
    assert (huge[0], "customers_customer" in huge[3]) == (400, False)
