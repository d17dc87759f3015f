"""Many rows at once, past the ORM: executemany on SQLite, INSERT or COPY on PostgreSQL."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection as default
from django.db import connections, router, transaction
from django.db.models.expressions import RawSQL

FEW = 50  # up to here one INSERT beats COPY, which costs a round trip more

Rows = Sequence[tuple[Any, ...]]


def insert(model: Any, fields: tuple[str, ...], rows: Rows, ids: bool) -> list[int]:
    if not rows:
        return []
    alias = router.db_for_write(model)
    connection = connections[alias]
    with transaction.atomic(using=alias, savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return sqlite(cursor, model, fields, rows, ids)
        return postgresql(connection, cursor, model, fields, rows, ids)


def update(model: Any, fields: tuple[str, ...], rows: Rows) -> None:
    """Set these columns of rows by id: (id, value, …). Django's bulk_update takes thirty times as long to build its SQL."""
    if not rows:
        return
    alias = router.db_for_write(model)
    connection = connections[alias]
    known = {field.attname: field for field in model._meta.concrete_fields}
    table, pk = model._meta.db_table, model._meta.pk.column
    with transaction.atomic(using=alias, savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            wanted = ", ".join(f'"{known[name].column}" = %s' for name in fields)
            sql = f'UPDATE "{table}" SET {wanted} WHERE "{pk}" = %s'  # noqa: S608
            cursor.executemany(sql, [(*row[1:], row[0]) for row in rows])
            return
        # One statement for all rows: a statement for each took four times as long in the server alone.
        kinds = [known[name].db_type(connection) for name in fields]
        wanted = ", ".join(
            f'"{known[name].column}" = told.c{place}::{kind}'
            for place, (name, kind) in enumerate(zip(fields, kinds, strict=True))
        )
        columns = ", ".join(f"c{place}" for place in range(len(fields)))
        arrays = ", ".join(["%s::text[]"] * len(fields))
        sql = (
            f'UPDATE "{table}" SET {wanted} FROM unnest(%s::bigint[], {arrays}) AS told(id, {columns})'  # noqa: S608
            f' WHERE "{table}"."{pk}" = told.id'
        )
        ids, *values = zip(*rows, strict=True)
        cursor.execute(sql, [list(ids), *([None if v is None else as_text(v) for v in one] for one in values)])


def as_text(value: Any) -> str:
    """A value as PostgreSQL reads it from text."""
    return f"\\x{bytes(value).hex()}" if isinstance(value, bytes | memoryview) else str(value)


def subquery(values: Sequence[Any]) -> RawSQL | Sequence[Any]:
    if default.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(values, ensure_ascii=False)])
    # PostgreSQL takes a list as an array and probes the index; of a subquery it makes a join that reads the table.
    return values


def sqlite(cursor: Any, model: Any, fields: tuple[str, ...], rows: Rows, ids: bool) -> list[int]:
    if len(rows) == 1:
        cursor.execute(statement(model, fields, "", 1), rows[0])
        return [cursor.lastrowid] if ids else []
    if not ids:
        cursor.executemany(statement(model, fields, "", 1), rows)
        return []
    table = model._meta.db_table
    cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
    first = (cursor.fetchone()[0] or 0) + 1
    numbered = [(number, *row) for number, row in enumerate(rows, first)]
    cursor.executemany(statement(model, (model._meta.pk.column, *fields), "", 1), numbered)
    return list(range(first, first + len(rows)))


def postgresql(connection: Any, cursor: Any, model: Any, fields: tuple[str, ...], rows: Rows, ids: bool) -> list[int]:
    pk = model._meta.pk.column
    if len(rows) <= FEW:
        ending = f' RETURNING "{pk}"' if ids else ""
        cursor.execute(statement(model, fields, ending, len(rows)), [value for row in rows for value in row])
        return [number for (number,) in cursor.fetchall()] if ids else []
    numbers: list[int] = []
    if ids:
        reserve = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        cursor.execute(reserve, [f'"{model._meta.db_table}"', pk, len(rows)])
        numbers = [number for (number,) in cursor.fetchall()]
        fields, rows = (pk, *fields), [(number, *row) for number, row in zip(numbers, rows, strict=True)]
    copy(connection, cursor, f'"{model._meta.db_table}" ({columns(model, fields)})', rows)
    return numbers


def copy(connection: Any, cursor: Any, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


@lru_cache(maxsize=256)
def statement(model: Any, fields: tuple[str, ...], ending: str, count: int) -> str:
    row = "(" + ", ".join(["%s"] * len(fields)) + ")"
    values = ", ".join([row] * count)
    return f'INSERT INTO "{model._meta.db_table}" ({columns(model, fields)}) VALUES {values}{ending}'  # noqa: S608


def columns(model: Any, fields: tuple[str, ...]) -> str:
    known = {field.attname: field.column for field in model._meta.concrete_fields}
    return ", ".join(f'"{known.get(name, name)}"' for name in fields)
