"""The first half of a restore, before Django is set up: is the archive sound, is the data folder empty, whose keys are there.

Setting Django up makes keys where there are none, so those of the archive have to stand in their place by then.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from keji.custody import archive, locking
from keji.custody.errors import Unusable
from keji.custody.errors import later as _

NEEDED = ("fields", "index")  # without these two nobody reads the sealed columns; a new session key only ends sessions


@dataclass(frozen=True)
class Received:
    """An archive that was checked from end to end, with a folder for what is unpacked."""

    path: Path
    manifest: archive.Manifest
    data: Path
    work: Path


@contextmanager
def received(source: Path, lock: locking.Lock, data: Path) -> Iterator[Received]:
    """Open and check an archive. Raises Unusable; apart from a working folder nothing is written."""
    if not source.is_file():
        raise Unusable("E_UNREADABLE", _("没有这个文件：%(path)s"), path=source)
    work = workplace(data)
    try:
        path = source
        if locking.is_locked(source):
            path = work / "archive"
            with path.open("xb") as out:
                path.chmod(0o600)
                locking.decrypt(source, out, lock)
        yield Received(path, archive.inspect(path), data, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def workplace(data: Path) -> Path:
    temp = data / "temp"
    temp.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(mkdtemp(prefix="restore-", dir=temp))


def check_folder(of: Received, lost_keys: bool = False) -> None:
    """The data folder must hold no files and no other keys; whether the database is empty is asked later."""
    files = of.data / "files"
    if files.is_dir() and any(files.rglob("*")):
        raise Unusable("E_NOT_EMPTY", _("%(path)s 里已有文件：只能恢复到空的数据目录"), path=files)
    there = {name: fingerprint(of.data / "keys" / name) for name in of.manifest["keys"]}
    if of.manifest["with_keys"]:
        if any(told and told != of.manifest["keys"][name] for name, told in there.items()):
            raise Unusable("E_KEYS", _("%(path)s 里已有别的密钥：移走它们再恢复"), path=of.data / "keys")
    elif not lost_keys and any(there.get(name) != of.manifest["keys"].get(name) for name in NEEDED):
        text = _(
            "这份备份不含密钥：先把原来的 fields 和 index 放进 %(path)s（确已丢失，加 --lost-keys，证件号码将读不出来）"
        )
        raise Unusable("E_KEYS", text, path=of.data / "keys")


def fingerprint(key: Path) -> str:
    """Tells keys apart without telling them; empty where there is none."""
    if not key.is_file():
        return ""
    return hashlib.sha256(f"keji key check {key.name} {key.read_text().strip()}".encode()).hexdigest()[:16]


def put_keys(of: Received) -> list[Path]:
    """Lay the archive's keys where none are. Returns what was laid, for taking it back."""
    unpacked, target = of.work / "keys", of.data / "keys"
    if not of.manifest["with_keys"]:
        return []
    archive.extract(of.path, "keys", unpacked)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    laid = []
    for key in sorted(unpacked.iterdir()):
        if not (target / key.name).exists():
            key.rename(target / key.name)
            laid.append(target / key.name)
    return laid
