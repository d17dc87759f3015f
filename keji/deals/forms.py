"""The forms of deals, read from what was posted and drawn again with what is wrong."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from keji.access.fields import HIDE
from keji.customers.forms import Posted
from keji.customers.forms import read as read_fields
from keji.deals.models import CLOSED
from keji.deals.queries import Step
from keji.deals.rules import criteria
from keji.deals.rules.move import ASKED, asked_on
from keji.deals.sheet import DEALS, SECTIONS
from keji.kernel.clock import today
from keji.kernel.errors import Problem
from keji.records.entry import Form, build, rules_for

WON = ("actual_amount", "won_date", "delivered_date")
LOST = ("loss_reason", "loss_text")


def read(person: Any, data: Any, deal: Any = None) -> Posted:
    """The posted fields; an amount that was typed with another currency brings the currency along."""
    told = data.copy()
    for name in list(told):
        if name.startswith("fact-"):
            del told[name]
    sent = read_fields(DEALS, person, told, deal)
    for note in sent.taken.notes:
        if note.code == "N_CURRENCY" and not sent.raw.get("currency"):
            sent.taken.values["currency"] = note.suggestion
    return sent


def deal_form(person: Any, deal: Any = None, *, sent: Posted | None = None, problems: Iterable[Problem] = ()) -> Form:
    """All the fields that belong to a deal where it stands."""
    rules = rules_for(DEALS, person, deal)
    category = deal.category if deal else "OPEN"
    if category not in CLOSED:
        rules = rules | dict.fromkeys(WON, HIDE)
    if category != "LOST":
        rules = rules | dict.fromkeys(LOST, HIDE)
    return build(
        DEALS,
        SECTIONS,
        rules,
        record=deal,
        raw=sent.raw if sent else None,
        problems=problems,
        required=("name", *(("actual_amount", "won_date") if category in CLOSED else ())),
        values={"opened_at": today(), "currency": "CNY"},
    )


def ends(old: Step, new: Step) -> bool:
    """True for a move that wins or loses a deal: what came of it is asked before the move is tried."""
    return new.category == "LOST" or (new.category in CLOSED and old.category not in CLOSED)


def asked(old: Step, new: Step) -> list[str]:
    """The fields that a move asks for."""
    names = [criteria.FIELDS[code] for code in asked_on(old, new) if code in criteria.FIELDS]
    if new.category == "LOST":
        names += LOST
    if new.category in CLOSED and old.category not in CLOSED:
        names += ["actual_amount", "won_date"]
    if new.category == "AFTER":
        names.append("delivered_date")
    return [name for name in dict.fromkeys(names) if name in ASKED]


def move_form(
    person: Any, deal: Any, old: Step, new: Step, *, sent: Posted | None = None, problems: Iterable[Problem] = ()
) -> Form:
    """What a move asks for. A sale is proposed as expected, and for today."""
    names = asked(old, new)
    form = build(
        DEALS,
        SECTIONS,
        rules_for(DEALS, person, deal),
        record=deal,
        raw=sent.raw if sent else None,
        problems=problems,
        required=[name for name in names if name in ("actual_amount", "won_date")],
        only=names,
    )
    for one in form.fields:
        if sent is None and not one.value and not one.masked:
            if one.name == "won_date":
                one.value = today().isoformat()
            elif one.name == "actual_amount" and deal.expected_amount:
                one.value = f"{deal.expected_amount:.2f}"
    return form


def facts(data: Any) -> dict[str, date | None]:
    """The facts that were ticked, noted for today."""
    known = {f"fact-{code}": code for code in criteria.CRITERIA if criteria.ticked(code)}
    return {code: today() for name, code in known.items() if data.get(name) == "1"}
