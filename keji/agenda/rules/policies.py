"""How often customers of a grade are followed up: two delivered sets, edited by the steward (U-FREQ, R-003-36)."""

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.agenda.models import UNITS, AgendaPolicy
from keji.agenda.queries import Frequency, policies
from keji.agenda.rules.actions import POLICIES
from keji.kernel.calendar import Calendar, is_workday
from keji.kernel.errors import Problem, Unfit
from keji.records.terms import dictionary

MOST = {"DAY": 366, "WEEK": 52, "MONTH": 12}
DEEP = ("DEEP", ("PHONE", "VISIT", "PROPOSAL"))
REGULAR = ("REGULAR", ("WECHAT", "EMAIL", "PRODUCT_INTRO"))
PUSH = ("PUSH", ("SMS", "INFO_PUSH"))
# The seed lets A wait longer than B, literally: A's contact is a deep one. The sister document has A weekly.
PRESETS: dict[str, dict[str, Frequency]] = {
    "SEED_003": {
        "A": Frequency(1, "MONTH", *DEEP),
        "B": Frequency(14, "DAY", *REGULAR),
        "C": Frequency(1, "MONTH", *PUSH),
    },
    "WEEKLY_A": {
        "A": Frequency(7, "DAY", *DEEP),
        "B": Frequency(14, "DAY", *REGULAR),
        "C": Frequency(1, "MONTH", *PUSH),
    },
}
CALLED = {
    "SEED_003": gettext_lazy("A 每月一次深度跟进，B 每 14 天，C 每月一次推送"),
    "WEEKLY_A": gettext_lazy("A 每 7 天一次，B 每 14 天，C 每月一次推送"),
}


def lay_out_policies() -> None:
    """Put in the delivered frequencies, where there are none yet."""
    if not AgendaPolicy.objects.exists():
        with transaction.atomic():
            write(PRESETS["SEED_003"])
            stamp()


def write(wanted: Mapping[str, Frequency]) -> None:
    for grade, one in wanted.items():
        told = {"every": one.every, "unit": one.unit, "kind": one.kind, "methods": list(one.methods)}
        AgendaPolicy.objects.update_or_create(grade=grade, defaults=told)


def take_preset(person: Person, name: str) -> None:
    """Let the frequencies be those of a delivered set again."""
    require(person, POLICIES)
    if name not in PRESETS:
        raise Unfit(Problem("preset", "E_CHOICE", _("没有这一套跟进频率")))
    with transaction.atomic():
        write(PRESETS[name])
        stamp()
        note(person, POLICIES, why=name)


def revise_policies(person: Person, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Say anew how often each grade is followed up. Raises Unfit with everything that is wrong."""
    require(person, POLICIES)
    grades = {word.code for word in dictionary("grade").options()}
    wanted = {grade: one for grade, one in told.items() if grade in grades}
    if found := [problem for grade, one in wanted.items() for problem in wrong(grade, one)]:
        raise Unfit(*found)
    with transaction.atomic():
        write({grade: Frequency(one["every"], one["unit"], one["kind"], tuple(one["methods"])) for grade, one in wanted.items()})
        stamp()
        note(person, POLICIES, why=_("、").join(sorted(wanted)))


def wrong(grade: str, one: Mapping[str, Any]) -> list[Problem]:
    found = []
    if one["unit"] not in UNITS or one["kind"] not in ("DEEP", "REGULAR", "PUSH"):
        found.append(Problem(grade, "E_CHOICE", _("%(grade)s：请选单位和跟进深度") % {"grade": grade}))
    elif not isinstance(one["every"], int) or not 1 <= one["every"] <= MOST[one["unit"]]:
        found.append(Problem(grade, "E_RANGE", _("%(grade)s：间隔是 1 到 %(most)d") % {"grade": grade, "most": MOST[one["unit"]]}))
    known = {word.code for word in dictionary("followup_method").options()}
    if set(one["methods"]) - known:
        found.append(Problem(grade, "E_CHOICE", _("%(grade)s：推荐方式里有没有的一项") % {"grade": grade}))
    return found


def preset_now() -> str:
    """The delivered set that holds now; none if the steward has made an own one."""
    known = policies()
    return next((name for name, told in PRESETS.items() if told == known), "")


def suggested(grade: str, start: date, holidays: Calendar | None = None) -> date | None:
    """The day on which a customer of this grade is due again, or the working day before; None without a frequency."""
    one = policies().get(grade)
    if one is None:
        return None
    day = day_after(one, start)
    while not is_workday(day, holidays) and day > start + timedelta(days=1):
        day -= timedelta(days=1)
    return day


def day_after(one: Frequency, start: date) -> date:
    if one.unit == "MONTH":
        month = start.month - 1 + one.every
        year, month = start.year + month // 12, month % 12 + 1
        return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
    return start + timedelta(days=one.every * (7 if one.unit == "WEEK" else 1))
