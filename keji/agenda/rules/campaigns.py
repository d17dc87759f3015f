"""Rounds in which everybody looks over their customers (R-000-46, R-000-47, R-002-27, R-004-36)."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import declare, near, require
from keji.access.trail import SYSTEM, note
from keji.agenda.models import OUTCOMES, Campaign, LookedOver, Task
from keji.agenda.queries import owners, progress
from keji.agenda.rules.giving import give
from keji.agenda.rules.many import OPENED, alter, ended, enter, task
from keji.clocks.models import Limit
from keji.clocks.rules.turns import at_turn
from keji.customers.models import Customer
from keji.customers.rules.owners import ALONG
from keji.customers.rules.tagging import put, take
from keji.customers.tagbook import tagbook
from keji.kernel.clock import now, start_of
from keji.kernel.errors import NotThere, Problem, Unfit

LEAD = declare("agenda.campaigns", gettext_lazy("结束客户梳理和核查"), "tasks", "change")
RISK = "流失风险"
NAMES = {
    "SLA-12": gettext_lazy("月末梳理客户状态，标注流失风险"),
    "SLA-13": gettext_lazy("每月核对客户信息，标记无效信息"),
    "SLA-14": gettext_lazy("每季度全面核查客户信息"),
}
DAYS = {"SLA-12": 5, "SLA-13": 5, "SLA-14": 14}  # to look everything over
# Who is at risk, by rule: the score of the insight issue adds its own. What they name gets the tag when a SLA-12 begins.
RISKY: list[Callable[[], Iterable[int]]] = []


@at_turn("SLA-12")
@at_turn("SLA-13")
@at_turn("SLA-14")
def begin(limit: Limit, turn: date) -> None:
    """Begin the round of a turn: one task for each owner of customers."""
    due = turn + timedelta(days=DAYS[limit.code])
    campaign, fresh = Campaign.objects.get_or_create(
        limit=limit.code, turn=turn, defaults={"due": due, "begun_at": now()}
    )
    if not fresh:
        return
    if limit.code == "SLA-12":
        mark_risky()
    ask(campaign, owners())


def ask(campaign: Campaign, people: Iterable[int]) -> None:
    """Give these owners the task to look over their customers."""
    title = str(NAMES[campaign.limit])
    told = {"kind": "REVIEW", "title": title, "due_at": start_of(campaign.due)}
    made = [task(SYSTEM, **told, assignee_id=pk, source=source(campaign, pk)) for pk in people]
    enter(SYSTEM, made, title)
    give(SYSTEM, made)


def source(campaign: Campaign, owner: int) -> str:
    return f"campaigns:{campaign.pk}:{owner}"


def round_id(task: Task) -> int | None:
    """The id of the round that a task asks somebody to look over customers for."""
    kind, _colon, rest = task.source.partition(":")
    return int(rest.split(":")[0]) if kind == "campaigns" else None


def round_of(task: Task) -> Campaign:
    """The round itself. Raises Unfit for another task."""
    pk = round_id(task)
    if pk is None:
        raise Unfit(Problem("id", "E_STATE", _("这个任务不是客户梳理")))
    return Campaign.objects.get(pk=pk)


def mark_risky() -> None:
    tag = tagbook().named(RISK)
    ids = sorted({pk for rule in RISKY for pk in rule()})
    if tag is not None and tag.offered and ids:
        put(SYSTEM, ids, [tag], None, _("月末梳理"))


def look_over(person: Person, campaign: Campaign, customer: Customer, outcome: str) -> None:
    """Say how a customer of one's own stands: right, corrected, at risk of leaving, or over and done with.

    The last customer ends the owner's task. Raises Unfit once the round is closed, NotThere for another's customer.
    """
    refuse_closed(campaign.closed_at is not None)
    if outcome not in OUTCOMES:
        raise Unfit(Problem("outcome", "E_CHOICE", _("请选核对结果")))
    if not near(person, Customer, "change").filter(pk=customer.pk).exists():
        raise NotThere(customer.pk)
    with transaction.atomic():
        told = {"outcome": outcome, "who": person, "at": now()}
        LookedOver.objects.update_or_create(campaign=campaign, customer=customer, defaults=told)
        tag = tagbook().named(RISK)
        if tag is not None and tag.offered:
            if outcome == "RISK":
                put(person, [customer.pk], [tag], None, _("梳理时标注"))
            elif outcome == "FINE":
                take(person, [customer.pk], [tag.id], _("梳理时取消"))
        finish(person, campaign, customer.owner_id)


def finish(person: Person, campaign: Campaign, owner: int | None) -> None:
    """End the task of an owner all of whose customers were looked over, or who has none any more."""
    if owner and all(one.done >= one.total for one in progress(campaign, owner)):
        waiting = Task.objects.filter(source=source(campaign, owner), state="OPEN")
        alter(person, [(one, ended(person, "DONE", f"campaigns:{campaign.pk}")) for one in waiting])


def go_along(person: Person, before: dict[int, int | None], owner: int | None) -> None:
    """What customers that change hands mean for the rounds that are open: who has them now looks them over."""
    for campaign in Campaign.objects.filter(closed_at=None):
        for other in {pk for pk in before.values() if pk}:
            finish(person, campaign, other)
        if owner and any(one.done < one.total for one in progress(campaign, owner)):
            there = list(Task.objects.filter(source=source(campaign, owner)))
            again = [(one, OPENED) for one in there if one.state != "OPEN"]
            alter(person, again, _("随客户转交"))
            if not there:
                ask(campaign, [owner])


ALONG.append(go_along)


def close(person: Person, campaign: Campaign, why: str = "") -> None:
    """Sign a round off. Before all is looked over it needs a reason (R-004-36)."""
    require(person, LEAD)
    refuse_closed(campaign.closed_at is not None)
    found = progress(campaign)
    left = sum(one.total - one.done for one in found)
    why = why.strip()[:200]
    if left and not why:
        raise Unfit(Problem("why", "E_REQUIRED", _("还有 %(n)d 个客户没有核对，提前结束请写明原因") % {"n": left}))
    with transaction.atomic():
        told = {"closed_at": now(), "closed_by": person, "why": why}
        refuse_closed(Campaign.objects.filter(pk=campaign.pk, closed_at=None).update(**told) != 1)
        waiting = Task.objects.filter(source__startswith=f"campaigns:{campaign.pk}:", state="OPEN")
        alter(person, [(one, ended(person, "DROPPED", f"campaigns:{campaign.pk}")) for one in waiting])
        note(person, LEAD, why=why, campaign=campaign.pk, left=left)


def refuse_closed(closed: bool) -> None:
    if closed:
        raise Unfit(Problem("campaign", "E_STATE", _("这一轮已经结束")))
