"""What a hook is told of an entry: which record, what was done, which fields. Never a value, never a person."""

from typing import Any

from keji.access.fields import HIDE
from keji.access.models import Entry, Person
from keji.access.scope import may, near, visible
from keji.notices.models import Outgoing
from keji.records.queries import FILES, near_rows
from keji.records.sheet import SHEETS, Sheet


def told(person: Person, row: Outgoing) -> dict[str, Any] | None:
    """The body of a delivery as far as this person may see it now; None if they may not see the record."""
    if row.entry_id is None:
        return {"id": row.key, "type": "test", "timestamp": row.made_at.isoformat(), "data": {}}
    entry = Entry.objects.filter(pk=row.entry_id).first()
    sheet = SHEETS.get(entry.record) if entry else None
    if entry is None or sheet is None:
        return None
    record = seen(person, sheet.model, entry.record_id)
    if record is None or (entry.action == FILES and not sees_files(person, record)):
        return None
    data = {
        "record": entry.record,
        "record_id": entry.record_id,
        "number": number(record),
        "customer_id": entry.customer_id,
        "fields": fields(person, sheet, record, entry),
        "deleted": record.deleted_at is not None,
    }
    return {"id": row.key, "type": entry.action, "timestamp": entry.at.isoformat(), "data": data}


def seen(person: Person, model: Any, pk: int | None) -> Any:
    """The record, if the person sees it, or would see it were it not in the bin."""
    for rows in (visible(person, model), near(person, model, "see", binned=True)):
        if record := rows.filter(pk=pk).first():
            return record
    return None


def sees_files(person: Person, record: Any) -> bool:
    """Files are for those who work on their record, and not for those who merely see it on common ground."""
    return may(person, FILES) and near_rows(person, record.RECORD).filter(pk=record.pk).exists()


def number(record: Any) -> str:
    """The number that people know the record by; one that has none is known by that of its customer."""
    customer = record if record.RECORD == "customers" else record.customer
    return str(customer.customer_no)


def fields(person: Person, sheet: Sheet, record: Any, entry: Entry) -> list[str]:
    """The names of the changed fields that stand on the person's screen; what has no column there is left out."""
    if entry.action == FILES:
        return ["attachments"]
    lens = sheet.lens(person)
    rules = lens.rules(lens.closeness([record.pk])(record.pk))
    shown = [column for column in sheet.columns if rules[column.name] != HIDE]
    return [c.name for c in shown if set(entry.changes) & {c.name, c.kind.needs(c.name)[0]}]
