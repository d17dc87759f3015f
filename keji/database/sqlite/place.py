"""What must hold before the file is opened: a sound SQLite, a local disk, nobody else may read it."""

import os
import re
from pathlib import Path

SOUND = (3, 51, 3)
FAR = {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ncpfs", "ceph", "glusterfs", "fuse.sshfs"}
FAR |= {"fuse.glusterfs", "fuse.cephfs", "fuse.rclone", "fuse.s3fs", "lustre", "beegfs"}


def stop(line: str) -> None:
    raise SystemExit(f"keji: {line}")


def check_version(version: tuple[int, ...]) -> None:
    """Stop the program on an SQLite that may corrupt a WAL shared by several processes (3.7.0 to 3.51.2)."""
    if version < SOUND:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, SOUND))
        stop(f"SQLite {found} 可能损坏数据库，须 {needed} 以上；请重新安装 pysqlite3(pip install 'pysqlite3>=0.6.1')")


def prepare(file: Path, mounts: str | None = None) -> None:
    """Make folder and file readable by the owner alone; stop the program if they lie on a network disk."""
    kind = disk(file, Path("/proc/self/mounts").read_text() if mounts is None else mounts)
    if kind in FAR:
        stop(
            f"{file.parent} 在网络盘（{kind}）上，SQLite 在那里会损坏数据；请用 KEJI_DATA 换到本机磁盘，或改用 PostgreSQL"
        )
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if file.stat().st_mode & 0o077 and file.stat().st_uid == os.geteuid():
        file.chmod(0o600)


def disk(file: Path, mounts: str) -> str:
    """The kind of file system under a path, from the lines of /proc/self/mounts."""
    place, best, kind = file.resolve(), Path("/"), ""
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        folder = Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), point))
        if place.is_relative_to(folder) and len(folder.parts) >= len(best.parts):
            best, kind = folder, found
    return kind
