"""Customers as a file, with their contacts beside them."""

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import override

from keji.access.models import Person
from keji.access.scope import may, near
from keji.access.trail import SYSTEM, note
from keji.customers.models import Contact, Customer
from keji.records.models import Export
from keji.records.rules import exports
from keji.records.rules.exports import table
from keji.records.sheet import Sheet


def make(export: Export, sheet: Sheet, contacts: Sheet, rows: QuerySet[Customer]) -> None:
    """Make the file of these customers, if its maker may still take it."""
    beside = ["contacts"] if export.format == "xlsx" and may(export.person, "contacts.export") else []
    exports.make(export, {"customers": rows}, lambda target: write(target, export.person, sheet, contacts, rows), beside)


def write(target: Path, person: Person | None, sheet: Sheet, contacts: Sheet, rows: QuerySet[Customer]) -> None:
    """Write customers and, in a workbook, their contacts on a second sheet."""
    first = table(person, sheet, rows)
    if target.suffix == ".csv":
        return exports.write(target, [first])
    theirs = Contact.objects.filter(deleted_at=None, customer__in=rows.order_by().values("pk"))
    if person is not SYSTEM:
        theirs = near(person, Contact, "export").filter(customer__in=rows.order_by().values("pk"))
    numbered = person is SYSTEM or "customer_no" in sheet.readable(person)
    return exports.write(target, [first, table(person, contacts, theirs, of=numbered)])


def write_plain(target: Path, sheet: Sheet, contacts: Sheet, why: str) -> int:
    """The operator's export of everything in plain text, noted in the trail. Returns the number of customers."""
    rows = Customer.objects.filter(deleted_at=None)
    note(SYSTEM, "customers.export_plain", why=why, rows=rows.count())
    write(target, SYSTEM, sheet, contacts, rows)
    return rows.count()


def write_for(person: Person, target: Path, sheet: Sheet, contacts: Sheet, why: str) -> int:
    """An export as this person may have it. Returns the number of customers."""
    rows = near(person, Customer, "export")
    exports.may_take(person, {"customers": rows}, why)
    total = rows.count()
    note(person, "customers.export", why=why, rows=total)
    with override(person.language or settings.LANGUAGE_CODE):
        write(target, person, sheet, contacts, rows)
    return total
