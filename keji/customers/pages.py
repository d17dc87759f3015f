"""The pages of customers."""

from secrets import token_urlsafe
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keji.access.doors import door, open_door
from keji.access.house import house
from keji.access.scope import ACTIONS, may
from keji.access.trail import AlreadyDone
from keji.customers import jobs, queries
from keji.customers.forms import CONTACT, Posted, contact_form, customer_form, read
from keji.customers.rules import bin as bins
from keji.customers.rules import contacts as people_there
from keji.customers.rules import exports, grading, owners, register, reveal, revise
from keji.customers.rules.actions import EXPORT_ANY, REGRADE, REVEAL
from keji.customers.rules.duplicates import find, problems
from keji.customers.rules.required import gaps
from keji.customers.sheet import CONTACTS, CUSTOMERS, SECTIONS, fits
from keji.kernel import addresses
from keji.kernel.errors import Invalid, NotThere, Problem, Refused, Stale
from keji.kernel.filenames import disposition
from keji.kernel.numbers import whole_id
from keji.queue import enqueue
from keji.records.listing import ask
from keji.records.pages import Links, attempt, bad_request, chosen, done, list_page, moment, url
from keji.records.sheet import Column, Sheet, Shown
from keji.records.terms import dictionary

EDIT = "customers/edit.html"
MOST_CHANGES = 12
LINKS = Links(lambda pk, line: url("customers:page", pk), lambda pk, name: url("customers:reveal", pk, name))
PEOPLE_LINKS = Links(
    lambda pk, line: url("customers:of_contact", pk), lambda pk, name: url("customers:contact_reveal", pk, name)
)
STRIP = (
    "owner",
    "grade",
    "industry_code",
    "lifecycle_stage",
    "contact_region",
)  # the filters in sight; the rest unfold


def filters(request: Any, sheet: Sheet = CUSTOMERS) -> dict[str, Any]:
    """The filter strip: for each column that may be asked about, its choices and what is chosen."""
    found = []
    readable = sheet.readable(request.user)
    for column in sheet.columns:
        if not column.filter or column.name not in readable:
            continue
        name, told = column.name, request.GET.getlist(column.name)
        since, until = request.GET.get(f"{name}__from", ""), request.GET.get(f"{name}__to", "")
        choices = [
            {"code": c.code, "text": c.text, "also": c.also, "on": c.code in told} for c in column.kind.choices()
        ]
        picked = "、".join(str(c["text"]) for c in choices if c["on"]) or "、".join(told)
        span = f"{since} — {until}" if since or until else ""
        found.append(
            {
                "name": name,
                "label": sheet.label(name),
                "kind": column.kind.filter,
                "sheet": column.kind.sheet,
                "choices": choices,
                "told": picked or span,
                "since": since,
                "until": until,
                "clear": without(request, name),
                "first": name in STRIP or bool(picked or span),
            }
        )
    return {"filters": sorted(found, key=lambda one: STRIP.index(one["name"]) if one["name"] in STRIP else 99)}


def without(request: Any, name: str) -> str:
    """The address of this list without one of its filters."""
    told = request.GET.copy()
    for key in (name, f"{name}__from", f"{name}__to", "after", "before"):
        told.pop(key, None)
    return f"{request.path}?{told.urlencode()}"


@door("customers.see")
def customer_list(request: Any) -> HttpResponse:
    rows = queries.customers(request.user)
    mine = request.GET.get("owner") == str(request.user.pk)
    extra = {"mine": mine, "may": grants(request.user), "people": house().people}
    return list_page(request, CUSTOMERS, rows, "customers/list.html", LINKS, **extra, **filters(request))


def grants(person: Any) -> dict[str, bool]:
    """What the buttons of the customer pages need to know."""
    names = ("create", "change", "delete", "assign", "export", "import")
    return {name: may(person, f"customers.{name}") for name in names}


@door("contacts.see")
def contact_list(request: Any) -> HttpResponse:
    rows = queries.contacts(request.user)
    return list_page(request, CONTACTS, rows, "customers/contacts.html", PEOPLE_LINKS, **filters(request, CONTACTS))


@door("customers.delete")
def customer_bin(request: Any) -> HttpResponse:
    shown = [CUSTOMERS.by_name[name] for name in ("name", "customer_type", "industry_code", "owner", "changed_at")]
    links = Links(lambda pk, line: url("customers:bin"))
    return list_page(request, CUSTOMERS, queries.binned(request.user), "customers/bin.html", links, shown)


