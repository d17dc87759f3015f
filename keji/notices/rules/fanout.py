"""Reading the trail once: what is sealed is handed to everybody who listens, in the transaction that moves the mark.

Seals hold committed entries in the order in which they were found, each once; so an entry that commits late, with a low
id, is neither missed nor told twice, and one number says how far the reading has come.
"""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.db.models import Max

from keji.access.models import Entry, Seal
from keji.database import lock_key
from keji.kernel.clock import now
from keji.notices.models import Hook, Mark, Off, Outgoing
from keji.notices.queries import told_actions

TRAIL = "trail"
STEP = 500


def begin() -> Mark:
    """Where the reading stands. It begins with what is yet to come: nobody is told of the years before."""
    newest = Seal.objects.aggregate(newest=Max("pk"))["newest"] or 0
    mark, _made = Mark.objects.get_or_create(name=TRAIL, defaults={"seal": newest})
    return mark


def fan_out() -> int:
    """Hand on whatever was sealed since the last time. Returns how many entries that were."""
    count = 0
    while is_behind() and (read := one_seal()) is not None:
        count += read
    return count


def is_behind() -> bool:
    """True if something was sealed since; asked first, because a transaction would take SQLite's write lock."""
    mark = Mark.objects.filter(name=TRAIL).first()
    return mark is None or Seal.objects.filter(pk__gt=mark.seal).exists()


def one_seal() -> int | None:
    """Hand on the entries of the next seal; None if there is none. All of it or nothing, by one worker."""
    with transaction.atomic():
        lock_key("notices.fan_out")
        mark = begin()
        seal = Seal.objects.filter(pk__gt=mark.seal).order_by("pk").first()
        if seal is None:
            return None
        entries = list(Entry.objects.filter(pk__in=[pk for pk, _digest in seal.entries]).order_by("pk"))
        for listen in LISTENERS:
            listen(entries)
        Mark.objects.filter(pk=mark.pk).update(seal=seal.pk)
    return len(entries)


def to_hooks(entries: list[Entry]) -> None:
    """One line to go out for each hook and each entry that it asked for."""
    told = {(record, name) for record, names in told_actions().items() for name in names}
    at = now()
    rows = [
        Outgoing(key=secrets.token_hex(16), hook=hook, entry_id=entry.pk, made_at=at)
        for hook in Hook.objects.filter(off=Off.ON)
        for entry in entries
        if (entry.record, entry.action) in told and concerns(hook, entry)
    ]
    Outgoing.objects.bulk_create(rows, batch_size=STEP)


def concerns(hook: Hook, entry: Entry) -> bool:
    """True for what the hook asked for, if it was there when that was done."""
    return entry.at >= hook.made_at and not {entry.record, entry.action}.isdisjoint(hook.events)


# Notices to people join here: a function of entries that writes its own rows.
LISTENERS: list[Callable[[list[Entry]], None]] = [to_hooks]
