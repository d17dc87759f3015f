"""The pages of tickets, and what the customer's page shows of them."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.fields import PLAIN
from keji.access.house import house
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.agenda import queries as agenda
from keji.agenda.sheet import TASKS
from keji.customers import queries as customers
from keji.customers.pages.panels import about, people_at, row_of, stands_of, wanted
from keji.customers.pages.record import called
from keji.customers.sheet import CUSTOMERS
from keji.deals import queries as deals
from keji.deals.sheet import DEALS
from keji.kernel.clock import start_of, today, zone
from keji.kernel.errors import Invalid, Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records import files, kinds
from keji.records.filters import Strip
from keji.records.pages import (
    Beside,
    Cell,
    Links,
    attempt,
    bad_request,
    differences,
    done,
    export_page,
    list_page,
    moment,
    panel_page,
    url,
)
from keji.records.sheet import Seen
from keji.records.terms import dictionary
from keji.service import forms, jobs, queries
from keji.service.rules import handovers, tickets
from keji.service.sheet import SECTIONS, TICKETS, late

LINKS = Links(lambda pk, line: url("service:page", pk), main="ticket_no", clips=True)
FIRST = ("kind", "state", "handler", "reported_at", "satisfaction")
TONES = {"OPEN": "amber", "DOING": "blue", "SOLVED": "green"}
LINES = ("progress", "result", "satisfaction", "satisfaction_note")
PERIODS = (30, 90, 365)
DAY = kinds.Day()


def strip() -> Strip:
    return Strip(url("service:list") + "filters/", FIRST)


def grants(person: Any) -> dict[str, bool]:
    return {verb: may(person, f"tickets.{verb}") for verb in ("create", "change", "delete", "export")}


@door("tickets.see")
def ticket_list(request: Any) -> HttpResponse:
    rows, person = queries.tickets(request.user), request.user
    timed = {"due_at", "state"} <= TICKETS.readable(person)
    extra = {
        "may": grants(person),
        "mine": request.GET.get("handler") == str(person.pk),
        "late": queries.overdue(rows).count() if timed else 0,
        "until": moment(datetime.now(zone())).replace(" ", "T"),
    }
    links = replace(LINKS, beside=lambda ids: delays(person, ids)) if timed else LINKS
    return list_page(request, TICKETS, rows, "service/list.html", links, strip=strip(), **extra)


def delays(person: Any, ids: list[int]) -> Beside:
    """How late these tickets are, beside when they are due."""
    cells = {one.pk: Cell("tag", late(one.__dict__), tone="red") for one in queries.overdue_among(person, ids)}
    return Beside(_("超时"), cells, low=False)


@door("tickets.see")
def ticket_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, TICKETS, name, url("service:list"), strip())


@door("tickets.delete")
def ticket_bin(request: Any) -> HttpResponse:
    shown = [TICKETS.by_name[name] for name in ("ticket_no", "customer", "kind", "problem", "handler")]
    links = Links(lambda pk, line: url("service:bin"), main="ticket_no")
    return list_page(request, TICKETS, queries.binned(request.user), "service/bin.html", links, shown)


@door("tickets.export", "GET", "POST", recent=True)
def ticket_export(request: Any) -> HttpResponse:
    return export_page(request, jobs.EXPORT, "service/export.html")


@door("tickets.create", "GET", "POST")
def ticket_new(request: Any) -> HttpResponse:
    """Write one down; the customer comes along with the address, or is found on the form."""
    told = request.POST if request.method == "POST" else request.GET
    customer, lost = wanted(request.user, told.get("_customer", "")[:20].strip())
    if request.method == "GET":
        return new_page(request, customer, problems=lost)
    sent = forms.read(request.user, request.POST)
    lost = lost or ([Problem("_customer", "E_REQUIRED", _("请先选择客户"))] if customer is None else [])
    wrong: Any = [*lost, *sent.hard]
    if not wrong:
        try:
            made, wrong = attempt(
                lambda: tickets.open_ticket(
                    request.user,
                    sent.taken.values | {"contact": whole_id(request.POST.get("_contact"))},
                    customer,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    once=request.POST.get("_once", "")[:80],
                )
            )
        except AlreadyDone as error:
            return done(request, _("已经登记过了"), url("service:page", error.record_id))
    if wrong:
        return new_page(request, customer, sent, wrong)
    return done(request, _("已登记服务单 %(no)s") % {"no": made.ticket_no}, url("service:page", made.pk))


@door("tickets.create")
def ticket_facts(request: Any) -> HttpResponse:
    """What a chosen customer brings to the form: its facts, and its contacts to choose from."""
    known = about(request.user, customers.customer(request.user, request.GET.get("customer", "")[:20] or "0"))
    contacts = [(pk, name, False) for pk, name, _role in known["contacts"]]
    told = {"shown": known["shown"], "contacts": contacts, "refused": False, "label": TICKETS.label("contact")}
    return render(request, "deals/about.html", told)


def new_page(request: Any, customer: Any, sent: Any = None, problems: Any = ()) -> HttpResponse:
    lost = [one for one in problems if one.field == "_customer"]
    kind = request.GET.get("kind", "")[:30]
    context = {
        "form": forms.ticket_form(request.user, kind=kind, sent=sent, problems=[one for one in problems if one not in lost]),
        "customer": customer,
        "lost": lost[0] if lost else None,
        "called": called(request, customer) if customer else "",
        "cares": cares(request.user, customer) if customer else [],
        "contacts": people_at(request.user, customer, whole_id(request.POST.get("_contact"))) if customer else [],
        "once": request.POST.get("_once") or token_urlsafe(16),
    }
    return render(request, "service/edit.html", context, status=422 if problems else 200)


def cares(person: Any, customer: Any) -> list[str]:
    """How the customer wants to be reached, as far as the person may read it."""
    names = ("do_not_call", "channel_preference", "preferences")
    shown = CUSTOMERS.reader(person, [customer.pk], [CUSTOMERS.by_name[name] for name in names])(customer.__dict__)
    found = [_("客户要求勿电话打扰")] if shown["do_not_call"].value else []
    if shown["channel_preference"].text:
        found.append(_("偏好用%(how)s联系") % {"how": shown["channel_preference"].text})
    return [*found, shown["preferences"].text] if shown["preferences"].text else found


def row(ticket: Any) -> dict[str, Any]:
    """A ticket as its sheet reads it, with what it says of others."""
    return row_of(ticket, ticket.customer) | {"contact__name": ticket.contact.name if ticket.contact_id else ""}


@door("tickets.see")
def ticket_page(request: Any, pk: int) -> HttpResponse:
    person, ticket = request.user, queries.ticket(request.user, pk)
    shown = TICKETS.reader(person, [pk])(row(ticket))
    context = {
        "ticket": ticket,
        "shown": shown,
        "late": late(row(ticket)) if shown["due_at"].policy == PLAIN else "",
        "provisional": ticket.provisional and ticket.state != "SOLVED" and shown["due_at"].policy == PLAIN,
        "tone": TONES[ticket.state],
        "sections": facts(shown),
        "cares": cares(person, ticket.customer),
        "deal": ticket.deal_id if ticket.deal_id and may(person, "deals.see", ticket.deal) else None,
        "files": files.panel(person, ticket, url("service:page", pk)),
        "may": {verb: may(person, f"tickets.{verb}", ticket) for verb in ("change", "delete")},
    }
    return render(request, "service/ticket.html", context)


def facts(shown: Any) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The filled facts in their sections."""
    found = []
    for key, title in SECTIONS.items():
        names = [c.name for c in TICKETS.columns if c.section == key]
        names += {"base": ["contact"], "work": ["due_at", "responded_at", "solved_at"]}.get(key, [])
        rows = [(TICKETS.label(name), shown[name]) for name in names if name in shown and shown[name].text]
        if rows:
            found.append((str(title), rows))
    return found


