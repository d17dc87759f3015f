"""The shelf: the backups in the data folder, what is known of each, which are kept and which go."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from keji.custody import archive, locking
from keji.custody.errors import Unusable
from keji.database.doctor import Fact
from keji.kernel.clock import now, zone
from keji.kernel.errors import NotThere

NAME = re.compile(r"(keji-\d{8}-\d{6}(?:-\d{1,2})?)\.keji(\.age)?")
LATE = timedelta(hours=26)
MISSED = timedelta(days=8)  # a whole week and a day
YOUNG = timedelta(hours=24)
DAILY, WEEKLY, MONTHLY = 7, 4, 3


@dataclass(frozen=True)
class Kept:
    """A backup on the shelf. `state` is good, bad or unchecked."""

    name: str
    path: Path
    at: datetime
    size: int
    locked: bool
    state: str
    checked_at: datetime | None
    rows: int
    files: int

    @property
    def late(self) -> bool:
        return now() - self.at > LATE

    @property
    def age(self) -> str:
        hours = int((now() - self.at).total_seconds() // 3600)
        return _("%(n)d 小时前") % {"n": hours} if hours < 48 else _("%(n)d 天前") % {"n": hours // 24}

    @property
    def megabytes(self) -> float:
        return self.size / (1 << 20)


def place() -> Path:
    return settings.DATA / "backups"


def kept() -> list[Kept]:
    """All backups on the shelf, the newest first."""
    found = []
    for path in place().glob("keji-*") if place().is_dir() else ():
        known = NAME.fullmatch(path.name)
        if known and path.is_file() and not path.is_symlink():
            found.append(one(known[1], path, bool(known[2])))
    return sorted(found, key=lambda backup: (backup.at, backup.name), reverse=True)


def one(name: str, path: Path, locked: bool) -> Kept:
    told = note_of(path)
    size = path.stat().st_size
    at = moment(told.get("made_at")) or datetime.fromtimestamp(path.stat().st_mtime, zone())
    state = told.get("state", "unchecked")
    if told.get("bytes", size) != size:
        state = "bad"
    rows, files = told.get("rows", 0), told.get("files", 0)
    return Kept(name, path, at, size, locked, state, moment(told.get("checked_at")), rows, files)


def named(name: str) -> Kept:
    """The backup of that name on the shelf, or NotThere: what is not listed is not there, whatever the name says."""
    for backup in kept():
        if backup.name == name:
            return backup
    raise NotThere(name)


def moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def note_of(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(beside(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def record(path: Path, manifest: archive.Manifest, locked: bool) -> dict[str, Any]:
    """Write down beside a new backup what it is: of a locked one the server could not say it later."""
    with path.open("rb") as file:
        sha256 = archive.digest(file)
    return keep_note(
        path,
        {
            "file": path.name,
            "made_at": manifest["made_at"],
            "bytes": path.stat().st_size,
            "sha256": sha256,
            "locked": locked,
            "with_keys": manifest["with_keys"],
            "tables": len(manifest["tables"]),
            "rows": sum(told["rows"] for told in manifest["tables"].values()),
            "files": sum(name.startswith("files/") for name in manifest["members"]),
            "state": "good",
            "checked_at": now().isoformat(),
        },
    )


def keep_note(path: Path, told: dict[str, Any]) -> dict[str, Any]:
    part = path.with_name(f".{path.name}.json.part")
    part.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.chmod(0o600)
    part.rename(beside(path))
    return told


def check(backup: Kept) -> bool:
    """Read a backup from end to end and note whether it is still what was written."""
    told = note_of(backup.path)
    good = True
    if told.get("sha256"):
        with backup.path.open("rb") as file:
            good = archive.digest(file) == told["sha256"]
    if good and not backup.locked:
        try:
            archive.inspect(backup.path)
        except Unusable:
            good = False
    elif not told.get("sha256"):
        good = locking.is_locked(backup.path)
    keep_note(backup.path, {**told, "state": "good" if good else "bad", "checked_at": now().isoformat()})
    return good


def to_keep(moments: Iterable[datetime], at: datetime) -> set[datetime]:
    """Of these backups: all of the last day, the newest of each of 7 days, 4 weeks and 3 months."""
    known = list(moments)
    days = newest_of(known, DAILY, "%Y-%m-%d")
    return {one for one in known if at - one < YOUNG} | days | weekly(known) | monthly(known)


def weekly(moments: Iterable[datetime]) -> set[datetime]:
    """The weekly copies: what was made on Sunday at two, or last before the week ended."""
    return newest_of(moments, WEEKLY, "%G-%V")


def monthly(moments: Iterable[datetime]) -> set[datetime]:
    return newest_of(moments, MONTHLY, "%Y-%m")


def newest_of(moments: Iterable[datetime], most: int, label: str) -> set[datetime]:
    """The newest of each of the last so many days, weeks or months in which there is one."""
    periods: dict[str, datetime] = {}
    for one in sorted(moments, reverse=True):
        periods.setdefault(one.astimezone(zone()).strftime(label), one)
    return set(list(periods.values())[:most])


def prune() -> int:
    """Remove the backups whose time is over. Returns how many."""
    known = sound()
    stay = to_keep((backup.at for backup in known), now())
    gone = [backup for backup in known if backup.at not in stay]
    for backup in gone:
        backup.path.unlink(missing_ok=True)
        beside(backup.path).unlink(missing_ok=True)
    return len(gone)


def sound() -> list[Kept]:
    """The backups that can be counted on as far as is known, the newest first."""
    return [backup for backup in kept() if backup.state != "bad"]


def missed() -> str:
    """The alarm, when there was no sound backup for a week; empty otherwise. A new installation has the week, too."""
    good = sound()
    since = now() - (good[0].at if good else began())
    if since < MISSED:
        return ""
    return _("已有 %(n)d 天没有完好的备份，每周备份没有做成。请看“备份”和“后台任务”。") % {"n": since.days}


def began() -> datetime:
    """When this installation was started first: its keys are made then and never again."""
    made = [file.stat().st_mtime for file in (settings.DATA / "keys").glob("*")]
    return datetime.fromtimestamp(min(made), zone()) if made else now()


def fact() -> Fact:
    """What `keji doctor` says: how old the newest good backup is."""
    good = sound()
    name, advice = _("最近的备份"), _("运行 keji backup，或看后台任务为什么没有做。")
    if not good:
        return Fact(name, _("没有"), False, missed() or advice)
    late = good[0].late
    return Fact(name, good[0].age, not late, (missed() or advice) if late else "")
