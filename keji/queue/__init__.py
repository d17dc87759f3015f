"""Work done later: jobs in a table, claimed under a lease, retried, reported on, repeated by the clock.

A job may run more than once. What must happen once is either a task with `@task(atomic=True)`, whose writes and
whose completion are one transaction, or goes in chunks: each chunk's transaction calls `progress(done, total)`,
and a new run goes on from `done_so_far()`.
"""

from typing import TYPE_CHECKING, Any

from django_tasks import task

from keji.queue.errors import Cancelled, HandedBack, Lost
from keji.queue.registry import called, every, title

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from keji.queue.beats import Beat
    from keji.queue.models import Job
    from keji.queue.schedule import Planned

__all__ = [
    "Cancelled",
    "HandedBack",
    "Lost",
    "called",
    "cancel",
    "done_so_far",
    "enqueue",
    "every",
    "heartbeats",
    "job",
    "jobs",
    "plans",
    "progress",
    "task",
    "title",
    "token",
]


def enqueue(task: Any, *args: Any, person_id: int | None = None, key: str | None = None) -> "Job":
    """Store a job in the caller's transaction. The same key a second time returns the job that is there."""
    from keji.queue.backend import store

    return store(task, args, {}, person_id=person_id, key=key)


def job(pk: int) -> "Job":
    """Raise NotThere if there is none."""
    from keji.queue import jobbook

    return jobbook.job(pk)


def jobs(person_id: int | None = None) -> "QuerySet[Job]":
    """The jobs that this person asked for, newest first; without a person, all."""
    from keji.queue import jobbook

    return jobbook.jobs(person_id)


def cancel(pk: int) -> bool:
    """Cancel a waiting job at once, a running one at its next progress(); False if it has ended already."""
    from keji.queue import jobbook

    return jobbook.cancel(pk)


def heartbeats() -> "list[Beat]":
    """When each worker and each scheduler last gave a sign of life."""
    from keji.queue import beats

    return beats.heartbeats()


def plans() -> "list[Planned]":
    """What runs by the clock, when it last did, and whether it is late."""
    from keji.queue import schedule

    return schedule.plans()


def progress(done: int, total: int | None = None, note: str = "") -> None:
    """Say how far the running job has come; raises Cancelled, HandedBack or Lost. Outside a job it does nothing.

    Inside a transaction it also makes sure that the transaction commits only while the job is still held.
    """
    from keji.queue import running

    running.progress(done, total, note)


def done_so_far() -> int:
    """How far an earlier run of this job had come."""
    from keji.queue import running

    return running.done_so_far()


def token() -> str:
    """The same text in every run of the running job: the idempotency key for what happens outside."""
    from keji.queue import running

    return running.token()
