"""The day that is suggested for the next follow-up: by the limit between two contacts of the grade (U-FREQ)."""

import calendar as months
from datetime import date, timedelta

from django.utils.translation import gettext as _

from keji.clocks.models import Limit, Unit
from keji.clocks.queries import calendar, contact_limit
from keji.kernel.calendar import is_workday
from keji.kernel.clock import today


def suggested(grade: str, start: date) -> date | None:
    """The day on which a customer of this grade is due again, or the working day before; None without a limit."""
    limit = contact_limit(grade)
    if limit is None:
        return None
    day, known = day_after(limit, start), calendar()
    while not is_workday(day, known) and day > start + timedelta(days=1):
        day -= timedelta(days=1)
    return day


def by_grade(grade: str) -> str:
    """The day that is suggested from today on, as a form has it; nothing without a limit."""
    day = suggested(grade, today())
    return day.isoformat() if day else ""


def likely(grade: str, start: date | None = None) -> list[tuple[str, str]]:
    """Days that are likely to be the next ones, as a form has them: tomorrow, next Monday, and as far away as the grade asks for, or a month."""
    start = start or today()
    asked = suggested(grade, start)
    far = (_("按等级"), asked) if asked else (_("一个月后"), start + timedelta(days=30))
    found = [(_("明天"), start + timedelta(days=1)), (_("下周一"), start + timedelta(days=7 - start.weekday())), far]
    return [(text, day.isoformat()) for text, day in found]


def day_after(limit: Limit, start: date) -> date:
    if limit.unit == Unit.MONTHS:
        month = start.month - 1 + limit.amount
        year, month = start.year + month // 12, month % 12 + 1
        return date(year, month, min(start.day, months.monthrange(year, month)[1]))
    return start + timedelta(days=limit.amount)
