"""Test databases: only there may a flush empty append-only tables and the search index."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.sqlite3 import creation, operations


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args: Any, **options: Any) -> str:
        self.connection.settings_dict["TEST"]["MADE"] = True
        return super().create_test_db(*args, **options)


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        if not self.connection.settings_dict["TEST"].get("MADE"):
            return super().execute_sql_flush(sql_list)
        block = transaction.atomic(using=self.connection.alias, savepoint=False)
        with block, self.connection.cursor() as cursor, without_triggers(cursor):
            for sql in [*sql_list, *empty_indexes(cursor)]:
                cursor.execute(sql)


@contextmanager
def without_triggers(cursor: Any) -> Iterator[None]:
    triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        cursor.execute(sql)


def empty_indexes(cursor: Any) -> list[str]:
    cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'")
    empty = 'INSERT INTO "{0}" ("{0}") VALUES (\'delete-all\')'
    return [empty.format(name) for (name,) in cursor.fetchall()]
