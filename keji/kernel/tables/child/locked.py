"""Open what is behind a password, in memory only."""

import io
from pathlib import Path

from .refusal import Refusal


def unlocked(path: str, password: str | None, limits: dict) -> bytes | None:
    """The content behind the password, or None if the file has none."""
    import olefile

    try:
        with olefile.OleFileIO(path) as ole:
            encrypted = ole.exists("EncryptedPackage")
            if not encrypted and not (ole.exists("Workbook") or ole.exists("Book")):
                raise Refusal("E_FILE_KIND")
            if not encrypted and not password:
                return None
    except (OSError, ValueError, IndexError, AttributeError, TypeError, KeyError, OverflowError):
        raise Refusal("E_FILE_BROKEN") from None
    if not password:
        raise Refusal("E_FILE_PASSWORD:missing")
    return decrypted(path, password, limits)


def decrypted(path: str, password: str, limits: dict) -> bytes | None:
    import msoffcrypto

    out = io.BytesIO()
    try:
        with Path(path).open("rb") as file:
            office = msoffcrypto.OfficeFile(file)
            if not office.is_encrypted():
                return None
            office.load_key(password=password, verify_password=True)
            office.decrypt(out)
    except msoffcrypto.exceptions.InvalidKeyError:
        raise Refusal("E_FILE_PASSWORD:wrong") from None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # msoffcrypto lets whatever a broken header causes come through: struct, XML, cipher and attribute errors.
        raise Refusal("E_FILE_BROKEN") from None
    if out.tell() > limits["unzipped"]:
        raise Refusal("E_FILE_TOO_LARGE:unzipped")
    return out.getvalue()
