"""Takes jobs from workers that died, whatever the clock on the wall does.

A lease that ran out by the wall clock counts, unless the clock was just moved. A lease that nobody renewed for its
whole length by this process's own monotonic clock counts always: so a clock set back an hour delays nothing.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from keji.kernel.clock import now
from keji.queue.claims import LEASE
from keji.queue.models import Job, State

JUMP = 5.0
DIED = "keji.queue.WorkerDied"


@dataclass
class Reaper:
    lease: float = LEASE
    seen: dict[int, tuple[int, datetime | None, float]] = field(default_factory=dict)
    offset: float | None = None
    moved_at: float = float("-inf")

    def reap(self) -> int:
        """Free the jobs of dead workers, and say how many there were."""
        trust = self.trust_clock()
        running = list(Job.objects.filter(state=State.RUNNING))
        self.seen = {job.pk: self.sight(job) for job in running}
        return sum(free(job) for job in running if self.is_over(job, trust))

    def trust_clock(self) -> bool:
        """Whether the wall clock has run evenly for the length of a lease."""
        instant = time.monotonic()
        offset = now().timestamp() - instant
        if self.offset is not None and abs(offset - self.offset) > JUMP:
            self.moved_at = instant
        self.offset = offset
        return instant - self.moved_at > self.lease

    def sight(self, job: Job) -> tuple[int, datetime | None, float]:
        known = self.seen.get(job.pk)
        if known and known[:2] == (job.fence, job.lease_until):
            return known
        return job.fence, job.lease_until, time.monotonic()

    def is_over(self, job: Job, trust: bool) -> bool:
        if trust and (job.lease_until is None or job.lease_until < now()):
            return True
        return time.monotonic() - self.seen[job.pk][2] > self.lease


def free(job: Job) -> bool:
    """Make the job of a dead worker wait again, or end it if it has killed its last one."""
    same = Q(pk=job.pk, fence=job.fence, lease_until=job.lease_until, state=State.RUNNING)
    if job.cancel:
        changes = {"state": State.CANCELLED, "finished_at": now()}
    elif job.attempts >= job.most_attempts:
        changes = {"state": State.FAILED, "finished_at": now(), "error": DIED}
    else:
        changes = {"state": State.READY, "run_after": None, "error": DIED}
    return bool(Job.objects.filter(same).update(lease_until=None, **changes))
