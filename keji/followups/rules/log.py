"""Writing down what was said with a customer, and mending it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import may, near, reach, roles_of
from keji.access.trail import SYSTEM, change
from keji.agenda.rules.calls import unwelcome
from keji.agenda.rules.steps import aimless
from keji.clocks.queries import limit_of
from keji.clocks.rules.running import end_of
from keji.customers.models import Contact, Customer
from keji.customers.rules import deadlines
from keji.customers.rules.register import settle
from keji.deals.models import Deal
from keji.followups.models import Followup, Presence
from keji.followups.rules.actions import FOR_OTHERS
from keji.followups.rules.checks import check, depth, over, same_day
from keji.followups.rules.derived import Line, count, index
from keji.followups.rules.plans import Said, Wishes, follow, wishes
from keji.followups.rules.signing import said, sign
from keji.kernel.clock import day_of, is_day, now, today
from keji.kernel.errors import Problem, Refused, Stale, Unfit
from keji.kernel.text import listed

WRITTEN = "SLA-01"


def log(
    person: Person | None,
    values: Mapping[str, Any],
    customer: Customer,
    *,
    contacts: Iterable[int] = (),
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
) -> Followup:
    """Write down a communication. Its author is who writes, unless one is named by somebody who may.

    Raises Unfit with every problem at once, Refused, or AlreadyDone for a token that came before.
    """
    followup = Followup(customer=customer, created_by=person)
    with change(person, followup, "followups.create", once=once):
        filled = begun(person, values)
        settle(followup, person, [*known, *problems(filled), *aimed(filled, customer), *called(filled, customer)], accept or {})
        for_others(person, filled["author"])
        about(person, customer, filled.get("deal"))
        there = taking_part(customer, contacts)
        fill(followup, filled, there)
        sign(followup, person)
        followup.created_at = followup.changed_at = now()
        timed(followup)
        followup.save(force_insert=True)
        Presence.objects.bulk_create(Presence(followup=followup, contact=contact) for contact in there)
        index([followup])
        follow(person, [Said(followup)], {customer.pk: (customer, counted(customer, since(followup)))})
    return followup


def begun(person: Person | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values a follow-up starts with: now, by whoever writes, as deep as its method is."""
    filled: dict[str, Any] = {"occurred_at": now(), "method": "PHONE", **values}
    filled["author"] = filled.get("author") or (person.pk if person else None)
    filled["kind"] = filled.get("kind") or depth(filled.get("method") or "")
    if not filled.get("our_participants"):
        filled["our_participants"] = [filled["author"]] if filled["author"] else []
    return filled


def problems(values: Mapping[str, Any]) -> list[Problem]:
    found = check(values, now())
    people = house().people
    if any(pk not in people for pk in values.get("our_participants") or ()):
        found.append(Problem("our_participants", "E_PERSON", _("我方参与人里有不认识的人")))
    return found


def aimed(values: Mapping[str, Any], customer: Customer) -> list[Problem]:
    """A next follow-up says what it is for; the next action may be it."""
    if not values.get("next_followup_at"):
        return []
    return aimless("objective", customer, values.get("objective") or "", values.get("next_action") or "")


def called(values: Mapping[str, Any], customer: Customer) -> list[Problem]:
    """Doubts about what is planned next with a customer who wants no calls."""
    return [one for name in ("objective", "next_action") for one in unwelcome(name, customer, values.get(name) or "")]


def for_others(person: Person | None, author: int | None, verb: str = "create") -> None:
    """Only who may enter for others names another author. Raises Refused."""
    if person is not SYSTEM and not speaks_for(person, author, verb):
        raise Refused(FOR_OTHERS)


def speaks_for(person: Person, author: int | None, verb: str) -> bool:
    """True if a follow-up may come from the person in this author's name: who imports for everybody brings their history too."""
    if author == person.pk or may(person, FOR_OTHERS):
        return True
    return verb == "import" and any(reach(role, "followups", verb) == "all" for role in roles_of(person))


def about(person: Person | None, customer: Customer, deal: int | None) -> None:
    """A deal that is named must be one of this customer that the person sees."""
    rows = Deal.objects.filter(Deal.ALIVE) if person is SYSTEM else near(person, Deal)
    if deal and not rows.filter(pk=deal, customer=customer).exists():
        raise Unfit(Problem("_deal", "E_DEAL", _("选的商机不是这个客户的")))


def taking_part(customer: Customer, contacts: Iterable[int]) -> list[Contact]:
    """The contacts of this customer among these ids. One of another customer is not there."""
    wanted = set(contacts)
    found = list(Contact.objects.filter(customer=customer, deleted_at=None, pk__in=wanted)) if wanted else []
    if len(found) != len(wanted):
        raise Unfit(Problem("customer_participants", "E_CONTACT", _("选的联系人不是这个客户的")))
    return found


def fill(followup: Followup, values: Mapping[str, Any], there: Iterable[Contact] = ()) -> None:
    for name, value in values.items():
        if name in ("author", "next_action_by", "deal"):
            setattr(followup, f"{name}_id", value or None)
        elif name in ("occurred_at", "next_followup_at", "next_action_due", "our_participants"):
            setattr(followup, name, value)
        else:
            setattr(followup, name, value or "")
    then = followup.next_followup_at
    if then and then < followup.occurred_at and same_day(followup.occurred_at, then):
        followup.next_followup_at = followup.occurred_at
    names = [one.name for one in there]
    followup.customer_participants = "、".join(dict.fromkeys([*names, *listed(followup.customer_participants)]))[:300]


