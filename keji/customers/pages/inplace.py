"""The facts of a customer, edited where they stand: a section or one field turns into its form and back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.customers import queries
from keji.customers.forms import FIXED, Posted, customer_form, read
from keji.customers.pages.record import facts
from keji.customers.rules import revise
from keji.customers.rules.actions import REVEAL
from keji.customers.sheet import CUSTOMERS, SECTIONS, fits
from keji.kernel.errors import NotThere, Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, differences, say

PART = "customers/inplace.html"


@door("customers.see", "GET", "POST")
def customer_part(request: Any, pk: int, name: str) -> HttpResponse:
    """A section (or one field) as it reads, as a form (?edit=1), or saved; without htmx the edit page does all that."""
    customer = queries.customer(request.user, pk)
    names = fields_of(name, customer)
    section = CUSTOMERS.by_name[names[0]].section
    if request.headers.get("HX-Request") != "true" and request.method == "GET":
        return redirect("customers:page", pk)
    if request.method == "GET" and "edit" not in request.GET:
        return shown(request, customer, section)
    if not may(request.user, "customers.change", customer):
        raise Refused("customers.change")
    if request.method == "GET":
        return form_part(request, customer, name, names)
    return save(request, customer, name, names, section)


def fields_of(name: str, customer: Any) -> list[str]:
    """The fields that a part of the page is about."""
    found = [
        column.name
        for column in CUSTOMERS.columns
        if column.typed and column.section and name in (column.section, column.name)
    ]
    found = [one for one in found if fits(one, customer.customer_type)]
    if not found:
        raise NotThere(name)
    return found


def shown(request: Any, customer: Any, section: str) -> HttpResponse:
    read_row = CUSTOMERS.reader(request.user, [customer.pk])
    rows = next((part for part in facts(CUSTOMERS, read_row(customer.__dict__), customer) if part[0] == section), None)
    told = {
        "customer": customer,
        "part": rows or (section, str(SECTIONS[section]), []),
        "change": may(request.user, "customers.change", customer),
        "reveal": may(request.user, REVEAL, customer),
    }
    return render(request, PART, told)


def form_part(
    request: Any,
    customer: Any,
    name: str,
    names: list[str],
    sent: Posted | None = None,
    problems: Any = (),
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    told = {
        "customer": customer,
        "name": name,
        "section": CUSTOMERS.by_name[names[0]].section,
        "form": customer_form(request.user, customer, sent=sent, problems=problems, only=names),
        "moves": {"lifecycle_stage", "grade"} & set(names),
        **extra,
    }
    return render(request, PART, told, status=status)


def save(request: Any, customer: Any, name: str, names: list[str], section: str) -> HttpResponse:
    """Save by the rule of the edit page; what does not belong to this part is refused."""
    sent = read(CUSTOMERS, request.user, request.POST, customer)
    strange = [one for one in sent.taken.values if one not in names or one in FIXED - {"grade"}]
    wrong: Any = [*sent.hard, *(Problem(one, "E_FIELD", _("这里不能改这个字段")) for one in strange)]
    version = request.POST.get("version", "")
    if not wrong:
        try:
            _saved, wrong = attempt(
                lambda: revise.revise(
                    request.user,
                    customer,
                    sent.taken.values,
                    version=whole_id(version) or 0,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    why=request.POST.get("why", "")[:500],
                )
            )
        except Stale:
            theirs = queries.customer(request.user, customer.pk)
            there = CUSTOMERS.reader(request.user, [theirs.pk])(theirs.__dict__)
            apart = differences(CUSTOMERS, there, sent.taken.values)
            return form_part(request, theirs, name, names, sent, status=409, differences=apart)
    fresh = queries.customer(request.user, customer.pk)
    if wrong:
        soft = [problem for problem in sent.taken.problems if problem.soft and problem not in wrong]
        return form_part(request, fresh, name, names, sent, [*wrong, *soft], status=422)
    return say(shown(request, fresh, section), _("已保存"), also={"logged": {"customer": customer.pk}})
