"""The pages of an import: upload, columns, check, enter, result."""

from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.customers import queries as customers
from keji.customers.rules.required import PROFILES
from keji.customers.rules.required import label as field_label
from keji.customers.sheet import CUSTOMERS
from keji.intake import jobs, queries
from keji.intake.rules import card, checking, entering, mapping, results, staging
from keji.intake.rules.book import NUMBER, NUMBER_TITLE, OWN_NUMBER, of_target, pages
from keji.intake.rules.template import template_file
from keji.kernel.errors import Invalid, Problem
from keji.kernel.filenames import disposition
from keji.kernel.numbers import whole_id
from keji.kernel.rewording import reworded
from keji.queue import cancel, enqueue, job
from keji.records.pages import attempt, done, export_page, on_disk, url

IMPORT = "customers.import"
SHOWN = 100


@door(IMPORT)
def run_list(request: Any) -> HttpResponse:
    return render(request, "intake/list.html", {"runs": list(queries.runs(request.user)[:50]), "paper": may(request.user, "forms.see")})


@door(IMPORT, "GET", "POST")
def upload(request: Any) -> HttpResponse:
    if request.method == "GET":
        return render(request, "intake/upload.html", {})
    sent = request.FILES.get("file")
    if sent is None:
        return render(request, "intake/upload.html", {"problem": _("请选择文件")}, status=422)
    if sent.size > 20 * 1024 * 1024:
        return render(
            request,
            "intake/upload.html",
            {"problem": _("文件超过 20 MB，请拆开再传，或由管理员用命令行导入")},
            status=413,
        )
    with on_disk(sent) as kept:
        try:
            run = staging.stage(request.user, kept, sent.name or "", request.POST.get("password") or None)
        except Invalid as error:
            wants = error.code == "E_FILE_PASSWORD"
            return render(request, "intake/upload.html", {"problem": error.message, "password": wants}, status=422)
    return redirect("intake:columns", run.pk)


@door(IMPORT)
def template(request: Any) -> FileResponse:
    kept = NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx")  # noqa: SIM115 -- closed by the response
    template_file(Path(kept.name))
    return attached(kept, _("客户导入模板") + ".xlsx")


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attached(kept: Any, name: str) -> FileResponse:
    response = FileResponse(kept, content_type=XLSX)
    response["Content-Disposition"] = disposition(name)  # passed as `headers`, Django would put its own in its place
    return response


@door("customers.export", "POST", recent=True)
def workbook_export(request: Any) -> HttpResponse:
    """Ask for the whole workbook of the customers of a list."""
    return export_page(request, jobs.WORKBOOK, "customers/export.html")


OPTIONS = (
    "mode",
    "key",
    "profile",
    "no_owner",
    "lead_source",
    "collection_channel",
    "authorisation_ref",
    "authorisation_until",
)


@door(IMPORT, "GET", "POST")
def columns(request: Any, pk: int) -> HttpResponse:
    run = queries.run(request.user, pk)
    if run.state in staging.ENTERED:
        return begun(request, run)
    problems: Any = ()
    if request.method == "POST":
        told = {
            str(place): [posted(request, place, n) for n in range(len(one["titles"]))]
            for place, one in enumerate(run.sheets)
        }
        options = {name: request.POST[name][:100] for name in OPTIONS if request.POST.get(name)} | {
            "waive": request.POST.getlist("waive")
        }
        options, wrong = checking.read_facts(options)
        problems = [*wrong_mapping(told), *wrong]
        if not problems:
            staging.set_mapping(request.user, run, told, options)
            mapping.remember(request.user, run)
            if "declared" in request.POST:
                checking.declare_lawful(run, request.user)
            return start_check(request, run)
    context = {
        "run": run,
        "sheets": [
            (one, list(zip(one["titles"], run.mapping.get(str(place), []), samples(run, place), strict=False)), place)
            for place, one in enumerate(run.sheets)
        ],
        "targets": target_options(),
        "problems": problems,
        "profiles": PROFILES,
        "profile": run.options.get("profile") or house()["profile"],
        "options": run.options,
        "sources": CUSTOMERS.by_name["lead_source"].kind.choices(),
        "channels": CUSTOMERS.by_name["collection_channel"].kind.choices(),
        "waivable": [(name, field_label(name)) for name in checking.waivable(run)],
    }
    return render(request, "intake/columns.html", context, status=422 if problems else 200)


def begun(request: Any, run: Any) -> HttpResponse:
    """Somebody went back from the result, or has the check open in another tab."""
    _nothing, problems = attempt(lambda: staging.unentered(run))
    return done(request, problems[0].message, url("intake:result", run.pk), messages.ERROR)


def posted(request: Any, place: int, number: int) -> str:
    target = request.POST.get(f"map-{place}-{number}", "")
    return target if target in mapping.targets() else ""


def wrong_mapping(told: dict[str, list[str]]) -> list[Problem]:
    for one in told.values():
        used = [target for target in one if target]
        if len(used) != len(set(used)):
            return [Problem("mapping", "E_MAPPING", _("同一个字段对应了两列，请改掉一个"))]
    if not any("name" in one or OWN_NUMBER in one for one in told.values()):
        return [Problem("mapping", "E_MAPPING", _("至少要有一列对应“客户名称”或“客户编号”"))]
    return []


