"""The popover of the heartbeat: what is next with a customer or a deal, done, put off, planned, or not needed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may, require
from keji.agenda import queries
from keji.agenda.rules import steps, tasks, times
from keji.agenda.rules.suggesting import by_grade, likely
from keji.agenda.sheet import TASKS
from keji.customers import queries as customers
from keji.customers.pages.panels import row_of
from keji.customers.sheet import CUSTOMERS
from keji.kernel.clock import SNOOZES, later, now
from keji.kernel.errors import Invalid, NotThere, Problem, Stale, Unfit
from keji.records.entry import posted_accepts
from keji.records.kinds import When
from keji.records.pages import attempt, done, heartbeat, part, say, url
from keji.records.sheet import Sheet

PAGE = "agenda/pulse.html"
IN_SIGHT = ("title", "due_at", "assignee", "remind_at")


@dataclass(frozen=True)
class Heart:
    """The record whose next step it is, and where its pages are."""

    record: Any
    customer: Any
    sheet: Sheet
    row: Callable[[Any], Any]
    here: str
    page: str

    @property
    def about(self) -> tuple[str, int] | None:
        return None if self.sheet is CUSTOMERS else (self.record.RECORD, self.record.pk)


@door("tasks.see", "GET", "POST")
def of_customer(request: Any, pk: int) -> HttpResponse:
    def heart() -> Heart:
        customer = customers.customer(request.user, pk)
        return Heart(customer, customer, CUSTOMERS, lambda one: one.__dict__, url("agenda:pulse", pk), url("customers:page", pk))

    return pulse(request, heart)


def pulse(request: Any, heart: Callable[[], Heart]) -> HttpResponse:
    """Show the popover, or do what it asks for. Raises NotThere for those who do not read when the next step is."""
    here = heart()
    if "next_followup_at" not in here.sheet.readable(request.user):
        raise NotThere(here.record.pk)
    if request.method == "GET":
        return shown(request, here)
    try:
        said, wrong = attempt(lambda: does(request, here))
    except (Stale, Invalid) as error:
        said, wrong = "", (stale() if isinstance(error, Stale) else Problem("then", error.code, error.message),)
    if wrong:
        return shown(request, heart(), wrong, 422)
    if request.headers.get("HX-Request") != "true":
        return done(request, said, here.page, messages.SUCCESS)
    fresh = heart()
    answer = part(request, PAGE, "beating", {"cell": beat_of(request.user, fresh)})
    return say(answer, said, also={"planned": {"href": here.here}})


def stale() -> Problem:
    return Problem("task", "E_STALE", _("别人刚改过这个任务，请核对后再试"))


def does(request: Any, here: Heart) -> str:
    """One thing, or done and the next one planned: both or neither. Returns what is said of it."""
    what, told = request.POST.get("do", ""), request.POST
    rule = DOES.get(what)
    if rule is None:
        raise Unfit(Problem("do", "E_CHOICE", _("请选要做什么")))
    with transaction.atomic():
        return rule(request.user, here, told)


def task_of(person: Any, here: Heart, told: Any) -> Any:
    """The task that stood in the popover. Raises Stale if another one is next by now, or it has changed."""
    task = queries.next_of(person, here.record.RECORD, here.record.pk)
    if task is None or (str(task.pk), str(task.version)) != (told.get("task"), told.get("version")):
        raise Stale
    return task


def do_done(person: Any, here: Heart, told: Any) -> str:
    tasks.done(person, task_of(person, here, told))
    if told.get("then", "").strip():
        return do_plan(person, here, told)
    return _("已完成")


def do_plan(person: Any, here: Heart, told: Any) -> str:
    due, title = moment(told.get("then", "")), told.get("title", "")[:400].strip()
    require(person, "tasks.create")
    if wrong := steps.aimless("title", here.customer, title):
        raise Unfit(*wrong)
    values = {"kind": "FOLLOWUP", "title": title or _("下次跟进"), "due_at": due}
    owner = here.customer.owner_id
    values |= {"assignee": owner or person.pk}
    tasks.add(person, values, here.customer, about=here.about, accept=posted_accepts(told))
    return _("已安排 %(day)s 跟进") % {"day": When().show(due)}


def do_move(person: Any, here: Heart, told: Any) -> str:
    due = moment(told.get("then", ""))
    tasks.move(person, task_of(person, here, told), due)
    return _("已改到 %(day)s") % {"day": When().show(due)}


def do_snooze(person: Any, here: Heart, told: Any) -> str:
    until = told.get("until", "")
    if until not in SNOOZES:
        raise Unfit(Problem("until", "E_CHOICE", _("请选什么时候再提醒")))
    at = later(until, now())
    tasks.snooze(person, task_of(person, here, told), at)
    return _("%(at)s 再提醒，截止时间没有变") % {"at": When().show(at)}


def do_rest(person: Any, here: Heart, told: Any) -> str:
    steps.rest(person, here.record, told.get("why", "")[:200])
    return _("已记下不用安排的原因")


DOES = {"done": do_done, "plan": do_plan, "move": do_move, "snooze": do_snooze, "rest": do_rest}


def moment(raw: str) -> Any:
    """The day or the time that was typed. Raises Invalid or Unfit."""
    found = When().parse(raw[:60]).value
    if found is None:
        raise Unfit(Problem("then", "E_REQUIRED", _("请填下次什么时候")))
    return found


def shown(request: Any, here: Heart, problems: tuple[Problem, ...] = (), status: int = 200) -> HttpResponse:
    person = request.user
    task, grade = queries.next_of(person, here.record.RECORD, here.record.pk), grade_of(person, here)
    it = here.sheet.reader(person, [here.record.pk])(here.row(here.record))
    context = {
        "here": here,
        "it": it,
        "cell": beat_of(person, here),
        "called": it["name"].text,
        "task": read(person, task) if task else None,
        "may": {
            "plan": may(person, "tasks.create") and queries.may_plan(person, here.customer),
            "change": bool(task) and may(person, "tasks.change", task),
            "rest": may(person, f"{here.record.RECORD}.change", here.record),
            "log": may(person, "followups.create") and may(person, "customers.change", here.customer),
        },
        "then": request.POST.get("then", "") if problems else by_grade(grade),
        "title": request.POST.get("title", ""),
        "aimed": bool(steps.aimless("title", here.customer)),
        "why": request.POST.get("why", ""),
        "days": likely(grade),
        "problems": problems,
    }
    if request.headers.get("HX-Request") == "true":
        return part(request, PAGE, "inside", context, status)
    return render(request, PAGE, context, status=status)


def read(person: Any, task: Any) -> dict[str, Any]:
    columns = [TASKS.by_name[name] for name in IN_SIGHT]
    it = TASKS.reader(person, [task.pk], columns)(row_of(task, task.customer))
    later = task.remind_at is not None and task.remind_at > now() and task.remind_at != times.reminder(task.due_at)
    return {"pk": task.pk, "version": task.version, "it": it, "later": later}


def beat_of(person: Any, here: Heart) -> Any:
    """The mark of the row as lists draw it."""
    names = ("next_followup_at", "heartbeat")
    columns = [here.sheet.by_name[name] for name in names]
    line = here.sheet.reader(person, [here.record.pk], columns)(here.row(here.record))
    return heartbeat(line, columns[0], here.here)


def grade_of(person: Any, here: Heart) -> str:
    """The grade of the customer, for those who read it."""
    return here.customer.grade if "grade" in CUSTOMERS.readable(person) else ""
