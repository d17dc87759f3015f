"""Django's SQLite backend behind the gate, on a sound SQLite and a local disk."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import dbapi2 as Database
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base
from django.utils.translation import gettext as _

from keji.database.errors import Busy
from keji.database.gate import Gate
from keji.database.sqlite.place import check_version, prepare
from keji.database.sqlite.testing import DatabaseCreation, DatabaseOperations

check_version(Database.sqlite_version_info)

WRITES = re.compile(
    r"\s*(insert|update|delete|replace|create|drop|alter|reindex|analyze|vacuum|with\b.*\b(insert|update|delete)\b)",
    re.IGNORECASE | re.DOTALL,
)
PREPARED: set[tuple[int, str]] = set()


def adapt(moment: datetime) -> str:
    """A point of time as Django stores it, for rows that pass the ORM by."""
    return str(moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment)


Database.register_adapter(datetime, adapt)


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.gate = Gate(None)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.is_in_memory_db():
            return super().get_new_connection(conn_params)
        file = os.fspath(self.settings_dict["NAME"])
        if (os.getpid(), file) not in PREPARED:
            prepare(Path(file))
            PREPARED.add((os.getpid(), file))
        self.gate = Gate(f"{file}.gate")
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=lambda connection: Cursor(connection, self.gate))

    def _start_transaction_under_autocommit(self) -> None:
        """Every outermost atomic block is a writer (IMMEDIATE); blocks inside it are savepoints and need no gate."""
        self.gate.enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException as error:
            self.gate.leave()
            if isinstance(error, OperationalError) and "locked" in str(error):
                raise Busy(_("数据库正忙，请稍后再试。")) from error
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self.pass_on()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.pass_on()

    def pass_on(self) -> None:
        if self.connection is None or not self.connection.in_transaction:
            self.gate.leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.gate.leave()


class Cursor(base.SQLiteCursorWrapper):
    """Also takes a single write outside a transaction through the gate."""

    def __init__(self, connection: Any, gate: Gate):
        super().__init__(connection)
        self.gate = gate

    def execute(self, query: str, params: Any = None) -> Any:
        if not WRITES.match(query):
            return super().execute(query, params)
        return self.alone(super().execute, query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        return self.alone(super().executemany, query, param_list)

    def alone(self, run: Callable[..., Any], query: str, params: Any) -> Any:
        if self.connection.in_transaction:
            return run(query, params)
        entered = self.gate.enter()
        try:
            return run(query, params)
        finally:
            if entered:
                self.gate.leave()
