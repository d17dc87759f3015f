"""What goes out goes out here: taken, sent, and written down how it ended.

A line is taken by pushing its next turn into the future. So a worker that dies after that leaves it to the next turn, and
two workers never have the same line: nothing is lost, and what was sent may be sent again, under the same id.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from keji.access.trail import SYSTEM, note
from keji.database import lock_key
from keji.kernel.clock import now
from keji.notices.models import Channel, Hook, Medium, Off, Outgoing, State
from keji.notices.rules.calling import call
from keji.notices.rules.channels import CHANNELS
from keji.notices.rules.hooks import HOOKS
from keji.notices.rules.outcomes import AWAY, Outcome
from keji.notices.rules.own import channel_went_off, hook_went_wrong
from keji.notices.rules.receivers import RECEIVERS, Receiver, park
from keji.notices.rules.writing import write_to

MINUTE, HOUR = 60, 3600
WAITS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)  # eight tries within a day
TRIES = len(WAITS) + 1
LONGEST_REST = HOUR
MOST_FAILURES = 20
KEPT = {State.SENT: timedelta(days=30), State.WITHHELD: timedelta(days=30), State.PARKED: timedelta(days=90)}
BATCH = 1000
ATTEMPTS: dict[type[Receiver], Callable[[Any, Outgoing], Outcome]] = {Hook: call, Channel: write_to}
GUARDED: dict[type[Receiver], str] = {Hook: HOOKS, Channel: CHANNELS}


def due(receiver: Receiver) -> QuerySet[Outgoing]:
    waiting = receiver.outgoing.filter(state=State.WAITING)
    return waiting.filter(Q(due_at=None) | Q(due_at__lte=now())).order_by("pk")


def ready() -> list[Receiver]:
    """The hooks and channels that have something to send now."""
    at = now()
    rested = Q(rest_until=None) | Q(rest_until__lte=at)
    waiting = Q(outgoing__due_at=None) | Q(outgoing__due_at__lte=at)
    found: list[Receiver] = []
    for model in RECEIVERS:
        rows = model.objects.filter(rested, waiting, off=Off.ON, outgoing__state=State.WAITING)
        found += rows.distinct().order_by("pk")
    return found


def take(model: type[Receiver], pk: int) -> tuple[Receiver, Outgoing] | None:
    """The next line of a receiver that is on and not resting, with its next turn set; None if there is none."""
    with transaction.atomic():
        receiver = model.objects.filter(pk=pk, off=Off.ON).first()
        if receiver is None or (receiver.rest_until and receiver.rest_until > now()):
            return None
        lock_key(f"{model.__name__.lower()} {pk}")
        row = due(receiver).first()
        if row is None:
            return None
        wait = WAITS[min(row.tries, len(WAITS) - 1)] * (80 + secrets.randbelow(41)) // 100
        Outgoing.objects.filter(pk=row.pk).update(tries=F("tries") + 1, due_at=now() + timedelta(seconds=wait))
        row.tries += 1
    return receiver, row


def send_due(model: type[Receiver], pk: int, go_on: Callable[[int], bool]) -> int:
    """Send what is due, one after the other, as long as `go_on` says so. Returns how many tries that were."""
    count = 0
    while go_on(count) and (taken := take(model, pk)):
        receiver, row = taken
        settle(receiver, row, Outcome("E_DIED") if row.tries > TRIES else ATTEMPTS[model](receiver, row))
        count += 1
    return count


def settle(receiver: Receiver, row: Outgoing, how: Outcome) -> None:
    """Write down how a try ended, and what it means for the receiver."""
    mine = Outgoing.objects.filter(pk=row.pk, state=State.WAITING, tries=row.tries)
    at = now()
    with transaction.atomic():
        if how.why in (Off.OWNER, Off.SECRET):
            switch_off(receiver, how.why)
            return
        state = State.WITHHELD if how.withheld else State.SENT if not how.why else State.WAITING
        if how.why and row.tries >= TRIES:
            state = State.PARKED
        ended = None if state == State.WAITING else at
        mine.update(state=state, why=how.why, status=how.status, milliseconds=how.milliseconds, ended_at=ended)
        if state == State.PARKED and isinstance(receiver, Hook):
            hook_went_wrong(receiver, "PARKED")
        if how.why:
            failed(receiver, how)
        elif not how.withheld:
            type(receiver).objects.filter(pk=receiver.pk).update(failures=0, rest_until=None)


def failed(receiver: Receiver, how: Outcome) -> None:
    """Let a receiver that is away, busy or broken rest, longer each time; one that never answers is switched off."""
    rows: QuerySet[Any] = type(receiver).objects.filter(pk=receiver.pk)
    rows.update(failures=F("failures") + 1)
    failures = rows.values_list("failures", flat=True).get()
    if failures >= MOST_FAILURES:
        switch_off(receiver, Off.FAILURES)
    elif how.why in AWAY or (how.status or 0) >= 500 or how.status == 429:
        rest = min(LONGEST_REST, 30 * 2 ** (failures - 1))
        alike(receiver, rows).update(rest_until=now() + timedelta(seconds=rest))


def alike(receiver: Receiver, rows: QuerySet[Any]) -> QuerySet[Any]:
    """All that would fare no better: mail goes to everybody through the same server."""
    if isinstance(receiver, Channel) and receiver.medium == Medium.MAIL:
        return Channel.objects.filter(medium=Medium.MAIL, off=Off.ON)
    return rows


def switch_off(receiver: Receiver, why: str) -> None:
    model = type(receiver)
    with transaction.atomic():
        if model.objects.filter(pk=receiver.pk, off=Off.ON).update(off=why):
            park(receiver)
            note(SYSTEM, GUARDED[model], why=f"disable {model.__name__.lower()} {receiver.pk}", because=why)
            if isinstance(receiver, Hook):
                hook_went_wrong(receiver, why)
            else:
                channel_went_off(receiver, why)


def after_restore() -> int:
    """Switch everything off: a copy of an installation must not speak in its name. Returns how many that were."""
    known = [one for model in RECEIVERS for one in model.objects.filter(off=Off.ON)]
    for receiver in known:
        switch_off(receiver, Off.RESTORED)
    return len(known)


def forget() -> int:
    """Remove what ended long ago. Returns how many lines."""
    count = 0
    for state, kept in KEPT.items():
        old = Outgoing.objects.filter(state=state, ended_at__lt=now() - kept).values_list("pk", flat=True)
        while ids := list(old[:BATCH]):
            with transaction.atomic():
                Outgoing.objects.filter(pk__in=ids).delete()
            count += len(ids)
    return count
