"""The people at a customer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import change
from keji.customers.models import Contact, Customer
from keji.customers.rules import duplicates
from keji.customers.rules.checks import check_contact
from keji.customers.rules.deadlines import not_reported, reported
from keji.customers.rules.register import open_points, settle
from keji.customers.rules.search import reindex
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Stale, Unfit


def add_contact(
    person: Person,
    values: Mapping[str, Any],
    customer: Customer,
    *,
    states: Mapping[str, Any] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
) -> Contact:
    """Add a person to a customer that the one who adds may change. The first one becomes the primary contact."""
    require(person, "customers.change", customer)
    contact = Contact(customer=customer, created_by=person, states=dict(states or {}))
    with change(person, contact, "contacts.create", once=once):
        settle(contact, person, [*known, *problems(values, customer)], accept or {})
        fill(contact, values)
        if not Contact.objects.filter(customer=customer, is_primary=True, deleted_at=None).exists():
            contact.is_primary = True
        elif contact.is_primary:
            step_down(person, contact)
    reindex([customer.pk])
    return contact


def problems(values: Mapping[str, Any], customer: Customer) -> list[Problem]:
    found = [] if values.get("name") else [Problem("name", "E_REQUIRED", _("请填写联系人姓名"))]
    found += check_contact(values, house()["strict_email"])
    matches = duplicates.find({}, [values.get("mobile") or ""], but=customer.pk)
    return found + duplicates.problems(matches)


def fill(contact: Contact, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(contact, name, value if value is not None or name == "validity_at" else "")
    contact.open_points = open_points(contact.states)


def step_down(person: Person, new: Contact) -> None:
    """Only one contact of a customer is the primary one: the old one makes room."""
    for old in Contact.objects.filter(customer_id=new.customer_id, is_primary=True, deleted_at=None).exclude(
        pk=new.pk or 0
    ):
        with change(person, old, "contacts.change", _("改由另一位为首要联系人")):
            old.is_primary = False


def revise_contact(
    person: Person,
    contact: Contact,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    states: Mapping[str, Any] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
    reported_at: datetime | None = None,
) -> Contact:
    """Change these fields of a contact and no others. `reported_at` is when the customer told of it."""
    if version is not None and version != contact.version:
        raise Stale(contact, Contact.objects.filter(pk=contact.pk).first())
    before = {name: getattr(contact, name) for name in (field.attname for field in contact._meta.concrete_fields)}
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    with change(person, contact, "contacts.change", why):
        found = [p for p in (*known, *problems({**before, **changed}, contact.customer)) if p.field in changed]
        found += not_reported(reported_at)
        if states is not None:
            contact.states = dict(states)
        settle(contact, person, found, accept or {})
        if changed.get("is_primary"):
            step_down(person, contact)
        if "validity" in changed and "validity_at" not in changed:
            changed["validity_at"] = today()
        fill(contact, changed)
        if reported_at:
            reported(person, contact, reported_at)
    reindex([contact.customer_id])
    return contact


def drop_contact(person: Person, contact: Contact, why: str = "") -> None:
    """Take a contact off its customer. It stays in the bin with the customer's history."""
    if contact.deleted_at is not None:
        raise Unfit(Problem("id", "E_GONE", _("这位联系人已经删除")))
    with change(person, contact, "contacts.delete", why):
        contact.deleted_at, contact.deleted_by, contact.is_primary = now(), person, False
    reindex([contact.customer_id])


def restore_contact(person: Person, contact: Contact) -> None:
    """Take a contact back out of the bin, no longer the first one of the customer."""
    with change(person, contact, "contacts.delete", _("恢复")):
        contact.deleted_at = contact.deleted_by = None
    reindex([contact.customer_id])


def not_theirs(contact: int | None, customer: int) -> list[Problem]:
    """What is wrong with a contact that is named for a customer: it has to be one of its people."""
    if not contact or Contact.objects.filter(pk=contact, customer_id=customer, deleted_at=None).exists():
        return []
    return [Problem("contact", "E_CONTACT", _("选的联系人不是这个客户的"))]
