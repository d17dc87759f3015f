"""The page of one customer: everything that the packages know of it, side by side, and one timeline."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.doors import door
from keji.access.fields import PLAIN
from keji.access.house import house
from keji.access.scope import may, relation, rights
from keji.agenda.pages import lists as agenda
from keji.customers import queries
from keji.customers.pages import consents, panels, record, reviews
from keji.customers.pages.days import days
from keji.customers.rules.actions import REGRADE, REVEAL
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.deals.pages import record as deals
from keji.desk.pages import files
from keji.desk.queries import held
from keji.followups import pages as followups
from keji.followups.forms import fillable
from keji.intake.pages import forms
from keji.kernel.clock import day_of, today
from keji.kernel.errors import Invalid
from keji.records.pages import BEATS, asks_part, bad_request, part, url
from keji.records.rules.attachments import FILES_ACTION
from keji.records.terms import dictionary
from keji.service import pages as service

PAGE = "desk/customer.html"
MOST = 30  # entries of the timeline at once
END = 2**63 - 1
ACTIONS = ("customers.see", "customers.change", "customers.assign", "customers.delete", "followups.create", REVEAL, REGRADE)
Mark = tuple[datetime, int]


class Source(NamedTuple):
    """Whence entries of the timeline come: (person, customer, behind which place, how many) → entries, newest first.

    An entry is a dict: source, at, id, by, when, and as it likes text, lines, changes, why, next, tags, edit, anchor, machine.
    """

    label: Any
    action: str
    entries: Callable[[Any, Any, Mark | None, int, frozenset[str]], list[dict[str, Any]]]


class Panel(NamedTuple):
    """What a package shows of a customer: `told` gives what the macro `panel` of its template draws."""

    side: str  # "top", "left" or "right"
    template: str
    action: str
    told: Callable[[Any, Any, dict[str, bool]], dict[str, Any]]  # (person, customer, what the person may do with it)


SOURCES = {
    "followups": Source(gettext_lazy("跟进"), "followups.see", followups.timeline),
    "deals": Source(gettext_lazy("阶段"), "deals.see", deals.timeline),
    "tickets": Source(gettext_lazy("服务"), "tickets.see", service.timeline),
    "changes": Source(gettext_lazy("变更"), "customers.see", record.history),
}
PANELS = (
    Panel("top", "customers/review_panel.html", "customers.see", reviews.panel),
    Panel("top", "customers/tags_panel.html", "customers.see", panels.tags_panel),
    Panel("left", "customers/needs_panel.html", "needs.see", panels.needs_panel),
    Panel("right", "customers/consents_panel.html", "customers.see", consents.panel),
    Panel("right", "deals/panel.html", "deals.see", deals.panel),
    Panel("right", "service/panel.html", "tickets.see", service.panel),
    Panel("right", "intake/panel.html", "forms.see", forms.panel),
    Panel("right", "parts/files.html", FILES_ACTION, files.of_customer),
)


@door("customers.see")
def customer_page(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    # Said to the panels, so that they need not ask again.
    stands = customer.__dict__["stands"] = relation(request.user, customer)
    customer.__dict__["held"] = held(pk)
    if asks_part(request, "tasks"):
        return part(request, PAGE, "tasks", {"tasks": tasks(request.user, customer, rights(request.user, ACTIONS, stands))})
    try:
        told = history(request, customer, stands)
    except Invalid as error:
        return bad_request(request, error)
    if asks_part(request, "more-entries"):
        return part(request, PAGE, "entries", told)
    if asks_part(request, "timeline"):
        return part(request, PAGE, "timeline", told)
    context = told | face(request, customer, stands)
    if asks_part(request, "face"):
        return part(request, PAGE, "face", context)
    return render(request, PAGE, context | inside(request, customer, context))


def face(request: Any, customer: Any, stands: frozenset[str]) -> dict[str, Any]:
    """The head of the page, the strip of the next step, what is missing."""
    person = request.user
    shown = CUSTOMERS.reader(person, [customer.pk], stands=stands)(customer.__dict__)
    granted = rights(person, ACTIONS, stands)
    contacts = list(queries.contacts_of(person, customer.pk)) if queries.holds(customer, "contacts") else []
    read = CONTACTS.reader(person, [contact.pk for contact in contacts], stands=stands)
    people = customer.__dict__["people"] = [(contact, read(record.contact_row(contact, customer))) for contact in contacts]
    return {
        "customer": customer,
        "shown": shown,
        "granted": granted,
        "may": {name.rpartition(".")[2]: yes for name, yes in granted.items()},
        "next_step": next_step(person, customer, shown),
        "owed": followups.to_look_over(person, customer, shown, granted["customers.change"]) if queries.holds(customer, "tasks") else None,
        "contacts": sorted(people, key=lambda one: rank(one[1])),
        "gaps": record.lacking(person, shown, [it for _contact, it in people], customer),
        **record.company(customer),
        **record.around(request, customer),
    }


def tasks(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any] | None:
    """What is to be done for the customer, for those who see tasks."""
    return agenda.panel(person, customer, granted) if may(person, "tasks.see") else None


def inside(request: Any, customer: Any, context: dict[str, Any]) -> dict[str, Any]:
    """The columns of the page."""
    person, shown = request.user, context["shown"]
    beside = [(one.side, one.template, one.told(person, customer, context["granted"])) for one in PANELS if may(person, one.action)]
    return {
        "sections": record.facts(CUSTOMERS, shown, customer, context["may"]["change"]),
        "days": days(customer),
        "grades": dictionary("grade").options(),
        "evaluations": record.evaluations(customer) if grading(context) else [],
        "composer": followups.composer(request, customer) if context["may"]["create"] and fillable(request.user) else None,
        "tasks": tasks(person, customer, context["granted"]),
        "panels": beside,
    }


def grading(context: dict[str, Any]) -> bool:
    """True for those who give grades and read them and the amounts they are judged by."""
    shown = context["shown"]
    return context["may"]["regrade"] and all(shown[name].policy == PLAIN for name in ("grade", "contract_amount"))


def rank(it: Any) -> tuple[bool, bool]:
    """Who decides stands first, then the primary contact, as far as the reader reads it."""
    return (it["decision_role"].value != "DECISION_MAKER", not it["is_primary"].value)


def next_step(person: Any, customer: Any, shown: Any) -> dict[str, str] | None:
    """When the customer is to be followed up next, how that looks, and where it is planned; nothing for those who do not read it."""
    if "next_followup_at" not in shown:
        return None
    told = {"href": url("agenda:pulse", customer.pk) if may(person, "tasks.see") else "", "tone": BEATS.get(shown["heartbeat"].value, "")}
    at = shown["next_followup_at"].value
    if at is None:
        why = shown["no_step_why"].text
        return told | {"text": _("不用安排下次跟进：%(why)s") % {"why": why} if why else _("没有安排下次跟进")}
    return told | {"text": said(day_of(at), shown["next_followup_at"].text)}


def said(day: date, text: str) -> str:
    late = (today() - day).days
    if late > 0:
        return _("下次跟进逾期 %(n)d 天（%(when)s）") % {"n": late, "when": text}
    return _("今天跟进（%(when)s）") % {"when": text} if late == 0 else _("下次跟进 %(when)s") % {"when": text}


def history(request: Any, customer: Any, stands: frozenset[str]) -> dict[str, Any]:
    """One page of the timeline: what is chosen of it, newest first, and where the next page begins."""
    person = request.user
    offered = {name: one for name, one in SOURCES.items() if may(person, one.action)}
    only = request.GET.get("show", "")
    if only and only not in offered:
        raise Invalid("E_FIELD", _("时间线没有这一类"))
    mark = place(request.GET.get("before", ""))
    found: list[dict[str, Any]] = []
    for order, (name, source) in enumerate(offered.items()):
        if not only or name == only:
            behind = within(mark, order, name, list(offered))
            found += source.entries(person, customer, behind, MOST + 1, stands)
    names = list(offered)
    found.sort(key=lambda one: (one["at"], -names.index(one["source"]), one["id"]), reverse=True)
    shown = found[:MOST]
    last = shown[-1] if len(found) > MOST else None
    return {
        "customer": customer,
        "entries": shown,
        "only": only,
        "chips": [("", _("全部")), *((name, str(one.label)) for name, one in offered.items())],
        "more": f"{last['at'].isoformat()}~{last['source']}~{last['id']}" if last else "",
        "people": house().people,
    }


def place(told: str) -> tuple[datetime, str, int] | None:
    """The place in the timeline that a mark names. Raises Invalid for one that names none."""
    if not told:
        return None
    at, _first, rest = told.partition("~")
    source, _second, number = rest.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if (
            source in SOURCES
            and number.isdecimal()
            and len(number) < 19
            and moment.tzinfo
            and 1900 < moment.year < 2200
        ):
            return moment, source, int(number)
    except (ValueError, OverflowError):
        pass
    raise Invalid("E_CURSOR", _("页码已失效，请回到第一页"))


def within(mark: tuple[datetime, str, int] | None, order: int, name: str, names: list[str]) -> Mark | None:
    """Where a source goes on: of one moment, the sources stand in their order, each with the newest id first."""
    if mark is None:
        return None
    at, source, number = mark
    if name == source:
        return at, number
    return at, 0 if source in names and order < names.index(source) else END
