"""Django's tasks API over the table of jobs."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django_tasks import base
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist
from django_tasks.utils import normalize_json

from keji.kernel.clock import now

LANES = ("default", "long", "outgoing")  # in the last one somebody else may keep us waiting
CODE = re.compile(r"[A-Za-z0-9_.:/+-]{0,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(base.Task):
    """A task that is tried `attempts` times; an `atomic` one is a single transaction with its completion."""

    attempts: int = 5
    atomic: bool = False


class Backend(BaseTaskBackend):
    task_class = Task
    supports_defer = True
    supports_get_result = True
    supports_priority = True

    def validate_task(self, task):
        super().validate_task(task)
        if task.queue_name not in LANES:
            raise InvalidTaskError(f"queue_name is one of {', '.join(LANES)}")

    def enqueue(self, task, args, kwargs):
        return result_of(store(task, args, kwargs), task, self.alias)

    def get_result(self, result_id):
        from keji.queue.models import Job

        try:
            job = Job.objects.get(pk=int(result_id))
        except (Job.DoesNotExist, ValueError) as error:
            raise TaskResultDoesNotExist(result_id) from error
        return result_of(job, find(job.task), self.alias)


def store(task: Any, args: Any, kwargs: Any, *, person_id: int | None = None, key: str | None = None) -> Any:
    """Insert a job, or return the one that has this key."""
    from keji.queue.models import Job

    task.get_backend().validate_task(task)
    payload = {"args": normalize_json(list(args)), "kwargs": normalize_json(dict(kwargs))}
    refuse_words(payload)
    payload["language"] = get_language() or settings.LANGUAGE_CODE  # that of the person who asked
    job = Job(
        task=task.module_path,
        lane=task.queue_name,
        payload=payload,
        priority=task.priority,
        run_after=task.run_after,
        most_attempts=task.attempts,
        person_id=person_id,
        key=key,
        made_at=now(),
    )
    if key is None:
        job.save(force_insert=True)
        return job
    Job.objects.bulk_create([job], ignore_conflicts=True)
    return Job.objects.get(key=key)


def refuse_words(value: Any) -> None:
    """Let only ids, numbers and codes through: the table of jobs is no place for people's data."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for part in value:
            refuse_words(part)
    elif isinstance(value, str) and not CODE.fullmatch(value):
        raise TypeError("a job takes ids, numbers and codes only; store the text in a record and pass its id")


def find(path: str) -> Any:
    """The task of that path. A path that leads to anything else raises LookupError."""
    from django.utils.module_loading import import_string

    try:
        found = import_string(path)
    except ImportError as error:
        raise LookupError(path) from error
    if not isinstance(found, Task):
        raise LookupError(path)
    return found


STATUS = {
    "ready": TaskResultStatus.READY,
    "running": TaskResultStatus.RUNNING,
    "done": TaskResultStatus.SUCCESSFUL,
    "failed": TaskResultStatus.FAILED,
    "cancelled": TaskResultStatus.FAILED,
}


def result_of(job: Any, task: Any, alias: str) -> TaskResult:
    error, _, place = job.error.partition(" ")
    result: TaskResult = TaskResult(
        task=task,
        id=str(job.pk),
        status=STATUS[job.state],
        enqueued_at=job.made_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.started_at,
        args=job.payload["args"],
        kwargs=job.payload["kwargs"],
        backend=alias,
        errors=[TaskError(exception_class_path=error, traceback=place)] if error else [],
        worker_ids=[job.claimed_by] * job.attempts,
    )
    object.__setattr__(result, "_return_value", job.result)
    return result
