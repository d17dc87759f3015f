"""Reads of tasks for a person."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import fetch, may, near, parents, people_near, reach, roles_of
from keji.agenda.models import Campaign, Feed, LookedOver, Plan, Task
from keji.customers.models import Anniversary, Customer
from keji.customers.queries import NAMED, customers
from keji.database.search import SearchIndex
from keji.kernel.clock import start_of
from keji.kernel.errors import NotThere
from keji.records.listing import search

INDEX = SearchIndex("tasks")
PLENTY = 100  # tasks of one colleague that are counted
MOST = 200  # tasks in one group of a page; a count says how many there are


def tasks(person: Any, verb: str = "see") -> QuerySet[Task]:
    return near(person, Task, verb)


def task(person: Any, pk: int) -> Task:
    return fetch(person, Task, pk, tasks(person).select_related("customer"))


def kept(person: Any) -> QuerySet[Task]:
    """The tasks that nobody has given up."""
    return tasks(person).exclude(state="DROPPED")


def kept_task(person: Any, pk: int) -> Task:
    return fetch(person, Task, pk, kept(person).select_related("customer"))


def dropped(person: Any) -> QuerySet[Task]:
    """What was given up, as far as the person may give tasks up."""
    return near(person, Task, "delete").filter(state="DROPPED")


def dropped_task(person: Any, pk: int) -> Task:
    return fetch(person, Task, pk, dropped(person).select_related("customer"))


def found(person: Any, sheet: Any, asked: Any, verb: str = "see") -> QuerySet[Task]:
    """The tasks within reach of a verb that a list was narrowed to."""
    rows = tasks(person, verb).filter(asked.where)
    return search(sheet, person, rows, asked.words) if asked.words else rows


READ = (*(field.name for field in Task._meta.concrete_fields), *NAMED)


def waiting(person: Any, whose: Iterable[int] | None = None) -> QuerySet[Task]:
    """The open tasks of these people, as far as the person sees them; without names, the person's own.

    Of their customers comes what a line of a list shows.
    """
    ids = [person.pk] if whose is None else list(whose)
    rows = tasks(person).filter(assignee_id__in=ids, state="OPEN").select_related("customer")
    return rows.only(*READ).order_by("due_at", "pk")


def due(person: Any, until: datetime, most: int) -> list[Task]:
    """The person's own open tasks that are due before a moment, the most urgent first."""
    return list(waiting(person).filter(due_at__lt=until)[:most])


def ended(person: Any, since: datetime) -> QuerySet[Task]:
    """What the person has done of late, the newest first."""
    rows = tasks(person).filter(assignee_id=person.pk, state="DONE", ended_at__gte=since)
    return rows.select_related("customer").order_by("-ended_at", "-pk")


def of_customer(person: Any, customer: Any, most: int = 50) -> list[Task]:
    """The open tasks of a customer, as far as the person sees them; the most urgent first. Asked once for a page."""
    asked: dict[int, list[Task]] = customer.__dict__.setdefault("tasks_by_reader", {})
    if person.pk not in asked:
        rows = tasks(person).filter(customer_id=customer.pk, state="OPEN").order_by("due_at", "pk")[:most]
        asked[person.pk] = sorted(rows, key=lambda one: (one.due_at is None, one.due_at, one.pk))
    return asked[person.pk]


def next_of(person: Any, record: str, pk: int) -> Task | None:
    """The open follow-up task that a row says it is to be followed up by, as far as the person sees it."""
    rows = tasks(person).filter(kind="FOLLOWUP", state="OPEN").select_related("customer")
    rows = rows.filter(customer_id=pk) if record == "customers" else rows.filter(record=record, record_id=pk)
    return rows.order_by("due_at", "pk").first()


def between(person: Any, since: date, until: date, whose: Iterable[int]) -> list[Task]:
    """The tasks of these people that are due in a span of days, done ones too; the first of each day first."""
    rows = tasks(person).filter(due_at__gte=start_of(since), due_at__lt=start_of(until), assignee_id__in=list(whose))
    return list(rows.exclude(state="DROPPED").select_related("customer").order_by("due_at", "pk")[: MOST * 5])


