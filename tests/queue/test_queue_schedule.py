from datetime import UTC, datetime, timedelta

import chores
import pytest

from keji import queue
from keji.kernel.clock import now
from keji.queue import beats, housekeeping, registry, schedule
from keji.queue.models import Heartbeat, Job, Schedule, State
from keji.queue.registry import Every, every
from keji.queue.worker import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def registered(monkeypatch, db):
    Job.objects.all().delete()
    Schedule.objects.all().delete()
    names = {}
    monkeypatch.setattr(registry, "REPEATED", names)
    monkeypatch.setattr(schedule, "REPEATED", names)
    return names


def turns():
    return Job.objects.filter(task="chores.add").count()


def hours_ago(hours):
    Schedule.objects.update(slot=now() - timedelta(hours=hours))


@pytest.mark.parametrize(
    "wrong", [{}, {"seconds": 5, "daily": "02:00"}, {"seconds": 0}, {"daily": "25:00"}, {"daily": "2:00"}]
)
def test_a_repetition_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError):
        every(**wrong)


def test_two_tasks_cannot_share_a_name():
    every(seconds=5, name="tidy")(chores.add)

    with pytest.raises(ValueError):
        every(seconds=5, name="tidy")(chores.walk)


def test_a_new_repetition_starts_one_interval_later():
    every(seconds=60)(chores.add)

    assert [schedule.tick(), schedule.tick(), turns()] == [0, 0, 0]


def test_a_turn_is_enqueued_when_it_is_due():
    every(seconds=60)(chores.add)
    schedule.tick()
    Schedule.objects.update(slot=now() - timedelta(seconds=61))

    assert [schedule.tick(), schedule.tick(), turns()] == [1, 0, 1]


def test_after_a_standstill_it_runs_once():
    every(seconds=60)(chores.add)
    schedule.tick()
    hours_ago(50)

    assert [schedule.tick(), schedule.tick(), turns()] == [1, 0, 1]


def test_the_next_turn_waits_while_the_last_one_runs():
    every(seconds=60)(chores.add)
    schedule.tick()
    hours_ago(1)
    schedule.tick()
    hours_ago(1)

    assert schedule.tick() == 0

    Job.objects.update(state=State.DONE)
    assert schedule.tick() == 1


def test_two_schedulers_enqueue_a_turn_once():
    every(seconds=60, name="tidy")(chores.add)
    schedule.tick()
    hours_ago(1)
    row = Schedule.objects.get()

    at = now()
    assert [schedule.enqueue_turn(registry.REPEATED["tidy"], row, at) for _ in range(2)] == [True, False]


@pytest.mark.proof("R-21")
def test_a_daily_turn_runs_once_although_the_clock_is_set_back():
    every(daily="02:00", name="nightly")(chores.add)
    schedule.tick()
    hours_ago(24 * 3)
    assert schedule.tick() == 1
    Job.objects.update(state=State.DONE)
    # Set back by an hour, the turn just taken lies ahead.
    Schedule.objects.update(slot=now() + timedelta(hours=1))

    assert [schedule.tick(), turns()] == [0, 1]


@pytest.mark.proof("R-21")
def test_a_clock_that_was_a_year_ahead_stops_no_repetition():
    every(daily="02:00", name="nightly")(chores.add)
    every(seconds=60, name="tidy")(chores.add)
    schedule.tick()
    hours_ago(-24 * 400)

    assert [schedule.tick(), schedule.tick(), turns()] == [2, 0, 2]


def daily(text):
    return Every("x", None, daily=datetime.strptime(text, "%H:%M").time())


@pytest.mark.parametrize(
    ("zone", "at", "moment", "turn"),
    [
        ("Asia/Shanghai", "02:00", (2026, 11, 24, 17, 59), (2026, 11, 23, 18, 0)),
        ("Asia/Shanghai", "02:00", (2026, 11, 24, 18, 0), (2026, 11, 24, 18, 0)),
        ("Europe/Berlin", "02:30", (2026, 3, 29, 1, 29), (2026, 3, 28, 1, 30)),
        ("Europe/Berlin", "02:30", (2026, 3, 29, 1, 30), (2026, 3, 29, 1, 30)),
        ("Europe/Berlin", "02:30", (2026, 10, 25, 1, 45), (2026, 10, 25, 0, 30)),
        ("Asia/Shanghai", "00:00", (2028, 2, 29, 1, 0), (2028, 2, 28, 16, 0)),
        ("Asia/Shanghai", "12:00", (2038, 1, 19, 4, 0), (2038, 1, 19, 4, 0)),
    ],
)
@pytest.mark.proof("R-21")
def test_a_daily_turn_keeps_to_the_local_clock(settings, zone, at, moment, turn):
    settings.TIME_ZONE = zone

    assert schedule.latest(daily(at), datetime(*moment, tzinfo=UTC)) == datetime(*turn, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Shanghai", "America/New_York"])
@pytest.mark.proof("R-21")
def test_a_year_has_one_turn_a_day(settings, zone):
    settings.TIME_ZONE = zone
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)

    seen = {schedule.latest(daily("02:30"), start + timedelta(minutes=30 * step)) for step in range(48 * 365)}

    assert len(seen) == 366
    assert len({turn.astimezone(schedule.zone()).date() for turn in seen}) == 366


def test_plans_say_what_is_late():
    every(seconds=60, name="tidy")(chores.add)
    schedule.tick()
    assert [(plan.name, plan.late) for plan in queue.plans() if plan.name == "tidy"] == [("tidy", False)]

    hours_ago(1)

    assert [(plan.name, plan.late) for plan in queue.plans() if plan.name == "tidy"] == [("tidy", True)]


def test_a_sign_of_life_is_one_row_and_grows_old():
    beats.beat("worker", "here:1")
    beats.beat("worker", "here:1")
    beats.beat("scheduler", "here:1")
    Heartbeat.objects.filter(kind="scheduler").update(at=now() - timedelta(seconds=31))

    assert [(beat.kind, beat.who, beat.fresh) for beat in queue.heartbeats()] == [
        ("scheduler", "here:1", False),
        ("worker", "here:1", True),
    ]


def test_who_stops_on_purpose_leaves_no_sign():
    beats.beat("worker", "here:1")
    beats.beat("worker", "there:1")

    beats.leave("here:1")

    assert [beat.who for beat in queue.heartbeats()] == ["there:1"]


def test_what_ended_long_ago_is_forgotten():
    old, fresh, failed, waiting = (queue.enqueue(chores.add, number) for number in range(4))
    Job.objects.filter(pk=waiting.pk).update(made_at=now() - timedelta(days=400))
    Job.objects.filter(pk=old.pk).update(state=State.DONE, finished_at=now() - timedelta(days=31))
    Job.objects.filter(pk=fresh.pk).update(state=State.DONE, finished_at=now() - timedelta(days=29))
    Job.objects.filter(pk=failed.pk).update(state=State.FAILED, finished_at=now() - timedelta(days=31))

    assert housekeeping.forget.call() == 1
    assert list(Job.objects.order_by("id")) == [fresh, failed, waiting]


def test_the_worker_knows_the_queue_s_own_repetition():
    every(daily="03:40", name="queue.forget")(housekeeping.forget)
    schedule.tick()
    hours_ago(48)
    schedule.tick()

    assert work(once=True) == 1
    assert [job.state for job in queue.jobs()] == [State.DONE]
