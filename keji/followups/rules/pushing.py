"""Information pushed to customers of grade C each month: only to those who agreed to it (R-003-31, 广告法 43)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import near
from keji.clocks.models import Clock
from keji.customers.models import Customer
from keji.customers.rules.consent import agreed
from keji.database import one_of
from keji.followups.rules.checks import depth
from keji.followups.rules.many import Told, log_many
from keji.kernel.calendar import end_of_day, month_end
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Unfit

LIMIT, GRADE = "SLA-10", "C"
MOST = 200  # customers at once


def waiting(person: Person) -> QuerySet[Customer]:
    """Customers of grade C near the person whom nobody has contacted enough for this month, whether they agreed or not."""
    end = end_of_day(month_end(today()))
    due = Clock.objects.filter(limit__code=LIMIT, record=Customer.RECORD, stopped_at=None, paused_at=None, due_at__lte=end)
    return near(person, Customer, "change").filter(grade=GRADE, pk__in=due.values("record_id"))


def listed(person: Person) -> QuerySet[Customer]:
    """Those of them who agreed, the one that was contacted longest ago on top."""
    return waiting(person).filter(agreed()).order_by("last_followup_at", "pk")


def push(person: Person, ids: Sequence[int], method: str, summary: str) -> tuple[int, int]:
    """Write down that something was sent to these customers. Returns how many, and how many were left out.

    Left out are those who did not agree or no longer do, those who were contacted meanwhile, and of those who want
    no calls all that would be sent to their telephone. Raises Unfit.
    """
    wanted = list(dict.fromkeys(ids))
    found = [Problem("ids", "E_REQUIRED", _("请先选择客户"))] if not wanted else []
    if len(wanted) > MOST:
        found.append(Problem("ids", "E_TOO_MANY", _("一次最多推送 %(most)d 家") % {"most": MOST}))
    if depth(method) != "PUSH":
        found.append(Problem("method", "E_CHOICE", _("请选短信或行业资讯")))
    if not summary.strip():
        found.append(Problem("summary", "E_REQUIRED", _("请写一句推送了什么")))
    if found:
        raise Unfit(*found)
    rows = listed(person).filter(pk__in=one_of(wanted))
    customers = list(rows.filter(do_not_call=False) if method == "SMS" else rows)
    values: dict[str, Any] = {"method": method, "kind": "PUSH", "summary": summary, "occurred_at": now()}
    told = [Told(one, dict(values), imported=False) for one in customers]
    count = log_many(person, told, _("信息推送"))
    for one in told:
        if one.problems:
            raise Unfit(*one.problems)
    return count, len(wanted) - count
