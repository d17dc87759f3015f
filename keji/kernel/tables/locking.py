"""Put a workbook behind a password, and make sure that the password opens it again."""

import io
import os
import secrets
from pathlib import Path


def encrypt_xlsx(path: str | Path, password: str) -> None:
    """Replace the file by one that opens only with the password (AES-256). The open file is kept if anything fails."""
    from msoffcrypto.format.ooxml import OOXMLFile

    if not password:
        raise ValueError("a password is needed")
    target = Path(path)
    plain = target.read_bytes()
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(plain)).encrypt(password, locked)
    if decrypted(locked, password) != plain:
        raise OSError("the encrypted workbook does not open again")
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(locked.getvalue())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def decrypted(locked: io.BytesIO, password: str) -> bytes:
    from msoffcrypto import OfficeFile

    locked.seek(0)
    office, out = OfficeFile(locked), io.BytesIO()
    office.load_key(password=password, verify_password=True)
    office.decrypt(out, verify_integrity=True)
    return out.getvalue()
