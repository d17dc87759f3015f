"""Work on tickets in the background."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.queue import called, every, task
from keji.records.jobs import make_file, make_list
from keji.records.rules.exports import Way
from keji.service.queries import found
from keji.service.rules import deadlines, handovers, tickets, visits
from keji.service.sheet import TICKETS


def takeable(person: Any, asked: Any) -> Any:
    return found(person, TICKETS, asked, "export")


@called(_("制作服务单导出文件"))
@task()
def make_export(export_id: int) -> None:
    make_file(export_id, EXPORT)


EXPORT = Way(TICKETS, takeable, lambda export, rows: make_list(export, TICKETS, rows), make_export)


@every(daily="06:10", name="plan return visits")
@called(_("安排交付后的回访"))
@task()
def plan_visits() -> int:
    fresh()
    return visits.plan_visits()


@every(seconds=600, name="mark complaint risks")
@called(_("标记投诉风险客户，核对交接"))
@task()
def mark_risks() -> None:
    fresh()
    visits.mark_risks()
    handovers.ended_by_hand()


@every(daily="03:40", name="empty the bin of tickets")
@called(_("清空到期的服务单回收站"))
@task()
def purge() -> int:
    return tickets.purge()


@every(daily="00:50", name="mend the clocks of tickets")
@called(_("核对服务单和交接的时限"))
@task()
def mend_clocks() -> int:
    fresh()
    return deadlines.mend() + handovers.mend()
