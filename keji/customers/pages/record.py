"""What the page of one customer shows of the customer itself: facts, people, history; masked values in full."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import ACTIONS, may, rights
from keji.customers import queries
from keji.customers.queries import NAMED
from keji.customers.rules import reveal
from keji.customers.rules.actions import REVEAL
from keji.customers.rules.grading import JUDGED
from keji.customers.rules.required import gaps
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS, SECTIONS, fits
from keji.kernel.errors import Invalid, NotThere
from keji.records.kinds import Who
from keji.records.listing import ask, neighbours
from keji.records.pages import day, moment
from keji.records.queries import FILES
from keji.records.sheet import Column, Sheet, Shown

MOST_CHANGES = 12
LAST = 5  # grades that are told beside the form of a new one


class Beside(NamedTuple):
    """What is told of a customer's history without being a column of it: a list of values, and how each is shown."""

    label: Any
    show: Callable[[Any], str] = str


TOLD = (CUSTOMERS, CONTACTS, NEEDS)  # whose changes stand in the history of a customer
BESIDE = {
    "collaborators": Beside(gettext_lazy("协同人"), Who().show),
    "anniversaries": Beside(gettext_lazy("纪念日")),
    "consents": Beside(gettext_lazy("推送同意"), lambda told: told.rpartition(" ")[2]),
    "attachments": Beside(gettext_lazy("附件")),
}


def lacking(person: Any, shown: Any, people: list[Any], customer: Any) -> list[str]:
    """What is missing, as far as the reader may know: what may not be read counts as given."""
    own = {name: one.value if one.policy == "plain" else True for name, one in shown.items()}
    unread = dict.fromkeys(set(customer.__dict__) - own.keys(), True)
    theirs = [{name: one.value for name, one in it.items()} for it in people]
    if any("decision_role" not in one for one in theirs):
        theirs.append({"decision_role": "DECISION_MAKER"})
    found = gaps(unread | own, theirs)
    if own.get("grade") == "A" and may(person, FILES) and not (queries.holds(customer, "files") and queries.has_plan(customer)):
        found.append(_("A 类客户没有客户计划（传一个文件名带“客户计划”的附件）"))
    return found


def company(customer: Any) -> dict[str, Any]:
    """Who works on the customer beside the owner, and who might."""
    mine = set(queries.collaborators(customer.pk)) if queries.holds(customer, "collaborators") else set()
    people = house().people
    others = [(pk, one.name, pk in mine) for pk, one in people.items() if one.active and pk != customer.owner_id]
    return {"collaborators": [people[pk].name for pk in mine if pk in people], "colleagues": others}


def contact_row(contact: Any, customer: Any) -> dict[str, Any]:
    of = {
        "customer__name": customer.name,
        "customer__customer_no": customer.customer_no,
        "customer__customer_type": customer.customer_type,
    }
    return contact.__dict__ | of


def around(request: Any, customer: Any) -> dict[str, Any]:
    """The neighbours in the list one came from, if it is said which."""
    back = request.GET.urlencode()
    if not back:
        return {"back": "", "before": None, "after": None}
    try:
        asked = ask(CUSTOMERS, request.user, request.GET)
        before, after = neighbours(CUSTOMERS, request.user, queries.customers(request.user), asked, customer)
    except Invalid:
        return {"back": "", "before": None, "after": None}
    return {"back": back, "before": before, "after": after}


def evaluations(customer: Any) -> list[dict[str, str]]:
    """The last grades of a customer, with what they were judged by, for those who give grades."""
    kind, lines = CUSTOMERS.by_name["grade"].kind, []
    for one in queries.grades(customer)[:LAST]:
        told = [
            (_("年采购额"), f"{one.annual_purchase:,.2f}" if one.annual_purchase is not None else ""),
            *((str(label), str(getattr(one, name) or "")) for name, label in JUDGED.items()),
        ]
        who = house().people.get(one.who_id or 0)
        moved = " → ".join(kind.show(code) or "—" for code in dict.fromkeys((one.old, one.new)))
        lines.append(
            {
                "text": moved,
                "sub": " · ".join([moment(one.at), who.name if who else _("系统"), *(f"{a} {b}" for a, b in told if b)]),
                "why": one.why,
            }
        )
    return lines


Part = tuple[str, str, list[tuple[Column, Shown, str, str]]]


def facts(sheet: Sheet, shown: dict[str, Shown], customer: Any, blank: bool = False) -> list[Part]:
    """The filled facts in their sections; with `blank`, the sections too in which there is something to fill in."""
    found = []
    for key, title in SECTIONS.items():
        offered = [
            column
            for column in sheet.columns
            if column.section == key and column.name in shown and fits(column.name, customer.customer_type)
        ]
        rows = [
            (column, shown[column.name], sheet.label(column.name), settled(customer, column.name))
            for column in offered
            if shown[column.name].text
        ]
        if rows or (blank and any(column.typed for column in offered)):
            found.append((key, str(title), rows))
    return found


