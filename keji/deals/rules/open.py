"""Opening a deal and changing its facts. Its stage moves by a rule of its own."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import visible
from keji.access.trail import SYSTEM, change
from keji.customers.models import Collaboration, Customer, Need
from keji.customers.rules.contacts import not_theirs
from keji.customers.rules.register import settle
from keji.deals.models import Deal
from keji.deals.queries import Step, lines, lines_for, step
from keji.deals.rules.checks import check
from keji.deals.rules.derived import count, index, settle_amounts
from keji.deals.rules.lifecycle import follow, tell_signed
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Stale, Unfit

WORDS = ("name", "currency", "loss_reason", "loss_text", "possibility", "long_term_value", "competitor", "remark")
MOST_NEEDS = 50
FIXED = frozenset({"pipeline", "stage", "customer"})


def open_deal(
    person: Person | None,
    values: Mapping[str, Any],
    customer: Customer,
    *,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
) -> Deal:
    """Open a deal with a customer, in the first stage of the person's pipeline unless another is named.

    Raises Unfit with every problem at once, Refused, or AlreadyDone for a token that came before.
    """
    deal = Deal(customer=customer, created_by=person, owner_id=customer.owner_id, opened_at=today())
    with transaction.atomic():
        with change(person, deal, "deals.create", once=once):
            first = first_step(person, values)
            deal.pipeline_id, deal.stage_id = first.pipeline_id, first.pk
            deal.stage_since = deal.stage_checked_at = now()
            fill(deal, values)
            if first.category == "LOST":
                deal.lost_date = today()
            settle_amounts(deal, first)
            settle(deal, person, [*known, *check(deal), *check_people(deal), *check_needs(person, deal)], accept or {})
        count(customer)
        follow(deal, None, first)
        index(deal)
        tell_signed(deal, first.category)
    return deal


def first_step(person: Person | None, values: Mapping[str, Any], any_stage: bool = False) -> Step:
    """The stage that the values name, else the first one of the pipeline they name, else of the person's.

    With `any_stage`, one that is no longer offered too: a history stands where it stands.
    """
    if values.get("stage"):
        named = step(values["stage"])
        if values.get("pipeline") not in (None, named.pipeline_id) or not (named.enabled or any_stage):
            raise Unfit(Problem("stage", "E_STAGE", _("这个销售流程里没有这个阶段")))
        return named
    chosen = lines().get(values.get("pipeline") or 0) or next(iter(lines_for(person)), None)
    if chosen is None or chosen.first is None:
        raise Unfit(Problem("pipeline", "E_REQUIRED", _("请先选择销售流程")))
    return chosen.first


def fill(deal: Deal, values: Mapping[str, Any]) -> None:
    """Put values into a deal; its stage is none of them."""
    for name, value in values.items():
        if name == "owner":
            deal.owner_id = value or deal.customer.owner_id
        elif name in WORDS:
            setattr(deal, name, value or ("CNY" if name == "currency" else ""))
        elif name == "opened_at":
            deal.opened_at = value or today()
        elif name in ("products", "needs"):
            setattr(deal, name, list(dict.fromkeys(value or [])))
        elif name == "contact":
            deal.contact_id = value or None
        elif name not in FIXED:
            setattr(deal, name, value)


def check_people(deal: Deal) -> list[Problem]:
    """The contact is one of the customer's; an owner who does not work on the customer would not see the deal."""
    found = not_theirs(deal.contact_id, deal.customer_id)
    if deal.owner_id and not works_there(deal.owner_id, deal.customer):
        said = _("商机负责人不是客户的负责人或协同人，可能看不到这个客户")
        found.append(Problem("owner", "W_OWNER", said, soft=True))
    return found


def check_needs(person: Person | None, deal: Deal) -> list[Problem]:
    """The needs that a deal answers are the customer's, and such as the person sees."""
    if not deal.needs:
        return []
    rows = Need.objects.filter(Need.ALIVE) if person is SYSTEM else visible(person, Need)
    known = rows.filter(customer_id=deal.customer_id, pk__in=deal.needs[:MOST_NEEDS]).count()
    return [] if known == len(deal.needs) else [Problem("needs", "E_NEED", _("选的需求不是这个客户的"))]


def works_there(person_id: int, customer: Customer) -> bool:
    return (
        person_id == customer.owner_id
        or Collaboration.objects.filter(customer_id=customer.pk, person_id=person_id).exists()
    )


def revise(
    person: Person,
    deal: Deal,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
) -> Deal:
    """Change these fields of a deal and no others. Raises Unfit, Refused, or Stale if `version` is no longer its version."""
    if version is not None and version != deal.version:
        raise Stale(deal, Deal.objects.filter(pk=deal.pk).first())
    if FIXED & values.keys():
        raise Unfit(Problem("stage", "E_FIXED", _("阶段请用“移动阶段”修改，客户和销售流程不能修改")))
    with transaction.atomic():
        with change(person, deal, "deals.change", why):
            before = dict(deal.__dict__)
            fill(deal, values)
            settle_amounts(deal, step(deal.stage_id))
            changed = {name for name, value in deal.__dict__.items() if before.get(name) != value}
            asked = check_needs(person, deal) if "needs" in changed else []
            wrong = [p for p in [*known, *check(deal), *check_people(deal), *asked] if matters(p, changed)]
            settle(deal, person, wrong, accept or {})
        count(deal.customer)
        index(deal)
        if {"won_date", "owner_id"} & changed:
            tell_signed(deal, deal.category)
    return deal


def matters(problem: Problem, changed: set[str]) -> bool:
    """Old doubts and an owner who has left do not hold up a change of something else."""
    return not problem.soft and problem.code != "E_OWNER" or bool({problem.field, f"{problem.field}_id"} & changed)
