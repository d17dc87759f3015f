"""Follow-ups as a file: only what the person reads, always written down."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from keji.access.models import Person
from keji.access.scope import may, require
from keji.access.trail import note
from keji.customers.rules.actions import EXPORT_ANY
from keji.customers.rules.exports import FEW, FOLDER, KEPT, may_take, one_after_another, table
from keji.database import lock_key
from keji.followups.models import Followup
from keji.kernel import tables
from keji.kernel.clock import now
from keji.kernel.filenames import disk_name
from keji.records.models import Export
from keji.records.sheet import Sheet


def ask(person: Person, rows: QuerySet[Followup], query: str, why: str, form: str) -> Export:
    """Ask for a file of these follow-ups. Raises Refused, or Unfit for no reason or too many rows."""
    require(person, "followups.export")
    may_take(person, 0 if may(person, EXPORT_ANY) else rows.order_by()[: FEW + 1].count(), why)
    with transaction.atomic():
        lock_key(f"exports of {person.pk}")
        one_after_another(person)
        wanted = Export.objects.create(
            person=person,
            record="followups",
            query=query[:4000],
            format="csv" if form == "csv" else "xlsx",
            why=why[:500],
            until=now() + KEPT,
        )
        note(person, "followups.export", why=why, export=wanted.pk)
    return wanted


def make(export: Export, sheet: Sheet, rows: QuerySet[Followup]) -> None:
    """Make the file of an asked-for export, if its maker may still take it."""
    total = rows.count()
    require(export.person, "followups.export")
    may_take(export.person, total, export.why)
    folder = settings.FILES / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = disk_name(f"x.{export.format}")
    written: Any = table(export.person, sheet, rows, of=True)
    if export.format == "csv":
        with (folder / name).open("wb") as file:
            tables.write_csv(file, written)
    else:
        tables.write_xlsx(folder / name, [written])
    (folder / name).chmod(0o600)
    with transaction.atomic():
        export.state, export.rows, export.file = "READY", total, name
        export.save(update_fields=["state", "rows", "file"])
        note(export.person, "followups.export", why=export.why, export=export.pk, rows=total)
