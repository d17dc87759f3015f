"""The pages of follow-ups, and what other pages show of them."""

from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.fields import HIDE, PLAIN
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.agenda.queries import of_customer as tasks_of
from keji.agenda.rules.suggesting import by_grade, likely
from keji.agenda.sheet import TASKS
from keji.customers import queries as customers
from keji.customers.forms import Posted
from keji.customers.pages.lists import PANELS
from keji.customers.pages.panels import about, row_of
from keji.customers.rules.revise import wants_reason
from keji.customers.sheet import CUSTOMERS
from keji.deals import queries as deals
from keji.deals.sheet import DEALS
from keji.followups import forms, jobs, queries
from keji.followups.forms import Composer
from keji.followups.rules import log, owing, signing
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.clock import now
from keji.kernel.errors import Invalid, Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records import files
from keji.records.filters import Strip
from keji.records.pages import (
    Beside,
    Cell,
    Links,
    attempt,
    chosen,
    differences,
    done,
    export_page,
    heartbeat,
    list_page,
    panel_page,
    part,
    same_site,
    say,
    url,
)
from keji.records.queries import FILES, attachments_on
from keji.records.sheet import Seen

LINKS = Links(lambda pk, line: url("followups:page", pk), main="customer", clips=True)
FIRST = ("occurred_at", "author", "method", "followup_type", "industry")
LINES = (
    "scene",
    "customer_feedback",
    "need_change",
    "objections",
    "decision_progress",
    "commitments",
    "customer_participants",
    "location",
    "cross_sell",
    "outcome",
)


@door("followups.see")
def followup_list(request: Any) -> HttpResponse:
    extra = {
        "mine": request.GET.get("author") == str(request.user.pk),
        "may": {verb: may(request.user, f"followups.{verb}") for verb in ("create", "delete", "export")},
    }
    rows, strip = queries.followups(request.user), Strip(reverse("followups:list") + PANELS, FIRST)
    links = replace(LINKS, beside=lambda ids: deals_beside(request.user, ids)) if may(request.user, "deals.see") else LINKS
    return list_page(request, FOLLOWUPS, rows, "followups/list.html", links, strip=strip, **extra)


def deals_beside(person: Any, ids: list[int]) -> Beside:
    """The deal of each follow-up, with the way there; of one that the person does not see, nothing."""
    found = queries.deals_of(person, ids)
    read = DEALS.reader(person, [deal.pk for deal in found.values()], [DEALS.by_name["name"]])
    named = {pk: (deal.pk, read(deal.__dict__).get("name")) for pk, deal in found.items()}
    told = {pk: Cell("text", name.text, href=url("deals:page", deal)) for pk, (deal, name) in named.items() if name}
    return Beside(_("商机"), told)


@door("followups.see")
def followup_filter(request: Any, name: str) -> HttpResponse:
    path = reverse("followups:list")
    return panel_page(request, FOLLOWUPS, name, path, Strip(path + PANELS, FIRST))


@door("followups.see")
def followup_page(request: Any, pk: int) -> HttpResponse:
    """A follow-up stands in the timeline of its customer."""
    customer = queries.followup(request.user, pk).customer_id
    return redirect(f"{reverse('customers:page', args=[customer])}#followup-{pk}")


@door("followups.see")
def followup_versions(request: Any, pk: int) -> HttpResponse:
    """What a follow-up said in each of its versions, as far as the person reads it, newest first, and who signed it."""
    followup = queries.followup(request.user, pk)
    read = FOLLOWUPS.reader(request.user, [pk])
    now = row(followup)
    told = [version(one, read(now | signing.blank() | one.values)) for one in signing.versions(queries.written(followup))]
    context = {"followup": followup, "versions": told[::-1], "name": read(now)["customer"].text}
    return render(request, "followups/versions.html", context)


