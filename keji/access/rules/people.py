"""People of the installation: added, changed, disabled, given new passwords."""

import secrets
from collections.abc import Iterable

from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import stamp
from keji.access.models import Held, Person, Role, Team
from keji.access.rules.tokens import revoke_all
from keji.access.rules.watch import happened
from keji.access.scope import declare, governs, require, roles_of, rules_over_rights
from keji.access.trail import SYSTEM, note
from keji.kernel import text
from keji.kernel.clock import now
from keji.kernel.errors import Invalid, NotThere, Problem, Refused, Unfit

PEOPLE = declare("access.people", gettext_lazy("管理人员和团队"))
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def one_time_password() -> str:
    """A password to be typed off a screen once: five groups of four, about a hundred bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _n in range(4)) for _group in range(5))


def add_person(
    by: Person | None,
    username: str,
    name: str,
    roles: Iterable[str],
    team: Team | None = None,
    email: str = "",
    active: bool = True,
) -> tuple[Person, str]:
    """Add a person and return them with the password that works once."""
    if by is not SYSTEM:
        require(by, PEOPLE)
    check(username, name)
    if Person.objects.filter(username=username.strip().lower()).exists():
        raise Unfit(Problem("username", "E_DUP_USERNAME", _("登录名已经有人用了")))
    password = one_time_password()
    with transaction.atomic():
        person = Person(
            username=username.strip().lower(),
            name=name.strip(),
            email=email.strip(),
            team=team,
            must_change=True,
            is_active=active,
        )
        person.set_password(password)
        person.save()
        hold(by, person, roles)
        stamp()
        note(by, PEOPLE, why=f"add {person.pk}")
    return person, password


def check(username: str, name: str) -> None:
    if not username.strip().replace(".", "").replace("_", "").replace("-", "").isalnum() or len(username.strip()) > 50:
        raise Unfit(Problem("username", "E_USERNAME", _("登录名用字母、数字、点、横线，最多 50 个字")))
    try:
        if not text.clean(name).value or len(name) > 50:
            raise Unfit(Problem("name", "E_REQUIRED", _("请填写姓名，最多 50 个字")))
    except Invalid as error:
        raise Unfit(Problem("name", error.code, error.message)) from None


def hold(by: Person | None, person: Person, codes: Iterable[str]) -> None:
    """Give a person exactly these roles. Nobody gives themselves a role, and the last administrator stays one."""
    wanted = {role.code: role for role in Role.objects.filter(code__in=list(codes))}
    held = {one.role.code: one for one in Held.objects.filter(person=person).select_related("role")}
    if wanted.keys() == held.keys():
        return
    if by is not SYSTEM and by.pk == person.pk and wanted.keys() - held.keys():
        raise Refused(PEOPLE)
    if by is not SYSTEM:
        given = {name for code in wanted.keys() - held.keys() for name in wanted[code].actions}
        hand_on(by, given)
    if "SYS_ADMIN" in held and "SYS_ADMIN" not in wanted:
        keep_one_admin(person)
    Held.objects.filter(person=person, role__code__in=held.keys() - wanted.keys()).delete()
    Held.objects.bulk_create(Held(person=person, role=wanted[code]) for code in wanted.keys() - held.keys())
    person.__dict__.pop("_roles", None)
    note(by, "access.roles", why=f"person {person.pk}", roles=sorted(wanted))


def hand_on(by: Person, actions: Iterable[str]) -> None:
    """Refuse to let somebody give power over rights that they do not hold. Business rights an administrator gives
    without holding them: that is what they are for, and they see no customer by it."""
    if {name for name in actions if governs(name)} - rules_over_rights(by):
        raise Refused(PEOPLE)


def keep_one_admin(person: Person) -> None:
    others = Held.objects.filter(role__code="SYS_ADMIN", person__is_active=True).exclude(person=person)
    if not others.exists():
        raise Unfit(Problem("roles", "E_LAST_ADMIN", _("至少要留一位系统管理员")))


def revise_person(by: Person, person: Person, name: str, email: str, team: Team | None, roles: Iterable[str]) -> None:
    """Change what an administrator keeps about a person. Works at once, also for sessions that are open."""
    require(by, PEOPLE)
    check(person.username, name)
    if by.pk == person.pk and team != person.team and reaches_team(by):
        raise Refused(PEOPLE)
    with transaction.atomic():
        person.name, person.email, person.team = name.strip(), email.strip(), team
        person.save(update_fields=["name", "email", "team"])
        hold(by, person, roles)
        stamp()
        note(by, PEOPLE, why=f"change {person.pk}")


def reaches_team(person: Person) -> bool:
    """True if moving to another team would show this person other rows."""
    return any("team" in told.values() for role in roles_of(person) for told in role.reach.values())


def disable(by: Person | None, person: Person) -> None:
    """Shut a person out at once, everywhere. Their customers stay and are listed as without a valid owner."""
    if by is not SYSTEM:
        require(by, PEOPLE)
        if by.pk == person.pk:
            raise Unfit(Problem("id", "E_SELF", _("不能停用自己")))
    keep_one_admin(person)
    with transaction.atomic():
        person.is_active = False
        person.save(update_fields=["is_active"])
        end_sessions(person)
        revoke_all(person)
        stamp()
        note(by, PEOPLE, why=f"disable {person.pk}")


def choose_language(person: Person, language: str) -> None:
    """Speak to a person in this language from now on; with "" in that of the browser."""
    person.language = language
    person.save(update_fields=["language"])


def enable(by: Person | None, person: Person) -> None:
    if by is not SYSTEM:
        require(by, PEOPLE)
    with transaction.atomic():
        person.is_active = True
        person.save(update_fields=["is_active"])
        stamp()
        note(by, PEOPLE, why=f"enable {person.pk}")


def reset_password(by: Person | None, person: Person) -> str:
    """Give a person a new one-time password and end their sessions. Nobody can choose a password for somebody else.

    The person reads on signing in who did it. Nobody takes an account this way that has more power over rights.
    """
    if by is not SYSTEM:
        require(by, PEOPLE)
        if by.pk == person.pk:
            raise Unfit(Problem("id", "E_SELF", _("修改自己的密码请到“我的账号”")))
        hand_on(by, {name for role in Role.objects.filter(holders__person=person) for name in role.actions})
    password = one_time_password()
    with transaction.atomic():
        person.set_password(password)
        person.must_change = True
        person.reset_at, person.reset_by = now(), by
        person.save(update_fields=["password", "must_change", "reset_at", "reset_by"])
        end_sessions(person)
        revoke_all(person)
        happened(person, "RESET")
        note(by, PEOPLE, why=f"password {person.pk}")
    return password


def end_sessions(person: Person) -> None:
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=person):
        session.end()


def end_session(person: Person, pk: int) -> None:
    """Sign a person out in one place."""
    from allauth.usersessions.models import UserSession

    session = UserSession.objects.filter(user=person, pk=pk).first()
    if session is None:
        raise NotThere(pk)
    session.end()
    note(person, "access.session")


def end_other_sessions(person: Person, but: str) -> None:
    """Sign a person out everywhere but here."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=person).exclude(session_key=but):
        session.end()
    note(person, "access.session")


