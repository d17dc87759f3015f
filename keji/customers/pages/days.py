"""The days worth remembering about a customer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.customers import queries
from keji.customers.rules import anniversaries
from keji.kernel.clock import today
from keji.kernel.errors import Invalid
from keji.kernel.numbers import whole_id
from keji.records.kinds import Day
from keji.records.pages import attempt, done, url


def days(customer: Any) -> list[dict[str, Any]]:
    """What is remembered of a customer that the caller has fetched for its reader, with how many days are left."""
    found: list[dict[str, Any]] = []
    if not queries.holds(customer, "days"):
        return found
    for one in queries.anniversaries(customer):
        coming = anniversaries.next_on(one.day, one.yearly, today())
        found.append({"id": one.pk, "name": one.name, "day": one.day, "yearly": one.yearly, "ahead": one.remind_days, "left": (coming - today()).days if coming else None})
    return found


@door("customers.change", "POST")
def day_add(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    try:
        day: Any = Day().parse(request.POST.get("day", "")[:40]).value
    except Invalid as error:
        return done(request, error.message, url("customers:page", pk), messages.ERROR)
    name, yearly = request.POST.get("name", "")[:200], "yearly" in request.POST
    ahead = whole_id(request.POST.get("remind_days", str(anniversaries.AHEAD)))
    _kept, wrong = attempt(lambda: anniversaries.remember(request.user, customer, name, day, yearly, ahead))
    if wrong:
        return done(request, wrong[0].message, url("customers:page", pk), messages.ERROR)
    return done(request, _("纪念日已记下"), url("customers:page", pk))


@door("customers.change", "POST")
def day_drop(request: Any, pk: int, day: int) -> HttpResponse:
    anniversaries.forget(request.user, queries.customer(request.user, pk), day)
    return done(request, _("纪念日已删除"), url("customers:page", pk))
