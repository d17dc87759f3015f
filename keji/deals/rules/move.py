"""Moving a deal through its pipeline."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.trail import change
from keji.deals.models import CLOSED, Deal, StageChange
from keji.deals.queries import Step, line, step
from keji.deals.rules import criteria
from keji.deals.rules.checks import check
from keji.deals.rules.derived import count, settle_amounts
from keji.deals.rules.lifecycle import follow, tell_signed
from keji.deals.rules.open import fill
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Stale, Unfit

ASKED = frozenset(
    {
        "expected_amount",
        "expected_close_date",
        "actual_amount",
        "won_date",
        "delivered_date",
        "loss_reason",
        "loss_text",
    }
)


def way(old: Step, new: Step, order: list[Step]) -> str:
    """What a move is: forward, skip, back, lost or reopen."""
    if new.category == "LOST":
        return "lost"
    if old.category == "LOST" or (old.category in CLOSED and new.category == "OPEN"):
        return "reopen"
    places = [one.pk for one in order]
    leap = places.index(new.pk) - places.index(old.pk)
    return "back" if leap < 0 else "skip" if leap > 1 else "forward"


def path(old: Step) -> list[Step]:
    """The stages of a pipeline in order, without losses; one that is switched off only while a deal stands in it."""
    return [one for one in line(old.pipeline_id).steps if one.category != "LOST" and (one.enabled or one.pk == old.pk)]


def asked_on(old: Step, new: Step) -> list[str]:
    """The criteria that a move asks for: those of every stage that it leaves forwards."""
    if way(old, new, path(old)) not in ("forward", "skip"):
        return []
    order = [one.pk for one in path(old)]
    left = path(old)[order.index(old.pk) : order.index(new.pk)]
    return list(dict.fromkeys(code for one in left for code in one.criteria))


def move(
    person: Person,
    deal: Deal,
    to: int,
    values: Mapping[str, Any] | None = None,
    *,
    facts: dict[str, date | None] | None = None,
    version: int | None = None,
    why: str = "",
) -> StageChange:
    """Move a deal to another stage of its pipeline, with what the stage asks for.

    Raises Unfit, Refused, or Stale if `version` is no longer the deal's.
    """
    if version is not None and version != deal.version:
        raise Stale(deal, Deal.objects.filter(pk=deal.pk).first())
    old, new, why = step(deal.stage_id), step(to), why.strip()[:500]
    check_target(deal, old, new)
    told = {name: value for name, value in (values or {}).items() if name in ASKED}
    with transaction.atomic():
        with change(person, deal, "deals.change", why):
            leave(deal, old, new)
            fill(deal, told)
            criteria.keep(deal, facts or {})
            days = (now() - deal.stage_since).days
            enter(deal, new)
            if found := [*check_way(person, deal, old, new, why), *(one for one in check(deal) if not one.soft)]:
                raise Unfit(*found)
        moved = StageChange.objects.create(
            deal=deal, old_id=old.pk, new_id=new.pk, days=days, who=person, why=why, loss_reason=deal.loss_reason
        )
        count(deal.customer)
        follow(deal, old, new)
        tell_signed(deal, old.category, new.category)
    return moved


def check_target(deal: Deal, old: Step, new: Step) -> None:
    if new.pipeline_id != deal.pipeline_id or not new.enabled:
        raise Unfit(Problem("stage", "E_STAGE", _("这个销售流程里没有这个阶段")))
    if new.pk == old.pk:
        raise Unfit(Problem("stage", "E_SAME", _("已经在“%(stage)s”") % {"stage": new.name}))


def check_way(person: Person, deal: Deal, old: Step, new: Step, why: str) -> list[Problem]:
    """What stands in the way of a move; a reason opens every way but that to a sale without amount and date."""
    if why:
        return []
    kind = way(old, new, path(old))
    said = {
        "skip": _("跳过阶段须说明原因"),
        "back": _("退回以前的阶段须说明原因"),
        "reopen": _("重新打开须说明原因"),
    }
    if kind in said:
        return [Problem("why", "E_WHY", said[kind])]
    return [
        Problem(
            criteria.FIELDS.get(code, f"fact-{code}"),
            "E_CRITERIA",
            _("离开“%(stage)s”需要：%(what)s；没有就写明原因") % {"stage": old.name, "what": criteria.CRITERIA[code]},
        )
        for code in criteria.lacking(person, deal, asked_on(old, new))
    ]


def leave(deal: Deal, old: Step, new: Step) -> None:
    """Undo what only held in the stage that is left."""
    if old.category == "LOST":
        deal.lost_date, deal.loss_reason, deal.loss_text = None, "", ""
    if old.category in CLOSED and new.category not in CLOSED:
        deal.won_date = deal.actual_amount = None


def enter(deal: Deal, new: Step) -> None:
    deal.stage_id = new.pk
    deal.stage_since = deal.stage_checked_at = now()
    if new.category == "LOST":
        deal.lost_date = today()
    settle_amounts(deal, new)


def confirm(person: Person, deal: Deal) -> None:
    """Say that the stage is still right: the deal counts as looked after from now on."""
    with change(person, deal, "deals.change", _("确认仍在“%(stage)s”") % {"stage": step(deal.stage_id).name}):
        deal.stage_checked_at = now()


def tick(person: Person, deal: Deal, facts: dict[str, date | None]) -> None:
    """Note facts of a deal where it stands."""
    with change(person, deal, "deals.change"):
        criteria.keep(deal, facts)
