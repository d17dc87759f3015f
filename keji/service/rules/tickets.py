"""Tickets are opened, worked on, solved and rated; a low score becomes a complaint of its own."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.queries import able
from keji.access.scope import may, visible
from keji.access.trail import SYSTEM, change, tell
from keji.customers.models import Customer
from keji.customers.rules.checks import check_free_text
from keji.customers.rules.contacts import not_theirs
from keji.customers.rules.register import settle
from keji.kernel.clock import BIN, now
from keji.kernel.errors import Problem, Refused, Stale, Unfit
from keji.records.rules import draw
from keji.service.models import Ticket
from keji.service.rules import deadlines

AHEAD = timedelta(minutes=5)  # clocks differ
SHORTEST = 5
LOW = 2  # a score of so much or less is a complaint
FREE = ("problem", "progress", "result", "satisfaction_note")
LINKS = frozenset({"handler", "contact"})


def number() -> str:
    return f"T{draw('ticket_no'):04d}"


def takers() -> dict[int, str]:
    """Who may handle a ticket: those who work on tickets, by name."""
    people = house().people
    return {pk: people[pk].name for pk in able("tickets.change") if pk in people}


def open_ticket(
    person: Person | None,
    values: Mapping[str, Any],
    customer: Customer,
    *,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
    **facts: Any,
) -> Ticket:
    """Write down what a customer asks for. Whoever does so handles it, unless somebody else is named.

    `facts` are what rules know of it (deal, visit_day, due_at, cause). Raises Unfit with every problem at once, Refused,
    or AlreadyDone for a token that came before.
    """
    if person is not SYSTEM and not visible(person, Customer).filter(pk=customer.pk).exists():
        raise Refused("tickets.create")
    ticket = Ticket(customer=customer, created_by=person, state="OPEN", **facts)
    with transaction.atomic():
        with change(person, ticket, "tickets.create", once=once):
            begun = {"reported_at": now(), "handler": person.pk if person and may(person, "tickets.change") else None, **values}
            fill(ticket, begun)
            settle(ticket, person, [*known, *check(ticket, begun)], accept or {})
            ticket.ticket_no = number()
        deadlines.keep(ticket)
        complain(person, ticket)
    return ticket


def revise_ticket(
    person: Person,
    ticket: Ticket,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
) -> Ticket:
    """Change these fields of a ticket and no others. Raises Unfit, Refused, or Stale if `version` is no longer its version."""
    if version is not None and version != ticket.version:
        raise Stale(ticket, Ticket.objects.filter(pk=ticket.pk).first())
    with transaction.atomic():
        with change(person, ticket, "tickets.change", why):
            before = dict(ticket.__dict__)
            fill(ticket, values)
            changed = {name.removesuffix("_id") for name, value in ticket.__dict__.items() if before.get(name) != value}
            found = [p for p in (*known, *check(ticket, values)) if p.field in changed or p.code == "E_REQUIRED"]
            settle(ticket, person, found, accept or {})
        deadlines.keep(ticket)
        complain(person, ticket)
    return ticket


def fill(ticket: Ticket, values: Mapping[str, Any]) -> None:
    """Put values into a ticket, with the times that follow from them."""
    for name, value in values.items():
        if name in LINKS:
            setattr(ticket, f"{name}_id", value or None)
        elif name == "products":
            ticket.products = list(value or [])
        elif name in ("satisfaction", "reported_at"):
            setattr(ticket, name, value)
        else:
            setattr(ticket, name, value or "")
    ticket.state = ticket.state or "OPEN"
    if ticket.progress and ticket.state == "OPEN":
        ticket.state = "DOING"
    at = now()
    if ticket.state != "OPEN":
        ticket.responded_at = ticket.responded_at or at
    ticket.solved_at = (ticket.solved_at or at) if ticket.state == "SOLVED" else None
    if {"kind", "reported_at"} & values.keys() and ticket.visit_day is None and ticket.reported_at:
        within = deadlines.due(ticket.kind, ticket.reported_at)
        ticket.due_at, ticket.provisional = (within.at, within.provisional) if within else (None, False)


def check(ticket: Ticket, values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a ticket as it stands; soft ones are doubts that a person may accept with a reason."""
    found = []
    told = ticket.problem.strip()
    if not told:
        found.append(Problem("problem", "E_REQUIRED", _("请写明客户的问题")))
    elif len(told) < SHORTEST:
        found.append(Problem("problem", "E_LENGTH", _("请多写几个字，至少 %(least)d 个字") % {"least": SHORTEST}))
    if not ticket.kind:
        found.append(Problem("kind", "E_REQUIRED", _("请选择服务类型")))
    if not ticket.reported_at:
        found.append(Problem("reported_at", "E_REQUIRED", _("请填写受理时间")))
    elif ticket.reported_at > now() + AHEAD and ticket.visit_day is None:
        found.append(Problem("reported_at", "E_DATE_FUTURE", _("受理时间不能晚于现在")))
    if ticket.state == "SOLVED" and not ticket.result.strip():
        found.append(Problem("result", "E_REQUIRED", _("解决的服务单请写明处理结果")))
    if ticket.satisfaction is not None and not 1 <= ticket.satisfaction <= 5:
        found.append(Problem("satisfaction", "E_RANGE", _("满意度是 1 到 5 分")))
    return found + check_people(ticket, values) + check_free_text({name: getattr(ticket, name) for name in FREE}, FREE)


