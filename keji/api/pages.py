"""The pages about the API: a person's tokens, those of others for who keeps the people, and the reference."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access import queries, tokens
from keji.access.doors import door, open_door
from keji.access.rules.people import PEOPLE
from keji.access.rules.tokens import issue, revoke
from keji.access.scope import PROGRAMS
from keji.api import openapi, tools
from keji.kernel.errors import NotThere
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, done

DAYS = 90


@open_door("one's own tokens", "GET", "POST", signed_in=True, recent=True)
def token_list(request: Any) -> HttpResponse:
    """What programs may do in this person's name. A new token is shown on this answer and never again."""
    if request.method == "GET":
        return tokens_page(request, {"scopes": [f"{record}.read" for record in PROGRAMS], "days": DAYS})
    told = {
        "name": request.POST.get("name", "")[:100].strip(),
        "scopes": request.POST.getlist("scopes")[:50],
        "days": whole_id(request.POST.get("days", "")) or 0,
    }
    made, problems = attempt(lambda: issue(request.user, told["name"], told["scopes"], told["days"]))
    if problems:
        return tokens_page(request, told, problems=problems)
    return tokens_page(request, {"scopes": [], "days": DAYS}, made=made[1])


def tokens_page(request: Any, told: dict[str, Any], made: str = "", problems: Any = ()) -> HttpResponse:
    context = {
        "tokens": [row(one) for one in queries.tokens(request.user)],
        "told": told,
        "made": made,
        "problems": {one.field: [one] for one in problems},
        "scope_choices": [(scope, tokens.label(scope)) for scope in tokens.scopes()],
        "rate": settings.API_RATE,
        "address": f"{settings.BASE_URL}/api/v1/",
    }
    return render(request, "api/tokens.html", context, status=422 if problems else 200)


def row(token: Any) -> dict[str, Any]:
    """A token as its list shows it."""
    state = (_("已撤销"), "grey") if token.revoked_at else (_("有效"), "green") if token.alive else (_("已过期"), "grey")
    told = {"token": token, "state": state[0], "tone": state[1]}
    return told | {"scopes": _("、").join(tokens.label(one) for one in token.scopes)}


@open_door("one's own tokens; who keeps the people ends those of others", "POST", signed_in=True)
def token_revoke(request: Any, pk: int) -> HttpResponse:
    revoke(request.user, pk)
    back = whole_id(request.POST.get("person", ""))
    then = reverse("api:person_tokens", args=[back]) if back else reverse("api:tokens")
    return done(request, _("令牌已撤销，马上失效。"), then)


@door(PEOPLE)
def person_tokens(request: Any, pk: int) -> HttpResponse:
    person = queries.one_of_people(request.user, pk)
    context = {"person": person, "tokens": [row(one) for one in queries.tokens(person)]}
    return render(request, "api/person_tokens.html", context)


@open_door("what a person may ask, for the person", signed_in=True)
def reference(request: Any) -> HttpResponse:
    made = openapi.document(request.user)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            told = {"path": path, "method": method.upper(), "operation": operation, "fields": fields(made, operation)}
            groups.setdefault(operation["tags"][0], []).append(told)
    offered = [one.described(request.user) for one in tools.offered(request.user)]
    context = {"info": made["info"], "groups": groups, "tools": offered, "address": settings.BASE_URL}
    return render(request, "api/reference.html", context)


def fields(made: Any, operation: Any) -> dict[str, Any]:
    """The fields that an operation takes, by name."""
    if "requestBody" not in operation:
        return {}
    (sent,) = operation["requestBody"]["content"].values()
    schema = sent["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    if name and name not in made["components"]["schemas"]:
        raise NotThere(name)
    return (made["components"]["schemas"][name] if name else schema).get("properties", {})
