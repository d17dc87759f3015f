"""The inbox: people are told, and say what they have read."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from keji.access.house import house
from keji.access.models import Person
from keji.database import one_of
from keji.kernel.clock import now
from keji.kernel.errors import NotThere
from keji.notices.models import Notice, Preference
from keji.notices.rules.kinds import INBOX, KINDS
from keji.queue.backend import refuse_words

BATCH = 1000
PIECES = timedelta(minutes=15)


def notify(
    people: Iterable[Person | int],
    kind: str,
    *,
    key: str,
    record: str = "",
    record_id: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> int:
    """Tell these people, in the caller's transaction. Returns how many were told.

    Who was told under this key is not told again; who has left, or takes no notices of this kind, is not told at all.
    `about` takes ids, codes and moments only, never a value: what may be said is asked when it is said.
    """
    told = dict(about or {})
    refuse_words(told)
    wanted = takers({one if isinstance(one, int) else one.pk for one in people}, kind)
    at = now()
    facts = {"kind": kind, "key": key, "record": record, "record_id": record_id, "about": told, "at": at, "shown_at": at}
    Notice.objects.bulk_create([Notice(person_id=pk, **facts) for pk in wanted], ignore_conflicts=True)
    return Notice.objects.filter(person_id__in=one_of(wanted), key=key, at=at).count() if wanted else 0


def takers(ids: Iterable[int], kind: str) -> list[int]:
    """Those of these people who work here and want to be told of this kind."""
    known, always = house().people, KINDS[kind].always
    active = sorted(pk for pk in ids if pk in known and known[pk].active)
    if always or not active:
        return active
    chosen = dict(Preference.objects.filter(person_id__in=one_of(active)).values_list("person_id", "ways"))
    return [pk for pk in active if INBOX in chosen.get(pk, {}).get(kind, (INBOX,))]


def gather(person: int, kind: str, *, key: str, mark: str, count: int, record: str, record_id: int | None, by: int) -> None:
    """Tell somebody of an act on many records. What it does in several pieces grows into one notice, until that is read."""
    lately = Notice.objects.filter(person_id=person, kind=kind, read_at=None, at__gte=now() - PIECES)
    for known in lately.order_by("-pk")[:20]:
        if known.about.get("mark") == mark:
            grown = {**known.about, "count": known.about["count"] + count}
            Notice.objects.filter(pk=known.pk).update(about=grown, record_id=None)
            return
    about = {"mark": mark, "count": count, "by": by}
    notify([person], kind, key=key, record=record, record_id=record_id if count == 1 else None, about=about)


def one(person: Person, pk: int) -> Notice:
    found = Notice.objects.filter(person=person, pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def read(person: Person, pk: int, again: bool = False) -> None:
    """Mark a notice as read, or as unread again."""
    known = one(person, pk)
    if again or known.read_at is None:
        Notice.objects.filter(pk=known.pk).update(read_at=None if again else now())


def read_all(person: Person, kind: str = "") -> int:
    """Mark all that has been shown as read, or all of one kind. Returns how many."""
    rows = Notice.objects.filter(person=person, read_at=None, shown_at__lte=now())
    return (rows.filter(kind=kind) if kind else rows).update(read_at=now())


def snooze(person: Person, pk: int, until: datetime) -> None:
    """Put a notice away; at that moment it comes again, unread."""
    known = one(person, pk)
    Notice.objects.filter(pk=known.pk).update(shown_at=until, read_at=None)


def forget() -> int:
    """Remove the notices whose time is over, read or not. Returns how many."""
    old = Notice.objects.filter(at__lt=now() - timedelta(days=settings.NOTICE_DAYS)).values_list("pk", flat=True)
    count = 0
    while ids := list(old[:BATCH]):
        with transaction.atomic():
            Notice.objects.filter(pk__in=ids).delete()
        count += len(ids)
    return count
