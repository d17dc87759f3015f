"""The one way to change a record: allowed, validated, saved and recorded, or nothing at all."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model

from keji.access.models import Entry, Kept, Once, Person
from keji.access.scope import ACTIONS, near, require
from keji.database import bulk_insert
from keji.kernel.clock import now
from keji.kernel.errors import Refused, Stale

ENCODE = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make one anew for each call
SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
SYSTEM = None  # who acts when the clock does


class AlreadyDone(Exception):
    """This create was done before: the record it made."""

    def __init__(self, record_id: int):
        super().__init__(record_id)
        self.record_id = record_id


def stored(value: Any) -> Any:
    """A value as the trail keeps it: plain JSON, encrypted columns as they are stored."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def snapshot(record: Any) -> dict[str, Any]:
    skip = record.UNTOLD
    return {name: record.__dict__.get(name) for name in attnames(type(record)) if name not in skip}


def attnames(model: Any) -> tuple[str, ...]:
    known = model.__dict__.get("_attnames")
    if known is None:
        known = model._attnames = tuple(field.attname for field in model._meta.concrete_fields)
    return known


def digest(salt: str, name: str, value: Any) -> str:
    """A salted hash of a value; nothing has none. The kind of the value counts: 1 and "1" differ."""
    if value is None:
        return ""
    told = f'"{value}' if type(value) is str else str(value) if type(value) is int else SORTED(value)
    return hashlib.sha256(f"{salt}\0{name}\0{told}".encode()).hexdigest()[:32]


def hashed(changes: Mapping[str, list[Any]]) -> tuple[str, str, str]:
    """A salt, the hashes of what has changed, and the values, as JSON."""
    salt, hashes, values = secrets.token_hex(16), [], {}
    for name, (old, new) in changes.items():
        values[name] = both = [stored(old), stored(new)]
        hashes.append(pair(salt, name, both))
    return salt, f"{{{', '.join(hashes)}}}", ENCODE(values)


def pair(salt: str, name: str, both: list[Any]) -> str:
    """The hashes of a value before and after, as JSON of the entry. The names of columns need no escaping."""
    old, new = both
    return f'"{name}": ["{"" if old is None else digest(salt, name, old)}", "{digest(salt, name, new)}"]'


class OneSalt:
    """Hashes of invented values, with one salt for all, so that a value that comes often is hashed once."""

    def __init__(self, salt: str, rare: frozenset[str]):
        self.salt, self.rare = salt, rare  # the columns whose values hardly ever come again
        self.known: dict[tuple[str, Any], tuple[str, str]] = {}

    def all(self, changes: Mapping[str, list[Any]]) -> tuple[str, str, str]:
        """As `hashed`, of a new record."""
        told = [self.one(name, new) for name, (_none, new) in changes.items()]
        hashes, values = zip(*told, strict=True)
        return self.salt, f"{{{', '.join(hashes)}}}", f"{{{', '.join(values)}}}"

    def one(self, name: str, new: Any) -> tuple[str, str]:
        """What an entry and its kept values say of a new value, as JSON."""
        if name in self.rare or type(new) is list:
            return self.said(name, new)
        told = self.known.get((name, new))
        if told is None:
            told = self.known[name, new] = self.said(name, new)
        return told

    def said(self, name: str, new: Any) -> tuple[str, str]:
        value = stored(new)
        return pair(self.salt, name, [None, value]), f'"{name}": [null, {ENCODE(value)}]'


@contextmanager
def change(person: Person | None, record: Any, action: str, why: str = "", once: str = "") -> Iterator[Any]:
    """Change a record inside the block; leave the saving to this function.

    Raises Refused, Unfit, Stale or, for a token that came before, AlreadyDone; then nothing is written.
    """
    if person is not SYSTEM:
        require(person, action, record)
    new = record._state.adding
    before = {} if new else snapshot(record)
    with transaction.atomic():
        if once:
            already(person, record, once)
        yield record
        if not new or record._state.adding:  # a rule that needs the id has inserted a new record already
            save(record, before)
        if new and person is not SYSTEM and not reached(person, record, action):
            raise Refused(action)
        after = snapshot(record)
        changes = {name: [before.get(name), value] for name, value in after.items() if differs(before, name, value)}
        if changes or new:
            tell(person, action, [(record, changes)], why)
        if once:
            Once.objects.create(token=once, who=person, record=record.RECORD, record_id=record.pk)


