"""How the customers of a list are spread over industries, sizes, regions, owners, tags."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from keji.access.doors import door
from keji.customers import queries, spread
from keji.customers.sheet import CUSTOMERS
from keji.kernel.errors import Invalid
from keji.records.listing import ask, narrowed
from keji.records.pages import bad_request, url


@door("customers.see")
def customer_spread(request: Any) -> HttpResponse:
    told, person = request.GET.copy(), request.user
    by = (told.pop("by", None) or [""])[-1]
    try:
        asked = ask(CUSTOMERS, person, told)
    except Invalid as error:
        return bad_request(request, error)
    offered = spread.offered(person)
    by = by if by in dict(offered) else next((name for name, _label in offered), "")
    rows = narrowed(CUSTOMERS, person, queries.customers(person), asked)
    found = spread.groups(person, rows, by, told) if by else []
    largest = max((one.count for one in found), default=0)
    context = {
        "by": by,
        "label": dict(offered).get(by, ""),
        "tabs": [
            {"text": label, "href": f"?{spread.address(told, {'by': name})}", "on": name == by}
            for name, label in offered
        ],
        "groups": [(one, f"{url('customers:list')}?{one.query}" if one.query else "") for one in found],
        "largest": largest,
        "total": rows.order_by().count(),
        "sums": by != "tags" and spread.summed(person),
        "back": url("customers:list") + (f"?{asked.query}" if asked.query else ""),
        "narrowed": asked.narrowed,
    }
    return render(request, "customers/spread.html", context)