def target_options() -> list[tuple[str, str, list[tuple[str, str]]]]:
    groups = []
    for page in pages():
        names = [column.name for column in (*page.sheet.columns, *page.extra) if page.read(column.name)]
        told = [(f"{page.prefix}{name}", page.label(name)) for name in names]
        if page.prefix:
            told.append((f"{page.prefix}{NUMBER}", str(NUMBER_TITLE)))
        groups.append((page.prefix, str(page.sheet.title), told))
    places = [("place.province", _("省份")), ("place.city", _("城市")), ("place.district", _("区县"))]
    groups.append(("place.", _("所在地区（分列）"), places))
    return groups


def samples(run: Any, place: int) -> list[str]:
    found = queries.samples(run, place)
    width = len(run.sheets[place]["titles"])
    return [
        " · ".join(str(cells[n])[:24] for cells in found if n < len(cells) and cells[n] not in (None, ""))
        for n in range(width)
    ]


def start_check(request: Any, run: Any) -> HttpResponse:
    """A small file is checked at once, a large one in the background."""
    if staging.light(run):
        _counts, problems = attempt(lambda: checking.check(run, request.user))
        if problems:
            staging.fail(run, problems[0].message)
    else:
        staging.begin(run, "CHECKING", enqueue(jobs.check_file, run.pk, request.user.pk, person_id=request.user.pk).pk)
    return redirect("intake:check", run.pk)


STATES = {"bad": ("BAD",), "twin": ("TWIN",), "doubt": ("DOUBT",), "ready": ("READY",), "all": ()}


@door(IMPORT)
def check(request: Any, pk: int) -> HttpResponse:
    run = queries.run(request.user, pk)
    if run.state in ("DONE", "REVERTED", "CANCELLED", "RUNNING"):
        return redirect("intake:result", pk)
    show = request.GET.get("show", "bad")
    states = run.counts.get("states", {})
    if show == "bad" and not states.get("BAD") and "show" not in request.GET:
        show = "twin" if states.get("TWIN") else "doubt" if states.get("DOUBT") else "ready"
    lines = queries.lines(
        run,
        STATES.get(show, ("BAD",)),
        request.GET.get("column", "")[:60],
        whole_id(request.GET.get("after")) or 0,
        SHOWN,
    )
    context = {
        "run": run,
        "problem": reworded(run.problem),
        "show": show,
        "told": tally(run),
        "columns": [(name, field_name(name), n) for name, n in run.counts.get("columns", {}).items()],
        "column": request.GET.get("column", ""),
        "people": [(one, known.name) for one, known in house().people.items() if known.active],
        "tables": [
            (run.sheets[place], [shown(line, run) for line in together])
            for place, together in groupby(lines[:SHOWN], key=attrgetter("sheet"))
        ],
        "more": lines[SHOWN - 1].pk if len(lines) > SHOWN else 0,
        "job": job(run.job_id) if run.job_id and run.state == "CHECKING" else None,
    }
    return render(request, "intake/check.html", context)


def tally(run: Any) -> dict[str, Any]:
    strangers = [name for name in run.counts.get("strangers", {}) if name not in run.people]
    return {"states": run.counts.get("states", {}), "acts": run.counts.get("acts", {}), "strangers": strangers}


def field_name(name: str) -> str:
    page, own = of_target(name)
    return str(NUMBER_TITLE) if own == NUMBER else page.label(own) if page.column(own) else name


def shown(line: Any, run: Any) -> dict[str, Any]:
    """A row with what is said about each of its cells; what belongs to no cell stands at the row."""
    targets = run.mapping.get(str(line.sheet), [])
    titles = run.sheets[line.sheet]["titles"]
    problems = [[field, code, reworded(message), hint, soft] for field, code, message, hint, soft in line.problems]
    cells = []
    for n in range(len(titles)):
        target = targets[n] if n < len(targets) else ""
        told = [p for p in problems if p[0] == target and target]
        raw = line.cells[n] if n < len(line.cells) else None
        cells.append(
            {
                "n": n,
                "text": "" if raw is None else str(raw),
                "bad": [p for p in told if not p[4]],
                "doubt": [p for p in told if p[4]],
            }
        )
    loose = [p for p in problems if p[0] not in targets]
    return {"line": line, "cells": cells, "loose": loose}


@door(IMPORT, "POST")
def mend(request: Any, pk: int, line: int) -> HttpResponse:
    """One cell of a problem row, mended in place: checked again, the row shown anew."""
    row, run = queries.line(request.user, pk, line), queries.run(request.user, pk)
    column = whole_id(request.POST.get("column"))
    if run.state in staging.ENTERED:
        return begun(request, run)
    if column is None or column >= len(run.sheets[row.sheet]["titles"]):
        return HttpResponse(status=422)
    checking.mend(run, request.user, row, column, request.POST.get("value", ""))
    return checked_row(request, run, row)


