"""Whose a customer is, who works on it beside the owner, and how it is graded."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.customers import queries
from keji.customers.pages.record import called
from keji.customers.rules import grading, owners
from keji.customers.sheet import CUSTOMERS
from keji.kernel.numbers import whole_id
from keji.records.listing import ask, narrowed
from keji.records.pages import attempt, chosen, done, url


@door("customers.assign", "GET", "POST")
def customer_transfer(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    wrong: Any = ()
    if request.method == "POST":
        owner = request.POST.get("owner", "")
        moved, wrong = attempt(
            lambda: owners.transfer(request.user, customer, whole_id(owner) or 0, request.POST.get("why", ""))
        )
        if not wrong:
            back = url("customers:page", pk) if may(request.user, "customers.see", customer) else url("customers:list")
            return done(request, _("已更换负责人"), back)
    told_people = [
        (one, known.name) for one, known in house().people.items() if known.active and one != customer.owner_id
    ]
    context = {
        "customers": [customer],
        "called": called(request, customer),
        "people": told_people,
        "problems": wrong,
        "action": request.path,
        "ids": [],
    }
    return render(request, "customers/transfer.html", context, status=422 if wrong else 200)


@door("customers.assign", "POST")
def customers_transfer(request: Any) -> HttpResponse:
    """Many at once: first asked to whom and why, then done."""
    ids = wanted(request)
    wrong: Any = ()
    if "owner" in request.POST:
        owner = request.POST.get("owner", "")
        moved, wrong = attempt(
            lambda: owners.transfer_many(request.user, ids, whole_id(owner) or 0, request.POST.get("why", ""))
        )
        if not wrong:
            return done(request, many(moved, _("%(n)d 个客户已更换负责人")), url("customers:list"))
    people = [(one, known.name) for one, known in house().people.items() if known.active]
    context = {
        "customers": [],
        "count": len(ids),
        "ids": ids,
        "people": people,
        "problems": wrong,
        "action": request.path,
    }
    return render(request, "customers/transfer.html", context, status=422 if wrong else 200)


def wanted(request: Any) -> list[int]:
    """The ticked rows, or all rows of the list as it was filtered."""
    if request.POST.get("all") != "1":
        return chosen(request.POST)
    asked = ask(CUSTOMERS, request.user, QueryDict(request.POST.get("query", "")[:4000]))
    rows = narrowed(CUSTOMERS, request.user, queries.customers(request.user), asked, whole=True)
    return list(rows.values_list("pk", flat=True)[: owners.MOST + 1])


def many(moved: tuple[int, int], text: str) -> str:
    done_here, not_there = moved
    said = text % {"n": done_here}
    return said + (
        ngettext(",%(n)d 个不在可操作范围内", ",%(n)d 个不在可操作范围内", not_there) % {"n": not_there}
        if not_there
        else ""
    )


@door("customers.regrade", "POST")
def customer_regrade(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    told = request.POST
    _none, wrong = attempt(
        lambda: grading.regrade(
            request.user, customer, told.get("grade", ""), told.get("why", ""), grading.judged(told.dict())
        )
    )
    return done(request, wrong[0].message if wrong else _("等级已调整"), url("customers:page", pk))


@door("customers.change", "POST")
def customer_collaborators(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    were = chosen(request.POST, "were") if "were" in request.POST else None
    owners.set_collaborators(request.user, customer, chosen(request.POST, "people"), were)
    return done(request, _("协同人已更新"), url("customers:page", pk))
