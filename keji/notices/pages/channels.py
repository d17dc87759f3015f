"""How one wants to be told: kinds, ways, quiet hours; own robots; and for who keeps them, the robots of teams and the log."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door, open_door
from keji.access.queries import team as team_of
from keji.access.queries import teams
from keji.kernel.errors import Problem
from keji.kernel.numbers import whole_id
from keji.notices import jobs, queries
from keji.notices.pages.hooks import NO_PROBLEM, TONES, version
from keji.notices.rules import channels as rules
from keji.notices.rules.channels import CHANNELS, WAYS
from keji.notices.rules.kinds import KINDS, offered
from keji.notices.rules.outcomes import WHY
from keji.notices.rules.robots import ROBOTS
from keji.notices.rules.sending import TRIES
from keji.records.pages import attempt, done, url

OWN = "how one wants to be told oneself"
BLANK = {"medium": "", "name": "", "address": "", "secret": "", "team": ""}


@open_door(OWN, "GET", "POST", signed_in=True)
def choices(request: Any) -> HttpResponse:
    if request.method == "GET":
        return choices_page(request)
    told = {name: request.POST.getlist(name)[:10] for name in KINDS}
    quiet = (clock(request.POST.get("quiet_from", "")), clock(request.POST.get("quiet_until", "")))
    digest = request.POST.get("digest") == "1"
    _nothing, problems = attempt(lambda: rules.choose(request.user, told, quiet, digest))
    if problems:
        return choices_page(request, problems, told)
    return done(request, _("已保存。"), url("notices:choices"))


def clock(text: str) -> int | None:
    """A time of day as minutes; -1 for what is none."""
    if not text:
        return None
    hours, _colon, minutes = text.partition(":")
    fine = hours.isdecimal() and minutes.isdecimal() and text.isascii() and int(hours) < 24 and int(minutes) < 60
    return int(hours) * 60 + int(minutes) if fine else -1


def face(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def choices_page(
    request: Any, problems: tuple[Problem, ...] = NO_PROBLEM, told: dict[str, list[str]] | None = None
) -> HttpResponse:
    """How the person is told, or, beside what is wrong with it, what was just filled in."""
    person = request.user
    known, own = rules.chosen(person), queries.channels_of(person)
    kept: dict[str, Any] = {"quiet_from": face(known.quiet_from), "quiet_until": face(known.quiet_until), "digest": known.digest}
    if told is not None:
        kept = {name: request.POST.get(name, "")[:5] for name in kept}
    context = {
        "kinds": [(kind, (told or known.ways)[kind.name]) for kind in offered(person)],
        "ways": [(code, text) for code, text in WAYS.items() if code != "GROUP" or queries.has_group(person)],
        "told": kept,
        "problems": by_field(problems),
        "mail": next((one for one in own if one.medium == "MAIL"), None),
        "mail_ready": settings.MAIL,
        "channels": [row(one) for one in own],
        "failures": [failure(line) for line in queries.failures(own)],
    }
    return render(request, "notices/choices.html", context, status=422 if problems else 200)


def by_field(problems: tuple[Problem, ...]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem)
    return found


def row(channel: Any) -> dict[str, Any]:
    """A channel as it stands in a list: where it leads only shortened."""
    return {
        "pk": channel.pk,
        "medium": channel.get_medium_display(),
        "mail": channel.medium == "MAIL",
        "name": channel.name,
        "team": channel.team.name if channel.team else "",
        "person": channel.person.name if channel.person else "",
        "where": rules.short(channel),
        "off": channel.off,
        "state": channel.get_off_display(),
        "tone": "green" if not channel.off else "grey" if channel.off == "HAND" else "red",
        "failures": channel.failures,
        "parked": channel.parked,
    }


def failure(line: Any) -> dict[str, Any]:
    """A line of the log: how it went, never what it said."""
    channel = line.channel
    return {
        "pk": line.pk,
        "channel": channel.pk,
        "key": line.key,
        "at": line.made_at,
        "medium": channel.get_medium_display(),
        "whose": channel.person.name if channel.person else channel.team.name,
        "state": line.get_state_display(),
        "tone": TONES[line.state],
        "waits": line.state == "WAITING",
        "off": channel.off,
        "why": WHY.get(line.why, line.why),
        "status": line.status,
        "tries": line.tries,
        "most": TRIES,
        "due": line.due_at,
        "own": bool(channel.person),
    }


@open_door(OWN, "POST", signed_in=True)
def mail(request: Any) -> HttpResponse:
    on = request.POST.get("on") == "1"
    _nothing, problems = attempt(lambda: rules.switch_mail(request.user, on))
    if problems:
        return choices_page(request, problems)
    said = _("以后的消息会发到你的邮箱。") if on else _("以后不再发邮件。")
    return done(request, said, url("notices:choices"))


@open_door(OWN, "GET", "POST", signed_in=True, recent=True)
def robot_add(request: Any) -> HttpResponse:
    """A robot that somebody else could add here would read along: who signed in long ago types the password again."""
    if request.method == "GET":
        return robot_form(request, None, BLANK, url("notices:choices"))
    told = read(request)
    _made, problems = attempt(lambda: rules.add_robot(request.user, *four(told)))
    if problems:
        return robot_form(request, None, told, url("notices:choices"), problems)
    return done(request, _("机器人已添加，发个测试看看。"), url("notices:choices"))


@door(CHANNELS, "GET", "POST", recent=True)
def team_robot_add(request: Any) -> HttpResponse:
    if request.method == "GET":
        return robot_form(request, None, BLANK, url("notices:channels"), of_team=True)
    told = read(request)
    team = whole_id(told["team"]) or 0
    _made, problems = attempt(lambda: rules.add_robot(request.user, *four(told), team=team_of(team)))
    if problems:
        return robot_form(request, None, told, url("notices:channels"), problems, of_team=True)
    return done(request, _("机器人已添加，发个测试看看。"), url("notices:channels"))


def read(request: Any) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip()[:501] for name in BLANK}


def four(told: dict[str, str]) -> tuple[str, str, str, str]:
    return told["medium"], told["name"], told["address"], told["secret"]


@open_door(OWN, "GET", "POST", signed_in=True, recent=True)
def robot_edit(request: Any, pk: int) -> HttpResponse:
    channel = rules.robot(request.user, pk)
    if request.method == "GET":
        return robot_form(request, channel, {**BLANK, "name": channel.name}, home(channel))
    told = read(request)
    rule = lambda: rules.revise_robot(request.user, channel, version(request), *four(told)[1:])  # noqa: E731
    _nothing, problems = attempt(rule)
    if problems:
        return robot_form(request, channel, told, home(channel), problems)
    return done(request, _("已保存。"), home(channel))


def robot_form(
    request: Any,
    channel: Any,
    told: dict[str, str],
    back: str,
    problems: tuple[Problem, ...] = NO_PROBLEM,
    of_team: bool = False,
) -> HttpResponse:
    context = {
        "channel": channel,
        "where": rules.short(channel) if channel else "",
        "told": told,
        "back": back,
        "problems": by_field(problems),
        "mediums": [(code, queries.MEDIUMS[code]) for code in ROBOTS],
        "hints": [(queries.MEDIUMS[code], robot.hint) for code, robot in ROBOTS.items()],
        "teams": [(one.pk, one.name) for one in teams()] if of_team else [],
        "basis": request.POST.get("version") or (channel.version if channel else ""),
    }
    return render(request, "notices/robot.html", context, status=422 if problems else 200)


def home(channel: Any) -> str:
    return url("notices:channels") if channel.team_id else url("notices:choices")


def after(request: Any, pk: int, rule: Callable[[Any], Any], said: str) -> HttpResponse:
    """Do something to a channel, send what is due at once, and go back to where it stands."""
    channel = rules.channel(request.user, pk)
    _nothing, problems = attempt(lambda: rule(channel))
    if problems:
        page = log_page if channel.team_id else choices_page
        return page(request, problems)
    jobs.wake()
    return done(request, said, home(channel))


@open_door(OWN, "POST", signed_in=True)
def channel_switch(request: Any, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    said = _("已启用。") if on else _("已停用，还没发出的已停住。")
    return after(request, pk, lambda channel: rules.switch_channel(request.user, channel, on), said)


@open_door(OWN, "POST", signed_in=True)
def channel_test(request: Any, pk: int) -> HttpResponse:
    said = _("测试已发出，几秒后看看收到没有。")
    return after(request, pk, lambda channel: rules.try_channel(request.user, channel), said)


@open_door(OWN, "POST", signed_in=True)
def channel_again(request: Any, pk: int) -> HttpResponse:
    return after(request, pk, lambda channel: rules.send_again(request.user, channel), _("停住的都已重新排队。"))


@open_door(OWN, "POST", signed_in=True)
def channel_line_again(request: Any, pk: int, line: int) -> HttpResponse:
    return after(request, pk, lambda channel: rules.send_again(request.user, channel, line), _("已重新排队。"))


@open_door(OWN, "POST", signed_in=True)
def channel_drop(request: Any, pk: int) -> HttpResponse:
    channel = rules.robot(request.user, pk)
    rules.drop_channel(request.user, channel)
    return done(request, _("机器人已删除。"), home(channel))


@door(CHANNELS)
def channel_list(request: Any) -> HttpResponse:
    return log_page(request)


def log_page(request: Any, problems: tuple[Problem, ...] = NO_PROBLEM) -> HttpResponse:
    """The robots of teams, and how everything went that was to go out: without a word of what it said."""
    state = request.GET.get("state", "")
    state, before = state if state in TONES else "", whole_id(request.GET.get("before", "")) or 0
    page = queries.log(request.user, state, before)
    home = url("notices:channels")
    context = {
        "problems": problems,
        "mail": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if settings.MAIL else "",
        "sender": settings.MAIL_FROM,
        "channels": [row(one) for one in queries.team_channels(request.user)],
        "lines": [failure(line) for line in page.lines],
        "views": [
            {"text": text, "href": f"{home}?state={code}" if code else home, "on": code == state}
            for code, text in (("", _("全部")), *((code, queries.STATES[code]) for code in TONES))
        ],
        "next": f"?state={state}&before={page.last}" if page.more else "",
        "first": f"{home}?state={state}" if before else "",
    }
    return render(request, "notices/channels.html", context, status=422 if problems else 200)
