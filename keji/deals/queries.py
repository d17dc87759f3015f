"""Reads of deals for a person, and the pipelines that everybody shares."""

# ruff: noqa: S611  (the SQL comes from querysets, its values are parameters)

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext

from keji.access.house import house
from keji.access.models import Team
from keji.access.scope import fetch, near, visible
from keji.database.search import SearchIndex
from keji.deals.models import CLOSED, Deal, Pipeline, Stage, StageChange
from keji.kernel.errors import NotThere
from keji.records.listing import search


class DealIndex(SearchIndex):
    """Whose a deal is stands with its customer, not in the index: the rows that are searched are the person's already."""

    def where(self, queryset: QuerySet, words: str, classes: set[str], near: Any = None, **more: Any) -> QuerySet:
        return super().where(queryset, words, classes, None, **more)


INDEX = DealIndex("deals")
MOVE = ("deal", "old", "new", "who", "at", "deal__name")  # what a timeline says of a move
NO_STAGE = -1  # stands for each stage in what asks for the cards of one
CARDS = 40  # a column of the board shows so many


@dataclass(frozen=True)
class Step:
    """A stage as everybody sees it, with its pipeline."""

    pk: int
    code: str
    called: str
    category: str
    probability: int
    step: int
    rotting_days: int | None
    criteria: tuple[str, ...]
    enabled: bool
    pipeline_id: int

    @property
    def name(self) -> str:
        """In the language of the page, where it is a delivered name."""
        return gettext(self.called)


@dataclass(frozen=True)
class Line:
    """A pipeline with its stages in order."""

    pk: int
    code: str
    called: str
    team: str  # the path of the team whose own it is
    enabled: bool
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        return gettext(self.called)

    @property
    def offered(self) -> list[Step]:
        return [step for step in self.steps if step.enabled]

    @property
    def first(self) -> Step | None:
        return next((step for step in self.offered if step.category == "OPEN"), None)


def read_lines() -> dict[int, Line]:
    steps: dict[int, list[Step]] = {}
    for s in Stage.objects.order_by("sort", "pk"):
        found = Step(
            s.pk,
            s.code,
            s.name,
            s.category,
            s.probability,
            s.step,
            s.rotting_days,
            tuple(s.exit_criteria),
            s.enabled,
            s.pipeline_id,
        )
        steps.setdefault(s.pipeline_id, []).append(found)
    rows = Pipeline.objects.select_related("team").order_by("sort", "pk")
    return {
        p.pk: Line(p.pk, p.code, p.name, p.team.path if p.team else "", p.enabled, tuple(steps.get(p.pk, ())))
        for p in rows
    }


def lines() -> dict[int, Line]:
    """All pipelines, kept until a steward changes one."""
    return house().once("pipelines", read_lines)


def steps() -> dict[int, Step]:
    return house().once("stages", lambda: {step.pk: step for line in lines().values() for step in line.steps})


def step(pk: int) -> Step:
    known = steps().get(pk)
    if known is None:
        raise NotThere(pk)
    return known


def line(pk: int) -> Line:
    known = lines().get(pk)
    if known is None:
        raise NotThere(pk)
    return known


def lines_for(person: Any) -> list[Line]:
    """The pipelines offered to a person: those of everybody and of the teams above; the own team's first."""
    team = getattr(getattr(person, "team", None), "path", "")
    found = [one for one in lines().values() if one.enabled and one.first and team.startswith(one.team)]
    preset = house()["profile"]
    return sorted(found, key=lambda one: (-len(one.team), one.code != preset))


def lines_seen(person: Any) -> list[Line]:
    """The pipelines whose board a person may look at: those offered, then others in which deals stand that the person sees."""
    offered = lines_for(person)
    others = [one.pk for one in lines().values() if one not in offered]
    if not others:
        return offered
    there = visible(person, Deal).filter(pipeline_id=OuterRef("pk"))
    used = Pipeline.objects.filter(Exists(there), pk__in=others).order_by("sort", "pk")
    return offered + [line(pk) for pk in used.values_list("pk", flat=True)]


def teams() -> dict[int, str]:
    """The names of the teams."""
    return house().once("teams", lambda: dict(Team.objects.order_by("path").values_list("pk", "name")))


def deals(person: Any, verb: str = "see") -> QuerySet[Deal]:
    return near(person, Deal, verb)


def deal(person: Any, pk: int) -> Deal:
    return fetch(person, Deal, pk, visible(person, Deal).select_related("customer", "contact"))


def binned(person: Any) -> QuerySet[Deal]:
    return near(person, Deal, "delete", binned=True)


def binned_deal(person: Any, pk: int) -> Deal:
    return fetch(person, Deal, pk, binned(person).select_related("customer"))


