"""The archive: a tar that every tar opens, closed by a line with the SHA-256 of all that stands before it.

    keji.json  tables/*.jsonl.gz  files/…  keys/…  manifest.json  (end of the tar)  KEJI-SHA256 <64 digits>

Nothing here needs Django: a restore reads the archive before there is an installation.
"""

import gzip
import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from keji.custody.errors import Unusable
from keji.custody.errors import later as _

FORMAT = 1
HEAD, MANIFEST = "keji.json", "manifest.json"
MARK = b"KEJI-SHA256 "
SEAL = len(MARK) + 64 + 1
CHUNK = 1 << 20
LARGE = 64 << 20  # a manifest has a line a file: enough for half a million
TABLE = re.compile(r"tables/[a-z][a-z0-9_]{0,62}\.jsonl\.gz")
COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}")
PART = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
Manifest = dict[str, Any]


class Hashed:
    """A file that is hashed while it is written or read."""

    def __init__(self, file: IO[bytes]):
        self.file, self.hash = file, hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.hash.update(chunk)
        return self.file.write(chunk)

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        self.hash.update(chunk)
        return chunk


class Writer:
    """Writes an archive part by part; complete only after `close`."""

    def __init__(self, path: Path, head: dict[str, Any]):
        self.file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self.hashed: Any = Hashed(self.file)
        stream: Any = tarfile.open  # its types know no mode "w|" for a file that only writes
        self.tar: tarfile.TarFile = stream(fileobj=self.hashed, mode="w|", format=tarfile.GNU_FORMAT)
        self.members: dict[str, dict[str, Any]] = {}
        self.put(HEAD, BytesIO(lines(head)), len(lines(head)))

    def add(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.put(name, file, os.fstat(file.fileno()).st_size)

    def put(self, name: str, file: Any, size: int) -> None:
        told = tarfile.TarInfo(name)
        told.size, told.mode = size, 0o600
        reader: Any = Hashed(file)
        self.tar.addfile(told, reader)
        self.members[name] = {"bytes": size, "sha256": reader.hash.hexdigest()}

    def close(self, manifest: Manifest) -> None:
        """End the archive and have it on the disk when this returns."""
        written = lines(manifest | {"members": {n: m for n, m in self.members.items() if n != HEAD}})
        self.put(MANIFEST, BytesIO(written), len(written))
        self.tar.close()
        self.file.write(MARK + self.hashed.hash.hexdigest().encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


def lines(told: Any) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def inspect(path: Path) -> Manifest:
    """Check an archive as a whole, byte for byte, and return its manifest. Raises Unusable, and writes nothing."""
    try:
        with path.open("rb") as file:
            check_head(file)
            check_seal(file)
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                return check_members(tar)
    except OSError as error:
        raise Unusable("E_UNREADABLE", _("备份文件读不出来：%(why)s"), why=error.strerror or error) from error
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise damaged(type(error).__name__) from error


def damaged(what: str) -> Unusable:
    return Unusable("E_DAMAGED", _("备份不完整或已损坏（%(what)s），没有改动任何东西"), what=what)


def check_head(file: IO[bytes]) -> None:
    block = file.read(512)
    if block[:10] != f"{HEAD}\0".encode():
        raise Unusable("E_FOREIGN", _("这不是客迹的备份文件"))
    try:
        told = json.loads(file.read(min(int(block[124:135], 8), 4096)))
        version = int(told["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(HEAD) from error
    if version > FORMAT:
        raise Unusable(
            "E_NEWER",
            _("备份的格式（%(found)d）比这个版本认识的（%(known)d）新，请先升级客迹"),
            found=version,
            known=FORMAT,
        )


def check_seal(file: IO[bytes]) -> None:
    size = file.seek(0, os.SEEK_END) - SEAL
    file.seek(max(0, size))
    seal = file.read()
    if size < 0 or seal[: len(MARK)] != MARK:
        raise damaged(_("结尾缺失"))
    file.seek(0)
    if seal != MARK + digest(file, size).encode() + b"\n":
        raise damaged("SHA-256")


def digest(file: IO[bytes], size: int | None = None) -> str:
    found, left = hashlib.sha256(), size
    while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
        found.update(chunk)
        left = None if left is None else left - len(chunk)
    return found.hexdigest()


def check_members(tar: tarfile.TarFile) -> Manifest:
    """Read every member once, and compare it with what the manifest at the end says of it."""
    found: dict[str, dict[str, Any]] = {}
    known: set[str] = set()
    manifest: Manifest = {}
    for member in tar:
        if manifest:
            raise damaged(member.name)
        check_name(member, known)
        if member.name == MANIFEST:
            manifest = read_manifest(opened(tar, member), member)
        elif member.name != HEAD:
            found[member.name] = {"bytes": member.size, "sha256": digest(opened(tar, member))}
    if not manifest or manifest["format"] != FORMAT:
        raise damaged(MANIFEST)
    for name in sorted(found.keys() | manifest["members"].keys()):
        if found.get(name) != manifest["members"].get(name):
            raise damaged(name)
    if {f"tables/{name}.jsonl.gz" for name in manifest["tables"]} != {n for n in found if n.startswith("tables/")}:
        raise damaged("tables/")
    for name, told in sorted(manifest["tables"].items()):
        check_table(tar, name, told)
    return manifest


def check_name(member: tarfile.TarInfo, known: set[str]) -> None:
    """Refuse whatever an archive of ours never holds: links, devices, ways out of the folder, the same name twice."""
    name, parts = member.name, PurePosixPath(member.name).parts
    plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.pax_headers and not member.sparse
    ours = name in (HEAD, MANIFEST) or bool(TABLE.fullmatch(name))
    if parts[:1] == ("files",) or parts[:1] == ("keys",):
        ours = len(parts) > 1 and "/".join(parts) == name and all(PART.fullmatch(p) and p != ".." for p in parts)
        ours = ours and (parts[0] == "files" or len(parts) == 2)
    if not plain or not ours or name.casefold() in known:
        raise Unusable("E_HOSTILE", _("备份里有不该有的内容（%(name)s），没有改动任何东西"), name=ascii(name)[:100])
    known.add(name.casefold())


def opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise damaged(member.name)
    return file


def read_manifest(file: IO[bytes], member: tarfile.TarInfo) -> Manifest:
    if member.size > LARGE:
        raise damaged(MANIFEST)
    return dict(json.loads(file.read()))


def check_table(tar: tarfile.TarFile, name: str, told: dict[str, Any]) -> None:
    if not all(COLUMN.fullmatch(column) for column, _kind in told["columns"]):
        raise damaged(name)
    found, rows, size = hashlib.sha256(), 0, 0
    for line in unpacked(tar, name):
        found.update(line)
        rows, size = rows + 1, size + len(line)
        if size > told["bytes"] or len(json.loads(line)) != len(told["columns"]):
            raise damaged(name)
    if (rows, size, found.hexdigest()) != (told["rows"], told["bytes"], told["sha256"]):
        raise damaged(name)


def unpacked(tar: tarfile.TarFile, name: str) -> Iterator[bytes]:
    """The lines of a table, one a row."""
    try:
        with gzip.GzipFile(fileobj=opened(tar, tar.getmember(f"tables/{name}.jsonl.gz"))) as lines:
            # A line has an end of its own: one without would be read into memory whole.
            while line := lines.readline(LARGE):
                yield line
    except (gzip.BadGzipFile, EOFError) as error:
        raise damaged(name) from error


def rows(path: Path, name: str) -> Iterator[list[Any]]:
    with tarfile.open(path, mode="r:") as tar:
        for line in unpacked(tar, name):
            yield json.loads(line)


def extract(path: Path, top: str, into: Path) -> int:
    """Write the members below `top` into a folder that is new. Only after `inspect`. Returns how many."""
    count = 0
    with tarfile.open(path, mode="r:") as tar:
        for member in tar:
            if not member.name.startswith(f"{top}/"):
                continue
            target = into / member.name.removeprefix(f"{top}/")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                source = opened(tar, member)
                while chunk := source.read(CHUNK):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            count += 1
    return count
