"""Plans by condition: everybody who looks after a customer of which it is true gets a task, once a customer (R-002-32).

A plan sees what who made it sees, and no more: it asks the list of customers as that person would.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import may, near, require
from keji.access.trail import SYSTEM, note
from keji.agenda.models import Plan, Task
from keji.agenda.rules.calls import calls
from keji.agenda.rules.giving import give
from keji.agenda.rules.many import carry, enter, task
from keji.clocks.queries import calendar
from keji.customers.models import Customer, Need
from keji.customers.sheet import CUSTOMERS
from keji.database import one_of
from keji.kernel.calendar import add_workdays, month_end, week_end
from keji.kernel.clock import now, start_of, today
from keji.kernel.errors import Invalid, Problem, Unfit
from keji.records.listing import Asked, ask

WITHIN = {  # until when a task is to be done, from the day it is made on
    "WEEK": gettext_lazy("本周"),
    "NEXT_WEEK": gettext_lazy("下周"),
    "DAYS_3": gettext_lazy("3 个工作日内"),
    "DAYS_5": gettext_lazy("5 个工作日内"),
    "MONTH": gettext_lazy("月底"),
    "NEXT_MONTH": gettext_lazy("下个月底"),
}
KINDS = ("ACTION", "FOLLOWUP", "VISIT", "OTHER")
MOST = 2000  # tasks that a plan makes at once; what asks for more is too wide
MINE = 50  # plans a person
STEP = 500


def asked_of(person: Person, query: str) -> Asked:
    """What a query asks of the list of customers. Raises Invalid for what this person may not ask (any more)."""
    asked = ask(CUSTOMERS, person, QueryDict(query))
    if not asked.narrowed:
        raise Invalid("E_REQUIRED", _("请先在客户列表里选好条件"))
    if asked.words:
        raise Invalid("E_CHOICE", _("计划的条件不能是搜索的文字，请用筛选"))
    return asked


def matching(person: Person, query: str) -> QuerySet[Customer]:
    """The customers of whom it is true, among those the person may change."""
    return near(person, Customer, "change").filter(asked_of(person, query).where)


def make(person: Person, values: dict[str, Any]) -> tuple[Plan, int]:
    """Keep a plan (title, kind, within, note, query, lasting) and carry it out. Returns it, with how many tasks came of it.

    Raises Unfit with every problem at once.
    """
    require(person, "tasks.create")
    with transaction.atomic():
        found = wrong(person, values)
        if found:
            raise Unfit(*found)
        plan = Plan.objects.create(person=person, **values)
        count = carry_out(plan)
        note(person, "tasks.create", why=plan.title, plan=plan.pk, tasks=count)
    return plan, count


def wrong(person: Person, values: dict[str, Any]) -> list[Problem]:
    found = []
    if not values["title"]:
        found.append(Problem("title", "E_REQUIRED", _("请写明要做什么")))
    if values["kind"] not in KINDS:
        found.append(Problem("kind", "E_CHOICE", _("请选任务类型")))
    if values["within"] not in WITHIN:
        found.append(Problem("within", "E_CHOICE", _("请选什么时候做完")))
    if Plan.objects.filter(person=person, enabled=True).count() >= MINE:
        found.append(Problem("query", "E_TOO_MANY", _("每人最多 %(most)d 个计划，先停用几个") % {"most": MINE}))
    try:
        if matching(person, values["query"])[: MOST + 1].count() > MOST:
            said = _("符合条件的客户超过 %(most)d 家，请把条件收窄一些")
            found.append(Problem("query", "E_TOO_MANY", said % {"most": MOST}))
    except Invalid as error:
        found.append(Problem("query", error.code, error.message))
    return found


def carry_out(plan: Plan, ids: Iterable[int] | None = None) -> int:
    """Make the tasks that are missing, of all customers or of these. Returns how many. A plan nobody may ask any more makes none."""
    try:
        rows = matching(plan.person, plan.query)
    except Invalid:
        return 0
    rows = rows if ids is None else rows.filter(pk__in=one_of(ids))
    rows = rows.exclude(do_not_call=True) if calls(plan.title) else rows
    due = until(plan.within, today())
    count, last, people = 0, 0, house().people
    while count < MOST and (found := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "owner_id")[:STEP])):
        last = found[-1][0]
        with transaction.atomic():
            known = set(Task.objects.filter(source__in=one_of(source(plan, pk) for pk, _owner in found)).values_list("source", flat=True))
            fresh = [
                task(
                    SYSTEM,
                    kind=plan.kind,
                    title=plan.title,
                    note=plan.note,
                    due_at=start_of(due),
                    customer_id=pk,
                    assignee_id=owner if owner in people and people[owner].active else plan.person_id,
                    source=source(plan, pk),
                )
                for pk, owner in found
                if source(plan, pk) not in known
            ]
            enter(SYSTEM, fresh, plan.title)
            carry(fresh)
            give(plan.person, fresh)
        count += len(fresh)
    return count


def until(within: str, made: date) -> date:
    """The last day on which it is in time; a week ends with its last working day (R-002-32)."""
    if within in ("MONTH", "NEXT_MONTH"):
        return month_end(made, within == "NEXT_MONTH")
    if within in ("WEEK", "NEXT_WEEK"):
        return week_end(made, within == "NEXT_WEEK", calendar())
    return add_workdays(made, int(within.removeprefix("DAYS_")), calendar())[0]


def source(plan: Plan, customer: int) -> str:
    return f"plans:{plan.pk}:{customer}"


def carry_out_all(since: datetime | None = None) -> int:
    """Carry out the plans that last, for customers that changed since then, or for all. Returns how many tasks came of it."""
    plans = Plan.objects.filter(enabled=True, lasting=True, person__is_active=True).select_related("person").order_by("pk")
    ids = changed(since) if since and plans else None
    if ids is not None and not ids:
        return 0
    return sum(carry_out(one, ids) for one in plans if may(one.person, "tasks.create"))


def changed(since: datetime) -> set[int]:
    """The customers that were touched since then, or whose needs were."""
    needs = Need.objects.filter(changed_at__gte=since).values_list("customer_id", flat=True)
    return {*Customer.objects.filter(changed_at__gte=since).values_list("pk", flat=True), *needs}


def switch(person: Person, plan: Plan, on: bool) -> None:
    """Let a plan of one's own rest, or go on. Tasks that came of it stay."""
    require(person, "tasks.create")
    with transaction.atomic():
        if Plan.objects.filter(pk=plan.pk, person=person).exclude(enabled=on).update(enabled=on, changed_at=now()):
            note(person, "tasks.create", why=plan.title, plan=plan.pk, enabled=on)
