"""Tasks that follow from something else that a person did: no right to tasks is asked, many are written at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from keji.access.models import Person
from keji.access.trail import differs, tell
from keji.agenda.models import Task
from keji.agenda.queries import INDEX
from keji.agenda.rules.giving import give
from keji.agenda.rules.heartbeat import carry
from keji.agenda.rules.times import reminder
from keji.customers.rules.many import Draft, written
from keji.database import bulk_insert
from keji.database.search import Words
from keji.kernel.clock import now


def task(person: Person | None, **values: Any) -> Any:
    """A task about to be written."""
    made: Any = Draft(Task, now(), states={}, created_by_id=person.pk if person else None, **values)
    made.title = made.title[:200]
    made.remind_at = reminder(made.due_at)
    made.reminded_at = now() if made.remind_at and made.remind_at < now() else None  # what is over when it comes is shown, not told
    return made


def enter(person: Person | None, tasks: Sequence[Any], why: str = "") -> None:
    """Write these drafts down, each with its entry in the trail. The caller lets the rows `carry` them."""
    if not tasks:
        return
    ids = bulk_insert(Task, written(Task), [one.row(Task) for one in tasks], ids=True)
    for one, pk in zip(tasks, ids, strict=True):
        one.id = pk
    INDEX.write((one.pk, Words(text=[one.title])) for one in tasks)
    tell(person, "tasks.create", [(one, one.news(Task)) for one in tasks], why)
    if person is not None:
        give(person, tasks)


def alter(person: Person | None, told: Sequence[tuple[Task, Mapping[str, Any]]], why: str = "") -> None:
    """Change these tasks, each with its entry; one that somebody else changed meanwhile stays as that left it."""
    entries = []
    for one, values in told:
        changed = {name: value for name, value in values.items() if getattr(one, name) != value}
        before = {name: getattr(one, name) for name in changed}
        mine = Task.objects.filter(pk=one.pk, version=one.version)
        if not changed or mine.update(**changed, version=one.version + 1, changed_at=now()) != 1:
            continue
        one.version += 1
        for name, value in changed.items():
            setattr(one, name, value)
        named = {name: [before[name], changed[name]] for name in changed if name not in Task.UNTOLD}
        entries.append((one, {name: both for name, both in named.items() if differs({name: both[0]}, name, both[1])}))
        if "title" in changed:
            INDEX.write([(one.pk, Words(text=[one.title]))])
    tell(person, "tasks.change", entries, why) if entries else None


def ended(person: Person | None, state: str, by: str) -> dict[str, Any]:
    """What a task says that a record has ended."""
    return {"state": state, "ended_at": now(), "ended_by_id": person.pk if person else None, "ended_with": by}


OPENED: dict[str, Any] = {"state": "OPEN", "ended_at": None, "ended_by_id": None, "ended_with": ""}


__all__ = ["OPENED", "alter", "carry", "ended", "enter", "task"]