def version(one: signing.Version, it: Seen) -> dict[str, Any]:
    lines = []
    for column in FOLLOWUPS.columns:
        needs = set(column.kind.needs(column.name))
        if not column.typed or it[column.name].policy == HIDE:
            continue
        gone = bool(needs & one.erased)
        if gone or it[column.name].text:
            text = _("已按要求清除") if gone else it[column.name].text
            lines.append({"label": FOLLOWUPS.label(column.name), "text": text, "new": one.number > 1 and bool(needs & one.changed)})
        elif one.number > 1 and needs & one.changed:
            lines.append({"label": FOLLOWUPS.label(column.name), "text": "", "new": True})
    return {
        "number": one.number,
        "by": it["signed_by"].text,
        "at": it["signed_at"].text,
        "signature": it["signature"].text if it["signature"].policy == PLAIN else "",
        "sound": one.sound,
        "why": one.entry.why,
        "lines": lines,
    }


@door("followups.create", "GET", "POST")
def followup_new(request: Any) -> HttpResponse:
    """Write one down: two fields, or all of them; for a customer that is known or is chosen first."""
    if not forms.fillable(request.user):
        raise Refused("followups.create")
    customer = wanted_customer(request)
    if request.method == "GET" or "_more" in request.POST or customer is None:
        sent = forms.read(request.user, request.POST) if request.method == "POST" else None
        unfolded = "_more" in request.POST or request.GET.get("more") == "1"
        lacking = [Problem("_customer", "E_REQUIRED", _("请先选择客户"))] if sent and customer is None else []
        made = composer(request, customer, sent, lacking, unfolded=unfolded)
        return new_page(request, made, lacking, 422 if lacking else 200)
    return save(request, customer)


@door("followups.create")
def followup_facts(request: Any) -> HttpResponse:
    """What a customer brings along that was chosen in the dialog: its facts and contacts, what is asked of its grade."""
    customer = customers.customer(request.user, request.GET.get("customer", "")[:20] or "0")
    return render(request, "followups/facts.html", {"composer": composer(request, customer)})


def wanted_customer(request: Any) -> Any:
    """The customer by id or number, if one is named."""
    told = request.POST if request.method == "POST" else request.GET
    key = told.get("_customer") or told.get("customer_no") or ""
    return customers.customer(request.user, key[:20]) if key else None


def new_page(request: Any, made: Composer, problems: Any = (), status: int = 200) -> HttpResponse:
    words = request.GET.get("q", "")[:64].strip()
    told = {"composer": made, "problems": problems, "words": words}
    if request.headers.get("HX-Request") == "true":
        return part(request, "followups/new.html", "composer", told, status)
    return render(request, "followups/new.html", told, status=status)


def save(request: Any, customer: Any) -> HttpResponse:
    sent = forms.read(request.user, request.POST)
    wrong: Any = sent.hard
    unkept: list[str] = []
    if not wrong:
        try:
            made, wrong = attempt(
                lambda: log.log(
                    request.user,
                    sent.taken.values | chosen_deal(request),
                    customer,
                    contacts=chosen(request.POST, "_contacts"),
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    once=request.POST.get("once", "")[:80],
                )
            )
            if made:
                unkept = files.keep_files(request, made)[1]
        except AlreadyDone:
            wrong = ()
    if wrong:
        hidden = any(problem.field not in forms.CHIPS or problem.soft for problem in wrong)
        made = composer(request, customer, sent, wrong, unfolded=hidden or "_whole" in request.POST)
        return new_page(request, made, [], 422)
    return saved(request, customer, unkept)


def saved(request: Any, customer: Any, unkept: list[str]) -> HttpResponse:
    """On: to the customer's page, or, where that is open already, an empty composer and word to the page.

    Files that could not be kept are named; the follow-up stands without them.
    """
    text = _("；").join([_("已记跟进"), *unkept])
    if request.headers.get("HX-Request") != "true":
        level = messages.ERROR if unkept else messages.SUCCESS
        return done(request, text, url("customers:page", customer.pk), level)
    strip = None if inline(request) else still_owed(request, customer.pk)
    answer = strip or part(request, "followups/new.html", "composer", {"composer": composer(request, customer), "problems": (), "words": ""})
    logged = {"customer": customer.pk, "asks": strip is not None}
    return say(answer, text, "danger" if unkept else "success", also={"logged": logged})


def inline(request: Any) -> bool:
    """Whether the composer stands on the customer's page, which asks for the rest itself."""
    return request.path not in (reverse("followups:new"), reverse("followups:facts")) or request.POST.get("_inline") == "1"


