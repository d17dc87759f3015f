"""The form of a task, read from what was posted and drawn again with what is wrong."""

from collections.abc import Iterable
from typing import Any

from keji.agenda.sheet import SECTIONS, TASKS
from keji.customers.forms import Posted
from keji.customers.forms import read as read_fields
from keji.kernel.errors import Problem
from keji.records.entry import Form, build, rules_for


def read(person: Any, data: Any, task: Any = None) -> Posted:
    return read_fields(TASKS, person, data, task)


def task_form(person: Any, task: Any = None, *, sent: Posted | None = None, problems: Iterable[Problem] = ()) -> Form:
    return build(
        TASKS,
        SECTIONS,
        rules_for(TASKS, person, task),
        record=task,
        raw=sent.raw if sent else None,
        problems=problems,
        required=("title",),
        values={"kind": "OTHER", "assignee": person.pk},
    )
