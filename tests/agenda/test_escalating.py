"""Who leads is told of planned follow-ups that nobody came to."""

import pytest
from moments import local

from keji.access.models import Person
from keji.access.rules.people import add_person, add_team
from keji.agenda.models import Task
from keji.agenda.rules.escalating import escalate
from keji.agenda.rules.tasks import add, done, snooze
from keji.notices.models import Notice
from keji.notices.rules.kinds import KINDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(cast, time):
    """A follow-up that lin planned for the 8th of June; wang leads the team, luo the office above."""
    office = add_team(None, "总部")
    cast.east.parent, cast.east.path = office, f"{office.path}{cast.east.pk}/"
    cast.east.save()
    add_person(None, "luo", "罗刚", ["DEPT_HEAD"], office)
    cast.lin = Person.objects.select_related("team").get(pk=cast.lin.pk)
    time("2026-06-02 09:00")
    return add(cast.lin, {"title": "确认预算", "kind": "FOLLOWUP", "due_at": local("2026-06-08 15:00")}, cast.acme)


def told():
    return [(one.person.name, one.about["day"], one.about["after"]) for one in Notice.objects.filter(kind="tasks.late").order_by("pk")]


@pytest.mark.req("R-003-45")
def test_an_overdue_follow_up_goes_up_to_the_manager_and_the_head(cast, planned, time):
    found = []
    for day in ("08", "10", "11", "12", "14", "15", "16", "30"):
        time(f"2026-06-{day} 08:00")
        escalate()
        found.append(told()[sum(map(len, found)) :])

    manager, head = ("王敏", "2026-06-08", 3), ("罗刚", "2026-06-08", 7)
    assert found == [[], [], [manager], [], [], [head], [], []]


def test_what_was_missed_is_told_once_and_a_snooze_does_not_stop_it(cast, planned, time):
    time("2026-06-09 09:00")
    snooze(cast.lin, Task.objects.get(pk=planned.pk), local("2026-06-20 09:00"))
    time("2026-06-16 08:00")

    assert escalate() == 2
    time("2026-06-16 08:05")
    assert escalate() == 0
    assert {name for name, *_rest in told()} == {"王敏", "罗刚"}


def test_what_is_done_or_is_no_follow_up_is_nobodys_business(cast, planned, time):
    add(cast.lin, {"title": "寄样品", "kind": "ACTION", "due_at": local("2026-06-08 15:00")}, cast.acme)
    done(cast.lin, Task.objects.get(pk=planned.pk), "谈过了")
    time("2026-06-16 08:00")

    assert escalate() == 0


def test_the_notice_says_the_day_and_leads_to_the_rows(cast, planned, time, browse):
    time("2026-06-11 08:00")
    escalate()
    [one] = Notice.objects.filter(kind="tasks.late")

    said = KINDS["tasks.late"].words(cast.wang, one)
    assert (said.title, said.text) == ("有安排好的跟进已逾期 3 天", "原定 2026-06-08")
    assert "确认预算" in browse("wang").get(said.href).content.decode()


@pytest.mark.req("R-000-46")
def test_a_round_that_nobody_came_to_goes_up_as_well(cast, planned, time, browse):
    Task.objects.filter(pk=planned.pk).update(kind="REVIEW", customer=None, title="每月核对客户信息")
    time("2026-06-11 08:00")

    assert (escalate(), told()) == (1, [("王敏", "2026-06-08", 3)])
    said = KINDS["tasks.late"].words(cast.wang, Notice.objects.get(kind="tasks.late"))
    assert said.title == "有客户梳理已逾期 3 天"
    assert "每月核对客户信息" in browse("wang").get(said.href).content.decode()
