"""People and teams."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access import queries
from keji.access.doors import door
from keji.access.house import house
from keji.access.rules import people
from keji.kernel.errors import Problem
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, done

PEOPLE = people.PEOPLE


@door(PEOPLE)
def people_list(request: Any) -> HttpResponse:
    context = {"people": queries.people(request.user), "held": queries.labels_held(), "teams": queries.teams()}
    return render(request, "desk/people.html", context)


@door(PEOPLE, "GET", "POST", recent=True)
def person_add(request: Any) -> HttpResponse:
    if request.method == "GET":
        return person_form(request, None, {"roles": []})
    told = read_person(request)
    made, problems = attempt(lambda: people.add_person(request.user, **told))
    if problems:
        return person_form(request, None, told, problems)
    return render(request, "desk/passwords.html", {"made": [made], "then": reverse("desk:people")})


@door(PEOPLE, "GET", "POST", recent=True)
def person_edit(request: Any, pk: int) -> HttpResponse:
    person = queries.one_of_people(request.user, pk)
    if request.method == "GET":
        return person_form(request, person, stored(person))
    told = read_person(request)
    kept = {name: told[name] for name in ("name", "email", "team", "roles")}
    _nothing, problems = attempt(lambda: people.revise_person(request.user, person, **kept))
    if problems:
        return person_form(request, person, told, problems)
    return done(request, _("已保存。"), reverse("desk:people"))


def stored(person: Any) -> dict[str, Any]:
    roles = [role.code for role in queries.roles_held(person)]
    return {
        "name": person.name,
        "username": person.username,
        "email": person.email,
        "team": person.team,
        "roles": roles,
    }


def read_person(request: Any) -> dict[str, Any]:
    told = {name: request.POST.get(name, "").strip()[:254] for name in ("name", "username", "email")}
    return {**told, "team": chosen_team(request, "team"), "roles": request.POST.getlist("roles")[:20]}


def chosen_team(request: Any, name: str) -> Any:
    told = request.POST.get(name, "")
    return queries.team(pk) if (pk := whole_id(told)) is not None else None


def person_form(request: Any, person: Any, told: dict[str, Any], problems: tuple[Problem, ...] = ()) -> HttpResponse:
    context = {
        "person": person,
        "told": told,
        "team_choices": choices(queries.teams(), "pk", "name"),
        "role_choices": choices(queries.roles(), "code", "title"),
        "problems": by_field(problems),
        "loose": [problem for problem in problems if problem.field not in ("name", "username")],
    }
    return render(request, "desk/person.html", context, status=422 if problems else 200)


def choices(rows: list[Any], code: str, text: str) -> list[tuple[Any, str]]:
    return [(getattr(row, code), getattr(row, text)) for row in rows]


def by_field(problems: tuple[Problem, ...]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem)
    return found


@door(PEOPLE, "POST", recent=True)
def person_switch(request: Any, pk: int) -> HttpResponse:
    """Let somebody in, or shut them out at once."""
    person = queries.one_of_people(request.user, pk)
    on = request.POST.get("active") == "1"
    _nothing, problems = attempt(lambda: (people.enable if on else people.disable)(request.user, person))
    if problems:
        return person_form(request, person, stored(person), problems)
    said = _("%(name)s 已启用。") if on else _("%(name)s 已停用，所有登录都已结束。")
    return done(request, said % {"name": person.name}, reverse("desk:people"))


@door(PEOPLE, "POST", recent=True)
def person_password(request: Any, pk: int) -> HttpResponse:
    """A new one-time password, shown on this answer and never again."""
    person = queries.one_of_people(request.user, pk)
    password, problems = attempt(lambda: people.reset_password(request.user, person))
    if problems:
        return person_form(request, person, stored(person), problems)
    return render(request, "desk/passwords.html", {"made": [(person, password)], "then": reverse("desk:people")})


@door(PEOPLE, "GET", "POST")
def team_add(request: Any) -> HttpResponse:
    if request.method == "GET":
        return team_form(request, None, {})
    told = team_told(request)
    _team, problems = attempt(lambda: people.add_team(request.user, **told))
    if problems:
        return team_form(request, None, told, problems)
    return done(request, _("团队已添加。"), reverse("desk:people"))


@door(PEOPLE, "GET", "POST")
def team_edit(request: Any, pk: int) -> HttpResponse:
    team = queries.team(pk)
    if request.method == "GET":
        return team_form(request, team, {"name": team.name, "parent": team.parent, "lead": team.lead})
    told = team_told(request)
    _nothing, problems = attempt(lambda: people.revise_team(request.user, team, **told))
    if problems:
        return team_form(request, team, told, problems)
    return done(request, _("已保存。"), reverse("desk:people"))


def staff(lead: Any) -> list[tuple[int, str]]:
    """Who may lead a team: those who are there, and whoever does."""
    return [(pk, known.name) for pk, known in house().people.items() if known.active or (lead and pk == lead.pk)]


def team_told(request: Any) -> dict[str, Any]:
    lead = whole_id(request.POST.get("lead", ""))
    return {
        "name": request.POST.get("name", ""),
        "parent": chosen_team(request, "parent"),
        "lead": queries.one_of_people(request.user, lead) if lead else None,
    }


def team_form(request: Any, team: Any, told: dict[str, Any], problems: tuple[Problem, ...] = ()) -> HttpResponse:
    teams = choices(queries.teams(), "pk", "name")
    context = {"team": team, "told": told, "team_choices": teams, "people": staff(told.get("lead")), "problems": by_field(problems)}
    return render(request, "desk/team.html", context, status=422 if problems else 200)
