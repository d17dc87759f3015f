"""People are told of tasks whose moment has come, and by those who lead them of what is overdue."""

from itertools import groupby
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keji.access.models import Person
from keji.agenda.models import Task
from keji.agenda.queries import leads
from keji.agenda.rules.giving import of_task
from keji.database import lock_key
from keji.kernel.clock import now, today
from keji.kernel.errors import NotThere
from keji.notices.models import Notice
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind, doer

BATCH = 500
MINE = "agenda:mine"


def words(person: Person, notice: Notice) -> Told:
    if notice.record_id is None:
        count = notice.about["count"]
        said = ngettext("%(n)d 个任务到时间了", "%(n)d 个任务到时间了", count) % {"n": count}
        return Told(said, "", reverse(MINE))
    return of_task(notice, _("任务到时间了：%(title)s") % {"title": notice.seen["title"].text})


def nudged(person: Person, notice: Notice) -> Told:
    return Told(_("%(who)s提醒你：有逾期的任务") % {"who": doer(notice)}, "", reverse(MINE))


DUE = declare_kind(
    "tasks.due",
    gettext_lazy("任务到时间"),
    gettext_lazy("你的任务到了提醒的时间；只有日期的在当天 9:00。"),
    words,
    record="tasks",
    reads=("title", "due_at"),
    needs="tasks.see",
    ways=(INBOX, DESKTOP),
)
NUDGE = declare_kind(
    "tasks.nudge",
    gettext_lazy("催办"),
    gettext_lazy("带团队的人提醒你处理逾期的任务。"),
    nudged,
    needs="tasks.see",
    ways=(INBOX, DESKTOP, MAIL),
)


def remind() -> int:
    """Tell everybody of their tasks whose moment has come, what comes together in one notice. Returns how many tasks.

    A moment is told once, whatever stops in between: the mark and the notice are written together or not at all.
    """
    count = 0
    while batch := one_batch():
        count += batch
    return count


def one_batch() -> int:
    with transaction.atomic():
        lock_key("remind of tasks")
        waiting = Task.objects.filter(state="OPEN", deleted_at=None, reminded_at=None, remind_at__lte=now())
        found = list(waiting.exclude(assignee=None).order_by("remind_at", "pk")[:BATCH])
        found.sort(key=lambda one: one.assignee_id or 0)
        for person, group in groupby(found, key=lambda one: one.assignee_id or 0):
            tell(person, list(group))
        Task.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=now())
    return len(found)


def tell(person: int, tasks: list[Any]) -> None:
    first = tasks[0]
    alone = first.pk if len(tasks) == 1 else None
    about = {"count": len(tasks), "task": first.pk, "at": first.remind_at.isoformat()}
    key = f"task {first.pk} {first.remind_at:%Y%m%d%H%M%S}"
    notify([person], DUE, key=key, record="tasks" if alone else "", record_id=alone, about=about)


def nudge(person: Person, colleague: int) -> bool:
    """Remind a colleague whose tasks one sees of what is overdue, once a day. False if that was done today already."""
    if colleague not in leads(person):
        raise NotThere(colleague)
    return bool(notify([colleague], NUDGE, key=f"nudge {person.pk} {today()}", about={"by": person.pk}))
