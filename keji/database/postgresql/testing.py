"""Test databases: only there may a flush empty append-only tables and the search index."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import creation, operations

GUARDED = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
"""
INDEXES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE %s"


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args: Any, **options: Any) -> str:
        self.connection.settings_dict["TEST"]["MADE"] = True
        name = super().create_test_db(*args, **options)
        self.connection.close()  # it carries the time-outs of migrating
        return name


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        if not self.connection.settings_dict["TEST"].get("MADE"):
            return super().execute_sql_flush(sql_list)
        with self.connection.cursor() as cursor:
            cursor.execute(GUARDED)
            guarded = [row[0] for row in cursor.fetchall()]
            cursor.execute(INDEXES, [r"%\_search"])
            indexes = [row[0] for row in cursor.fetchall()]
        super().execute_sql_flush(
            [
                *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
                *sql_list,
                *(f"TRUNCATE {table}" for table in indexes),
                *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
            ]
        )
