"""The forms of customers and contacts."""

from collections.abc import Callable, Mapping, Sequence
from secrets import token_urlsafe
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.customers import queries
from keji.customers.forms import CONTACT, Posted, contact_form, customer_form, read
from keji.customers.pages.record import called, contact_row
from keji.customers.rules import contacts as people_there
from keji.customers.rules import probes, register, revise
from keji.customers.rules.duplicates import find, problems
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel import dates
from keji.kernel.errors import Invalid, Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records import files
from keji.records.pages import attempt, differences, done, url
from keji.records.sheet import Sheet

EDIT = "customers/edit.html"
FORMS: dict[str, Any] = {"customers": customer_form, "contacts": contact_form}


@door("customers.create", "GET", "POST")
def customer_create(request: Any) -> HttpResponse:
    return create_page(request, register.register)


def create_page(request: Any, rule: Callable[..., Any], begun: Mapping[str, Any] | None = None, **around: Any) -> HttpResponse:
    """Enter a customer by a rule that takes what `register` takes; the form is `begun` with values, `around` is for its template."""
    person = request.user
    if request.method == "GET":
        kind = request.GET.get("type", "ENTERPRISE")[:30]
        form = customer_form(person, kind=kind, only=few(request), begun=begun)
        return form_page(request, form, contact_form(person, only=CONTACTS.quick), **around)
    sent, contact = read_both(request)
    hard = [*sent.hard, *(Problem(f"{CONTACT}{p.field}", p.code, p.message, p.suggestion) for p in contact.hard)]
    if hard:
        return again(request, sent, contact, [*hard, *soft(sent, contact)], around)
    try:
        customer, wrong = attempt(
            lambda: rule(
                person,
                sent.taken.values,
                contact.taken.values if any(contact.taken.values.values()) else None,
                states=sent.states | {f"{CONTACT}{name}": one for name, one in contact.states.items()},
                accept=sent.accept | {f"{CONTACT}{name}": why for name, why in contact.accept.items()},
                known=soft(sent, contact),
                once=request.POST.get("once", "")[:80],
            )
        )
    except AlreadyDone as error:
        return done(request, _("已经登记过了"), url("customers:page", error.record_id))
    if wrong:
        probes.told(person, wrong)
        return again(request, sent, contact, wrong, around)
    return done(request, _("已登记 %(name)s") % {"name": customer.name}, url("customers:page", customer.pk))


def few(request: Any, problems: Any = ()) -> tuple[str, ...] | None:
    """The fields of quick create, eight with the contact's; all of them once something else is wrong."""
    if request.GET.get("quick") != "1" or any(one.field not in CUSTOMERS.quick for one in problems):
        return None
    return CUSTOMERS.quick


def read_both(request: Any) -> tuple[Posted, Posted]:
    return read(CUSTOMERS, request.user, request.POST), read(CONTACTS, request.user, request.POST, prefix=CONTACT)


def soft(sent: Posted, contact: Posted) -> list[Problem]:
    found = [problem for problem in sent.taken.problems if problem.soft]
    return found + [
        Problem(f"{CONTACT}{p.field}", p.code, p.message, p.suggestion, True) for p in contact.taken.problems if p.soft
    ]


def again(request: Any, sent: Posted, contact: Posted, wrong: Any, around: Mapping[str, Any]) -> HttpResponse:
    own = [problem for problem in wrong if not problem.field.startswith(CONTACT)]
    theirs = [
        Problem(p.field.removeprefix(CONTACT), p.code, p.message, p.suggestion, p.soft)
        for p in wrong
        if p.field.startswith(CONTACT)
    ]
    forms = (
        customer_form(request.user, sent=sent, problems=own, only=few(request, own)),
        contact_form(request.user, sent=contact, problems=theirs, only=CONTACTS.quick),
    )
    return form_page(request, *forms, status=422, **around)


def form_page(
    request: Any, form: Any, contact: Any = None, customer: Any = None, status: int = 200, template: str = EDIT, **extra: Any
) -> HttpResponse:
    told = {
        "form": form,
        "contact": contact,
        "customer": customer,
        "called": called(request, customer) if customer else "",
        "once": request.POST.get("once") or token(),
        "reported": request.POST.get("_reported", "")[:40],
        "quick": customer is None and request.GET.get("quick") == "1",
        **extra,
    }
    return render(request, template, told, status=status)


def token() -> str:
    return token_urlsafe(16)


