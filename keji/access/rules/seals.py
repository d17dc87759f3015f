"""The hash chain over the trail: committed entries are sealed in batches, and any later change is found."""

import hashlib
import json
from typing import Any

from django.db import transaction

from keji.access.models import Entry, Seal
from keji.database import lock_key

START = "0" * 64
LATE = 20_000  # an entry may commit this many ids late (another transaction held it back)
BATCH = 5_000


def entry_digest(entry: Entry) -> str:
    told = [
        entry.pk,
        entry.at.isoformat(),
        entry.who_id,
        entry.action,
        entry.record,
        entry.record_id,
        entry.customer_id,
        entry.changes,
        entry.why,
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def link(previous: str, entries: Any) -> str:
    return hashlib.sha256(f"{previous}{json.dumps(entries)}".encode()).hexdigest()


def seal() -> int:
    """Seal the entries committed since the last time. Returns how many."""
    with transaction.atomic():
        lock_key("trail.seal")
        newest = Seal.objects.order_by("-pk").first()
        low = max(0, newest.last - LATE) if newest else 0
        done = {pk for one in Seal.objects.filter(last__gt=low) for pk, _digest in one.entries}
        fresh = [
            entry for entry in Entry.objects.filter(pk__gt=low).order_by("pk")[: LATE + BATCH] if entry.pk not in done
        ][:BATCH]
        if not fresh:
            return 0
        entries = [[entry.pk, entry_digest(entry)] for entry in fresh]
        last = max(fresh[-1].pk, newest.last if newest else 0)
        chain = link(newest.chain if newest else START, entries)
        Seal.objects.create(first=fresh[0].pk, last=last, entries=entries, chain=chain)
    return len(fresh)


def first_bad() -> str:
    """The first entry or seal that is not as it was sealed; empty if all are."""
    previous = START
    for one in Seal.objects.order_by("pk").iterator():
        if link(previous, one.entries) != one.chain:
            return f"seal {one.pk}"
        known = Entry.objects.in_bulk([pk for pk, _digest in one.entries])
        for pk, digest in one.entries:
            if pk not in known or entry_digest(known[pk]) != digest:
                return f"entry {pk}"
        previous = one.chain
    return ""
