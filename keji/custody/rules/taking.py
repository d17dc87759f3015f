"""Making a backup of the running installation: database, files, settings and, where they are safe, keys."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import declare, require
from keji.access.trail import SYSTEM, note
from keji.custody import archive, locking
from keji.custody.errors import Unusable
from keji.custody.errors import later as _
from keji.custody.placing import fingerprint
from keji.custody.rules import shelf, tables
from keji.kernel.clock import now

BACKUP = declare("custody.backup", gettext_lazy("备份、检查和下载备份"))
FETCHED, FAILED = "custody.backup_fetched", "custody.backup_failed"
SECRET = re.compile(r"//[^@/]*@")


def take(to: Path | None = None, lock: locking.Lock | None = None, with_keys: bool = False) -> dict[str, Any]:
    """Make a backup in this folder (or on the shelf) and check it. Raises Unusable; then no file is left behind."""
    folder, lock = to or shelf.place(), standing() if lock is None else lock
    with alone(), workplace() as work:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_room(folder)
        plain = work / "archive"
        manifest = write(plain, work, bool(lock) or with_keys)
        if archive.inspect(plain)["members"] != manifest["members"]:
            raise archive.damaged("members")
        target = free_name(folder, ".keji.age" if lock else ".keji")
        put(plain, target, lock)
        told = shelf.record(target, manifest, bool(lock))
    note(SYSTEM, BACKUP, why=target.name)
    return told


def standing() -> locking.Lock:
    """The lock that the settings name for every backup, if they do."""
    return locking.Lock(recipient=settings.BACKUP_RECIPIENT)


@contextmanager
def alone(what: str = "backup", said: str = _("另一个备份正在进行")) -> Iterator[None]:
    """One at a time; whoever comes second is told so."""
    with (settings.DATA / f"{what}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unusable("E_RUNNING", said) from error
        yield


@contextmanager
def workplace(what: str = "backup") -> Iterator[Path]:
    """A folder for what must not lie about: the copy of the database is in plain text. What a kill left is removed."""
    for left in settings.FILE_UPLOAD_TEMP_DIR.glob(f"{what}-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(mkdtemp(prefix=f"{what}-", dir=settings.FILE_UPLOAD_TEMP_DIR))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_room(folder: Path) -> None:
    """Stop before the disk is full: the copy of the database and the archive stand beside one another for a while."""
    database = Path(settings.DATABASES["default"]["NAME"])
    size = database.stat().st_size if database.is_file() else 0
    size += sum(file.stat().st_size for file in files())
    for place in {folder, settings.FILE_UPLOAD_TEMP_DIR}:
        if (free := shutil.disk_usage(place).free) < 2 * size:
            text = _("%(place)s 所在磁盘只剩 %(free)d MB，备份约需 %(size)d MB")
            raise Unusable("E_ROOM", text, place=place, free=free >> 20, size=2 * size >> 20)


def files() -> Iterator[Path]:
    """What people brought in and took out; no links, no devices."""
    yield from (file for file in sorted(settings.FILES.rglob("*")) if file.is_file() and not file.is_symlink())


def keys() -> list[Path]:
    return sorted(file for file in (settings.DATA / "keys").iterdir() if file.is_file())


def write(target: Path, work: Path, with_keys: bool) -> archive.Manifest:
    """Write the whole of it. The database first: a row written later may miss its file, but no row of ours does."""
    wanted = tables.tables()
    tables.check_complete(wanted)
    moment = now()
    out = archive.Writer(target, {"format": archive.FORMAT, "keji": settings.VERSION})
    told: dict[str, Any] = {}
    with tables.snapshot(work) as at:
        for one in wanted:
            packed = work / "table"
            told[one.name] = tables.write(one, at, packed)
            out.add(f"tables/{one.name}.jsonl.gz", packed)
        applied = sorted(at.rows("SELECT app, name FROM django_migrations"))
        numbers, vendor = tables.sequences(wanted, at), at.vendor
    (work / "copy.db").unlink(missing_ok=True)
    for file in files():
        with suppress(FileNotFoundError):  # an export whose time was over in this very moment
            out.add(f"files/{file.relative_to(settings.FILES).as_posix()}", file)
    for key in keys() if with_keys else ():
        out.add(f"keys/{key.name}", key)
    manifest = {
        "format": archive.FORMAT,
        "keji": settings.VERSION,
        "made_at": moment.isoformat(),
        "database": vendor,
        "migrations": [list(one) for one in applied],
        "tables": told,
        "sequences": numbers,
        "settings": environment(),
        "keys": {key.name: fingerprint(key) for key in keys()},
        "with_keys": with_keys,
    }
    out.close(manifest)
    return manifest | {"members": {name: one for name, one in out.members.items() if name not in UNTOLD}}


UNTOLD = (archive.HEAD, archive.MANIFEST)


def environment() -> dict[str, str]:
    """The settings in force, for whoever sets up the next machine; no passwords."""
    return {name: SECRET.sub("//…@", told) for name, told in sorted(os.environ.items()) if name.startswith("KEJI_")}


def free_name(folder: Path, suffix: str) -> Path:
    stem = f"keji-{timezone.localtime(now()):%Y%m%d-%H%M%S}"
    names = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    return next(folder / f"{name}{suffix}" for name in names if not list(folder.glob(f"{name}.keji*")))


def put(plain: Path, target: Path, lock: locking.Lock) -> None:
    """Bring the archive to its place: whole and on the disk, or not at all.

    A locked one is read back and opened once, as long as there is a key: later the server has none.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            opens = locking.encrypt(plain, out, lock) if lock else None
            if opens is None:
                locking.copy(plain, out)
            out.flush()
            os.fsync(out.fileno())
        if opens is not None and locking.inside(part, opens) != digest(plain):
            raise archive.damaged("age")
        part.rename(target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return archive.digest(file)


def sync(folder: Path) -> None:
    """Have the names of a folder on the disk."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def fetched(person: Person, backup: shelf.Kept) -> None:
    """Note who took a backup away."""
    require(person, BACKUP)
    note(person, FETCHED, why=backup.path.name)
