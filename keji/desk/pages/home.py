"""The first page: setting up a fresh installation, later one's own work."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from keji.access import queries
from keji.access.doors import open_door
from keji.access.house import house
from keji.access.scope import may
from keji.desk.pages.workbench import workbench
from keji.desk.rules import Colleague, open_house, profiles, schemes
from keji.kernel.errors import Problem, Refused
from keji.records.pages import attempt
from keji.records.rules import SETTINGS

ROWS = 5
NONE: tuple[Problem, ...] = ()


@open_door("everybody has a first page", "GET", "POST", signed_in=True)
def home(request: Any) -> HttpResponse:
    fresh = not house()["set_up"] and may(request.user, SETTINGS)
    if request.method == "POST" and not fresh:
        raise Refused(SETTINGS)
    if fresh and request.GET.get("later") != "1":
        return set_up(request)
    return workbench(request)


def set_up(request: Any) -> HttpResponse:
    told = {name: request.POST.get(name, house()[name]) for name in ("company", "profile", "size_scheme")}
    colleagues = lines(request.POST) if request.method == "POST" else []
    made, problems = None, NONE
    if request.method == "POST":
        made, problems = attempt(lambda: open_house(request.user, told, colleagues))
    if made is not None:
        return render(request, "desk/passwords.html", {"made": made, "then": reverse("intake:list"), "first": True})
    context = {
        "told": told,
        "colleagues": colleagues + [Colleague()] * max(0, ROWS - len(colleagues)),
        "profiles": profiles(),
        "schemes": schemes(),
        "roles": queries.roles(),
        "may_add_people": may(request.user, "access.people"),
        "problems": problems,
    }
    return render(request, "desk/setup.html", context, status=422 if problems else 200)


def lines(data: Any) -> list[Colleague]:
    """The colleagues of the form; lines left empty are nobody."""
    parts = [data.getlist(f"person_{part}")[:50] for part in ("name", "username", "role", "team")]
    found = [Colleague(*[told.strip() for told in line]) for line in zip(*parts, strict=False)]
    return [one for one in found if one.name or one.username]
