"""The form of a ticket, read from what was posted and drawn again with what is wrong."""

from collections.abc import Iterable
from typing import Any

from keji.access.fields import HIDE
from keji.customers.forms import Posted
from keji.customers.forms import read as read_fields
from keji.kernel.clock import now
from keji.kernel.errors import Problem
from keji.records.entry import Form, build, rules_for
from keji.service.rules.tickets import takers
from keji.service.sheet import SECTIONS, TICKETS

LATER = ("satisfaction", "satisfaction_note")  # asked once a ticket is there


def read(person: Any, data: Any, ticket: Any = None) -> Posted:
    return read_fields(TICKETS, person, data, ticket)


def ticket_form(
    person: Any, ticket: Any = None, *, kind: str = "", sent: Posted | None = None, problems: Iterable[Problem] = ()
) -> Form:
    rules = rules_for(TICKETS, person, ticket)
    if ticket is None:
        rules = rules | dict.fromkeys(LATER, HIDE)
    form = build(
        TICKETS,
        SECTIONS,
        rules,
        record=ticket,
        raw=sent.raw if sent else None,
        problems=problems,
        required=("kind", "problem", "reported_at"),
        values={"kind": kind, "channel": "PHONE", "reported_at": now(), "handler": person.pk, "state": "OPEN"},
    )
    offered = {*map(str, takers()), str(ticket.handler_id if ticket else "")}
    for one in form.fields:
        if one.name == "handler":
            one.choices = [choice for choice in one.choices if choice.code in offered]
    return form
