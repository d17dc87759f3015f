"""What pages share: the template environment, lists, exports, answers to htmx."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template import engines
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext, pgettext
from jinja2 import Environment

from keji.access.fields import PLAIN
from keji.access.scope import may
from keji.kernel.clock import day_of, minute_of
from keji.kernel.errors import Invalid, Problem, Unfit
from keji.kernel.numbers import whole_id
from keji.records import queries
from keji.records.escaping import Generator, written
from keji.records.filters import Strip, faces, panel
from keji.records.listing import Asked, Listing, ask, listing
from keji.records.rules import exports
from keji.records.sheet import Column, Seen, Sheet, Shown

HIDDEN = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'


class Quick(Environment):
    code_generator_class = Generator
    written = staticmethod(written)


def environment(**options: Any) -> Environment:
    """Jinja2 as our templates expect it."""
    made = Quick(  # noqa: S701 -- Django passes autoescape on
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, **options
    )
    made.globals |= {"url": url, "static": still, "language": language, "_": told, "zip": zip}
    made.install_gettext_callables(told, ngettext, newstyle=False, pgettext=pgettext)  # type: ignore[attr-defined]
    made.filters |= {"day": day, "moment": moment, "money": money, "count": count, "unpair": unpair, "cells": cells}
    return made


def language() -> str:
    """The language of the page, as HTML wants it told."""
    return "en" if get_language() == "en" else "zh-CN"


def told(message: str) -> str:
    """A text in the language of the request. Django looks through all its catalogues each time: 9 µs, 100 times a page."""
    return translated(get_language(), message)


@lru_cache(maxsize=10_000)
def translated(_language: str | None, message: str) -> str:
    return gettext(message)


@lru_cache(maxsize=1000)
def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


@cache
def around(name: str, *args: Any) -> list[str]:
    return reverse(name, args=(9_999_999_999, *args)).split("9999999999")


def url_of(name: str, pk: int, *args: Any) -> str:
    """The address of a page of a row: `reverse` would take longer than all the rest of the row."""
    return str(pk).join(around(name, *args))


@cache
def still(path: str) -> str:
    return static(path)


def unpair(choice: Any) -> tuple[str, str]:
    return choice.code, choice.text


def day(value: Any) -> str:
    if isinstance(value, datetime):
        value = day_of(value)
    return value.isoformat() if isinstance(value, date) else ""


def moment(value: Any) -> str:
    return minute_of(value) if isinstance(value, datetime) else ""


def money(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal | int | float) else ""


def count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


def part(
    request: HttpRequest, template: str, block: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """One block of a page's own template, for htmx. The block imports the macros it uses itself."""
    made: Any = engines["jinja2"].env.get_template(template)  # type: ignore[attr-defined]
    told = {**context, "request": request, **unforged(request)}
    return HttpResponse("".join(made.blocks[block](made.new_context(told))), status=status)


def unforged(request: HttpRequest) -> dict[str, str]:
    """What proves that a form of this page is ours, masked once a page: Django's way does it anew for every form."""
    token = get_token(request)
    return {"csrf_token": token, "csrf_input": format_html(HIDDEN, token)}


def asks_part(request: HttpRequest, name: str) -> bool:
    """True if htmx wants only this part of the page (its header says tag#id)."""
    return request.headers.get("HX-Target", "").rpartition("#")[2] == name