@door("tickets.change", "GET", "POST")
def ticket_edit(request: Any, pk: int) -> HttpResponse:
    ticket = queries.ticket(request.user, pk)
    if not may(request.user, "tickets.change", ticket):
        raise Refused("tickets.change")
    if request.method == "GET":
        return edit_page(request, ticket)
    sent = forms.read(request.user, request.POST, ticket)
    wrong: Any = sent.hard
    if not wrong:
        values = dict(sent.taken.values)
        if "_contact" in request.POST:
            values["contact"] = whole_id(request.POST["_contact"])
        try:
            _made, wrong = attempt(
                lambda: tickets.revise_ticket(
                    request.user,
                    ticket,
                    values,
                    version=whole_id(request.POST.get("version")) or 0,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                )
            )
        except Stale:
            return conflict(request, pk, sent)
    if wrong:
        return edit_page(request, queries.ticket(request.user, pk), sent, wrong, 422)
    return done(request, _("已保存"), url("service:page", pk))


@door("deals.change", "GET", "POST")
def handover(request: Any, pk: int) -> HttpResponse:
    """A signed deal is handed to service: what they have to know, and who takes over."""
    person, deal = request.user, deals.deal(request.user, pk)
    if not may(person, "deals.change", deal):
        raise Refused("deals.change")
    wrong: Any = ()
    takers = tickets.takers()
    if request.method == "POST":
        told = handed_over(request.POST)
        made, wrong = attempt(lambda: handovers.hand_over(person, deal, told))
        if made:
            there = url("service:page", made.pk) if may(person, "tickets.see", made) else url("deals:page", pk)
            return done(request, _("已交接给%(name)s：%(no)s") % {"name": takers[made.handler_id], "no": made.ticket_no}, there)
    else:
        told = proposed(person, deal)
    ticket, due = handovers.handed(deal), handovers.due_on(deal)
    context = {
        "deal": deal,
        "called": called(request, deal.customer),
        "told": told,
        "fields": [(name, str(label), getattr(told, name), handovers.MOST[name], name == "summary") for name, label in handovers.TELLS.items()],
        "takers": sorted((name, pk) for pk, name in takers.items()),
        "contacts": people_at(person, deal.customer, told.contact),
        "ticket": ticket if ticket and may(person, "tickets.see", ticket) else None,
        "over": ticket is not None,
        "due": due.isoformat() if due else "",
        "wrong": {one.field: [one] for one in wrong},
        "loose": [one for one in wrong if one.field == "deal"],
    }
    return render(request, "service/handover.html", context, status=422 if wrong else 200)


