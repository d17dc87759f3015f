"""Entering many customers at once: the checks of `register`, asked of whole columns, written in a few statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import transaction

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import may, require
from keji.access.trail import SYSTEM, OneSalt, attnames, tell
from keji.customers.models import Contact, Customer, GradeChange
from keji.customers.rules import duplicates
from keji.customers.rules.actions import OVERRIDE
from keji.customers.rules.autotags import follow_new, put_on_new
from keji.customers.rules.contacts import fill as fill_contact
from keji.customers.rules.deadlines import entered_many
from keji.customers.rules.register import (
    check_values,
    fill,
    next_number,
    owner_allowed,
    pass_number,
    reason,
    settle,
    started,
    wrong_number,
)
from keji.customers.rules.search import INDEX, REACH, words
from keji.customers.rules.twins import Twins
from keji.database import bulk_insert, one_of
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Refused, Unfit
from keji.records.rules import draw


@dataclass
class Entrant:
    """A customer that wants in, with its contacts; afterwards its id, or what is wrong."""

    values: dict[str, Any]
    contacts: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)
    accept: dict[str, str] = field(default_factory=dict)
    known: list[Problem] = field(default_factory=list)
    pool: bool = False
    twin: bool = True  # False: not to be entered if it looks like a double, whatever else is accepted
    problems: tuple[Problem, ...] = ()
    id: int = 0

    @property
    def mobiles(self) -> list[str]:
        return [contact["mobile"] for contact in self.contacts if contact.get("mobile")]


def check_many(person: Person | None, entrants: Sequence[Entrant], profile: str, alike: bool = True) -> None:
    """Find what is wrong with each, among themselves too. Writes nothing; the answer stands in `problems`.

    Without `alike`, names that are only nearly the same are not looked for (they are doubts, and were told before).
    """
    for one in entrants:
        one.values = started(person, one.values, one.pool)
    twins = Twins([one.values for one in entrants], [one.mobiles for one in entrants], alike)
    override = person is SYSTEM or may(person, OVERRIDE)
    taken = taken_numbers(entrants)
    for place, one in enumerate(entrants):
        first = one.contacts[0] if one.contacts else None
        found = [*one.known, *check_values(person, one.values, first, profile, one.states, typed=False)]
        for problem in duplicates.problems(twins.of(place)):
            soft = problem.soft or (override and problem.code == "E_DUP_NAME")
            found.append(Problem(problem.field, problem.code, problem.message, problem.suggestion, soft))
        if given := one.values.get("customer_no"):
            found += wrong_number(given, given in taken)
        one.problems = tuple(dict.fromkeys(found)) if found else ()
        if all(problem.soft and reason(problem, one.accept) for problem in one.problems):
            twins.enter(place)
            taken.add(given)


def taken_numbers(entrants: Sequence[Entrant]) -> set[str | None]:
    given = {one.values["customer_no"] for one in entrants if one.values.get("customer_no")}
    known = Customer.objects.filter(customer_no__in=one_of(sorted(given))) if given else Customer.objects.none()
    return set(known.values_list("customer_no", flat=True))


def register_many(
    person: Person | None, entrants: Sequence[Entrant], profile: str, why: str = "", alike: bool = True
) -> int:
    """Enter those that nothing is wrong with, all in one transaction. Returns how many; the others keep their problems."""
    if person is not SYSTEM:
        require(person, "customers.create")
        if any(one.contacts for one in entrants):
            require(person, "contacts.create")
    check_many(person, entrants, profile, alike)
    for owner in {one.values.get("owner") for one in entrants}:
        if person is not SYSTEM and not owner_allowed(person, owner or None):
            raise Refused("customers.assign")
    at = now()
    ready: list[tuple[Entrant, Any]] = []
    with transaction.atomic():
        for one in entrants:
            facts = {"profile": profile, "states": one.states, "created_by_id": person and person.pk}
            customer: Any = Draft(Customer, at, **facts)
            if held := () if one.twin else tuple(p for p in one.problems if p.code in duplicates.TWIN):
                one.problems = held
                continue
            try:
                settle(customer, person, one.problems, one.accept)
            except Unfit as error:
                one.problems = error.problems
                continue
            one.problems = ()
            ready.append((one, customer))
        number(ready)
        for one, customer in ready:
            fill(customer, {name: value for name, value in one.values.items() if name != "customer_no"})
        write_all(person, ready, why)
    return len(ready)


class Draft:
    """A new record about to be written: what its model would hold, without the model's machinery (20 µs a row)."""

    def __init__(self, model: Any, at: datetime, **values: Any):
        known = {**blank(model), "created_at": at, "changed_at": at, **values, "RECORD": model.RECORD}
        for name in lists(model):
            if name not in values:
                known[name] = []
        self.__dict__ = known

    @property
    def pk(self) -> int:
        return self.__dict__["id"]

    def news(self, model: Any) -> dict[str, list[Any]]:
        """What a new record says, as the trail tells it: everything but blanks."""
        values = tell_of(model)(self.__dict__)
        return {name: [None, value] for name, value in zip(told(model), values, strict=True) if value}

    def row(self, model: Any) -> tuple[Any, ...]:
        """The values as they are stored, JSON as text."""
        known = self.__dict__
        for name in packed(model):
            known[name] = ENCODE(known[name]) if known[name] else EMPTY[type(known[name])]
        return pick(model)(known)


