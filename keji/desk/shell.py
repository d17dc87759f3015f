"""What stands around every page: headers, the frame's context, the language."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from keji.access.sessions import FREE
from keji.records.pages import unforged

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; manifest-src 'self'; "
    "report-uri /csp/; report-to csp"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Reporting-Endpoints": 'csp="/csp/"',
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


LOGOUT = "/accounts/logout/"


class ProxyMiddleware:
    """Takes away what only a proxy may say (whom it speaks for, over what) unless the named proxy says it."""

    SAYS = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.PROXY_HEADER or request.META.get("REMOTE_ADDR") not in settings.PROXIES:
            told = [name for name in request.META if name.startswith(self.SAYS) or name == settings.PROXY_HEADER]
            for name in told:
                del request.META[name]
        return self.get_response(request)


class BodyMiddleware:
    """Refuses a body that is too large before anything of it is read, whoever sends it."""

    MOST = 25 * 1024 * 1024

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdecimal() and int(length) <= self.MOST:
            return self.get_response(request)
        return render(None, "errors/413.html", {"error_id": uuid4().hex[:8]}, status=413)


class HeadersMiddleware:
    """Puts the security headers on every answer, whatever made it; pages with people's data are stored nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "private, no-store"
        if request.path == LOGOUT and request.method == "POST":
            response.headers["Clear-Site-Data"] = '"storage"'  # no page is cached; the two choices of look are cookies
        return response


class LanguageMiddleware:
    """Speaks the language the person has chosen; else the one chosen in this browser, else the browser's own, else Chinese."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = "" if request.path.startswith(FREE) else getattr(request.user, "language", "")
        language = chosen or translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def context(request: Any) -> dict[str, Any]:
    """The frame's context for Jinja2 templates; nothing where there is no signed-in person to ask."""
    from keji.desk.menu import shell

    told = shell(request)
    told["toasts"] = [
        {"level": m.level_tag, "text": m.message, "href": "", "href_text": ""} for m in messages.get_messages(request)
    ]
    if told["me"]:
        told |= unforged(request)
    return told
