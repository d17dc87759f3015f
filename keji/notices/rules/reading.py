"""What somebody reads of their notices: only what they may be told at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from keji.access.models import Person
from keji.access.scope import visible
from keji.kernel.clock import now
from keji.notices.models import Notice, Preference
from keji.notices.rules.kinds import DESKTOP, KINDS, Told, offered
from keji.notices.rules.passing import is_quiet
from keji.records.sheet import SHEETS

MOST = 100  # unread ones that are counted


def tellable(person: Person, records: Iterable[str] | None = None) -> Q:
    """The filter of what may be told to a person: kinds by what they may do, records by what they see.

    `records` are the types of those that the notices tell of, if that is known.
    """
    found = Q(kind__in=[kind.name for kind in offered(person)])
    for record in ({kind.record for kind in KINDS.values()} if records is None else set(records)) - {""}:
        rows = visible(person, SHEETS[record].model, within_another=True).filter(pk=OuterRef("record_id"))
        found &= ~Q(record=record, record_id__isnull=False) | Q(Exists(rows.order_by()))
    return found


def mine(person: Person) -> QuerySet[Notice]:
    """The notices of a person that are not put off, without those that are withheld."""
    return Notice.objects.filter(tellable(person), person_id=person.pk, shown_at__lte=now())


def unread(person: Any) -> int:
    """How many wait to be read, a hundred at most. Asked on every page: of what they tell, and only then whether they may."""
    there = Notice.objects.filter(person_id=person.pk, read_at=None, shown_at__lte=now()).order_by()
    records = set(there.values_list("record", flat=True).distinct())
    return there.filter(tellable(person, records))[:MOST].count() if records else 0


@dataclass(frozen=True)
class Page:
    """A page of the inbox; `last` is what the next one begins behind."""

    lines: list[tuple[Notice, Told]]
    more: bool
    last: int


def page(person: Person, kind: str, only_unread: bool, before: int, size: int = 50) -> Page:
    """The newest notices, behind one of them if that is still there."""
    rows = mine(person).order_by("-shown_at", "-pk")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(read_at=None) if only_unread else rows
    if before and (after := Notice.objects.filter(person_id=person.pk, pk=before).first()):
        rows = rows.filter(Q(shown_at__lt=after.shown_at) | Q(shown_at=after.shown_at, pk__lt=after.pk))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(worded(person, found), more, found[-1].pk if found else 0)


def kinds(person: Person) -> list[str]:
    """The kinds that there are notices of, in the order in which they were declared."""
    known = set(mine(person).order_by().values_list("kind", flat=True).distinct())
    return [name for name in KINDS if name in known]


def state(person: Person) -> tuple[int, str]:
    """How many are unread, and what changes when another one comes, or a quiet time begins or ends."""
    rows = mine(person).filter(read_at=None).order_by("-shown_at", "-pk").values_list("pk", "shown_at")[:MOST]
    found = list(rows)
    if not found:
        return 0, ""
    return len(found), f"{found[0][0]}-{found[0][1].timestamp()}-{is_quiet(preference(person), now()):d}"


def preference(person: Person) -> Preference:
    return Preference.objects.filter(person_id=person.pk).first() or Preference(person_id=person.pk)


def for_desktop(person: Person, most: int = 3) -> list[tuple[Notice, Told]]:
    """The newest unread ones that the person wants to see outside of the page; none while it is quiet."""
    choice = preference(person)
    if is_quiet(choice, now()):
        return []
    wanted = [name for name, kind in KINDS.items() if DESKTOP in choice.ways.get(name, kind.ways)]
    rows = mine(person).filter(read_at=None, kind__in=wanted).order_by("-shown_at", "-pk")
    return worded(person, rows[:most])


def worded(person: Person, notices: Iterable[Notice]) -> list[tuple[Notice, Told]]:
    """These notices in the words that the person may hear now; without what is withheld."""
    names = {kind.name for kind in offered(person)}
    known = [one for one in notices if one.kind in names]
    read_along(person, known)
    found = [(one, KINDS[one.kind].words(person, one)) for one in known if one.seen is not None]
    return [(one, told) for one, told in found if told is not None]


def read_along(person: Person, notices: list[Notice]) -> None:
    """Set on each notice what the person reads of its record: nothing if it names none, None if it is out of sight."""
    asked: dict[str, dict[int, tuple[str, ...]]] = {}
    for one in notices:
        one.seen = {}
        kind = KINDS[one.kind]
        if kind.record and one.record_id is not None:
            one.seen = None
            places = asked.setdefault(kind.record, {})
            places[one.record_id] = (*places.get(one.record_id, ()), *kind.reads)
    for record, ids in asked.items():
        rows = read_rows(person, record, list(ids), {name for names in ids.values() for name in names})
        for one in notices:
            if KINDS[one.kind].record == record and one.record_id is not None:
                one.seen = rows.get(one.record_id)


def read_rows(person: Person, record: str, ids: list[int], names: set[str]) -> dict[int, Any]:
    """What the person reads of these columns, by the id of the record."""
    sheet = SHEETS[record]
    columns = [column for column in sheet.columns if column.name in names]
    rows = list(visible(person, sheet.model).filter(pk__in=ids).values(*sheet.attributes(columns)))
    reader = sheet.reader(person, [row["id"] for row in rows], columns)
    return {row["id"]: reader(row) for row in rows}
