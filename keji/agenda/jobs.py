"""Work on tasks in the background."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.agenda.queries import found
from keji.agenda.rules import planning
from keji.agenda.rules.anniversaries import plan_anniversaries
from keji.agenda.rules.escalating import escalate
from keji.agenda.rules.reminding import remind
from keji.agenda.sheet import TASKS
from keji.kernel.clock import now
from keji.queue import called, every, task
from keji.records.jobs import make_file, make_list
from keji.records.rules.exports import Way


def takeable(person: Any, asked: Any) -> Any:
    return found(person, TASKS, asked, "export")


@called(_("制作任务导出文件"))
@task()
def make_export(export_id: int) -> None:
    make_file(export_id, EXPORT)


EXPORT = Way(TASKS, takeable, lambda export, rows: make_list(export, TASKS, rows), make_export)


@every(daily="01:30", name="plan anniversaries")
@called(_("安排纪念日提醒"))
@task()
def remember() -> None:
    fresh()
    plan_anniversaries()


@every(seconds=60, name="remind of tasks")
@called(_("任务到时间的提醒"))
@task()
def remind_of_tasks() -> int:
    fresh()
    return remind()


@every(daily="08:00", name="tell of overdue follow-ups")
@called(_("跟进逾期告诉经理和部门负责人"))
@task()
def tell_leaders() -> int:
    fresh()
    return escalate()


@every(seconds=300, name="carry out plans")
@called(_("按条件安排任务"))
@task()
def carry_out_plans() -> int:
    """For customers that changed within the last while; more than one interval, so that a slow one leaves no gap."""
    fresh()
    return planning.carry_out_all(now() - timedelta(seconds=900))


@every(daily="06:20", name="carry out all plans")
@called(_("按条件安排任务（全部客户）"))
@task()
def carry_out_all_plans() -> int:
    fresh()
    return planning.carry_out_all()