def still_owed(request: Any, pk: int) -> HttpResponse | None:
    """What the dialog asks once a follow-up is written down: stage, needs and next step, in one strip."""
    person, customer = request.user, customers.customer(request.user, pk)
    shown = CUSTOMERS.reader(person, [pk])(customer.__dict__)
    owed = to_look_over(person, customer, shown, may(person, "customers.change", customer))
    if owed is None:
        return None
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    then = f"{here.path}?{here.query}" if here.query else here.path
    return render(request, "followups/owed.html", {"owed": owed, "called": shown["name"].text, "then": then or owed["page"]})


def to_look_over(person: Any, customer: Any, shown: Seen, may_change: bool) -> dict[str, Any] | None:
    """What the person still has to look over of a customer after talking to it; nothing if that is done."""
    there = tasks_of(person, customer) if may(person, "tasks.see") else []
    waiting = [one for one in there if one.kind == "UPDATE" and one.assignee_id == person.pk]
    if not waiting:
        return None
    column = CUSTOMERS.by_name["lifecycle_stage"]
    open_stage = may_change and shown["lifecycle_stage"].policy == PLAIN
    now_at = shown["lifecycle_stage"].value
    here = url("customers:page", customer.pk)
    return {
        "action": url("followups:look_over", customer.pk),
        "page": here,
        "due": TASKS.by_name["due_at"].kind.show(waiting[0].due_at),
        "late": bool(waiting[0].due_at and waiting[0].due_at < now()),
        "stages": [
            (one.code, one.text, one.code == now_at, wants_reason(now_at, one.code)) for one in column.kind.choices()
        ]
        if open_stage
        else [],
        "needs": f"{here}#needs",
        "add_need": need_of(customer, waiting[0].source) if may_change and may(person, "needs.create") else "",
        "step": heartbeat(shown, CUSTOMERS.by_name["next_followup_at"], url("agenda:pulse", customer.pk))
        if "next_followup_at" in shown
        else None,
    }


def need_of(customer: Any, source: str) -> str:
    """Where a need is written down that was told in the follow-up which a task comes from, if it comes from one."""
    _what, _colon, followup = source.partition(":")
    return url("customers:need_create", customer.pk) + (f"?_followup={followup}" if followup else "")


@door("tasks.change", "POST")
def customer_look_over(request: Any, pk: int) -> HttpResponse:
    """Stage, needs and next step are right; the stage perhaps another one."""
    customer = customers.customer(request.user, pk)
    told, why = request.POST.get("lifecycle_stage", "")[:30], request.POST.get("why", "")[:200]
    try:
        stage = CUSTOMERS.by_name["lifecycle_stage"].kind.parse(told).value
    except Invalid as error:
        return done(request, error.message, url("customers:page", pk), messages.ERROR)
    _count, wrong = attempt(lambda: owing.look_over(request.user, customer, str(stage or ""), why))
    if wrong:
        return done(request, wrong[0].message, url("customers:page", pk), messages.ERROR)
    there = same_site(request, request.POST.get("then", ""), url("customers:page", pk))
    return done(request, _("已核对"), there, messages.SUCCESS)


def composer(
    request: Any, customer: Any, sent: Posted | None = None, problems: Any = (), unfolded: bool = False
) -> Composer:
    """The composer for a customer, or for one still to be chosen, of somebody who may fill in what is in sight."""
    person = request.user
    fields = forms.small(person, sent, problems)
    grade = customer.grade if customer is not None and "grade" in CUSTOMERS.readable(person) else ""
    made = Composer(
        customer=customer,
        once=(sent and request.POST.get("once", "")[:80]) or token_urlsafe(16),
        methods=forms.methods(fields["method"].value),
        summary=fields["summary"],
        then=fields["next_followup_at"],
        aim=fields.get("objective"),
        days=likely(grade),
        by_grade=by_grade(grade),
        chances=forms.chances(person, grade, request.POST.get("cross_sell", "")),
        files=may(person, FILES) and may(person, "followups.change"),
        inline=inline(request),
    )
    if unfolded:
        but = (*forms.CHIPS, "cross_sell") if made.chances else forms.CHIPS
        made.form = forms.whole(person, None, sent, problems, but)
        made.deals = deals_to_choose(person, customer, chosen_deal(request)["deal"]) if customer is not None else []
    if customer is not None and (unfolded or not made.inline):
        made.about = about(person, customer)
        ticked = chosen(request.POST, "_contacts")
        made.contacts = [(pk, name, role, pk in ticked) for pk, name, role in made.about["contacts"]]
    return made


