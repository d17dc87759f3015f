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
        with transaction.atomic(using=self.connection.alias, savepoint=False), self.connection.cursor() as cursor:
            with without_triggers(cursor):
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
    found = cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%%USING fts5%%'")
    return [f"""INSERT INTO "{name}" ("{name}") VALUES ('delete-all')""" for (name,) in found.fetchall()]
