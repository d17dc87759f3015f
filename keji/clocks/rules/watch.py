"""Watching the clocks: each warning is given when its time has come, once, in order, whatever stops in between."""

import math
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from keji.access.models import Person
from keji.access.queries import head_of, manager_of
from keji.clocks.models import Clock, Limit, Tick, Unit
from keji.clocks.queries import WATCH
from keji.clocks.rules.running import added, next_turn
from keji.clocks.rules.telling import tell
from keji.database import bulk_update, lock_key
from keji.kernel.clock import day_of, now

BATCH = 500
SUMMED = (Unit.DAYS, Unit.MONTHS)  # of these one warning a day tells of all clocks together


class Warned(NamedTuple):
    """What one person is warned of at once: a clock, or (clock none) all clocks of a limit with the same turn."""

    limit: Limit
    clock: Clock | None
    stage: int
    turn: datetime

    @property
    def key(self) -> str:
        if self.clock:
            return f"clock {self.clock.pk} {self.clock.due_at:%Y%m%d%H%M%S} {self.stage}"
        return f"clocks {self.limit.code} {self.limit.variant} {day_of(self.turn)} {self.stage}"


def watch(held: Callable[[int], None] = lambda count: None, patience: float = math.inf) -> bool:
    """Give the warnings that are due, the oldest first, for so many seconds. True if none is left.

    `held` is called in each transaction, with how many were given.
    """
    leaders, count, until = Leaders(), 0, time.monotonic() + patience
    while batch := one_batch(leaders, count, held):
        count += batch
        if time.monotonic() > until:
            break
    mark()
    return not batch


def one_batch(leaders: "Leaders", before: int, held: Callable[[int], None]) -> int:
    """The first warnings that are due, with the mark that they were given: all of it or nothing."""
    with transaction.atomic():
        lock_key("watch the clocks")
        waiting = Clock.objects.filter(next_at__lte=now(), stopped_at=None, paused_at=None)
        found = list(waiting.select_related("limit").select_for_update(of=("self",)).order_by("next_at", "pk")[:BATCH])
        if found:
            give(found, leaders)
            bulk_update(Clock, ["told", "next_at"], [(one.pk, one.told + 1, after(one)) for one in found])
            held(before + len(found))
    return len(found)


def after(one: Clock) -> datetime | None:
    more = added(one.limit, one.extra, one.paused_for)
    return next_turn(one.limit, one.told + 1, one.started_at, one.due_at, more, one.known_at)


def give(clocks: Iterable[Clock], leaders: "Leaders") -> None:
    """Tell everybody whom the next warning of these clocks is for."""
    told: dict[str, tuple[Warned, set[int]]] = {}
    for one in clocks:
        if one.told >= len(one.limit.warns) or not one.next_at:
            continue
        single = one if one.limit.unit not in SUMMED else None
        what = Warned(one.limit, single, one.told, one.next_at)
        _what, people = told.setdefault(what.key, (what, set()))
        people |= leaders.of(one.person_id, one.limit.warns[one.told][2])
    for what, people in told.values():
        if people:
            tell(people, what)


class Leaders:
    """Who stands above whom, asked once for each person in a run."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, str], int | None] = {}

    def of(self, person_id: int | None, whom: Iterable[str]) -> set[int]:
        """The people meant. Where nobody leads the team, whoever stands above."""
        found = {self.one(person_id, who) for who in whom} if person_id else set()
        return {pk for pk in found if pk}

    def one(self, person_id: int, who: str) -> int | None:
        if who == "OWNER":
            return person_id
        if (person_id, who) not in self.known:
            person = Person.objects.select_related("team").get(pk=person_id)
            leader = manager_of(person) if who == "MANAGER" else None
            leader = leader or head_of(person)
            self.known[person_id, who] = leader.pk if leader else None
        return self.known[person_id, who]


def begin() -> None:
    """Expect the clocks to be watched from now on, where they never were."""
    Tick.objects.get_or_create(name=WATCH, defaults={"at": now()})


def mark() -> None:
    """Remember that the clocks were watched to the end."""
    row = Tick(name=WATCH, at=now())
    Tick.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["at"])
