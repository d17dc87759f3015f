"""Deals as a list, in the bin, as a file."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from keji.access.doors import door
from keji.access.scope import may
from keji.customers.rules.actions import EXPORT_ANY
from keji.customers.rules.exports import FEW, waits
from keji.deals import jobs, queries
from keji.deals.rules import exports
from keji.deals.sheet import DEALS
from keji.kernel.errors import Invalid
from keji.queue import enqueue
from keji.records.filters import Strip
from keji.records.listing import ask
from keji.records.pages import Links, attempt, bad_request, list_page, panel_page, url

LINKS = Links(lambda pk, line: url("deals:page", pk), clips=True)
FIRST = ("stage", "owner", "team", "expected_close_date", "amount", "category")
SOON = 2000  # rows of an export that are written while one waits


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
    return list_page(request, DEALS, queries.deals(request.user), "deals/list.html", LINKS, strip=strip(), **extra)


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
    """Ask for the list as a file: few rows come at once, many in the background."""
    query = request.GET.urlencode() if request.method == "GET" else request.POST.get("query", "")[:4000]
    try:
        asked = ask(DEALS, request.user, QueryDict(query))
    except Invalid as error:
        return bad_request(request, error)
    rows = queries.found(request.user, DEALS, asked, "export")
    count = rows.order_by()[:100_001].count()
    problems: Any = ()
    if request.method == "POST":
        why, form = request.POST.get("why", ""), request.POST.get("format", "")
        wanted, problems = attempt(lambda: exports.ask(request.user, rows, query, why, form))
        if not problems:
            if count <= SOON:
                exports.make(wanted, DEALS, rows)
            else:
                waits(wanted, enqueue(jobs.make_export, wanted.pk, person_id=request.user.pk).pk)
            return redirect("customers:exports")
    told = {"count": count, "query": query, "problems": problems, "any": may(request.user, EXPORT_ANY), "few": FEW}
    return render(request, "deals/export.html", told, status=422 if problems else 200)
