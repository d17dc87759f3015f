"""That people agreed to be written to for a purpose, with the proof; withdrawn as easily as given (PIPL 14, 15; law.md L-02, L-35)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import tell
from keji.customers.models import MARKETING, Consent, Customer
from keji.customers.queries import agreements
from keji.customers.rules.contacts import not_theirs
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Unfit

LONGEST = 200


def give(person: Person, customer: Customer, contact: int | None, evidence: str, day: date | None = None) -> Consent:
    """Write down that a contact (of a person, the customer itself) agreed, and by what that can be shown.

    Who has agreed already has done so once. Raises Unfit without a proof, or for somebody who is not of this customer.
    """
    require(person, "customers.change", customer)
    day, evidence = day or today(), evidence.strip()
    found = []
    if contact is None and customer.customer_type != "PERSON":
        found.append(Problem("contact", "E_REQUIRED", _("请选是哪位联系人同意的")))
    found += not_theirs(contact, customer.pk)
    if not evidence:
        found.append(Problem("evidence", "E_REQUIRED", _("请写明凭据，如 微信回复“可以”、签字表编号")))
    elif len(evidence) > LONGEST:
        found.append(Problem("evidence", "E_LENGTH", _("凭据最多 %(most)d 个字") % {"most": LONGEST}))
    if day > today():
        found.append(Problem("given_on", "E_DATE_FUTURE", _("同意的日期不能晚于今天")))
    if found:
        raise Unfit(*found)
    whose: dict[str, Any] = {"customer": customer, "contact_id": contact, "purpose": MARKETING, "withdrawn_at": None}
    with transaction.atomic():
        told = {"evidence": evidence, "given_on": day, "recorded_by": person}
        made, fresh = Consent.objects.get_or_create(**whose, defaults=told)
        if fresh:
            tell(person, "customers.change", [(customer, {"consents": [[], [words(made)]]})], evidence)
    return made


def withdraw(person: Person, customer: Customer, pk: int, why: str = "") -> None:
    """From now on nobody is written to on this ground; that it was given stays on record. Withdrawn twice is withdrawn once."""
    require(person, "customers.change", customer)
    with transaction.atomic():
        given = Consent.objects.select_for_update().filter(customer=customer, pk=pk, withdrawn_at=None).first()
        if given is None:
            return
        Consent.objects.filter(pk=pk).update(withdrawn_at=now(), withdrawn_by=person)
        tell(person, "customers.change", [(customer, {"consents": [[words(given)], []]})], why)


def words(one: Consent) -> str:
    """A consent as the trail keeps it: of whom, by number, since when."""
    return f"{one.purpose} contacts:{one.contact_id} {one.given_on}" if one.contact_id else f"{one.purpose} {one.given_on}"


def agreed() -> Exists:
    """True of customers of whom somebody who can still be reached agrees to be written to."""
    return Exists(agreements().filter(customer=OuterRef("pk")))
