"""Who may do what to which rows. Nothing else in keji decides this."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keji.access.models import Person, Role
from keji.kernel.clock import BIN, now
from keji.kernel.errors import NotThere, Refused

VERBS = {
    "see": _("查看"),
    "create": pgettext_lazy("verb", "新建"),
    "change": _("修改"),
    "delete": _("删除"),
    "export": _("导出"),
    "import": _("导入"),
    "assign": _("分配"),
}
REACHES = {"none": _("无"), "own": _("本人"), "team": _("本团队及下级"), "all": _("全部")}
WIDTH = {name: place for place, name in enumerate(REACHES)}


@dataclass(frozen=True)
class Action:
    """Something a role can grant. With a record type, its reach is that of the verb."""

    name: str
    label: Any
    record: str = ""
    verb: str = ""
    on_common: bool = False


# Asked in each request: the ORM takes longer to write it than the database to answer it.
HELD = "SELECT r.* FROM access_role r JOIN access_held h ON h.role_id = r.id WHERE h.person_id = %s ORDER BY r.id"
ACTIONS: dict[str, Action] = {}
RECORDS: dict[str, Any] = {}  # record type → its label
PROGRAMS: dict[str, Any] = {}  # those of them that the API knows


def declare(name: str, label: Any, record: str = "", verb: str = "change", on_common: bool = False) -> str:
    """Make an action known, so that roles can grant it and doors can ask for it."""
    ACTIONS[name] = Action(name, label, record, verb if record else "", on_common)
    return name


def doing(word: Any, label: Any) -> Any:
    """A verb with its record type, in the language of the moment and as a sentence begins: View customers."""
    return lazy(lambda: str(_("{does}{what}")).format(does=word, what=label).capitalize(), str)()


def declare_record(record: str, label: Any, programs: bool = True) -> None:
    """Make a record type known with its six verbs. With `programs`, tokens may have scopes for it."""
    RECORDS[record] = label
    if programs:
        PROGRAMS[record] = label
    for verb, word in VERBS.items():
        declare(f"{record}.{verb}", doing(word, label), record, verb)


def roles_of(person: Any) -> list[Role]:
    """The roles a person holds now; none for those who are disabled or not signed in. They come with who signed in."""
    if not getattr(person, "is_active", False) or not isinstance(person, Person):
        return []
    known = getattr(person, "_roles", None)
    if known is None:
        known = person._roles = list(Role.objects.raw(HELD, [person.pk]))  # type: ignore[attr-defined]
    return known


def reach(role: Role, record: str, verb: str) -> str:
    return role.reach.get(record, {}).get(verb, "none")


def granted(role: Role, action: Action) -> bool:
    """True if the role grants the action at all."""
    if not action.record:
        return action.name in role.actions
    if reach(role, action.record, action.verb) == "none":
        return False
    return action.name == f"{action.record}.{action.verb}" or action.name in role.actions


def rules_over_rights(person: Any) -> set[str]:
    """What a person may do to the rights of others: the actions that nobody hands on who lacks them."""
    return {name for role in roles_of(person) for name in role.actions if governs(name)}


def governs(action: str) -> bool:
    return action.startswith("access.")


def may(person: Any, action: str, record: Model | None = None) -> bool:
    """True if a role grants the action and, if a stored record is given, reaches it."""
    known = ACTIONS.get(action)
    if known is None:
        raise ValueError(f"undeclared action {action!r}")
    roles = [role for role in roles_of(person) if granted(role, known)]
    if not roles or record is None or record.pk is None or not known.record:
        return bool(roles)
    model: Any = type(record)
    if any(reach(role, known.record, known.verb) == "all" for role in roles):
        return True
    inside = within(person, model, {reach(role, known.record, known.verb) for role in roles})
    if known.on_common:
        inside |= model.COMMON
    return model._default_manager.filter(inside, pk=record.pk).exists()


def require(person: Any, action: str, record: Model | None = None) -> None:
    """Raise Refused unless `may`."""
    if not may(person, action, record):
        raise Refused(action)


def relation(person: Any, record: Any) -> frozenset[str]:
    """How the person stands to a stored record: "own", "team" or neither; asks only for reaches that a role has."""
    widths = {width for role in roles_of(person) for told in role.reach.values() for width in told.values()}
    model = type(record)
    rows = model._default_manager.filter(pk=record.pk)
    asked = [one for one in ("own", "team") if one in widths]
    if "__" not in model.OWNER and getattr(record, f"{model.OWNER}_id") == person.pk:
        return frozenset(asked)  # who owns a record stands within the team too
    return frozenset(one for one in asked if rows.filter(within(person, model, {one})).exists())


def rights(person: Any, actions: Iterable[str], stands: frozenset[str]) -> dict[str, bool]:
    """What `may` says of each action on a record to which the person stands so, without asking the database again."""
    found = {}
    for name in actions:
        known = ACTIONS[name]
        widths = {reach(role, known.record, known.verb) for role in roles_of(person) if granted(role, known)}
        found[name] = "all" in widths or bool(widths & stands)
    return found


def within(person: Any, model: Any, reaches: set[str], shared: bool = True) -> Q:
    """The filter of the widest of these reaches (own and team also take in what is shared with the person).

    A row may belong to two people: to whoever its parent belongs to, and to whom its model names as `ALSO`.
    """
    widest = max(reaches, key=WIDTH.__getitem__, default="none")
    if widest == "all":
        return Q()
    if widest == "none":
        return Q(pk__in=[])
    prefix, _dot, owner = model.OWNER.rpartition("__")
    inside = Q(**{f"{model.OWNER}_id" if not prefix else model.OWNER: person.pk})
    if widest == "team" and person.team_id:
        inside |= Q(**{f"{model.OWNER}__team__path__startswith": person.team.path})
    root = model._meta.get_field(prefix).related_model if prefix else model
    if shared and (name := getattr(root, "SHARED", None)):
        link = root._meta.get_field(name)
        mine = link.related_model._default_manager.filter(person_id=person.pk).values(link.field.attname)
        inside |= Q(**{f"{prefix or 'pk'}__in": mine})
    if also := getattr(model, "ALSO", ""):
        inside |= Q(**{f"{also}_id": person.pk})
        if widest == "team" and person.team_id:
            inside |= Q(**{f"{also}__team__path__startswith": person.team.path})
    return inside


def has_shared(person: Any, model: Any) -> bool:
    """True if anything of this kind is shared with the person. Where nothing is, an index gives the order of a list.

    Asked once in a request, for who signed in: a page may hold ten lists.
    """
    prefix = model.OWNER.rpartition("__")[0]
    root = model._meta.get_field(prefix).related_model if prefix else model
    shared = getattr(root, "SHARED", None)
    if shared is None:
        return False
    known: dict[Any, bool] = getattr(person, "_shared", {})
    if root not in known:
        known[root] = root._meta.get_field(shared).related_model._default_manager.filter(person_id=person.pk).exists()
    return known[root]


def shares_anew(person: Any) -> None:
    """Ask again what is shared with the person: they have just shared something, perhaps with themselves."""
    getattr(person, "_shared", {}).clear()


def near(person: Any, model: Any, verb: str = "see", binned: bool = False) -> QuerySet:
    """The rows that are the person's own business: their reach, without the common ground.

    Or those in the bin, as long as they can come back.
    """
    rows = model._default_manager.filter(model.BINNED if binned else model.ALIVE)
    rows = rows.filter(deleted_at__gte=now() - BIN) if binned else rows
    reaches = {reach(role, model.RECORD, verb) for role in roles_of(person)}
    return rows.filter(within(person, model, reaches, shared="all" not in reaches and has_shared(person, model)))


def parents(person: Any, model: Any, record: str, verb: str) -> QuerySet:
    """The rows of a parent model for which the person's reach for a verb of another record type holds."""
    reaches = {reach(role, record, verb) for role in roles_of(person)}
    return model._default_manager.filter(model.ALIVE).filter(within(person, model, reaches))


