"""Reads about imports: everybody sees their own."""

from typing import Any

from django.db.models import QuerySet

from keji.intake.models import Line, Run
from keji.kernel.errors import NotThere


def runs(person: Any) -> QuerySet[Run]:
    return Run.objects.filter(person=person).order_by("-pk")


def run(person: Any, pk: int) -> Run:
    found = runs(person).filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def line(person: Any, run_id: int, pk: int) -> Line:
    found = run(person, run_id).lines.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def lines(run: Run, states: tuple[str, ...], column: str = "", after: int = 0, most: int = 100) -> list[Line]:
    rows = run.lines.filter(pk__gt=after).order_by("pk")
    if states:
        rows = rows.filter(state__in=states)
    if column:
        rows = rows.filter(problems__icontains=f'"{column}"')
    return list(rows[: most + 1])


def samples(run: Run, place: int) -> list[list[Any]]:
    return list(run.lines.filter(sheet=place).order_by("number").values_list("cells", flat=True)[:3])
