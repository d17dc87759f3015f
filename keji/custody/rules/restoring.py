"""The second half of a restore: into an empty database, all of it or nothing, and compared with what the manifest says."""

# ruff: noqa: S608  (the names in the SQL are compared with those of the database first)

import shutil
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from keji.access.models import Entry, Person
from keji.custody import archive
from keji.custody.errors import Unusable
from keji.custody.errors import later as _
from keji.custody.placing import Received
from keji.custody.rules import columns, derived, tables
from keji.custody.rules.taking import sync
from keji.database.bulk import copy
from keji.notices.rules import sending

Applied = set[tuple[str, str]]


def restore(of: Received) -> dict[str, Any]:
    """Fill the empty database and lay the files. Raises Unusable before the first change, or takes all changes back."""
    connection.prepare_database()
    wanted = {(app, name) for app, name in of.manifest["migrations"]}
    prepare(wanted)
    put_files(of)
    try:
        with transaction.atomic():
            load(of)
    except Error as error:
        shutil.rmtree(settings.FILES, ignore_errors=True)
        raise Unusable("E_REFUSED", _("数据库不接受备份里的内容，已全部撤回：%(why)s"), why=plain(error)) from error
    except BaseException:
        shutil.rmtree(settings.FILES, ignore_errors=True)
        raise
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    sending.after_restore()
    derived.rebuild()
    told = of.manifest["tables"].values()
    files = sum(name.startswith("files/") for name in of.manifest["members"])
    return {"tables": len(told), "rows": sum(one["rows"] for one in told), "files": files}


def plain(error: Error) -> str:
    """The first line of what the database says: the others quote values."""
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def prepare(wanted: Applied) -> None:
    """Bring the database to the migrations of the archive, if it is empty. Raises Unusable and changes nothing otherwise."""
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    if strange := wanted - known - passed_by(wanted, known):
        raise Unusable("E_NEWER", _("备份来自更新的版本（迁移 %(name)s），请先升级客迹"), name=".".join(min(strange)))
    there = set(connection.introspection.table_names())
    if there and not is_empty(there):
        raise Unusable("E_NOT_EMPTY", _("数据库里已有数据：只能恢复到空的数据库"))
    applied = set(executor.loader.applied_migrations)
    if not applied:
        executor.migrate(leaves(executor, wanted & known))
    elif applied & known != wanted & known:
        raise Unusable("E_NOT_EMPTY", _("数据库已由另一个版本建好：请换一个全新的数据库"))


def passed_by(wanted: Applied, known: Applied) -> Applied:
    """Migrations of libraries that the present versions of them no longer have."""
    apps = {app for app, _name in known}
    return {one for one in wanted - known if one[0] not in apps}


def leaves(executor: Any, wanted: Applied) -> list[tuple[str, str]]:
    """The last of these migrations in each app: to name one before it would mean to take the last one back."""
    children = executor.loader.graph.node_map
    return sorted(
        one for one in wanted if not any(c.key in wanted and c.key[0] == one[0] for c in children[one].children)
    )


def is_empty(there: set[str]) -> bool:
    if "access_person" not in there or "access_entry" not in there:
        return "django_migrations" in there
    return not Person.objects.exists() and not Entry.objects.exists()


def put_files(of: Received) -> None:
    """Lay the files in one step: unpacked beside, then renamed."""
    unpacked = of.work / "files"
    unpacked.mkdir(mode=0o700)
    archive.extract(of.path, "files", unpacked)
    if settings.FILES.is_dir():
        settings.FILES.rmdir()
    unpacked.rename(settings.FILES)
    sync(settings.FILES.parent)


def load(of: Received) -> None:
    """Fill every table and read it again. Foreign keys are checked at the end of the transaction."""
    found = of.manifest["tables"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
                cursor.execute(f"SET LOCAL {limit} = 0")
        made = [made_table(cursor, name, told) for name, told in sorted(found.items())]
        for one in made:
            cursor.execute(f'SELECT 1 FROM "{one.name}" LIMIT 1')
            if cursor.fetchone():
                cursor.execute(f'DELETE FROM "{one.name}"')  # what migrating laid there: content types, rights
        for one in made:
            fill(cursor, one, of)
        number(cursor, made, of.manifest["sequences"])
    connection.check_constraints()
    at = tables.Snapshot(connection.vendor, connection.connection)
    for one in made:
        again = tables.write(one, at, None)
        if any(again[what] != found[one.name][what] for what in ("rows", "bytes", "sha256")):
            raise Unusable("E_DIFFERS", _("恢复后的内容与备份不同（%(name)s），已全部撤回"), name=one.name)


def made_table(cursor: Any, name: str, told: dict[str, Any]) -> tables.Table:
    """The table of the archive, if the database has just such a one."""
    if name not in connection.introspection.table_names(cursor):
        raise archive.damaged(name)
    cursor.execute(f'SELECT * FROM "{name}" LIMIT 0')
    there = {column[0] for column in cursor.description}
    if there != {column for column, _kind in told["columns"]} or told["key"] not in there:
        raise archive.damaged(name)
    return tables.Table(name, tuple((column, known) for column, known in told["columns"]), told["key"])


def fill(cursor: Any, one: tables.Table, of: Received) -> None:
    kinds, vendor = [known for _name, known in one.columns], connection.vendor
    rows = (
        tuple(columns.stored(known, value, vendor) for known, value in zip(kinds, row, strict=True))
        for row in archive.rows(of.path, one.name)
    )
    if vendor == "postgresql":
        copy(connection, cursor, f'"{one.name}" ({one.names})', rows)
        return
    marks = ", ".join(["%s"] * len(kinds))
    while some := list(islice(rows, tables.STEP)):
        cursor.executemany(f'INSERT INTO "{one.name}" ({one.names}) VALUES ({marks})', some)


def number(cursor: Any, made: list[tables.Table], known: dict[str, int]) -> None:
    """Let new ids begin after the highest that was ever given away, not after the highest that is left."""
    for one in made:
        last = int(known.get(one.name, 0))
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [one.name])
            if last:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [one.name, last])
            continue
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{one.name}"', one.key])
        (name,) = cursor.fetchone()
        if name:
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, bool(last)])