def visible(person: Any, model: Any, within_another: bool = False) -> QuerySet:
    """The rows of a model the person may see: near, and the common ground of those who see any.

    For a question inside another one nothing is asked beforehand.
    """
    reaches = {reach(role, model.RECORD, "see") for role in roles_of(person)} - {"none"}
    rows = model._default_manager.filter(model.ALIVE)
    common = getattr(model, "COMMON", None)
    if common is not None and reaches and "all" not in reaches:
        return rows.filter(within(person, model, reaches) | common)
    return rows.filter(within(person, model, reaches)) if within_another else near(person, model)


def placed(person: Any, rows: QuerySet) -> QuerySet:
    """These rows, each with how close it is to the person (`close`): own, team, or blank for what is farther."""
    steps = [When(within(person, rows.model, {width}), then=Value(width)) for width in ("own", "team")]
    return rows.annotate(close=Case(*steps, default=Value("")))


def people_near(person: Any, widths: Iterable[str]) -> list[int] | None:
    """Whose rows these reaches take in, the person first; None for everybody's. Narrows a search; `near` decides."""
    widest = max(widths, key=WIDTH.__getitem__, default="none")
    if widest == "all":
        return None
    if widest != "team" or not person.team_id:
        return [person.pk]
    below = Person.objects.filter(team__path__startswith=person.team.path).exclude(pk=person.pk)
    return [person.pk, *below.values_list("pk", flat=True)]


def fetch(person: Any, model: Any, pk: int, rows: QuerySet | None = None) -> Any:
    """One visible row, or NotThere."""
    try:
        return (visible(person, model) if rows is None else rows).get(pk=pk)
    except (model.DoesNotExist, ValueError, OverflowError):
        raise NotThere(pk) from None