def revise(
    person: Person,
    followup: Followup,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    contacts: Iterable[int] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
) -> Followup:
    """Mend a follow-up: its author freely on the day it was written, later only with a reason; others if they may.

    What stood there before stays in the trail. Raises Unfit, Refused, or Stale if `version` is no longer its version.
    """
    if version is not None and version != followup.version:
        raise Stale(followup, Followup.objects.filter(pk=followup.pk).first())
    for_others(person, followup.author_id)
    before = {field.name: getattr(followup, field.attname) for field in followup._meta.concrete_fields}
    told = said(followup.__dict__)
    changed = {name: value for name, value in values.items() if not same(before.get(name), value)}
    if not changed.get("author"):
        changed.pop("author", None)  # a former person stays the author until another one is named
    if "kind" not in changed and before["kind"] == depth(before["method"]) and "method" in changed:
        changed["kind"] = depth(changed["method"])
    asked = wishes(followup, followup.customer)
    with transaction.atomic():
        with change(person, followup, "followups.change", why):
            after = {**before, **changed}
            found = [p for p in (*known, *problems(after), *called(after, followup.customer)) if matters(p, changed)]
            found += aimed(after, followup.customer) if {"next_followup_at", "objective"} & changed.keys() else []
            if changed and not fresh(followup) and not why.strip():
                found.append(Problem("why", "E_REQUIRED", _("过了当天再改，请写明原因；原来的内容会保留")))
            settle(followup, person, found, accept or {})
            if "author" in changed:
                for_others(person, changed["author"])
            about(person, followup.customer, changed.get("deal"))
            there = taking_part(followup.customer, contacts) if contacts is not None else []
            fill(followup, changed, there)
            if contacts is not None:
                attend(followup, there)
            if said(followup.__dict__) != told:
                sign(followup, person)
            timed(followup)
        after_all(person, followup, asked, since(followup))
    return followup


def after_all(person: Person | None, followup: Followup, before: Wishes, at: datetime | None = None) -> None:
    """What hangs on a follow-up that was mended, thrown away or taken back; `before` is what it asked for until now."""
    index([followup])
    customer = followup.customer
    follow(person, [Said(followup, before)], {customer.pk: (customer, counted(customer, at))})


def timed(followup: Followup) -> None:
    """Say whether it was written down too late, and by how much (SLA-01). A history never was."""
    limit, minutes = limit_of(WRITTEN), 0
    if limit and not followup.imported:
        late = followup.created_at - end_of(limit, over(followup.occurred_at)).at
        minutes = max(0, ceil(late / timedelta(minutes=1)))
    followup.late, followup.delay = minutes > 0, minutes


def since(followup: Followup) -> datetime:
    """When it happened, as far as a limit asks; of a day without a time of day, when it was written down."""
    return followup.created_at if is_day(followup.occurred_at) else followup.occurred_at


def counted(customer: Customer, at: datetime | None = None) -> Line | None:
    """Let the customer's row, and the limits that run on it, know of a follow-up that came, changed or went.

    Returns the newest one.
    """
    before = deadlines.contacts(customer)
    newest = count(customer)
    if at is None:
        deadlines.keep([customer.pk])
    else:
        deadlines.contacted(customer, at, before)
    return newest


def same(before: Any, value: Any) -> bool:
    """Whether nothing was changed: a form says a moment to the minute."""
    if isinstance(before, datetime) and isinstance(value, datetime) and not value.second:
        return before.replace(second=0, microsecond=0) == value
    return before == value


def matters(problem: Problem, changed: Mapping[str, Any]) -> bool:
    return problem.field in changed or problem.code.startswith("E_")


def fresh(followup: Followup) -> bool:
    """True on the day on which it was written down."""
    return day_of(followup.created_at) == today()


def attend(followup: Followup, there: list[Contact]) -> None:
    """Let exactly these contacts have taken part."""
    wanted = {contact.pk for contact in there}
    known = set(Presence.objects.filter(followup=followup).values_list("contact_id", flat=True))
    Presence.objects.filter(followup=followup, contact_id__in=known - wanted).delete()
    Presence.objects.bulk_create(Presence(followup=followup, contact_id=pk) for pk in wanted - known)


def may_revise(person: Person, followup: Followup) -> bool:
    """Whether the person may mend it at all."""
    if followup.author_id != person.pk and not may(person, FOR_OTHERS):
        return False
    return may(person, "followups.change", followup)


def drop(person: Person, followup: Followup, why: str = "") -> None:
    """Put a follow-up into the bin; the customer counts without it."""
    for_others(person, followup.author_id)
    if followup.deleted_at is not None:
        raise Unfit(Problem("id", "E_GONE", _("这条跟进已经删除")))
    asked = wishes(followup, followup.customer)
    with transaction.atomic():
        with change(person, followup, "followups.delete", why):
            followup.deleted_at, followup.deleted_by = now(), person
        after_all(person, followup, asked)


def restore(person: Person, followup: Followup) -> None:
    """Take a follow-up out of the bin."""
    if followup.deleted_at is None:
        raise Refused("followups.delete")
    with transaction.atomic():
        with change(person, followup, "followups.delete", _("恢复")):
            followup.deleted_at = followup.deleted_by = None
        after_all(person, followup, {})
