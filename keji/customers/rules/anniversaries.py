"""Days worth remembering about a customer: birthdays, the firm's founding, the end of a contract."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import tell
from keji.customers.models import Anniversary, Customer
from keji.kernel.errors import Problem, Unfit

MOST = 20  # days a customer
AHEAD, AT_MOST = 30, 365  # so many days before it is told of a day, unless somebody says otherwise


def remember(
    person: Person, customer: Customer, name: str, day: date | None, yearly: bool, remind_days: int | None = AHEAD
) -> Anniversary:
    """Keep a day of a customer. The same day under the same name is kept once, as it was told last."""
    require(person, "customers.change", customer)
    name = name.strip()
    lacking = [Problem("name", "E_REQUIRED", _("请填写纪念日的名称"))] if not name else []
    lacking += [Problem("day", "E_REQUIRED", _("请填写日期"))] if day is None else []
    if remind_days is None or not 0 <= remind_days <= AT_MOST:
        lacking.append(Problem("remind_days", "E_NUMBER", _("提前几天请填 0 到 %(most)d 的整数") % {"most": AT_MOST}))
    if lacking or day is None:
        raise Unfit(*lacking)
    if len(name) > 50:
        raise Unfit(Problem("name", "E_LENGTH", _("名称最多 50 个字")))
    with transaction.atomic():
        before = told(customer)
        there = Anniversary.objects.filter(customer=customer, name=name, day=day)
        if len(before) >= MOST and not there.exists():
            raise Unfit(Problem("name", "E_TOO_MANY", _("一个客户最多记 %(most)d 个纪念日") % {"most": MOST}))
        wanted = {"yearly": yearly, "remind_days": remind_days}
        kept, _new = Anniversary.objects.update_or_create(customer=customer, name=name, day=day, defaults=wanted)
        note_days(person, customer, before)
    return kept


def forget(person: Person, customer: Customer, pk: int) -> None:
    """Take a day off a customer. One that is gone already stays so."""
    require(person, "customers.change", customer)
    with transaction.atomic():
        before = told(customer)
        Anniversary.objects.filter(customer=customer, pk=pk).delete()
        note_days(person, customer, before)


def told(customer: Customer) -> list[str]:
    """The days as the trail keeps them."""
    return [f"{name} {day}" for name, day in customer.anniversaries.order_by("day", "pk").values_list("name", "day")]


def note_days(person: Person, customer: Customer, before: list[str]) -> None:
    after = told(customer)
    if after != before:
        tell(person, "customers.change", [(customer, {"anniversaries": [before, after]})])


def next_on(day: date, yearly: bool, today: date) -> date | None:
    """When the day comes next, today included; None if it has passed for good. 29 February comes on the 28th otherwise."""
    if not yearly:
        return day if day >= today else None
    if day >= today:
        return day
    this = in_year(day, today.year)
    return this if this >= today else in_year(day, today.year + 1)


def in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
