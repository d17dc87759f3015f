"""Those who lead are told of planned follow-ups and rounds that nobody came to: the manager after three days, the head after seven (R-003-45).

Reckoned from the day that was planned: who puts a reminder off, or never looks at it, is not left alone with it.
"""

from collections import defaultdict
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.agenda.models import Task
from keji.clocks.presets import DAILY
from keji.clocks.rules.watch import Leaders
from keji.kernel.clock import start_of, today
from keji.notices.models import Notice
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind

MISSED = 7  # days that are caught up after a standstill
SAID = {
    "FOLLOWUP": gettext_lazy("有安排好的跟进已逾期 %(n)d 天"),
    "REVIEW": gettext_lazy("有客户梳理已逾期 %(n)d 天"),
}  # kinds of tasks whose leaders are told


def words(person: Person, notice: Notice) -> Told:
    day, kind = notice.about["day"], notice.about["kind"]
    there = f"{reverse('agenda:list')}?state=OPEN&kind={kind}&due_at__from={day}&due_at__to={day}"
    return Told(SAID[kind] % {"n": notice.about["after"]}, _("原定 %(day)s") % {"day": day}, there)


LATE = declare_kind(
    "tasks.late",
    gettext_lazy("团队的跟进逾期"),
    gettext_lazy("团队里安排好的跟进和客户梳理，逾期 3 天告诉经理，7 天告诉部门负责人。"),
    words,
    needs="tasks.see",
    ways=(INBOX, DESKTOP, MAIL),
)


def escalate() -> int:
    """Tell the leaders of those whose tasks are overdue by so many days. Returns how many were told.

    A leader is told once of all tasks of a kind for one day; days that were missed are caught up.
    """
    leaders, count = Leaders(), 0
    for after, _measure, whom in (one for one in DAILY if one[0]):  # whose task it is was reminded of it
        for day in (today() - timedelta(days=after + back) for back in range(MISSED)):
            told: dict[str, set[int]] = defaultdict(set)
            for kind, person in forgetful(day):
                told[kind] |= leaders.of(person, whom) - {person}
            for kind, people in told.items():
                about = {"day": day.isoformat(), "after": after, "kind": kind}
                count += notify(people, LATE, key=f"{kind} {day} {after}", about=about)
    return count


def forgetful(day: date) -> list[tuple[str, int]]:
    """Whoever has such an open task that was planned for this day, with its kind."""
    rows = Task.objects.filter(Task.ALIVE, kind__in=SAID, state="OPEN", assignee__isnull=False).order_by()
    rows = rows.filter(due_at__gte=start_of(day), due_at__lt=start_of(day + timedelta(days=1)))
    return list(rows.values_list("kind", "assignee_id").distinct())
