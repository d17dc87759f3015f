"""The limits that run on customers: contact by grade (U-FREQ), and how soon a lead is answered and graded.

What should run follows from the customer; `keep` compares that with what does run, for one or for many.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.clocks.models import Clock, Kind, Limit, Unit
from keji.clocks.queries import calendar, contact_limit, limit_of
from keji.clocks.rules import reckoning, running
from keji.clocks.rules.running import About
from keji.customers.models import Customer, GradeChange
from keji.customers.tagbook import tagbook
from keji.database import one_of
from keji.kernel.calendar import end_of_day, month_end
from keji.kernel.clock import day_of, now, zone
from keji.kernel.errors import Problem

ENTRY, SYNC, RESPONSE, GRADING = "SLA-02", "SLA-04", "SLA-20", "SLA-21"
REVIEWS = ("SLA-06", "SLA-07")  # of ordinary facts, and of important ones
WEIGHTY, GREAT = frozenset({"A"}), 500_000  # grades, and what was won in twelve months, that make a customer important
RECORD = Customer.RECORD
SLOWEST = "C"  # a lead that nobody graded yet is answered as the least pressing ones are
AHEAD = timedelta(minutes=5)  # clocks differ
NOTICE = timedelta(days=7)  # a month counts for a new customer only if so much of it is left
CONTACTED = {"DEEP": "last_deep_at", "REGULAR": "last_regular_at", "PUSH": "last_followup_at"}
LEAD = Q(grade="", lifecycle_stage="POTENTIAL", deleted_at=None)
FACTS = (
    "id", "owner_id", "grade", "lead_grade", "lifecycle_stage", "cooperation_status", "deleted_at",
    "created_at", "review_state", "is_strategic", "won_amount_12m", "tags", *CONTACTED.values(),
)  # fmt: skip


class Since(NamedTuple):
    """From when a clock of contacts runs, and what is added to its limit."""

    at: datetime
    extra: int = 0


def is_lead(facts: Mapping[str, Any]) -> bool:
    return not facts["grade"] and facts["lifecycle_stage"] == "POTENTIAL" and facts["deleted_at"] is None


def is_important(facts: Mapping[str, Any]) -> bool:
    """Whether the facts of a customer are reviewed twice (U-IMPORTANT)."""
    if facts["is_strategic"] or facts["grade"] in WEIGHTY or facts["won_amount_12m"] >= GREAT:
        return True
    known = tagbook().tags if facts["tags"] else {}
    return any(tag in known and known[tag].name.upper() == "VIP" for tag in facts["tags"])


def contact_due(facts: Mapping[str, Any]) -> Limit | None:
    """The limit of contact that runs on a customer: one of its grade, while somebody looks after it."""
    if facts["owner_id"] is None or facts["deleted_at"] or facts["lifecycle_stage"] == "LOST":
        return None
    return contact_limit(facts["grade"]) if facts["cooperation_status"] != "TERMINATED" else None


def last_contact(limit: Limit, facts: Mapping[str, Any]) -> datetime | None:
    """The last contact deep enough for the limit: DEEP counts as REGULAR, and all count as PUSH."""
    found: datetime | None = facts[CONTACTED[limit.depth]]
    return found


def begins(limit: Limit, last: datetime | None, graded: datetime) -> Since:
    """From when the limit counts: the last contact, unless it was over already when the customer got its grade."""
    if last and reckoning.due(limit.unit, limit.amount, last, calendar()).at > graded:
        return Since(last)
    if limit.unit != Unit.MONTHS:
        return Since(graded)
    late = end_of_day(month_end(day_of(graded))) - NOTICE < graded
    return Since(graded, 0 if late else -1)


def in_time(limit: Limit, last: datetime | None) -> bool:
    """True if the last contact still counts, whenever the grade was given."""
    return last is not None and reckoning.due(limit.unit, limit.amount, last, calendar()).at > now()


def graded_at(facts: Sequence[Mapping[str, Any]]) -> dict[int, datetime]:
    """When these customers got the grade they have."""
    ids = [one["id"] for one in facts]
    rows = GradeChange.objects.filter(customer_id__in=one_of(ids)).exclude(old=F("new")).order_by()
    known = dict(rows.values_list("customer_id").annotate(Max("at")))
    return {one["id"]: known.get(one["id"], one["created_at"]) for one in facts}


def keep(ids: Iterable[int], fresh: bool = False) -> int:
    """Let exactly those clocks run on these customers that should. Returns how many were changed.

    Inside the transaction of whatever changed the customers, after it. `fresh`: they are new, and nothing runs yet.
    """
    wanted = list(ids)
    if not wanted:
        return 0
    facts = list(Customer.objects.filter(pk__in=one_of(wanted)).values(*FACTS))
    clocks = {} if fresh else open_on(wanted)
    limit_for = {one["id"]: contact_due(one) for one in facts}
    unsure = [one for one in facts if (limit := limit_for[one["id"]]) and not in_time(limit, last_contact(limit, one))]
    graded = graded_at(unsure) if unsure else {}
    begun, count = [], 0
    for one in facts:
        there = clocks.get(one["id"], [])
        count += keep_events(one, there)
        limit = limit_for[one["id"]]
        since = since_of(limit, one, graded) if limit else None
        changed, new = keep_contact(one, limit, since, there)
        count += changed
        if new and limit and since:
            begun.append((limit, About(RECORD, one["id"], one["id"], one["owner_id"]), since.at, since.extra))
    running.begin(begun, fresh)
    return count + len(begun)


def since_of(limit: Limit, facts: Mapping[str, Any], graded: Mapping[int, datetime]) -> Since:
    last = last_contact(limit, facts)
    if last and facts["id"] not in graded:
        return Since(last)
    return begins(limit, last, graded[facts["id"]])


def open_on(ids: Sequence[int]) -> dict[int, list[Clock]]:
    found: dict[int, list[Clock]] = {}
    rows = Clock.objects.filter(record=RECORD, record_id__in=one_of(ids), stopped_at=None).select_related("limit")
    for one in rows:
        found.setdefault(one.record_id, []).append(one)
    return found


def keep_contact(
    facts: Mapping[str, Any], limit: Limit | None, since: Since | None, there: Sequence[Clock]
) -> tuple[int, bool]:
    """End, renew, pause or resume the clock of contacts: how many were changed, and whether a new one has to begin."""
    count, there = 0, [one for one in there if one.limit.kind == Kind.CONTACT]
    for one in there:
        if limit is None or since is None or one.limit_id != limit.pk:
            count += end(one)
    here = next((one for one in there if limit and one.limit_id == limit.pk), None)
    still = limit is not None and facts["cooperation_status"] in limit.pauses
    if limit is None or since is None or here is None:
        return count, limit is not None and since is not None and not still
    if here.person_id != facts["owner_id"]:
        count += Clock.objects.filter(pk=here.pk).update(person_id=facts["owner_id"])
    if still and here.paused_at is None:
        count += Clock.objects.filter(pk=here.pk).update(paused_at=now(), next_at=None)
    elif not still and here.paused_at is not None:
        running.go_on(here, now())
        count += 1
    elif (here.started_at, here.extra) != since and not still:
        return count + 1, renewed(here, limit, since)
    return count, False


def renewed(here: Clock, limit: Limit, since: Since) -> bool:
    """Begin a clock anew: in place while it was in time, so that a kept limit leaves no row; True if another has to begin."""
    if here.due_at > max(now(), since.at):
        Clock.objects.filter(pk=here.pk).update(**running.run_of(limit, *since), paused_for=0)
        return False
    at = since.at if since.at > here.started_at else now()
    Clock.objects.filter(pk=here.pk).update(stopped_at=max(at, here.started_at), next_at=None)
    return True


def end(one: Clock) -> int:
    """A limit that was broken stays so; one that was not leaves no trace."""
    if one.due_at <= now():
        return Clock.objects.filter(pk=one.pk).update(stopped_at=max(now(), one.started_at), next_at=None)
    return running.void(Clock.objects.filter(pk=one.pk))


def keep_events(facts: Mapping[str, Any], there: Sequence[Clock]) -> int:
    """End what no longer matters for a lead or a review; let the answer be due by the grade that the lead has by now."""
    count = 0
    for one in there:
        if one.limit.code == GRADING and (facts["lead_grade"] or facts["grade"]):
            count += running.stop(GRADING, RECORD, facts["id"], max(now(), one.started_at))
        elif one.limit.code == RESPONSE and is_lead(facts):
            count += regraded(one, facts["lead_grade"] or SLOWEST)
        elif one.limit.code in (GRADING, RESPONSE) and not is_lead(facts):
            count += running.void(Clock.objects.filter(pk=one.pk))
        elif one.limit.code in REVIEWS:
            count += keep_review(one, facts)
    return count


def end_reviews() -> int:
    """Facts are no longer reviewed: end the limits that run."""
    return running.void(Clock.objects.filter(limit__code__in=REVIEWS))


def keep_review(one: Clock, facts: Mapping[str, Any]) -> int:
    """End the limit of a review that is over or no longer wanted; let it be the one of what the customer is by now."""
    if facts["deleted_at"] or not house()["review"]:
        return running.void(Clock.objects.filter(pk=one.pk))
    if facts["review_state"] == "APPROVED":
        return Clock.objects.filter(pk=one.pk).update(stopped_at=max(now(), one.started_at), next_at=None)
    limit = limit_of(REVIEWS[is_important(facts)])
    if limit is None or limit.pk == one.limit_id:
        return 0
    return Clock.objects.filter(pk=one.pk).update(limit=limit, **running.run_of(limit, one.started_at))


def regraded(one: Clock, grade: str) -> int:
    limit = limit_of(RESPONSE, grade)
    if limit is None or limit.pk == one.limit_id:
        return 0
    return Clock.objects.filter(pk=one.pk).update(limit=limit, **running.run_of(limit, one.started_at))


def entered(person: Person | None, customer: Customer) -> None:
    """A customer was entered by hand. A lead is to be graded, and answered by its owner; how long it had waited is noted."""
    at, facts = customer.created_at, customer.__dict__
    about = About(RECORD, customer.pk, customer.pk, customer.owner_id or (person.pk if person else None))
    begun = first_contact(facts, at)
    if is_lead(facts):
        grading = limit_of(GRADING) if not customer.lead_grade else None
        answer = limit_of(RESPONSE, customer.lead_grade or SLOWEST) if customer.owner_id else None
        begun += [(limit, about, at, 0) for limit in (grading, answer) if limit]
    if house()["review"] and (review := limit_of(REVIEWS[is_important(facts)])):
        begun.append((review, about, at, 0))
    running.begin(begun, fresh=True)
    days = [day for day in (customer.first_contact_date, customer.acquired_at) if day]
    if days and person:
        running.measure(ENTRY, about, min(end_of_day(min(days)), at), at)


def entered_many(customers: Iterable[Any], at: datetime) -> None:
    """Customers came in a file: they are to be contacted as their grade says. Leads of a history wait for nobody."""
    running.begin([one for customer in customers for one in first_contact(customer.__dict__, at)], fresh=True)


def first_contact(facts: Mapping[str, Any], at: datetime) -> list[running.Begun]:
    """The clock of a new customer until its first contact."""
    limit = contact_due(facts)
    if limit is None or facts["cooperation_status"] in limit.pauses:
        return []
    return [(limit, About(RECORD, facts["id"], facts["id"], facts["owner_id"]), *begins(limit, None, at))]


def assigned(ids: Iterable[int], at: datetime) -> None:
    """These customers have another owner now: whoever is warned changes, and a lead is to be answered anew."""
    wanted = list(ids)
    running.void(Clock.objects.filter(record=RECORD, record_id__in=one_of(wanted), limit__code=RESPONSE))
    leads = Customer.objects.filter(LEAD, pk__in=one_of(wanted), owner__isnull=False)
    begun = []
    for pk, owner, grade in leads.values_list("pk", "owner_id", "lead_grade"):
        if limit := limit_of(RESPONSE, grade or SLOWEST):
            begun.append((limit, About(RECORD, pk, pk, owner), at, 0))
    running.begin(begun)


def handed_over(ids: Iterable[int], owner: int | None) -> None:
    """Customers went to another owner, or into the pool."""
    wanted = list(ids)
    running.hand_over(RECORD, wanted, owner)
    assigned(wanted, now())
    keep(wanted)


def contacts(customer: Customer) -> dict[str, datetime | None]:
    """When the customer was last contacted, by how deep that was."""
    return {name: customer.__dict__[name] for name in CONTACTED.values()}


def contacted(customer: Customer, at: datetime, before: Mapping[str, datetime | None]) -> None:
    """A communication was written down: it answers a lead, and the clock of contacts begins anew if it counts."""
    if not customer.grade:
        running.stop(RESPONSE, RECORD, customer.pk, at)
        return
    limit = contact_due(customer.__dict__)
    last = last_contact(limit, customer.__dict__) if limit else None
    if limit is None or last == before[CONTACTED[limit.depth]]:
        return
    if last is None or not running.renew(limit, RECORD, customer.pk, last):
        keep([customer.pk])


def not_reported(at: datetime | None) -> list[Problem]:
    """What is wrong with the moment at which a customer is said to have told of a change."""
    if at is None or at <= now() + AHEAD:
        return []
    return [Problem("reported_at", "E_DATE_FUTURE", _("客户告知的时间不能晚于现在"))]


def reported(person: Person | None, record: Any, since: datetime) -> bool:
    """The customer told of a change at that moment, and now it stands in the record. True if that took too long."""
    customer = record.pk if record.RECORD == RECORD else record.customer_id
    about = About(record.RECORD, record.pk, customer, person.pk if person else None)
    said = since.astimezone(zone())
    since = end_of_day(said.date()) if said.time() == time() else since  # a day alone counts from its end on
    return running.measure(SYNC, about, min(since, now()), now())


def mend(after: int, most: int) -> tuple[int, int]:
    """Keep the clocks of the next customers by id. Returns the last id, 0 at the end, and how many clocks were changed."""
    ids = list(Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:most])
    return (ids[-1], keep(ids)) if ids else (0, 0)
