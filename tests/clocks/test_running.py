"""Clocks that run on records: started, stopped, paused, found anew; and the warnings that they give."""

from datetime import datetime

import pytest
from moments import local

from keji.access.models import Person
from keji.access.queries import head_of, manager_of
from keji.access.rules.people import disable
from keji.clocks.models import Clock, Limit, Tick
from keji.clocks.queries import limit_of, limits
from keji.clocks.rules import running, watch
from keji.clocks.rules.running import About, measure, pause, resume, start, stop
from keji.customers.models import Customer
from keji.notices.models import Notice

CASE = ("things", 7)


@pytest.fixture
def begun(time, team):
    """A limit of 24 hours on something of lin's, since a Tuesday morning."""

    def begun(code="SLA-21", at="2026-06-02 09:00", **about):
        Clock.objects.all().delete()
        time(at)
        assert start(code, *CASE, at=local(at), person_id=team.lin.pk, **about)
        return Clock.objects.get()

    return begun


def told():
    """Who was told what: (name, place of the warning), in the order in which that was."""
    return [(one.person.name, one.about["stage"]) for one in Notice.objects.select_related("person").order_by("pk")]


@pytest.mark.django_db
def test_a_limit_runs_once_on_a_record_and_stops_once(begun, team):
    clock = begun()

    assert not start("SLA-21", *CASE, at=local("2026-06-02 10:00"))
    assert (clock.due_at, clock.provisional, clock.told) == (local("2026-06-03 09:00"), False, 0)
    assert clock.next_at == local("2026-06-03 04:12")
    assert [stop("SLA-21", *CASE, local("2026-06-02 12:00")) for _ in range(2)] == [1, 0]
    clock.refresh_from_db()
    assert (clock.stopped_at, clock.next_at) == (local("2026-06-02 12:00"), None)


@pytest.mark.django_db
def test_what_happened_before_a_clock_began_does_not_stop_it(begun):
    begun()

    assert stop("SLA-21", *CASE, local("2026-06-02 08:59")) == 0


def test_a_limit_that_is_switched_off_or_not_there_does_not_run(time, team):
    Limit.objects.filter(code="SLA-21").update(enabled=False)

    assert not start("SLA-21", *CASE, at=time("2026-06-02 09:00"))
    assert not start("SLA-99", *CASE, at=time("2026-06-02 09:00"))
    assert limit_of("SLA-21") is None


@pytest.mark.req("R-003-45")
def test_warnings_go_up_from_the_owner_to_the_manager_to_the_head(begun, time, team):
    begun()
    found = []
    for at in ("06-03 04:11", "06-03 04:12", "06-03 08:59", "06-03 09:00", "06-04 08:59", "06-04 09:00", "06-20 09:00"):
        time(f"2026-{at}")
        watch.watch()
        found.append(told()[sum(map(len, found)) :])

    assert found == [[], [("林晓", 0)], [], [("林晓", 1), ("王敏", 1)], [], [("罗刚", 2)], []]
    assert Clock.objects.get().next_at is None


def test_a_stopped_clock_warns_nobody(begun, time):
    begun()
    time("2026-06-03 08:00")
    stop("SLA-21", *CASE, local("2026-06-03 04:00"))

    watch.watch()

    assert told() == []


@pytest.mark.proof("R-21")
def test_what_was_missed_is_told_in_order_and_once(begun, time):
    begun()
    time("2026-06-10 08:00")

    assert [watch.watch(), watch.watch()] == [True, True]
    assert told() == [("林晓", 0), ("林晓", 1), ("王敏", 1), ("罗刚", 2)]
    assert [datetime.fromisoformat(one.about["turn"]) for one in Notice.objects.order_by("pk")] == [
        local(f"2026-06-{at}") for at in ("03 04:12", "03 09:00", "03 09:00", "04 09:00")
    ]


@pytest.mark.proof("R-21")
@pytest.mark.parametrize("jumps", [("06-03 04:12", "06-03 03:12", "06-03 04:12"), ("06-04 04:12", "06-03 04:12"), ("06-03 04:12", "06-02 04:12")])
def test_a_clock_that_jumps_loses_no_warning_and_repeats_none(begun, time, jumps):
    begun()
    for at in (*jumps, "06-03 09:00", "06-04 09:00", "06-04 09:00"):
        time(f"2026-{at}")
        watch.watch()

    assert sorted(told()) == sorted([("林晓", 0), ("林晓", 1), ("王敏", 1), ("罗刚", 2)])


