"""The popover of a deal's next step."""

from typing import Any

from django.http import HttpResponse

from keji.access.doors import door
from keji.agenda.pages.pulse import Heart, pulse
from keji.deals import queries
from keji.deals.pages.record import row
from keji.deals.sheet import DEALS
from keji.records.pages import url


@door("tasks.see", "GET", "POST")
def of_deal(request: Any, pk: int) -> HttpResponse:
    def heart() -> Heart:
        deal = queries.deal(request.user, pk)
        return Heart(deal, deal.customer, DEALS, row, url("deals:pulse", pk), url("deals:page", pk))

    return pulse(request, heart)
