"""What the values of a follow-up must mean together (V-13). Pure: no database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.customers.rules.checks import HITS
from keji.kernel import sensitive
from keji.kernel.clock import day_of, is_day, start_of
from keji.kernel.errors import Problem

AHEAD = timedelta(minutes=5)  # clocks differ
BRIEF = 200  # characters after which the form says that shorter is better
DEPTHS = {
    "VISIT": "DEEP",
    "MEETING": "DEEP",
    "ONLINE_MEETING": "DEEP",
    "PROPOSAL": "DEEP",
    "SMS": "PUSH",
    "INFO_PUSH": "PUSH",
}
LONG = ("summary", "customer_feedback", "need_change", "objections", "decision_progress", "commitments")
ACTION = {
    "next_action": gettext_lazy("请写明下一步做什么"),
    "next_action_by": gettext_lazy("请选下一步由谁来做"),
    "next_action_due": gettext_lazy("请填下一步的截止日期"),
}


def depth(method: str) -> str:
    """How deep a communication of this method is, unless somebody says otherwise."""
    return DEPTHS.get(method, "REGULAR")


def over(at: datetime) -> datetime:
    """When a communication was over: of a day without a time, at the end of that day."""
    return start_of(day_of(at) + timedelta(days=1)) if is_day(at) else at


def check(values: Mapping[str, Any], now: datetime) -> list[Problem]:
    """Problems of a whole follow-up; soft ones are doubts that a person may accept with a reason."""
    found = []
    for name, message in (
        ("occurred_at", _("请填写跟进时间")),
        ("method", _("请选择跟进方式")),
        ("summary", _("请写一句沟通内容")),
    ):
        if not values.get(name):
            found.append(Problem(name, "E_REQUIRED", message))
    return found + check_times(values, now) + check_action(values) + check_texts(values)


def check_times(values: Mapping[str, Any], now: datetime) -> list[Problem]:
    found = []
    at, then = values.get("occurred_at"), values.get("next_followup_at")
    if at and at > now + AHEAD:
        found.append(Problem("occurred_at", "E_DATE_FUTURE", _("跟进时间不能晚于现在；将来的安排请填“下次跟进时间”")))
    if at and then and then < at and not same_day(at, then):
        found.append(Problem("next_followup_at", "E_LOGIC_ORDER", _("下次跟进时间不能早于这次的跟进时间")))
    due = values.get("next_action_due")
    if at and due and due < day_of(at):
        found.append(Problem("next_action_due", "E_LOGIC_ORDER", _("行动截止日期不能早于跟进时间")))
    return found


def same_day(at: datetime, then: datetime) -> bool:
    """True if `then` is the very day of `at`, without a time of day."""
    return is_day(then) and day_of(at) == day_of(then)


def check_action(values: Mapping[str, Any]) -> list[Problem]:
    """What, who and when: all three or none."""
    lacking = [name for name in ACTION if not values.get(name)]
    if len(lacking) in (0, len(ACTION)):
        return []
    return [Problem(name, "E_REQUIRED", str(ACTION[name])) for name in lacking]


def check_texts(values: Mapping[str, Any]) -> list[Problem]:
    """Card numbers, passwords and the like do not belong into free text."""
    found = []
    for name in LONG:
        told = values.get(name) or ""
        hits = [hit for hit in sensitive.hits(told) if not hit.weak] if len(told) > 3 else []
        kinds = dict.fromkeys(HITS.get(hit.kind, hit.kind) for hit in hits)
        if kinds:
            said = _("里面像有%(kinds)s，请删去") % {"kinds": _("、").join(map(str, kinds))}
            found.append(Problem(name, "W_SENSITIVE", said, soft=True))
    return found