def chosen_deal(request: Any) -> dict[str, Any]:
    return {"deal": whole_id(request.POST.get("_deal"))}


def deals_to_choose(person: Any, customer: Any, now_chosen: int | None) -> list[tuple[int, str, bool]]:
    """The deals of a customer as the person may read them: (id, name, whether it is chosen)."""
    names = deal_names(person, customer.pk)
    return [(pk, name, pk == now_chosen) for pk, name in names.items()]


def deal_names(person: Any, customer_id: int) -> dict[int, str]:
    found = deals.of_customer(person, customer_id) if may(person, "deals.see") else []
    read = DEALS.reader(person, [deal.pk for deal in found], [DEALS.by_name["name"]])
    return {deal.pk: read(deal.__dict__)["name"].text for deal in found}


@door("followups.change", "GET", "POST")
def followup_edit(request: Any, pk: int) -> HttpResponse:
    followup = queries.followup(request.user, pk)
    if not log.may_revise(request.user, followup):
        raise Refused("followups.change")
    if request.method == "GET":
        return edit_page(request, followup, files=files.panel(request.user, followup, url("followups:edit", pk)))
    sent = forms.read(request.user, request.POST, followup)
    wrong: Any = sent.hard
    if not wrong:
        version = request.POST.get("version", "")
        try:
            _made, wrong = attempt(
                lambda: log.revise(
                    request.user,
                    followup,
                    sent.taken.values | (chosen_deal(request) if "_deal" in request.POST else {}),
                    version=whole_id(version) or 0,
                    contacts=chosen(request.POST, "_contacts"),
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    why=request.POST.get("why", "")[:500],
                )
            )
        except Stale:
            return conflict(request, pk, sent)
    if wrong:
        return edit_page(request, queries.followup(request.user, pk), sent, wrong, 422)
    return done(request, _("已保存"), f"{url('customers:page', followup.customer_id)}#followup-{pk}")


def edit_page(
    request: Any, followup: Any, sent: Posted | None = None, problems: Any = (), status: int = 200, **extra: Any
) -> HttpResponse:
    form = forms.whole(request.user, followup, sent, problems)
    known, there = about(request.user, followup.customer), set(queries.present(followup))
    ticked = set(chosen(request.POST, "_contacts")) if sent else there
    if sent is None:
        for one in form.fields:
            if one.name == "customer_participants" and not one.masked:
                one.value = forms.free_names(followup, [name for pk, name, _role in known["contacts"] if pk in there])
    context = {
        "form": form,
        "followup": followup,
        "about": known,
        "contacts": [(pk, name, role, pk in ticked) for pk, name, role in known["contacts"]],
        "deals": deals_to_choose(
            request.user, followup.customer, chosen_deal(request)["deal"] if sent else followup.deal_id
        ),
        "fresh": log.fresh(followup),
        "drop": may(request.user, "followups.delete", followup),
        **extra,
    }
    return render(request, "followups/edit.html", context, status=status)


def conflict(request: Any, pk: int, sent: Posted) -> HttpResponse:
    """Somebody saved first: both versions side by side, nothing lost."""
    theirs = queries.followup(request.user, pk)
    shown = FOLLOWUPS.reader(request.user, [pk])(row(theirs))
    told = differences(FOLLOWUPS, shown, sent.taken.values)
    return edit_page(request, theirs, sent, status=409, differences=told)


@door("followups.delete", "POST")
def followup_drop(request: Any, pk: int) -> HttpResponse:
    followup = queries.followup(request.user, pk)
    _none, wrong = attempt(lambda: log.drop(request.user, followup, request.POST.get("why", "")))
    said = wrong[0].message if wrong else _("跟进已放入回收站，30 天内可以恢复")
    return done(request, said, url("customers:page", followup.customer_id))


