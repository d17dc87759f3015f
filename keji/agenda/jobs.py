"""Work on tasks in the background."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.agenda.queries import found
from keji.agenda.rules.anniversaries import plan_anniversaries
from keji.agenda.rules.reminding import remind
from keji.agenda.sheet import TASKS
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