ENCODE = json.JSONEncoder(ensure_ascii=False).encode
EMPTY: dict[type, str] = {dict: "{}", list: "[]", tuple: "[]"}


@cache
def blank(model: Any) -> dict[str, Any]:
    return {name: value for name, value in model().__dict__.items() if name in attnames(model)}


@cache
def packed(model: Any) -> tuple[str, ...]:
    return tuple(name for name, value in blank(model).items() if isinstance(value, list | dict))


@cache
def lists(model: Any) -> tuple[str, ...]:
    """The lists that rules add to: each record needs its own."""
    return tuple(name for name, value in blank(model).items() if isinstance(value, list))


@cache
def told(model: Any) -> tuple[str, ...]:
    return tuple(name for name in attnames(model) if name not in model.UNTOLD)


@cache
def tell_of(model: Any) -> Any:
    return itemgetter(*told(model))


@cache
def written(model: Any) -> tuple[str, ...]:
    return tuple(name for name in attnames(model) if name != "id")


@cache
def pick(model: Any) -> Any:
    return itemgetter(*written(model))


def number(ready: Sequence[tuple[Entrant, Any]]) -> None:
    """Give each its number; those that brought one along push the counter on first."""
    unnumbered = []
    for one, customer in ready:
        customer.customer_no = one.values.get("customer_no") or ""
        if customer.customer_no:
            pass_number(customer.customer_no)
        else:
            unnumbered.append(customer)
    pattern = house()["number_pattern"]
    if "{yyyyMM}" in pattern or len(unnumbered) < 2:
        for customer in unnumbered:
            customer.customer_no = next_number()
        return
    first = draw(pattern.split("{seq")[0], len(unnumbered))
    for place, customer in enumerate(unnumbered):
        customer.customer_no = pattern.format(seq=first + place)


def write_all(
    person: Person | None, ready: Sequence[tuple[Entrant, Any]], why: str, salted: OneSalt | None = None
) -> None:
    """Write customers, their contacts, what they are found by, and what the trail tells of them."""
    follows = follow_new(customer for _one, customer in ready)
    news = [customer.news(Customer) for _one, customer in ready]
    ids = bulk_insert(Customer, written(Customer), [customer.row(Customer) for _one, customer in ready], ids=True)
    contacts: list[Any] = []
    found = []
    for pk, (one, customer) in zip(ids, ready, strict=True):
        customer.id = one.id = pk
        known = words(customer.__dict__)
        named = [values for values in one.contacts if values.get("name")]
        first = primary(named)
        for place, values in enumerate(named):
            contact = new_contact(person, customer, values, first_states(one) if place == 0 else {})
            contact.is_primary, contact.is_key_contact = place == first, values.get("is_key_contact", place == 0)
            contacts.append(contact)
            known.people.append(contact.name)
            known.phone.extend(value for name in REACH if (value := contact.__dict__.get(name)))
        found.append((pk, known))
    theirs = [contact.news(Contact) for contact in contacts]
    rows = [contact.row(Contact) for contact in contacts]
    for contact, pk in zip(contacts, bulk_insert(Contact, written(Contact), rows, ids=True), strict=True):
        contact.id = pk
    put_on_new(zip(ids, follows, strict=True))
    INDEX.write(found)
    tell(person, "customers.create", zip((customer for _one, customer in ready), news, strict=True), why, salted)
    tell(person, "contacts.create", zip(contacts, theirs, strict=True), why, salted)
    at, who = now(), person and person.pk
    graded = [
        (pk, "", one.values["grade"], who, why, at)
        for pk, (one, _c) in zip(ids, ready, strict=True)
        if one.values.get("grade")
    ]
    bulk_insert(GradeChange, ["customer_id", "old", "new", "who_id", "why", "at"], graded)
    entered_many((customer for _one, customer in ready), at)


def primary(contacts: Sequence[Mapping[str, Any]]) -> int:
    """The place of the primary contact: the first that says so, else the first of all unless it denies it; -1 for none."""
    said = [place for place, values in enumerate(contacts) if values.get("is_primary")]
    return said[0] if said else 0 if contacts and contacts[0].get("is_primary") is None else -1


def new_contact(person: Person | None, customer: Any, values: Mapping[str, Any], states: dict[str, Any]) -> Any:
    facts = {"customer_id": customer.id, "created_by_id": person and person.pk, "states": states}
    contact: Any = Draft(Contact, customer.created_at, **facts)
    fill_contact(contact, values)
    return contact


def first_states(one: Entrant) -> dict[str, Any]:
    if not one.states:
        return {}
    told = {name: state for name, state in one.states.items() if name.startswith("contact.")}
    return {name.removeprefix("contact."): state for name, state in told.items()}
