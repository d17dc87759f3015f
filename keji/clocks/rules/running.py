"""Clocks started, stopped, paused and begun anew, always in the transaction of the rule that does so."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Greatest

from keji.clocks.models import Clock, Limit, Unit
from keji.clocks.queries import calendar, limit_of
from keji.clocks.rules import reckoning
from keji.database import bulk_insert, one_of
from keji.kernel.calendar import Due
from keji.kernel.clock import now

SHAPE = ("limit_id", "record", "record_id", "customer_id", "person_id")
RUN = ("started_at", "extra", "due_at", "provisional", "known_at", "told", "next_at")
FIELDS = (*SHAPE, *RUN, "paused_for", "stopped_at", "void")


class About(NamedTuple):
    """The record that a clock runs on, with its customer and whoever has to act."""

    record: str
    record_id: int
    customer_id: int | None = None
    person_id: int | None = None


# Rules of other packages that keep, beside a record, when its clock is due: record type → rule.
FOLLOWING: dict[str, Callable[[Sequence[Clock]], None]] = {}
Begun = tuple[Limit, About, datetime, int]  # a limit, on what, from when on, added to its amount


def follows(record: str) -> Callable[[Callable[[Sequence[Clock]], None]], Callable[[Sequence[Clock]], None]]:
    """Call a rule with the clocks on records of a type whose due date has moved, inside the transaction that moved them."""

    def declared(rule: Callable[[Sequence[Clock]], None]) -> Callable[[Sequence[Clock]], None]:
        FOLLOWING[record] = rule
        return rule

    return declared


def running(code: str, record: str, record_id: int) -> QuerySet[Clock]:
    """The clocks of a limit that run on a record, whatever grade the limit is for."""
    return Clock.objects.filter(limit__code=code, record=record, record_id=record_id, stopped_at=None)


def end_of(limit: Limit, started: datetime, extra: float = 0) -> Due:
    return reckoning.due(limit.unit, limit.amount + extra, started, calendar())


def next_turn(limit: Limit, told: int, started: datetime, at: datetime, extra: float, known: datetime) -> datetime | None:
    """When the warning after so many is to be given; never before the due date was known."""
    if told >= len(limit.warns):
        return None
    return max(known, reckoning.turn(limit, told, started, at, extra, calendar()))


def first_warning(limit: Limit, started: datetime, at: datetime, extra: float, known: datetime) -> int:
    """The place of the first warning worth giving: one that came too late to matter is left to the next to the same people."""
    place = 0
    while place + 1 < len(limit.warns) and set(limit.warns[place][2]) <= set(limit.warns[place + 1][2]):
        if reckoning.turn(limit, place + 1, started, at, extra, calendar()) > known:
            break
        place += 1
    return place


def added(limit: Limit, extra: int, paused_for: float) -> float:
    """What a clock has more than its limit. A month without a contact yet is one less; other units know no such."""
    return paused_for + (extra if limit.unit == Unit.MONTHS else 0)


def run_of(limit: Limit, started: datetime, extra: int = 0) -> dict[str, Any]:
    """The columns of a clock that begins now to run from a moment on."""
    known, more = now(), added(limit, extra, 0)
    end = end_of(limit, started, more)
    told = first_warning(limit, started, end.at, more, known)
    return {
        "started_at": started,
        "extra": extra,
        "due_at": end.at,
        "provisional": end.provisional,
        "known_at": known,
        "told": told,
        "next_at": next_turn(limit, told, started, end.at, more, known),
    }


def start(
    code: str,
    record: str,
    record_id: int,
    *,
    at: datetime,
    customer_id: int | None = None,
    person_id: int | None = None,
    variant: str = "",
) -> bool:
    """Let a limit run on a record from a moment on. False if it is switched off or runs there already."""
    limit = limit_of(code, variant)
    if limit is None or running(code, record, record_id).exists():
        return False
    about = About(record, record_id, customer_id, person_id)
    begin([(limit, about, at, 0)])
    return True


def begin(begun: Iterable[Begun], fresh: bool = False) -> None:
    """Begin clocks, many in a few statements.

    Of `fresh` records nobody else can have begun any; of others, one that runs by now is left alone.
    """
    runs: dict[tuple[int, datetime, int], tuple[Any, ...]] = {}
    rows = []
    for limit, about, at, extra in begun:
        known = runs.get((limit.pk, at, extra))
        if known is None:
            run = run_of(limit, at, extra)
            known = runs[limit.pk, at, extra] = tuple(run[name] for name in RUN)
        rows.append((limit.pk, *about, *known, 0.0, None, False))
    if fresh:
        bulk_insert(Clock, FIELDS, rows)
        return
    made = [Clock(**dict(zip(FIELDS, row, strict=True))) for row in rows]
    Clock.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)


def measure(code: str, about: About, since: datetime, until: datetime) -> bool:
    """Write down what is known only afterwards: how long something took under a limit. True if that was too long."""
    limit = limit_of(code)
    if limit is None:
        return False
    end = end_of(limit, since)
    run = (since, 0, end.at, end.provisional, until, 0, None)
    bulk_insert(Clock, FIELDS, [(limit.pk, *about, *run, 0.0, max(since, until), False)])
    return until > end.at


def stop(code: str, record: str, record_id: int, at: datetime) -> int:
    """Stop a limit that runs since before this moment."""
    clocks = running(code, record, record_id).filter(started_at__lte=at)
    return clocks.update(stopped_at=at, next_at=None)


def void(clocks: QuerySet[Clock]) -> int:
    """End clocks whose limit was not met but no longer matters."""
    at = Greatest(Value(now(), DateTimeField()), F("started_at"))
    return clocks.filter(stopped_at=None).update(stopped_at=at, next_at=None, void=True)


def pause(code: str, record: str, record_id: int, at: datetime) -> int:
    """Let the clock stand still; nobody is warned until it goes on."""
    return running(code, record, record_id).filter(paused_at=None).update(paused_at=at, next_at=None)


def resume(code: str, record: str, record_id: int, at: datetime) -> int:
    """Let the clock go on; it is due later by as much as it stood still."""
    paused = running(code, record, record_id).exclude(paused_at=None).select_related("limit")
    for one in paused:
        go_on(one, at)
    return len(paused)


def go_on(one: Clock, at: datetime) -> None:
    assert one.paused_at  # noqa: S101 -- the caller has asked for those
    paused = one.paused_for + reckoning.elapsed(one.limit.unit, one.paused_at, at, calendar())
    more = added(one.limit, one.extra, paused)
    end = end_of(one.limit, one.started_at, more)
    next_at = next_turn(one.limit, one.told, one.started_at, end.at, more, one.known_at)
    told = {"paused_at": None, "paused_for": paused, "due_at": end.at, "provisional": end.provisional, "next_at": next_at}
    Clock.objects.filter(pk=one.pk).update(**told)


def renew(limit: Limit, record: str, record_id: int, at: datetime) -> bool:
    """Begin a clock anew from a later moment, in one statement, while it is in time. False if none is."""
    clocks = Clock.objects.filter(limit=limit, record=record, record_id=record_id, stopped_at=None, paused_at=None)
    return bool(clocks.filter(due_at__gt=max(now(), at), started_at__lt=at).update(**run_of(limit, at), paused_for=0))


def hand_over(record: str, ids: Iterable[int], person_id: int | None) -> int:
    """Let somebody else be warned of what runs on these records."""
    return Clock.objects.filter(record=record, record_id__in=one_of(ids), stopped_at=None).update(person_id=person_id)


def recompute(clocks: Iterable[Clock]) -> int:
    """Find anew when running clocks are due, after their limit or the calendar has changed. Returns how many moved.

    Warnings that were given are not given again, also where the due date moved away from them.
    """
    count, followed = 0, defaultdict[str, list[Clock]](list)
    for one in clocks:
        more = added(one.limit, one.extra, one.paused_for)
        end = end_of(one.limit, one.started_at, more)
        next_at = None if one.paused_at else next_turn(one.limit, one.told, one.started_at, end.at, more, one.known_at)
        if (end.at, end.provisional, next_at) != (one.due_at, one.provisional, one.next_at):
            moved = {"due_at": end.at, "provisional": end.provisional, "next_at": next_at}
            done = Clock.objects.filter(pk=one.pk, stopped_at=None, told=one.told).update(**moved)
            if done and one.record in FOLLOWING:
                one.due_at, one.provisional = end.at, end.provisional
                followed[one.record].append(one)
            count += done
    for record, some in followed.items():
        FOLLOWING[record](some)
    return count