def differences(sheet: Sheet, theirs: Seen, mine: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where what somebody sent and what another saved meanwhile differ, as far as the person may read it."""
    found = []
    for name, value in mine.items():
        there = theirs.get(name)
        if there is not None and there.policy == PLAIN and (there.value or None) != (value or None):
            told = sheet.by_name[name].kind.show(value)
            found.append({"label": sheet.label(name), "mine": told, "theirs": there.text})
    return found


def say(
    response: HttpResponse, text: str, level: str = "success", also: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Let the page that gets this answer show a toast, and hear of other events."""
    response["HX-Trigger"] = json.dumps({"toast": {"level": level, "text": text}, **(also or {})})
    return response


def done(request: HttpRequest, text: str, then: str, level: int = messages.SUCCESS) -> HttpResponse:
    """After a change, or after it was refused (level ERROR): on to another page, which shows a toast."""
    messages.add_message(request, level, text)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": then})
    return HttpResponseRedirect(then)


def bad_request(request: HttpRequest, error: Invalid) -> HttpResponse:
    return render(request, "errors/400.html", {"message": error.message, "code": error.code}, status=400)


@dataclass(frozen=True)
class Links:
    """Where the cells of a list lead: the page of a row, and what unveils a masked value (none where it may not be).

    `beside` fills one more column, from the ids of the rows: what another sheet lets the person read there.
    `beat` is where the next step of a row is planned.
    """

    page: Callable[[int, Any], str]
    reveal: Callable[[int, str], str] | None = None
    main: str = "name"
    clips: bool = False  # whether the list says how many files hang on a row
    onward: bool = False  # whether the page of a row leads on to its neighbours, so that it must know the list
    beside: "Callable[[list[int]], Beside] | None" = None
    beat: Callable[[int], str] | None = None


class Beside(NamedTuple):
    """A column that the sheet of a list does not have: what it is called, and its cells by the id of the row."""

    label: str
    cells: "Mapping[int, Cell]"
    low: bool = True  # left out on the phone


class Cell(NamedTuple):
    """A cell of a table. Tuples, because hundreds of them stand on a page and a template reads a key three times slower."""

    kind: str = "text"  # text, link, grade, tag, tags, beat, num, money, date, person, masked
    text: str = ""
    title: str = ""
    href: str = ""
    sub: str = ""
    tone: str = ""
    reveal: str = ""
    gone: bool = False
    tags: Sequence[Mapping[str, str]] = ()


BLANK = Cell()
PLAIN_HEAD = {"label": "", "num": False, "sort": "", "sorted": "", "low": True, "labelled": False, "role": ""}


def cells(told: Sequence[Any]) -> list[Cell]:
    """The cells of a row; those that a page wrote as dicts too."""
    return [one if isinstance(one, Cell) else Cell(**one) for one in told]


def list_page(
    request: Any,
    sheet: Sheet,
    rows: Any,
    template: str,
    links: Links,
    columns: list[Column] | None = None,
    strip: Strip | None = None,
    **extra: Any,
) -> HttpResponse:
    """A list with filters, search, order and pages; for htmx, only the block `table` of it."""
    try:
        found = listing(sheet, request.user, rows, ask(sheet, request.user, request.GET), columns)
    except Invalid as error:
        return bad_request(request, error)
    table = table_of(found, links, request.path)
    if links.clips:
        clip(table, queries.clips(request.user, sheet.model.RECORD, found.ids))
    context = {"listing": found, "sheet": sheet, "table": table, **extra}
    if strip:
        context |= faces(strip, sheet, request.user, request.GET, found.asked, request.path)
        context["saved"] = saved_views(request, sheet, found.asked)
    if asks_part(request, "table"):
        return part(request, template, "table", context)
    return render(request, template, context)


def saved_views(request: Any, sheet: Sheet, asked: Asked) -> dict[str, Any]:
    """The views of this list that the person has saved, and what would be saved now."""
    own = [
        {"id": one.pk, "name": one.name, "href": f"{request.path}?{one.query}", "on": one.query == asked.query}
        for one in queries.views(request.user, sheet.model.RECORD)
    ]
    query = asked.query if asked.narrowed else ""
    return {"views": own, "record": sheet.model.RECORD, "query": query, "then": request.get_full_path()}


def panel_page(request: Any, sheet: Sheet, name: str, path: str, strip: Strip) -> HttpResponse:
    """What a filter of a list offers: for htmx the inside of its panel, otherwise a page of its own with a form."""
    try:
        asked = ask(sheet, request.user, request.GET)
    except Invalid as error:
        return bad_request(request, error)
    context = panel(name, strip, sheet, request.user, request.GET, asked, path)
    if asks_part(request, f"filter-{name}"):
        return part(request, "parts/panel.html", "panel", context)
    return render(request, "parts/panel.html", context)


def table_of(found: Listing, links: Links, path: str) -> dict[str, Any]:
    """A listing as the table macro wants it."""
    asked, sheet = found.asked, found.sheet
    query = f"?{asked.query}" if asked.query else ""
    rest = QueryDict(asked.query, mutable=True)
    rest.pop("sort", None)
    others = rest.urlencode()

    def sorted_by(order: str) -> str:
        return f"{path}?{others}&sort={order}" if others else f"{path}?sort={order}"

    def turned_to(name: str, mark: str) -> str:
        return f"{path}{query}{'&' if query else '?'}{name}={mark}" if mark else ""

    columns = []
    for column in found.columns:
        name = column.name
        on = asked.sort.lstrip("-") == name
        turned = name if on and asked.sort.startswith("-") else f"-{name}"
        columns.append(
            {
                "label": sheet.label(name),
                "num": column.kind.cell in ("num", "money"),
                "sort": sorted_by(turned) if name in found.sortable else "",
                "sorted": ("down" if asked.sort.startswith("-") else "up") if on else "",
                "low": column.low,
                "labelled": False,
                "role": {links.main: "main"}.get(name, "rank" if column.kind.cell == "grade" else ""),
            }
        )
    known = query or (f"?sort={asked.sort}" if links.onward else "")
    shapes: list[tuple[Column, Links, str, dict[str, Cell]]] = [(c, links, known, {}) for c in found.columns]
    lines: list[dict[str, Any]] = [
        {"id": pk, "cells": [cell(line, pk, *shape) for shape in shapes]}
        for pk, line in zip(found.ids, found.lines, strict=True)
    ]
    if links.beside:
        told = links.beside(found.ids)
        columns.append({**PLAIN_HEAD, "label": told.label, "low": told.low})
        for line in lines:
            line["cells"].append(told.cells.get(line["id"], BLANK))
    return {
        "columns": columns,
        "rows": lines,
        "orders": [
            (sheet.label(name), sorted_by(order), name == asked.sort.lstrip("-"), asked.sort.startswith("-"))
            for name, order in orders(sheet, found.sortable, asked.sort)
        ],
        "whole": turned_to("count", "1") if found.capped and not asked.counted and not asked.words else "",
        "next": turned_to("after", found.next),
        "previous": turned_to("before", found.previous),
    }


def orders(sheet: Sheet, sortable: Set[str], now: str) -> list[tuple[str, str]]:
    """The orders a list may take, each as it is most often wanted; the one it has, the other way round."""
    found = []
    for column in sheet.columns:
        if column.name in sortable:
            usual = column.name if column.kind.cell in ("text", "link", "grade") else f"-{column.name}"
            turned = now.removeprefix("-") if now.startswith("-") else f"-{now}"
            found.append((column.name, turned if now.removeprefix("-") == column.name else usual))
    return found


def clip(table: dict[str, Any], counts: Mapping[int, int]) -> None:
    """Say behind what a row is called how many files hang on it."""
    for row in table["rows"]:
        if row["id"] in counts:
            mark = [{"text": str(counts[row["id"]])}]
            row["cells"] = [one._replace(tags=mark) if one.kind == "link" else one for one in row["cells"]]


def cell(line: Any, pk: int, column: Column, links: Links, query: str, known: dict[str, Cell]) -> Cell:
    """A cell of a row; `known` keeps those of a column whose few values come again and again."""
    shown: Shown | None = line.get(column.name)
    if shown is None:
        return BLANK
    _value, text, policy = shown
    if column.name == links.main:
        sub = line[column.badge].text if column.badge in line else ""
        return Cell("link", text or "—", href=links.page(pk, line) + query, sub=sub)
    if policy != "plain":
        return Cell("masked", text, reveal=links.reveal(pk, column.name) if links.reveal else "")
    if column.kind.cell == "beat":
        return heartbeat(line, column, links.beat(pk) if links.beat else "")
    if text not in known:
        known[text] = plain_cell(column, shown)
    return known[text]


BEATS = {"OVERDUE": "red", "TODAY": "today", "PLANNED": "green", "UNPLANNED": "amber"}


def heartbeat(line: Any, column: Column, href: str) -> Cell:
    """When a row is to be followed up next, in the colour of how it stands with that."""
    at, how = line[column.name], line[column.badge]
    said = " ".join(one for one in (how.text, at.text) if one)
    return Cell("beat", column.kind.brief(at.value) or how.text, said, href, tone=BEATS.get(how.value, ""))


def plain_cell(column: Column, shown: Shown) -> Cell:
    if column.kind.cell == "tags":
        return Cell("tags", tags=column.kind.marks(shown.value))
    brief = column.kind.brief(shown.value)
    return Cell(column.kind.cell, brief, shown.text if brief != shown.text or len(brief) > 12 else "")


def attempt(rule: Callable[[], Any]) -> tuple[Any, tuple[Problem, ...]]:
    """What a rule gives, and no problems; or nothing, and what is wrong."""
    try:
        return rule(), ()
    except Unfit as error:
        return None, error.problems


@contextmanager
def on_disk(upload: Any) -> Iterator[Path]:
    """An upload as a file of its own, which is gone after the block."""
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name)