def handed_over(data: Any) -> Any:
    """What was posted."""
    said = {name: data.get(name, "").strip()[:1000] for name in handovers.TELLS}
    return handovers.Told(whole_id(data.get("handler")), whole_id(data.get("contact")), **said)


def proposed(person: Any, deal: Any) -> Any:
    """What the form begins with: the deal without its amounts, the people, what was promised and is still open."""
    it = DEALS.reader(person, [deal.pk], [DEALS.by_name[name] for name in ("name", "products", "won_date")])(deal.__dict__)
    what = [it["name"].text, it["products"].text, _("签约 %(day)s") % {"day": it["won_date"].text} if it["won_date"].text else ""]
    names = [name for _pk, name, _on in people_at(person, deal.customer, None)]
    open_ones = agenda.promises(person, deal.customer_id) if may(person, "tasks.see") else []
    read = TASKS.reader(person, [one.pk for one in open_ones], [TASKS.by_name["title"]])
    promised = [text for one in open_ones if (text := read(one.__dict__)["title"].text)]
    return handovers.Told(
        None,
        deal.contact_id,
        summary=_("；").join(one for one in what if one)[: handovers.MOST["summary"]],
        people=_("、").join(names)[: handovers.MOST["people"]],
        commitments=_("；").join(promised)[: handovers.MOST["commitments"]],
    )