@door("customers.change", "GET", "POST")
def customer_edit(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    if not may(request.user, "customers.change", customer):
        raise Refused("customers.change")
    if request.method == "GET":
        return form_page(request, customer_form(request.user, customer), customer=customer)
    reported, found = reported_at(request)
    return save(
        request,
        CUSTOMERS,
        customer,
        lambda sent, known: revise.revise(
            request.user,
            customer,
            sent.taken.values,
            version=opened(request),
            states=sent.states if "_states" in request.POST else None,
            accept=sent.accept,
            known=known,
            why=request.POST.get("why", "")[:500],
            reported_at=reported,
        ),
        said=_("已保存"),
        found=found,
    )


def opened(request: Any) -> int:
    """The version of the record that the posted form was drawn from; 0, which no record has, if it says none."""
    return whole_id(request.POST.get("version", "")) or 0


def reported_at(request: Any) -> tuple[Any, list[Problem]]:
    """When the customer told of the change, if that was said, and what is wrong with it."""
    try:
        return dates.moment(request.POST.get("_reported", "")[:40]).value, []
    except Invalid as error:
        return None, [Problem("reported_at", error.code, error.message, error.suggestion)]


def save(
    request: Any, sheet: Sheet, record: Any, rule: Any, said: str, customer: Any = None, found: Sequence[Problem] = ()
) -> HttpResponse:
    """Save a posted form by a rule. What is wrong comes back in the form, and so does what somebody saved first.

    A form that comes back keeps its version until the person was shown the other one.
    """
    sent = read(sheet, request.user, request.POST, record)
    known = [problem for problem in sent.taken.problems if problem.soft]
    customer = customer or (record if sheet is CUSTOMERS else record.customer)
    wrong: Any = [*sent.hard, *found]
    if not wrong:
        try:
            _saved, wrong = attempt(lambda: rule(sent, known))
        except AlreadyDone:
            return done(request, _("已经登记过了"), url("customers:page", customer.pk))
        except Stale:
            return conflict(request, sheet, record, sent)
    if not wrong:
        return done(request, said, url("customers:page", customer.pk))
    probes.told(request.user, wrong)
    shown = [*wrong, *(problem for problem in known if problem not in wrong)]
    form = FORMS[sheet.model.RECORD](
        request.user, record and again_from(request, sheet, record), sent=sent, problems=shown
    )
    form.version = opened(request) or None
    return form_page(request, form, customer=customer, of_contact=sheet is CONTACTS, drop="", status=422)


def again_from(request: Any, sheet: Sheet, record: Any) -> Any:
    """The record as it is stored: a rule that refuses may have filled it already."""
    fetch = queries.customer if sheet is CUSTOMERS else queries.contact
    return fetch(request.user, record.pk)


def conflict(request: Any, sheet: Sheet, record: Any, sent: Posted) -> HttpResponse:
    """Somebody saved first: both versions side by side, nothing lost."""
    theirs = again_from(request, sheet, record)
    row = theirs.__dict__ if sheet is CUSTOMERS else contact_row(theirs, theirs.customer)
    shown = sheet.reader(request.user, [theirs.pk])(row)
    form = FORMS[sheet.model.RECORD](request.user, theirs, sent=sent)
    around = {
        "customer": theirs if sheet is CUSTOMERS else theirs.customer,
        "of_contact": sheet is CONTACTS,
        "drop": "",
    }
    return form_page(request, form, status=409, differences=differences(sheet, shown, sent.taken.values), **around)


@door("customers.create", "GET")
def customer_twins(request: Any) -> HttpResponse:
    """Who might be the same, while somebody types a name, phone or credit code."""
    values = {name: request.GET.get(name, "")[:100].strip() for name in ("name", "uscc", "mobile", "customer_type")}
    mobile = request.GET.get("contact.mobile", "")[:20].strip()
    told = [name for name in ("name", "uscc", "mobile") if values[name]] + ["contact.mobile"] * bool(mobile)
    if told:
        probes.ask(request.user, told)
    matches = find(values, [mobile]) if told else []
    return render(request, "customers/twins.html", {"problems": problems(matches[:5])})


@door("contacts.create", "GET", "POST")
def contact_create(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    if not may(request.user, "customers.change", customer):
        raise Refused("contacts.create")
    if request.method == "GET":
        return form_page(request, contact_form(request.user), customer=customer, of_contact=True)
    return save(
        request,
        CONTACTS,
        None,
        lambda sent, known: people_there.add_contact(
            request.user,
            sent.taken.values,
            customer,
            states=sent.states,
            accept=sent.accept,
            known=known,
            once=request.POST.get("once", "")[:80],
        ),
        said=_("联系人已保存"),
        customer=customer,
    )


@door("contacts.change", "GET", "POST")
def contact_edit(request: Any, pk: int) -> HttpResponse:
    contact = queries.contact(request.user, pk)
    if not may(request.user, "contacts.change", contact):
        raise Refused("contacts.change")
    if request.method == "GET":
        gone = url("customers:contact_drop", pk) if may(request.user, "contacts.delete", contact) else ""
        form = contact_form(request.user, contact)
        kept = files.panel(request.user, contact, url("customers:contact_edit", pk))
        return form_page(request, form, customer=contact.customer, of_contact=True, drop=gone, files=kept)
    reported, found = reported_at(request)
    return save(
        request,
        CONTACTS,
        contact,
        lambda sent, known: people_there.revise_contact(
            request.user,
            contact,
            sent.taken.values,
            version=opened(request),
            accept=sent.accept,
            known=known,
            reported_at=reported,
        ),
        said=_("联系人已保存"),
        found=found,
    )
