"""Telling in the background: the trail is read, then each hook that has something to send gets a job of its own."""

import time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from keji import queue
from keji.database import lock_key
from keji.notices.models import Hook
from keji.notices.rules import fanout, sending
from keji.queue import called, every, task

PATIENCE = 20.0  # then the next hook has its turn


@every(seconds=10, name="tell others")
@called(_("通知其他系统"))
@task()
def tell_others() -> None:
    fanout.fan_out()
    wake()


def wake() -> int:
    """Give each hook that has something to send a job, unless it has one. Returns how many."""
    return sum(start(hook.pk) for hook in sending.ready())


def start(hook_id: int) -> bool:
    with transaction.atomic():
        lock_key(f"job of hook {hook_id}")
        known = Hook.objects.filter(pk=hook_id).values_list("job_id", flat=True).first()
        if known and any(job.is_open for job in queue.jobs().filter(pk=known)):
            return False
        job = queue.enqueue(deliver, hook_id)
        Hook.objects.filter(pk=hook_id).update(job_id=job.pk)
    return True


@called(_("发送回调"))
@task(queue_name="outgoing")
def deliver(hook_id: int) -> int:
    """Send what a hook has to send, for a while."""
    until = time.monotonic() + PATIENCE

    def go_on(count: int) -> bool:
        queue.progress(count)
        return time.monotonic() < until

    return sending.send_due(hook_id, go_on)


@every(daily="03:50", name="forget deliveries")
@called(_("清理回调的发送记录"))
@task()
def forget_deliveries() -> int:
    return sending.forget()
