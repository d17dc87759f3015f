"""Clocks against a plain model of them: whatever is done in whatever order, whoever is to be warned is, once."""

from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from machines import Undone, run
from moments import local

from keji.access.house import stamp
from keji.clocks.models import Clock, Limit
from keji.clocks.rules import running, watch
from keji.notices.models import Notice

SHARES = (-50, 0, 100)
RECORDS = st.integers(0, 3)
HOUR = timedelta(hours=1)


class Plain:
    """A clock as one would draw it on paper: when it began, how long it stood still, what was said."""

    def __init__(self, began, known, hours):
        self.began, self.known, self.paused, self.since = began, known, timedelta(), None
        over = [place for place in (1, 2) if self.turn(place, hours) <= known]
        self.told = over[-1] if over else 0

    def due(self, hours):
        return self.began + hours * HOUR + self.paused

    def turn(self, place, hours):
        return self.due(hours) + SHARES[place] * hours * HOUR / 100


class Machine(Undone):
    time: object
    person: int

    @initialize()
    def begin(self):
        self.open()
        self.now, self.hours = self.time(local("2026-06-01 09:00")), 24
        self.clocks, self.said, self.ended, self.rows = {}, {}, [], {}
        self.limit(24)

    def limit(self, hours):
        warns = [[share, "%", ["OWNER"]] for share in SHARES]
        Limit.objects.filter(code="SLA-21").update(amount=hours, warns=warns)
        stamp()

    @rule(record=RECORDS, ago=st.integers(0, 60))
    def start(self, record, ago):
        at = self.now - ago * HOUR
        begun = running.start("SLA-21", "machine", record, at=at, person_id=self.person)

        assert begun is (record not in self.clocks)
        if begun:
            self.clocks[record] = Plain(at, self.now, self.hours)
            self.rows[record] = Clock.objects.get(record="machine", record_id=record, stopped_at=None).pk

    @rule(record=RECORDS, ago=st.integers(-1, 80))
    def stop(self, record, ago):
        at = self.now - ago * HOUR
        counts = record in self.clocks and at >= self.clocks[record].began

        assert running.stop("SLA-21", "machine", record, at) == counts
        if counts:
            del self.clocks[record]

    @rule(record=RECORDS)
    def pause(self, record):
        one = self.clocks.get(record)
        counts = one is not None and one.since is None

        assert running.pause("SLA-21", "machine", record, self.now) == counts
        if counts:
            one.since = self.now

    @rule(record=RECORDS)
    def resume(self, record):
        one = self.clocks.get(record)
        counts = one is not None and one.since is not None

        assert running.resume("SLA-21", "machine", record, self.now) == counts
        if counts:
            one.paused += max(timedelta(), self.now - one.since)
            one.since = None

    @rule(hours=st.integers(-26, 40))
    def go(self, hours):
        self.now = self.time(self.now + hours * HOUR)

    @rule(hours=st.sampled_from([2, 24, 48]))
    def change_limit(self, hours):
        self.hours = hours
        self.limit(hours)
        running.recompute(Clock.objects.filter(record="machine", stopped_at=None).select_related("limit"))

    @rule()
    def watch(self):
        assert watch.watch()
        for record, one in self.clocks.items():
            while one.since is None and one.told < len(SHARES) and max(one.known, one.turn(one.told, self.hours)) <= self.now:
                self.said[self.rows[record], one.told] = 1
                one.told += 1

    @invariant()
    def both_agree(self):
        if not hasattr(self, "clocks"):
            return
        found = Clock.objects.filter(record="machine", stopped_at=None)
        assert {one.record_id: (one.due_at, one.told, one.paused_at) for one in found} == {
            record: (one.due(self.hours), one.told, one.since) for record, one in self.clocks.items()
        }
        told = [(one.about["clock"], one.about["stage"]) for one in Notice.objects.filter(kind="clocks.due")]
        assert sorted(told) == sorted(self.said)


@pytest.mark.proof("R-13")
def test_clocks_do_what_a_plain_model_does(time, cast):
    Machine.time, Machine.person = staticmethod(time), cast.lin.pk
    run(Machine)


def test_a_plain_clock_is_plain():
    assert Plain(datetime(2026, 6, 1, 9), datetime(2026, 6, 1, 9), 24).turn(2, 24) == datetime(2026, 6, 3, 9)
