"""The composer: a follow-up written in two fields, or in all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from keji.access.fields import HIDE, PLAIN
from keji.access.scope import may
from keji.customers.forms import Posted
from keji.customers.forms import read as read_fields
from keji.followups.rules.actions import FOR_OTHERS
from keji.followups.rules.checks import BRIEF
from keji.followups.sheet import CHANCE, FOLLOWUPS, SECTIONS
from keji.kernel.clock import now
from keji.kernel.errors import Problem
from keji.kernel.text import listed
from keji.records.entry import Field, Form, build, rules_for
from keji.records.rules.attachments import LARGEST, TOGETHER
from keji.records.terms import dictionary

IN_SIGHT = 6  # methods that stand as chips before the rest
CHIPS = ("method", "summary", "next_followup_at", "objective")


@dataclass
class Composer:
    """What the composer's macro draws."""

    customer: Any
    once: str
    methods: list[tuple[str, str, bool]]
    summary: Field
    then: Field
    aim: Field | None
    days: list[tuple[str, str]]
    by_grade: str  # the next day that the customer's grade asks for, if it does
    brief: int = BRIEF
    chances: list[tuple[str, str, bool]] = field(default_factory=list)  # asked of a customer of grade B
    form: Form | None = None  # all the fields, once they are unfolded
    contacts: list[tuple[int, str, str, bool]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    deals: list[tuple[int, str, bool]] = field(default_factory=list)
    files: bool = False  # whether files may come along
    inline: bool = False  # on the customer's page, not in the dialog
    most: int = LARGEST
    together: int = TOGETHER


def read(person: Any, data: Any, followup: Any = None) -> Posted:
    return read_fields(FOLLOWUPS, person, data, followup)


def whole(
    person: Any,
    followup: Any = None,
    sent: Posted | None = None,
    problems: Iterable[Problem] = (),
    but: Iterable[str] = (),
) -> Form:
    """All the fields of a follow-up, but for these."""
    rules = rules_for(FOLLOWUPS, person, followup) | dict.fromkeys(but, HIDE)
    if not may(person, FOR_OTHERS):
        rules["author"] = HIDE
    form = build(
        FOLLOWUPS,
        SECTIONS,
        rules,
        record=followup,
        raw=sent.raw if sent else None,
        problems=problems,
        required=("occurred_at", "method", "summary") if followup else ("method", "summary"),
        values={"method": "PHONE", "occurred_at": now()},
    )
    for one in form.fields:
        if one.name == "our_participants":
            one.value = [str(pk) for pk in one.value or ()]
    return form


def fillable(person: Any) -> bool:
    """Whether this person may fill in what is always in sight."""
    rules = rules_for(FOLLOWUPS, person)
    return all(rules.get(name, HIDE) != HIDE for name in CHIPS if name != "objective")


def small(person: Any, sent: Posted | None = None, problems: Iterable[Problem] = ()) -> dict[str, Field]:
    """The fields that are always in sight."""
    form = build(
        FOLLOWUPS, SECTIONS, rules_for(FOLLOWUPS, person), raw=sent.raw if sent else None, problems=problems, only=CHIPS
    )
    return {one.name: one for one in form.fields}


def methods(chosen: str) -> list[tuple[str, str, bool]]:
    """The first few methods as chips, and whichever is chosen."""
    words = dictionary("followup_method").options()
    shown = [word for place, word in enumerate(words) if place < IN_SIGHT or word.code == chosen]
    return [(word.code, word.text, word.code == (chosen or "PHONE")) for word in shown]


def chances(person: Any, grade: str, chosen: str) -> list[tuple[str, str, bool]]:
    """Whether there is more to sell, as it is asked each time of customers of grade B (R-003-30)."""
    asked = grade == "B" and rules_for(FOLLOWUPS, person).get("cross_sell", HIDE) == PLAIN
    return [(one.code, one.text, one.code == chosen) for one in CHANCE.choices()] if asked else []


def free_names(followup: Any, known: Iterable[str]) -> str:
    """The names of those who took part and are no contacts of the customer."""
    known = set(known)
    return _("、").join(name for name in listed(followup.customer_participants) if name not in known)
