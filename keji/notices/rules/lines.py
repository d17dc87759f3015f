"""Who is told of what is done: a line for each action of the trail."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from keji.access.models import Entry
from keji.notices.rules.inbox import gather, notify


@dataclass(frozen=True)
class Word:
    """Something for one person. What has a `mark` is a part of an act on many records, and `count` of them."""

    person: int
    kind: str
    key: str
    record: str = ""
    record_id: int | None = None
    about: dict[str, Any] = field(default_factory=dict)
    mark: str = ""
    count: int = 1
    by: int = 0


Line = Callable[[Sequence[Entry]], Iterable[Word]]
LINES: dict[str, list[Line]] = {}  # an action, or "*.export" for that verb of every record type


def tell_of(*actions: str) -> Callable[[Line], Line]:
    """Say whom the entries of these actions concern: `@tell_of("customers.assign")` above a function of entries."""

    def register(line: Line) -> Line:
        for action in actions:
            LINES.setdefault(action, []).append(line)
        return line

    return register


def words(entries: Sequence[Entry]) -> list[Word]:
    """What is to be told of these entries. Reads only."""
    concerned: dict[Line, list[Entry]] = {}
    for entry in entries:
        for name in (entry.action, f"*.{entry.action.rpartition('.')[2]}"):
            for line in LINES.get(name, ()):
                concerned.setdefault(line, []).append(entry)
    return [word for line, found in concerned.items() for word in line(found)]


def say(word: Word) -> None:
    """Tell it, in the transaction that moves the mark."""
    of: dict[str, Any] = {"record": word.record, "record_id": word.record_id}
    if word.mark:
        gather(word.person, word.kind, key=word.key, mark=word.mark, count=word.count, by=word.by, **of)
    else:
        notify([word.person], word.kind, key=word.key, about=word.about, **of)
