"""The settings of the installation."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.desk.rules import keep_settings, profiles, schemes
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, done
from keji.records.rules import SETTINGS

NAMES = ("company", "profile", "size_scheme", "number_pattern")
SWITCHES = ("strict_email", "review")


@door(SETTINGS, "GET", "POST")
def settings_page(request: Any) -> HttpResponse:
    told = {name: house()[name] for name in (*NAMES, *SWITCHES, "dormant_days")}
    problems: Any = ()
    if request.method == "POST":
        before = told["size_scheme"]
        days = request.POST.get("dormant_days", str(told["dormant_days"])).strip()
        told = {name: request.POST.get(name, "").strip() for name in NAMES} | {"dormant_days": whole_id(days) or days[:9]}
        told |= {name: request.POST.get(name) == "1" for name in SWITCHES}
        _nothing, problems = attempt(lambda: keep_settings(request.user, told))
        if not problems:
            again = before != told["size_scheme"]
            said = _("设置已保存，客户的规模档正在后台重新计算。") if again else _("设置已保存。")
            return done(request, said, reverse("desk:settings"))
    wrong = {problem.field: [problem] for problem in problems}
    context = {"told": told, "problems": wrong, "profiles": profiles(), "schemes": schemes()}
    return render(request, "desk/settings.html", context, status=422 if problems else 200)
