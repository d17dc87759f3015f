"""One's own account, how keji looks for this browser, and the sign of life."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access import queries
from keji.access.doors import answer, open_door
from keji.access.house import house
from keji.access.rules import people, watch
from keji.clocks.queries import still
from keji.desk.menu import EVENTS
from keji.desk.queries import alive, unready
from keji.kernel.agents import agent
from keji.kernel.errors import Problem, Unfit
from keji.records.pages import attempt, done, moment, same_site

YEAR = 365 * 24 * 3600
CHOICES = {"theme": ("auto", "light", "dark"), "language": ("", "zh-hans", "en")}


@open_door("one's own account", signed_in=True)
def account(request: Any) -> HttpResponse:
    request.session["told"] = max(request.user.alert, request.session.get("told", 0))
    events = queries.account_events(request.user)
    context = {
        "sessions": sessions(request.user, events),
        "events": [happening(one) for one in events],
        "current": request.session.session_key,
        "second_factor": queries.has_second_factor(request.user),
        "roles": queries.roles_held(request.user),
        "reset": reset_by(request.user),
        "languages": settings.LANGUAGES,
    }
    return render(request, "desk/account.html", context)


def sessions(person: Any, events: list[Any]) -> list[tuple[Any, str, bool]]:
    """Where a person is signed in, with what, and whether that was an odd place."""
    odd = {one.session for one in events if one.odd and one.session}
    return [
        (one, agent(one.user_agent) or one.user_agent[:80], watch.mark(one.session_key) in odd)
        for one in queries.sessions(person)
    ]


def happening(event: Any) -> dict[str, Any]:
    where = " · ".join(one for one in (event.agent, event.ip) if one)
    return {"text": str(EVENTS[event.kind]), "at": event.at, "where": where, "odd": event.odd, "sign_in": event.kind == "SIGN_IN"}


def reset_by(person: Any) -> str:
    """Who gave this person a new password, and when; nothing if nobody did."""
    if person.reset_at is None:
        return ""
    by = house().people.get(person.reset_by_id or 0)
    told = {"at": moment(person.reset_at), "who": by.name if by else _("系统")}
    return _("密码于 %(at)s 由 %(who)s 重置") % told


@open_door("one's own sessions", "POST", signed_in=True)
def end_session(request: Any, pk: int) -> HttpResponse:
    people.end_session(request.user, pk)
    return done(request, _("这个登录已结束。"), reverse("desk:account"))


@open_door("one's own sessions", "POST", signed_in=True)
def end_other_sessions(request: Any) -> HttpResponse:
    people.end_other_sessions(request.user, request.session.session_key)
    return done(request, _("其他登录都已结束。"), reverse("desk:account"))


@open_door("everybody may choose a new password, and some have to", "GET", "POST", signed_in=True)
def change_password(request: Any) -> HttpResponse:
    if request.method == "GET":
        return render(request, "desk/password.html", {"problems": {}, "reset": reset_by(request.user)})
    if not consume(request, action="change_password", user=request.user):
        return answer(request, 429)
    _nothing, problems = attempt(lambda: exchange(request))
    if problems:
        told: dict[str, list[Problem]] = {}
        for problem in problems:
            told.setdefault(problem.field, []).append(problem)
        context = {"problems": told, "reset": reset_by(request.user)}
        return render(request, "desk/password.html", context, status=422)
    update_session_auth_hash(request, request.user)
    request.session["told"] = request.user.alert
    password_changed.send(sender=type(request.user), request=request, user=request.user)
    return done(request, _("密码已修改，其他地方的登录已失效。"), reverse("desk:home"))


def exchange(request: Any) -> None:
    """The new password in place of the old one. Who just came in with a one-time password need not type it again."""
    first, again = request.POST.get("password1", ""), request.POST.get("password2", "")
    old = request.POST.get("oldpassword", "")
    if not request.user.must_change and not request.user.check_password(old):
        raise Unfit(Problem("oldpassword", "E_PASSWORD", _("现在的密码不对。")))
    if request.user.check_password(first):
        raise Unfit(Problem("password1", "E_PASSWORD", _("新密码不能和现在的一样。")))
    if first != again:
        raise Unfit(Problem("password2", "E_PASSWORD", _("两次输入的密码不一样。")))
    people.choose_password(request.user, first)


@open_door("how keji looks in this browser", "POST", signed_in=True)
def theme(request: Any) -> HttpResponse:
    return keep(request, "theme")


@open_door("the sign-in page can be read in English too", "POST")
def language(request: Any) -> HttpResponse:
    """The language of this browser and, once signed in, of the person wherever they work."""
    chosen = request.POST.get("value", "")
    if request.user.is_authenticated and chosen in CHOICES["language"]:
        people.choose_language(request.user, chosen)
    return keep(request, "language")


def keep(request: Any, name: str) -> HttpResponse:
    """Keep a choice in this browser and go back to where it was made."""
    chosen = request.POST.get("value", "")
    if chosen not in CHOICES[name]:
        return answer(request, 400)
    response = HttpResponseRedirect(same_site(request, request.POST.get("next", ""), reverse("desk:home")))
    response.set_cookie(name, chosen, max_age=YEAR if chosen else 0, secure=settings.HTTPS, samesite="Lax")
    return response


@open_door("whoever watches the server asks whether it lives, and learns nothing else")
def health(request: Any) -> HttpResponse:
    """Whether the pages are there. That reminders stand still is said, but no reason to restart what answers."""
    if not alive():
        return HttpResponse("", status=503)
    return HttpResponse("ok, clocks stopped" if still() else "ok", content_type="text/plain")


@open_door("whoever watches the server asks whether all of it works, and learns one word of what does not")
def ready(request: Any) -> HttpResponse:
    """Whether the database answers, is migrated, and the clocks are watched."""
    lacking = unready()
    return HttpResponse(lacking or "ok", content_type="text/plain", status=503 if lacking else 200)
