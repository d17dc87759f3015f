"""Writing a task down, its page, and what is done with it there."""

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.access.trail import AlreadyDone
from keji.agenda import forms, queries
from keji.agenda.pages.lists import line, near_customers, row
from keji.agenda.pages.pulse import moment, stale
from keji.agenda.rules import tasks, times
from keji.agenda.sheet import TASKS
from keji.customers.pages.panels import wanted
from keji.customers.pages.record import called
from keji.kernel.clock import SNOOZES, later, now
from keji.kernel.dates import day as parsed_day
from keji.kernel.errors import Invalid, Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records import files
from keji.records.pages import attempt, done, same_site, say, url


@door("tasks.create", "GET", "POST")
def task_new(request: Any) -> HttpResponse:
    """Write a task down; the customer comes along with the address, is found on the form, or there is none."""
    told = request.POST if request.method == "POST" else request.GET
    customer, lost = wanted(request.user, told.get("_customer", "")[:20].strip())
    if request.method == "GET":
        return new_page(request, customer, problems=lost)
    sent = forms.read(request.user, request.POST)
    wrong: Any = [*lost, *sent.hard]
    made = None
    if not wrong:
        try:
            made, wrong = attempt(
                lambda: tasks.add(
                    request.user,
                    sent.taken.values,
                    customer,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    once=request.POST.get("once", "")[:80],
                )
            )
        except AlreadyDone as error:
            return done(request, _("已经登记过了"), url("agenda:page", error.record_id))
    if made is None:
        return new_page(request, customer, sent, wrong)
    there = url("customers:page", customer.pk) if customer else url("agenda:mine")
    return done(request, _("已安排 %(title)s") % {"title": made.title}, same_site(request, told.get("then", ""), there))


def new_page(request: Any, customer: Any, sent: Any = None, problems: Any = ()) -> HttpResponse:
    lost = [one for one in problems if one.field == "_customer"]
    form = forms.task_form(request.user, sent=sent, problems=[one for one in problems if one not in lost])
    for one in form.fields:  # a day of the calendar brings itself along
        if one.name == "due_at" and sent is None:
            one.value = request.GET.get("due_at", "")[:20]
    context = {
        "form": form,
        "customer": customer,
        "lost": lost[0] if lost else None,
        "called": called(request, customer) if customer else "",
        "once": request.POST.get("once") or token_urlsafe(16),
        "back": url("customers:page", customer.pk) if customer else url("agenda:mine"),
    }
    return render(request, "agenda/new.html", context, status=422 if problems else 200)


@door("tasks.see")
def task_page(request: Any, pk: int) -> HttpResponse:
    """One task with its form, as far as the person may change it."""
    return page(request, queries.task(request.user, pk))


@door("tasks.change", "GET", "POST")
def task_edit(request: Any, pk: int) -> HttpResponse:
    task = queries.task(request.user, pk)
    if not may(request.user, "tasks.change", task):
        raise Refused("tasks.change")
    if request.method == "GET":
        return page(request, task)
    sent = forms.read(request.user, request.POST, task)
    wrong: Any = sent.hard
    if not wrong:
        version = request.POST.get("version", "")
        try:
            _task, wrong = attempt(
                lambda: tasks.revise(
                    request.user,
                    task,
                    sent.taken.values,
                    version=whole_id(version) or 0,
                    accept=sent.accept,
                    known=[problem for problem in sent.taken.problems if problem.soft],
                    why=request.POST.get("why", "")[:500],
                )
            )
        except Stale:
            return page(request, queries.task(request.user, pk), sent, [stale()], 409)
    if wrong:
        return page(request, queries.task(request.user, pk), sent, wrong, 422)
    return done(request, _("已保存"), url("agenda:page", pk))


