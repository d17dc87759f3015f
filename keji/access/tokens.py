"""Who a token speaks for, and how far: its person, with the part of their rights that its scopes name."""

import hashlib
from collections.abc import Collection
from copy import copy
from typing import Any

from django.utils.translation import gettext as _

from keji.access.models import Person, Role, Token
from keji.access.scope import ACTIONS, PROGRAMS
from keji.access.sessions import Backend

EXPORT, FILES = "export", "files"
VERBS = {"read": ("see",), "write": ("create", "change", "delete", "assign")}


def scopes() -> list[str]:
    """Every scope that a token may have."""
    return [f"{record}.{part}" for record in PROGRAMS for part in VERBS] + [FILES, EXPORT]


def label(scope: str) -> str:
    """What a scope is called: read customers, write customers, files, export."""
    record, _dot, part = scope.partition(".")
    if not part:
        return _("附件") if scope == FILES else _("导出")
    return (_("读取%(what)s") if part == "read" else _("写入%(what)s")) % {"what": PROGRAMS[record]}


def scope_of(action: str) -> str:
    """The scope that a token needs for an action; "" for what no token may."""
    known = ACTIONS[action]
    if action == "records.files":
        return FILES
    if known.record not in PROGRAMS or known.verb == "import":
        return ""
    return EXPORT if known.verb == "export" else f"{known.record}.{'read' if known.verb == 'see' else 'write'}"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret: str) -> Token | None:
    """The token that is so spelled, if it still works."""
    known = Token.objects.filter(digest=digest(secret)).first()
    return known if known and known.alive else None


def holder(token: Token) -> Person | None:
    """The person of a token, with what is left of their roles; nobody who is disabled or has to change the password."""
    person = Backend().get_user(token.person_id)
    if person is None or person.must_change:
        return None
    roles, writer, whole = person.__dict__["_roles"], copy(person), copy(person)
    seen = {f"{record}.read" for record in PROGRAMS if f"{record}.write" in token.scopes}
    writer.__dict__["_roles"] = [narrowed(role, seen.union(token.scopes)) for role in roles]
    person.__dict__ |= {"_roles": [narrowed(role, token.scopes) for role in roles], "_writer": writer, "_whole": whole}
    return person


def whole(person: Any) -> Any:
    """The person with all their rights, for what asks for every scope anyway and is looked at again without a token."""
    return person.__dict__.get("_whole", person)


def writer(person: Any) -> Any:
    """The person as far as fields to be filled go: who may only write fills what they might read."""
    return person.__dict__.get("_writer", person)


def narrowed(role: Role, granted: Collection[str]) -> Role:
    """A role as far as these scopes go. Rights over the installation itself are in none of them."""
    reach = {record: within(record, told, granted) for record, told in role.reach.items()}
    actions = [name for name in role.actions if name in ACTIONS and scope_of(name) in granted]
    return Role(role.pk, role.code, role.label, role.builtin, reach, actions, role.fields)


def within(record: str, told: dict[str, str], granted: Collection[str]) -> dict[str, str]:
    verbs: set[Any] = {"export"} if EXPORT in granted else set()
    for part, names in VERBS.items():
        if f"{record}.{part}" in granted:
            verbs.update(names)
    return {verb: width for verb, width in told.items() if verb in verbs}
