"""Plans by condition: made from the list of customers as it is narrowed, listed, put to rest."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keji.access.doors import door
from keji.agenda import queries
from keji.agenda.pages.lists import tabs
from keji.agenda.rules import planning
from keji.agenda.sheet import KIND
from keji.customers.sheet import CUSTOMERS
from keji.kernel import text
from keji.kernel.errors import Invalid
from keji.records.filters import in_words
from keji.records.listing import RESERVED
from keji.records.pages import attempt, bad_request, done, url

LONGEST = 2000  # characters of a condition
ORDERING = RESERVED - {"q", "open"}  # of a list's address, what narrows nothing


@door("tasks.create")
def plan_list(request: Any) -> HttpResponse:
    """One's own plans, the newest on top."""
    person = request.user
    counts = queries.plan_counts(person)
    lines = [
        {
            "it": one,
            "kind": KIND.show(one.kind),
            "within": planning.WITHIN[one.within],
            "where": condition(person, one.query),
            "href": f"{url('customers:list')}?{one.query}",
            "made": counts.get(one.pk, 0),
        }
        for one in queries.plans(person)
    ]
    return render(request, "agenda/plans.html", {"tabs": tabs(person, "plans"), "lines": lines})


@door("tasks.create", "GET", "POST")
def plan_new(request: Any) -> HttpResponse:
    """The condition comes along as the query of the list of customers."""
    told = request.POST if request.method == "POST" else {}
    query = (told.get("query", "") if told else narrowed(request.GET))[: LONGEST + 1]
    try:
        if len(query) > LONGEST:
            raise Invalid("E_LENGTH", _("条件太多，请少选几个"))
        rows = planning.matching(request.user, query)
    except Invalid as error:
        return bad_request(request, error)
    problems: Any = ()
    if told:
        values = {
            "title": text.clean(told.get("title", "")[:201]).value or "",
            "kind": told.get("kind", ""),
            "within": told.get("within", ""),
            "note": told.get("note", "")[:1000].strip(),
            "query": query,
            "lasting": "lasting" in told,
        }
        made, problems = attempt(lambda: planning.make(request.user, values))
        if not problems:
            said = ngettext("计划已保存，建了 %(n)d 个任务", "计划已保存，建了 %(n)d 个任务", made[1]) % {"n": made[1]}
            return done(request, said, url("agenda:plans"))
    context = {
        "query": query,
        "where": condition(request.user, query),
        "waiting": rows[: planning.MOST + 1].count(),
        "most": planning.MOST,
        "kinds": [(one.code, one.text, one.code == (told.get("kind") or "FOLLOWUP")) for one in KIND.choices() if one.code in planning.KINDS],
        "withins": [(code, label, code == (told.get("within") or "NEXT_WEEK")) for code, label in planning.WITHIN.items()],
        "told": {name: told.get(name, "") for name in ("title", "note")},
        "lasting": "lasting" in told or not told,
        "problems": {one.field: one for one in problems},
        "back": f"{url('customers:list')}?{query}",
    }
    return render(request, "agenda/plan.html", context, status=422 if problems else 200)


@door("tasks.create", "POST")
def plan_switch(request: Any, pk: int) -> HttpResponse:
    plan = next((one for one in queries.plans(request.user) if one.pk == pk), None)
    if plan is None:
        raise Http404
    on = request.POST.get("on") == "1"
    planning.switch(request.user, plan, on)
    return done(request, _("计划已启用") if on else _("计划已停用，已经建好的任务不变"), url("agenda:plans"), messages.SUCCESS)


def narrowed(told: QueryDict) -> str:
    """What of a list's address narrows it."""
    return urlencode([(key, value) for key in told if key not in ORDERING for value in told.getlist(key) if value])


def condition(person: Any, query: str) -> list[tuple[str, str]]:
    """A condition in words; empty where this person may not ask it (any more)."""
    try:
        planning.asked_of(person, query)
    except Invalid:
        return []
    return in_words(CUSTOMERS, person, QueryDict(query))
