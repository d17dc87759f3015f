"""What leaves as a file: only what the person reads, only as much as the person may take, always written down."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import may, require, roles_of
from keji.access.trail import SYSTEM, note
from keji.database import lock_key
from keji.kernel import tables
from keji.kernel.clock import now
from keji.kernel.errors import Problem, TooOften, Unfit
from keji.kernel.filenames import disk_name
from keji.queue import enqueue
from keji.records.models import Export

AT_ONCE = 2000  # rows that come with the answer; more are made in the background
WAITING = 5  # files of one person that may wait to be made
FEW = 100  # rows that a manager takes with a reason, without what reaches people
KEPT = timedelta(hours=72)
FOLDER = "exports"
CHUNK = 2000
TAKE, ANY = "customers.export", "customers.export_any"  # what hangs on customers leaves with their permission too
Rows = Mapping[str, QuerySet]  # by record type; the first are those that are counted


class Way(NamedTuple):
    """How a list leaves as a file: its rows as a person may take them, the making, the task that makes it later."""

    sheet: Any
    rows: Callable[[Any, Any], QuerySet]  # by person and question
    make: Callable[[Export, QuerySet], None]
    later: Any
    ask: Callable[..., Export] | None = None  # by person, rows, query, reason and format, where it holds more than its sheet


def may_take(person: Person, rows: Rows, why: str) -> None:
    """Stop what is more than this person may take away. Raises Refused or Unfit."""
    require(person, TAKE)
    for record in rows:
        require(person, f"{record}.export")
    if not why.strip():
        raise Unfit(Problem("why", "E_REQUIRED", _("请说明导出原因")))
    if not may(person, ANY):
        for wanted in rows.values():
            stop_at_many(wanted)


def stop_at_many(wanted: QuerySet) -> None:
    if wanted.order_by()[: FEW + 1].count() > FEW:
        said = _("一次最多导出 %(few)d 行，现在是 %(count)d 行；更多请找数据管理员")
        raise Unfit(Problem("count", "E_EXPORT_LIMIT", said % {"few": FEW, "count": wanted.count()}))


def ask(person: Person, record: str, rows: Rows, query: str, why: str, form: str = "", **facts: Any) -> Export:
    """Ask for a file of these rows. They are counted now and read when the file is made. Raises Refused or Unfit."""
    may_take(person, rows, why)
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
        note(person, f"{next(iter(rows))}.export", why=why, export=wanted.pk, **facts)
    return wanted


def one_after_another(person: Person) -> None:
    """Raise TooOften while a file of this person is being made at once, or too many wait."""
    waiting = Export.objects.filter(person=person, state="WAITING", created_at__gt=now() - timedelta(hours=1))
    if waiting.filter(job_id=None, created_at__gt=now() - timedelta(minutes=2)).exists():
        raise TooOften(10)
    if waiting.count() >= WAITING:
        raise TooOften(60)


def make(
    export: Export, rows: Rows, write: Callable[[Path], Mapping[str, Any] | None], beside: Sequence[str] = ()
) -> None:
    """Let the file of an asked-for export be written, if its maker may still take it.

    `write` may return facts to note; `beside` are the record types that it writes besides those of the rows.
    """
    person = export.person
    try:
        may_take(person, rows, export.why)
        total = next(iter(rows.values())).count()
    except Exception:
        deny(export)
        raise
    folder = settings.FILES / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = disk_name(f"x.{export.format}")
    holds = [*rows, *beside]
    rights = rights_print(person, holds)
    facts = {"rows": total, **(write(folder / name) or {})}
    (folder / name).chmod(0o600)
    with transaction.atomic():
        export.state, export.rows, export.file = "READY", total, name
        export.holds, export.rights = holds, rights
        export.save(update_fields=["state", "rows", "file", "holds", "rights"])
        note(person, f"{next(iter(rows))}.export", why=export.why, export=export.pk, **facts)


def rights_print(person: Person, holds: Sequence[str]) -> str:
    """A digest of what a person's roles grant on these record types: how far, which fields, how much."""
    told: list[Any] = [person.team.path if person.team else "", may(person, ANY)]
    for role in roles_of(person):
        fields = {name: rule for name, rule in role.fields.items() if name.partition(".")[0] in holds}
        told.append([{record: role.reach.get(record, {}) for record in holds}, fields, "followups.history" in role.actions])
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def at_once_or_later(way: Way, export: Export, rows: QuerySet, count: int) -> None:
    """Make the file now if the rows are few, and in the background if they are many."""
    if count <= AT_ONCE:
        way.make(export, rows)
    else:
        waits(export, enqueue(way.later, export.pk, person_id=export.person_id).pk)


def make_sheet(export: Export, sheet: Any, rows: QuerySet, numbered: bool) -> None:
    """Make the file of the rows of one sheet, each with the number of its customer if that is wanted."""
    person = export.person
    make(export, {sheet.model.RECORD: rows}, lambda target: write(target, [table(person, sheet, rows, of=numbered)]))


def write(target: Path, sheets: Sequence[tables.Sheet]) -> None:
    """Write all sheets into a workbook, or the first as CSV, by the name of the file."""
    if target.suffix == ".csv":
        with target.open("wb") as file:
            tables.write_csv(file, sheets[0])
    else:
        tables.write_xlsx(target, sheets)


def deny(export: Export) -> None:
    export.state = "DENIED"
    export.save(update_fields=["state"])


def waits(export: Export, job_id: int) -> None:
    """A job makes the file."""
    export.job_id = job_id
    export.save(update_fields=["job_id"])


def fetched(person: Person, export: Export) -> Path:
    """The file for its maker, as long as it may be had: with the same rights as when it was made. Raises Refused or Unfit."""
    require(person, TAKE)
    for record in export.holds:
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


def columns_to_take(person: Person | None, sheet: Any) -> list[Any]:
    if person is SYSTEM:
        return list(sheet.columns)
    shown = sheet.columns_for(person)
    return shown if may(person, ANY) else [column for column in shown if not column.guarded]


def table(person: Person | None, sheet: Any, rows: QuerySet, of: bool = False) -> tables.Sheet:
    columns = columns_to_take(person, sheet)
    titles = [sheet.label(column.name) for column in columns]
    kinds = [column.kind.sheet for column in columns]
    if of:
        titles, kinds = [_("客户编号"), *titles], ["text", *kinds]
    return tables.Sheet(str(sheet.title), titles, kinds, cells(person, sheet, columns, rows, of))


def cells(
    person: Person | None, sheet: Any, columns: Sequence[Any], rows: QuerySet, of: bool
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


def reader(person: Any, sheet: Any, columns: Sequence[Any], chunk: Sequence[Any]) -> Any:
    read = sheet.reader(person, [row["id"] for row in chunk], list(columns))

    def one(row: Any) -> list[Any]:
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


def plain_reader(columns: Sequence[Any]) -> Any:
    return lambda row: [column.kind.plain(column.kind.value(row, column.name)) for column in columns]
