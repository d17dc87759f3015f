"""Which tasks are repeated by the clock."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Any, TypeVar

AnyTask = TypeVar("AnyTask")


@dataclass(frozen=True)
class Every:
    """A task repeated after so many seconds, or each day at a local time."""

    name: str
    task: Any
    seconds: int | None = None
    daily: time | None = None


REPEATED: dict[str, Every] = {}
CALLED: dict[str, Any] = {}  # the path of a task → what people call it


def called(label: Any) -> Callable[[AnyTask], AnyTask]:
    """Say what people call the task below: `@called(_("…"))` above `@task`."""

    def register(task: AnyTask) -> AnyTask:
        CALLED[task.module_path] = label  # type: ignore[attr-defined]
        return task

    return register


def title(path: str) -> str:
    """What people call a task; its bare name where nobody has said."""
    return str(CALLED.get(path) or path.rpartition(".")[2])


def every(*, seconds: int | None = None, daily: str | None = None, name: str = "") -> Callable[[AnyTask], AnyTask]:
    """Repeat the task below: `@every(daily="02:00")` above `@task`. After a standstill it runs once."""
    if (seconds is None) == (daily is None):
        raise ValueError("every() takes seconds or daily")
    if seconds is not None and seconds < 1:
        raise ValueError("every() takes at least one second")
    if daily is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", daily):
        raise ValueError("daily is a time such as 02:00")

    def register(task: AnyTask) -> AnyTask:
        path = task.module_path  # type: ignore[attr-defined]
        known = REPEATED.get(name or path)
        if known and known.task.module_path != path:
            raise ValueError(f"two repeated tasks are called {name}")
        REPEATED[name or path] = Every(name or path, task, seconds, time.fromisoformat(daily) if daily else None)
        return task

    return register
