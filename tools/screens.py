"""Every page that a person can open: for pictures (`make shots`) and for axe (tests/e2e/test_sound.py).

A word in braces is the id of the first row of a list, as that person sees it; a new page is written in here, or among
those that are none (tests/security/test_routes.py).
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from installation import ROOT

FIRST = {  # a word → the list it is found in, and how an address of one begins
    "customer": ("/customers/?sort=created_at", "/customers/"),
    "contact": ("/contacts/", "/contacts/"),
    "need": ("/needs/", "/needs/"),
    "deal": ("/deals/list/", "/deals/"),
    "won": ("/deals/list/?category=WON", "/deals/"),
    "followup": ("/followups/", "/followups/"),
    "task": ("/tasks/", "/tasks/"),
    "ticket": ("/tickets/", "/tickets/"),
    "form": ("/forms/", "/forms/"),
    "scanned": ("/forms/?state=SCANNED", "/forms/"),
    "import": ("/imports/", "/imports/"),
    "review": ("/reviews/", "/reviews/"),
    "hook": ("/hooks/", "/hooks/"),
    "person": ("/people/", "/people/"),
    "robot": ("/account/notices/", "/account/notices/"),
}
SCREENS: dict[str, dict[str, str]] = {
    "": {"sign-in": "/accounts/login/"},
    "lin": {
        "work": "/",
        "tasks": "/tasks/mine/",
        "tasks-all": "/tasks/",
        "task": "/tasks/{task}/",
        "task-edit": "/tasks/{task}/edit/",
        "task-new": "/tasks/new/?_customer={customer}",
        "calendar": "/tasks/calendar/",
        "plans": "/tasks/plans/",
        "plan-new": "/tasks/plans/new/?grade=A",
        "tasks-team": "/tasks/team/",
        "due": "/due/",
        "inbox": "/inbox/",
        "told": "/account/notices/",
        "robot-new": "/account/notices/robots/new/",
        "robot": "/account/notices/{robot}/",
        "list": "/customers/",
        "list-none": "/customers/?q=没有这个词",
        "list-filtered": "/customers/?grade=A&grade=B&contact_region=320000",
        "grades": "/customers/grades/",
        "customer": "/customers/{customer}/",
        "customer-edit": "/customers/{customer}/edit/",
        "customer-new": "/customers/new/",
        "customer-next": "/customers/{customer}/next/",
        "card": "/customers/{customer}/card/",
        "spread": "/customers/spread/",
        "contacts": "/contacts/",
        "contact-edit": "/contacts/{contact}/edit/",
        "contact-new": "/customers/{customer}/contacts/new/",
        "followups": "/followups/",
        "followup-edit": "/followups/{followup}/edit/",
        "followup-versions": "/followups/{followup}/versions/",
        "followup-new": "/followups/new/",
        "pushes": "/followups/pushes/",
        "needs": "/needs/",
        "need-edit": "/needs/{need}/edit/",
        "need-confirm": "/needs/{need}/confirm/",
        "need-trace": "/needs/{need}/trace/",
        "need-new": "/customers/{customer}/needs/new/",
        "board": "/deals/",
        "deals": "/deals/list/",
        "deal": "/deals/{deal}/",
        "deal-edit": "/deals/{deal}/edit/",
        "deal-move": "/deals/{deal}/move/",
        "deal-next": "/deals/{deal}/next/",
        "deal-new": "/deals/new/?_customer={customer}",
        "handover": "/deals/{won}/handover/",
        "upload": "/imports/new/",
        "forms": "/forms/",
        "form": "/forms/{form}/",
        "form-enter": "/forms/{scanned}/enter/",
        "forms-print": "/forms/print/",
        "customers-bin": "/customers/bin/",
        "tokens": "/account/tokens/",
        "api": "/api/",
    },
    "wang": {
        "work-team": "/",
        "board-all": "/deals/",
        "board-long": "/deals/?pipeline=2",
        "forecast": "/deals/forecast/",
        "reviews": "/reviews/",
        "review": "/reviews/{review}/",
        "transfer": "/customers/{customer}/transfer/",
        "deals-bin": "/deals/bin/",
        "needs-bin": "/needs/bin/",
        "followups-bin": "/followups/bin/",
        "imports": "/imports/",
        "import-columns": "/imports/{import}/columns/",
        "import-check": "/imports/{import}/check/",
        "import-result": "/imports/{import}/result/",
        "exports": "/exports/",
        "account": "/account/",
        "two-steps": "/accounts/2fa/",
        "password": "/accounts/password/",
        "again": "/accounts/reauthenticate/",
        "leave": "/accounts/logout/",
    },
    "chen": {
        "work-service": "/",
        "masked": "/customers/{customer}/",
        "tickets": "/tickets/",
        "ticket": "/tickets/{ticket}/",
        "ticket-edit": "/tickets/{ticket}/edit/",
        "ticket-new": "/tickets/new/?_customer={customer}",
        "satisfaction": "/tickets/satisfaction/",
        "tickets-bin": "/tickets/bin/",
    },
    "qian": {"work-finance": "/"},
    "xu": {"work-market": "/"},
    "shen": {
        "work-archive": "/",
        "customers-export": "/customers/export/",
        "deals-export": "/deals/export/",
        "followups-export": "/followups/export/",
        "tasks-export": "/tasks/export/",
        "tickets-export": "/tickets/export/",
        "limits": "/limits/",
        "limit": "/limits/1/",
        "holidays": "/holidays/",
        "tags": "/tags/",
        "tag": "/tags/1/",
        "tag-group": "/tags/groups/1/",
        "dictionaries": "/dictionaries/",
        "dictionary": "/dictionaries/grade/",
        "required": "/dictionaries/required/",
        "term": "/terms/1/",
        "settings": "/settings/",
        "pipelines": "/pipelines/",
        "pipeline": "/pipelines/1/",
        "stage": "/stages/1/",
        "hooks": "/hooks/",
        "hook": "/hooks/{hook}/",
        "hook-edit": "/hooks/{hook}/edit/",
        "hook-new": "/hooks/new/",
    },
    "gao": {
        "people": "/people/",
        "person": "/people/{person}/",
        "person-tokens": "/people/{person}/tokens/",
        "person-new": "/people/new/",
        "team": "/people/teams/1/",
        "team-new": "/people/teams/new/",
        "roles": "/roles/",
        "role": "/roles/1/",
        "trail": "/trail/",
        "jobs": "/jobs/",
        "channels": "/channels/",
        "channel-new": "/channels/new/",
        "backups": "/backups/",
    },
}
# What GET answers that is no page of its own: pieces of one, ways to one, files, answers to scripts and to watchers.
NO_SCREEN = {
    "accounts/2fa/authenticate/",
    "accounts/2fa/codes/",
    "accounts/2fa/codes/download/",
    "accounts/2fa/codes/new/",
    "accounts/2fa/reauthenticate/",
    "accounts/2fa/totp/off/",
    "accounts/2fa/totp/on/",
    "backups/<slug:name>/",
    "contacts/<int:pk>/",
    "contacts/filters/<slug:name>/",
    "customers/<int:pk>/part/<slug:name>/",
    "customers/filters/<slug:name>/",
    "customers/pick/",
    "customers/pick/facts/",
    "customers/twins/",
    "deals/filters/<slug:name>/",
    "deals/list/filters/<slug:name>/",
    "deals/new/facts/",
    "exports/<int:pk>/",
    "feeds/<slug:secret>.ics",
    "files/<int:pk>/",
    "files/<int:pk>/preview/",
    "followups/<int:pk>/",
    "followups/filters/<slug:name>/",
    "followups/new/facts/",
    "forms/filters/<slug:name>/",
    "healthz",
    "imports/<int:pk>/errors/",
    "imports/template/",
    "inbox/unread/",
    "needs/<int:pk>/",
    "needs/filters/<slug:name>/",
    "needs/hints/",
    "readyz",
    "regions/",
    "search/",
    "tasks/filters/<slug:name>/",
    "tickets/filters/<slug:name>/",
    "tickets/new/facts/",
}


def prepare(visit: Callable[..., Any]) -> None:
    """What a demo lacks for all pages to have something to show; `visit(username, path)` gives a page of a browser."""
    page = visit("wang", "/imports/new/")
    page.set_input_files("[name=file]", ROOT / "docs" / "tutorial" / "files" / "客户示例.xlsx")
    page.click("main .ends .btn-primary")
    page.wait_for_url("**/columns/")
    page.click("main .ends .btn-primary")
    page.wait_for_url("**/check/")
    page = visit("shen", "/hooks/new/")
    page.fill("[name=name]", "数据仓库")
    page.fill("[name=address]", "https://1.1.1.1/keji")
    page.locator("[name=events]").first.check()
    page.click("main .ends .btn-primary")
    page = visit("lin", "/account/notices/robots/new/")
    page.select_option("[name=medium]", "FEISHU")
    page.fill("[name=name]", "我的飞书")
    page.fill("[name=address]", "https://open.feishu.cn/open-apis/bot/v2/hook/00000000-0000-0000-0000-000000000000")
    page.click("main .ends .btn-primary")


def found(visit: Callable[..., Any]) -> Callable[[str, str], str]:
    """`path(username, pattern)`: the pattern with the ids of what this person sees first, each looked for once."""

    @cache
    def first(username: str, thing: str) -> str:
        where, begins = FIRST[thing]
        links = visit(username, where).locator("main a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        ids = (re.match(rf"{begins}(\d+)/", href or "") for href in links)
        return next((one[1] for one in ids if one), "")

    def path(username: str, pattern: str) -> str:
        return pattern.format(**{thing: first(username, thing) for thing in FIRST if f"{{{thing}}}" in pattern})

    return path
