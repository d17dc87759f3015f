"""Telling in the background: the trail is read, notices are passed on, then whoever has something to get gets a job of its own."""

import time
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from keji import queue
from keji.database import lock_key
from keji.notices.models import Channel, Hook
from keji.notices.rules import fanout, inbox, passing, sending
from keji.notices.rules.receivers import Receiver
from keji.queue import called, every, task

PATIENCE = 20.0  # then the next one has its turn


@every(seconds=10, name="tell others")
@called(_("发送通知"))
@task()
def tell_others() -> None:
    fanout.fan_out()
    passing.pass_on()
    wake()


def wake() -> int:
    """Give each hook and channel that has something to send a job, unless it has one. Returns how many."""
    return sum(start(receiver) for receiver in sending.ready())


def start(receiver: Receiver) -> bool:
    model = type(receiver)
    with transaction.atomic():
        lock_key(f"job of {model.__name__.lower()} {receiver.pk}")
        known = model.objects.filter(pk=receiver.pk).values_list("job_id", flat=True).first()
        if known and any(job.is_open for job in queue.jobs().filter(pk=known)):
            return False
        job = queue.enqueue(deliver if model is Hook else deliver_word, receiver.pk)
        model.objects.filter(pk=receiver.pk).update(job_id=job.pk)
    return True


def for_a_while() -> Callable[[int], bool]:
    until = time.monotonic() + PATIENCE

    def go_on(count: int) -> bool:
        queue.progress(count)
        return time.monotonic() < until

    return go_on


@called(_("发送回调"))
@task(queue_name="outgoing")
def deliver(hook_id: int) -> int:
    """Send what a hook has to send, for a while."""
    return sending.send_due(Hook, hook_id, for_a_while())


@called(_("发送邮件和机器人消息"))
@task(queue_name="outgoing")
def deliver_word(channel_id: int) -> int:
    """Send what goes out by a channel, for a while."""
    return sending.send_due(Channel, channel_id, for_a_while())


@every(daily="03:50", name="forget deliveries")
@called(_("清理发送记录"))
@task()
def forget_deliveries() -> int:
    return sending.forget()


@every(daily="03:55", name="forget notices")
@called(_("清理旧消息"))
@task()
def forget_notices() -> int:
    return inbox.forget()
