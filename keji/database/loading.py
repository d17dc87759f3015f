"""Loading a great many rows: without indexes, which are made once all are there."""

# ruff: noqa: S608  (the only names put into the SQL are those of tables and indexes)

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name = %s"
POSTGRESQL = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s AND NOT EXISTS (
    SELECT 1 FROM pg_constraint WHERE conindid = (quote_ident(schemaname) || '.' || quote_ident(indexname))::regclass
)"""
ROOMY = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL maintenance_work_mem = '256MB'",
)
UNIQUE = re.compile("CREATE UNIQUE ", re.IGNORECASE)


@contextmanager
def unindexed(tables: Iterable[str]) -> Iterator[None]:
    """Load these tables in one transaction without their indexes; those of keys and the unique ones stay.

    If the work fails or the machine does, rows and indexes are as they were before.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lite = connection.vendor == "sqlite"
        for sql in () if lite else ROOMY:
            cursor.execute(sql)
        gone: list[str] = []
        for table in tables:
            cursor.execute(SQLITE if lite else POSTGRESQL, [table])
            for name, sql in cursor.fetchall():
                if not UNIQUE.match(sql):
                    cursor.execute(f'DROP INDEX "{name}"')
                    gone.append(sql)
        yield
        settle(cursor)
        for sql in gone:
            cursor.execute(sql)


def settle(cursor: Any) -> None:
    """PostgreSQL alters no table on which checks of foreign keys are still to be made."""
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
