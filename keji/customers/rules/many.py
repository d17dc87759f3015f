"""Entering many customers at once: the checks of `register`, asked of whole columns, written in a few statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import may, require
from keji.access.trail import SYSTEM, attnames, differs, snapshot, tell
from keji.customers.models import Contact, Customer, GradeChange
from keji.customers.rules import duplicates
from keji.customers.rules.actions import OVERRIDE
from keji.customers.rules.contacts import fill as fill_contact
from keji.customers.rules.duplicates import Match, owner_name, same_firm
from keji.customers.rules.register import (
    GIVEN_NUMBER,
    check_values,
    fill,
    next_number,
    owner_allowed,
    pass_number,
    settle,
    started,
)
from keji.customers.rules.search import INDEX, REACH, words
from keji.database import bulk_insert
from keji.kernel import text
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Refused, Unfit
from keji.records.rules import draw

HOLD = 400  # parameters of one IN list


@dataclass
class Entrant:
    """A customer that wants in, with its contacts; afterwards its id, or what is wrong."""

    values: dict[str, Any]
    contacts: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)
    accept: dict[str, str] = field(default_factory=dict)
    known: list[Problem] = field(default_factory=list)
    pool: bool = False
    problems: tuple[Problem, ...] = ()
    id: int = 0

    @property
    def mobiles(self) -> list[str]:
        return [contact["mobile"] for contact in self.contacts if contact.get("mobile")]


def check_many(person: Person | None, entrants: Sequence[Entrant], profile: str) -> None:
    """Find what is wrong with each, among themselves too. Writes nothing; the answer stands in `problems`."""
    for one in entrants:
        one.values = started(person, one.values, one.pool)
    twins = find_many([one.values for one in entrants], [one.mobiles for one in entrants])
    override = person is SYSTEM or may(person, OVERRIDE)
    for one, matches in zip(entrants, twins, strict=True):
        first = one.contacts[0] if one.contacts else None
        found = [*one.known, *check_values(person, one.values, first, profile, one.states, typed=False)]
        for problem in duplicates.problems(matches):
            soft = problem.soft or (override and problem.code == "E_DUP_NAME")
            found.append(Problem(problem.field, problem.code, problem.message, problem.suggestion, soft))
        one.problems = tuple(dict.fromkeys(found))


def find_many(rows: Sequence[Mapping[str, Any]], mobiles: Sequence[Sequence[str]]) -> list[list[Match]]:
    """For each of these would-be customers, those it may double: stored ones and earlier ones of the same batch."""
    keys = [text.folded(row.get("name") or "") for row in rows]
    bare = [text.stripped(row.get("name") or "") for row in rows]
    numbers = [{one for one in (row.get("mobile"), *held) if one} for row, held in zip(rows, mobiles, strict=True)]
    alive = Customer.objects.filter(deleted_at=None)
    by_uscc = stored_by(alive, "uscc", {row["uscc"] for row in rows if row.get("uscc")})
    by_key = stored_by(alive, "name_key", set(keys) - {""})
    by_bare = stored_by(alive, "name_stripped", set(bare) - {""})
    by_mobile = stored_by(alive, "mobile", set().union(*numbers) if numbers else set())
    held_by = held_mobiles(set().union(*numbers) if numbers else set())
    seen: dict[tuple[str, Any], int] = {}
    found = []
    for place, row in enumerate(rows):
        person = row.get("customer_type") == "PERSON"
        matches: dict[int, Match] = {}

        def add(
            known: Sequence[Mapping[str, Any]], field_name: str, code: str, hard: bool, into: dict[int, Match] = matches
        ) -> None:
            for other in known:
                into.setdefault(other["id"], duplicates.match(other, field_name, code, hard))

        add(by_uscc.get(row.get("uscc") or "-", ()), "uscc", "E_DUP_USCC", True)
        if person:
            add(
                [o for o in by_key.get(keys[place], ()) if o["mobile"] and o["mobile"] == row.get("mobile")],
                "mobile",
                "E_DUP_PERSON",
                True,
            )
        else:
            firms = [o for o in by_key.get(keys[place], ()) if o["customer_type"] != "PERSON"]
            add([o for o in firms if same_firm(row, o)], "name", "E_DUP_NAME", True)
            add(
                [o for o in by_bare.get(bare[place], ()) if o["customer_type"] != "PERSON"], "name", "W_DUP_NAME", False
            )
        for number in numbers[place]:
            add(by_mobile.get(number, ()), "mobile", "W_DUP_MOBILE", False)
            add(held_by.get(number, ()), "mobile", "W_DUP_MOBILE", False)
        found.append(
            sorted(matches.values(), key=lambda one: not one.hard)
            + among(seen, row, keys[place], numbers[place], place)
        )
    return found


def stored_by(rows: Any, name: str, values: set[str]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    wanted = sorted(values)
    for start in range(0, len(wanted), HOLD):
        for row in rows.filter(**{f"{name}__in": wanted[start : start + HOLD]}).values(*duplicates.FIELDS):
            found.setdefault(row[name], []).append(row)
    return found


def held_mobiles(numbers: set[str]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    wanted = sorted(numbers)
    held: list[tuple[str, int]] = []
    for start in range(0, len(wanted), HOLD):
        batch = wanted[start : start + HOLD]
        held += Contact.objects.filter(mobile__in=batch, deleted_at=None).values_list("mobile", "customer_id")
    customers = {
        row["id"]: row
        for row in Customer.objects.filter(deleted_at=None, pk__in={pk for _n, pk in held}).values(*duplicates.FIELDS)
    }
    for number, pk in held:
        if pk in customers:
            found.setdefault(number, []).append(customers[pk])
    return found


def among(
    seen: dict[tuple[str, Any], int], row: Mapping[str, Any], key: str, numbers: set[str], place: int
) -> list[Match]:
    """Is it in the same batch already? The earlier one goes in, the later one is the double."""
    firm = row.get("customer_type") != "PERSON"
    marks: list[tuple[str, Any, str, str]] = []
    if row.get("uscc"):
        marks.append(("uscc", row["uscc"], "uscc", "E_DUP_USCC"))
    if firm and key:
        # Of one name, with two credit codes that are known and differ, there are two firms.
        marks.append(("name", (key, row.get("customer_type"), row.get("uscc") or ""), "name", "E_DUP_NAME"))
    if not firm and row.get("mobile"):
        marks.append(("person", (key, row["mobile"]), "mobile", "E_DUP_PERSON"))
    found = []
    for kind, value, field_name, code in marks:
        other = seen.setdefault((kind, value), place)
        if other != place:
            found.append(
                Match(-other - 1, field_name, code, owner_name(row.get("owner")), True, "", row.get("name") or "")
            )
    return found[:1]


def register_many(person: Person | None, entrants: Sequence[Entrant], profile: str, why: str = "") -> int:
    """Enter those that nothing is wrong with, all in one transaction. Returns how many; the others keep their problems."""
    if person is not SYSTEM:
        require(person, "customers.create")
        if any(one.contacts for one in entrants):
            require(person, "contacts.create")
    check_many(person, entrants, profile)
    for owner in {one.values.get("owner") for one in entrants}:
        if person is not SYSTEM and not owner_allowed(person, owner or None):
            raise Refused("customers.assign")
    at, ready = now(), []
    with transaction.atomic():
        own_numbers = taken_numbers(entrants)
        for one in entrants:
            customer = Customer(profile=profile, states=one.states, created_by=person, created_at=at, changed_at=at)
            try:
                settle(customer, person, [*one.problems, *number_problems(one, own_numbers)], one.accept)
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


def taken_numbers(entrants: Sequence[Entrant]) -> set[str]:
    given = [one.values["customer_no"] for one in entrants if one.values.get("customer_no")]
    found: set[str] = set()
    for start in range(0, len(given), HOLD):
        known = Customer.objects.filter(customer_no__in=given[start : start + HOLD])
        found |= set(known.values_list("customer_no", flat=True))
    return found | {one for one in given if given.count(one) > 1} if len(given) < HOLD else found


def number_problems(one: Entrant, taken: set[str]) -> list[Problem]:

    given = one.values.get("customer_no")
    if not given:
        return []
    if not GIVEN_NUMBER.fullmatch(given):
        return [Problem("customer_no", "E_CUSTOMER_NO", _("客户编号是字母加数字，如 C001"))]
    if given in taken:
        return [Problem("customer_no", "E_DUP_NO", _("客户编号 %(no)s 已经用过") % {"no": given})]
    taken.add(given)
    return []


def number(ready: Sequence[tuple[Entrant, Customer]]) -> None:
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


def write_all(person: Person | None, ready: Sequence[tuple[Entrant, Customer]], why: str) -> None:

    def plain(record: Any, names: Sequence[str]) -> tuple[Any, ...]:
        known = record.__dict__
        return tuple(
            json.dumps(v, ensure_ascii=False) if isinstance(v := known.get(name), list | dict) else v for name in names
        )

    names = [name for name in attnames(Customer) if name != "id"]
    ids = bulk_insert(Customer, names, [plain(customer, names) for _one, customer in ready], ids=True)
    contacts: list[Contact] = []
    found = []
    for pk, (one, customer) in zip(ids, ready, strict=True):
        customer.pk = one.id = pk
        known = words({"id": pk, **customer.__dict__})
        for place, values in enumerate(one.contacts):
            contact = Contact(
                customer_id=pk, created_by=person, created_at=customer.created_at, changed_at=customer.changed_at
            )
            fill_contact(contact, values)
            contact.is_primary, contact.is_key_contact = place == 0, place == 0
            contacts.append(contact)
            known.people.append(contact.name)
            known.phone.extend(value for name in REACH if (value := contact.__dict__.get(name)))
        found.append((pk, known))
    if contacts:
        theirs = [name for name in attnames(Contact) if name != "id"]
        for contact, pk in zip(
            contacts, bulk_insert(Contact, theirs, [plain(c, theirs) for c in contacts], ids=True), strict=True
        ):
            contact.pk = pk
    INDEX.write(found)
    told = [(customer, news(customer)) for _one, customer in ready]
    tell(person, "customers.create", told, why)
    if contacts:
        tell(person, "contacts.create", [(contact, news(contact)) for contact in contacts], why)
    graded = [customer for _one, customer in ready if customer.grade]
    GradeChange.objects.bulk_create(GradeChange(customer=c, new=c.grade, who=person, why=why) for c in graded)


def news(record: Any) -> dict[str, list[Any]]:
    """What a new record says, as the trail tells it."""
    return {name: [None, value] for name, value in snapshot(record).items() if differs({}, name, value)}
