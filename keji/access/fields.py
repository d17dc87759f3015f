"""Which values a person may read, and how a masked value looks. The only place that decides about values."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from keji.access.models import Role
from keji.access.scope import reach, roles_of, within

PLAIN, MASK, HIDE = "plain", "mask", "hide"
STRICT = {PLAIN: 0, MASK: 1, HIDE: 2}
COMMON = "common"


def policy(role: Role, record: str, name: str) -> str:
    return role.fields.get(f"{record}.{name}", PLAIN)


def kindest(policies: Iterable[str]) -> str:
    return min(policies, key=STRICT.__getitem__, default=HIDE)


class Lens:
    """How one person reads one record type: a policy a field, row by row where roles reach differently far."""

    def __init__(
        self,
        person: Any,
        model: Any,
        names: Iterable[str],
        guarded: Iterable[str] = (),
        follows: Mapping[str, tuple[str, ...]] | None = None,
    ):
        self.person, self.model, self.names, self.guarded = person, model, list(names), frozenset(guarded)
        self.follows = follows or {}  # what is worked out from other fields is read no more freely than they are
        self.roles = [(reach(role, model.RECORD, "see"), role) for role in roles_of(person)]
        self.roles = [(width, role) for width, role in self.roles if width != "none"]
        self.widths = {width for width, _role in self.roles}
        self.known: dict[str, dict[str, str]] = {}

    def rules(self, closeness: str) -> dict[str, str]:
        """The policies for a row this close (own, team, all or common)."""
        if closeness not in self.known:
            self.known[closeness] = self._rules(closeness)
        return self.known[closeness]

    def _rules(self, closeness: str) -> dict[str, str]:
        order = {"own": {"own", "team", "all"}, "team": {"team", "all"}, "all": {"all"}, COMMON: {"own", "team", "all"}}
        roles = [role for width, role in self.roles if width in order[closeness]]
        rules = {name: kindest(policy(role, self.model.RECORD, name) for role in roles) for name in self.names}
        if closeness == COMMON:
            rules |= {name: MASK for name in self.guarded if rules.get(name) == PLAIN}
        for name, sources in self.follows.items():
            rules[name] = max((rules[name], *(rules[one] for one in sources)), key=STRICT.__getitem__)
        return rules

    @property
    def varies(self) -> bool:
        """True if how the person reads a row depends on how close it is."""
        return len(self.widths) > 1 or (hasattr(self.model, "COMMON") and "all" not in self.widths)

    @property
    def far(self) -> str:
        return "all" if "all" in self.widths else COMMON

    def place(self, close: str) -> str:
        """How close a placed row (`scope.placed`) is in terms of the roles that reach it."""
        if not self.varies:
            return next(iter(self.widths), "all")
        inside = {"own": ("own", "team"), "team": ("team",)}.get(close, ())
        return next((width for width in inside if width in self.widths), self.far)

    def closeness(self, ids: list[int]) -> Callable[[int], str]:
        """A function that tells how close the row of an id is; asks the database only where roles differ."""
        if not self.varies:
            only = next(iter(self.widths), "all")
            return lambda pk: only
        found: dict[int, str] = {}
        for width in ("team", "own"):
            if width in self.widths:
                inside = self.model._default_manager.filter(within(self.person, self.model, {width}), pk__in=ids)
                found |= dict.fromkeys(inside.values_list("pk", flat=True), width)
        return lambda pk: found.get(pk, self.far)

    @cached_property
    def plain(self) -> frozenset[str]:
        """What is plain in every visible row."""
        return frozenset(name for name, rule in self.everywhere().items() if rule == PLAIN)

    def close_as(self, stands: frozenset[str]) -> str:
        """How close a row is to which, or to whose parent, the person stands so (see scope.relation)."""
        near = (width for width in ("own", "team") if width in self.widths and width in stands)
        return next(near, "all" if "all" in self.widths else COMMON)

    def everywhere(self) -> dict[str, str]:
        """The strictest policy that any visible row may have: what decides about filters, order and groups."""
        return self.strictest

    def anywhere(self) -> dict[str, str]:
        """The kindest policy that any visible row may have: what decides whether a column stands there at all."""
        return self.mildest

    @cached_property
    def strictest(self) -> dict[str, str]:
        kinds = set(self.widths) | ({COMMON} if hasattr(self.model, "COMMON") and "all" not in self.widths else set())
        tables = [self.rules(kind) for kind in kinds]
        return {name: max((t[name] for t in tables), key=STRICT.__getitem__, default=HIDE) for name in self.names}

    @cached_property
    def mildest(self) -> dict[str, str]:
        tables = [self.rules(kind) for kind in self.widths]
        return {name: min((t[name] for t in tables), key=STRICT.__getitem__, default=HIDE) for name in self.names}
