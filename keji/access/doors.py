"""Every page says which action opens it, and by which methods. A page that says nothing does not open."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from allauth.account.internal.flows.reauthentication import suspend_request
from django.contrib.auth.decorators import login_not_required
from django.core.checks import Error
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, get_resolver, reverse
from django.utils.translation import gettext_lazy as _

from keji.access.scope import ACTIONS, may
from keji.access.sessions import recently
from keji.access.trail import note
from keji.database import plight
from keji.kernel.errors import NotThere, Refused, Stale, TooOften

ANSWERS: dict[type[Exception], int] = {Refused: 403, NotThere: 404, Stale: 409, TooOften: 429}
AILING = {"busy": 503, "away": 503, "full": 507}


def door(action: str, *methods: str, recent: bool = False, also: str = "") -> Callable:
    """Open a page to those who may do the action (or the one named as `also`), by GET unless other methods are named.

    With `recent`, who signed in some time ago types the password again before the page does its work (asvs 7.5.3).
    """

    def mark(view: Any) -> Any:
        made = asked_again(view, action) if recent else view
        made.door, made.also, made.methods, made.recent = action, also, methods or ("GET",), recent
        return made

    return mark


def asked_again(view: Any, action: str) -> Any:
    """A request that was put off for the password comes back past the door, so the action is asked here too."""

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not may(request.user, action):
            raise Refused(action)
        return view(request, *args, **kwargs)

    return page


def put_off(request: Any) -> HttpResponse:
    """The password first. What was sent goes on by itself afterwards; a file is then asked for once more."""
    if request.method == "GET":
        came_from = urlsplit(request.headers.get("Referer", ""))
        path = came_from.path if came_from.netloc == request.get_host() else "/"
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': path})}")
    return suspend_request(request, reverse("account_reauthenticate"))


def open_door(reason: str, *methods: str, signed_in: bool = False, recent: bool = False) -> Callable:
    """Open a page to everybody (or to all who are signed in). The reason is for the reader and the list of open pages."""

    def mark(view: Any) -> Any:
        view = view if signed_in else login_not_required(view)
        view.door, view.methods, view.open_because, view.recent = None, methods or ("GET",), reason, recent
        return view

    return mark


class DoorMiddleware:
    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not hasattr(view, "door"):
            return answer(request, 403)
        allowed = {*view.methods, "OPTIONS"} | ({"HEAD"} if "GET" in view.methods else set())
        if request.method not in allowed:
            return HttpResponseNotAllowed(sorted(allowed))
        if request.method == "OPTIONS":
            return HttpResponse(headers={"Allow": ", ".join(sorted(allowed))})
        if request.method == "HEAD":
            request.method = "GET"  # pages take whatever is not GET for a change
        if view.door and not (may(request.user, view.door) or (view.also and may(request.user, view.also))):
            return refuse(request, view.door)
        if nul(request):
            return answer(request, 400)
        works = request.method == "POST" or "POST" not in view.methods
        return put_off(request) if getattr(view, "recent", False) and works and not recently(request) else None

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            return refuse(request, str(error))
        status = next((status for kind, status in ANSWERS.items() if isinstance(error, kind)), AILING.get(plight(error)))
        response = answer(request, status) if status else None
        if response and isinstance(error, TooOften):
            response["Retry-After"] = str(error.seconds)
        return response


def nul(request: Any) -> bool:
    """True if a NUL stands in what was sent: PostgreSQL cannot keep one, and nobody types one."""
    sent = [*request.GET.lists(), *request.POST.lists()]
    return any("\0" in text for name, told in sent for text in (name, *told))


def refuse(request: Any, action: str) -> HttpResponse:
    note(request.user, "access.refused", why=action[:100], path=request.path[:200])
    return answer(request, 403, needs=ACTIONS[action].label if action in ACTIONS else "")


def answer(request: Any, status: int, **told: Any) -> HttpResponse:
    """The error page of a status, with an id that also stands in the log."""
    told |= {"number": uuid4().hex[:8]}
    told["error_id"] = told["number"]
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"status": status, "title": str(TITLES[status]), "number": told["number"]}, status=status)
    response = render(request, f"errors/{status}.html", told, status=status)
    if status == 503:
        response["Retry-After"] = "5"
    return response


TITLES = {
    400: _("请求有误"),
    403: _("没有权限"),
    404: _("找不到"),
    409: _("已被别人修改"),
    413: _("太大了"),
    429: _("太频繁"),
    500: _("出错了"),
    503: _("正忙"),
    507: _("磁盘已满"),
}


def views(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every URL of the program with the view behind it."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback
        else:
            yield from views(entry.url_patterns, prefix + str(entry.pattern))


def check_doors(app_configs: Any, **kwargs: Any) -> list[Error]:
    wrong = []
    for url, view in views():
        name = f"{url}: {view.__module__}.{getattr(view, '__name__', view)}"
        if not hasattr(view, "door"):
            wrong.append(Error(f"{name} has no @door", id="keji.E001"))
        elif view.door and not {view.door, view.also} - {""} <= ACTIONS.keys():
            wrong.append(Error(f"{name}: unknown action {view.door!r}", id="keji.E002"))
    return wrong