def page(request: Any, task: Any, sent: Any = None, problems: Any = (), status: int = 200) -> HttpResponse:
    person = request.user
    it = TASKS.reader(person, [task.pk])(row(task))
    people = house().people
    grants = {verb: may(person, f"tasks.{verb}", task) for verb in ("change", "delete")}
    context = {
        "task": task,
        "it": it,
        "line": line(task, it, task.customer_id in near_customers(person, [task])),
        "form": forms.task_form(person, task, sent=sent, problems=problems) if grants["change"] and task.state == "OPEN" else None,
        "problems": problems,
        "may": grants,
        "people": sorted((one.name, pk) for pk, one in people.items() if one.active and pk != task.assignee_id),
        "files": files.panel(person, task, url("agenda:page", task.pk)) if task.customer_id else None,
    }
    return render(request, "agenda/task.html", context, status=status)


def acted(request: Any, pk: int, rule: Callable[[Any], Any], said: str) -> HttpResponse:
    """Do one thing with a task, and go back to where the person was."""
    task = queries.task(request.user, pk)
    try:
        _none, wrong = attempt(lambda: rule(task))
    except (Stale, Invalid) as error:
        wrong = (stale() if isinstance(error, Stale) else Problem("due_at", error.code, error.message),)
    there = same_site(request, request.POST.get("then", ""), url("agenda:page", pk))
    return done(request, wrong[0].message, there, messages.ERROR) if wrong else done(request, said, there)


@door("tasks.change", "POST")
def task_done(request: Any, pk: int) -> HttpResponse:
    return acted(request, pk, lambda task: tasks.done(request.user, task, request.POST.get("why", "")[:500]), _("已完成"))


@door("tasks.delete", "POST")
def task_drop(request: Any, pk: int) -> HttpResponse:
    return acted(request, pk, lambda task: tasks.drop(request.user, task, request.POST.get("why", "")[:500]), _("任务已取消"))


@door("tasks.change", "POST")
def task_reopen(request: Any, pk: int) -> HttpResponse:
    return acted(request, pk, lambda task: tasks.reopen(request.user, task), _("任务重新打开了"))


@door("tasks.change", "POST")
def task_snooze(request: Any, pk: int) -> HttpResponse:
    until = request.POST.get("until", "")

    def rule(task: Any) -> None:
        tasks.snooze(request.user, task, later(until, now()) if until in SNOOZES else moment(until))

    return acted(request, pk, rule, _("提醒已推迟，截止时间没有变"))


@door("tasks.change", "POST")
def task_hand_over(request: Any, pk: int) -> HttpResponse:
    to = whole_id(request.POST.get("assignee"))
    why = request.POST.get("why", "")[:500]
    return acted(request, pk, lambda task: tasks.hand_over(request.user, task, to, why), _("已转交"))


@door("tasks.change", "POST")
def task_move(request: Any, pk: int) -> HttpResponse:
    """Move a task to another day, by the calendar (which keeps the time of day) or by a time that was typed."""
    task = queries.task(request.user, pk)
    dragged = "day" in request.POST
    if not may(request.user, "tasks.change", task):
        raise Refused("tasks.change")

    def rule(task: Any) -> None:
        if dragged:
            found: Any = parsed_day(request.POST["day"][:10]).value
            due = times.on_day(task.due_at, found) if found else moment("")
        else:
            due = moment(request.POST.get("due_at", ""))
        tasks.move(request.user, task, due, version=whole_id(request.POST.get("version")))

    if not dragged or request.headers.get("HX-Request") != "true":
        return acted(request, pk, rule, _("已改期"))
    try:
        _none, wrong = attempt(lambda: rule(task))
    except (Stale, Invalid) as error:
        wrong = (stale() if isinstance(error, Stale) else Problem("due_at", error.code, error.message),)
    if wrong:
        return say(HttpResponse(status=409), wrong[0].message, "danger")
    moved = TASKS.reader(request.user, [pk])(row(task))["due_at"].text
    return say(HttpResponse(str(task.version), content_type="text/plain"), _("已改到 %(day)s") % {"day": moved})
