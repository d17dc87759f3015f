"""What comes back by the calendar: each turn is taken once, in order, also those that were missed."""

from collections.abc import Callable
from datetime import date, timedelta

from django.db import transaction

from keji.clocks.models import Kind, Limit
from keji.clocks.rules.reckoning import turns
from keji.database import lock_key
from keji.kernel.clock import today

Taking = Callable[[Limit, date], None]
TAKEN: dict[str, Taking] = {}  # code → what a turn of it does
MOST = 24  # turns that are caught up; of a standstill of years the oldest no longer matter


def at_turn(code: str) -> Callable[[Taking], Taking]:
    """Say what happens at the turns of a limit: `@at_turn("SLA-12")` above a function of the limit and the day."""

    def register(taking: Taking) -> Taking:
        TAKEN[code] = taking
        return taking

    return register


def take_turns() -> int:
    """Take the turns up to today that nobody took yet, each with its mark in one transaction. Returns how many."""
    count = 0
    for limit in Limit.objects.filter(kind=Kind.PERIOD, enabled=True, code__in=TAKEN).order_by("code"):
        while take_next(limit.pk):
            count += 1
    return count


def next_turn(limit: Limit) -> date:
    """The day of the turn that comes next, or is today."""
    return next(turns(limit.amount, today() - timedelta(days=1), date.max))


def take_next(pk: int) -> bool:
    with transaction.atomic():
        lock_key(f"turns of limit {pk}")
        limit = Limit.objects.get(pk=pk)
        since = limit.turned_on or today() - timedelta(days=1)  # it begins with what is yet to come
        waiting = list(turns(limit.amount, since, today()))[-MOST:]
        if not waiting:
            if limit.turned_on is None:
                Limit.objects.filter(pk=pk).update(turned_on=since)
            return False
        Limit.objects.filter(pk=pk).update(turned_on=waiting[0])
        TAKEN[limit.code](limit, waiting[0])
    return True
