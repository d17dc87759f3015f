"""Deals as a list, in the bin, as a file."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from keji.access.doors import door
from keji.access.scope import may
from keji.deals import jobs, queries
from keji.deals.sheet import DEALS
from keji.records.filters import Strip
from keji.records.pages import Links, export_page, list_page, panel_page, url, url_of

LINKS = Links(lambda pk, line: url("deals:page", pk), clips=True)
FIRST = ("stage", "owner", "heartbeat", "team", "expected_close_date", "amount", "category")


def strip() -> Strip:
    return Strip(url("deals:list") + "filters/", FIRST)


def grants(person: Any) -> dict[str, bool]:
    return {verb: may(person, f"deals.{verb}") for verb in ("create", "change", "delete", "export")}


@door("deals.see")
def deal_list(request: Any) -> HttpResponse:
    extra = {
        "mine": request.GET.get("owner") == str(request.user.pk),
        "may": grants(request.user),
    }
    links = replace(LINKS, beat=lambda pk: url_of("deals:pulse", pk)) if may(request.user, "tasks.see") else LINKS
    return list_page(request, DEALS, queries.deals(request.user), "deals/list.html", links, strip=strip(), **extra)


@door("deals.see")
def deal_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, DEALS, name, url("deals:list"), strip())


@door("deals.delete")
def deal_bin(request: Any) -> HttpResponse:
    shown = [DEALS.by_name[name] for name in ("name", "customer", "stage", "amount", "owner")]
    links = Links(lambda pk, line: url("deals:bin"))
    return list_page(request, DEALS, queries.binned(request.user), "deals/bin.html", links, shown)


@door("deals.export", "GET", "POST", recent=True)
def deal_export(request: Any) -> HttpResponse:
    return export_page(request, jobs.EXPORT, "deals/export.html")
