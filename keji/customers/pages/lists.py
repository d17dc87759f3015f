"""Lists of customers and contacts, and how they are narrowed."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from keji.access.doors import door, open_door
from keji.access.scope import may
from keji.customers import queries
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel import addresses
from keji.records.filters import Strip
from keji.records.pages import Links, list_page, panel_page, url, url_of
from keji.records.sheet import Column

LINKS = Links(
    lambda pk, line: url_of("customers:page", pk),
    lambda pk, name: url_of("customers:reveal", pk, name),
    onward=True,
)
PEOPLE_LINKS = Links(
    lambda pk, line: url_of("customers:of_contact", pk), lambda pk, name: url_of("customers:contact_reveal", pk, name)
)
PANELS = "filters/"
STRIP = (
    "owner",
    "heartbeat",
    "grade",
    "industry_code",
    "lifecycle_stage",
    "contact_region",
    "tags",
)  # the filters in sight; the rest unfold
PEOPLE_STRIP = ("decision_role", "is_primary", "validity", "customers.tags", "customers.grade")

FIRST = ("name", "grade", "next_followup_at", "lifecycle_stage", "industry_code", "size_band")  # the columns on the left


@door("customers.see")
def customer_list(request: Any) -> HttpResponse:
    mine = request.GET.get("owner") == str(request.user.pk)
    extra = {"mine": mine, "may": grants(request.user) | {"plan": may(request.user, "tasks.create")}}
    strip = Strip(url("customers:list") + PANELS, STRIP)
    links = replace(LINKS, beat=lambda pk: url_of("agenda:pulse", pk)) if may(request.user, "tasks.see") else LINKS
    rows, listed = queries.customers(request.user), in_order(request.user)
    return list_page(request, CUSTOMERS, rows, "customers/list.html", links, listed, strip=strip, **extra)


def in_order(person: Any) -> list[Column]:
    """The columns of the list: what a salesperson looks for first stands on the left."""
    place = {name: n for n, name in enumerate(FIRST)}
    listed = [column for column in CUSTOMERS.columns_for(person) if column.listed]
    return sorted(listed, key=lambda column: place.get(column.name, len(place)))


@door("customers.see")
def customer_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, CUSTOMERS, name, url("customers:list"), Strip(url("customers:list") + PANELS, STRIP))


def grants(person: Any) -> dict[str, bool]:
    """What the buttons of the customer pages need to know."""
    names = ("create", "change", "delete", "assign", "export", "import")
    return {name: may(person, f"customers.{name}") for name in names}


@door("contacts.see")
def contact_list(request: Any) -> HttpResponse:
    rows, strip = queries.contacts(request.user), Strip(url("customers:contacts") + PANELS, PEOPLE_STRIP)
    return list_page(request, CONTACTS, rows, "customers/contacts.html", PEOPLE_LINKS, strip=strip)


@door("contacts.see")
def contact_filter(request: Any, name: str) -> HttpResponse:
    path = url("customers:contacts")
    return panel_page(request, CONTACTS, name, path, Strip(path + PANELS, PEOPLE_STRIP))


@door("contacts.see")
def of_contact(request: Any, pk: int) -> HttpResponse:
    """A contact stands on its customer's page."""
    return redirect("customers:page", queries.contact(request.user, pk).customer_id)


@open_door("names of places are public", "GET", signed_in=True)
def regions(request: HttpRequest) -> JsonResponse:
    parent = request.GET.get("parent", "")
    return JsonResponse([{"code": one.code, "name": one.name} for one in addresses.children(parent)], safe=False)
