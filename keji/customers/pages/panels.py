"""What a customer's page shows beside the facts: its needs and its tags, as the person reads them."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from keji.access.scope import may, relation
from keji.customers import queries
from keji.customers.queries import NAMED
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.customers.tagbook import tagbook
from keji.kernel.errors import NotThere, Problem
from keji.records.pages import url
from keji.records.terms import dictionary

SHORT = ("name", "customer_no", "grade", "industry_code", "owner", "contact_region")
TONES = {"HIGH": "red", "MEDIUM": "amber", "LOW": "grey"}


def stands_of(person: Any, customer: Any) -> frozenset[str]:
    """How the person stands to a customer: as the page has found it out, else asked now."""
    known: frozenset[str] | None = customer.__dict__.get("stands")
    return relation(person, customer) if known is None else known


def row_of(record: Any, customer: Any) -> dict[str, Any]:
    """A record of a customer with what its sheet reads from the customer."""
    return record.__dict__ | {name: getattr(customer, name.removeprefix("customer__")) for name in NAMED}


def about(person: Any, customer: Any) -> dict[str, Any]:
    """What a form shows of the customer it is about: its facts and contacts, as the person may read them."""
    columns = [CUSTOMERS.by_name[name] for name in SHORT]
    shown = CUSTOMERS.reader(person, [customer.pk], columns)(customer.__dict__)
    people = list(queries.contacts_of(person, customer.pk))
    read = CONTACTS.reader(
        person, [one.pk for one in people], [CONTACTS.by_name[n] for n in ("name", "title", "decision_role")]
    )
    rows = [(one.pk, read(one.__dict__)) for one in people]
    return {
        "shown": shown,
        "contacts": [(pk, it["name"].text, it["title"].text or it["decision_role"].text) for pk, it in rows],
    }


def wanted(person: Any, key: str) -> tuple[Any, list[Problem]]:
    """The customer that is named by id or number, if one is; or that there is none such."""
    try:
        return (queries.customer(person, key) if key else None), []
    except NotThere:
        return None, [Problem("_customer", "E_CUSTOMER", _("没有编号是“%(key)s”的客户") % {"key": key})]


def people_at(person: Any, customer: Any, chosen: int | None) -> list[tuple[int, str, bool]]:
    """The contacts of a customer to choose from, as the person may read them."""
    found = list(queries.contacts_of(person, customer.pk))
    read = CONTACTS.reader(person, [one.pk for one in found], [CONTACTS.by_name["name"]])
    return [(one.pk, read(one.__dict__)["name"].text, one.pk == chosen) for one in found]


def needs_at(person: Any, customer: Any, chosen: Collection[int]) -> dict[int, tuple[str, bool]]:
    """The needs of a customer to choose from, as the person may read them: by id, with whether each is chosen."""
    found = queries.needs_of(person, customer.pk) if may(person, "needs.see") else []
    read = NEEDS.reader(person, [one.pk for one in found], [NEEDS.by_name["description"]])
    named = {one.pk: read(row_of(one, customer))["description"].text for one in found if one.state == "OPEN" or one.pk in chosen}
    return {pk: (text, pk in chosen) for pk, text in named.items()}


def needs_panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """The needs of a customer as this person reads them, for the panel on its page."""
    if not may(person, "needs.see"):
        return {"needs": [], "add": "", "hidden": True}
    found = queries.needs_of(person, customer.pk) if queries.holds(customer, "needs") else []
    stands = stands_of(person, customer)
    shown = NEEDS.reader(person, [need.pk for need in found], stands=stands)
    names = deciders(person, customer) if any(need.decision_contacts for need in found) else {}
    change = granted["customers.change"]
    lines, levels = [], dictionary("intent_level").words
    for need in found:
        it = shown(row_of(need, customer))
        # Who decides is a matter of contacts: those are named as the person reads them, and the others not at all.
        deciding = [names[pk] for pk in need.decision_contacts if pk in names]
        told = [it[name].text for name in ("budget_text", "match_degree", "expected_time")]
        lines.append(
            {
                "it": it,
                "tone": TONES.get(it["priority"].value, "grey"),
                "terms": " · ".join(one for one in told if one),
                "keywords": it["keywords"].text,
                "intent": levels[it["intent_level"].value].brief if it["intent_level"].value in levels else "",
                "deciding": _("、").join([one for one in [it["decision_participants"].text, *deciding] if one]),
                "open": it["state"].value in ("OPEN", None),
                "pk": need.pk,
                "confirmed": confirmed(it),
                "confirm": url("customers:need_confirm", need.pk) if change and may(person, "needs.change") else "",
                "edit": url("customers:need_edit", need.pk) if change and may(person, "needs.change") else "",
            }
        )
    add = url("customers:need_create", customer.pk) if change and may(person, "needs.create") else ""
    return {"needs": lines, "add": add, "hidden": False}


def confirmed(it: Any) -> str:
    """That the customer has confirmed a need, and how; "" where it has not, or the reader may not know."""
    if not it["confirmed_at"].text:
        return ""
    told = {"day": it["confirmed_at"].text, "who": it["confirmed_by"].text, "how": it["confirmed_how"].text}
    return _("%(day)s %(who)s已确认（%(how)s）") % told


def deciders(person: Any, customer: Any) -> dict[int, str]:
    """The names of a customer's people as this person reads them."""
    if not may(person, "contacts.see"):
        return {}
    people = list(queries.contacts_of(person, customer.pk))
    stands = stands_of(person, customer)
    read_name = CONTACTS.reader(person, [one.pk for one in people], [CONTACTS.by_name["name"]], stands=stands)
    return {one.pk: read_name(row_of(one, customer))["name"].text for one in people}


def tags_panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """The tags of a customer as this person reads them, for its page: with a way to add and to take off."""
    if "tags" not in CUSTOMERS.readable(person):
        return {"tags": [], "add": "", "known": [], "hidden": True}
    change = granted["customers.change"]
    held, known = queries.taggings(customer.pk) if queries.holds(customer, "tags") else [], tagbook().tags
    lines = [
        {
            "text": known[one.tag_id].text,
            "tone": known[one.tag_id].group.colour,
            "automatic": one.automatic,
            "until": one.valid_until,
            "why": one.why,
            "drop": url("customers:untag", customer.pk, one.tag_id) if change and not one.automatic else "",
        }
        for one in sorted(held, key=lambda one: (one.automatic, one.pk))
    ]
    carried = {one.tag_id for one in held}
    offered = [one.text for one in tagbook().offered() if one.id not in carried] if change else []
    add = url("customers:tag", customer.pk) if change else ""
    return {"tags": lines, "add": add, "known": offered, "hidden": False}
