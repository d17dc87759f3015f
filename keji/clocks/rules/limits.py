"""The table of limits: laid out as delivered, then the steward's. A change finds the due dates of running clocks anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import declare, require
from keji.access.trail import note
from keji.clocks.models import Clock, Kind, Limit, Unit
from keji.clocks.presets import BY_CODE, FREQUENCIES, PRESETS
from keji.clocks.rules.running import void
from keji.kernel.errors import Problem, Stale, Unfit
from keji.records.terms import dictionary

LIMITS = declare("clocks.limits", gettext_lazy("维护时限和节假日"))
WHO = {"OWNER": gettext_lazy("负责人"), "MANAGER": gettext_lazy("经理"), "HEAD": gettext_lazy("部门负责人")}
MOST = {Unit.HOURS: 8760, Unit.WORKHOURS: 2000, Unit.WORKDAYS: 250, Unit.DAYS: 730, Unit.MONTHS: 60}
UNITS = {
    Kind.EVENT: (Unit.HOURS, Unit.WORKHOURS, Unit.WORKDAYS, Unit.DAYS),
    Kind.CONTACT: (Unit.DAYS, Unit.MONTHS),
    Kind.PERIOD: (Unit.MONTHS,),
    Kind.LAPSE: (Unit.MONTHS,),
}
BY_DAY = (Unit.DAYS, Unit.MONTHS)
PERIODS = (1, 2, 3, 4, 6, 12)  # months that divide the year


def lay_out_limits() -> None:
    """Put in the delivered limits, where they are missing; what the steward has changed stays."""
    known = set(Limit.objects.values_list("code", "variant"))
    fresh = [one for one in PRESETS if (one.code, one.variant) not in known]
    if fresh:
        with transaction.atomic():
            Limit.objects.bulk_create(Limit(code=one.code, variant=one.variant, **one.row) for one in fresh)
            stamp()


def revise_limit(
    person: Person,
    limit: Limit,
    version: int,
    amount: int | None,
    unit: str,
    warns: Sequence[Sequence[Any]],
    enabled: bool,
    methods: Sequence[str] | None = None,
) -> None:
    """Change a limit. Clocks that run under it are due by it from then on. Raises Stale if somebody else was quicker."""
    require(person, LIMITS)
    methods = limit.methods if methods is None else list(dict.fromkeys(methods))
    found = wrong(limit, amount, unit, warns)
    if set(methods) - dictionary("followup_method").words.keys():
        found.append(Problem("methods", "E_CHOICE", _("没有这种跟进方式")))
    if found:
        raise Unfit(*found)
    told = [[by, measure, sorted(set(who), key=list(WHO).index)] for by, measure, who in warns]
    order = sorted(told, key=lambda one: one[0])
    with transaction.atomic():
        write(person, limit, version, amount=amount, unit=unit, warns=order, enabled=enabled, methods=methods)


def wrong(limit: Limit, amount: int | None, unit: str, warns: Sequence[Sequence[Any]]) -> list[Problem]:
    found = []
    if unit not in UNITS[Kind(limit.kind)]:
        return [Problem("unit", "E_CHOICE", _("这条时限不能用这个单位"))]
    most = MOST[Unit(unit)]
    if amount is None or not 1 <= amount <= most:
        found.append(Problem("amount", "E_NUMBER", _("请填 1 到 %(most)d 的整数") % {"most": most}))
    elif limit.kind == Kind.PERIOD and amount not in PERIODS:
        found.append(Problem("amount", "E_CHOICE", _("请填 1、2、3、4、6 或 12 个月，这样每年在同样的月份")))
    measure, bounds = ("DAYS", (-365, 365)) if unit in BY_DAY else ("%", (-99, 1000))
    for by, told, who in warns:
        if told != measure or by is None or not bounds[0] <= by <= bounds[1]:
            said = _("提醒时间请填 %(least)d 到 %(most)d 的整数") % {"least": bounds[0], "most": bounds[1]}
            found.append(Problem("warns", "E_NUMBER", said))
        elif not who or not set(who) <= WHO.keys():
            found.append(Problem("warns", "E_REQUIRED", _("请选提醒谁")))
    if warns and not warns_of(limit):
        found.append(Problem("warns", "E_CHOICE", _("这条时限不提醒")))
    if len({by for by, _told, _who in warns}) < len(warns):
        found.append(Problem("warns", "E_TWICE", _("两次提醒不能在同一时间")))
    return list(dict.fromkeys(found))


def warns_of(limit: Limit) -> bool:
    """Whether anybody is ever warned of a limit: not of one that is measured afterwards, or only taken in turns."""
    return bool(BY_CODE[limit.code, limit.variant].warns)


def write(person: Person, limit: Limit, version: int, **values: Any) -> None:
    if Limit.objects.filter(pk=limit.pk, version=version).update(**values, version=version + 1) != 1:
        raise Stale(limit, Limit.objects.filter(pk=limit.pk).first())
    if values.get("enabled") is False:
        void(Clock.objects.filter(limit=limit))
    stamp()
    note(person, LIMITS, why=str(limit), **values)


def restore_limit(person: Person, limit: Limit, version: int) -> None:
    """Set a limit back to how it was delivered."""
    require(person, LIMITS)
    with transaction.atomic():
        write(person, limit, version, **BY_CODE[limit.code, limit.variant].row, enabled=True)


def take_frequencies(person: Person, name: str) -> None:
    """Take one of the delivered sets of how often customers of each grade are contacted."""
    require(person, LIMITS)
    if name not in FREQUENCIES:
        raise Unfit(Problem("name", "E_CHOICE", _("没有这一套频率")))
    chosen: Mapping[str, tuple[int, Unit]] = FREQUENCIES[name][1]
    with transaction.atomic():
        for limit in Limit.objects.filter(kind=Kind.CONTACT, variant__in=chosen):
            amount, unit = chosen[limit.variant]
            delivered = BY_CODE[limit.code, limit.variant].row["warns"]
            warns = [one for one in delivered if unit == Unit.MONTHS or one[0] >= 0]
            write(person, limit, limit.version, amount=amount, unit=unit, warns=warns, enabled=True)


def frequencies_now(limits: Mapping[tuple[str, str], Limit]) -> str:
    """Which delivered set is in force; none after other changes."""
    now = {one.variant: (one.amount, one.unit) for one in limits.values() if one.kind == Kind.CONTACT}
    return next((name for name, (_label, chosen) in FREQUENCIES.items() if chosen == now), "")