def check_people(ticket: Ticket, values: Mapping[str, Any]) -> list[Problem]:
    """The contact is one of the customer's; whoever is to handle it works on tickets."""
    found = not_theirs(ticket.contact_id, ticket.customer_id) if "contact" in values else []
    if values.get("handler") and ticket.handler_id not in takers():
        found.append(Problem("handler", "E_OWNER", _("请选处理服务单的在职人员")))
    return found


def complain(person: Person | None, ticket: Ticket) -> None:
    """A score of two or less opens a complaint, once a ticket."""
    low = ticket.satisfaction is not None and ticket.satisfaction <= LOW
    if not low or ticket.kind == "COMPLAINT" or Ticket.objects.filter(cause=ticket).exists():
        return
    said = _("%(no)s 满意度 %(n)d 分：%(note)s") % {
        "no": ticket.ticket_no,
        "n": ticket.satisfaction,
        "note": ticket.satisfaction_note or _("客户没有说明原因"),
    }
    told = {"kind": "COMPLAINT", "problem": said[:1000], "contact": ticket.contact_id, "products": ticket.products}
    there = takers()
    handler = next((pk for pk in (ticket.handler_id, person and person.pk) if pk in there), None)
    open_ticket(SYSTEM, told | {"handler": handler}, ticket.customer, cause=ticket)


def drop_ticket(person: Person, ticket: Ticket, why: str = "") -> None:
    """Put a ticket into the bin."""
    if ticket.deleted_at is not None:
        raise Unfit(Problem("id", "E_GONE", _("这张服务单已经删除")))
    with transaction.atomic():
        with change(person, ticket, "tickets.delete", why):
            ticket.deleted_at, ticket.deleted_by = now(), person
        deadlines.keep(ticket)


def restore_ticket(person: Person, ticket: Ticket) -> None:
    """Take a ticket back out of the bin."""
    if ticket.deleted_at is None:
        raise Refused("tickets.delete")
    with transaction.atomic():
        with change(person, ticket, "tickets.delete", _("恢复")):
            ticket.deleted_at = ticket.deleted_by = None
        deadlines.keep(ticket)


def purge() -> int:
    """Delete for good the tickets that have lain in the bin too long to come back. Returns how many.

    One that a complaint or the numbering of visits still rests on stays as long as that does.
    """
    count, over = 0, now() - BIN
    kept = Ticket.objects.filter(cause__isnull=False).values("cause_id")
    while found := list(Ticket.objects.filter(deleted_at__lt=over).exclude(pk__in=kept).order_by("pk")[:200]):
        with transaction.atomic():
            tell(SYSTEM, "tickets.delete", [(one, {}) for one in found], _("回收站到期，彻底删除"))
            Ticket.objects.filter(pk__in=[one.pk for one in found], deleted_at__isnull=False).delete()
        count += len(found)
    return count