def anniversaries(person: Any) -> list[tuple[Anniversary, Customer]]:
    """The days worth remembering of the customers that are the person's own."""
    mine = customers(person).filter(owner_id=person.pk)
    rows = Anniversary.objects.filter(customer__in=mine).select_related("customer")
    return [(one, one.customer) for one in rows.order_by("pk")[: MOST * 10]]


def colleagues(person: Any) -> dict[int, str]:
    """Who has tasks that the person sees, by name."""
    known = house().people
    found = tasks(person).filter(state="OPEN", assignee__isnull=False).order_by().values_list("assignee_id", flat=True)
    return {pk: known[pk].name for pk in sorted(set(found.distinct())) if pk in known}


def counts(person: Any, day: date) -> list[dict[str, Any]]:
    """How many open tasks each colleague has, and how many are overdue, today's, of this week, owed in writing and promised."""
    start, then, week = start_of(day), start_of(day + timedelta(days=1)), start_of(day + timedelta(days=7 - day.weekday()))
    rows: Any = tasks(person).filter(state="OPEN").order_by().values("assignee_id")
    found = rows.annotate(
        open=Count("pk"),
        late=Count("pk", filter=Q(due_at__lt=start)),
        today=Count("pk", filter=Q(due_at__gte=start, due_at__lt=then)),
        week=Count("pk", filter=Q(due_at__gte=then, due_at__lt=week)),
        update=Count("pk", filter=Q(kind="UPDATE")),
        commitment=Count("pk", filter=Q(kind="COMMITMENT")),
    )
    return list(found)


def around(person: Any) -> list[int] | None:
    """Whose tasks the person sees for their sake; None for everybody's."""
    return people_near(person, {reach(role, Task.RECORD, "see") for role in roles_of(person)})


def colleagues_of(person: Any) -> QuerySet[Person]:
    """Whose tasks the person sees for their sake, if they still work here."""
    ids, people = around(person), Person.objects.filter(is_active=True)
    return people if ids is None else people.filter(pk__in=ids)


def leads(person: Any) -> set[int]:
    """The colleagues whom the person may remind: all whose tasks it sees, if it gives customers to others."""
    return set(colleagues_of(person).exclude(pk=person.pk).values_list("pk", flat=True)) if may(person, "customers.assign") else set()


# Who has waited longest with something to do, in an index alone: one look a person. What hangs on customers in the bin counts here.
FIRST = """SELECT p.id, (SELECT t.due_at FROM agenda_task t WHERE t.assignee_id = p.id AND t.state = 'OPEN' AND t.deleted_at IS NULL
  AND t.due_at < %s ORDER BY t.due_at LIMIT 1) AS due FROM access_person p WHERE p.is_active"""
# What they have to do, counted up to so many each and without what hangs on customers in the bin.
COUNTED = """(SELECT COUNT(*) FROM (SELECT 1 FROM agenda_task t WHERE t.assignee_id = p.id AND t.state = 'OPEN' AND t.deleted_at IS NULL
  AND (t.customer_id IS NULL OR t.customer_id NOT IN (SELECT id FROM customers_customer WHERE deleted_at IS NOT NULL))
  AND {span} LIMIT {plenty}) AS counted)"""
SPANS = ("t.due_at < %s", "t.due_at >= %s AND t.due_at < %s")
COUNTS = f"SELECT p.id, p.name, {', '.join(COUNTED.format(span=span, plenty=PLENTY) for span in SPANS)} FROM access_person p WHERE TRUE"  # noqa: S608


def loads(person: Any, day: date, most: int) -> list[dict[str, Any]]:
    """What colleagues have to do whose tasks the person sees for their sake: pk, name, `late` and `today`.

    Whoever has let something wait longest comes first, at most so many people; those who have nothing to do are left out.
    Counted up to 100 a person, so that it takes no longer in a large house.
    """
    start, end = (connection.ops.adapt_datetimefield_value(start_of(day + timedelta(days=n))) for n in (0, 1))
    waits = {pk: due for pk, due in of_people(FIRST, around(person), end) if due is not None}
    first = sorted(waits, key=lambda pk: (waits[pk], pk))[:most]
    rows = of_people(COUNTS, first, start, start, end) if first else []
    found = {row[0]: dict(zip(("pk", "name", "late", "today"), row, strict=True)) for row in rows}
    return [found[pk] for pk in first if found[pk]["late"] or found[pk]["today"]]


