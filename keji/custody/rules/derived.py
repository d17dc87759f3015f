"""What no backup holds, because it follows from the records: the search indexes."""

from collections.abc import Callable, Iterable
from typing import Any

from keji.agenda.models import Task
from keji.agenda.rules import tasks as agenda
from keji.customers.models import Customer
from keji.customers.rules import search as customers
from keji.deals.models import Deal
from keji.deals.rules import derived as deals
from keji.followups.models import Followup
from keji.followups.rules import derived as followups

STEP = 2000


def index_deals(ids: Iterable[int]) -> None:
    for deal in Deal.objects.filter(pk__in=ids):
        deals.index(deal)


def index_followups(ids: Iterable[int]) -> None:
    followups.index(Followup.objects.filter(pk__in=ids))


# The table of each index, the records it is of, and what writes them into it. A backup stops at an index not named here.
INDEXES: dict[str, tuple[Any, Callable[[Iterable[int]], object]]] = {
    "customers_search": (Customer, customers.reindex),
    "tasks_search": (Task, agenda.reindex),
    "deals_search": (Deal, index_deals),
    "followups_search": (Followup, index_followups),
}


def rebuild() -> int:
    """Make the indexes anew. Returns how many records they hold."""
    count = 0
    for model, reindex in INDEXES.values():
        alive, last = model.objects.filter(deleted_at=None).order_by("pk").values_list("pk", flat=True), 0
        while ids := list(alive.filter(pk__gt=last)[:STEP]):
            reindex(ids)
            count, last = count + len(ids), ids[-1]
    return count
