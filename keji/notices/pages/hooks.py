"""The page of the hooks: what is sent where, what arrived and what did not; add, change, try, switch, send again."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.rules.roles import TRAIL
from keji.access.scope import RECORDS, may
from keji.kernel.errors import Problem
from keji.kernel.numbers import whole_id
from keji.notices import jobs, queries
from keji.notices.rules import hooks as rules
from keji.notices.rules.hooks import HOOKS
from keji.notices.rules.outcomes import WHY
from keji.notices.rules.sending import TRIES
from keji.records.pages import attempt, done, url

SIZE = 50
TONES = {"WAITING": "amber", "SENT": "green", "PARKED": "red", "WITHHELD": "grey"}
NO_PROBLEM: tuple[Problem, ...] = ()


@door(HOOKS)
def hook_list(request: Any) -> HttpResponse:
    return render(request, "notices/hooks.html", {"hooks": queries.hooks(request.user), "blind": blind(request)})


def blind(request: Any) -> bool:
    return queries.sees_nothing(request.user)


@door(HOOKS, "GET", "POST")
def hook_add(request: Any) -> HttpResponse:
    if request.method == "GET":
        return hook_form(request, None, {"name": "", "address": "", "events": []})
    told = read(request)
    made, problems = attempt(lambda: rules.add_hook(request.user, **told))
    if problems:
        return hook_form(request, None, told, problems)
    return secret_page(request, *made)


def read(request: Any) -> dict[str, Any]:
    told: dict[str, Any] = {name: request.POST.get(name, "").strip()[:501] for name in ("name", "address")}
    return {**told, "events": request.POST.getlist("events")[:100]}


@door(HOOKS, "GET", "POST")
def hook_edit(request: Any, pk: int) -> HttpResponse:
    hook = queries.hook(request.user, pk)
    if request.method == "GET":
        return hook_form(request, hook, {"name": hook.name, "address": hook.address, "events": hook.events})
    told = read(request)
    _nothing, problems = attempt(lambda: rules.revise_hook(request.user, hook, version(request), **told))
    if problems:
        return hook_form(request, hook, told, problems)
    return done(request, _("已保存。以后按你的权限发送。"), url("notices:hook", pk))


def version(request: Any) -> int:
    """The version that the form was filled from; what is no number never matches."""
    return whole_id(request.POST.get("version", "")) or 0


def hook_form(request: Any, hook: Any, told: dict[str, Any], problems: tuple[Problem, ...] = NO_PROBLEM) -> HttpResponse:
    wrong: dict[str, list[Problem]] = {}
    for problem in problems:
        wrong.setdefault(problem.field, []).append(problem)
    context = {
        "hook": hook,
        "told": told,
        "problems": wrong,
        "offered": queries.offered(),
        "blind": blind(request),
        "basis": request.POST.get("version") or (hook.version if hook else ""),
    }
    return render(request, "notices/edit.html", context, status=422 if problems else 200)


def secret_page(request: Any, hook: Any, secret: str, both: bool = False) -> HttpResponse:
    """The secret, on this answer and never again; `both` if the old one still counts."""
    return render(request, "notices/secret.html", {"hook": hook, "secret": secret, "both": both})


@door(HOOKS)
def hook_page(request: Any, pk: int) -> HttpResponse:
    return one_page(request, pk)


def one_page(request: Any, pk: int, problems: tuple[Problem, ...] = NO_PROBLEM) -> HttpResponse:
    hook, state = queries.hook(request.user, pk), request.GET.get("state", "")
    state = state if state in TONES else ""
    before = whole_id(request.GET.get("before", "")) or 0
    found = queries.deliveries(hook, state, before, SIZE + 1)
    more, found = len(found) > SIZE, found[:SIZE]
    counts = queries.counts(hook)
    asked = {"state": state} if state else {}
    context = {
        "hook": hook,
        "problems": problems,
        "views": [view(hook, "", state, None), *(view(hook, one, state, counts[one]) for one in TONES)],
        "parked": counts["PARKED"],
        "lines": [line(row, entry, may(request.user, TRAIL)) for row, entry in found],
        "events": [queries.event(code) for code in hook.events],
        "next": "?" + urlencode({**asked, "before": found[-1][0].pk}) if more else "",
        "first": url("notices:hook", pk) + ("?" + urlencode(asked) if asked else "") if before else "",
    }
    return render(request, "notices/hook.html", context, status=422 if problems else 200)


def view(hook: Any, state: str, asked: str, count: int | None) -> dict[str, Any]:
    text, href = queries.STATES[state] if state else _("全部"), url("notices:hook", hook.pk)
    return {
        "text": text,
        "href": f"{href}?state={state}" if state else href,
        "on": state == asked,
        "count": count,
        "alert": state == "PARKED" and bool(count),
    }


def line(row: Any, entry: Any, with_record: bool) -> dict[str, Any]:
    """A delivery for the log; which record it was about is told to those who may read the trail."""
    return {
        "pk": row.pk,
        "key": row.key,
        "at": row.made_at,
        "event": queries.event(entry.action) if entry else _("测试"),
        "record": f"{RECORDS.get(entry.record, '')} {entry.record_id}" if entry and with_record else "",
        "state": row.get_state_display(),
        "tone": TONES[row.state],
        "waits": row.state == "WAITING",
        "tries": row.tries,
        "most": TRIES,
        "due": row.due_at,
        "why": WHY.get(row.why, row.why),
        "status": row.status,
        "milliseconds": row.milliseconds,
    }


def after(request: Any, pk: int, rule: Callable[[Any], Any], said: str) -> HttpResponse:
    """Do something to a hook, send what is due at once, and go back to its page."""
    hook = queries.hook(request.user, pk)
    _nothing, problems = attempt(lambda: rule(hook))
    if problems:
        return one_page(request, pk, problems)
    jobs.wake()
    return done(request, said, url("notices:hook", pk))


@door(HOOKS, "POST")
def hook_switch(request: Any, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    said = _("已启用，从现在起的变化会发送。") if on else _("已停用，还没发出的已停住。")
    return after(request, pk, lambda hook: rules.switch_hook(request.user, hook, on), said)


@door(HOOKS, "POST")
def hook_secret(request: Any, pk: int) -> HttpResponse:
    hook = queries.hook(request.user, pk)
    secret = rules.change_secret(request.user, hook, version(request))
    return secret_page(request, hook, secret, both=rules.keeps_old(hook))


@door(HOOKS, "POST")
def hook_test(request: Any, pk: int) -> HttpResponse:
    return after(request, pk, lambda hook: rules.try_out(request.user, hook), _("测试已发出，几秒后刷新看结果。"))


@door(HOOKS, "POST")
def hook_again(request: Any, pk: int) -> HttpResponse:
    return after(request, pk, lambda hook: rules.send_again(request.user, hook), _("停住的都已重新排队。"))


@door(HOOKS, "POST")
def line_again(request: Any, pk: int, line: int) -> HttpResponse:
    return after(request, pk, lambda hook: rules.send_again(request.user, hook, line), _("已重新排队。"))


@door(HOOKS, "POST")
def hook_drop(request: Any, pk: int) -> HttpResponse:
    rules.drop_hook(request.user, queries.hook(request.user, pk))
    return done(request, _("回调已删除。"), url("notices:hooks"))
