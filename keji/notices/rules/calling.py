"""One try to tell a hook. What it may be told is asked now, and the receiver may be slow: outside of any transaction."""

import json
from typing import Any

from django.conf import settings

from keji.access.models import Person
from keji.kernel import crypto, outgoing
from keji.kernel.clock import now
from keji.notices.models import Hook, Off, Outgoing
from keji.notices.rules import signing
from keji.notices.rules.hooks import secrets_of
from keji.notices.rules.outcomes import Outcome
from keji.notices.rules.telling import told


def call(hook: Hook, row: Outgoing) -> Outcome:
    owner = Person.objects.select_related("team").get(pk=hook.owner_id)
    if not owner.is_active:
        return Outcome(Off.OWNER)
    body = told(owner, row)
    if body is None:
        return Outcome(withheld=True)
    try:
        known = secrets_of(hook)
    except crypto.Unreadable:
        return Outcome(Off.SECRET)
    sent = packed(body)
    return posted(hook.address, sent, signing.headers(known, row.key, int(now().timestamp()), sent))[0]


def packed(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def posted(address: str, body: bytes, headers: dict[str, str], most: int = 0) -> tuple[Outcome, bytes]:
    """Send a body; how that ended, and as many bytes of the answer as are wanted."""
    try:
        answer = outgoing.post(address, body, headers, settings.INNER_HOSTS, most=most)
    except outgoing.Unreached as error:
        return Outcome(error.code), b""
    code = "" if 200 <= answer.status < 300 else "E_REDIRECT" if 300 <= answer.status < 400 else "E_STATUS"
    return Outcome(code, answer.status, answer.milliseconds), answer.body
