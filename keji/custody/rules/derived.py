"""What no backup holds, because it follows from the records: the search indexes."""

from collections.abc import Callable, Iterable
from typing import Any

from keji.customers.models import Customer
from keji.customers.rules import search as customers
from keji.followups.models import Followup
from keji.followups.rules import derived as followups

STEP = 2000
# The table of each index, the records it is of, and what writes them into it.
INDEXES: dict[str, tuple[Any, Callable[[Iterable[int]], object]]] = {
    "customers_search": (Customer, customers.reindex),
    "followups_search": (Followup, lambda ids: followups.index(Followup.objects.filter(pk__in=ids))),
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
