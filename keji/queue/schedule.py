"""Enqueues what is repeated by the clock: each turn once, however many schedulers there are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.module_loading import autodiscover_modules

from keji.kernel.clock import day_of, now, zone
from keji.queue.backend import store
from keji.queue.models import OPEN, Job, Schedule
from keji.queue.registry import REPEATED, Every, title

DAY = timedelta(days=1)
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Planned:
    """A repeated task: `last` is the turn it was last enqueued for, `next` the one to come."""

    name: str
    last: datetime | None
    next: datetime
    late: bool
    title: str


def tick() -> int:
    """Enqueue whatever is due, and say how many that were."""
    at = now()
    rows = {row.name: row for row in Schedule.objects.filter(name__in=REPEATED)}
    for name in REPEATED.keys() - rows.keys():
        Schedule.objects.bulk_create([Schedule(name=name, slot=first(REPEATED[name], at))], ignore_conflicts=True)
    return sum(enqueue_turn(REPEATED[row.name], row, at) for row in rows.values() if is_due(row, at))


def first(every: Every, at: datetime) -> datetime:
    return latest(every, at) if every.daily else at


def latest(every: Every, at: datetime) -> datetime:
    """The last daily turn at or before that moment. A time that the day skips is taken one hour later."""
    day = day_of(at)
    turn = moment(every, day)
    return turn if turn <= at else moment(every, day - DAY)


def moment(every, day) -> datetime:
    return datetime.combine(day, every.daily, zone()).astimezone(UTC)


def upcoming(every: Every, slot: datetime) -> datetime:
    if every.seconds:
        return slot + timedelta(seconds=every.seconds)
    day = day_of(slot)
    turn = moment(every, day)
    return turn if turn > slot else moment(every, day + DAY)


def is_due(row: Schedule, at: datetime) -> bool:
    every = REPEATED[row.name]
    interval = timedelta(seconds=every.seconds) if every.seconds else DAY
    # A turn further ahead than one interval was taken while the clock was wrong.
    return upcoming(every, row.slot) <= at or row.slot > at + interval


def enqueue_turn(every: Every, row: Schedule, at: datetime) -> bool:
    """Enqueue one turn, unless the job of the last one is still open or another scheduler was quicker."""
    if row.job_id and Job.objects.filter(pk=row.job_id, state__in=OPEN).exists():
        return False
    slot = latest(every, at) if every.daily else at
    with transaction.atomic():
        if not Schedule.objects.filter(pk=row.pk, slot=row.slot).update(slot=slot):
            return False
        job = store(every.task, (), {}, key=f"{every.name}@{slot.isoformat()}")
        Schedule.objects.filter(pk=row.pk).update(job=job)
    return True


def plans() -> list[Planned]:
    autodiscover_modules("jobs", "housekeeping")  # a web process has loaded only some of them
    rows = dict(Schedule.objects.values_list("name", "slot"))
    return [planned(every, rows.get(name), now()) for name, every in sorted(REPEATED.items())]


def planned(every: Every, slot: datetime | None, at: datetime) -> Planned:
    turn = upcoming(every, slot or first(every, at))
    return Planned(every.name, slot, turn, turn < at - LATE, title(every.task.module_path))
