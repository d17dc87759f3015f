"""The forms of customers and contacts, read from what was posted and drawn again with what is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from keji.access.fields import HIDE
from keji.access.house import house
from keji.customers.rules.needs import CONFIRMED
from keji.customers.rules.required import required
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS, SECTIONS, fits
from keji.kernel.clock import today
from keji.kernel.errors import Problem
from keji.records.entry import Form, build, posted, posted_accepts, posted_states, rules_for, unticked
from keji.records.sheet import Sheet, Taken

CONTACT = "contact."
FIXED = frozenset({"owner", "grade"})  # changed by rules of their own once a customer is there


@dataclass
class Posted:
    """What a form says: the raw texts to show again, the values for the rule, and what is wrong already."""

    raw: dict[str, Any]
    taken: Taken
    states: dict[str, dict[str, str]]
    accept: dict[str, str]

    @property
    def hard(self) -> list[Problem]:
        return [problem for problem in self.taken.problems if not problem.soft]


def read(sheet: Sheet, person: Any, data: QueryDict, record: Any = None, prefix: str = "") -> Posted:
    """Read the posted fields of a sheet as this person may enter them."""
    raw = posted(data, sheet, prefix)
    raw.pop("version", None), raw.pop("why", None), raw.pop("once", None), raw.pop("then", None)
    taken = sheet.take(raw, rules_for(sheet, person, record))
    unticked(taken, sheet, data.getlist(f"{prefix}_boxes"))
    return Posted(raw, taken, posted_states(data, prefix), posted_accepts(data, prefix))


def customer_form(
    person: Any,
    customer: Any = None,
    *,
    kind: str = "",
    sent: Posted | None = None,
    problems: Iterable[Problem] = (),
    only: Iterable[str] | None = None,
    begun: Mapping[str, Any] | None = None,
) -> Form:
    """The form of a customer of this type; fields that do not belong to the type are left out. A new one is `begun` with values."""
    kind = (
        kind
        or (sent.raw.get("customer_type") if sent else "")
        or (customer.customer_type if customer else "ENTERPRISE")
    )
    rules = {name: rule if fits(name, kind) else HIDE for name, rule in rules_for(CUSTOMERS, person, customer).items()}
    if customer is not None:
        rules |= dict.fromkeys(FIXED if customer.grade else {"owner"}, HIDE)
    profile = customer.profile if customer else house()["profile"]
    return build(
        CUSTOMERS,
        SECTIONS,
        rules,
        record=customer,
        raw=sent.raw if sent else None,
        problems=problems,
        required={"name", *required(profile, kind)},
        only=only,
        states=sent.states if sent else None,
        values={
            "owner": person.pk,
            "customer_type": kind,
            "lifecycle_stage": "POTENTIAL",
            "cooperation_status": "POTENTIAL",
            "currency": "CNY",
            **(begun or {}),
        },
    )


def contact_form(
    person: Any,
    contact: Any = None,
    *,
    sent: Posted | None = None,
    problems: Iterable[Problem] = (),
    only: Iterable[str] | None = None,
) -> Form:
    needs = {
        name.removeprefix(CONTACT) for name in required(house()["profile"], "ENTERPRISE") if name.startswith(CONTACT)
    }
    return build(
        CONTACTS,
        SECTIONS,
        rules_for(CONTACTS, person, contact),
        record=contact,
        raw=sent.raw if sent else None,
        problems=problems,
        required={"name", *needs} if contact is not None or only is None else needs,
        only=only,
        states=sent.states if sent else None,
        values={"validity": "VALID"},
    )


def confirm_form(person: Any, need: Any, *, sent: Posted | None = None, problems: Iterable[Problem] = ()) -> Form:
    """Who has confirmed a need, when and how; proposed for today."""
    return build(
        NEEDS,
        SECTIONS,
        rules_for(NEEDS, person, need),
        record=need if need.confirmed_at else None,
        raw=sent.raw if sent else None,
        problems=problems,
        required=CONFIRMED,
        only=CONFIRMED,
        values={"confirmed_at": today(), "confirmed_how": "ORAL"},
    )


def need_form(
    person: Any, need: Any = None, *, sent: Posted | None = None, problems: Iterable[Problem] = ()
) -> Form:
    """The form of a need; how it ended is asked once it is there."""
    rules = rules_for(NEEDS, person, need)
    if need is None:
        rules = rules | {"state": HIDE, "state_why": HIDE}
    return build(
        NEEDS,
        SECTIONS,
        rules,
        record=need,
        raw=sent.raw if sent else None,
        problems=problems,
        required={"description"},
        values={"currency": "CNY", "state": "OPEN", "priority": "MEDIUM"},
    )
