"""What each role grants: how far, what else, and which values show how."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access import queries
from keji.access.doors import door
from keji.access.fields import HIDE, MASK, PLAIN
from keji.access.presets import ROLES
from keji.access.rules import roles
from keji.access.scope import ACTIONS, REACHES, RECORDS, VERBS
from keji.kernel.errors import Problem
from keji.records.pages import attempt, done
from keji.records.sheet import SHEETS

POLICIES = {PLAIN: gettext_lazy("完整"), MASK: gettext_lazy("遮盖"), HIDE: gettext_lazy("不显示")}


@door(roles.ROLES_ACTION)
def role_list(request: Any) -> HttpResponse:
    context = {"roles": queries.roles(), "records": RECORDS, "verbs": VERBS, "reaches": REACHES}
    return render(request, "desk/roles.html", context)


@door(roles.ROLES_ACTION, "GET", "POST", recent=True)
def role_edit(request: Any, pk: int) -> HttpResponse:
    role = queries.role(pk)
    if request.method == "GET":
        return role_form(request, role)
    told = read_role(request.POST)
    _nothing, problems = attempt(lambda: roles.revise_role(request.user, role, **told))
    if problems:
        return role_form(request, role, problems)
    return done(request, _("角色“%(role)s”已保存，对所有人立即生效。") % {"role": role.title}, reverse("desk:roles"))


@door(roles.ROLES_ACTION, "POST", recent=True)
def role_restore(request: Any, pk: int) -> HttpResponse:
    role = queries.role(pk)
    _nothing, problems = attempt(lambda: roles.restore_role(request.user, role))
    if problems:
        return role_form(request, role, problems)
    return done(request, _("角色“%(role)s”已恢复为预设。") % {"role": role.title}, reverse("desk:role", args=[pk]))


def read_role(data: Any) -> dict[str, Any]:
    reach = {record: {verb: data.get(f"reach:{record}:{verb}", "none") for verb in VERBS} for record in RECORDS}
    names = [f"{record}.{column.name}" for record, sheet in SHEETS.items() for column in sheet.columns]
    policies = {name: data.get(f"field:{name}", PLAIN) for name in names}
    special = set(queries.special_actions())
    return {"reach": reach, "actions": [a for a in data.getlist("actions") if a in special], "fields": policies}


def role_form(request: Any, role: Any, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    context = {
        "role": role,
        "records": RECORDS,
        "verbs": VERBS,
        "reaches": REACHES,
        "actions": [(name, ACTIONS[name].label) for name in queries.special_actions()],
        "sheets": [
            (record, RECORDS[record], [(column.name, sheet.label(column.name)) for column in sheet.columns])
            for record, sheet in SHEETS.items()
        ],
        "policies": POLICIES,
        "preset": role.code in ROLES,
        "problems": problems,
    }
    return render(request, "desk/role.html", context, status=422 if problems else 200)
