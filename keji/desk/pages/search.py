"""The palette: jump to a record, a page or an action by typing."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access.doors import open_door
from keji.access.scope import may
from keji.desk.menu import menu
from keji.desk.queries import customers_found


@open_door("the palette offers each person only what they may open", signed_in=True)
def search(request: Any) -> HttpResponse:
    words = request.GET.get("q", "")[:64].strip()
    groups = [
        {"title": _("客户"), "items": records(request.user, words)},
        {"title": _("页面"), "items": places(request.user, words)},
        {"title": _("操作"), "items": actions(request.user, words)},
    ]
    return render(request, "desk/found.html", {"groups": [group for group in groups if group["items"]]})


def records(person: Any, words: str) -> list[dict[str, str]]:
    if not words or not may(person, "customers.see"):
        return []
    return [
        {
            "text": shown["name"].text if "name" in shown else _("客户"),
            "href": reverse("customers:page", args=[pk]),
            "icon": "building",
            "sub": " · ".join(
                shown[name].text for name in ("customer_no", "owner") if name in shown and shown[name].text
            ),
        }
        for pk, shown in customers_found(person, words)
    ]


def places(person: Any, words: str) -> list[dict[str, str]]:
    items = [item for group in menu(person, "") for item in group]
    return [
        {"text": item["label"], "href": item["href"], "icon": item["icon"]}
        for item in items
        if fits(item["label"], words)
    ]


def actions(person: Any, words: str) -> list[dict[str, str]]:
    offered = [
        (_("新建客户"), "customers:create", "plus", "customers.create"),
        (_("导入客户"), "intake:list", "upload", "customers.import"),
    ]
    return [
        {"text": text, "href": reverse(name), "icon": icon}
        for text, name, icon, action in offered
        if may(person, action) and fits(text, words)
    ]


def fits(text: str, words: str) -> bool:
    return words.casefold() in text.casefold()
