"""Tokens: given to a person once, used at a measure, taken away at once."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from threading import Lock

from django.conf import settings
from django.db import Error
from django.db.models import F
from django.utils.translation import gettext as _

from keji.access.models import Person, Token
from keji.access.scope import may
from keji.access.tokens import digest, scopes
from keji.access.trail import SYSTEM, note
from keji.database import plight
from keji.kernel import text
from keji.kernel.clock import now
from keji.kernel.errors import Invalid, NotThere, Problem, TooOften, Unfit

MANAGE = "access.people"
MOST, LONGEST = 20, 366
SHARES = 30  # a process takes this part of a minute's requests at a time, so that not each request writes
_taken: dict[str, tuple[int, int]] = {}
_lock = Lock()


def issue(person: Person, name: str, wanted: Iterable[str], days: int) -> tuple[Token, str]:
    """Give a person a token. Returns it with its secret, which nobody can read again."""
    chosen = [scope for scope in scopes() if scope in set(wanted)]
    name = checked(person, name, chosen, days)
    secret = f"keji_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    token = Token(person=person, name=name, prefix=secret[:13], digest=digest(secret), scopes=chosen)
    token.expires_at = now() + timedelta(days=days)
    token.save()
    note(person, "access.token", why=f"add {token.pk}", scopes=chosen, days=days)
    return token, secret


def checked(person: Person, name: str, chosen: list[str], days: int) -> str:
    """What the token is for, cleaned. Raises Unfit."""
    problems = []
    try:
        name = text.called(name, 50, _("请写明用途，最多 50 个字"))
    except Invalid as error:
        problems.append(Problem("name", error.code, error.message))
    if not chosen:
        problems.append(Problem("scopes", "E_REQUIRED", _("请至少选一项权限")))
    if not 1 <= days <= LONGEST:
        problems.append(Problem("days", "E_RANGE", _("有效期是 1 到 %(most)d 天") % {"most": LONGEST}))
    if Token.objects.filter(person=person, revoked_at=None, expires_at__gt=now()).count() >= MOST:
        problems.append(Problem("name", "E_TOO_MANY", _("一个人最多 %(most)d 个有效的令牌，请先撤销不用的") % {"most": MOST}))
    if problems:
        raise Unfit(*problems)
    return name


def revoke(by: Person | None, pk: int) -> None:
    """End a token at once: one's own, or anybody's for those who keep the people."""
    token = Token.objects.filter(pk=pk).first()
    if token is None or (by is not SYSTEM and token.person_id != by.pk and not may(by, MANAGE)):
        raise NotThere(pk)
    if Token.objects.filter(pk=pk, revoked_at=None).update(revoked_at=now()):
        note(by, "access.token", why=f"revoke {pk} of person {token.person_id}")


def revoke_all(person: Person) -> None:
    """End every token of a person."""
    Token.objects.filter(person=person, revoked_at=None).update(revoked_at=now())


def spend(token: Token) -> None:
    """Count one request. Raises TooOften beyond the measure of the minute, which all processes share."""
    minute, second = divmod(int(now().timestamp()), 60)
    with _lock:
        at, left = _taken.get(token.digest, (0, 0))
        if at != minute or not left:
            left = take(token, minute)
        if not left:
            raise TooOften(60 - second)
        _taken[token.digest] = (minute, left - 1)


def take(token: Token, minute: int) -> int:
    """Take a share of the requests of this minute; 0 if they are used up. A full disk does not stop who only reads."""
    most = settings.API_RATE
    share = max(1, most // SHARES)
    rows = Token.objects.filter(pk=token.pk)
    try:
        if rows.exclude(minute=minute).update(minute=minute, asked=share, used_at=now()):
            return share
        more = rows.filter(minute=minute, asked__lte=most - share)
        return share if more.update(asked=F("asked") + share, used_at=now()) else 0
    except Error as error:
        if plight(error):
            return 1
        raise
