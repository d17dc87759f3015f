"""What a deal must have before it leaves a stage: facts that somebody ticks, and fields that are filled."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.deals.models import Deal

CRITERIA: dict[str, Any] = {
    "NEED": _("需求已记录"),
    "NEED_CONFIRMED": _("需求已确认"),
    "BUDGET": _("预算已知"),
    "PROPOSAL_SENT": _("方案或报价已发出"),
    "CONTRACT": _("合同已签订"),
    "CONTACT": _("有主要联系人"),
    "AMOUNT": _("有预计成交金额"),
    "CLOSE_DATE": _("有预计成交日期"),
    "DELIVERED": _("有交付日期"),
}
# What the deal tells by itself; all others are ticked with a day. Whoever keeps needs or contracts adds a line here.
TOLD: dict[str, Callable[[Deal], bool]] = {
    "CONTACT": lambda deal: deal.contact_id is not None,
    "AMOUNT": lambda deal: bool(deal.expected_amount),
    "CLOSE_DATE": lambda deal: deal.expected_close_date is not None,
    "DELIVERED": lambda deal: deal.delivered_date is not None,
}
FIELDS = {"AMOUNT": "expected_amount", "CLOSE_DATE": "expected_close_date", "DELIVERED": "delivered_date"}


def met(deal: Deal, code: str) -> bool:
    return bool(deal.facts.get(code)) or (code in TOLD and TOLD[code](deal))


def lacking(deal: Deal, codes: Iterable[str]) -> list[str]:
    return [code for code in dict.fromkeys(codes) if code in CRITERIA and not met(deal, code)]


def ticked(code: str) -> bool:
    """True if a person ticks this fact; False if a field or another record tells it."""
    return code not in FIELDS and code != "CONTACT"


def keep(deal: Deal, facts: dict[str, date | None]) -> None:
    """Note facts with their days; None takes one back."""
    kept = dict(deal.facts)
    for code, day in facts.items():
        if code in CRITERIA and ticked(code):
            kept[code] = day.isoformat() if day else ""
    deal.facts = {code: day for code, day in kept.items() if day}
