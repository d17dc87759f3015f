"""The pages of paper forms: printed, scanned, entered; and what a customer's page shows of them."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.customers import queries as customers
from keji.customers.forms import read
from keji.customers.pages.edit import create_page
from keji.intake import queries
from keji.intake.pages.imports import attached
from keji.intake.rules import blank, card, paper
from keji.intake.sheet import FORMS, SECTIONS, TONES, timeliness
from keji.kernel.filenames import disposition
from keji.kernel.numbers import whole_id
from keji.records import files
from keji.records.entry import build, rules_for
from keji.records.filters import Strip
from keji.records.pages import Links, asks_part, attempt, done, list_page, panel_page, part, url

LINKS = Links(lambda pk, line: url("intake:form", pk), main="number", clips=True)
VIEWS = ("COLLECTED", "SCANNED", "UNSIGNED", "UNSCANNED", "PRINTED", "COMPLETE")
FIRST = ("state", "collected_on", "collector")
PAGE = "intake/form.html"
CHANNEL, SOURCE = "OFFLINE_INTERVIEW", "EXHIBITION"


def strip() -> Strip:
    return Strip(url("intake:forms") + "filters/", FIRST)


@door("forms.see")
def form_list(request: Any) -> HttpResponse:
    counts, asked = queries.waiting(request.user), request.GET.getlist("state")
    views = [
        (state, FORMS.by_name["state"].kind.show(state), counts[state], asked == [state])
        for state in VIEWS
        if state in counts
    ]
    may_add = may(request.user, "forms.create")
    return list_page(
        request,
        FORMS,
        queries.forms(request.user),
        "intake/forms.html",
        LINKS,
        strip=strip(),
        views=views,
        may_add=may_add,
    )


@door("forms.see")
def form_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, FORMS, name, url("intake:forms"), strip())


@door("forms.create", "GET", "POST")
def form_print(request: Any) -> HttpResponseBase:
    """New forms, each with its number, as one PDF or workbook."""
    copies, collector = whole_id(request.POST.get("copies", "1")) or 0, whole_id(request.POST.get("collector"))
    wrong: Any = ()
    if request.method == "POST":
        event = request.POST.get("event", "").strip()[:100]
        made, wrong = attempt(lambda: paper.issue(request.user, copies, event, collector))
        if made:
            return printed(request, made, bool(collector))
    context = {
        "people": queries.collectors(request.user, house().people),
        "most": paper.MOST,
        "copies": copies,
        "wrong": wrong,
    }
    return render(request, "intake/print.html", context, status=422 if wrong else 200)


def printed(request: Any, made: Any, named: bool) -> HttpResponseBase:
    told = blank.fill(request.user, made, named)
    name = f"{told['title']}-{made[0].number}"
    if request.POST.get("format") == "xlsx":
        kept = NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx")  # noqa: SIM115 -- closed by the response
        card.write_xlsx(Path(kept.name), *told["forms"])
        return attached(kept, f"{name}.xlsx")
    response = HttpResponse(card.write_pdf(told, "paper.typ"), content_type="application/pdf")
    response["Content-Disposition"] = disposition(f"{name}.pdf")
    return response


@door("forms.create", "POST")
def form_add(request: Any) -> HttpResponse:
    """A form that was not printed here gets a number, which is written on it."""
    [made] = paper.issue(request.user, 1)
    return done(request, _("编号 %(number)s，请写在纸上") % {"number": made.number}, url("intake:form", made.pk))


@door("forms.see")
def form_page(request: Any, pk: int) -> HttpResponse:
    form = queries.form(request.user, pk)
    name = next((one for one in ("face", "scanned") if asks_part(request, one)), "")
    return part(request, PAGE, name, around(request, form)) if name else page(request, form)


def page(request: Any, form: Any, sent: Any = None, wrong: Any = ()) -> HttpResponse:
    return render(request, PAGE, around(request, form, sent, wrong), status=422 if wrong else 200)


def around(request: Any, form: Any, sent: Any = None, wrong: Any = ()) -> dict[str, Any]:
    person = request.user
    it = seen(person, form)
    granted = {verb: may(person, f"forms.{verb}", form) for verb in ("change", "delete")}
    return {
        "form": form,
        "it": it,
        "labels": {name: FORMS.label(name) for name in FORMS.by_name},
        "tone": TONES.get(form.state, "grey"),
        "timeliness": timeliness(form, it),
        "lacking": lacking(form),
        "fields": draw(person, form, sent, wrong) if granted["change"] and not form.void else None,
        "files": files.panel(person, form, url("intake:form", form.pk)),
        "may": granted | {"enter": granted["change"] and may(person, "customers.create")},
        "scans": scans(person, form),
        "there": customer_near(person, form),
    }


def seen(person: Any, form: Any) -> Any:
    names = ("name", "customer_type")
    of = {f"customer__{name}": getattr(form.customer, name) if form.customer_id else "" for name in names}
    return FORMS.reader(person, [form.pk])(form.__dict__ | of)


def customer_near(person: Any, form: Any) -> str:
    """The address of the customer that was entered, for who may see it."""
    there = form.customer_id and customers.seen(person, {form.customer_id})
    return url("customers:page", form.customer_id) if there else ""


def lacking(form: Any) -> list[str]:
    """What still has to happen before the form is complete."""
    if form.void:
        return []
    steps = (
        (form.collected_on is None, _("采集日期")),
        (form.scanned_at is None, _("扫描件")),
        (not form.signed, _("客户签字")),
        (form.customer_id is None, _("录入")),
    )
    return [said for missing, said in steps if missing]


def draw(person: Any, form: Any, sent: Any = None, wrong: Any = ()) -> Any:
    raw, required = (sent.raw if sent else None), ("collector",)
    return build(
        FORMS, SECTIONS, rules_for(FORMS, person, form), record=form, raw=raw, problems=wrong, required=required
    )


@door("forms.change", "POST")
def form_edit(request: Any, pk: int) -> HttpResponse:
    form = queries.form(request.user, pk)
    sent = read(FORMS, request.user, request.POST, form)
    wrong: Any = sent.hard
    if not wrong:
        version = whole_id(request.POST.get("version")) or 0
        _none, wrong = attempt(lambda: paper.revise(request.user, form, sent.taken.values, version))
    if wrong:
        return page(request, queries.form(request.user, pk), sent, wrong)
    return done(request, _("已保存"), url("intake:form", pk))


@door("forms.create", "POST")
def form_again(request: Any, pk: int) -> HttpResponseBase:
    """The same form once more, under its number."""
    return printed(request, [queries.form(request.user, pk)], True)


@door("forms.delete", "POST")
def form_void(request: Any, pk: int) -> HttpResponse:
    form = queries.form(request.user, pk)
    _none, wrong = attempt(lambda: paper.cancel(request.user, form, request.POST.get("why", "")))
    level = messages.ERROR if wrong else messages.SUCCESS
    return done(request, wrong[0].message if wrong else _("表单已作废"), url("intake:form", pk), level)


@door("customers.create", "GET", "POST")
def form_enter(request: Any, pk: int) -> HttpResponse:
    """Enter a form as a customer, with its scans beside the fields."""
    person, form = request.user, queries.form(request.user, pk)
    if request.method == "GET" and (form.customer_id or form.void or form.collected_on is None):
        said = _("请先填写表单的采集日期") if form.collected_on is None else _("这张表单已经录入或作废")
        return done(request, said, url("intake:form", pk), messages.ERROR)
    begun = {"collection_channel": CHANNEL, "first_contact_date": form.collected_on, "source_detail": form.event}
    begun |= {"lead_source": SOURCE} if form.event else {}
    return create_page(
        request,
        lambda who, values, contact, **said: paper.enter(who, form, values, contact, **said),
        begun,
        template="intake/enter.html",
        paper=form,
        scans=scans(person, form),
        back=url("intake:form", pk),
    )


def scans(person: Any, form: Any) -> list[dict[str, Any]]:
    return [files.line(one) for one in queries.scans(person, form)]


def panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """What the customer's page shows of the forms on which it was collected, and whether they are complete (R-002-18)."""
    found = queries.forms_of(person, customer.pk) if customers.holds(customer, "forms") else []
    read = FORMS.reader(
        person, [one.pk for one in found], [one for one in FORMS.columns_for(person) if one.name != "customer"]
    )
    lines = [(one, read(one.__dict__)) for one in found]
    return {
        "forms": [
            {"pk": one.pk, "it": it, "timeliness": timeliness(one, it), "lacking": lacking(one)} for one, it in lines
        ]
    }
