"""Writing tasks down, doing them, putting them off, handing them on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.trail import change
from keji.agenda.models import Task
from keji.agenda.queries import INDEX
from keji.agenda.rules import actions  # noqa: F401 -- declares what is required below
from keji.agenda.rules.calls import unwelcome
from keji.agenda.rules.giving import give
from keji.agenda.rules.heartbeat import carry
from keji.agenda.rules.times import MOST, reminder
from keji.customers.models import Customer
from keji.customers.rules.register import settle
from keji.database.search import Words
from keji.kernel.clock import day_of, now, today
from keji.kernel.errors import Problem, Stale, Unfit


def add(
    person: Person,
    values: Mapping[str, Any],
    customer: Customer | None = None,
    *,
    about: tuple[str, int] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
) -> Task:
    """Write a task down, for oneself unless somebody else is named. `about` is the record beside the customer.

    Raises Unfit with every problem at once, Refused, or AlreadyDone for a token that came before.
    """
    task = Task(customer=customer, created_by=person, assignee_id=person.pk)
    task.record, task.record_id = about or ("", None)
    with transaction.atomic():
        with change(person, task, "tasks.create", once=once):
            fill(task, values)
            settle(task, person, [*known, *check(task), *check_past(task)], accept or {})
        found_by(task)
        carry([task])
        give(person, [task])
    return task


def fill(task: Task, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name == "assignee":
            task.assignee_id = value or task.assignee_id
        elif name == "due_at":
            task.due_at, task.remind_at = value, reminder(value)
        else:
            setattr(task, name, value or ("OTHER" if name == "kind" else ""))


def check(task: Task) -> list[Problem]:
    """Everything that is wrong with a task as it stands, and what is doubtful."""
    found = []
    if not task.title:
        found.append(Problem("title", "E_REQUIRED", _("请写明要做什么")))
    known = house().people.get(task.assignee_id or 0)
    if task.assignee_id and not (known and known.active):
        found.append(Problem("assignee", "E_OWNER", _("任务负责人须是在职人员")))
    if task.kind == "FOLLOWUP" and task.due_at is None:
        found.append(Problem("due_at", "E_REQUIRED", _("跟进须有日期")))
    if task.kind == "FOLLOWUP" and task.customer_id is None:
        found.append(Problem("_customer", "E_REQUIRED", _("请先选择客户")))
    return found + (unwelcome("title", task.customer, task.title) if task.customer is not None else [])


def check_past(task: Task) -> list[Problem]:
    if task.due_at is not None and day_of(task.due_at) < today():
        return [Problem("due_at", "E_DATE_PAST", _("截止时间已经过去了"))]
    return []


def found_by(task: Task) -> None:
    """Write anew what a task is found by."""
    INDEX.write([(task.pk, Words(text=[task.title]))])


def reindex(ids: Iterable[int]) -> None:
    rows = Task.objects.filter(pk__in=list(ids), deleted_at=None).values_list("pk", "title")
    INDEX.write((pk, Words(text=[title])) for pk, title in rows)


def revise(
    person: Person,
    task: Task,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
) -> Task:
    """Change these fields of an open task. Raises Unfit, Refused, or Stale if `version` is no longer its version."""
    if version is not None and version != task.version:
        raise Stale(task, Task.objects.filter(pk=task.pk).first())
    still(task, "OPEN")
    due, assignee = task.due_at, task.assignee_id
    with transaction.atomic():
        with change(person, task, "tasks.change", why):
            fill(task, values)
            found = [*known, *check(task), *(check_past(task) if task.due_at != due else ())]
            settle(task, person, [one for one in found if not one.soft or one.field in values], accept or {})
        if task.due_at != due:
            remind_anew(task)
        found_by(task)
        carry([task])
        if task.assignee_id != assignee:
            give(person, [task])
    return task


def still(task: Task, *states: str) -> None:
    """Stop what is meant for a task in another state."""
    if task.state not in states:
        said = {"OPEN": _("这个任务还没有结束"), "DONE": _("这个任务已经完成"), "DROPPED": _("这个任务已经取消")}
        raise Unfit(Problem("state", "E_STATE", said[task.state]))


def end(person: Person, task: Task, state: str, action: str, why: str) -> None:
    still(task, "OPEN")
    with transaction.atomic():
        with change(person, task, action, why):
            task.state, task.ended_at, task.ended_by = state, now(), person
        carry([task])


def done(person: Person, task: Task, why: str = "") -> None:
    """Say that a task is done. A follow-up is done by logging it; without a record the lists say that one is missing."""
    end(person, task, "DONE", "tasks.change", why)


def drop(person: Person, task: Task, why: str = "") -> None:
    """Give a task up. It stays readable with the reason."""
    end(person, task, "DROPPED", "tasks.delete", why)


def reopen(person: Person, task: Task, why: str = "") -> None:
    """Take back that a task was done or given up."""
    still(task, "DONE", "DROPPED")
    action = "tasks.delete" if task.state == "DROPPED" else "tasks.change"
    with transaction.atomic():
        with change(person, task, action, why or _("恢复")):
            task.state, task.ended_at, task.ended_by, task.ended_with = "OPEN", None, None, ""
        carry([task])


def snooze(person: Person, task: Task, until: datetime) -> None:
    """Be reminded of a task later. What is due stays due.

    Colours, violations and escalations reckon from `due_at`, so nobody makes an overdue task look like a planned one
    by putting its reminder off, and what a manager is told does not wait for it. Who has agreed on another day with the
    customer moves the task, and that stands in the trail as what it is: another promise.
    """
    still(task, "OPEN")
    if until <= now():
        raise Unfit(Problem("until", "E_DATE_PAST", _("提醒时间要在现在以后")))
    if until > now() + MOST:
        raise Unfit(Problem("until", "E_RANGE", _("最多推迟一年")))
    with transaction.atomic():
        with change(person, task, "tasks.change", _("推迟提醒")):
            task.remind_at = until
        remind_anew(task)


def remind_anew(task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(reminded_at=None)
    task.reminded_at = None


def move(person: Person, task: Task, due: datetime, why: str = "", version: int | None = None) -> None:
    """Have a task due at another time, of which is then reminded."""
    if version is not None and version != task.version:
        raise Stale(task, Task.objects.filter(pk=task.pk).first())
    still(task, "OPEN")
    if task.due_at == due:
        return
    with transaction.atomic():
        with change(person, task, "tasks.change", why or _("改期")):
            task.due_at, task.remind_at = due, reminder(due)
            if found := check_past(task):
                raise Unfit(*found)
        remind_anew(task)
        carry([task])


def hand_over(person: Person, task: Task, to: int | None, why: str = "") -> None:
    """Give a task to somebody else to do."""
    still(task, "OPEN")
    if not to:
        raise Unfit(Problem("assignee", "E_REQUIRED", _("请选交给谁")))
    if task.assignee_id == to:
        raise Unfit(Problem("assignee", "E_SAME_OWNER", _("已经由这位负责")))
    with transaction.atomic():
        with change(person, task, "tasks.change", why or _("转交")):
            task.assignee_id = to
            if found := [one for one in check(task) if one.field == "assignee"]:
                raise Unfit(*found)
        remind_anew(task)
        give(person, [task])
