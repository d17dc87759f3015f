"""Reading the trail once: what is sealed is handed to everybody who listens, in the transaction that moves the mark.

Seals hold committed entries in the order in which they were found, each once; so an entry that commits late, with a low
id, is neither missed nor told twice, and one number says how far the reading has come.
"""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.db.models import Max

from keji.access.models import Entry, Seal
from keji.database import bulk_insert
from keji.kernel.clock import now
from keji.notices.models import Hook, Mark, Off, Outgoing, State
from keji.notices.queries import told_actions
from keji.notices.rules.lines import say, words

TRAIL = "trail"


def begin() -> Mark:
    """Where the reading stands. It begins with what is yet to come: nobody is told of the years before."""
    known = Mark.objects.filter(name=TRAIL).first()
    if known:
        return known
    newest = Seal.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Mark.objects.get_or_create(name=TRAIL, defaults={"seal": newest})[0]


def fan_out() -> int:
    """Hand on whatever was sealed since the last time. Returns how many entries that were."""
    count = 0
    while (read := one_seal()) is not None:
        count += read
    return count


def one_seal() -> int | None:
    """Hand on the entries of the next seal; None if there is none. All of it or nothing, by one worker.

    They are read before the transaction, which holds SQLite's write lock only for as long as the writing takes.
    """
    mark = begin()
    seal = Seal.objects.filter(pk__gt=mark.seal).order_by("pk").first()
    if seal is None:
        return None
    entries = list(Entry.objects.filter(pk__in=[pk for pk, _digest in seal.entries]).order_by("pk"))
    told = words(entries)
    with transaction.atomic():
        if not Mark.objects.filter(pk=mark.pk, seal=mark.seal).update(seal=seal.pk):
            return 0  # another worker was quicker
        for listen in LISTENERS:
            listen(entries)
        for word in told:
            say(word)
    return len(entries)


def to_hooks(entries: list[Entry]) -> None:
    """One line to go out for each hook and each entry that it asked for."""
    told = {(record, name) for record, names in told_actions().items() for name in names}
    at = now()
    rows = [
        (secrets.token_hex(16), hook.pk, entry.pk, State.WAITING.value, False, False, 0, "", at)
        for hook in Hook.objects.filter(off=Off.ON)
        for entry in entries
        if (entry.record, entry.action) in told and concerns(hook, entry)
    ]
    bulk_insert(Outgoing, ["key", "hook_id", "entry_id", "state", "many", "test", "tries", "why", "made_at"], rows)


def concerns(hook: Hook, entry: Entry) -> bool:
    """True for what the hook asked for, if it was there when that was done."""
    return entry.at >= hook.made_at and not {entry.record, entry.action}.isdisjoint(hook.events)


LISTENERS: list[Callable[[list[Entry]], None]] = [to_hooks]
