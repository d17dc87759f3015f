"""The queue's own housekeeping."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from keji.database.counting import count_anew
from keji.kernel.clock import now
from keji.queue import beats
from keji.queue.models import Job, State
from keji.queue.registry import called, every

KEEP = {State.DONE: timedelta(days=30), State.CANCELLED: timedelta(days=30), State.FAILED: timedelta(days=180)}
BATCH = 1000


@every(daily="03:05", name="count rows for the database")
@called(_("统计数据分布，让查询走对索引"))
@task
def count_rows() -> None:
    count_anew()


@every(daily="03:40", name="queue.forget")
@called(_("清理旧任务记录"))
@task
def forget() -> int:
    """Delete jobs that ended long ago."""
    beats.forget()
    return sum(delete_ended(state, now() - kept) for state, kept in KEEP.items())


def delete_ended(state, before):
    count = 0
    while ids := list(Job.objects.filter(state=state, finished_at__lt=before).values_list("pk", flat=True)[:BATCH]):
        Job.objects.filter(pk__in=ids).delete()
        count += len(ids)
    return count
