"""Opening, editing, throwing away deals."""

from secrets import token_urlsafe
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.customers import queries as customers
from keji.customers.pages.panels import about, needs_at, people_at, wanted
from keji.customers.pages.record import called
from keji.deals import forms, queries
from keji.deals.pages.record import row
from keji.deals.rules import bin as bins
from keji.deals.rules import open as opening
from keji.deals.sheet import DEALS
from keji.kernel.errors import Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, chosen, differences, done, url


@door("deals.create", "GET", "POST")
def deal_new(request: Any) -> HttpResponse:
    """Open a deal; the customer comes along with the address, or is found on the form."""
    told = request.POST if request.method == "POST" else request.GET
    customer, lost = wanted(request.user, told.get("_customer", "")[:20].strip())
    if customer is not None and not may(request.user, "customers.change", customer):
        raise Refused("deals.create")
    if request.method == "GET":
        return new_page(request, customer, problems=lost)
    sent = forms.read(request.user, request.POST)
    lost = lost or ([Problem("_customer", "E_REQUIRED", _("请先选择客户"))] if customer is None else [])
    wrong: Any = [*lost, *sent.hard]
    if not wrong:
        try:
            deal, wrong = attempt(lambda: open_one(request, customer, sent))
        except AlreadyDone as error:
            return done(request, _("已经登记过了"), url("deals:page", error.record_id))
    if wrong:
        return new_page(request, customer, sent, wrong)
    return done(request, _("已建立商机 %(name)s") % {"name": deal.name}, url("deals:page", deal.pk))


@door("deals.create")
def deal_facts(request: Any) -> HttpResponse:
    """What a chosen customer brings to the form: its facts, and its contacts to choose from."""
    customer = customers.customer(request.user, request.GET.get("customer", "")[:20] or "0")
    known = about(request.user, customer)
    told = {
        "shown": known["shown"],
        "contacts": [(pk, name, False) for pk, name, _role in known["contacts"]],
        "refused": not may(request.user, "customers.change", customer),
    }
    return render(request, "deals/about.html", told)


def open_one(request: Any, customer: Any, sent: Any) -> Any:
    values = dict(sent.taken.values) | {"contact": whole_id(request.POST.get("_contact")), "needs": chosen(request.POST, "_needs")}
    if stage := whole_id(request.POST.get("_stage")):
        values["stage"] = stage
    return opening.open_deal(
        request.user,
        values,
        customer,
        accept=sent.accept,
        known=[problem for problem in sent.taken.problems if problem.soft],
        once=request.POST.get("_once", "")[:80],
    )


def new_page(request: Any, customer: Any, sent: Any = None, problems: Any = ()) -> HttpResponse:
    lines = queries.lines_for(request.user)
    stage = whole_id(request.POST.get("_stage"))
    lost = [one for one in problems if one.field == "_customer"]
    context = {
        "form": forms.deal_form(request.user, sent=sent, problems=[one for one in problems if one not in lost]),
        "customer": customer,
        "lost": lost[0] if lost else None,
        "called": called(request, customer) if customer else "",
        "contacts": people_at(request.user, customer, whole_id(request.POST.get("_contact"))) if customer else [],
        "needs": needs_at(request.user, customer, chosen(request.POST, "_needs")) if customer else {},
        "lines": [
            (line.name, [(s.pk, s.name, s.pk == stage) for s in line.offered if s.category == "OPEN"]) for line in lines
        ],
        "once": request.POST.get("_once") or token_urlsafe(16),
    }
    return render(request, "deals/edit.html", context, status=422 if problems else 200)


@door("deals.change", "GET", "POST")
def deal_edit(request: Any, pk: int) -> HttpResponse:
    deal = queries.deal(request.user, pk)
    if not may(request.user, "deals.change", deal):
        raise Refused("deals.change")
    if request.method == "GET":
        return edit_page(request, deal)
    sent = forms.read(request.user, request.POST, deal)
    wrong: Any = sent.hard
    if not wrong:
        values = dict(sent.taken.values)
        if "_contact" in request.POST:
            values["contact"] = whole_id(request.POST["_contact"])
        if "_needs_shown" in request.POST:
            offered = needs_at(request.user, deal.customer, deal.needs)
            values["needs"] = [*chosen(request.POST, "_needs"), *(pk for pk in deal.needs if pk not in offered)]
        try:
            _deal, wrong = attempt(
                lambda: opening.revise(
                    request.user,
                    deal,
                    values,
                    version=whole_id(request.POST.get("version")) or 0,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    why=request.POST.get("why", "")[:500],
                )
            )
        except Stale:
            return conflict(request, pk, sent)
    if wrong:
        return edit_page(request, queries.deal(request.user, pk), sent, wrong, 422)
    return done(request, _("已保存"), url("deals:page", pk))


def edit_page(
    request: Any, deal: Any, sent: Any = None, problems: Any = (), status: int = 200, **extra: Any
) -> HttpResponse:
    contact = whole_id(request.POST.get("_contact")) if sent else deal.contact_id
    wanted_needs = chosen(request.POST, "_needs") if sent else deal.needs
    context = {
        "form": forms.deal_form(request.user, deal, sent=sent, problems=problems),
        "deal": deal,
        "customer": deal.customer,
        "called": called(request, deal.customer),
        "contacts": people_at(request.user, deal.customer, contact) if "contact" in told_of(request, deal) else [],
        "needs": needs_at(request.user, deal.customer, wanted_needs),
        "drop": may(request.user, "deals.delete", deal),
        **extra,
    }
    return render(request, "deals/edit.html", context, status=status)


def told_of(request: Any, deal: Any) -> Any:
    return DEALS.reader(request.user, [deal.pk])(row(deal))


def conflict(request: Any, pk: int, sent: Any) -> HttpResponse:
    """Somebody saved first: both versions side by side, nothing lost."""
    theirs = queries.deal(request.user, pk)
    told = differences(DEALS, told_of(request, theirs), sent.taken.values)
    return edit_page(request, theirs, sent, status=409, differences=told)


@door("deals.delete", "POST")
def deal_drop(request: Any, pk: int) -> HttpResponse:
    deal = queries.deal(request.user, pk)
    bins.drop(request.user, deal, request.POST.get("why", ""))
    return done(request, _("商机已放入回收站，30 天内可以恢复"), url("deals:list"))


@door("deals.delete", "POST")
def deal_restore(request: Any, pk: int) -> HttpResponse:
    bins.restore(request.user, queries.binned_deal(request.user, pk))
    return done(request, _("商机已恢复"), url("deals:page", pk))
