"""Those who lead are told of planned follow-ups that nobody came to: the manager after three days, the head after seven (R-003-45).

Reckoned from the day that was planned: who puts a reminder off, or never looks at it, is not left alone with it.
"""

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


def words(person: Person, notice: Notice) -> Told:
    day = notice.about["day"]
    there = f"{reverse('agenda:list')}?state=OPEN&kind=FOLLOWUP&due_at__from={day}&due_at__to={day}"
    return Told(_("有安排好的跟进已逾期 %(n)d 天") % {"n": notice.about["after"]}, _("原定 %(day)s") % {"day": day}, there)


LATE = declare_kind(
    "tasks.late",
    gettext_lazy("团队的跟进逾期"),
    gettext_lazy("团队里安排好的跟进逾期 3 天告诉经理，7 天告诉部门负责人。"),
    words,
    needs="tasks.see",
    ways=(INBOX, DESKTOP, MAIL),
)


def escalate() -> int:
    """Tell the leaders of those whose follow-ups are overdue by so many days. Returns how many were told.

    A leader is told once of all follow-ups of one day; days that were missed are caught up.
    """
    leaders, count = Leaders(), 0
    for after, _measure, whom in (one for one in DAILY if one[0]):  # whose task it is was reminded of it
        for back in range(MISSED):
            day = today() - timedelta(days=after + back)
            told = {leader for person in forgetful(day) for leader in leaders.of(person, whom) - {person}}
            count += notify(told, LATE, key=f"followups {day} {after}", about={"day": day.isoformat(), "after": after})
    return count


def forgetful(day: date) -> list[int]:
    """Whoever has an open follow-up that was planned for this day."""
    rows = Task.objects.filter(Task.ALIVE, kind="FOLLOWUP", state="OPEN", assignee__isnull=False).order_by()
    rows = rows.filter(due_at__gte=start_of(day), due_at__lt=start_of(day + timedelta(days=1)))
    return list(rows.values_list("assignee_id", flat=True).distinct())
