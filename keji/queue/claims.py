"""Who holds a job, and the few ways to take it, keep it and let it go. Each is one conditional update."""

import random
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from keji.database import atomic_retry, lock_key
from keji.kernel.clock import now
from keji.queue.errors import Cancelled, Lost
from keji.queue.models import Job, State

LEASE = 60.0
FIRST_WAIT = 5.0
LONGEST_WAIT = 900.0


@dataclass
class Claim:
    """One run of one job by one worker."""

    job: Job
    fence: int
    stop: Event = field(default_factory=Event)
    lost: bool = False
    written_at: float = float("-inf")

    def rows(self) -> QuerySet[Job]:
        """The job's row, if it is still this run's."""
        return Job.objects.filter(pk=self.job.pk, fence=self.fence, state=State.RUNNING)


def ready(lanes: tuple[str, ...], at: datetime) -> QuerySet[Job]:
    # A retry further away than the longest wait was planned before the clock was set back.
    set_back = Q(attempts__gt=0, run_after__gt=at + timedelta(seconds=2 * LONGEST_WAIT))
    due = Q(run_after=None) | Q(run_after__lte=at) | set_back
    waiting = Job.objects.filter(due, state=State.READY, lane__in=lanes).exclude(person_id__in=busy())
    return waiting.order_by("-priority", "id")


def busy() -> QuerySet:
    """Those for whom a job runs: their other jobs wait, so that nobody's fifty imports keep the rest of the house waiting."""
    return Job.objects.filter(state=State.RUNNING, person_id__isnull=False).values("person_id")


def claim(worker: str, lanes: tuple[str, ...], lease: float = LEASE) -> Claim | None:
    """Take the most urgent waiting job, or return None."""
    if not ready(lanes, now()).exists():  # an idle worker must not queue for SQLite's write lock
        return None
    with transaction.atomic():
        rows = ready(lanes, now())
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        job = rows.first()
        if job is None:
            return None
        if job.person_id:
            lock_key(f"jobs of person {job.person_id}")  # two workers may have looked at the same moment
            if busy().filter(person_id=job.person_id).exists():
                return None
        at = now()
        taken = Job.objects.filter(pk=job.pk, state=State.READY, fence=job.fence).update(
            state=State.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            claimed_by=worker,
            lease_until=at + timedelta(seconds=lease),
            started_at=at,
            cancel=False,
        )
    if not taken:
        return None
    fence = job.fence + 1  # not as read below: a worker that stalls here may read the fence of the next run
    job.refresh_from_db()
    return Claim(job, fence)


def renew(claim: Claim, lease: float = LEASE) -> bool:
    """Keep the job; False if it is no longer this run's."""
    kept = claim.rows().update(lease_until=now() + timedelta(seconds=lease))
    claim.lost = not kept
    return bool(kept)


def report(claim: Claim, done: int, total: int | None, note: str) -> None:
    """Write how far the run has come. Raises Cancelled or Lost, and then nothing is written."""
    said = {"done": done, "total": total, "note": note[:200]}
    if claim.rows().filter(cancel=False).update(**said):
        return
    if claim.rows().exists():
        raise Cancelled
    claim.lost = True
    raise Lost


def complete(claim: Claim, result: Any) -> None:
    """End the job well. Raises Lost if it is no longer this run's."""
    end(claim, State.DONE, result=result, error="")


def end(claim: Claim, state: State, **values: Any) -> None:
    if not claim.rows().update(state=state, finished_at=now(), lease_until=None, **values):
        raise Lost


def hand_back(claim: Claim) -> None:
    """Let another worker take the job at once; the attempt does not count."""
    atomic_retry(lambda: claim.rows().update(state=State.READY, lease_until=None, attempts=F("attempts") - 1))


def fail(claim: Claim, error: Exception, final: bool = False) -> State:
    """Put the job back for a later attempt, or end it after the last one or a final error."""
    changes: dict[str, Any] = {"error": describe(error), "lease_until": None}
    state = State.FAILED if final or claim.job.attempts >= claim.job.most_attempts else State.READY
    if state == State.FAILED:
        changes["finished_at"] = now()
    else:
        changes["run_after"] = now() + timedelta(seconds=wait(claim.job.attempts))
    if not atomic_retry(lambda: claim.rows().update(state=state, **changes)):
        raise Lost
    return state


def wait(attempts: int) -> float:
    """Seconds until the next attempt: doubled each time, and never the same for many jobs that failed together."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempts - 1))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


def describe(error: BaseException) -> str:
    """The class and the place of an error. Its message may hold people's data and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{place}"[:500]
