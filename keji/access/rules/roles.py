"""Roles: what they grant, kept within what their keeper may grant."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.fields import STRICT
from keji.access.models import Person, Role, Setting
from keji.access.presets import ROLES
from keji.access.rules.people import hand_on
from keji.access.scope import ACTIONS, REACHES, RECORDS, VERBS, declare, require
from keji.access.trail import note
from keji.kernel.errors import Problem, Unfit

ROLES_ACTION = declare("access.roles", gettext_lazy("修改角色权限"))
TRAIL = declare("access.trail", gettext_lazy("查看操作记录"))
DELIVERED = "delivered"  # the setting that names what the roles of this installation were laid out with
FIRST_DELIVERED = (  # what version 0.1.0 had before installations remembered it
    *("customers", "contacts", "access.people", "access.roles", "access.trail", "desk.health"),
    *("customers.any_number", "customers.export_any", "customers.override", "customers.regrade", "customers.reveal"),
    *("records.dictionaries", "records.settings", "customers.id_number", "customers.id_type", "customers.name"),
    *("customers.mobile", "customers.office_phone", "customers.email", "contacts.customer", "contacts.name"),
    *("contacts.mobile", "contacts.landline", "contacts.office_phone", "contacts.intl_phone", "contacts.email"),
    *("contacts.wechat_id", "contacts.wecom_id", "contacts.qq"),
)


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
    """Make the ten delivered roles, where they are missing, and let the others grant what has been delivered since.

    What somebody has changed stays: only record types, actions and fields that no version before knew are put in.
    """
    kept = Setting.objects.filter(name=DELIVERED).values_list("value", flat=True).first()
    known, offered = set(FIRST_DELIVERED if kept is None else kept), delivered()
    with transaction.atomic():
        for code, preset in ROLES.items():
            role, made = Role.objects.get_or_create(code=code, defaults={**preset, "builtin": True})
            if not made and offered - known:
                catch_up(role, preset, known)
        if kept is None or offered - known:
            Setting.objects.update_or_create(name=DELIVERED, defaults={"value": sorted(offered | known)})


def delivered() -> set[str]:
    """The names of everything that the presets speak of: record types, actions, fields."""
    return {name for preset in ROLES.values() for part in ("reach", "actions", "fields") for name in preset[part]}


def catch_up(role: Role, preset: dict[str, Any], known: set[str]) -> None:
    role.reach |= {record: told for record, told in preset["reach"].items() if record not in known}
    role.actions += [name for name in preset["actions"] if name not in known and name not in role.actions]
    role.fields |= {name: policy for name, policy in preset["fields"].items() if name not in known}
    role.save(update_fields=["reach", "actions", "fields"])