@door("followups.delete")
def followup_bin(request: Any) -> HttpResponse:
    shown = [FOLLOWUPS.by_name[name] for name in ("customer", "occurred_at", "method", "summary", "author")]
    links = Links(lambda pk, line: url("followups:bin"), main="customer")
    return list_page(request, FOLLOWUPS, queries.binned(request.user), "followups/bin.html", links, columns=shown)


@door("followups.delete", "POST")
def followup_restore(request: Any, pk: int) -> HttpResponse:
    followup = queries.binned_followup(request.user, pk)
    log.restore(request.user, followup)
    return done(request, _("跟进已恢复"), url("customers:page", followup.customer_id))


@door("followups.export", "GET", "POST", recent=True)
def followup_export(request: Any) -> HttpResponse:
    return export_page(request, jobs.EXPORT, "followups/export.html")


def timeline(
    person: Any, customer: Any, before: tuple[datetime, int] | None, most: int, stands: frozenset[str]
) -> list[dict[str, Any]]:
    """The newest entries that the timeline of a customer shows of its follow-ups, behind a place on."""
    found = queries.of_customer(person, customer.pk, before, most) if customers.holds(customer, "followups") else []
    read = FOLLOWUPS.reader(person, [one.pk for one in found], stands=stands)
    reviser = may(person, "followups.change")
    names = deal_names(person, customer.pk) if any(one.deal_id for one in found) else {}
    kept = attachments_on(person, "followups", [one.pk for one in found]) if found else {}
    entries = [entry(person, one, read(row(one, customer)), reviser, names.get(one.deal_id or 0, "")) for one in found]
    return [one | {"files": [{"id": f.pk, "name": f.name} for f in kept.get(one["id"], ())]} for one in entries]


def row(followup: Any, customer: Any = None) -> dict[str, Any]:
    """A follow-up as its sheet reads it, with what it says of the customer."""
    of = customer or followup.customer
    return row_of(followup, of) | {"customer__industry_code": of.industry_code}


def entry(person: Any, followup: Any, it: Seen, reviser: bool, deal: str) -> dict[str, Any]:
    told = [it[name].text for name in ("method", "followup_type", "kind", "author")]
    then = [it[name].text for name in ("next_action", "next_action_by", "next_action_due") if it[name].text]
    ours = FOLLOWUPS.by_name["our_participants"].kind
    others = [pk for pk in it["our_participants"].value or () if pk != followup.author_id]
    lines = [(FOLLOWUPS.label(name), it[name].text) for name in LINES if it[name].text and it[name].policy == PLAIN]
    if it["customer_participants"].policy != PLAIN and it["customer_participants"].text:
        lines.append((FOLLOWUPS.label("customer_participants"), it["customer_participants"].text))
    if deal:
        lines.append((_("商机"), deal))
    if others:
        lines.append((_("同行"), ours.show(others)))
    if then:
        lines.append((FOLLOWUPS.label("next_action"), " · ".join(then)))
    mine = followup.author_id == person.pk
    late = followup.late and it["delay"].policy == PLAIN
    marks = ((_("历史导入"), followup.imported), (_("迟录 %(long)s") % {"long": long(followup.delay)}, late))
    mended = followup.version > 1
    return {
        "source": "followups",
        "at": followup.occurred_at,
        "id": followup.pk,
        "anchor": f"followup-{followup.pk}",
        "by": " · ".join(dict.fromkeys(filter(None, told))),
        "when": it["occurred_at"].text,
        "text": it["summary"].text,
        "lines": lines,
        "next": it["next_followup_at"].text,
        "tags": [{"text": text, "tone": "grey"} for text, on in marks if on],
        "mended": mended,
        "versions": url("followups:versions", followup.pk) if mended or it["signature"].text else "",
        "edit": url("followups:edit", followup.pk) if reviser and (mine or may(person, log.FOR_OTHERS)) else "",
    }


def long(minutes: int) -> str:
    """How long something took, as people say it."""
    if minutes < 60:
        return _("%(n)d 分钟") % {"n": minutes}
    return _("%(n)d 小时") % {"n": minutes // 60} if minutes < 2 * 24 * 60 else _("%(n)d 天") % {"n": minutes // (24 * 60)}