def same_site(request: HttpRequest, path: str, default: str) -> str:
    """A path of this site to go on to; anything else is not followed."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 500
    return path if fine else default


def chosen(data: QueryDict, name: str = "ids") -> list[int]:
    """The ids that were ticked. What is no id is no row."""
    found = [one for one in map(whole_id, data.getlist(name)) if one is not None]
    if len(data.getlist(name)) > 10_000:
        raise Http404
    return found


def export_page(
    request: Any,
    way: exports.Way,
    template: str,
) -> HttpResponse:
    """Ask for a list as a file: few rows come at once, many are made in the background."""
    query = request.GET.urlencode() if request.method == "GET" else request.POST.get("query", "")[:4000]
    try:
        asked = ask(way.sheet, request.user, QueryDict(query))
    except Invalid as error:
        return bad_request(request, error)
    rows = way.rows(request.user, asked)
    count = rows.order_by()[:100_001].count()
    problems: Any = ()
    if request.method == "POST":
        why, form = request.POST.get("why", ""), request.POST.get("format", "")
        asks = way.ask or partial(ask_for_sheet, way.sheet)
        wanted, problems = attempt(lambda: asks(request.user, rows, query, why, form))
        if not problems:
            exports.at_once_or_later(way, wanted, rows, count)
            return redirect("customers:exports")
    told = {"count": count, "query": query, "problems": problems, "few": exports.FEW}
    told["any"] = may(request.user, exports.ANY)
    return render(request, template, told, status=422 if problems else 200)


def ask_for_sheet(sheet: Sheet, person: Any, rows: Any, query: str, why: str, form: str) -> Any:
    record = sheet.model.RECORD
    return exports.ask(person, record, {record: rows}, query, why, form)
