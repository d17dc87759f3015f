"""What customers need: the list, the form with its prompts, the bin."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.customers import queries
from keji.customers.forms import Posted, confirm_form, need_form, read
from keji.customers.pages.edit import token
from keji.customers.pages.lists import PANELS
from keji.customers.pages.panels import deciders, row_of
from keji.customers.pages.record import called
from keji.customers.rules import needs
from keji.customers.sheet import NEEDS
from keji.kernel.clock import today
from keji.kernel.errors import Invalid, Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records import files
from keji.records.filters import Strip
from keji.records.pages import Links, attempt, chosen, differences, done, list_page, panel_page, url
from keji.records.terms import dictionary

LINKS = Links(lambda pk, line: url("customers:of_need", pk), main="description")
STRIP = ("need_type", "keywords", "priority", "match_degree", "budget_text", "intent_level", "state")  # in sight
READ_BACK = ("description", "products", "budget_text", "expected_term", "expected_time", "target_date", "decision_participants", "pain_points")
BINNED = ("description", "customer", "priority", "changed_at")


@door("needs.see")
def need_list(request: Any) -> HttpResponse:
    drop, rows = may(request.user, "needs.delete"), queries.needs(request.user)
    return list_page(request, NEEDS, rows, "customers/needs.html", LINKS, strip=strip(), may_drop=drop)


def strip() -> Strip:
    return Strip(url("customers:needs") + PANELS, STRIP)


@door("needs.see")
def need_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, NEEDS, name, url("customers:needs"), strip())


@door("needs.delete")
def need_bin(request: Any) -> HttpResponse:
    links = Links(lambda pk, line: url("customers:need_bin"), main="description")
    shown = [NEEDS.by_name[name] for name in BINNED]
    return list_page(request, NEEDS, queries.binned_needs(request.user), "customers/needs_bin.html", links, shown)


@door("needs.create", "GET", "POST")
def need_create(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    if not may(request.user, "customers.change", customer):
        raise Refused("needs.create")
    if request.method == "GET":
        return form_page(request, customer)
    told = {"states": {}, "once": request.POST.get("once", "")[:80], "followup": whole_id(request.POST.get("_followup", ""))}
    return save(request, customer, None, needs.add_need, customer, **told)


@door("needs.change", "GET", "POST")
def need_edit(request: Any, pk: int) -> HttpResponse:
    need = queries.need(request.user, pk)
    if not may(request.user, "needs.change", need):
        raise Refused("needs.change")
    if request.method == "GET":
        return form_page(request, need.customer, need, files=files.panel(request.user, need, url("customers:need_edit", pk)))
    told = {"version": whole_id(request.POST.get("version", "")) or 0}
    return save(request, need.customer, need, needs.revise_need, need, **told)


def save(request: Any, customer: Any, need: Any, rule: Any, record: Any, **told: Any) -> HttpResponse:
    """Read the form and let the rule write it down; what is wrong comes back with the form."""
    person = request.user
    sent = read(NEEDS, person, request.POST, need)
    soft = [problem for problem in sent.taken.problems if problem.soft]
    back = url("customers:page", customer.pk)
    if sent.hard:
        return form_page(request, customer, need, sent, [*sent.hard, *soft])
    values = sent.taken.values
    told |= {"accept": sent.accept, "known": soft, "contacts": chosen(request.POST, "_contacts")}
    try:
        call = (
            (lambda: rule(person, values, record, **told))
            if need is None
            else (lambda: rule(person, record, values, **told))
        )
        _saved, wrong = attempt(call)
    except AlreadyDone:
        return done(request, _("已经登记过了"), back)
    except Stale:
        return conflict(request, need, sent)
    if wrong:
        need = queries.need(person, need.pk) if need else None
        return form_page(request, customer, need, sent, [*wrong, *(one for one in soft if one not in wrong)])
    return done(request, _("需求已保存"), back)


def conflict(request: Any, need: Any, sent: Posted) -> HttpResponse:
    """Somebody saved first: both versions side by side, nothing lost."""
    theirs = queries.need(request.user, need.pk)
    shown = NEEDS.reader(request.user, [need.pk])(row_of(theirs, theirs.customer))
    told = differences(NEEDS, shown, sent.taken.values)
    return form_page(request, theirs.customer, theirs, sent, status=409, differences=told)


def form_page(
    request: Any,
    customer: Any,
    need: Any = None,
    sent: Posted | None = None,
    wrong: Any = (),
    status: int = 0,
    **extra: Any,
) -> HttpResponse:
    person = request.user
    form = need_form(person, need, sent=sent, problems=wrong)
    ticked = chosen(request.POST, "_contacts") if sent else need.decision_contacts if need else []
    values = {one.name: one.value for one in form.fields}
    context = {
        "form": form,
        "customer": customer,
        "called": called(request, customer),
        "need": need,
        "once": request.POST.get("once") or token(),
        "followup": whole_id((request.POST if sent else request.GET).get("_followup", "")),
        "people": [(pk, name, pk in ticked) for pk, name in deciders(person, customer).items()],
        "drop": url("customers:need_drop", need.pk) if need and may(person, "needs.delete", need) else "",
        **hints(str(values.get("need_type") or ""), str(values.get("target_date") or "")),
        **extra,
    }
    return render(request, "customers/need.html", context, status=status or (422 if wrong else 200))


def hints(need_type: str, target: str) -> dict[str, Any]:
    """What one may ask the customer for this type of need, and which possibility the date of signing suggests."""
    word = dictionary("need_type").words.get(need_type)
    told = "prompts_en" if get_language() == "en" else "prompts"
    prompts = word.facts.get(told, []) if word else general()
    try:
        day: Any = NEEDS.by_name["target_date"].kind.parse(target).value
    except Invalid:
        day = None
    level = needs.likely(day, today()) if day else ""
    return {"prompts": prompts, "suggested": dictionary("intent_level").text(level) if level else ""}


def general() -> list[str]:
    return [
        _("您目前希望通过我们的产品或服务解决什么问题？"),
        _("对合作方案有哪些具体期望？"),
        _("这类需求通常需要哪些部门一起决定？"),
    ]


@door("needs.create")
def need_hints(request: Any) -> HttpResponse:
    told = hints(request.GET.get("need_type", "")[:30], request.GET.get("target_date", "")[:30])
    return render(request, "customers/need_hints.html", told)


@door("needs.change", "GET", "POST")
def need_confirm(request: Any, pk: int) -> HttpResponse:
    """What is read back to the customer, and who of them has said that it is right (R-002-16)."""
    person, need = request.user, queries.need(request.user, pk)
    if not may(person, "needs.change", need):
        raise Refused("needs.change")
    sent: Posted | None = None
    wrong: tuple[Problem, ...] = ()
    if request.method == "POST":
        sent = read(NEEDS, person, request.POST, need)
        values = {name: value for name, value in sent.taken.values.items() if name in needs.CONFIRMED}
        wrong = tuple(sent.hard or needs.unconfirmed(values))
        if not wrong:
            version = whole_id(request.POST.get("version", "")) or 0
            try:
                _need, wrong = attempt(lambda: needs.revise_need(person, need, values, version=version))
            except Stale:
                wrong = (Problem("confirmed_at", "E_STALE", _("别人刚改过这条需求，请核对下面的内容再保存")),)
                need = queries.need(person, pk)
        if not wrong:
            return done(request, _("已记下客户的确认"), url("customers:page", need.customer_id) + "#needs")
    shown = NEEDS.reader(person, [pk])(row_of(need, need.customer))
    context = {
        "form": confirm_form(person, need, sent=sent, problems=wrong),
        "need": need,
        "called": called(request, need.customer),
        "facts": [(NEEDS.label(name), shown[name].text) for name in READ_BACK if name in shown and shown[name].text],
    }
    return render(request, "customers/need_confirm.html", context, status=422 if wrong else 200)


@door("needs.delete", "POST")
def need_drop(request: Any, pk: int) -> HttpResponse:
    need = queries.need(request.user, pk)
    needs.drop_need(request.user, need, request.POST.get("why", ""))
    return done(request, _("需求已放入回收站，可以恢复"), url("customers:page", need.customer_id))


@door("needs.delete", "POST")
def need_restore(request: Any, pk: int) -> HttpResponse:
    need = queries.binned_need(request.user, pk)
    needs.restore_need(request.user, need)
    return done(request, _("需求已恢复"), url("customers:page", need.customer_id))


@door("needs.see")
def of_need(request: Any, pk: int) -> HttpResponse:
    """A need stands on its customer's page."""
    return redirect(url("customers:page", queries.need(request.user, pk).customer_id) + "#needs")
