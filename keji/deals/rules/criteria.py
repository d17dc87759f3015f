"""What a deal must have before it leaves a stage: facts that somebody ticks, or that the records tell already."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.access.fields import Lens
from keji.access.models import Person
from keji.customers.models import Need
from keji.customers.queries import needs_of
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
# What the deal tells by itself; all others are ticked with a day. Whoever keeps contracts adds a line here.
TOLD: dict[str, Callable[[Deal], bool]] = {
    "CONTACT": lambda deal: deal.contact_id is not None,
    "AMOUNT": lambda deal: bool(deal.expected_amount),
    "CLOSE_DATE": lambda deal: deal.expected_close_date is not None,
    "DELIVERED": lambda deal: deal.delivered_date is not None,
}
# What an open need of the customer tells: the field that tells it ("" the need itself), and how that is said.
OF_NEEDS: dict[str, tuple[str, Any]] = {
    "NEED": ("", _("客户有进行中的需求")),
    "NEED_CONFIRMED": ("confirmed_at", _("客户已确认需求")),
    "BUDGET": ("budget_text", _("客户的需求里写了预算")),
}
FIELDS = {"AMOUNT": "expected_amount", "CLOSE_DATE": "expected_close_date", "DELIVERED": "delivered_date"}


def met(person: Person, deal: Deal, codes: Iterable[str]) -> dict[str, str]:
    """Those of these criteria that a deal fulfils, each with the day it was ticked or where it stands ("" in the deal itself).

    Needs count as far as the person reads them: to whoever does not, they say nothing.
    """
    wanted = [code for code in dict.fromkeys(codes) if code in CRITERIA]
    found = {code: "" for code in wanted if code in TOLD and TOLD[code](deal)}
    found |= {code: deal.facts[code] for code in wanted if deal.facts.get(code)}
    open_ones = [code for code in wanted if code in OF_NEEDS and code not in found]
    return found | (of_needs(person, deal, open_ones) if open_ones else {})


def of_needs(person: Person, deal: Deal, codes: Iterable[str]) -> dict[str, str]:
    needs = [need for need in needs_of(person, deal.customer_id) if need.state == "OPEN"]
    plain = Lens(person, Need, [field for field, _said in OF_NEEDS.values() if field]).plain if needs else frozenset()
    found = {}
    for code in codes:
        field, said = OF_NEEDS[code]
        if any(not field or (field in plain and getattr(need, field)) for need in needs):
            found[code] = str(said)
    return found


def lacking(person: Person, deal: Deal, codes: Iterable[str]) -> list[str]:
    there = met(person, deal, codes := list(codes))
    return [code for code in dict.fromkeys(codes) if code in CRITERIA and code not in there]


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
