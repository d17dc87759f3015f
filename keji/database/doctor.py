"""What `keji doctor` says about the database: versions, the settings in force, room, migrations."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from keji.database.sqlite.place import SOUND, disk
from keji.database.urls import TIMEOUTS

ROOM = 1 << 30
PRAGMAS = {"journal_mode": "wal", "synchronous": "2", "mmap_size": "0", "cell_size_check": "1", "foreign_keys": "1"}
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Fact:
    """One thing that was looked at; `advice` says what to do if it is not as it should be."""

    name: str
    value: str
    ok: bool = True
    advice: str = ""


def facts(left: list[str]) -> list[Fact]:
    """Of the database, with the migrations that are `left` to be made."""
    with connection.cursor() as cursor:
        found = sqlite(cursor) if connection.vendor == "sqlite" else postgresql(cursor)
    return [*found, fact(_("待做的迁移"), _("、").join(left) or "0", not left, _("运行 keji serve，它会先做迁移。"))]


def sqlite(cursor: Any) -> list[Fact]:
    version = tuple(map(int, one(cursor, "SELECT sqlite_version()").split(".")))
    found = [fact("SQLite", ".".join(map(str, version)), version >= SOUND, _("重新安装 pysqlite3。"))]
    if connection.is_in_memory_db():  # type: ignore[attr-defined]
        return found
    again = _("停止所有进程后重新启动；仍不对时，看是否有别的程序打开了数据库。")
    for name, wanted in PRAGMAS.items():
        value = one(cursor, f"PRAGMA {name}")
        found.append(fact(name, value, value == wanted, again))
    file = Path(os.fspath(connection.settings_dict["NAME"]))
    return [*found, *private(file), log(file), place(file), room(file.parent)]


def private(file: Path) -> list[Fact]:
    found = []
    for path, most in ((file.parent, 0o700), (file, 0o600)):
        mode = path.stat().st_mode & 0o777
        found.append(
            fact(str(path), f"{mode:o}", not mode & ~most, _("别人也能读：chmod %(mode)s。") % {"mode": f"{most:o}"})
        )
    return found


def log(file: Path) -> Fact:
    wal = Path(f"{file}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    return fact(_("日志"), megabytes(size), size <= 64 << 20, _("有读者长时间不结束，日志不能收回；重新启动即可。"))


def place(file: Path) -> Fact:
    mounts = Path("/proc/self/mounts")
    return Fact(_("文件系统"), disk(file, mounts.read_text()) if mounts.exists() else "?")


def room(folder: Path) -> Fact:
    free = shutil.disk_usage(folder).free
    return fact(_("剩余空间"), megabytes(free), free >= ROOM, _("清理磁盘：写满以后不能再保存。"))


def postgresql(cursor: Any) -> list[Fact]:
    recent = int(one(cursor, "SHOW server_version_num")) >= 140000
    found = [fact("PostgreSQL", one(cursor, "SHOW server_version"), recent, _("升级到 14 以上。"))]
    found.append(Fact(_("模式"), one(cursor, "SELECT current_schema()")))
    careless = _("断电会丢数据：在 postgresql.conf 里打开。")
    found += [
        fact(name, value, value not in ("off", "local"), careless)
        for name in DURABLE
        for value in (one(cursor, f"SHOW {name}"),)
    ]
    for name, wanted in TIMEOUTS.items():
        value = one(cursor, f"SHOW {name}")
        found.append(
            fact(name, value, value == wanted, _("应为 %(wanted)s；看连接池是否改了它。") % {"wanted": wanted})
        )
    superuser = one(cursor, "SHOW is_superuser")
    found.append(fact(_("超级用户"), superuser, superuser == "off", _("给程序一个普通的数据库账号。")))
    used = one(cursor, "SELECT count(*) || ' / ' || current_setting('max_connections') FROM pg_stat_activity")
    return [*found, Fact(_("连接"), used)]


def pending() -> list[str]:
    """The migrations that are still to be made."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backward in plan]


def fact(name: str, value: str, ok: bool, advice: str) -> Fact:
    return Fact(name, value, ok, "" if ok else advice)


def one(cursor: Any, sql: str) -> str:
    cursor.execute(sql)
    return str(cursor.fetchone()[0])


def megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB"
