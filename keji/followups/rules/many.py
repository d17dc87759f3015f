"""Many follow-ups at once, as an import of a history brings them: the checks of `log`, written in a few statements."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from keji.access.models import Person
from keji.access.scope import parents, require
from keji.access.trail import SYSTEM, attnames, differs, snapshot, tell
from keji.customers.models import Customer
from keji.customers.rules.deadlines import keep
from keji.customers.rules.register import settle
from keji.database import bulk_insert
from keji.followups.models import Followup
from keji.followups.rules.derived import count, index
from keji.followups.rules.log import about, begun, fill, for_others, problems, timed
from keji.followups.rules.plans import Said, follow
from keji.followups.rules.signing import sign
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Refused, Unfit


@dataclass
class Told:
    """A communication that wants in; afterwards its id, or what is wrong. `author_name` keeps somebody who has left."""

    customer: Customer
    values: dict[str, Any]
    author_name: str = ""
    imported: bool = True  # a history: it is never late
    at: datetime | None = None  # when it was written down, if not now
    accept: dict[str, str] = field(default_factory=dict)
    known: list[Problem] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    id: int = 0


def log_many(person: Person | None, told: Sequence[Told], why: str = "", verb: str = "create") -> int:
    """Write down those that nothing is wrong with, all in one transaction.

    Returns how many; the others keep their problems. Raises Refused if a customer is out of reach.
    """
    if person is not SYSTEM:
        require(person, f"followups.{verb}")
        ids = {one.customer.pk for one in told}
        if parents(person, Customer, "followups", verb).filter(pk__in=ids).count() < len(ids):
            raise Refused("followups.create")
    at = now()
    with transaction.atomic():
        ready = [made for one in told if (made := prepare(person, one, at, verb))]
        write(person, ready, why)
        customers = {one.customer.pk: one.customer for one, _made in ready}
        newest = {pk: (customer, count(customer)) for pk, customer in customers.items()}
        keep(customers)
        follow(person, [Said(made) for _one, made in ready], newest)
    return len(ready)


def prepare(person: Person | None, one: Told, at: Any, verb: str) -> tuple[Told, Followup] | None:
    """The record that becomes of it, or nothing."""
    at = one.at or at
    made = Followup(customer=one.customer, created_by=person, created_at=at, changed_at=at, imported=one.imported)
    filled = begun(None if one.author_name else person, one.values)
    if one.author_name:
        filled["author"], filled["author_name"] = None, one.author_name
    try:
        settle(made, person, [*one.known, *problems(filled)], one.accept)
        about(person, one.customer, filled.get("deal"))
    except Unfit as error:
        one.problems = error.problems
        return None
    if not one.author_name:
        for_others(person, filled["author"], verb)
    fill(made, filled)
    sign(made, person)
    timed(made)
    return one, made


def write(person: Person | None, ready: Sequence[tuple[Told, Followup]], why: str) -> None:
    names = [name for name in attnames(Followup) if name != "id"]
    for (one, made), pk in zip(
        ready, bulk_insert(Followup, names, [plain(made, names) for _one, made in ready], ids=True), strict=True
    ):
        made.pk = one.id = pk
    index(made for _one, made in ready)
    tell(person, "followups.create", [(made, news(made)) for _one, made in ready], why)


def plain(record: Any, names: Sequence[str]) -> tuple[Any, ...]:
    known = record.__dict__
    return tuple(json.dumps(v, ensure_ascii=False) if isinstance(v := known.get(n), list | dict) else v for n in names)


def news(record: Any) -> dict[str, list[Any]]:
    """What a new record says, as the trail tells it."""
    return {name: [None, value] for name, value in snapshot(record).items() if differs({}, name, value)}
