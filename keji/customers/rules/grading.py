"""Grades, what they are judged by, and their history."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.trail import change, note
from keji.customers.models import Customer, GradeChange
from keji.customers.rules.actions import REGRADE
from keji.customers.rules.autotags import retag
from keji.customers.rules.deadlines import keep
from keji.kernel import money, numbers
from keji.kernel.errors import Invalid, Problem, Unfit
from keji.records.terms import dictionary

BEST = 5
JUDGED = {"potential": gettext_lazy("合作潜力"), "influence": gettext_lazy("行业影响力")}


@dataclass(frozen=True)
class Judged:
    """What a grade was judged by, each apart from the others: a year's purchases, and two scores from 1 to 5."""

    annual_purchase: Decimal | None = None
    potential: int | None = None
    influence: int | None = None

    @property
    def said(self) -> bool:
        return any(value is not None for value in asdict(self).values())


def judged(told: Mapping[str, str]) -> Judged:
    """Read what was typed. Raises Unfit with everything that is wrong."""
    values: dict[str, Any] = {}
    found = []
    for name, label in {"annual_purchase": gettext_lazy("年采购额"), **JUDGED}.items():
        raw = told.get(name, "")[:40]
        try:
            read = numbers.whole(raw, least=1, most=BEST) if name in JUDGED else money.amount(raw)
            values[name] = read.value
        except Invalid as error:
            found.append(Problem(name, error.code, f"{label}{_('：')}{error.message}"))
    if (values.get("annual_purchase") or 0) < 0:
        found.append(Problem("annual_purchase", "E_RANGE", _("金额不能是负数")))
    if found:
        raise Unfit(*found)
    return Judged(**values)


def regrade(person: Person, customer: Customer, grade: str, why: str, by: Judged = Judged()) -> None:  # noqa: B008
    """Give a customer another grade, or say again why it has this one; the reason is kept with what was judged."""
    if grade and grade not in dictionary("grade").words:
        raise Unfit(Problem("grade", "E_CHOICE", _("没有这个等级")))
    if not why.strip():
        raise Unfit(Problem("why", "E_REQUIRED", _("调整等级须说明原因")))
    with transaction.atomic():
        with change(person, customer, REGRADE, why):
            same = grade == customer.grade
            keep_grade(person, customer, grade, why, by)
            customer.grade = grade
        if same and by.said:
            note(person, REGRADE, customer, why=why)
        keep([customer.pk])
        retag([customer.pk])


def keep_grade(person: Person | None, customer: Customer, grade: str, why: str, by: Judged = Judged()) -> None:  # noqa: B008
    if grade != customer.grade or by.said:
        GradeChange.objects.create(
            customer=customer, old=customer.grade, new=grade, who=person, why=why[:500], **asdict(by)
        )
