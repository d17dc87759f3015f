"""The inbox: what one was told, newest first; read, put off, and asked after by every open page."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.doors import answer, open_door
from keji.kernel.clock import SNOOZES, later, now
from keji.kernel.numbers import whole_id
from keji.notices.rules import inbox as rules
from keji.notices.rules import reading
from keji.notices.rules.kinds import KINDS
from keji.records.pages import done, same_site, url

OWN = "one's own inbox"


@open_door(OWN, signed_in=True)
def inbox(request: Any) -> HttpResponse:
    person = request.user
    kind = request.GET.get("kind", "")
    asked = {"kind": kind if kind in KINDS else "", "unread": "1" if request.GET.get("unread") == "1" else ""}
    before = whole_id(request.GET.get("before", "")) or 0
    page = reading.page(person, asked["kind"], bool(asked["unread"]), before)
    kept = {name: value for name, value in asked.items() if value}
    context = {
        "lines": [line(notice, told) for notice, told in page.lines],
        "views": views(person, asked),
        "kind": asked["kind"],
        "here": request.get_full_path(),
        "next": "?" + urlencode({**kept, "before": page.last}) if page.more else "",
        "first": url("notices:inbox") + ("?" + urlencode(kept) if kept else "") if before else "",
        "snoozes": PUT_OFF,
    }
    return render(request, "notices/inbox.html", context)


PUT_OFF = (  # a word of SNOOZES → what it is called
    ("10m", gettext_lazy("10 分钟后")),
    ("1h", gettext_lazy("1 小时后")),
    ("tomorrow", gettext_lazy("明早 9 点")),
    ("monday", gettext_lazy("下周一 9 点")),
)


def line(notice: Any, told: Any) -> dict[str, Any]:
    return {
        "pk": notice.pk,
        "kind": KINDS[notice.kind].label,
        "title": told.title,
        "text": told.text,
        "href": told.href or url("notices:inbox"),
        "at": notice.shown_at,
        "unread": notice.read_at is None,
    }


def views(person: Any, asked: dict[str, str]) -> list[dict[str, Any]]:
    home, here = url("notices:inbox"), (asked["kind"], asked["unread"])
    found = [
        {"text": _("全部"), "href": home, "on": here == ("", "")},
        {"text": _("未读"), "href": f"{home}?unread=1", "on": here == ("", "1")},
    ]
    known = [{"text": KINDS[name].label, "href": f"{home}?kind={name}", "on": asked["kind"] == name} for name in reading.kinds(person)]
    return [*found, *known]


@open_door("how much waits in one's own inbox", signed_in=True)
def unread(request: Any) -> HttpResponse:
    """How many are unread and, for a desktop notification, the newest; 304 while nothing has changed."""
    count, newest = reading.state(request.user)
    tag = f'"{count}-{newest}-{request.user.language}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    shown = [
        {"id": notice.pk, "at": notice.shown_at.timestamp(), "title": told.title, "text": told.text}
        for notice, told in reading.for_desktop(request.user)
    ]
    return JsonResponse({"unread": count, "newest": shown}, headers={"ETag": tag}, json_dumps_params={"ensure_ascii": False})


@open_door(OWN, "POST", signed_in=True)
def read_all(request: Any) -> HttpResponse:
    kind = request.POST.get("kind", "")
    count = rules.read_all(request.user, kind if kind in KINDS else "")
    return done(request, _("%(n)d 条已标为已读。") % {"n": count}, back(request))


@open_door(OWN, "POST", signed_in=True)
def read(request: Any, pk: int) -> HttpResponse:
    """Read by a press of the button, or by a page that goes on to what the notice tells of and waits for no answer."""
    rules.read(request.user, pk, again=request.POST.get("again") == "1")
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return done(request, _("已标为未读。") if request.POST.get("again") == "1" else _("已读。"), back(request))


@open_door(OWN, "POST", signed_in=True)
def snooze(request: Any, pk: int) -> HttpResponse:
    known = rules.one(request.user, pk)
    until = request.POST.get("until", "")
    if until not in SNOOZES:
        return answer(request, 400)
    rules.snooze(request.user, known.pk, later(until, now()))
    return done(request, _("到时候再提醒你。"), back(request))


def back(request: Any) -> str:
    return same_site(request, request.POST.get("next", ""), url("notices:inbox"))
