"""How customers of each grade are looked after: the strategy, how often and how, and how many there are (R-003-04)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.clocks.queries import contact_limit
from keji.customers import queries
from keji.customers.sheet import CUSTOMERS
from keji.followups.sheet import DEPTH
from keji.kernel.errors import NotThere
from keji.records.pages import url
from keji.records.rules import DICTIONARIES
from keji.records.terms import dictionary


@door("customers.see")
def grades(request: Any) -> HttpResponse:
    """Raises NotThere for those who do not read the grade."""
    person = request.user
    if "grade" not in CUSTOMERS.readable(person):
        raise NotThere("grade")
    counts, methods = queries.by_grade(person), dictionary("followup_method")
    told = "strategy_en" if get_language() == "en" else "strategy"
    lines = []
    for word in dictionary("grade").options():
        limit = contact_limit(word.code)
        lines.append(
            {
                "text": word.text,
                "strategy": word.facts.get(told) or word.facts.get("strategy", ""),
                "every": _("每 %(n)d %(unit)s一次") % {"n": limit.amount, "unit": limit.get_unit_display()} if limit else "",
                "kind": DEPTH.show(limit.depth) if limit else "",
                "methods": _("、").join(methods.text(one) for one in limit.methods) if limit else "",
                "count": counts.get(word.code, 0),
                "href": f"{url('customers:list')}?grade={word.code}",
            }
        )
    ungraded = {"count": counts.get("", 0), "href": f"{url('customers:list')}?grade=-"}
    context = {"lines": lines, "ungraded": ungraded, "change": url("desk:dictionary", "grade") if may(person, DICTIONARIES) else ""}
    return render(request, "desk/grades.html", context)
