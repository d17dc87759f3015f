"""Choosing a customer in a form: search while typing, and what a chosen one brings along."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from keji.access.doors import door
from keji.customers import queries
from keji.customers.pages.panels import about
from keji.desk.queries import customers_found


@door("customers.see")
def pick(request: Any) -> JsonResponse:
    """The customers in which the words occur, as the person may read them."""
    words = request.GET.get("q", "")[:64].strip()
    found = customers_found(request.user, words) if words else []
    lines = [
        {
            "id": pk,
            "text": shown["name"].text if "name" in shown else shown["customer_no"].text,
            "sub": " · ".join(shown[one].text for one in ("customer_no", "owner") if one in shown and shown[one].text),
        }
        for pk, shown in found
    ]
    return JsonResponse(lines, safe=False)


@door("customers.see")
def facts(request: Any) -> HttpResponse:
    """The facts of a chosen customer, by id or number, for the form that chose it."""
    customer = queries.customer(request.user, request.GET.get("customer", "")[:20] or "0")
    return render(request, "desk/facts.html", {"shown": about(request.user, customer)["shown"]})
