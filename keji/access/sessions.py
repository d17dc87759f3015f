"""Signing in and staying signed in: idle and absolute limits, the first password, no sign-up."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from keji.access.house import fresh
from keji.access.models import Person
from keji.kernel.clock import now

FREE = ("/static/", "/accounts/logout/", "/healthz")
DUMMY = make_password("nobody has this password")


class Backend(BaseBackend):
    """Username and password. An unknown name costs the same time as a wrong password."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Person | None:
        person = Person.objects.filter(username=username or "").first()
        right = check_password(password or "", person.password if person and person.has_usable_password() else DUMMY)
        return person if person and right and person.is_active else None

    def get_user(self, pk: int) -> Person | None:
        return Person.objects.select_related("team").filter(pk=pk, is_active=True).first()


class SessionMiddleware:
    """Ends sessions that were idle too long or are too old, and insists that a one-time password is changed."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        fresh()
        if request.path.startswith(FREE) or not request.session.get("_auth_user_id"):
            return self.get_response(request)
        at = now().timestamp()
        session = request.session
        begun, seen = session.get("begun", at), session.get("seen", at)
        if at - begun > settings.SESSION_COOKIE_AGE or at - seen > settings.SESSION_IDLE:
            logout(request)
            return HttpResponseRedirect(reverse("account_login"))
        if "begun" not in session or at - seen > 60:
            session["begun"], session["seen"] = begun, at
        change = reverse("account_change_password")
        if request.user.is_authenticated and request.user.must_change and request.path != change:
            return HttpResponseRedirect(change)
        return self.get_response(request)


class AccountAdapter(DefaultAccountAdapter):
    """People are added by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
