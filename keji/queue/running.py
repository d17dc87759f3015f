"""The job that runs in this thread."""

import contextvars
import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django_tasks.base import TaskContext
from django_tasks.utils import normalize_json

from keji.database import atomic_retry
from keji.queue import claims
from keji.queue.backend import find, result_of
from keji.queue.claims import Claim
from keji.queue.errors import HandedBack, Lost

PAUSE = 0.5
current: contextvars.ContextVar[Claim | None] = contextvars.ContextVar("current", default=None)


def progress(done: int, total: int | None = None, note: str = "") -> None:
    claim = current.get()
    if claim is None:
        return
    if claim.lost:
        raise Lost
    instant = time.monotonic()
    # In a transaction every call writes, because the write is what ties the transaction to the job.
    if connection.in_atomic_block or done == total or instant - claim.written_at >= PAUSE:
        claim.written_at = instant
        claims.report(claim, done, total, note)
    if claim.stop.is_set():
        raise HandedBack


def done_so_far() -> int:
    claim = current.get()
    return claim.job.done if claim else 0


def token() -> str:
    claim = current.get()
    return f"job-{claim.job.pk}" if claim else ""


def perform(claim: Claim) -> None:
    """Run the claimed job and complete it."""
    task = find(claim.job.task)
    before = current.set(claim)
    try:
        if task.atomic:
            with transaction.atomic():
                claims.complete(claim, call(task, claim))
        else:
            result = call(task, claim)
            atomic_retry(lambda: claims.complete(claim, result))
    finally:
        current.reset(before)


def call(task: Any, claim: Claim) -> Any:
    args = claim.job.payload["args"]
    if task.takes_context:
        args = [TaskContext(task_result=result_of(claim.job, task, task.backend)), *args]
    with translation.override(claim.job.payload.get("language", settings.LANGUAGE_CODE)):
        return normalize_json(task.call(*args, **claim.job.payload["kwargs"]))
