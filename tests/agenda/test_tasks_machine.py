"""Tasks against a plain model of them: whatever is done in whatever order, each moment is told once and the next step is right."""

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)
from machines import Undone, run

from keji.agenda.models import Task
from keji.agenda.rules import tasks
from keji.agenda.rules.reminding import remind
from keji.customers.models import Customer
from keji.kernel.clock import day_of, start_of
from keji.kernel.errors import Unfit
from keji.notices.models import Notice

HOUR = timedelta(hours=1)
PLACES = st.integers(0, 5)
AHEAD = st.integers(-30, 100)


class Plain:
    """A task as one would keep it on a slip of paper."""

    def __init__(self, kind, due, whose):
        self.kind, self.due, self.whose, self.state = kind, due, whose, "OPEN"
        self.put_off(due)

    def put_off(self, due):
        whole = due == start_of(day_of(due))
        self.remind, self.told = due + (9 * HOUR if whole else timedelta()), False


class Machine(Undone):
    time: object
    cast: object

    @initialize()
    def begin(self):
        self.open()
        self.now = self.time("2026-06-01 09:30")
        self.slips, self.said = {}, set()

    def one(self, place):
        pk = sorted(self.slips)[place % len(self.slips)]
        return Task.objects.get(pk=pk), self.slips[pk]

    def tried(self, may, call, *told):
        """Do it as the manager; what may not be is refused and changes nothing."""
        if may:
            call(self.cast.wang, *told)
        else:
            with pytest.raises(Unfit):
                call(self.cast.wang, *told)
        return may

    def moment(self, hours, whole):
        at = self.now + hours * HOUR
        return start_of(day_of(at)) if whole else at

    @rule(
        kind=st.sampled_from(["FOLLOWUP", "OTHER"]), hours=st.integers(0, 100), whole=st.booleans(), mine=st.booleans()
    )
    def add(self, kind, hours, whole, mine):
        due, whose = self.moment(hours, whole), self.cast.lin if mine else self.cast.wang
        made = tasks.add(
            self.cast.wang, {"kind": kind, "title": "回访", "due_at": due, "assignee": whose.pk}, self.cast.acme
        )
        self.slips[made.pk] = Plain(kind, due, whose.pk)

    @precondition(lambda self: self.slips)
    @rule(place=PLACES, state=st.sampled_from(["DONE", "DROPPED"]))
    def end(self, place, state):
        task, slip = self.one(place)
        if self.tried(slip.state == "OPEN", tasks.done if state == "DONE" else tasks.drop, task):
            slip.state = state

    @precondition(lambda self: self.slips)
    @rule(place=PLACES)
    def reopen(self, place):
        task, slip = self.one(place)
        if self.tried(slip.state != "OPEN", tasks.reopen, task):
            slip.state = "OPEN"

    @precondition(lambda self: self.slips)
    @rule(place=PLACES, hours=AHEAD)
    def snooze(self, place, hours):
        task, slip = self.one(place)
        if self.tried(slip.state == "OPEN" and hours > 0, tasks.snooze, task, self.now + hours * HOUR):
            slip.remind, slip.told = self.now + hours * HOUR, False

    @precondition(lambda self: self.slips)
    @rule(place=PLACES, hours=AHEAD, whole=st.booleans())
    def move(self, place, hours, whole):
        task, slip = self.one(place)
        due = self.moment(hours, whole)
        ahead = day_of(due) >= day_of(self.now) or due == slip.due
        if self.tried(slip.state == "OPEN" and ahead, tasks.move, task, due) and due != slip.due:
            slip.due = due
            slip.put_off(due)

    @precondition(lambda self: self.slips)
    @rule(place=PLACES, mine=st.booleans())
    def hand_over(self, place, mine):
        task, slip = self.one(place)
        to = (self.cast.lin if mine else self.cast.wang).pk
        if self.tried(slip.state == "OPEN" and slip.whose != to, tasks.hand_over, task, to):
            slip.whose, slip.told = to, False

    @rule(hours=st.integers(-2, 40))
    def go(self, hours):
        self.now = self.time(self.now + hours * HOUR)

    @rule()
    def remind(self):
        waiting = [
            (slip.remind, pk)
            for pk, slip in self.slips.items()
            if slip.state == "OPEN" and not slip.told and slip.remind <= self.now
        ]
        assert remind() == len(waiting)
        for whose in {self.slips[pk].whose for _at, pk in waiting}:
            at, first = min((at, pk) for at, pk in waiting if self.slips[pk].whose == whose)
            self.said.add((whose, first, at.isoformat()))
        for _at, pk in waiting:
            self.slips[pk].told = True

    @invariant()
    def both_agree(self):
        if not hasattr(self, "slips"):
            return
        found = {
            one.pk: (one.state, one.due_at, one.assignee_id, one.remind_at)
            for one in Task.objects.filter(pk__in=self.slips)
        }
        assert found == {pk: (slip.state, slip.due, slip.whose, slip.remind) for pk, slip in self.slips.items()}
        steps = [slip.due for slip in self.slips.values() if slip.kind == "FOLLOWUP" and slip.state == "OPEN"]
        assert Customer.objects.get(pk=self.cast.acme.pk).next_followup_at == min(steps, default=None)
        told = [(one.person_id, one.about["task"], one.about["at"]) for one in Notice.objects.filter(kind="tasks.due")]
        assert len(told) == len(self.said)
        assert {(whose, pk) for whose, pk, _at in told} == {(whose, pk) for whose, pk, _at in self.said}


@pytest.mark.proof("R-13")
def test_tasks_do_what_a_plain_model_does(time, cast):
    Machine.time, Machine.cast = staticmethod(time), cast
    run(Machine)
