"""Where a need comes from and what came of it: the follow-up in which it was told, the deals that answer it (R-003-52)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from keji.access.doors import door
from keji.access.scope import may
from keji.customers import queries as customers
from keji.customers.pages.panels import confirmed, row_of
from keji.customers.sheet import NEEDS
from keji.deals import queries as deals
from keji.deals.pages.record import price
from keji.deals.pages.record import row as deal_row
from keji.deals.sheet import DEALS
from keji.followups import queries as followups
from keji.followups.pages import row as followup_row
from keji.followups.sheet import FOLLOWUPS
from keji.records.pages import url

IN_SIGHT = ("need_type", "priority", "budget_text", "expected_time", "state", "state_why")


@door("needs.see")
def trace(request: Any, pk: int) -> HttpResponse:
    person, need = request.user, customers.need(request.user, pk)
    it = NEEDS.reader(person, [pk])(row_of(need, need.customer))
    context = {
        "need": need,
        "it": it,
        "facts": [(NEEDS.label(name), it[name].text) for name in IN_SIGHT if it[name].text],
        "confirmed": confirmed(it),
        "told": told(person, need),
        "deals": answers(person, need),
        "edit": url("customers:need_edit", pk) if may(person, "needs.change", need) else "",
        "add": url("deals:new") + f"?_customer={need.customer_id}" if may(person, "deals.create") and may(person, "customers.change", need.customer) else "",
    }
    return render(request, "desk/trace.html", context)


def told(person: Any, need: Any) -> dict[str, str] | None:
    """The follow-up in which a need was told, as far as the person reads it."""
    found = followups.told_in(person, need.followup_id) if need.followup_id and may(person, "followups.see") else None
    if found is None:
        return None
    it = FOLLOWUPS.reader(person, [found.pk])(followup_row(found))
    by = " · ".join(one for one in (it["occurred_at"].text, it["method"].text, it["author"].text) if one)
    return {"by": by, "text": it["summary"].text, "href": url("followups:page", found.pk)}


def answers(person: Any, need: Any) -> list[dict[str, str]]:
    """The deals that answer a need: how far each has come, what it is worth, when it was signed."""
    found = [one for one in deals.of_customer(person, need.customer_id) if need.pk in one.needs] if may(person, "deals.see") else []
    read = DEALS.reader(person, [one.pk for one in found])
    lines = []
    for one in found:
        it = read(deal_row(one))
        lines.append(
            {
                "name": it["name"].text,
                "href": url("deals:page", one.pk),
                "stage": it["stage"].text,
                "tone": {"OPEN": "blue", "LOST": "grey"}.get(one.category, "green"),
                "price": price(it["amount"].value, one.currency) if it["amount"].policy == "plain" else "",
                "signed": it["won_date"].text,
                "delivered": it["delivered_date"].text,
            }
        )
    return lines
