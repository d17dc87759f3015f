"""What is taken along: every table of the installation at one moment, row by row, in the order of its key."""

# ruff: noqa: S608  (the names in the SQL are those of our tables and columns, checked against the database)

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import dbapi2 as sqlite
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from keji.custody.errors import Unusable
from keji.custody.errors import later as _
from keji.custody.rules.columns import kind, told
from keji.custody.rules.derived import INDEXES

# Who is signed in, caches and signs of life are of the moment: after a restore everybody signs in again.
LEFT = {"cache", "django_session", "usersessions_usersession", "queue_heartbeat"}
STEP = 2000


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[tuple[str, str], ...]
    key: str

    @property
    def names(self) -> str:
        return ", ".join(f'"{name}"' for name, _kind in self.columns)


@dataclass(frozen=True)
class Snapshot:
    """A raw connection at which the database stands still."""

    vendor: str
    raw: Any

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        if self.vendor == "sqlite":
            yield from self.raw.execute(sql)
            return
        with self.raw.cursor(name="custody") as cursor:
            cursor.itersize = STEP
            cursor.execute(sql)
            yield from cursor


def tables() -> list[Table]:
    """The tables of all models, those between two models and the list of migrations too."""
    models: list[Any] = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    known = {model._meta.db_table: model for model in models if model._meta.managed and not model._meta.proxy}
    return [table(model) for name, model in sorted(known.items()) if name not in LEFT]


def table(model: Any) -> Table:
    columns = tuple(sorted((field.column, kind(field)) for field in model._meta.concrete_fields))
    return Table(model._meta.db_table, columns, model._meta.pk.column)


def check_complete(wanted: list[Table]) -> None:
    """Refuse to make a backup that leaves out a table or a column nobody thought of."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        known = {one.name for one in wanted} | LEFT
        strange = [name for name in there - known if not name.startswith((*INDEXES, "sqlite_"))]  # what SQLite counts for itself is no record
        missing = [one.name for one in wanted if one.name not in there]
        for one in wanted if not missing else ():
            cursor.execute(f'SELECT * FROM "{one.name}" LIMIT 0')
            strange += [f"{one.name}.{c[0]}" for c in cursor.description if c[0] not in dict(one.columns)]
    if missing:
        raise Unusable("E_MIGRATE", _("数据库还有待做的迁移：先运行 keji serve"))
    if strange:
        raise Unusable("E_TABLE", _("数据库里有不认识的表或列：%(names)s"), names=", ".join(sorted(strange)))


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """The database as it is now, while others go on writing."""
    with copied(folder) if connection.vendor == "sqlite" else repeatable() as raw:
        yield Snapshot(connection.vendor, raw)


@contextmanager
def copied(folder: Path) -> Iterator[Any]:
    if connection.is_in_memory_db():  # type: ignore[attr-defined]
        connection.ensure_connection()
        yield connection.connection  # nobody else can write to it, and it does not copy while a transaction is open
        return
    file = folder / "copy.db"
    address = f"{Path(connection.settings_dict['NAME']).resolve().as_uri()}?mode=ro"
    with closing(sqlite.connect(file)) as copy:
        file.chmod(0o600)
        with closing(sqlite.connect(address, uri=True, timeout=20)) as source:
            # All pages in one step: in several the copy begins anew whenever somebody writes, and never ends.
            source.backup(copy, pages=-1)
        for check in ("quick_check", "foreign_key_check"):
            bad = copy.execute(f"PRAGMA {check}").fetchone()
            if bad not in (None, ("ok",)):
                raise Unusable("E_DATABASE", _("数据库已损坏（%(what)s）：%(why)s"), what=check, why=bad[0])
        yield copy


@contextmanager
def repeatable() -> Iterator[Any]:
    import psycopg

    raw: Any = connection.get_new_connection(connection.get_connection_params())
    with closing(raw):
        raw.isolation_level, raw.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        raw.execute("SET statement_timeout = 0")
        raw.execute("SET idle_in_transaction_session_timeout = 0")
        yield raw


def lines(one: Table, at: Snapshot) -> Iterator[bytes]:
    """The rows of a table as they stand in the archive."""
    kinds = [known for _name, known in one.columns]
    texts = at.vendor == "postgresql"
    wanted = ", ".join(f'"{name}"::text' if texts and known == "json" else f'"{name}"' for name, known in one.columns)
    order = ' COLLATE "C"' if texts and dict(one.columns)[one.key] == "text" else ""
    for row in at.rows(f'SELECT {wanted} FROM "{one.name}" ORDER BY "{one.key}"{order}'):
        values = [told(known, value) for known, value in zip(kinds, row, strict=True)]
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write(one: Table, at: Snapshot, target: Path | None) -> dict[str, Any]:
    """Write a table into a file, or only count and digest it. Returns what the manifest says of it."""
    found, rows, size = hashlib.sha256(), 0, 0
    packed = gzip.GzipFile(target, "wb", compresslevel=3, mtime=0) if target else None
    for line in lines(one, at):
        found.update(line)
        rows, size = rows + 1, size + len(line)
        if packed:
            packed.write(line)
    if packed:
        packed.close()
    return {
        "columns": [list(column) for column in one.columns],
        "key": one.key,
        "rows": rows,
        "bytes": size,
        "sha256": found.hexdigest(),
    }


def sequences(wanted: list[Table], at: Snapshot) -> dict[str, int]:
    """The highest id that each table ever gave away, so that none is given twice."""
    if at.vendor == "sqlite":
        known = dict(at.rows("SELECT name, seq FROM sqlite_sequence"))
        return {one.name: known[one.name] for one in wanted if one.name in known}
    found = {}
    for one in wanted:
        ((name,),) = list(at.rows(f"SELECT pg_get_serial_sequence('\"{one.name}\"', '{one.key}')"))
        if name:
            ((last, called),) = list(at.rows(f"SELECT last_value, is_called FROM {name}"))
            found[one.name] = last if called else 0
    return {name: last for name, last in found.items() if last}
