"""Follow-ups as a file: only what the person reads, always written down."""

from django.db.models import QuerySet

from keji.access.models import Person
from keji.access.scope import may, require
from keji.customers.rules.actions import EXPORT_ANY
from keji.customers.rules.exports import FEW, keep_table, may_take, order, table
from keji.followups.models import Followup
from keji.records.models import Export
from keji.records.sheet import Sheet


def ask(person: Person, rows: QuerySet[Followup], query: str, why: str, form: str) -> Export:
    """Ask for a file of these follow-ups. Raises Refused, or Unfit for no reason or too many rows."""
    require(person, "followups.export")
    may_take(person, 0 if may(person, EXPORT_ANY) else rows.order_by()[: FEW + 1].count(), why)
    return order(person, "followups", query, why, form)


def make(export: Export, sheet: Sheet, rows: QuerySet[Followup]) -> None:
    """Make the file of an asked-for export, if its maker may still take it."""
    total = rows.count()
    require(export.person, "followups.export")
    may_take(export.person, total, export.why)
    keep_table(export, table(export.person, sheet, rows, of=True), total)
