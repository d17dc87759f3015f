"""Every address of the program. Library pages get their doors here, from one table with reasons."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import include, path

from keji.access.doors import open_door
from keji.customers import urls as customers
from keji.desk.pages import account as own
from keji.desk.pages.customer import customer_page

BOTH = ("GET", "POST")
LIBRARY: list[tuple[str, Any, str, str, bool]] = [
    ("accounts/login/", account.login, "account_login", "who is not signed in yet must be able to sign in", False),
    ("accounts/logout/", account.logout, "account_logout", "everybody may leave", True),
    ("accounts/reauthenticate/", account.reauthenticate, "account_reauthenticate", "one's own account", True),
    ("accounts/2fa/", mfa.index, "mfa_index", "one's own account", True),
    ("accounts/2fa/authenticate/", mfa.authenticate, "mfa_authenticate", "the second step of signing in", False),
    ("accounts/2fa/reauthenticate/", mfa.reauthenticate, "mfa_reauthenticate", "one's own account", True),
    ("accounts/2fa/totp/on/", totp.activate_totp, "mfa_activate_totp", "one's own account", True),
    ("accounts/2fa/totp/off/", totp.deactivate_totp, "mfa_deactivate_totp", "one's own account", True),
    ("accounts/2fa/codes/", codes.view_recovery_codes, "mfa_view_recovery_codes", "one's own account", True),
    (
        "accounts/2fa/codes/new/",
        codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
        "one's own account",
        True,
    ),
    (
        "accounts/2fa/codes/download/",
        codes.download_recovery_codes,
        "mfa_download_recovery_codes",
        "one's own account",
        True,
    ),
]


def wrapped(view: Any, reason: str, signed_in: bool) -> Any:
    def page(request: Any, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    page.__name__, page.__module__ = getattr(view, "__name__", "page"), view.__module__
    return open_door(reason, *BOTH, signed_in=signed_in)(page)


urlpatterns = [
    path("", include("keji.api.urls")),  # first: what has one beginning is soon passed by
    path("", include("keji.desk.urls")),
    path("", include(([path("customers/<int:pk>/", customer_page, name="page"), *customers.urlpatterns], "customers"))),
    path("", include("keji.agenda.urls")),
    path("", include("keji.deals.urls")),
    path("", include("keji.followups.urls")),
    path("", include("keji.service.urls")),
    path("", include("keji.intake.urls")),
    path("", include("keji.custody.urls")),
    path("", include("keji.notices.urls")),
    path("", include("keji.clocks.urls")),
    path("accounts/password/", own.change_password, name="account_change_password"),
    *[path(route, wrapped(view, reason, signed_in), name=name) for route, view, name, reason, signed_in in LIBRARY],
]
handler400 = "keji.desk.pages.errors.bad_request"
handler403 = "keji.desk.pages.errors.forbidden"
handler404 = "keji.desk.pages.errors.not_found"
handler429 = "keji.desk.pages.errors.too_many"
handler500 = "keji.desk.pages.errors.broken"
