"""What everybody in the installation shares: settings and people's names. One small query a request."""

import json
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from keji.access.models import Person, Setting

DEFAULTS: dict[str, Any] = {
    "company": "",
    "profile": "P000",
    "size_scheme": "EMP4_DEFAULT",
    "number_pattern": "C{seq:03d}",
    "strict_email": False,
    "deals_move_customers": True,
    "review": False,
    "dormant_days": 90,
    "set_up": False,
}


@dataclass(frozen=True)
class Known:
    """A person as others see them."""

    name: str
    username: str
    active: bool
    team_id: int | None


@dataclass
class House:
    """The settings as they are now, with what was last read under the same stamp."""

    settings: dict[str, Any]
    shared: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.settings.get(name, DEFAULTS.get(name))

    def once(self, name: str, read: Any) -> Any:
        """What `read` gives, kept in this process until the stamp changes."""
        if name not in self.shared:
            self.shared[name] = read()
        return self.shared[name]

    @property
    def people(self) -> dict[int, Known]:
        return self.once("people", read_people)


_now: ContextVar[House | None] = ContextVar("house", default=None)
_shared: dict[str, dict[str, Any]] = {}


# All settings as one JSON object, so that the statement that fetches the person of a request brings them along.
SETTINGS = {
    "sqlite": "(SELECT json_group_object(name, json(value)) FROM access_setting WHERE name <> 'delivered')",
    "postgresql": "(SELECT json_object_agg(name, value)::text FROM access_setting WHERE name <> 'delivered')",
}


def read_settings() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SETTINGS[connection.vendor]}")
        return cursor.fetchone()[0]


def read_people() -> dict[int, Known]:
    rows = Person.objects.values_list("pk", "name", "username", "is_active", "team_id")
    return {pk: Known(name, username, active, team) for pk, name, username, active, team in rows}


def house() -> House:
    """The house as it is in this unit of work (a request, a job, a command)."""
    return _now.get() or enter(read_settings())


def enter(told: str | None) -> House:
    """The house that these settings tell of, for this unit of work."""
    settings = json.loads(told or "{}")
    stamp = settings.get("stamp", "")
    if stamp not in _shared:
        _shared.clear()
    known = House(settings, _shared.setdefault(stamp, {}))
    _now.set(known)
    return known


def fresh() -> None:
    """Forget the house: a new unit of work begins, or something shared was changed."""
    _now.set(None)


def stamp() -> None:
    """Tell every process that something shared has changed. Called by the rules that change it, in their transaction."""
    Setting.objects.update_or_create(name="stamp", defaults={"value": secrets.token_hex(8)})
    fresh()
