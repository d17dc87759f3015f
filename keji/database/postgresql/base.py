"""Django's PostgreSQL backend in the schema that the URL names."""

import re

from django.db.backends.postgresql import base

from keji.database.postgresql.testing import DatabaseCreation, DatabaseOperations


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def prepare_database(self) -> None:
        """Before migrating: make the schema, and lift the time-outs, which are meant for requests."""
        super().prepare_database()
        with self.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self.schema])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {self.ops.quote_name(self.schema)}")

    @property
    def schema(self) -> str:
        found = re.search(r"search_path=(\w+)", self.settings_dict["OPTIONS"].get("options", ""))
        return found[1] if found else "public"
