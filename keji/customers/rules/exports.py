"""What leaves as a file: only what the person reads, only as much as the person may take, always written down."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from keji.access.models import Person
from keji.access.scope import ACTIONS, may, near, require, roles_of
from keji.access.trail import SYSTEM, note
from keji.customers.models import Contact, Customer
from keji.customers.rules.actions import EXPORT_ANY
from keji.database import lock_key
from keji.kernel import tables
from keji.kernel.clock import now
from keji.kernel.errors import Problem, TooOften, Unfit
from keji.kernel.filenames import disk_name
from keji.records.kinds import Row
from keji.records.models import Export
from keji.records.sheet import Column, Sheet

AT_ONCE = 2000  # rows that come with the answer; more are made in the background
WAITING = 5  # files of one person that may wait to be made
FEW = 100  # rows that a manager takes with a reason, without what reaches people
KEPT = timedelta(hours=72)
FOLDER = "exports"
CHUNK = 2000


def may_take(person: Person, count: int, why: str) -> None:
    """Stop what is more than this person may take away. Raises Refused or Unfit."""
    require(person, "customers.export")
    if not why.strip():
        raise Unfit(Problem("why", "E_REQUIRED", _("请说明导出原因")))
    if count > FEW and not may(person, EXPORT_ANY):
        said = _("一次最多导出 %(few)d 行，现在是 %(count)d 行；更多请找数据管理员")
        raise Unfit(Problem("count", "E_EXPORT_LIMIT", said % {"few": FEW, "count": count}))


def ask(person: Person, rows: QuerySet[Customer], query: str, why: str, form: str) -> Export:
    """Ask for a file of these customers. The rows are counted now and read when the file is made."""
    may_take(person, rows.order_by()[: FEW + 1].count() if not may(person, EXPORT_ANY) else 0, why)
    return order(person, "customers", query, why, form)


def order(person: Person, record: str, query: str, why: str, form: str, **facts: Any) -> Export:
    """Write down that a file is wanted, one after another of one person."""
    with transaction.atomic():
        lock_key(f"exports of {person.pk}")
        one_after_another(person)
        wanted = Export.objects.create(
            person=person,
            record=record,
            query=query[:4000],
            format="csv" if form == "csv" else "xlsx",
            why=why[:500],
            until=now() + KEPT,
        )
        action = f"{record}.export" if f"{record}.export" in ACTIONS else "customers.export"
        note(person, action, why=why, export=wanted.pk, **facts)
    return wanted


def one_after_another(person: Person) -> None:
    """Raise TooOften while a file of this person is being made at once, or too many wait."""
    waiting = Export.objects.filter(person=person, state="WAITING", created_at__gt=now() - timedelta(hours=1))
    if waiting.filter(job_id=None, created_at__gt=now() - timedelta(minutes=2)).exists():
        raise TooOften(10)
    if waiting.count() >= WAITING:
        raise TooOften(60)


def make(export: Export, sheet: Sheet, contacts: Sheet, rows: QuerySet[Customer]) -> None:
    """Make the file of these customers, if its maker may still take it."""
    person = export.person
    total = rows.count()
    try:
        may_take(person, total, export.why)
    except Exception:
        deny(export)
        raise
    beside = export.format == "xlsx" and may(person, "contacts.export")
    keep(export, ["customers", *["contacts"] * beside], lambda path: write(path, person, sheet, contacts, rows), rows=total)


def keep(export: Export, holds: Sequence[str], make_file: Callable[[Path], Any], **counts: Any) -> None:
    """Have a file made under a name of ours and say that it is there; the first of `counts` is its number of rows."""
    folder = settings.FILES / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name, rights = disk_name(f"x.{export.format}"), rights_print(export.person, holds)
    counts |= make_file(folder / name) or {}
    (folder / name).chmod(0o600)
    with transaction.atomic():
        export.state, export.rows, export.file = "READY", next(iter(counts.values())), name
        export.holds, export.rights = list(holds), rights
        export.save(update_fields=["state", "rows", "file", "holds", "rights"])
        note(export.person, f"{holds[0]}.export", why=export.why, export=export.pk, **counts)


def keep_table(export: Export, written: tables.Sheet, total: int) -> None:
    """Have the one sheet of an export made."""

    def make_file(path: Path) -> None:
        if path.suffix == ".csv":
            tables.write_csv(path, written)
        else:
            tables.write_xlsx(path, [written])

    keep(export, [export.record], make_file, rows=total)


def rights_print(person: Person, holds: Sequence[str]) -> str:
    """A digest of what a person's roles grant on these record types: how far, which fields, how much."""
    told: list[Any] = [person.team.path if person.team else "", may(person, EXPORT_ANY)]
    for role in roles_of(person):
        fields = {name: rule for name, rule in role.fields.items() if name.partition(".")[0] in holds}
        told.append([{record: role.reach.get(record, {}) for record in holds}, fields, "followups.history" in role.actions])
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def deny(export: Export) -> None:
    export.state = "DENIED"
    export.save(update_fields=["state"])


