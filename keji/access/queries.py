"""Reads about people, teams, roles and the trail."""

from collections import defaultdict
from importlib import import_module
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Count, QuerySet

from keji.access.models import AccountEvent, Entry, Held, Person, Role, Team, Token
from keji.access.scope import ACTIONS, RECORDS, granted, may, require
from keji.kernel.errors import NotThere

PEOPLE = "access.people"
TRAIL = "access.trail"
LEADING = ("SALES_MANAGER", "DEPT_HEAD")


def people(person: Any) -> QuerySet[Person]:
    require(person, PEOPLE)
    return Person.objects.select_related("team").order_by("-is_active", "name")


def one_of_people(person: Any, pk: int) -> Person:
    found = people(person).filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def teams() -> list[Team]:
    return list(Team.objects.annotate(size=Count("person")).order_by("path"))


def roles() -> list[Role]:
    return list(Role.objects.annotate(size=Count("holders")).order_by("pk"))


def role(pk: int) -> Role:
    found = Role.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def holders(code: str) -> int:
    return Held.objects.filter(role__code=code, person__is_active=True).count()


def able(action: str) -> list[int]:
    """Those who work here and may do something, by a role that grants it."""
    roles = [role.pk for role in Role.objects.all() if granted(role, ACTIONS[action])]
    rows = Held.objects.filter(role_id__in=roles, person__is_active=True)
    return sorted(set(rows.values_list("person_id", flat=True)))


def team(pk: int) -> Team:
    found = Team.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def roles_held(person: Any) -> list[Role]:
    return list(Role.objects.filter(holders__person=person).order_by("pk"))


def labels_held() -> dict[int, list[str]]:
    """The labels of the roles of everybody, by person."""
    found: dict[int, list[str]] = defaultdict(list)
    for held in Held.objects.order_by("role_id").select_related("role"):
        found[held.person_id].append(held.role.title)
    return found


def special_actions() -> list[str]:
    """The actions that are ticked in a role one by one, beside the verbs of the record types."""
    return [
        name
        for name, action in ACTIONS.items()
        if action.record not in RECORDS or name != f"{action.record}.{action.verb}"
    ]


def sessions(person: Any) -> list[UserSession]:
    """Where a person is signed in now, newest first."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    known = UserSession.objects.filter(user_id=person.pk).order_by("-created_at")
    return [session for session in known if store.exists(session.session_key)]


def account_events(person: Any, most: int = 20) -> list[AccountEvent]:
    """What happened to one's own account, the newest first."""
    return list(AccountEvent.objects.filter(person_id=person.pk).order_by("-pk")[:most])


def news(person: Any, after: int, most: int = 3) -> list[AccountEvent]:
    """The newest odd events of one's account behind the one that this session knows of."""
    if person.alert <= after:
        return []
    return list(AccountEvent.objects.filter(person_id=person.pk, odd=True, pk__gt=after).order_by("-pk")[:most])


def tokens(person: Any) -> list[Token]:
    """The tokens of a person, the newest first; those that ended long ago are not told of."""
    return list(Token.objects.filter(person_id=person.pk).order_by("revoked_at", "-pk")[:50])


def has_second_factor(person: Any) -> bool:
    return Authenticator.objects.filter(user_id=person.pk, type=Authenticator.Type.TOTP).exists()


def trail(person: Any) -> QuerySet[Entry]:
    """The entries a person may read: all with the right to the trail, otherwise their own doings."""
    rows = Entry.objects.select_related("who").order_by("-pk")
    return rows if may(person, TRAIL) else rows.filter(who_id=person.pk)


def entries(
    reader: Any,
    person: int = 0,
    action: str = "",
    record: str = "",
    record_id: int = 0,
    before: int = 0,
    most: int = 50,
) -> list[Entry]:
    """The newest entries the reader may read, narrowed to what is asked for, from behind one on."""
    wanted = {"who_id": person, "action": action, "record": record, "record_id": record_id, "pk__lt": before}
    return list(trail(reader).filter(**{name: value for name, value in wanted.items() if value})[:most])


def above(person: Any) -> list[Team]:
    """The team of a person and those above it, the nearest first."""
    if person.team is None:
        return []
    return list(Team.objects.filter(pk__in=person.team.path.strip("/").split("/")).select_related("lead").order_by("-path"))


def leader(person: Any, teams: list[Team], roles: tuple[str, ...] = LEADING) -> Person | None:
    """Who leads the first of these teams that anybody else leads: its lead, or who holds one of the roles there."""
    for team in teams:
        if team.lead and team.lead.is_active and team.lead_id != person.pk:
            return team.lead
        for role in roles:
            held = Person.objects.filter(team=team, is_active=True, held__role__code=role).exclude(pk=person.pk)
            if found := held.order_by("pk").first():
                return found
    return None


def manager_of(person: Any) -> Person | None:
    """Who leads the person's team; of those who lead it themselves, and of teams that nobody leads, who leads the next above."""
    return leader(person, above(person))


def head_of(person: Any) -> Person | None:
    """Who leads the team above the manager's; else the head of the department, wherever that is."""
    teams, manager = above(person), manager_of(person)
    at = next((place for place, team in enumerate(teams) if manager and team.pk == manager.team_id), 0)
    if found := leader(manager or person, teams[at + 1 :], LEADING[::-1]):
        return found
    held = Person.objects.filter(is_active=True, held__role__code="DEPT_HEAD").exclude(pk=person.pk)
    near = held.filter(team__in=teams).order_by("pk").first()
    return near or held.order_by("pk").first()
