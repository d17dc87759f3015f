"""Lists of customers and contacts, and how they are narrowed."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from keji.access.doors import door, open_door
from keji.access.house import house
from keji.access.scope import may
from keji.customers import queries
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel import addresses
from keji.records.pages import Links, list_page, url
from keji.records.sheet import Column, Sheet

LINKS = Links(lambda pk, line: url("customers:page", pk), lambda pk, name: url("customers:reveal", pk, name))

PEOPLE_LINKS = Links(
    lambda pk, line: url("customers:of_contact", pk), lambda pk, name: url("customers:contact_reveal", pk, name)
)

STRIP = (
    "owner",
    "grade",
    "industry_code",
    "lifecycle_stage",
    "contact_region",
    "tags",
)  # the filters in sight; the rest unfold


def filters(request: Any, sheet: Sheet = CUSTOMERS) -> dict[str, Any]:
    """The filter strip: for each column that may be asked about, its choices and what is chosen."""
    found = [face(request, sheet, column.name) for column in sheet.columns if may_ask(request, sheet, column)]
    for other in sheet.beside:
        prefix = f"{other.model.RECORD}."
        found += [face(request, other, c.name, prefix) for c in other.columns if may_ask(request, other, c)]
    return {"filters": sorted(found, key=lambda one: STRIP.index(one["name"]) if one["name"] in STRIP else 99)}


def may_ask(request: Any, sheet: Sheet, column: Column) -> bool:
    return bool(column.filter) and column.name in sheet.readable(request.user)


def face(request: Any, sheet: Sheet, column_name: str, prefix: str = "") -> dict[str, Any]:
    """One filter; of records beside those of the list, under the name of their type."""
    column, name = sheet.by_name[column_name], prefix + column_name
    told, unwanted = request.GET.getlist(name), request.GET.getlist(f"{name}__not")
    since, until = request.GET.get(f"{name}__from", ""), request.GET.get(f"{name}__to", "")
    offered = column.kind.choices()
    choices = [{"code": c.code, "text": c.text, "also": c.also, "on": c.code in told} for c in offered]
    words = {c.code: c.text for c in offered}
    picked = _("、").join(str(words.get(one, one)) for one in told)
    out = _("、").join(str(words.get(one, one)) for one in unwanted)
    span = f"{since} — {until}" if since or until else ""
    label = sheet.label(column_name)
    return {
        "name": name,
        "label": f"{sheet.title} {label}" if prefix and not label.startswith(str(sheet.title)) else label,
        "kind": column.kind.filter,
        "sheet": column.kind.sheet,
        "choices": choices,
        "told": " ".join(one for one in (picked, span, _("不含 %(tags)s") % {"tags": out} if out else "") if one),
        "since": since,
        "until": until,
        "how": request.GET.get(f"{name}__how", ""),
        "unwanted": unwanted,
        "clear": without(request, name),
        "first": name in STRIP or bool(picked or span or out),
    }


def without(request: Any, name: str) -> str:
    """The address of this list without one of its filters."""
    told = request.GET.copy()
    for key in (name, f"{name}__from", f"{name}__to", f"{name}__how", f"{name}__not", "after", "before"):
        told.pop(key, None)
    return f"{request.path}?{told.urlencode()}"


@door("customers.see")
def customer_list(request: Any) -> HttpResponse:
    rows = queries.customers(request.user)
    mine = request.GET.get("owner") == str(request.user.pk)
    extra = {"mine": mine, "may": grants(request.user), "people": house().people}
    return list_page(request, CUSTOMERS, rows, "customers/list.html", LINKS, **extra, **filters(request))


def grants(person: Any) -> dict[str, bool]:
    """What the buttons of the customer pages need to know."""
    names = ("create", "change", "delete", "assign", "export", "import")
    return {name: may(person, f"customers.{name}") for name in names}


@door("contacts.see")
def contact_list(request: Any) -> HttpResponse:
    rows = queries.contacts(request.user)
    return list_page(request, CONTACTS, rows, "customers/contacts.html", PEOPLE_LINKS, **filters(request, CONTACTS))


@door("contacts.see")
def of_contact(request: Any, pk: int) -> HttpResponse:
    """A contact stands on its customer's page."""
    return redirect("customers:page", queries.contact(request.user, pk).customer_id)


@open_door("names of places are public", "GET", signed_in=True)
def regions(request: HttpRequest) -> JsonResponse:
    parent = request.GET.get("parent", "")
    return JsonResponse([{"code": one.code, "name": one.name} for one in addresses.children(parent)], safe=False)