def test_a_limit_that_was_over_when_it_became_known_is_not_announced_first(time, team):
    time("2026-06-05 09:00")
    start("SLA-21", *CASE, at=local("2026-06-02 09:00"), person_id=team.lin.pk)

    watch.watch()

    assert told() == [("林晓", 1), ("王敏", 1), ("罗刚", 2)]
    assert {datetime.fromisoformat(one.about["turn"]) for one in Notice.objects.all()} == {local("2026-06-05 09:00")}


def test_a_pause_moves_the_end_and_the_warnings(begun, time):
    begun()
    pause("SLA-21", *CASE, local("2026-06-02 10:00"))
    time("2026-06-05 10:00")
    watch.watch()
    assert (told(), Clock.objects.get().next_at) == ([], None)

    assert [resume("SLA-21", *CASE, local("2026-06-05 10:00")) for _ in range(2)] == [1, 0]
    clock = Clock.objects.get()
    assert (clock.due_at, clock.paused_for) == (local("2026-06-06 09:00"), 72.0)
    assert clock.next_at == local("2026-06-06 04:12")


def test_what_is_known_only_afterwards_is_measured(time, team):
    time("2026-06-03 09:01")
    about = About(*CASE, None, team.lin.pk)

    assert not measure("SLA-04", about, local("2026-06-02 09:01"), local("2026-06-03 09:01"))
    assert measure("SLA-04", about, local("2026-06-02 09:00"), local("2026-06-03 09:01"))
    assert [(one.stopped_at > one.due_at, one.next_at) for one in Clock.objects.filter(record="things").order_by("pk")] == [(False, None), (True, None)]


def test_a_changed_limit_moves_the_clocks_that_run_but_repeats_no_warning(begun, time):
    begun()
    time("2026-06-03 04:12")
    watch.watch()
    Limit.objects.filter(code="SLA-21").update(amount=48)
    limits_anew()

    assert running.recompute(Clock.objects.select_related("limit")) == 1
    clock = Clock.objects.get()
    assert (clock.due_at, clock.told, clock.next_at) == (local("2026-06-04 09:00"), 1, local("2026-06-04 09:00"))
    watch.watch()
    assert told() == [("林晓", 0)]
    assert running.recompute(Clock.objects.select_related("limit")) == 0


def limits_anew():
    from keji.access.house import stamp

    stamp()
    assert limits()


def test_who_left_is_told_nothing_and_whoever_stands_above_is(begun, time, team):
    begun()
    Customer.objects.update(owner=None)
    disable(None, team.wang)
    time("2026-06-03 09:00")

    watch.watch()

    assert told() == [("林晓", 0), ("林晓", 1), ("罗刚", 1)]


def test_a_watch_that_is_cut_off_goes_on_later(begun, time, team, monkeypatch):
    begun()
    for number in range(5):
        start("SLA-21", "things", 100 + number, at=local("2026-06-02 09:00"), person_id=team.lin.pk)
    monkeypatch.setattr(watch, "BATCH", 2)
    time("2026-06-03 04:12")

    assert not watch.watch(patience=-1)
    assert len(told()) == 2
    assert Tick.objects.get().at == local("2026-06-03 04:12")
    while not watch.watch(patience=-1):
        pass
    assert len(told()) == 6


def test_a_batch_that_breaks_tells_nobody(begun, time):
    begun()
    time("2026-06-03 09:00")

    def lost(_count):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        watch.watch(lost)

    assert told() == []
    watch.watch()
    assert told() == [("林晓", 0), ("林晓", 1), ("王敏", 1)]


@pytest.mark.django_db
def test_who_leads_is_named_or_holds_the_role(team):
    assert (manager_of(team.lin), manager_of(team.wang), manager_of(team.head)) == (team.wang, team.head, None)
    assert (head_of(team.lin), head_of(team.zhao), head_of(team.wang)) == (team.head, team.head, team.head)
    assert manager_of(team.zhao) == team.head

    team.south.lead = team.shen
    team.south.save()
    zhao = Person.objects.get(pk=team.zhao.pk)
    assert (manager_of(zhao), head_of(zhao)) == (team.shen, team.head)
    assert manager_of(team.gao) is None