def fetched(person: Person, export: Export) -> Path:
    """The file for its maker, as long as it may be had: with the same rights as when it was made. Raises Refused or Unfit."""
    for record in ("customers", *export.holds):
        require(person, f"{record}.export")
    if export.state == "READY" and export.rights != rights_print(person, export.holds):
        raise Unfit(Problem("file", "E_RIGHTS", _("生成文件之后，你的权限有变化，请重新导出")))
    path = settings.FILES / FOLDER / export.file
    if export.state != "READY" or export.until < now() or not path.exists():
        raise Unfit(Problem("file", "E_EXPIRED", _("文件已过期（保留 72 小时），请重新导出")))
    note(person, "customers.export_fetched", export=export.pk)
    return path


def sweep() -> int:
    """Remove the files whose time is over. Returns how many."""
    gone = 0
    for export in Export.objects.filter(until__lt=now(), state="READY"):
        (settings.FILES / FOLDER / export.file).unlink(missing_ok=True)
        export.state = "GONE"
        export.save(update_fields=["state"])
        gone += 1
    return gone


def write(target: Path, person: Person | None, sheet: Sheet, contacts: Sheet, rows: QuerySet[Customer]) -> None:
    """Write customers and, in a workbook, their contacts on a second sheet."""
    first = table(person, sheet, rows)
    if target.suffix == ".csv":
        with target.open("wb") as file:
            tables.write_csv(file, first)
        return
    theirs = Contact.objects.filter(deleted_at=None, customer__in=rows.order_by().values("pk"))
    if person is not SYSTEM:
        theirs = near(person, Contact, "export").filter(customer__in=rows.order_by().values("pk"))
    numbered = person is SYSTEM or "customer_no" in sheet.readable(person)
    tables.write_xlsx(target, [first, table(person, contacts, theirs, of=numbered)])


def columns_to_take(person: Person | None, sheet: Sheet) -> list[Column]:
    if person is SYSTEM:
        return list(sheet.columns)
    shown = sheet.columns_for(person)
    return shown if may(person, EXPORT_ANY) else [column for column in shown if not column.guarded]


def table(person: Person | None, sheet: Sheet, rows: QuerySet, of: bool = False) -> tables.Sheet:
    columns = columns_to_take(person, sheet)
    titles = [sheet.label(column.name) for column in columns]
    kinds = [column.kind.sheet for column in columns]
    if of:
        titles, kinds = [_("客户编号"), *titles], ["text", *kinds]
    return tables.Sheet(str(sheet.title), titles, kinds, cells(person, sheet, columns, rows, of))


def cells(
    person: Person | None, sheet: Sheet, columns: Sequence[Column], rows: QuerySet, of: bool
) -> Iterator[list[Any]]:
    """The cells row by row, read in keyset chunks so that no transaction stays open."""
    needed = sheet.attributes(columns)
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk").values(*needed)[:CHUNK]):
        last = chunk[-1]["id"]
        read = plain_reader(columns) if person is SYSTEM else reader(person, sheet, columns, chunk)
        for row in chunk:
            told = read(row)
            yield [row["customer__customer_no"], *told] if of else told


def reader(person: Any, sheet: Sheet, columns: Sequence[Column], chunk: Sequence[Row]) -> Any:
    read = sheet.reader(person, [row["id"] for row in chunk], list(columns))

    def one(row: Row) -> list[Any]:
        shown = read(row)
        found = []
        for column in columns:
            cell = shown.get(column.name)
            if cell is None:
                found.append("")
            else:
                found.append(column.kind.plain(cell.value) if cell.policy == "plain" else cell.text)
        return found

    return one


def plain_reader(columns: Sequence[Column]) -> Any:
    return lambda row: [column.kind.plain(column.kind.value(row, column.name)) for column in columns]


def write_plain(target: Path, sheet: Sheet, contacts: Sheet, why: str) -> int:
    """The operator's export of everything in plain text, noted in the trail. Returns the number of customers."""
    rows = Customer.objects.filter(deleted_at=None)
    note(SYSTEM, "customers.export_plain", why=why, rows=rows.count())
    write(target, SYSTEM, sheet, contacts, rows)
    return rows.count()


def write_for(person: Person, target: Path, sheet: Sheet, contacts: Sheet, why: str) -> int:
    """An export as this person may have it. Returns the number of customers."""
    rows = near(person, Customer, "export")
    may_take(person, rows.count(), why)
    note(person, "customers.export", why=why, rows=rows.count())
    with override(person.language or settings.LANGUAGE_CODE):
        write(target, person, sheet, contacts, rows)
    return rows.count()


def waits(export: Export, job_id: int) -> None:
    """A job makes the file."""
    export.job_id = job_id
    export.save(update_fields=["job_id"])
