"""Once a deal is signed, its customer is handed to service: a task and a limit for the seller, a ticket for who takes over (R-003-47)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import SYSTEM
from keji.agenda.models import Task
from keji.agenda.rules.many import alter, ended, enter, task
from keji.agenda.rules.times import reminder
from keji.clocks.models import Clock, Limit
from keji.clocks.queries import limit_of, open_clocks
from keji.clocks.rules import running
from keji.clocks.rules.reckoning import due_day
from keji.clocks.rules.running import About, follows
from keji.database import one_of
from keji.deals.models import CLOSED, Deal
from keji.deals.rules.lifecycle import SIGNED
from keji.kernel.clock import now, start_of, today
from keji.kernel.errors import Problem, Unfit
from keji.service.models import Ticket
from keji.service.rules.tickets import open_ticket, takers

CODE = KIND = "HANDOVER"
LATE = timedelta(days=14)  # what was signed longer ago is history
TELLS = {  # what the seller says, in the order of the ticket: attribute → heading
    "summary": gettext_lazy("合同概要"),
    "people": gettext_lazy("关键联系人"),
    "commitments": gettext_lazy("承诺事项"),
    "special": gettext_lazy("特殊要求"),
}
MOST = {"summary": 300, "people": 100, "commitments": 250, "special": 250}


@dataclass(frozen=True)
class Told:
    """What is handed over: to whom, and what they have to know. No amounts: service does not read them."""

    handler: int | None
    contact: int | None
    summary: str = ""
    people: str = ""
    commitments: str = ""
    special: str = ""


def source(deal: int) -> str:
    return f"deals:{deal}:handover"


def task_of(deal: Deal) -> Task | None:
    return Task.objects.filter(source=source(deal.pk)).first()


def handed(deal: Deal) -> Ticket | None:
    """The ticket with which a deal was handed over."""
    return Ticket.objects.filter(deal=deal, kind=KIND, deleted_at=None).first()


def owed(deal: Deal, there: Task | None) -> Limit | None:
    """The limit under which a deal is to be handed over; None if it need not be, or was."""
    if deal.deleted_at is not None or deal.category not in CLOSED or deal.won_date is None:
        return None
    if there.state != "OPEN" if there else deal.won_date < today() - LATE:
        return None
    return None if handed(deal) else limit_of(CODE)


def keep(deal: Deal) -> None:
    """Let exactly that task and that clock stand which should, inside the transaction of whatever changed the deal."""
    there = task_of(deal)
    limit = owed(deal, there)
    clocks = running.running(CODE, Deal.RECORD, deal.pk)
    if limit is None or deal.won_date is None:
        running.void(clocks)
        if there and there.state == "OPEN":
            alter(SYSTEM, [(there, ended(SYSTEM, "DROPPED", ""))], _("商机不再是成交"))
        return
    begun, who = start_of(deal.won_date), deal.owner_id or deal.customer.owner_id
    running.void(clocks.exclude(limit=limit, started_at=begun))
    if not clocks.update(person_id=who):
        running.begin([(limit, About(Deal.RECORD, deal.pk, deal.customer_id, who), begun, 0)])
    due = start_of(due_day(running.end_of(limit, begun).at))
    if there is None:
        about = {"customer_id": deal.customer_id, "record": Deal.RECORD, "record_id": deal.pk, "assignee_id": who}
        told = {"kind": "HANDOVER", "title": _("签约后交接给客服"), "due_at": due, "source": source(deal.pk)}
        enter(SYSTEM, [task(SYSTEM, **about, **told)])
    elif there.due_at != due:
        alter(SYSTEM, [(there, due_again(due))], _("签约日期有变"))


def due_again(due: datetime) -> dict[str, Any]:
    return {"due_at": due, "remind_at": reminder(due), "reminded_at": None}


SIGNED.append(keep)


@follows(Deal.RECORD)
def moved(clocks: Sequence[Clock]) -> None:
    """The calendar or the limit has changed: the tasks are due with their clocks."""
    ends = {source(one.record_id): start_of(due_day(one.due_at)) for one in clocks if one.limit.code == CODE}
    rows = Task.objects.filter(source__in=one_of(ends), state="OPEN")
    alter(SYSTEM, [(one, due_again(ends[one.source])) for one in rows if one.due_at != ends[one.source]], _("时限有变"))


def hand_over(person: Person, deal: Deal, told: Told) -> Ticket:
    """Hand a signed deal to somebody of service. Raises Unfit with every problem at once, Refused."""
    require(person, "deals.change", deal)
    if found := wrong(deal, told):
        raise Unfit(*found)
    parts = [(str(TELLS[name]), getattr(told, name).strip()) for name in TELLS]
    text = "\n".join(_("%(what)s：%(told)s") % {"what": what, "told": said} for what, said in parts if said)
    with transaction.atomic():
        Deal.objects.select_for_update().get(pk=deal.pk)
        if handed(deal):
            raise Unfit(Problem("deal", "E_STATE", _("这笔成交已经交接过了")))
        values = {"kind": KIND, "problem": text, "contact": told.contact, "handler": told.handler, "products": deal.products}
        ticket = open_ticket(SYSTEM, values, deal.customer, deal=deal)
        running.stop(CODE, Deal.RECORD, deal.pk, now())
        rows = Task.objects.filter(source=source(deal.pk), state="OPEN")
        alter(person, [(one, ended(person, "DONE", f"tickets:{ticket.pk}")) for one in rows], _("已交接"))
    return ticket


def wrong(deal: Deal, told: Told) -> list[Problem]:
    found = []
    if deal.category not in CLOSED or deal.deleted_at is not None:
        found.append(Problem("deal", "E_STATE", _("成交以后才能交接")))
    if told.handler not in takers():
        found.append(Problem("handler", "E_OWNER", _("请选处理服务单的在职人员")))
    if not told.summary.strip():
        found.append(Problem("summary", "E_REQUIRED", _("请写明合同概要")))
    for name, most in MOST.items():
        if len(getattr(told, name)) > most:
            found.append(Problem(name, "E_LENGTH", _("最多 %(most)d 个字") % {"most": most}))
    return found


def waiting() -> QuerySet[Clock]:
    """The clocks of all handovers that wait."""
    return open_clocks().filter(limit__code=CODE)


def mend() -> int:
    """Keep what still waits; what came signed with an import is history. Returns how many were looked at."""
    return each(Deal.objects.filter(pk__in=waiting().values("record_id")).select_related("customer").order_by("pk").iterator(500))


def each(deals: Iterable[Deal]) -> int:
    count = 0
    for deal in deals:
        with transaction.atomic():
            keep(deal)
        count += 1
    return count


def ended_by_hand() -> int:
    """Stop the clocks of those whose task somebody has ended. Returns how many."""
    ids = waiting().values_list("record_id", flat=True)
    over = Task.objects.filter(source__in=one_of(map(source, ids))).exclude(state="OPEN").values_list("record_id", flat=True)
    return each(Deal.objects.filter(pk__in=list(over)).select_related("customer"))


def due_on(deal: Deal) -> date | None:
    """The last day on which a deal is handed over in time; None if it is not to be handed over."""
    limit = owed(deal, task_of(deal))
    return due_day(running.end_of(limit, start_of(deal.won_date)).at) if limit and deal.won_date else None
