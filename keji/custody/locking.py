"""Encrypted archives, in the age format: to a recipient (the server holds no key to read them) or by a passphrase.

pyrage encrypts streams to recipients only. So a passphrase locks a key made for this one archive, and that key locks the
archive: "KEJI-AGE 1 <length>\\n", the locked key, the archive. Everything is authenticated: a changed bit is refused.
"""

import hashlib
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyrage

from keji.custody.errors import Unusable
from keji.custody.errors import later as _

AGE = b"age-encryption.org/v1\n"
OWN = re.compile(rb"KEJI-AGE 1 (\d{8})\n")
OWN_SIZE = 20
RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
SECRET = re.compile(r"(?m)^AGE-SECRET-KEY-1[0-9A-Z]{58}$")
SHORTEST = 12


@dataclass(frozen=True)
class Lock:
    """How an archive is locked or opened: one of the two, or neither."""

    recipient: str = ""
    passphrase: str = ""
    identity: str = ""

    def __bool__(self) -> bool:
        return bool(self.recipient or self.passphrase)


def passphrase_from(path: Path) -> str:
    text = read(path).strip("\r\n")
    if len(text) < SHORTEST:
        raise Unusable("E_PASSPHRASE", _("口令太短：至少 %(least)d 个字符"), least=SHORTEST)
    return text


def identity_from(path: Path) -> str:
    if not (found := SECRET.search(read(path))):
        raise Unusable("E_IDENTITY", _("%(path)s 里没有 AGE-SECRET-KEY-1… 开头的私钥"), path=path)
    return found[0]


def read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable("E_UNREADABLE", _("读不出 %(path)s"), path=path) from error


def make_identity() -> tuple[str, str]:
    """A new key: the public half, for the server, and the secret half, for the safe."""
    made = pyrage.x25519.Identity.generate()
    return str(made.to_public()), str(made)


def encrypt(source: Path, target: IO[bytes], lock: Lock) -> Lock:
    """Lock an archive. Returns what opens it now: a second key of this one archive, which nobody keeps, or the passphrase."""
    try:
        recipient = pyrage.x25519.Recipient.from_str(lock.recipient) if lock.recipient else None
    except pyrage.RecipientError as error:
        raise Unusable("E_RECIPIENT", _("接收人的公钥写法不对，须像 age1…")) from error
    once = pyrage.x25519.Identity.generate()
    readers = [once.to_public()]
    if recipient:
        readers.append(recipient)
    else:
        head = pyrage.passphrase.encrypt(str(once).encode(), lock.passphrase)
        target.write(b"KEJI-AGE 1 %08d\n" % len(head) + head)
    with source.open("rb") as plain:
        pyrage.encrypt_io(plain, target, readers)
    return Lock(identity=str(once)) if recipient else lock


class Digest:
    """A target that keeps nothing but the SHA-256 of what is written to it."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.hash.update(chunk)
        return len(chunk)

    def flush(self) -> None:
        """Nothing waits."""


def inside(source: Path, lock: Lock) -> str:
    """The SHA-256 of what a locked archive holds, opened from end to end. Raises Unusable if it cannot be."""
    found = Digest()
    decrypt(source, found, lock)
    return found.hash.hexdigest()


def is_locked(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        start = file.read(len(AGE))
        return start == AGE or bool(OWN.match(start))
    return False


def decrypt(source: Path, target: Any, lock: Lock) -> None:
    """Open an archive into a file. Raises Unusable for a wrong key and for one changed bit; the file is then worthless."""
    try:
        with source.open("rb") as file:
            pyrage.decrypt_io(file, target, [opener(file, lock)])
    except (pyrage.DecryptError, pyrage.IdentityError, OSError, ValueError) as error:
        raise Unusable("E_KEY", _("密钥不对，或备份已损坏，没有改动任何东西")) from error
    target.flush()


def opener(file: IO[bytes], lock: Lock) -> Any:
    own = OWN.match(file.read(OWN_SIZE))
    if own and not lock.passphrase:
        raise Unusable("E_LOCKED", _("这份备份用口令加密：请加 --passphrase-file"))
    if own:
        return pyrage.x25519.Identity.from_str(
            pyrage.passphrase.decrypt(file.read(int(own[1])), lock.passphrase).decode()
        )
    if not lock.identity:
        raise Unusable("E_LOCKED", _("这份备份是加密的：请加 --identity"))
    file.seek(0)
    return pyrage.x25519.Identity.from_str(lock.identity)


def copy(source: Path, target: IO[bytes]) -> None:
    with source.open("rb") as plain:
        shutil.copyfileobj(plain, target, 1 << 20)
