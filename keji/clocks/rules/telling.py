"""Warnings as they reach people: one row for each person and turn, and no second one."""

from collections.abc import Iterable
from typing import Any

from keji.access.models import Person
from keji.clocks.models import Reminder
from keji.kernel.clock import now


def tell(people: Iterable[int], what: Any) -> None:
    """Warn these people, inside the transaction that marks the warning as given. Those who have left are left out."""
    there = Person.objects.filter(pk__in=list(people), is_active=True).values_list("pk", flat=True)
    told = {"limit": what.limit, "clock": what.clock, "stage": what.stage, "turn": what.turn, "at": now()}
    rows = [Reminder(person_id=pk, key=what.key, **told) for pk in there]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
