"""Reads of the dictionaries for those who keep them, and of the files of records."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.models import Case, Count, Q, QuerySet, When

from keji.access.scope import fetch, may, near
from keji.kernel.errors import NotThere
from keji.records.models import Attachment, SavedView, Term

FILES = "records.files"
FETCHED = "records.file_fetched"  # told in the trail alone: it changes nothing
OPENS: dict[str, str] = {}  # record type → the action that opens its files, where that is not the one of all files
NARROWER: dict[str, Callable[[Any, str], QuerySet]] = {}  # record type → its rows near a person, where reach is not all


class Saved(NamedTuple):
    """A view of a list, as its asker has saved it."""

    pk: int
    name: str
    query: str


def views(person: Any, record: str) -> list[Saved]:
    """The views of a list that this person has saved. Asked with every list, hence in plain SQL."""
    with connection.cursor() as cursor:
        told = [person.pk, record]
        cursor.execute("SELECT id, name, query FROM records_savedview WHERE person_id = %s AND record = %s ORDER BY name, id", told)
        return [Saved(*row) for row in cursor.fetchall()]


def view(person: Any, pk: int) -> SavedView:
    found = SavedView.objects.filter(person=person, pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def dictionaries() -> list[tuple[str, int, int]]:
    """The name of each dictionary, how many values it has, and how many of them are offered."""
    offered = Count("pk", filter=Q(enabled=True))
    rows = Term.objects.values("dictionary").annotate(size=Count("pk"), offered=offered).order_by("dictionary")
    return [(row["dictionary"], row["size"], row["offered"]) for row in rows]


def terms(dictionary: str) -> list[Term]:
    found = list(Term.objects.filter(dictionary=dictionary).order_by("sort", "pk"))
    if not found:
        raise NotThere(dictionary)
    return found


def term(pk: int) -> Term:
    found = Term.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def model_of(record: str) -> Any:
    """The model of a record type, or NotThere."""
    found = next((one for one in apps.get_models() if getattr(one, "RECORD", None) == record), None)
    if found is None:
        raise NotThere(record)
    return found


def narrower(record: str, rows: Callable[[Any, str], QuerySet]) -> None:
    """Say which rows of a record type are near a person for a verb, where that is less than the reach takes in."""
    NARROWER[record] = rows


def near_rows(person: Any, record: str, verb: str = "see") -> QuerySet:
    """The records of a type that are the person's own business (common ground does not count: files are for those who work on it)."""
    model = model_of(record)
    rows = NARROWER[record](person, "see") if record in NARROWER else near(person, model)
    return rows if verb == "see" else rows & near(person, model, verb)


def near_record(person: Any, record: str, pk: int, verb: str = "see") -> Any:
    """One of these, or NotThere."""
    return fetch(person, model_of(record), pk, near_rows(person, record, verb))


def opens(person: Any, record: str) -> bool:
    """True if the person may look at files of records of this type at all."""
    return may(person, OPENS.get(record, FILES))


def attachments_of(person: Any, record: Any) -> list[Attachment] | None:
    """The files of a record: the newest first, those in the bin last. None for who may not look at them."""
    if not opens(person, record.RECORD) or not near_rows(person, record.RECORD).filter(pk=record.pk).exists():
        return None
    rows = Attachment.objects.filter(record=record.RECORD, record_id=record.pk).select_related("who")
    return sorted(rows.order_by("-pk"), key=lambda one: one.dropped_at is not None)


def attachments_around(person: Any, customer: Any, most: int) -> tuple[list[Attachment], list[Attachment]]:
    """The files of a customer that is near to the reader, and the newest that hang on records beneath it, as far as those are near."""
    rows = Attachment.objects.filter(customer_id=customer.pk).select_related("who")
    first = Case(When(record=customer.RECORD, then=0), default=1)
    mine: list[Attachment] = []
    beneath: list[Attachment] = []
    for one in rows.order_by(first, "-pk")[: 10 * most]:
        (mine if one.record == customer.RECORD else beneath).append(one)
    seen = readable(person, (one for one in beneath if one.dropped_at is None), most)
    return sorted(mine, key=lambda one: one.dropped_at is not None), seen


def readable(person: Any, found: Iterable[Attachment], most: int) -> list[Attachment]:
    """Those files whose record is near to the person."""
    wanted: dict[str, set[int]] = {}
    told = list(found)
    for one in told:
        wanted.setdefault(one.record, set()).add(one.record_id)
    near_by = {name: set(near_rows(person, name).filter(pk__in=ids).values_list("pk", flat=True)) for name, ids in wanted.items()}
    return [one for one in told if one.record_id in near_by[one.record]][:most]


def attachments_on(person: Any, record: str, ids: Iterable[int]) -> dict[int, list[Attachment]]:
    """The files on several records of a type, by record, as far as the person may look at them."""
    found: dict[int, list[Attachment]] = {}
    if opens(person, record):
        rows = Attachment.objects.filter(record=record, record_id__in=list(ids), dropped_at=None).order_by("pk")
        for one in readable(person, rows, 2000):
            found.setdefault(one.record_id, []).append(one)
    return found


def clips(person: Any, record: str, ids: Iterable[int]) -> dict[int, int]:
    """How many files hang on each of these records, which are near to the person; none for who may not look at them."""
    if not opens(person, record):
        return {}
    rows = Attachment.objects.filter(record=record, record_id__in=list(ids), dropped_at=None).order_by()
    return dict(rows.values_list("record_id").annotate(size=Count("pk")))


def attachment(person: Any, pk: int) -> tuple[Attachment, Any]:
    """A file and its record, as far as the person may see that."""
    found = Attachment.objects.filter(pk=pk).first()
    if found is None or not opens(person, found.record):
        raise NotThere(pk)
    return found, near_record(person, found.record, found.record_id)
