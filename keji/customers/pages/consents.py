"""Who of a customer agreed to be written to: shown on its page, written down, withdrawn."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.customers import queries
from keji.customers.rules import consent
from keji.kernel.errors import Invalid
from keji.kernel.numbers import whole_id
from keji.records.kinds import Day
from keji.records.pages import attempt, done, url


def panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """The consents of a customer with the names of its contacts, as the page that shows them has read them."""
    found = queries.consents(customer) if queries.holds(customer, "consents") else []
    names = {one.pk: shown["name"].text for one, shown in customer.__dict__["people"] if "name" in shown}
    held = {one.contact_id for one in found}
    change = granted["customers.change"]
    return {
        "customer": customer.pk,
        "lines": [
            {
                "id": one.pk,
                "name": names.get(one.contact_id, "—") if one.contact_id else _("客户本人"),
                "since": one.given_on,
                "evidence": one.evidence,
                "by": one.recorded_by.name,
            }
            for one in found
        ],
        "people": [(pk, name) for pk, name in names.items() if pk not in held] if change else [],
        "self": change and customer.customer_type == "PERSON" and None not in held,
        "may": change,
    }


@door("customers.change", "POST")
def consent_give(request: Any, pk: int) -> HttpResponse:
    customer, told = queries.customer(request.user, pk), request.POST
    back = url("customers:page", pk) + "#consents"
    try:
        day: Any = Day().parse(told.get("given_on", "")[:40]).value
    except Invalid as error:
        return done(request, error.message, back, messages.ERROR)
    contact, evidence = whole_id(told.get("contact")), told.get("evidence", "")[:500]
    _made, wrong = attempt(lambda: consent.give(request.user, customer, contact, evidence, day))
    if wrong:
        return done(request, wrong[0].message, back, messages.ERROR)
    return done(request, _("推送同意已记下"), back)


@door("customers.change", "POST")
def consent_withdraw(request: Any, pk: int, consent_id: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    consent.withdraw(request.user, customer, consent_id, request.POST.get("why", "")[:200])
    return done(request, _("同意已撤回，不再向其推送"), url("customers:page", pk) + "#consents")
