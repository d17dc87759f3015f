"""The steward's pages: the table of limits, and the calendar of holidays."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.clocks import jobs, queries
from keji.clocks.presets import BY_CODE, FREQUENCIES
from keji.clocks.rules import holidays, notice
from keji.clocks.rules import limits as rules
from keji.clocks.rules.limits import BY_DAY, LIMITS, UNITS, WHO
from keji.clocks.rules.turns import next_turn
from keji.kernel.clock import WEEKDAYS, today
from keji.kernel.errors import Invalid, Problem, Stale
from keji.kernel.numbers import whole_id
from keji.kernel.tables import read_file
from keji.records.pages import attempt, done, on_disk, url
from keji.records.terms import dictionary

LINES = 5  # warnings that a form has room for
LARGEST = 1024 * 1024
NO_PROBLEM: tuple[Problem, ...] = ()


def lines() -> list[dict[str, Any]]:
    counts = queries.counts()
    return [told(one, *counts.get(one.pk, (0, 0))) for one in queries.limits().values()]


def called(limit: Any) -> str:
    """What a limit is called, with what it is for where the name does not say it."""
    preset = BY_CODE[limit.code, limit.variant]
    return _("%(name)s（%(of)s）") % {"name": preset.name, "of": preset.of} if preset.of else str(preset.name)


def named(code: str, variant: str) -> str:
    return str(BY_CODE[code, variant].name)


def told(limit: Any, running: int = 0, overdue: int = 0) -> dict[str, Any]:
    """A limit as people read it."""
    preset = BY_CODE[limit.code, limit.variant]
    return {
        "it": limit,
        "name": called(limit),
        "between": f"{preset.event} → {preset.action}",
        "amount": f"{limit.amount} {limit.get_unit_display()}",
        "kind": limit.get_kind_display(),
        "warns": [warned(*one) for one in limit.warns],
        "methods": words("followup_method", limit.methods),
        "pauses": words("cooperation_status", limit.pauses),
        "next": next_turn(limit) if limit.kind == "PERIOD" and limit.enabled else None,
        "running": running,
        "overdue": overdue,
    }


def words(name: str, codes: list[str]) -> str:
    known = dictionary(name)
    return _("、").join(known.text(one) for one in codes)


def warned(by: int, measure: str, who: list[str]) -> str:
    """When a warning is given, and to whom."""
    people = _("、").join(str(WHO[one]) for one in who)
    if by == 0:
        when = _("到期当天") if measure == "DAYS" else _("到期时")
    elif measure == "DAYS":
        when = _("提前 %(n)d 天") % {"n": -by} if by < 0 else _("逾期 %(n)d 天") % {"n": by}
    else:
        when = _("剩余 %(n)d%%") % {"n": -by} if by < 0 else _("超时 %(n)d%%") % {"n": by}
    return f"{when} {people}"


@door(LIMITS)
def limit_list(request: Any) -> HttpResponse:
    now = rules.frequencies_now(queries.limits())
    sets = [(name, str(label), name == now) for name, (label, _chosen) in FREQUENCIES.items()]
    return render(request, "clocks/limits.html", {"limits": lines(), "sets": sets})


@door(LIMITS, "GET", "POST")
def limit_edit(request: Any, pk: int) -> HttpResponse:
    limit = queries.limit(pk)
    if request.method == "GET":
        return limit_form(request, limit, stored(limit))
    asked = posted(request, limit)
    warns = [[whole(by), measure_of(asked["unit"]), who] for by, who in asked["warns"] if by.strip() or who]
    values = (whole(asked["amount"]), asked["unit"], warns, asked["enabled"])
    version = whole_id(request.POST.get("version", "")) or 0
    try:
        _nothing, problems = attempt(
            lambda: jobs.with_dates_anew(lambda: rules.revise_limit(request.user, limit, version, *values, asked["methods"]), pk)
        )
    except Stale:
        return limit_form(request, queries.limit(pk), asked, stale=True, status=409)
    if problems:
        return limit_form(request, limit, asked, problems, status=422)
    return done(request, _("已保存，正在重算到期时间。"), url("clocks:limits"))


def measure_of(unit: str) -> str:
    return "DAYS" if unit in BY_DAY else "%"


def whole(text: str) -> int | None:
    """A number with or without a sign."""
    bare = text.strip().replace("−", "-").removeprefix("+")
    number = whole_id(bare.removeprefix("-")[:9])
    return None if number is None else -number if bare.startswith("-") else number


def stored(limit: Any) -> dict[str, Any]:
    warns = [(str(by), list(who)) for by, _measure, who in limit.warns]
    return {"amount": limit.amount, "unit": limit.unit, "enabled": limit.enabled, "warns": warns, "methods": limit.methods}


def posted(request: Any, limit: Any) -> dict[str, Any]:
    data = request.POST
    places = range(LINES)
    return {
        "amount": data.get("amount", "")[:9],
        "unit": data.get("unit", limit.unit)[:9],
        "enabled": data.get("enabled") == "1",
        "methods": data.getlist("methods")[:20] if limit.kind == "CONTACT" else limit.methods,
        "warns": [(data.get(f"by_{n}", "")[:9], data.getlist(f"who_{n}")[:3]) for n in places],
    }


def limit_form(
    request: Any, limit: Any, asked: dict[str, Any], problems: Any = (), stale: bool = False, status: int = 200
) -> HttpResponse:
    warns = [*asked["warns"], *[("", [])] * LINES][:LINES]
    context = {
        "limit": told(limit),
        "version": limit.version,
        "asked": {**asked, "warns": warns},
        "units": [(unit.value, str(unit.label)) for unit in UNITS[limit.kind]],
        "by_day": asked["unit"] in BY_DAY,
        "who": [(code, str(label)) for code, label in WHO.items()],
        "methods": [(one.code, one.text) for one in dictionary("followup_method").options()] if limit.kind == "CONTACT" else [],
        "warnable": rules.warns_of(limit),
        "measured": limit.kind == "EVENT" and not rules.warns_of(limit),
        "pauses": words("cooperation_status", limit.pauses),
        "problems": by_field(problems),
        "stale": stale,
    }
    return render(request, "clocks/limit.html", context, status=status)


def by_field(problems: Any) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem)
    return found


@door(LIMITS, "POST")
def limit_restore(request: Any, pk: int) -> HttpResponse:
    limit = queries.limit(pk)
    jobs.with_dates_anew(lambda: rules.restore_limit(request.user, limit, limit.version), pk)
    return done(request, _("已恢复为预设。"), url("clocks:limits"))


@door(LIMITS, "POST")
def frequencies(request: Any) -> HttpResponse:
    name = request.POST.get("name", "")[:20]
    _nothing, problems = attempt(lambda: jobs.with_dates_anew(lambda: rules.take_frequencies(request.user, name)))
    said = problems[0].message if problems else _("已换用，正在重算到期时间。")
    return done(request, said, url("clocks:limits"))


@door(LIMITS, "GET", "POST")
def holiday_page(request: Any) -> HttpResponse:
    """The calendar of a year; a notice is pasted or uploaded, looked at, and then taken."""
    year = whole_id(request.GET.get("year", "")) or today().year
    if request.method == "GET":
        return calendar_page(request, min(max(year, 2000), 2100))
    text, problems = sent(request)
    asked = whole_id(request.POST.get("year", "").strip())
    found = notice.read(text, asked)
    official = request.POST.get("official") == "1"
    problems = problems or tuple(found.problems)
    told = {"text": text, "year": request.POST.get("year", "")[:4], "official": official}
    if problems:
        return calendar_page(request, found.year or year, told, problems=problems, status=422)
    if request.POST.get("keep") != "1":
        return calendar_page(request, found.year, told, found)
    count = jobs.with_dates_anew(lambda: holidays.keep_year(request.user, found, text, official))
    said = _("已保存 %(year)d 年的 %(n)d 天，正在重算到期时间。") % {"year": found.year, "n": count}
    return done(request, said, f"{url('clocks:holidays')}?year={found.year}")


def sent(request: Any) -> tuple[str, tuple[Problem, ...]]:
    """What was pasted, or the rows of a table that was uploaded, as lines."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("text", "")[:20_000], NO_PROBLEM
    if upload.size > LARGEST:
        return "", (Problem("text", "E_FILE_SIZE", _("文件太大：一年的日历不超过 1 MB")),)
    try:
        with on_disk(upload) as kept:
            rows = read_file(kept).rows()
            return "\n".join(" ".join(str(cell) for cell in row if cell not in (None, "")) for row in rows)[:20_000], NO_PROBLEM
    except Invalid as error:
        return "", (Problem("text", error.code, error.message),)


def calendar_page(
    request: Any, year: int, told: Any = None, found: Any = None, problems: Any = (), status: int = 200
) -> HttpResponse:
    entered = queries.years()
    days = sorted((day, *what) for day, what in found.days.items()) if found else queries.days_of(year)
    context = {
        "year": year,
        "official": year in queries.calendar().official,
        "entered": entered,
        "own": next((one for one in entered if one.year == year), None),
        "days": [(day, works, name, WEEKDAYS[day.weekday()]) for day, works, name in days],
        "told": told or {"text": "", "year": "", "official": True},
        "preview": found is not None,
        "problems": problems,
        "choices": [today().year + step for step in range(-1, 3)],
    }
    return render(request, "clocks/calendar.html", context, status=status)


@door(LIMITS, "POST")
def year_drop(request: Any, pk: int) -> HttpResponse:
    jobs.with_dates_anew(lambda: holidays.drop_year(request.user, pk))
    return done(request, _("已恢复为预设。"), f"{url('clocks:holidays')}?year={pk}")