def differs(before: dict[str, Any], name: str, value: Any) -> bool:
    return before[name] != value if name in before else value not in (None, "", [], {}, False)


def already(person: Person | None, record: Any, once: str) -> None:
    known = Once.objects.filter(token=once, who=person, record=record.RECORD).first()
    if known:
        raise AlreadyDone(known.record_id)


def reached(person: Person, record: Any, action: str) -> bool:
    """A new record must lie where its maker's reach for the action ends; then nobody plants rows elsewhere."""
    verb = ACTIONS[action].verb
    if ACTIONS[action].record != record.RECORD:
        return True
    return near(person, type(record), verb).filter(pk=record.pk).exists()


def save(record: Any, before: dict[str, Any]) -> None:
    """Save if nobody else did so since the record was read (no row locks: SQLite has none)."""
    record.changed_at = now()
    if record._state.adding:
        record.save(force_insert=True)
        return
    model: Any = type(record)
    values = {name: record.__dict__.get(name) for name in attnames(model) if name not in ("id", "version", *model.DERIVED)}
    changed = {name: value for name, value in values.items() if name not in before or before[name] != value}
    if not changed.keys() - {"changed_at"}:
        return
    mine = model._default_manager.filter(pk=record.pk, version=record.version)
    if mine.update(**changed, version=record.version + 1) != 1:
        raise Stale(record, model._default_manager.filter(pk=record.pk).first())
    record.version += 1


def tell(
    person: Person | None,
    action: str,
    told: Iterable[tuple[Any, dict[str, list[Any]]]],
    why: str = "",
    salted: OneSalt | None = None,
) -> None:
    """Write one entry for each (record, {field: [before, after]}), with its values kept apart. Inside a transaction.

    Invented data may be hashed by a `OneSalt`; real ones never, or who knows one value can tell it in all the others.
    """
    at, who = now(), person.pk if person else None
    rows, kept = [], []
    for record, changes in told:
        salt, hashes, values = (salted.all if salted else hashed)(changes)
        customer = record.pk if record.RECORD == "customers" else getattr(record, "customer_id", None)
        rows.append((at, who, action, record.RECORD, record.pk, customer, hashes, why[:500]))
        kept.append((salt, values))
    fields = ["at", "who_id", "action", "record", "record_id", "customer_id", "changes", "why"]
    ids = bulk_insert(Entry, fields, rows, ids=True)
    bulk_insert(Kept, ["entry_id", "salt", "values"], [(pk, *rest) for pk, rest in zip(ids, kept, strict=True)])


def note(person: Person | None, action: str, record: Model | None = None, why: str = "", **facts: Any) -> None:
    """Write down something that changed no record: a reveal, an export, a refusal, a sign-in. Facts hold no personal data."""
    known: Any = record
    customer = None
    if known is not None:
        customer = known.pk if known.RECORD == "customers" else getattr(known, "customer_id", None)
    with transaction.atomic():
        entry = Entry.objects.create(
            who=person if isinstance(person, Person) else None,
            action=action,
            record=known.RECORD if known is not None else "",
            record_id=known.pk if known is not None else None,
            customer_id=customer,
            why=why[:500],
        )
        Kept.objects.create(entry=entry, salt="", values=facts)


def derive(record: Any, **values: Any) -> None:
    """Set derived columns: same transaction, no version, no entry, so that no open form grows stale."""
    type(record)._default_manager.filter(pk=record.pk).update(**values)
    for name, value in values.items():
        setattr(record, name, value)


def redact(person: Person, entries: Iterable[int], why: str) -> int:
    """Empty the kept values of these entries for good; the hashes stay. Returns how many."""
    with transaction.atomic():
        count = Kept.objects.filter(entry_id__in=list(entries)).update(values={}, salt="")
        note(person, "access.redact", why=why, count=count)
    return count