def of_people(query: str, whose: Sequence[int] | None, *told: Any) -> list[Any]:
    """What a query says of these people; None for all of them."""
    narrow = "" if whose is None else f" AND p.id IN ({', '.join(['%s'] * len(whose))})"
    with connection.cursor() as cursor:
        cursor.execute(query + narrow, [*told, *(whose or ())])
        return cursor.fetchall()


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def feed(person: Any) -> Feed | None:
    return Feed.objects.filter(person_id=person.pk).first()


def reader_of(secret: str) -> Person | None:
    """Whose calendar this secret address is; nobody's once it was revoked or the person is disabled."""
    found = Feed.objects.filter(digest=digest(secret), person__is_active=True).select_related("person__team").first()
    return found.person if found else None


def may_plan(person: Any, customer: Customer) -> bool:
    """Whether a task that the person makes for this customer lies within the reach of making tasks."""
    return parents(person, Customer, "tasks", "create").filter(pk=customer.pk).exists()


class Progress(NamedTuple):
    """How many customers an owner has, and how many of them were looked over in a campaign."""

    owner: int
    total: int
    done: int


def owners() -> list[int]:
    """Everybody who works here and has customers."""
    known = house().people
    rows = Customer.objects.filter(deleted_at=None, owner__isnull=False).order_by().values_list("owner_id", flat=True)
    return [pk for pk in sorted(rows.distinct()) if pk in known and known[pk].active]


def progress(campaign: Campaign, owner: int | None = None) -> list[Progress]:
    """How far each owner has come, or one. A customer that changes hands counts for the one who has it now."""
    rows = Customer.objects.filter(deleted_at=None, owner__isnull=False, created_at__lt=campaign.begun_at).order_by()
    rows = rows.filter(owner_id=owner) if owner else rows
    everything = dict(rows.values_list("owner_id").annotate(n=Count("pk")))
    seen = LookedOver.objects.filter(campaign=campaign, customer__deleted_at=None, customer__owner__isnull=False)
    seen = seen.filter(customer__owner_id=owner) if owner else seen
    done = dict(seen.order_by().values_list("customer__owner_id").annotate(n=Count("pk")))
    return [Progress(pk, count, min(count, done.get(pk, 0))) for pk, count in sorted(everything.items())]


def campaigns(most: int = 24) -> list[Campaign]:
    return list(Campaign.objects.select_related("closed_by").order_by("-turn", "limit")[:most])


def campaign(pk: int) -> Campaign:
    found = Campaign.objects.select_related("closed_by").filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def to_look_over(person: Any, campaign: Campaign, owner: int, done: bool, most: int = 100) -> list[Customer]:
    """The customers of an owner, near the person, that were or were not looked over yet; those not contacted longest first."""
    seen = LookedOver.objects.filter(campaign=campaign).values("customer_id")
    rows = customers(person).filter(owner_id=owner, created_at__lt=campaign.begun_at)
    rows = rows.filter(pk__in=seen) if done else rows.exclude(pk__in=seen)
    return list(rows.order_by(F("last_followup_at").asc(nulls_first=True), "pk")[:most])


def outcomes(campaign: Campaign, ids: Iterable[int]) -> dict[int, str]:
    rows = LookedOver.objects.filter(campaign=campaign, customer_id__in=list(ids))
    return dict(rows.values_list("customer_id", "outcome"))


def plans(person: Any) -> list[Plan]:
    """The plans of a person, the newest on top."""
    return list(Plan.objects.filter(person=person).order_by("-enabled", "-pk"))


def plan_counts(person: Any) -> dict[int, int]:
    """How many tasks came of each of a person's plans."""
    mine = Plan.objects.filter(person=person).values_list("pk", flat=True)
    return {pk: Task.objects.filter(source__startswith=f"plans:{pk}:").count() for pk in mine}


def promises(person: Any, customer_id: int, most: int = 10) -> list[Task]:
    """What was promised to a customer and is still open, as far as the person sees it, the most urgent first."""
    rows = tasks(person).filter(customer_id=customer_id, kind="COMMITMENT", state="OPEN").order_by("due_at", "pk")
    return list(rows[:most])
