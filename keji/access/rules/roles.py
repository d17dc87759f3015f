"""Roles: what they grant, kept within what their keeper may grant."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.fields import STRICT
from keji.access.models import Person, Role
from keji.access.presets import ROLES
from keji.access.rules.people import hand_on
from keji.access.scope import ACTIONS, REACHES, RECORDS, VERBS, declare, require
from keji.access.trail import note
from keji.kernel.errors import Problem, Unfit

ROLES_ACTION = declare("access.roles", gettext_lazy("修改角色权限"))
TRAIL = declare("access.trail", gettext_lazy("查看操作记录"))


def revise_role(person: Person, role: Role, reach: dict[str, Any], actions: list[str], fields: dict[str, str]) -> None:
    """Change what a role grants. Works at the next request of all who hold it. Nobody changes a role they hold."""
    require(person, ROLES_ACTION)
    if role.holders.filter(person=person).exists():
        raise Unfit(Problem("role", "E_OWN_ROLE", _("不能修改自己所属的角色，请另一位管理员来改")))
    clean = {
        record: {verb: width for verb, width in told.items() if verb in VERBS and width in REACHES and width != "none"}
        for record, told in reach.items()
        if record in RECORDS
    }
    special = [name for name in dict.fromkeys(actions) if name in ACTIONS]
    hand_on(person, set(special) - set(role.actions))
    policies = {name: policy for name, policy in fields.items() if policy in STRICT and policy != "plain"}
    with transaction.atomic():
        role.reach, role.actions, role.fields = clean, special, policies
        role.save()
        note(person, ROLES_ACTION, why=role.code)


def restore_role(person: Person, role: Role) -> None:
    """Give a delivered role back its preset."""
    require(person, ROLES_ACTION)
    if preset := ROLES.get(role.code):
        revise_role(person, role, preset["reach"], preset["actions"], preset["fields"])


def lay_out_roles() -> None:
    """Make the ten delivered roles, where they are missing. Run when an installation is made."""
    for code, preset in ROLES.items():
        Role.objects.get_or_create(code=code, defaults={**preset, "builtin": True})