@door("customers.see")
def customer_page(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    contacts = list(queries.contacts_of(request.user, pk))
    shown = CUSTOMERS.reader(request.user, [pk])(customer.__dict__)
    read_contact = CONTACTS.reader(request.user, [contact.pk for contact in contacts])
    context = {
        "customer": customer,
        "shown": shown,
        "sections": facts(CUSTOMERS, shown, customer),
        "contacts": [(contact, read_contact(contact_row(contact, customer))) for contact in contacts],
        "gaps": lacking(shown, contacts, read_contact, customer),
        "history": told(request.user, customer),
        **company(customer),
        "grades": dictionary("grade").options(),
        "may": {
            "change": may(request.user, "customers.change", customer),
            "assign": may(request.user, "customers.assign", customer),
            "delete": may(request.user, "customers.delete", customer),
            "reveal": may(request.user, REVEAL, customer),
            "regrade": may(request.user, REGRADE, customer),
        },
        "label": CUSTOMERS.label,
        "sheet": CUSTOMERS,
    } | around(request, pk)
    return render(request, "customers/customer.html", context)


def lacking(shown: Any, contacts: list[Any], read_contact: Any, customer: Any) -> list[str]:
    """What is missing, as far as the reader may know: what may not be read counts as given."""
    own = {name: one.value if one.policy == "plain" else True for name, one in shown.items()}
    unread = dict.fromkeys(set(customer.__dict__) - own.keys(), True)
    theirs = [{name: one.value for name, one in read_contact(contact_row(c, customer)).items()} for c in contacts]
    if any("decision_role" not in one for one in theirs):
        theirs.append({"decision_role": "DECISION_MAKER"})
    return gaps(unread | own, theirs)


def company(customer: Any) -> dict[str, Any]:
    """Who works on the customer beside the owner, and who might."""
    mine, people = set(queries.collaborators(customer.pk)), house().people
    others = [(pk, one.name, pk in mine) for pk, one in people.items() if one.active and pk != customer.owner_id]
    return {"collaborators": [people[pk].name for pk in mine if pk in people], "colleagues": others}


def contact_row(contact: Any, customer: Any) -> dict[str, Any]:
    of = {
        "customer__name": customer.name,
        "customer__customer_no": customer.customer_no,
        "customer__customer_type": customer.customer_type,
    }
    return contact.__dict__ | of


def around(request: Any, pk: int) -> dict[str, Any]:
    """The neighbours in the list one came from, if it is said which."""
    back = request.GET.urlencode()
    if not back:
        return {"back": "", "before": None, "after": None}
    try:
        asked = ask(CUSTOMERS, request.user, request.GET)
    except Invalid:
        return {"back": "", "before": None, "after": None}
    rows = (
        queries.customers(request.user)
        .filter(asked.where)
        .order_by(asked.sort, "-id" if asked.sort.startswith("-") else "id")
    )
    before, after = queries.neighbours(rows, pk) if not asked.words else (None, None)
    return {"back": back, "before": before, "after": after}


def facts(sheet: Sheet, shown: dict[str, Shown], customer: Any) -> list[tuple[str, list[tuple[Column, Shown, str]]]]:
    """The filled facts in their sections; empty ones are one click away in the form."""
    found = []
    for key, title in SECTIONS.items():
        rows = [
            (column, shown[column.name], sheet.label(column.name))
            for column in sheet.columns
            if column.section == key
            and column.name in shown
            and shown[column.name].text
            and fits(column.name, customer.customer_type)
        ]
        if rows:
            found.append((str(title), rows))
    return found


def told(person: Any, customer: Any) -> list[dict[str, Any]]:
    """The history of a customer as this person may read it: a change of what they may not read says only that it was."""
    lines = []
    people, rules = house().people, {"customers": CUSTOMERS, "contacts": CONTACTS}
    for entry in queries.history(customer):
        sheet = rules.get(entry.record)
        lens = sheet.lens(person) if sheet else None
        policies = lens.rules(lens.closeness([entry.record_id or 0])(entry.record_id or 0)) if lens else {}
        changes = (
            [change_text(sheet, policies, name, pair) for name, pair in entry.kept.values.items()] if sheet else []
        )
        known = people.get(entry.who_id or 0)
        done_here = ACTIONS[entry.action].label if entry.action in ACTIONS else entry.action
        lines.append(
            {
                "by": f"{known.name if known else _('系统')} · {done_here}",
                "at": moment(entry.at),
                "changes": [] if entry.action.endswith(".create") else [one for one in changes if one][:MOST_CHANGES],
                "text": next((one["new"] for one in changes if one and entry.record == "contacts"), ""),
                "why": entry.why,
                "machine": known is None,
            }
        )
    return lines


def change_text(sheet: Any, policies: dict[str, str], attribute: str, pair: Any) -> dict[str, str] | None:
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


@door("customers.create", "GET", "POST")
def customer_create(request: Any) -> HttpResponse:
    person = request.user
    if request.method == "GET":
        kind = request.GET.get("type", "ENTERPRISE")[:30]
        return form_page(request, customer_form(person, kind=kind), contact_form(person, only=CONTACTS.quick))
    sent, contact = read_both(request)
    hard = [*sent.hard, *(Problem(f"{CONTACT}{p.field}", p.code, p.message, p.suggestion) for p in contact.hard)]
    if hard:
        return again(request, sent, contact, [*hard, *soft(sent, contact)])
    try:
        customer, wrong = attempt(
            lambda: register.register(
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
        return again(request, sent, contact, wrong)
    return done(request, _("已登记 %(name)s") % {"name": customer.name}, url("customers:page", customer.pk))


def read_both(request: Any) -> tuple[Posted, Posted]:
    return read(CUSTOMERS, request.user, request.POST), read(CONTACTS, request.user, request.POST, prefix=CONTACT)


def soft(sent: Posted, contact: Posted) -> list[Problem]:
    found = [problem for problem in sent.taken.problems if problem.soft]
    return found + [
        Problem(f"{CONTACT}{p.field}", p.code, p.message, p.suggestion, True) for p in contact.taken.problems if p.soft
    ]


def again(request: Any, sent: Posted, contact: Posted, wrong: Any) -> HttpResponse:
    own = [problem for problem in wrong if not problem.field.startswith(CONTACT)]
    theirs = [
        Problem(p.field.removeprefix(CONTACT), p.code, p.message, p.suggestion, p.soft)
        for p in wrong
        if p.field.startswith(CONTACT)
    ]
    forms = (
        customer_form(request.user, sent=sent, problems=own),
        contact_form(request.user, sent=contact, problems=theirs, only=CONTACTS.quick),
    )
    return form_page(request, *forms, status=422)


def form_page(
    request: Any, form: Any, contact: Any = None, customer: Any = None, status: int = 200, **extra: Any
) -> HttpResponse:
    told = {
        "form": form,
        "contact": contact,
        "customer": customer,
        "called": called(request, customer) if customer else "",
        "once": request.POST.get("once") or token(),
        **extra,
    }
    return render(request, EDIT, told, status=status)


def called(request: Any, customer: Any) -> str:
    """The name of a customer as the person may read it."""
    shown = CUSTOMERS.reader(request.user, [customer.pk])(customer.__dict__).get("name")
    return shown.text if shown else customer.customer_no


def token() -> str:
    return token_urlsafe(16)


@door("customers.change", "GET", "POST")
def customer_edit(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    if not may(request.user, "customers.change", customer):
        raise Refused("customers.change")
    if request.method == "GET":
        return form_page(request, customer_form(request.user, customer), customer=customer)
    sent = read(CUSTOMERS, request.user, request.POST, customer)
    wrong: Any = sent.hard
    if not wrong:
        version = request.POST.get("version", "")
        try:
            _customer, wrong = attempt(
                lambda: revise.revise(
                    request.user,
                    customer,
                    sent.taken.values,
                    version=whole_id(version) or 0,
                    states=sent.states if "_states" in request.POST else None,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    why=request.POST.get("why", "")[:500],
                )
            )
        except Stale:
            return conflict(request, pk, sent)
    if wrong:
        fresh = queries.customer(request.user, pk)
        shown = [*wrong, *(problem for problem in sent.taken.problems if problem.soft and problem not in wrong)]
        return form_page(
            request, customer_form(request.user, fresh, sent=sent, problems=shown), customer=fresh, status=422
        )
    return done(request, _("已保存"), url("customers:page", pk))


def conflict(request: Any, pk: int, sent: Posted) -> HttpResponse:
    """Somebody saved first: both versions side by side, nothing lost."""
    theirs = queries.customer(request.user, pk)
    shown = CUSTOMERS.reader(request.user, [pk])(theirs.__dict__)
    differences = []
    for name, value in sent.taken.values.items():
        column, there = CUSTOMERS.by_name[name], shown.get(name)
        if there is not None and there.policy == "plain" and (there.value or None) != (value or None):
            differences.append({"label": CUSTOMERS.label(name), "mine": column.kind.show(value), "theirs": there.text})
    form = customer_form(request.user, theirs, sent=sent)
    return form_page(request, form, customer=theirs, status=409, differences=differences)


@door("customers.assign", "GET", "POST")
def customer_transfer(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    wrong: Any = ()
    if request.method == "POST":
        owner = request.POST.get("owner", "")
        moved, wrong = attempt(
            lambda: owners.transfer(request.user, customer, whole_id(owner) or 0, request.POST.get("why", ""))
        )
        if not wrong:
            back = url("customers:page", pk) if may(request.user, "customers.see", customer) else url("customers:list")
            return done(request, _("已更换负责人"), back)
    told_people = [
        (one, known.name) for one, known in house().people.items() if known.active and one != customer.owner_id
    ]
    context = {
        "customers": [customer],
        "called": called(request, customer),
        "people": told_people,
        "problems": wrong,
        "action": request.path,
        "ids": [],
    }
    return render(request, "customers/transfer.html", context, status=422 if wrong else 200)


@door("customers.assign", "POST")
def customers_transfer(request: Any) -> HttpResponse:
    """Many at once: first asked to whom and why, then done."""
    ids = wanted(request)
    wrong: Any = ()
    if "owner" in request.POST:
        owner = request.POST.get("owner", "")
        moved, wrong = attempt(
            lambda: owners.transfer_many(request.user, ids, whole_id(owner) or 0, request.POST.get("why", ""))
        )
        if not wrong:
            return done(request, many(moved, _("%(n)d 个客户已更换负责人")), url("customers:list"))
    people = [(one, known.name) for one, known in house().people.items() if known.active]
    context = {
        "customers": [],
        "count": len(ids),
        "ids": ids,
        "people": people,
        "problems": wrong,
        "action": request.path,
    }
    return render(request, "customers/transfer.html", context, status=422 if wrong else 200)


def wanted(request: Any) -> list[int]:
    """The ticked rows, or all rows of the list as it was filtered."""
    if request.POST.get("all") != "1":
        return chosen(request.POST)
    asked = ask(CUSTOMERS, request.user, QueryDict(request.POST.get("query", "")[:4000]))
    return list(queries.customers(request.user).filter(asked.where).values_list("pk", flat=True)[: owners.MOST + 1])


def many(moved: tuple[int, int], text: str) -> str:
    done_here, not_there = moved
    said = text % {"n": done_here}
    return said + (
        ngettext(",%(n)d 个不在可操作范围内", ",%(n)d 个不在可操作范围内", not_there) % {"n": not_there}
        if not_there
        else ""
    )


@door("customers.delete", "POST")
def customers_drop(request: Any) -> HttpResponse:
    moved, wrong = attempt(lambda: bins.drop_many(request.user, wanted(request), request.POST.get("why", "")))
    return done(
        request, wrong[0].message if wrong else many(moved, _("%(n)d 个客户已放入回收站")), url("customers:list")
    )


@door("customers.delete", "POST")
def customer_drop(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    bins.drop(request.user, customer, request.POST.get("why", ""))
    return done(
        request,
        _("%(name)s 已放入回收站，30 天内可以恢复") % {"name": called(request, customer)},
        url("customers:list"),
    )


@door("customers.delete", "POST")
def customer_restore(request: Any, pk: int) -> HttpResponse:
    customer = queries.binned_customer(request.user, pk)
    _none, wrong = attempt(lambda: bins.restore(request.user, customer))
    if wrong:
        return done(request, wrong[0].message, url("customers:bin"))
    return done(request, _("%(name)s 已恢复") % {"name": called(request, customer)}, url("customers:page", pk))


@door("customers.regrade", "POST")
def customer_regrade(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    _none, wrong = attempt(
        lambda: grading.regrade(request.user, customer, request.POST.get("grade", ""), request.POST.get("why", ""))
    )
    return done(request, wrong[0].message if wrong else _("等级已调整"), url("customers:page", pk))


@door("customers.change", "POST")
def customer_collaborators(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    owners.set_collaborators(request.user, customer, chosen(request.POST, "people"))
    return done(request, _("协同人已更新"), url("customers:page", pk))


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
    return (
        {}
        if record.RECORD == "customers"
        else {"customer__name": "", "customer__customer_no": "", "customer__customer_type": ""}
    )


@door("customers.create", "GET")
def customer_twins(request: Any) -> HttpResponse:
    """Who might be the same, while somebody types a name, phone or credit code."""
    reveal.count(request.user, "twins")
    values = {name: request.GET.get(name, "")[:100].strip() for name in ("name", "uscc", "mobile", "customer_type")}
    matches = (
        find(values, [request.GET.get("contact.mobile", "")[:20]])
        if any(values[k] for k in ("name", "uscc", "mobile"))
        else []
    )
    return render(request, "customers/twins.html", {"problems": problems(matches[:5])})


@door("contacts.create", "GET", "POST")
def contact_create(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    if not may(request.user, "customers.change", customer):
        raise Refused("contacts.create")
    if request.method == "GET":
        return form_page(request, contact_form(request.user), customer=customer, of_contact=True)
    return save_contact(
        request,
        customer,
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
    )


@door("contacts.change", "GET", "POST")
def contact_edit(request: Any, pk: int) -> HttpResponse:
    contact = queries.contact(request.user, pk)
    if not may(request.user, "contacts.change", contact):
        raise Refused("contacts.change")
    if request.method == "GET":
        gone = url("customers:contact_drop", pk) if may(request.user, "contacts.delete", contact) else ""
        form = contact_form(request.user, contact)
        return form_page(request, form, customer=contact.customer, of_contact=True, drop=gone)
    version = request.POST.get("version", "")
    return save_contact(
        request,
        contact.customer,
        contact,
        lambda sent, known: people_there.revise_contact(
            request.user,
            contact,
            sent.taken.values,
            version=whole_id(version) or 0,
            accept=sent.accept,
            known=known,
        ),
    )


def save_contact(request: Any, customer: Any, contact: Any, rule: Any) -> HttpResponse:
    sent = read(CONTACTS, request.user, request.POST, contact)
    known = [problem for problem in sent.taken.problems if problem.soft]
    wrong: Any = sent.hard
    if not wrong:
        try:
            _saved, wrong = attempt(lambda: rule(sent, known))
        except AlreadyDone:
            return done(request, _("已经登记过了"), url("customers:page", customer.pk))
    if wrong:
        form = contact_form(request.user, contact, sent=sent, problems=wrong)
        return form_page(request, form, customer=customer, of_contact=True, drop="", status=422)
    return done(request, _("联系人已保存"), url("customers:page", customer.pk))


@door("contacts.delete", "POST")
def contact_drop(request: Any, pk: int) -> HttpResponse:
    contact = queries.contact(request.user, pk)
    people_there.drop_contact(request.user, contact, request.POST.get("why", ""))
    return done(request, _("联系人已删除"), url("customers:page", contact.customer_id))


@door("contacts.see")
def of_contact(request: Any, pk: int) -> HttpResponse:
    """A contact stands on its customer's page."""
    return redirect("customers:page", queries.contact(request.user, pk).customer_id)


@open_door("names of places are public", "GET", signed_in=True)
def regions(request: HttpRequest) -> JsonResponse:
    parent = request.GET.get("parent", "")
    return JsonResponse([{"code": one.code, "name": one.name} for one in addresses.children(parent)], safe=False)


@door("customers.export", "GET", "POST")
def customer_export(request: Any) -> HttpResponse:
    """Ask for the list as a file: few rows come at once, many in the background."""
    query = request.GET.urlencode() if request.method == "GET" else request.POST.get("query", "")[:4000]
    try:
        asked = ask(CUSTOMERS, request.user, QueryDict(query))
    except Invalid as error:
        return bad_request(request, error)
    rows = queries.found(request.user, asked, "export")
    count = rows.order_by()[:100_001].count()
    problems: Any = ()
    if request.method == "POST":
        wanted_file, problems = attempt(
            lambda: exports.ask(request.user, rows, query, request.POST.get("why", ""), request.POST.get("format", ""))
        )
        if not problems:
            if count <= 2000:
                exports.make(wanted_file, CUSTOMERS, CONTACTS, asked.where, rows)
            else:
                exports.waits(wanted_file, enqueue(jobs.make_export, wanted_file.pk, person_id=request.user.pk).pk)
            return redirect("customers:exports")
    context = {
        "count": count,
        "query": query,
        "problems": problems,
        "any": may(request.user, EXPORT_ANY),
        "few": exports.FEW,
    }
    return render(request, "customers/export.html", context, status=422 if problems else 200)


@door("customers.export")
def export_list(request: Any) -> HttpResponse:
    return render(request, "customers/exports.html", {"exports": queries.exports(request.user)})


@door("customers.export")
def export_fetch(request: Any, pk: int) -> HttpResponseBase:
    wanted_file = queries.export(request.user, pk)
    path, problems = attempt(lambda: exports.fetched(request.user, wanted_file))
    if problems:
        return done(request, problems[0].message, url("customers:exports"))
    name = f"{_('客户')}-{wanted_file.created_at:%Y%m%d}-{wanted_file.pk}.{wanted_file.format}"
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition(name)  # passed as `headers`, Django would put its own in its place
    return response
