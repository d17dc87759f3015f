"""Customers of grade C that agreed to hear of us and have not this month; what was sent is written down for all at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keji.access.doors import door
from keji.customers import queries as customers
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.followups.rules import pushing
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, done, url
from keji.records.terms import dictionary

SHOWN = ("name", "customer_no", "industry_code", "last_followup_at", "owner")
REACHED = ("name", "mobile", "email")


@door("followups.create", "GET", "POST")
def push_list(request: Any) -> HttpResponse:
    person = request.user
    if request.method == "POST":
        told = request.POST
        ids = [pk for one in told.getlist("ids")[: pushing.MOST + 1] if (pk := whole_id(one))]
        sent, wrong = attempt(lambda: pushing.push(person, ids, told.get("method", "")[:30], told.get("summary", "")[:1100]))
        if wrong:
            return page(request, wrong, set(ids), status=422)
        count, left = sent
        said = ngettext("已记 %(n)d 家的推送", "已记 %(n)d 家的推送", count) % {"n": count}
        said += _("；%(left)d 家没有记：没有同意、已经联系过，或要求勿打扰") % {"left": left} if left else ""
        return done(request, said, url("desk:pushes"), messages.WARNING if left else messages.SUCCESS)
    return page(request)


def page(request: Any, problems: Any = (), ticked: set[int] | None = None, status: int = 200) -> HttpResponse:
    person = request.user
    found = list(pushing.listed(person)[: pushing.MOST])
    waiting = pushing.waiting(person).count()
    methods = [(one.code, one.text, one.code == request.POST.get("method", "INFO_PUSH")) for one in dictionary("followup_method").options() if pushing.depth(one.code) == "PUSH"]
    context = {
        "lines": lines(person, found, ticked),
        "waiting": waiting,
        "without": waiting - pushing.listed(person).count(),
        "full": len(found) == pushing.MOST,
        "methods": methods,
        "summary": request.POST.get("summary", ""),
        "problems": {one.field: one.message for one in problems},
    }
    return render(request, "desk/pushes.html", context, status=status)


def lines(person: Any, found: list[Any], ticked: set[int] | None) -> list[dict[str, Any]]:
    """The customers, each with those of its contacts who agreed, as the person may read them."""
    read = CUSTOMERS.reader(person, [one.pk for one in found], [CUSTOMERS.by_name[name] for name in SHOWN])
    agreed = customers.agreed_contacts(person, [one.pk for one in found])
    reach = CONTACTS.reader(person, [one.pk for one in agreed], [CONTACTS.by_name[name] for name in REACHED])
    people: dict[int, list[Any]] = {}
    for one in agreed:
        people.setdefault(one.customer_id, []).append(reach(one.__dict__))
    return [
        {
            "pk": one.pk,
            "it": read(one.__dict__),
            "href": url("customers:page", one.pk),
            "people": people.get(one.pk, []),
            "on": ticked is None and not one.do_not_call or one.pk in (ticked or ()),
            "quiet": one.do_not_call,
        }
        for one in found
    ]