def edit_page(
    request: Any, ticket: Any, sent: Any = None, problems: Any = (), status: int = 200, **extra: Any
) -> HttpResponse:
    chosen = whole_id(request.POST.get("_contact")) if sent else ticket.contact_id
    shown = TICKETS.reader(request.user, [ticket.pk])(row(ticket))
    context = {
        "form": forms.ticket_form(request.user, ticket, sent=sent, problems=problems),
        "ticket": ticket,
        "customer": ticket.customer,
        "called": f"{ticket.ticket_no} · {called(request, ticket.customer)}",
        "cares": cares(request.user, ticket.customer),
        "contacts": people_at(request.user, ticket.customer, chosen) if shown["contact"].policy == PLAIN else [],
        "drop": may(request.user, "tickets.delete", ticket),
        **extra,
    }
    return render(request, "service/edit.html", context, status=status)


def conflict(request: Any, pk: int, sent: Any) -> HttpResponse:
    """Somebody saved first: both versions side by side, nothing lost."""
    theirs = queries.ticket(request.user, pk)
    shown = TICKETS.reader(request.user, [pk])(row(theirs))
    told = differences(TICKETS, shown, sent.taken.values)
    return edit_page(request, theirs, sent, status=409, differences=told)


@door("tickets.delete", "POST")
def ticket_drop(request: Any, pk: int) -> HttpResponse:
    ticket = queries.ticket(request.user, pk)
    _none, wrong = attempt(lambda: tickets.drop_ticket(request.user, ticket, request.POST.get("why", "")))
    return done(request, wrong[0].message if wrong else _("服务单已放入回收站，30 天内可以恢复"), url("service:list"))


@door("tickets.delete", "POST")
def ticket_restore(request: Any, pk: int) -> HttpResponse:
    tickets.restore_ticket(request.user, queries.binned_ticket(request.user, pk))
    return done(request, _("服务单已恢复"), url("service:page", pk))


def panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """What the customer's page shows of tickets: those waiting first."""
    found = queries.of_customer(person, customer.pk) if customers.holds(customer, "tickets") else []
    read = TICKETS.reader(person, [one.pk for one in found], stands=stands_of(person, customer))
    lines = [line(one, read(row_of(one, customer) | {"contact__name": ""})) for one in found]
    lines.sort(key=lambda one: one["state"] == "SOLVED")
    return {"tickets": lines[:8], "add": may(person, "tickets.create"), "customer": customer.pk}


def lines(person: Any, found: list[Any]) -> list[dict[str, Any]]:
    """Tickets with their customers, as lines of a page."""
    read = TICKETS.reader(person, [one.pk for one in found])
    return [line(one, read(row(one))) for one in found]


def line(ticket: Any, it: Seen) -> dict[str, Any]:
    return {
        "pk": ticket.pk,
        "it": it,
        "state": it["state"].value,
        "tone": TONES.get(it["state"].value, "grey"),
        "late": late(ticket.__dict__) if it["due_at"].policy == PLAIN else "",
    }


def timeline(
    person: Any, customer: Any, before: tuple[datetime, int] | None, most: int, stands: frozenset[str]
) -> list[dict[str, Any]]:
    """The tickets of a customer, as entries of its timeline."""
    found = queries.of_customer(person, customer.pk, before, most) if customers.holds(customer, "tickets") else []
    read = TICKETS.reader(person, [one.pk for one in found], stands=stands)
    return [entry(one, read(row(one) if one.contact_id else row_of(one, customer) | {"contact__name": ""})) for one in found]


def entry(ticket: Any, it: Seen) -> dict[str, Any]:
    told = [it[name].text for name in ("ticket_no", "kind", "channel", "handler")]
    behind = late(ticket.__dict__) if it["due_at"].policy == PLAIN else ""
    tags = [{"text": it["state"].text, "tone": TONES.get(it["state"].value, "grey")}] if it["state"].text else []
    return {
        "source": "tickets",
        "at": ticket.reported_at,
        "id": ticket.pk,
        "anchor": f"ticket-{ticket.pk}",
        "by": " · ".join(filter(None, told)),
        "when": it["reported_at"].text,
        "text": it["problem"].text,
        "lines": [(TICKETS.label(name), it[name].text) for name in LINES if it[name].text],
        "tags": [*tags, *([{"text": behind, "tone": "red"}] if behind else [])],
        "href": url("service:page", ticket.pk),
    }


