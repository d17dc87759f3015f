"""Reads about imports, of which everybody sees their own, and of paper forms."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, QuerySet

from keji.access.scope import fetch, near, people_near, reach, roles_of, visible
from keji.intake.models import Line, PaperForm, Run
from keji.kernel.errors import NotThere
from keji.records.models import Attachment
from keji.records.queries import attachments_on


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


def forms(person: Any) -> QuerySet[PaperForm]:
    return near(person, PaperForm)


def form(person: Any, pk: int) -> PaperForm:
    return fetch(person, PaperForm, pk, visible(person, PaperForm).select_related("customer"))


def forms_of(person: Any, customer_id: int) -> list[PaperForm]:
    """The paper forms that were entered as a customer."""
    return list(visible(person, PaperForm).filter(customer_id=customer_id).order_by("-number")[:20])


def waiting(person: Any) -> dict[str, int]:
    """How many forms stand in each state."""
    return dict(forms(person).order_by().values_list("state").annotate(Count("pk")))


def scans(person: Any, form: PaperForm) -> list[Attachment]:
    """Its scans, page by page."""
    return attachments_on(person, PaperForm.RECORD, [form.pk]).get(form.pk, [])


def collectors(person: Any, people: Mapping[int, Any]) -> list[tuple[int, str]]:
    """Those for whom the person may have forms printed."""
    ids = people_near(person, {reach(role, PaperForm.RECORD, "create") for role in roles_of(person)})
    return [(pk, one.name) for pk, one in people.items() if one.active and (ids is None or pk in ids)]
