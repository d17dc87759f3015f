"""Values sealed at rest, and an index by which equal ones are found without opening them."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# One key, or several by their number (1 to 255): the highest seals, each opens what it sealed.
Keys = bytes | Mapping[int, bytes]

_NONCE, _TAG = 12, 16


class Unreadable(Exception):
    """The bytes were changed, moved to another place, or sealed with a key that is not here."""


@lru_cache(16)
def _cipher(key: bytes) -> AESGCM:
    if len(key) != 32:
        raise ValueError("a key has 32 bytes")
    return AESGCM(key)


def _numbered(keys: Keys) -> Mapping[int, bytes]:
    return {1: keys} if isinstance(keys, bytes) else keys


def seal(key: Keys, aad: str, text: str) -> bytes:
    """The text encrypted for the place that aad names: key number, nonce, ciphertext and tag (AES-256-GCM)."""
    numbered = _numbered(key)
    number = max(numbered)
    nonce = os.urandom(_NONCE)
    prefix = bytes([number])
    return prefix + nonce + _cipher(numbered[number]).encrypt(nonce, text.encode(), prefix + aad.encode())


def unseal(key: Keys, aad: str, sealed: bytes) -> str:
    """The text that was sealed for this place. Raises Unreadable."""
    number, nonce, secret = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    found = _numbered(key).get(number[0]) if len(secret) >= _TAG else None
    if found is None:
        raise Unreadable("no key for these bytes")
    try:
        return _cipher(found).decrypt(nonce, secret, number + aad.encode()).decode()
    except InvalidTag:
        raise Unreadable("the bytes do not belong here or were changed") from None


def sealed_with(sealed: bytes) -> int:
    """The number of the key that sealed it, to find what still needs the newest one."""
    return sealed[0]


def blind_index(key: bytes, text: str) -> str:
    """The same 64 hexadecimal digits for the same text (HMAC-SHA256), telling nothing without the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