@door("tickets.see")
def satisfaction(request: Any) -> HttpResponse:
    """How satisfied customers are: mean and spread of scores by kind, handler and product; how long they wait; who complains again."""
    person = request.user
    if not {"satisfaction", "kind", "handler", "products", "reported_at", "solved_at", "responded_at"} <= TICKETS.readable(person):
        raise Refused("tickets.see")
    try:
        since, until, days = period(request.GET)
    except Invalid as error:
        return bad_request(request, error)
    rows = queries.reported(person, start_of(since), start_of(until + timedelta(days=1)))
    people, book = house().people, dictionary("ticket_kind")
    again = repeated(queries.complaints(rows))
    context = {
        "since": since,
        "until": until,
        "days": days,
        "periods": PERIODS,
        "whole": score({None: _("全部")}, queries.scores(rows, "deleted_at")),
        "groups": [
            (_("按服务类型"), score({code: word.text for code, word in book.words.items()}, queries.scores(rows, "kind")), "kind"),
            (_("按处理人"), score({pk: one.name for pk, one in people.items()}, queries.scores(rows, "handler_id")), "handler"),
        ],
        "products": of_products(queries.by_product(rows)),
        "again": again,
    }
    return render(request, "service/satisfaction.html", context)


def period(told: Any) -> tuple[date, date, int]:
    """From when to when: the last so many days, or two days as typed. Raises Invalid."""
    days = told.get("days", "90")
    if told.get("from") or told.get("to"):
        since, until = (day_typed(told.get(name)) for name in ("from", "to"))
        return since, until, 0
    if not days.isdecimal() or len(days) > 4 or not 1 <= int(days) <= 3660:
        raise Invalid("E_FIELD", _("天数是 1 到 3660"))
    return today() - timedelta(days=int(days) - 1), today(), int(days)


def day_typed(told: str | None) -> date:
    found: Any = DAY.parse(told).value if told else None
    return found or today()


def score(names: dict[Any, str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups as the table shows them."""
    found = []
    for one in rows:
        key = next((value for name, value in one.items() if name in ("kind", "handler_id", "deleted_at")), None)
        found.append(
            {
                "key": key,
                "name": names.get(key) or _("未填"),
                "number": one["number"],
                "rated": one["rated"],
                "mean": f"{one['mean']:.2f}" if one["mean"] is not None else "—",
                "spread": [one[f"n{n}"] for n in range(1, 6)],
                "response": spell(one["response"]),
                "solution": spell(one["solution"]),
            }
        )
    return found


def spell(span: timedelta | None) -> str:
    """How long something took, in hours up to two days, then in days."""
    if span is None:
        return "—"
    hours = span.total_seconds() / 3600
    return _("%(n).1f 小时") % {"n": hours} if hours < 48 else _("%(n).1f 天") % {"n": hours / 24}


def of_products(rows: list[tuple[list[str], int | None]]) -> list[tuple[str, int, str]]:
    """Each product with how many scores it has and their mean."""
    told: dict[str, list[int]] = defaultdict(list)
    for products, given in rows:
        for code in products:
            told[code].append(given or 0)
    book = dictionary("product")
    found = [(book.text(code), len(given), f"{sum(given) / len(given):.2f}") for code, given in told.items()]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def repeated(rows: list[tuple[int, datetime]]) -> int:
    """How many complaints came within ninety days of another one of the same customer."""
    pairs = zip(rows, rows[1:], strict=False)
    return sum(one == other and then - at <= timedelta(days=queries.REPEATS) for (one, at), (other, then) in pairs)
