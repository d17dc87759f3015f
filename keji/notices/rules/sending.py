"""What goes out goes out here: taken, sent, and written down how it ended.

A line is taken by pushing its next turn into the future. So a worker that dies after that leaves it to the next turn, and
two workers never have the same line: nothing is lost, and what was sent may be sent again, under the same id.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from keji.access.models import Person
from keji.access.trail import SYSTEM, note
from keji.database import lock_key
from keji.kernel import crypto, outgoing
from keji.kernel.clock import now
from keji.notices.models import Hook, Off, Outgoing, State
from keji.notices.rules import signing
from keji.notices.rules.hooks import HOOKS, park, secrets_of
from keji.notices.rules.telling import told

MINUTE, HOUR = 60, 3600
WAITS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)  # eight tries within a day
TRIES = len(WAITS) + 1
LONGEST_REST = HOUR
MOST_FAILURES = 20
KEPT = {State.SENT: timedelta(days=30), State.WITHHELD: timedelta(days=30), State.PARKED: timedelta(days=90)}
BATCH = 1000
AWAY = {"E_CONNECTION", "E_TIMEOUT", "E_TLS", "E_ADDRESS"}  # the next line would fare no better
WHY = {
    "E_OFF": _("回调停用时还没有发出"),
    "E_ADDRESS": _("地址到不了，或不在允许的范围"),
    "E_CONNECTION": _("连接不上，或连接断了"),
    "E_TIMEOUT": _("10 秒内没有回答"),
    "E_TLS": _("证书不对"),
    "E_ANSWER": _("回答不是 HTTP"),
    "E_REDIRECT": _("对方要求转到别的地址，不跟随"),
    "E_STATUS": _("对方没有接受"),
    "E_DIED": _("最后一次发送时程序中断"),
}


@dataclass(frozen=True)
class Outcome:
    """How one try ended: `why` is empty if it arrived."""

    why: str = ""
    status: int | None = None
    milliseconds: int | None = None
    withheld: bool = False


def due(hook_id: int) -> QuerySet[Outgoing]:
    waiting = Outgoing.objects.filter(hook_id=hook_id, state=State.WAITING)
    return waiting.filter(Q(due_at=None) | Q(due_at__lte=now())).order_by("pk")


def ready() -> list[Hook]:
    """The hooks that have something to send now."""
    at = now()
    rested = Q(rest_until=None) | Q(rest_until__lte=at)
    waiting = Q(outgoing__due_at=None) | Q(outgoing__due_at__lte=at)
    rows = Hook.objects.filter(rested, waiting, off=Off.ON, outgoing__state=State.WAITING)
    return list(rows.distinct().order_by("pk"))


def take(hook_id: int) -> tuple[Hook, Outgoing] | None:
    """The next line of a hook that is on and not resting, with its next turn set; None if there is none."""
    with transaction.atomic():
        hook = Hook.objects.filter(pk=hook_id, off=Off.ON).first()
        if hook is None or (hook.rest_until and hook.rest_until > now()):
            return None
        lock_key(f"hook {hook_id}")
        row = due(hook_id).first()
        if row is None:
            return None
        wait = WAITS[min(row.tries, len(WAITS) - 1)] * (80 + secrets.randbelow(41)) // 100
        Outgoing.objects.filter(pk=row.pk).update(tries=F("tries") + 1, due_at=now() + timedelta(seconds=wait))
        row.tries += 1
    return hook, row


def send_due(hook_id: int, go_on: Callable[[int], bool]) -> int:
    """Send what is due, one after the other, as long as `go_on` says so. Returns how many tries that were."""
    count = 0
    while go_on(count) and (taken := take(hook_id)):
        hook, row = taken
        settle(hook, row, Outcome("E_DIED") if row.tries > TRIES else attempt(hook, row))
        count += 1
    return count


def attempt(hook: Hook, row: Outgoing) -> Outcome:
    """Send one line; what its hook may be told is asked now. Outside of any transaction: the receiver may be slow."""
    owner = Person.objects.select_related("team").get(pk=hook.owner_id)
    if not owner.is_active:
        return Outcome(Off.OWNER)
    body = told(owner, row)
    if body is None:
        return Outcome(withheld=True)
    try:
        known = secrets_of(hook)
    except crypto.Unreadable:
        return Outcome(Off.SECRET)
    packed = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signing.headers(known, row.key, int(now().timestamp()), packed)
    try:
        answer = outgoing.post(hook.address, packed, headers, settings.INNER_HOSTS)
    except outgoing.Unreached as error:
        return Outcome(error.code)
    code = "" if 200 <= answer.status < 300 else "E_REDIRECT" if answer.status < 400 else "E_STATUS"
    return Outcome(code, answer.status, answer.milliseconds)


def settle(hook: Hook, row: Outgoing, how: Outcome) -> None:
    """Write down how a try ended, and what it means for the hook."""
    mine = Outgoing.objects.filter(pk=row.pk, state=State.WAITING, tries=row.tries)
    at = now()
    with transaction.atomic():
        if how.why in (Off.OWNER, Off.SECRET):
            switch_off(hook, how.why)
            return
        state = State.WITHHELD if how.withheld else State.SENT if not how.why else State.WAITING
        if how.why and row.tries >= TRIES:
            state = State.PARKED
        ended = None if state == State.WAITING else at
        mine.update(state=state, why=how.why, status=how.status, milliseconds=how.milliseconds, ended_at=ended)
        if how.why:
            failed(hook, how)
        elif not how.withheld:
            Hook.objects.filter(pk=hook.pk).update(failures=0, rest_until=None)


def failed(hook: Hook, how: Outcome) -> None:
    """Let a receiver that is away, busy or broken rest, longer each time; one that never answers is switched off."""
    Hook.objects.filter(pk=hook.pk).update(failures=F("failures") + 1)
    failures = Hook.objects.values_list("failures", flat=True).get(pk=hook.pk)
    if failures >= MOST_FAILURES:
        switch_off(hook, Off.FAILURES)
    elif how.why in AWAY or (how.status or 0) >= 500 or how.status == 429:
        rest = min(LONGEST_REST, 30 * 2 ** (failures - 1))
        Hook.objects.filter(pk=hook.pk).update(rest_until=now() + timedelta(seconds=rest))


def switch_off(hook: Hook, why: str) -> None:
    with transaction.atomic():
        if Hook.objects.filter(pk=hook.pk, off=Off.ON).update(off=why):
            park(hook.pk)
            note(SYSTEM, HOOKS, why=f"disable hook {hook.pk}", because=why)


def after_restore() -> int:
    """Switch all hooks off: a copy of an installation must not speak in its name. Returns how many that were."""
    known = list(Hook.objects.filter(off=Off.ON))
    for hook in known:
        switch_off(hook, Off.RESTORED)
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
