"""Reads of the dictionaries for those who keep them, and of the files of records."""

from typing import Any

from django.apps import apps
from django.db.models import Count, Q

from keji.access.scope import fetch, may, near
from keji.kernel.errors import NotThere
from keji.records.models import Attachment, SavedView, Term

FILES = "records.files"


def views(person: Any, record: str) -> list[SavedView]:
    """The views of a list that this person has saved."""
    return list(SavedView.objects.filter(person=person, record=record).order_by("name", "pk"))


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


def near_record(person: Any, record: str, pk: int, verb: str = "see") -> Any:
    """A record that is the person's own business (common ground does not count: files are for those who work on it)."""
    model = model_of(record)
    return fetch(person, model, pk, near(person, model, verb))


def attachments_of(record: Any) -> list[Attachment]:
    """The files of a record that is near to the reader, who may read files: the newest first, those in the bin last."""
    rows = Attachment.objects.filter(record=record.RECORD, record_id=record.pk).select_related("who")
    return sorted(rows.order_by("-pk"), key=lambda one: one.dropped_at is not None)


def attachment(person: Any, pk: int) -> tuple[Attachment, Any]:
    """A file and its record, as far as the person may see that."""
    found = Attachment.objects.filter(pk=pk).first()
    if found is None or not may(person, FILES):
        raise NotThere(pk)
    return found, near_record(person, found.record, found.record_id)