def checked_row(request: Any, run: Any, row: Any) -> HttpResponse:
    """A row as it was found anew, and the counts that changed with it."""
    row.refresh_from_db()
    show = request.GET.get("show", "")
    told = {"row": shown(row, run), "run": run, "told": tally(run), "show": show if show in STATES else "bad"}
    return render(request, "intake/row.html", told)


@door(IMPORT, "POST")
def take_in(request: Any, pk: int, line: int) -> HttpResponse:
    row, run = queries.line(request.user, pk, line), queries.run(request.user, pk)
    if run.state in staging.ENTERED:
        return begun(request, run)
    checking.take_in(run, request.user, row, request.POST.get("chosen") == "1")
    if request.headers.get("HX-Request") != "true":
        return redirect(f"{url('intake:check', pk)}?{urlencode({'show': request.GET.get('show', '')})}")
    return checked_row(request, run, row)


@door(IMPORT, "POST")
def meet(request: Any, pk: int) -> HttpResponse:
    """Who the unknown people of the file are."""
    run = queries.run(request.user, pk)
    if run.state in staging.ENTERED:
        return begun(request, run)
    told: dict[str, Any] = {}
    for n, name in enumerate(run.counts.get("strangers", {})):
        choice = request.POST.get(f"who-{n}", "")
        if choice in ("importer", "pool", "former"):
            told[name] = choice
        elif (known := whole_id(choice)) in house().people:
            told[name] = known
    checking.introduce(run, request.user, told)
    return start_check(request, run)


@door(IMPORT, "POST")
def enter(request: Any, pk: int) -> HttpResponse:
    run = queries.run(request.user, pk)
    if "declared" in request.POST:
        checking.declare_lawful(run, request.user)
    if run.declared_at is None:
        return done(request, _("请先勾选“资料来源合法”"), url("intake:check", pk))
    if run.state != "CHECKED":
        return redirect("intake:result", pk)
    staging.begin(
        run,
        "RUNNING",
        enqueue(jobs.enter_file, run.pk, request.user.pk, person_id=request.user.pk, key=f"import-{run.pk}").pk,
    )
    return redirect("intake:result", pk)


@door(IMPORT)
def result(request: Any, pk: int) -> HttpResponse:
    run = queries.run(request.user, pk)
    context = {
        "run": run,
        "problem": reworded(run.problem),
        "result": run.counts.get("result"),
        "reverted": run.counts.get("reverted"),
        "job": job(run.job_id) if run.job_id else None,
    }
    return render(request, "intake/result.html", context)


@door(IMPORT)
def error_rows(request: Any, pk: int) -> FileResponse:
    run = queries.run(request.user, pk)
    kept = NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx")  # noqa: SIM115 -- closed by the response
    results.error_file(run, Path(kept.name))
    stem = Path(run.name).stem[:60]
    return attached(kept, f"{stem}-{_('未导入')}.xlsx")


@door(IMPORT, "POST")
def stop(request: Any, pk: int) -> HttpResponse:
    run = queries.run(request.user, pk)
    if run.job_id:
        cancel(run.job_id)
    return done(request, _("已请求停止，做完的部分会保留"), url("intake:result", pk))


@door(IMPORT, "POST")
def revert(request: Any, pk: int) -> HttpResponse:
    run = queries.run(request.user, pk)
    counts, problems = attempt(lambda: entering.revert(run, request.user))
    if problems:
        return done(request, problems[0].message, url("intake:result", pk))
    said = _("已撤销：%(gone)d 个新客户放入回收站，%(restored)d 个恢复原值，%(kept)d 个之后改过的保留") % counts
    if counts.get("back"):
        said += _("；收回 %(back)d 条联系人、跟进和商机") % counts
    return done(request, said, url("intake:result", pk))


@door(IMPORT, "POST")
def again(request: Any, pk: int) -> HttpResponse:
    """The same file once more, from its columns on. A locked one asks for its password: none is kept."""
    run = queries.run(request.user, pk)
    try:
        fresh = staging.again(request.user, run, request.POST.get("password") or None)
    except Invalid as error:
        if error.code == "E_FILE_PASSWORD":
            return render(request, "intake/again.html", {"run": run, "problem": error.message}, status=422)
        return done(request, error.message, url("intake:result", pk))
    return redirect("intake:columns", fresh.pk)


@door("customers.see", "GET", "POST")
def card_print(request: Any, pk: int) -> HttpResponseBase:
    """The printed form of one customer, as PDF or as a workbook. Taking it away is noted."""
    customer = customers.customer(request.user, pk)
    if request.method == "GET":
        return render(request, "intake/card.html", {"customer": customer, "shown": card.head(request.user, customer)})
    told = card.fill(request.user, customer)
    if request.POST.get("format") == "xlsx":
        kept = NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx")  # noqa: SIM115 -- closed by the response
        card.write_xlsx(Path(kept.name), told)
        return attached(kept, card.name_of(told, customer, "xlsx"))
    response = HttpResponse(card.write_pdf(told), content_type="application/pdf")
    response["Content-Disposition"] = disposition(card.name_of(told, customer, "pdf"))
    return response