class LongEnough(MinimumLengthValidator):
    """Django 5.2 changed this message, and its Chinese catalogue has not followed."""

    def get_error_message(self) -> str:
        return _("密码至少要有 %(count)s 个字符，请加长。") % {"count": self.min_length}


def choose_password(person: Person, password: str) -> None:
    """The person's own new password."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Unfit(*[Problem("password1", "E_PASSWORD", message) for message in error.messages]) from None
    with transaction.atomic():
        person.set_password(password)
        person.must_change = False
        person.save(update_fields=["password", "must_change"])
        happened(person, "PASSWORD")
        note(person, "access.password")


def add_team(by: Person | None, name: str, parent: Team | None = None, lead: Person | None = None) -> Team:
    if by is not SYSTEM:
        require(by, PEOPLE)
    check_lead(lead)
    if not name.strip() or Team.objects.filter(name=name.strip()).exists():
        raise Unfit(Problem("name", "E_TEAM", _("请填写没有用过的团队名称")))
    with transaction.atomic():
        team = Team.objects.create(name=name.strip()[:50], parent=parent, lead=lead)
        team.path = f"{parent.path if parent else '/'}{team.pk}/"
        team.save(update_fields=["path"])
        stamp()
        note(by, PEOPLE, why=f"team {team.pk}")
    return team


def check_lead(lead: Person | None) -> None:
    if lead and not lead.is_active:
        raise Unfit(Problem("lead", "E_OWNER", _("团队负责人须是在职人员")))


def revise_team(by: Person, team: Team, name: str, parent: Team | None, lead: Person | None = None) -> None:
    """Rename a team, let somebody else lead it or hang it elsewhere; those below go along. Not under itself."""
    require(by, PEOPLE)
    check_lead(lead)
    if parent and parent.path.startswith(team.path):
        raise Unfit(Problem("parent", "E_TEAM", _("不能放到自己或自己的下级之下")))
    own = by.team.path if by.team else None
    if own and parent and parent.path.startswith(own) and not team.path.startswith(own) and reaches_team(by):
        raise Refused(PEOPLE)
    if not name.strip() or Team.objects.filter(name=name.strip()).exclude(pk=team.pk).exists():
        raise Unfit(Problem("name", "E_TEAM", _("请填写没有用过的团队名称")))
    old = team.path
    with transaction.atomic():
        team.name, team.parent, team.lead = name.strip()[:50], parent, lead
        team.path = f"{parent.path if parent else '/'}{team.pk}/"
        team.save()
        for below in Team.objects.filter(path__startswith=old).exclude(pk=team.pk):
            below.path = team.path + below.path[len(old) :]
            below.save(update_fields=["path"])
        stamp()
        note(by, PEOPLE, why=f"team {team.pk}")
