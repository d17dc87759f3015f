"""Changing a customer's facts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import may
from keji.access.trail import change
from keji.customers.models import Customer
from keji.customers.rules.actions import REGRADE
from keji.customers.rules.autotags import OF_CUSTOMER, retag
from keji.customers.rules.deadlines import keep, not_reported, reported
from keji.customers.rules.grading import keep_grade
from keji.customers.rules.register import as_values, check_values, fill, same_customers, settle
from keji.customers.rules.review import edited
from keji.customers.rules.search import reindex
from keji.kernel.errors import Problem, Refused, Stale, Unfit

GOVERNING = frozenset({"grade", "lead_grade", "lifecycle_stage", "cooperation_status", "is_strategic"})  # which limits run
IDENTITY = frozenset({"name", "uscc", "customer_type", "id_number", "mobile"})
MOVES = {  # lifecycle stage → where it may go by hand
    "POTENTIAL": {"INTENT", "LOST"},
    "INTENT": {"POTENTIAL", "WON", "LOST"},
    "WON": {"COOPERATING", "LOST"},
    "COOPERATING": {"RENEWED", "LOST"},
    "RENEWED": {"LOST"},
    "LOST": {"POTENTIAL"},
}


def revise(
    person: Person,
    customer: Customer,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    states: Mapping[str, Any] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
    reported_at: datetime | None = None,
) -> Customer:
    """Change these fields of a customer and no others. The owner has a rule of its own, the number never changes.

    `reported_at` is when the customer told of it. Raises Unfit, Refused, or Stale if `version` is no longer the customer's.
    """
    if version is not None and version != customer.version:
        raise Stale(customer, Customer.objects.filter(pk=customer.pk).first())
    if {"owner", "customer_no"} & values.keys():
        raise Unfit(Problem("customer_no", "E_FIXED", _("客户编号不能修改；负责人请用“更换负责人”")))
    before = as_values(customer)
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    with transaction.atomic():
        with change(person, customer, "customers.change", why):
            if states is not None:
                customer.states = dict(states)
            after = {**before, **changed}
            found = [problem for problem in known if problem.field in changed]
            found += [
                p for p in check_values(person, after, None, customer.profile, customer.states) if matters(p, changed)
            ]
            found += check_move(before, after, why) + not_reported(reported_at)
            if IDENTITY & changed.keys():
                found += [p for p in same_customers(person, after, None, customer.pk) if p.field in changed]
            settle(customer, person, found, accept or {})
            if "grade" in changed:
                regrade_allowed(person, before.get("grade"), changed["grade"])
                keep_grade(person, customer, changed["grade"], why)
            fill(customer, changed)
            edited(customer)
            try:
                customer.save(update_fields=["uscc"]) if "uscc" in changed else None
            except IntegrityError:
                raise Unfit(Problem("uscc", "E_DUP_USCC", _("该统一社会信用代码的客户刚刚被别人登记了"))) from None
        if changed.keys() & set(OF_CUSTOMER):
            retag([customer.pk])
        if changed.keys() & GOVERNING:
            keep([customer.pk])
        if reported_at:
            reported(person, customer, reported_at)
    if changed.keys() & {"name", "uscc", "customer_type", "mobile", "email", "office_phone"}:
        reindex([customer.pk])
    return customer


def matters(problem: Problem, changed: Mapping[str, Any]) -> bool:
    """Old faults do not hold up a change of something else; what is required of the record as a whole does."""
    return problem.field in changed or problem.code.startswith("E_LOGIC")


def wants_reason(old: Any, new: Any) -> bool:
    """Whether a move by hand from one lifecycle stage to another has to be explained."""
    return bool(old) and old != new and (old == "LOST" or new not in MOVES.get(str(old), ()))


def check_move(before: Mapping[str, Any], after: Mapping[str, Any], why: str) -> list[Problem]:
    old, new = before.get("lifecycle_stage"), after.get("lifecycle_stage")
    if why.strip() or not wants_reason(old, new):
        return []
    if new in MOVES.get(str(old), ()):
        return [Problem("why", "E_REQUIRED", _("挽回流失客户须说明原因"))]
    return [Problem("lifecycle_stage", "E_MOVE", _("这样调整客户阶段须说明原因"))]


def regrade_allowed(person: Person, old: str | None, new: str) -> None:
    """A grade once given is changed by those who may regrade; the first one by whoever may change the customer."""
    if old and not may(person, REGRADE):
        raise Refused(REGRADE)
