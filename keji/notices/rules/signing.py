"""The signature of what goes out, as standardwebhooks.com has it, so that receivers can use a library they know."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, key: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 over id, time and body."""
    told = f"{key}.{at}.".encode() + body
    made = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), told, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def headers(known: Iterable[str], key: str, at: int, body: bytes) -> dict[str, str]:
    """The three headers; with two secrets, while one is being changed for the other, two signatures."""
    return {
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signature(secret, key, at, body) for secret in known),
    }