def settled(customer: Any, name: str) -> str:
    """Why a doubt about this field was taken for settled, and by whom; "" if there was none."""
    for one in reversed(customer.accepted):
        if one["field"] == name:
            who = house().people.get(one["who"] or 0)
            return _("已确认：%(why)s（%(who)s，%(when)s）") % {
                "why": one["why"],
                "who": who.name if who else _("系统"),
                "when": day(datetime.fromisoformat(one["at"])),
            }
    return ""


def history(
    person: Any, customer: Any, before: tuple[datetime, int] | None, most: int, stands: frozenset[str]
) -> list[dict[str, Any]]:
    """The history of a customer as this person may read it: a change of what they may not read says only that it was."""
    tables = {one.model.RECORD: (one, policies_of(person, one, stands)) for one in TOLD}
    return [change_entry(entry, *tables[entry.record]) for entry in queries.history(customer, before, most, [*tables])]


def policies_of(person: Any, sheet: Sheet, stands: frozenset[str]) -> dict[str, str]:
    """The policies of a sheet's columns, and of the names of files: only who may look at the files reads those."""
    lens, see = sheet.lens(person), f"{sheet.model.RECORD}.see"
    near = may(person, FILES) and rights(person, [see], stands)[see]
    return {**lens.rules(lens.close_as(stands)), "attachments": "plain" if near else "hide"}


def change_entry(entry: Any, sheet: Sheet, policies: dict[str, str]) -> dict[str, Any]:
    changes = [change_text(sheet, policies, name, pair) for name, pair in entry.kept.values.items()]
    told = [one for one in changes if one][:MOST_CHANGES]
    known = house().people.get(entry.who_id or 0)
    return {
        "source": "changes",
        "at": entry.at,
        "id": entry.pk,
        "by": f"{known.name if known else _('系统')} · {deed(entry.action)}",
        "when": moment(entry.at),
        "changes": [] if entry.action.endswith(".create") else told,
        "text": next((one["new"] for one in told if entry.record == "contacts"), ""),
        "why": entry.why,
        "machine": True,
    }


def deed(action: str) -> str:
    """What was done, in words; the right to files is called otherwise than what was done with one."""
    if action == FILES:
        return str(BESIDE["attachments"].label)
    return str(ACTIONS[action].label) if action in ACTIONS else action


def change_text(sheet: Any, policies: dict[str, str], attribute: str, pair: Any) -> dict[str, str] | None:
    if attribute in BESIDE and isinstance(pair, list):
        if policies.get(attribute) == "hide":
            return {"label": str(BESIDE[attribute].label), "old": "", "new": _("已修改")}
        old, new = (_("、").join(map(BESIDE[attribute].show, values or [])) for values in pair)
        return {"label": str(BESIDE[attribute].label), "old": old, "new": new or "—"}
    name = attribute.removesuffix("_id").removesuffix("_sealed")
    column = sheet.by_name.get(name) or sheet.by_name.get(attribute)
    if column is None or not isinstance(pair, list) or attribute == "customer_id":
        return None
    if policies.get(column.name) != "plain" or attribute.endswith("_sealed"):
        return (
            {"label": sheet.label(column.name), "old": "", "new": _("已修改")}
            if policies.get(column.name) != "hide"
            else None
        )
    old, new = (column.kind.show(value) for value in pair)
    return {"label": sheet.label(column.name), "old": old, "new": new or "—"}


def called(request: Any, customer: Any) -> str:
    """The name of a customer as the person may read it."""
    shown = CUSTOMERS.reader(request.user, [customer.pk])(customer.__dict__).get("name")
    return shown.text if shown else customer.customer_no


@door(REVEAL, "POST")
def customer_reveal(request: Any, pk: int, name: str) -> HttpResponse:
    return revealed(request, queries.customer(request.user, pk), CUSTOMERS, name)


@door(REVEAL, "POST")
def contact_reveal(request: Any, pk: int, name: str) -> HttpResponse:
    return revealed(request, queries.contact(request.user, pk), CONTACTS, name)


def revealed(request: Any, record: Any, sheet: Sheet, name: str) -> HttpResponse:
    """One masked value in full, for those who may; what is hidden stays so."""
    shown = sheet.reader(request.user, [record.pk])({**record.__dict__, **also(record)}).get(name)
    column = sheet.by_name.get(name)
    if shown is None or column is None:
        raise NotThere(name)
    reveal.reveal(request.user, record, name)
    text = column.kind.show(column.kind.value(record.__dict__, name))
    return render(request, "customers/revealed.html", {"text": text})


def also(record: Any) -> dict[str, Any]:
    return {} if record.RECORD == "customers" else dict.fromkeys(NAMED, "")
