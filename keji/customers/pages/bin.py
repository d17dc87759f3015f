"""What is thrown away, and taken out again."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.customers import queries
from keji.customers.pages.hands import many, wanted
from keji.customers.pages.record import called
from keji.customers.rules import bin as bins
from keji.customers.rules import contacts as people_there
from keji.customers.sheet import CUSTOMERS
from keji.records.pages import Links, attempt, done, list_page, url


@door("customers.delete")
def customer_bin(request: Any) -> HttpResponse:
    shown = [CUSTOMERS.by_name[name] for name in ("name", "customer_type", "industry_code", "owner", "changed_at")]
    links = Links(lambda pk, line: url("customers:bin"))
    return list_page(request, CUSTOMERS, queries.binned(request.user), "customers/bin.html", links, columns=shown)


@door("customers.delete", "POST")
def customers_drop(request: Any) -> HttpResponse:
    moved, wrong = attempt(lambda: bins.drop_many(request.user, wanted(request), request.POST.get("why", "")))
    return done(
        request, wrong[0].message if wrong else many(moved, _("%(n)d 个客户已放入回收站")), url("customers:list")
    )


@door("customers.delete", "POST")
def customer_drop(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    bins.drop(request.user, customer, request.POST.get("why", ""))
    return done(
        request,
        _("%(name)s 已放入回收站，30 天内可以恢复") % {"name": called(request, customer)},
        url("customers:list"),
    )


@door("customers.delete", "POST")
def customer_restore(request: Any, pk: int) -> HttpResponse:
    customer = queries.binned_customer(request.user, pk)
    _none, wrong = attempt(lambda: bins.restore(request.user, customer))
    if wrong:
        return done(request, wrong[0].message, url("customers:bin"))
    return done(request, _("%(name)s 已恢复") % {"name": called(request, customer)}, url("customers:page", pk))


@door("contacts.delete", "POST")
def contact_drop(request: Any, pk: int) -> HttpResponse:
    contact = queries.contact(request.user, pk)
    people_there.drop_contact(request.user, contact, request.POST.get("why", ""))
    return done(request, _("联系人已删除"), url("customers:page", contact.customer_id))
