"""How often customers of each grade are followed up."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.agenda import queries
from keji.agenda.queries import Frequency
from keji.agenda.rules import policies as rules
from keji.agenda.rules.actions import POLICIES
from keji.kernel.errors import Problem
from keji.records.pages import attempt, done, url
from keji.records.terms import dictionary

FRESH = Frequency(1, "MONTH", "REGULAR", ())


@door(POLICIES, "GET", "POST")
def policies(request: Any) -> HttpResponse:
    if request.method == "GET":
        return page(request, {})
    if preset := request.POST.get("preset", "")[:30]:
        _none, wrong = attempt(lambda: rules.take_preset(request.user, preset))
    else:
        told = {word.code: posted(request.POST, word.code) for word in dictionary("grade").options()}
        _none, wrong = attempt(lambda: rules.revise_policies(request.user, {grade: one for grade, one in told.items() if one}))
        if wrong:
            return page(request, told, wrong)
    return page(request, {}, wrong) if wrong else done(request, _("已保存，各处立即生效"), url("agenda:policies"))


def posted(data: Any, grade: str) -> dict[str, Any]:
    """What a line of the form says; nothing for a grade that stood in none."""
    if f"every-{grade}" not in data:
        return {}
    every = data[f"every-{grade}"].strip()
    return {
        "every": int(every) if every.isdecimal() and len(every) < 5 else None,
        "unit": data.get(f"unit-{grade}", ""),
        "kind": data.get(f"kind-{grade}", ""),
        "methods": data.getlist(f"methods-{grade}")[:20],
    }


def page(request: Any, told: dict[str, Any], problems: tuple[Problem, ...] = ()) -> HttpResponse:
    known = queries.policies()
    lines = []
    for word in dictionary("grade").options():
        one = known.get(word.code, FRESH)
        stored = {"every": one.every, "unit": one.unit, "kind": one.kind, "methods": one.methods}
        lines.append({"code": word.code, "name": word.text, **(told.get(word.code) or stored)})
    context = {
        "lines": lines,
        "methods": [(word.code, word.text) for word in dictionary("followup_method").options()],
        "presets": [(name, str(rules.CALLED[name]), name == rules.preset_now()) for name in rules.PRESETS],
        "problems": problems,
    }
    return render(request, "agenda/policies.html", context, status=422 if problems else 200)
