"""Whoever is given something to do by somebody else is told, of many tasks at once in one notice."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keji.access.models import Person
from keji.notices.models import Notice
from keji.notices.rules.inbox import gather, notify
from keji.notices.rules.kinds import DESKTOP, INBOX, Told, declare_kind, doer


def words(person: Person, notice: Notice) -> Told:
    who = doer(notice)
    if notice.record_id is None:
        count = notice.about["count"]
        said = ngettext("%(who)s给你安排了 %(n)d 个任务", "%(who)s给你安排了 %(n)d 个任务", count)
        return Told(said % {"who": who, "n": count}, "", reverse("agenda:mine"))
    return of_task(notice, _("%(who)s给你安排了任务：%(title)s") % {"who": who, "title": notice.seen["title"].text})


def of_task(notice: Notice, said: str) -> Told:
    """What is said of one task, with its day."""
    due = notice.seen["due_at"].text
    return Told(said, _("截止 %(at)s") % {"at": due} if due else "", reverse("agenda:page", args=[notice.record_id]))


GIVEN = declare_kind(
    "tasks.given",
    gettext_lazy("任务交给了你"),
    gettext_lazy("别人给你安排了任务，或者把任务转给你；开始一轮客户梳理也在内。"),
    words,
    record="tasks",
    reads=("title", "due_at"),
    needs="tasks.see",
    ways=(INBOX, DESKTOP),
)


def give(person: Person | None, tasks: Iterable[Any]) -> None:
    """Tell those who have to do these stored tasks, unless they said so themselves; in the caller's transaction."""
    by = person.pk if person else 0
    theirs: dict[int, list[Any]] = defaultdict(list)
    for one in tasks:
        if one.assignee_id and one.assignee_id != by:
            theirs[one.assignee_id].append(one)
    for assignee, found in theirs.items():
        first = found[0]
        told: dict[str, Any] = {"key": f"given {first.id} {first.version}", "record": "tasks"}
        if len(found) > 1:
            gather(assignee, GIVEN, mark=str(by), count=len(found), record_id=None, by=by, **told)
        else:
            notify([assignee], GIVEN, record_id=first.id, about={"by": by}, **told)
