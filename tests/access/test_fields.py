"""Which values a person reads, and how."""

import pytest

from keji.access.models import Held, Role
from keji.customers import queries
from keji.customers.models import Contact
from keji.customers.rules.owners import transfer
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel.errors import Invalid
from keji.records.listing import ask, listing
from keji.records.sheet import SHEETS


def mobile(person, contact):
    rows = list(queries.contacts_of(person, contact.customer_id).values(*CONTACTS.attributes(list(CONTACTS.columns))))
    return CONTACTS.reader(person, [contact.pk])(rows[0])["mobile"].text if rows else None


@pytest.mark.req("R-000-21")
@pytest.mark.parametrize(
    ("who", "shown"),
    [("lin", "13812345678"), ("wang", "13812345678"), ("chen", "138****5678"), ("shen", "138****5678"), ("zhao", None)],
)
def test_how_the_mobile_of_a_contact_looks_to_whom(cast, who, shown):
    contact = Contact.objects.get(customer=cast.acme)

    assert mobile(getattr(cast, who), contact) == shown


def test_a_field_takes_the_policy_of_the_role_that_granted_the_row(cast):
    Held.objects.create(person=cast.lin, role=Role.objects.get(code="CS_AGENT"))
    cast.lin.__dict__.pop("_roles", None)

    assert mobile(cast.lin, Contact.objects.get(customer=cast.acme)) == "13812345678"
    assert mobile(cast.lin, Contact.objects.get(customer=cast.other)) == "139****4321"


def test_on_common_ground_phones_are_masked_for_those_who_do_not_own(cast):
    transfer(cast.wang, cast.acme, None, "放回公海")

    assert mobile(cast.zhao, Contact.objects.get(customer=cast.acme)) == "138****5678"


@pytest.mark.attack("B-16")
@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "mobile"},
        {"mobile": "13812345678"},
        {"email__from": "a"},
        {"owner__password__startswith": "a"},
        {"id_number": "1"},
        {"_connector": "OR"},
    ],
)
def test_what_may_not_be_read_may_not_be_asked_about(cast, asked):
    for sheet in SHEETS.values():
        with pytest.raises(Invalid):
            ask(sheet, cast.chen, asked)


@pytest.mark.attack("B-23")
def test_a_masked_phone_finds_nothing(cast):
    for who, hits in ((cast.lin, 1), (cast.wang, 1), (cast.chen, 0), (cast.shen, 0), (cast.zhao, 0)):
        found = listing(CUSTOMERS, who, queries.customers(who), ask(CUSTOMERS, who, {"q": "13812345678"}))
        assert len(found.lines) == hits, who.username


def test_the_mask_that_comes_back_is_no_value(cast):
    from keji.records.entry import rules_for

    contact = Contact.objects.get(customer=cast.acme)
    taken = CONTACTS.take({"mobile": "138****5678", "title": "总监"}, rules_for(CONTACTS, cast.shen, contact))

    assert taken.values == {"title": "总监"}
    assert taken.problems == []


@pytest.mark.attack("B-19")
@pytest.mark.parametrize(
    "name", ["version", "created_by", "deleted_at", "name_key", "open_points", "changed_at", "size_band", "is_staff"]
)
def test_a_field_that_is_not_to_be_typed_is_refused(cast, name):
    from keji.records.entry import rules_for

    taken = CUSTOMERS.take({name: "1"}, rules_for(CUSTOMERS, cast.lin, cast.acme))

    assert (taken.values, [problem.code for problem in taken.problems]) == ({}, ["E_FIELD"])


@pytest.mark.attack("B-23")
def test_a_hidden_credit_code_finds_nothing(cast):
    Role.objects.filter(code="SALES_MANAGER").update(fields={"customers.uscc": "hide"})
    cast.acme.refresh_from_db()
    for who, hits in ((cast.lin, 1), (cast.wang, 0)):
        found = listing(CUSTOMERS, who, queries.customers(who), ask(CUSTOMERS, who, {"q": cast.acme.uscc[:12]}))
        assert len(found.lines) == hits, who.username