def of_customer(person: Any, customer_id: int, most: int = 20) -> list[Deal]:
    """The deals of a customer: open ones first, then those that moved last."""
    rows = visible(person, Deal).filter(customer_id=customer_id)
    found = list(rows.order_by("-changed_at", "-pk")[: most * 5])
    return sorted(found, key=lambda one: one.category != "OPEN")[:most]


def moves(deal: Deal) -> list[StageChange]:
    """The moves of a deal that the caller has fetched for its reader, newest first."""
    return list(deal.moves.order_by("-pk")[:50])


def moves_of(person: Any, customer_id: int, before: tuple[datetime, int] | None, most: int) -> list[StageChange]:
    """The moves of a customer's deals, newest first, behind a place of the timeline on."""
    theirs = visible(person, Deal).filter(customer_id=customer_id)
    rows = StageChange.objects.filter(deal__in=theirs).select_related("deal").only(*MOVE)
    if before:
        at, pk = before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    return list(rows.order_by("-at", "-pk")[:most])


def found(person: Any, sheet: Any, asked: Any, verb: str = "see") -> QuerySet[Deal]:
    """The deals within reach of a verb that a list was narrowed to."""
    rows = deals(person, verb).filter(asked.where)
    return search(sheet, person, rows, asked.words) if asked.words else rows


def cards(rows: QuerySet[Deal], stages: Iterable[int], order: str, wanted: Iterable[str]) -> list[dict[str, Any]]:
    """The first cards of each column in one query: each column is read along its index, none is sorted."""
    top = rows.filter(stage_id=NO_STAGE, deleted_at=None).order_by(order, "-pk").values("id")[:CARDS]
    try:
        sql, told = top.query.sql_with_params()
    except EmptyResultSet:  # the person sees none, or the words can occur nowhere
        return []
    place, columns = told.index(NO_STAGE), list(stages)
    parts = [f"SELECT id FROM ({sql}) AS column_{stage}" for stage in columns]  # noqa: S608
    values = [value for stage in columns for value in (*told[:place], stage, *told[place + 1 :])]
    if not parts:
        return []
    chosen = Deal.objects.filter(pk__in=RawSQL(" UNION ALL ".join(parts), values))
    return list(chosen.order_by(order, "-pk").values(*wanted))


def sums(rows: QuerySet[Deal], pipeline: int) -> list[dict[str, Any]]:
    """How many deals stand in each stage, and what they add up to in each currency."""
    grouped = rows.filter(pipeline_id=pipeline).order_by().values("stage_id", "currency")
    found: Any = grouped.annotate(number=Count("pk"), total=Sum("amount"))
    return list(found)


def waiting(rows: QuerySet[Deal]) -> QuerySet[Deal]:
    return rows.filter(category="OPEN")


def own(person: Any) -> QuerySet[Deal]:
    """The person's own open deals."""
    return waiting(deals(person)).filter(owner_id=person.pk)


def won(rows: QuerySet[Deal]) -> QuerySet[Deal]:
    return rows.filter(category__in=CLOSED)


def by_month(rows: QuerySet[Deal], day: str, since: date, until: date) -> list[dict[str, Any]]:
    """Deals by the month of a date and by owner: how many, expected and weighted. Yuan only."""
    inside = rows.filter(**{f"{day}__gte": since, f"{day}__lt": until}, currency="CNY")
    grouped = inside.order_by().annotate(month=TruncMonth(day)).values("month", "owner_id")
    found: Any = grouped.annotate(number=Count("pk"), total=Sum("amount"), weighted=Sum("weighted"))
    return list(found)


def outside(rows: QuerySet[Deal], since: date) -> list[dict[str, Any]]:
    """Open deals that no month to come holds: overdue, and without a date."""
    inside = rows.filter(Q(expected_close_date__lt=since) | Q(expected_close_date=None), currency="CNY")
    grouped = inside.order_by().annotate(month=TruncMonth("expected_close_date")).values("month", "owner_id")
    found: Any = grouped.annotate(number=Count("pk"), total=Sum("amount"), weighted=Sum("weighted"))
    return list(found)


def pipelines() -> list[Pipeline]:
    return list(Pipeline.objects.select_related("team").order_by("sort", "pk"))


def pipeline(pk: int) -> Pipeline:
    known = Pipeline.objects.filter(pk=pk).select_related("team").first()
    if known is None:
        raise NotThere(pk)
    return known


def stage(pk: int) -> Stage:
    known = Stage.objects.filter(pk=pk).select_related("pipeline").first()
    if known is None:
        raise NotThere(pk)
    return known


def counts(pipeline_id: int) -> dict[int, int]:
    """How many deals each stage of a pipeline holds, those in the bin included."""
    rows = Deal.objects.filter(pipeline_id=pipeline_id).values("stage_id").annotate(number=Count("pk"))
    return {row["stage_id"]: row["number"] for row in rows.order_by()}
