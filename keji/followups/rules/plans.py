"""The tasks that follow from what was said: the next follow-up, the next action, each commitment, what is to be looked over.

A task knows what it comes from ("followups:12:next"), and what a follow-up has ended knows that too, so that a
follow-up that is mended or thrown away takes along what came of it. What a person did to a task by hand stays.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.agenda.models import Task
from keji.agenda.rules.many import OPENED, alter, carry, ended, enter, task
from keji.clocks.queries import calendar
from keji.customers.models import Customer
from keji.followups.models import Followup
from keji.followups.rules.derived import Line
from keji.kernel.clock import day_of, start_of
from keji.kernel.deadlines import deadline

NEXT, ACTION, PROMISE, CHECK = "next", "action", "promise", "check"
WITHIN = timedelta(hours=24)  # of a communication the customer is up to date (R-001-29)
MOST = 20  # commitments of one follow-up
Wishes = dict[str, dict[str, Any]]


def key(followup: int) -> str:
    return f"followups:{followup}"


def source(followup: int, what: str) -> str:
    return f"followups:{followup}:{what}"


def wishes(followup: Followup, customer: Customer) -> Wishes:
    """The tasks that a follow-up asks for, by their source. Of one in the bin, none."""
    if followup.deleted_at is not None:
        return {}
    about = {"record": "deals", "record_id": followup.deal_id} if followup.deal_id else {"record": "", "record_id": None}
    common = {"customer_id": customer.pk, **about}
    mine = active(followup.author_id) or active(customer.owner_id)
    found: Wishes = {}
    if followup.next_followup_at:
        who = active(customer.owner_id) or mine
        found[source(followup.pk, NEXT)] = planned(followup, common, who)
    if followup.next_action and followup.next_action_due:
        told = {"kind": "ACTION", "title": followup.next_action, "due_at": start_of(followup.next_action_due)}
        who = active(followup.next_action_by_id) or mine
        found[source(followup.pk, ACTION)] = {**common, **told, "assignee_id": who}
    if followup.created_by_id and not followup.imported and followup.kind != "PUSH":  # nobody answered a push
        told = {"kind": "UPDATE", "title": _("核对客户阶段、需求和下一步"), "due_at": followup.created_at + WITHIN}
        found[source(followup.pk, CHECK)] = {**common, **told, "assignee_id": active(followup.created_by_id)}
    for line in lines(followup.commitments):
        told = {"kind": "COMMITMENT", "title": line, "due_at": promised(followup, line), "assignee_id": mine}
        found[source(followup.pk, f"{PROMISE}:{mark(line)}")] = {**common, **told}
    return found


def planned(followup: Followup | Line, common: Mapping[str, Any], who: int | None) -> dict[str, Any]:
    title = followup.objective or _("下次跟进")  # of a history, or where the next action says it
    return {**common, "kind": "FOLLOWUP", "title": title, "due_at": followup.next_followup_at, "assignee_id": who}


def active(person: int | None) -> int | None:
    known = house().people.get(person or 0)
    return person if known and known.active else None


def lines(text: str) -> list[str]:
    """One commitment a line, each once."""
    found = (line.strip(" \t-·•*、") for line in text.splitlines())
    return list(dict.fromkeys(line[:200] for line in found if line))[:MOST]


def mark(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:12]


def promised(followup: Followup, line: str) -> Any:
    """When a commitment is due: on the day that it names, else when the customer is followed up next."""
    day = deadline(line, day_of(followup.occurred_at), calendar())
    return start_of(day) if day else followup.next_followup_at


class Said(NamedTuple):
    """A follow-up that was written, mended or thrown away just now, with what it asked for before; None for a new one."""

    followup: Followup
    before: Wishes | None = None


@dataclass
class Round:
    """What is done about the tasks at once."""

    person: Person | None
    said: Sequence[Said]
    fresh: list[Any] = field(default_factory=list)
    touched: list[Task] = field(default_factory=list)

    @property
    def new(self) -> set[int]:
        return {one.followup.pk for one in self.said if one.before is None}

    @property
    def mended(self) -> list[Followup]:
        return [one.followup for one in self.said if one.before is not None]

    @property
    def gone(self) -> set[int]:
        """The follow-ups that ask for no next one any more."""
        return {one.pk for one in self.mended if one.deleted_at is not None or one.next_followup_at is None}


def follow(
    person: Person | None, said: Sequence[Said], customers: Mapping[int, tuple[Customer, Line | None]]
) -> None:
    """Let the tasks follow from these follow-ups. `customers` has each of theirs with its newest line.

    One function for one and for many: an import of a history has the effect of logging it line by line, but what a
    later line has come to already leaves no task.
    """
    now_doing = Round(person, said)
    altered: list[tuple[Task, Mapping[str, Any]]] = []
    known, asked = known_tasks(now_doing.mended), {}
    for one in said:
        customer = customers[one.followup.customer_id][0]
        wanted = wishes(one.followup, customer)
        asked[one.followup.pk] = wanted
        oblige(now_doing, one, wanted, known, altered)
    alter(person, altered)
    now_doing.touched += [one for one, _values in altered]
    for pk, (customer, newest) in customers.items():
        mine = [one for one in said if one.followup.customer_id == pk]
        plans = [told.get(source(one.followup.pk, NEXT)) for one in mine for told in (one.before or {}, asked[one.followup.pk])]
        settle(now_doing, customer, newest, {plan["record_id"] for plan in plans if plan})
    enter(person, now_doing.fresh)
    carry([*now_doing.fresh, *now_doing.touched])


def known_tasks(followups: Sequence[Followup]) -> dict[str, Task]:
    """What came of these follow-ups before."""
    where = [Q(source__startswith=f"{key(one.pk)}:") for one in followups]
    rows = Task.objects.filter(Q(*where, _connector=Q.OR), deleted_at=None) if where else ()
    return {one.source: one for one in rows}


def oblige(
    doing: Round, one: Said, wanted: Wishes, known: Mapping[str, Task], altered: list[tuple[Task, Mapping[str, Any]]]
) -> None:
    """The tasks of one follow-up: new ones, those that read otherwise now, those that it no longer asks for."""
    before, mine = one.before or {}, key(one.followup.pk)
    for name, values in wanted.items():
        there, old = known.get(name), before.get(name, {})
        if there is None:
            late = name.endswith(f":{CHECK}") and one.before is not None  # it was written before there was such a task
            if not name.endswith(f":{NEXT}") and not late and not past(one.followup, values):
                doing.fresh.append(task(doing.person, source=name, **values))
        elif there.state == "OPEN":
            altered.append((there, {what: value for what, value in values.items() if old.get(what) != value}))
        elif values["kind"] == "FOLLOWUP":
            if old and old["due_at"] != values["due_at"]:  # another day was said, whatever became of the first
                altered.append((there, OPENED | values))
        elif there.state == "DROPPED" and there.ended_with == mine:
            altered.append((there, OPENED | values))
    for name, there in known.items():
        if name.startswith(f"{mine}:") and name not in wanted and there.state == "OPEN" and there.kind != "FOLLOWUP":
            altered.append((there, ended(doing.person, "DROPPED", mine)))


def past(followup: Followup, values: Mapping[str, Any]) -> bool:
    """True for what an imported history promised for a day that was over when it came."""
    due = values["due_at"]
    return bool(followup.imported and due and day_of(due) < day_of(followup.created_at))


def settle(doing: Round, customer: Customer, newest: Line | None, deals: set[int | None]) -> None:
    """Bring the open follow-up tasks of a customer into line with what was said.

    A task is fulfilled by a communication on its day or later, even about another matter. A plan that was said is
    replaced by the next one that is said about the same deal. What a mended follow-up had ended is judged anew.
    """
    again = [key(one.pk) for one in doing.mended if one.customer_id == customer.pk]
    rows = Task.objects.filter(customer_id=customer.pk, kind="FOLLOWUP", deleted_at=None)
    there = list(rows.filter(Q(state="OPEN") | Q(ended_with__in=again) if again else Q(state="OPEN")))
    latest = {deal: last_plan(customer, deal, newest) for deal in deals | {deal_of(one) for one in there if spoken(one)}}
    changed: list[tuple[Task, Mapping[str, Any]]] = []
    for one in there:
        verdict = judge(one, newest, latest.get(deal_of(one)), doing.gone)
        if one.state == "OPEN" and verdict:
            changed.append((one, ended(doing.person, *verdict)))
        elif one.state != "OPEN" and not verdict:
            changed.append((one, OPENED))
    alter(doing.person, changed)
    doing.touched += [one for one, _values in changed]
    sources = {one.source for one in there}
    for line in latest.values():
        name = source(line.pk, NEXT) if line else ""
        if line is None or name in sources or not ahead(line, newest):
            continue
        if line.pk in doing.new or not Task.objects.filter(source=name).exists():
            doing.fresh.append(task(doing.person, source=name, **asked_by(line, customer)))


def spoken(one: Task) -> bool:
    """True if a follow-up said when the next one would be; False for what was planned by hand."""
    return one.source.endswith(f":{NEXT}")


def deal_of(one: Task) -> int | None:
    return one.record_id if one.record == "deals" else None


def last_plan(customer: Customer, deal: int | None, newest: Line | None) -> Line | None:
    """The plan that was said last about a deal, or about none."""
    if newest is not None and newest.next_followup_at and newest.deal_id == deal:
        return newest
    about = Q(deal=deal) if deal else Q(deal=None)
    rows = Followup.objects.filter(about, customer_id=customer.pk, deleted_at=None, next_followup_at__isnull=False)
    found = rows.order_by("-occurred_at", "-pk").values_list(*Line._fields).first()
    return Line(*found) if found else None


def judge(one: Task, newest: Line | None, plan: Line | None, gone: set[int]) -> tuple[str, str] | None:
    """How a follow-up task has ended (state, by what), or nothing if it is still to be done."""
    own = int(one.source.split(":")[1]) if spoken(one) else 0
    if own and (plan is None or own in gone):
        return "DROPPED", key(own)
    if newest is not None and newest.pk != own and day_of(newest.occurred_at) >= asked_from(one):
        return "DONE", key(newest.pk)
    if own and plan is not None and plan.pk != own:
        return "DROPPED", key(plan.pk)
    return None


def asked_from(one: Task) -> date:
    """The first day on which a communication fulfils a task; what was planned by hand, not before it was planned."""
    day = day_of(one.due_at) if one.due_at else date.max
    return day if spoken(one) else max(day, day_of(one.created_at))


def ahead(line: Line, newest: Line | None) -> bool:
    """True if nobody has come to this plan yet."""
    if newest is None or line.next_followup_at is None:
        return False
    return line.pk == newest.pk or day_of(line.next_followup_at) > day_of(newest.occurred_at)


def asked_by(line: Line, customer: Customer) -> dict[str, Any]:
    about = {"record": "deals", "record_id": line.deal_id} if line.deal_id else {"record": "", "record_id": None}
    who = active(customer.owner_id)
    if who is None:
        who = active(Followup.objects.values_list("author_id", flat=True).get(pk=line.pk))
    return planned(line, {"customer_id": customer.pk, **about}, who)
