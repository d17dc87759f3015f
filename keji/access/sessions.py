"""Signing in and staying signed in: idle and absolute limits, the first password, no sign-up."""

import json
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessions
from django.db import Error, connection
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keji.access.house import SETTINGS, enter, fresh
from keji.access.models import Person, Role, Team
from keji.access.rules import watch
from keji.access.trail import note
from keji.database import plight
from keji.kernel import crypto
from keji.kernel.clock import now

POLLED = "/inbox/unread/"  # asked by open tabs, by themselves: it keeps nobody signed in
FREE = ("/static/", "/accounts/logout/", "/healthz", "/readyz")
SILENT = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")
# A person with team, roles and the settings in one query, by hand: each request asks it, and the ORM writes it longer than it takes.
PERSON = """
SELECT p.*, t.name AS team_name, t.parent_id AS team_parent, t.path AS team_path, t.lead_id AS team_lead,
  r.id AS role_id, r.code AS role_code, r.label AS role_label, r.builtin AS role_builtin,
  r.reach AS role_reach, r.actions AS role_actions, r.fields AS role_fields,
  {settings} AS settings
FROM access_person p LEFT JOIN access_team t ON t.id = p.team_id
LEFT JOIN access_held h ON h.person_id = p.id LEFT JOIN access_role r ON r.id = h.role_id
WHERE p.id = %s ORDER BY r.id"""
DUMMY = make_password("nobody has this password")


def plain(username: str | None) -> str:
    """A sign-in name as it is kept: people's keyboards add capitals and spaces."""
    return (username or "").strip().lower()


class Backend(BaseBackend):
    """Username and password. An unknown name costs the same time as a wrong password."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Person | None:
        person = Person.objects.filter(username=plain(username)).first()
        right = check_password(password or "", person.password if person and person.has_usable_password() else DUMMY)
        return person if person and right and person.is_active else None

    def get_user(self, pk: int) -> Person | None:
        rows: list[Any] = list(Person.objects.raw(PERSON.format(settings=SETTINGS[connection.vendor]), [pk]))
        if not rows or not rows[0].is_active:
            return None
        enter(rows[0].settings)
        person = rows[0]
        if person.team_id:
            told = {"name": person.team_name, "parent_id": person.team_parent, "path": person.team_path, "lead_id": person.team_lead}
            person.team = Team(pk=person.team_id, **told)
        person.__dict__ |= {"_roles": [held(row) for row in rows if row.role_id], "_shared": {}}
        return person


def held(row: Any) -> Role:
    told = [json.loads(value) for value in (row.role_reach, row.role_actions, row.role_fields)]
    return Role(row.role_id, row.role_code, row.role_label, row.role_builtin, *told)


class StoreMiddleware(DjangoSessions):
    """Django's sessions, of which a page that only reads does not depend: it is shown though the disk is full.

    A request begins here, before anything asks who it is: what was known of the house is forgotten.
    """

    def process_request(self, request: Any) -> None:
        fresh()
        super().process_request(request)

    def process_response(self, request: Any, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except Error as error:
            if request.method == "GET" and plight(error):
                return response
            raise


class SessionMiddleware:
    """Ends sessions that were idle too long or are too old, and insists that a one-time password is changed."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.path.startswith(FREE) or not request.session.get("_auth_user_id"):
            return self.get_response(request)
        at = now().timestamp()
        session = request.session
        begun, seen = session.get("begun", at), session.get("seen", at)
        if at - begun > settings.SESSION_COOKIE_AGE or at - seen > settings.SESSION_IDLE:
            logout(request)
            return HttpResponseRedirect(reverse("account_login"))
        if "begun" not in session or at - seen > 60 and request.path != POLLED:
            session["begun"], session["seen"] = begun, at
        change = reverse("account_change_password")
        if request.user.is_authenticated and request.user.must_change and request.path != change:
            return HttpResponseRedirect(change)
        return self.get_response(request)


CHANGES = {
    "mfa/email/totp_activated": "FACTOR_ON",
    "mfa/email/totp_deactivated": "FACTOR_OFF",
    "mfa/email/recovery_codes_generated": "CODES",
}


class AccountAdapter(DefaultAccountAdapter):
    """People are added by an administrator; nobody signs up. The trail tells who came, who left and who was turned away."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("登录名或密码不对。忘记密码请找管理员重置。"),
        "too_many_login_attempts": _("试错次数太多，请 15 分钟后再试。"),
        "incorrect_password": _("密码不对。"),
    }

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def add_message(self, request: Any, level: Any, message_template: Any = None, *args: Any, **kwargs: Any) -> None:
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def _get_login_attempts_cache_key(self, request: Any, **credentials: Any) -> str:
        # The library's key has the Host header in it, by which a guesser would get new tries.
        return plain(credentials.get("username"))

    def authentication_failed(self, request: Any, **credentials: Any) -> None:
        known = Person.objects.filter(username=plain(credentials.get("username"))).values_list("pk", flat=True).first()
        note(None, "access.sign_in_failed", why=f"person {known or 0}")

    def login(self, request: Any, user: Any) -> None:
        super().login(request, user)
        request.session["begun"] = request.session["seen"] = now().timestamp()
        request.session["told"] = watch.signed_in(user, *place(request))
        note(user, "access.sign_in")

    def logout(self, request: Any) -> None:
        note(request.user, "access.sign_out")
        super().logout(request)

    def send_notification_mail(self, template: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """Where the library would write a mail, the person's own pages tell."""
        if template in CHANGES:
            self.request.session["told"] = watch.second_factor(user, CHANGES[template], *place(self.request))


def place(request: Any) -> tuple[str | None, str, str | None]:
    """From where a request comes: address, browser, session."""
    adapter = AccountAdapter(request)
    return adapter.get_client_ip(request), adapter.get_http_user_agent(request) or "", request.session.session_key


def recently(request: Any) -> bool:
    """True if the person has signed in, or said again who they are, in the last minutes."""
    again = [one["at"] for one in get_authentication_records(request, request.user) if one.get("reauthenticated")]
    return now().timestamp() - max([request.session.get("begun", 0), *again]) < settings.STEP_UP


class MFAAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": _("验证码不对，请用最新的一个。")}

    def get_totp_label(self, user: Any) -> str:
        return user.username

    def encrypt(self, text: str) -> str:
        return crypto.seal(settings.FIELD_KEY, "second factor", text).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(settings.FIELD_KEY, "second factor", bytes.fromhex(encrypted_text))
