"""The clocks in the background: watched each minute, found anew when the calendar or a limit has changed."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.clocks.models import Clock
from keji.clocks.queries import INTERVAL
from keji.clocks.rules import turns
from keji.clocks.rules.running import recompute
from keji.clocks.rules.watch import watch
from keji.queue import called, done_so_far, enqueue, every, progress, task

STEP = 1000
PATIENCE = 20.0


@every(seconds=INTERVAL.seconds, name="watch the clocks")
@called(_("到期提醒和升级"))
@task()
def watch_clocks() -> None:
    """For a while; then other jobs have their turn before it goes on."""
    fresh()
    if not watch(progress, PATIENCE):
        enqueue(watch_clocks)


@every(daily="00:20", name="turns of the calendar")
@called(_("按日历开始的定期工作"))
@task()
def take_turns() -> int:
    fresh()
    return turns.take_turns()


@called(_("重算到期时间"))
@task(queue_name="long")
def find_anew(limit_id: int | None = None) -> None:
    """Find the due dates of running clocks anew: all, or those of a limit. Goes on after a kill from where it was."""
    fresh()
    running = Clock.objects.filter(stopped_at=None).select_related("limit").order_by("pk")
    running = running.filter(limit_id=limit_id) if limit_id else running
    last = done_so_far()
    while True:
        with transaction.atomic():
            some = list(running.filter(pk__gt=last)[:STEP])
            if not some:
                return
            recompute(some)
            last = some[-1].pk
            progress(last)


def with_dates_anew(rule: Callable[[], Any], limit_id: int | None = None) -> Any:
    """Do what changes due dates, and have them found anew: both or neither."""
    with transaction.atomic():
        done = rule()
        enqueue(find_anew, limit_id)
    return done
