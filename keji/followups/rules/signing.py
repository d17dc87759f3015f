"""Who signed a follow-up, when, and what: the trail keeps every version, the signature says that none was altered."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from keji.access.models import Entry, Person
from keji.followups.models import Followup
from keji.kernel.clock import now

SIGNATURE = ("signed_by_id", "signed_at", "signature")
UNSIGNED = frozenset({"id", "version", "created_by_id", "created_at", "changed_at", "deleted_at", "deleted_by_id", *SIGNATURE})
LATER = frozenset({"cross_sell", "objective"})  # came after the first signatures: part of what is signed only where they say something
ERASED = object()  # a value that was taken out of the trail


@lru_cache(1)
def content() -> dict[str, Any]:
    """The fields that a signature covers, by attribute: what was said, about whom, and by whom."""
    skip = UNSIGNED | Followup.UNTOLD | {"states"}
    return {field.attname: field for field in Followup._meta.concrete_fields if field.attname not in skip}


def blank() -> dict[str, Any]:
    """What a follow-up says that says nothing."""
    return dict.fromkeys((*content(), *SIGNATURE))


def canonical(name: str, value: Any) -> Any:
    """A value as it is hashed: whatever it was read from, moments are in UTC and nothing is none."""
    known = content()[name].to_python(value) if value not in (None, "", [], False) else None
    if isinstance(known, datetime):
        return known.astimezone(UTC).isoformat()
    return known.isoformat() if isinstance(known, date) else known


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a follow-up with these values says."""
    found = {name: canonical(name, values.get(name)) for name in content()}
    return {name: value for name, value in found.items() if value is not None or name not in LATER}


def digest(values: Mapping[str, Any], who: int | None, at: datetime) -> str:
    """SHA-256 over what was said, who signed it, and when."""
    signed = {"content": said(values), "signed_by": who, "signed_at": at.astimezone(UTC).isoformat()}
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def sign(followup: Followup, person: Person | None) -> None:
    """Put the person's name under what the follow-up says now."""
    at, who = now(), person.pk if person else None
    followup.signed_by_id, followup.signed_at = who, at
    followup.signature = digest(followup.__dict__, who, at)


@dataclass(frozen=True)
class Version:
    """What a follow-up said once. `sound` is None where nobody signed, or where a value was erased since."""

    number: int
    values: dict[str, Any]
    changed: frozenset[str]
    erased: frozenset[str]
    entry: Entry
    sound: bool | None


def versions(entries: Iterable[Entry]) -> list[Version]:
    """The versions of a follow-up, oldest first, from its entries of the trail with their kept values."""
    found: list[Version] = []
    values: dict[str, Any] = {}
    for entry in entries:
        kept = entry.kept.values
        for name in entry.changes:
            values[name] = kept[name][1] if name in kept else ERASED
        changed = frozenset(entry.changes) & content().keys()
        if not changed and found:
            continue  # into the bin and out again
        erased = frozenset(name for name, value in values.items() if value is ERASED)
        known = {name: python(name, value) for name, value in values.items() if name not in erased}
        found.append(Version(len(found) + 1, known, changed, erased, entry, sound(known, erased)))
    return found


def python(name: str, value: Any) -> Any:
    """A value as the model has it, from the trail."""
    field: Any = Followup._meta.get_field(name.removesuffix("_id"))
    return field.to_python(value) if value is not None else None


def sound(values: Mapping[str, Any], erased: frozenset[str]) -> bool | None:
    at = values.get("signed_at")
    if erased or at is None:
        return None
    return values.get("signature") == digest(values, values.get("signed_by_id"), at)
