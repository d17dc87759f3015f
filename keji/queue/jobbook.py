"""What others may ask about jobs."""

from django.db.models import QuerySet

from keji.kernel.clock import now
from keji.kernel.errors import NotThere
from keji.queue.models import Job, State


def job(pk: int) -> Job:
    found = Job.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def jobs(person_id: int | None = None) -> QuerySet[Job]:
    rows = Job.objects.order_by("-id")
    return rows if person_id is None else rows.filter(person_id=person_id)


def cancel(pk: int) -> bool:
    waiting = Job.objects.filter(pk=pk, state=State.READY)
    if waiting.update(state=State.CANCELLED, cancel=True, finished_at=now()):
        return True
    return bool(Job.objects.filter(pk=pk, state=State.RUNNING).update(cancel=True))
