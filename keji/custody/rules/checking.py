"""Checking the installation as it runs: the database, every row, the trail, the files and the backups."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from keji.access.rules import seals
from keji.custody.errors import Unusable
from keji.custody.rules import shelf, tables
from keji.records.models import Attachment, Export
from keji.records.rules import attachments

# Which files the rows speak of: whoever keeps files says so here, as paths below KEJI_DATA/files.
HOLDS: dict[str, Callable[[], Iterator[str]]] = {}


def holds(name: str, paths: Callable[[], Iterator[str]]) -> None:
    HOLDS[name] = paths


def exports() -> Iterator[str]:
    ready = Export.objects.filter(state="READY").exclude(file="")
    yield from (f"exports/{name}" for name in ready.values_list("file", flat=True).iterator())


def attached() -> Iterator[str]:
    for one in Attachment.objects.order_by("pk").iterator():
        yield attachments.content(one).relative_to(settings.FILES).as_posix()


holds("exports", exports)
holds("attachments", attached)


def live() -> Iterator[tuple[str, str, str]]:
    """What was looked at, what was found, and what is bad (empty if nothing is); ends with the first bad thing."""
    for name, look in LOOKS:
        try:
            found, bad = look()
        except Unusable as error:
            found, bad = "", error.told()
        yield name(), found, bad
        if bad:
            return


def database() -> tuple[str, str]:
    """SQLite reads its own file; on PostgreSQL every row is read, which its page checksums guard."""
    if connection.vendor != "sqlite":
        return "PostgreSQL", ""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(1)")
        ((said,),) = cursor.fetchall()
        cursor.execute("PRAGMA foreign_key_check")
        lost = cursor.fetchone()
    bad = said if said != "ok" else f"{lost[0]} {lost[1]} → {lost[2]}" if lost else ""
    return "integrity_check, foreign_key_check", bad


def rows() -> tuple[str, str]:
    """Read every row of every table as a backup would."""
    wanted = tables.tables()
    tables.check_complete(wanted)
    total = 0
    with (
        TemporaryDirectory(prefix="backup-", dir=settings.FILE_UPLOAD_TEMP_DIR) as work,
        tables.snapshot(Path(work)) as at,
    ):
        for one in wanted:
            try:
                total += tables.write(one, at, None)["rows"]
            except (ValueError, ArithmeticError) as error:
                return "", f"{one.name}: {type(error).__name__}"
    return _("%(tables)d 张表，%(rows)d 行") % {"tables": len(wanted), "rows": total}, ""


def trail() -> tuple[str, str]:
    return str(seals.Seal.objects.count()), seals.first_bad()


def files() -> tuple[str, str]:
    count = 0
    for paths in HOLDS.values():
        for path in paths():
            count += 1
            if not (settings.FILES / path).is_file():
                return str(count), f"files/{path}"
    return str(count), ""


def backups() -> tuple[str, str]:
    known = shelf.kept()
    bad = [backup.path.name for backup in known if not shelf.check(backup)]
    return str(len(known)), _("、").join(bad)


LOOKS: tuple[tuple[Callable[[], str], Callable[[], tuple[str, str]]], ...] = (
    (lambda: _("数据库"), database),
    (lambda: _("数据"), rows),
    (lambda: _("操作记录"), trail),
    (lambda: _("文件"), files),
    (lambda: _("备份"), backups),
)
