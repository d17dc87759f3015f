"""What hooks and channels have in common: lines that wait, are parked and go out again; being on or off."""

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.kernel import crypto
from keji.kernel.clock import now
from keji.kernel.errors import NotThere, Problem, Stale, Unfit
from keji.notices.models import Channel, Hook, Off, State

Receiver = Hook | Channel
RECEIVERS: tuple[type[Receiver], ...] = (Hook, Channel)
AGAIN: dict[str, Any] = {"state": State.WAITING, "tries": 0, "due_at": None, "why": "", "status": None, "ended_at": None}


def write(receiver: Receiver, version: int, **values: Any) -> None:
    """Change a receiver if nobody was quicker. Raises Stale."""
    values |= {"changed_at": now(), "version": version + 1}
    if not type(receiver).objects.filter(pk=receiver.pk, version=version).update(**values):
        raise Stale(receiver)


def switch(receiver: Receiver, on: bool) -> None:
    """Switch it on, rested, or off; what waited then is parked."""
    rows = type(receiver).objects.filter(pk=receiver.pk)
    rows.update(off=Off.ON if on else Off.HAND, failures=0, rest_until=None)
    if not on:
        park(receiver)


def park(receiver: Receiver) -> None:
    waiting = receiver.outgoing.filter(state=State.WAITING)
    waiting.filter(why="").update(why="E_OFF")
    waiting.update(state=State.PARKED, ended_at=now())


def need_on(receiver: Receiver) -> None:
    if receiver.off:
        raise Unfit(Problem("on", "E_OFF", _("已停用，请先启用")))


def again(receiver: Receiver, pk: int | None = None) -> int:
    """Let what is parked, or one line that has ended, go out again under its old id. Returns how many."""
    need_on(receiver)
    rows = receiver.outgoing.filter(state=State.PARKED)
    if pk is not None:
        rows = receiver.outgoing.filter(pk=pk).exclude(state=State.WAITING)
    with transaction.atomic():
        count = rows.update(**AGAIN)
        if pk is not None and not count and not receiver.outgoing.filter(pk=pk).exists():
            raise NotThere(pk)
        type(receiver).objects.filter(pk=receiver.pk).update(rest_until=None)
    return count


def new_key() -> str:
    return secrets.token_hex(16)


def place(receiver: Receiver) -> str:
    """The place for which its secrets are sealed: those of another one cannot be put there."""
    return f"{type(receiver).__name__.lower()} {receiver.key}"


def opened(keys: crypto.Keys, receiver: Receiver, sealed: Any) -> str:
    """Raises crypto.Unreadable."""
    return crypto.unseal(keys, place(receiver), bytes(sealed))


