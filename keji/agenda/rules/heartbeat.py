"""What the rows of customers and deals say of their next step: one column each, so that lists need not look elsewhere."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Min

from keji.agenda.models import Task
from keji.customers.models import Customer
from keji.database import bulk_update, one_of

FEW = 20
# Record type → the model whose rows have `next_followup_at` and `no_step_why`. Packages above add theirs.
CARRIERS: dict[str, Any] = {"customers": Customer}


def carry(tasks: Iterable[Any]) -> None:
    """Let the rows that these tasks concern say when they are to be followed up next."""
    known = [one for one in tasks if one.customer_id]
    beat("customers", {one.customer_id for one in known})
    for record in {one.record for one in known} & CARRIERS.keys():
        beat(record, {one.record_id for one in known if one.record == record})


def beat(record: str, ids: Iterable[int]) -> None:
    """Derive `next_followup_at` of these rows, the day of their earliest open task of kind FOLLOWUP.

    A reason why there was no next step is void once there is one.
    """
    wanted, model = sorted(ids), CARRIERS[record]
    if not wanted:
        return
    if connection.features.has_select_for_update:  # or of two who plan at once, neither sees the other's task
        list(model.objects.select_for_update().filter(pk__in=one_of(wanted)).order_by("pk").values_list("pk"))
    found = earliest(record, wanted)
    if len(wanted) <= FEW:
        for pk in wanted:
            at = found.get(pk)
            model.objects.filter(pk=pk).update(next_followup_at=at, **({"no_step_why": ""} if at else {}))
        return
    bulk_update(model, ["next_followup_at", "no_step_why"], [(pk, at, "") for pk, at in found.items()])
    bulk_update(model, ["next_followup_at"], [(pk, None) for pk in wanted if pk not in found])


def earliest(record: str, ids: list[int]) -> dict[int, Any]:
    """The earliest open follow-up task of each of these rows."""
    rows = Task.objects.filter(kind="FOLLOWUP", state="OPEN", deleted_at=None)
    key = "customer_id" if record == "customers" else "record_id"
    rows = rows if record == "customers" else rows.filter(record=record)
    grouped = rows.filter(**{f"{key}__in": one_of(ids)}).order_by().values_list(key).annotate(at=Min("due_at"))
    return dict(grouped)
