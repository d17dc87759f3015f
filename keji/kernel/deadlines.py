"""The day until which somebody promised something, as people write it into a sentence."""

import re
from datetime import date

from keji.kernel import dates
from keji.kernel.calendar import Calendar, add_workdays, week_end
from keji.kernel.errors import Invalid
from keji.kernel.text import narrow

_WEEK = re.compile(r"(下下|下|本|这)个?(?:周|星期|礼拜)(?![一二三四五六日天1-7])")
_YEAR_END = re.compile(r"(明|今|本)?年(?:底|末)")
_WITHIN = re.compile(r"(\d{1,3}|[一二两三四五六七八九十])个? ?(工作日|天|日|周|星期|月)(?:之|以)?内", re.A)
_DAY = re.compile(
    r"\d{4} ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2} ?[日号]?"
    r"|(?<![\d.])\d{1,2} ?[/月] ?\d{1,2} ?[日号]?(?![\d.]| ?月)"
    r"|(?<![\d.-])(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?= ?(?:之|以)?前| ?[日号])"
    r"|大?后天|明[天日]|今[天日]"
    r"|(?:下下|下|本|这)?个?(?:周|星期|礼拜)[一二三四五六日天1-7]"
    r"|(?:\d{1,3}|[一二两三四五六七八九十半]) ?(?:天|日|周|个?星期|个?月)(?:之|以)?后"
    r"|(?:本|这|下下|下)?个?月(?:底|末|初|\d{1,2}[日号])",
    re.A,
)
_WEEKS = {"下下": 2, "下": 1, "本": 0, "这": 0}
_COUNT = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}


def deadline(text: str, said: date, calendar: Calendar | None = None) -> date | None:
    """The first day that a promise made on `said` names ("6月9日前提供2套方案", "下周提供报价"); None if it names none.

    A mere week ends with its last working day (R-002-32). A day that lies before the promise is none.
    """
    flat = narrow(text)
    found = [one for one in (week(flat, said, calendar), year_end(flat, said), within(flat, said, calendar), named(flat, said)) if one]
    days = [day for _place, day in sorted(found) if day >= said]
    return days[0] if days else None


def named(text: str, said: date) -> tuple[int, date] | None:
    for hit in _DAY.finditer(text):
        try:
            told = hit[0].replace(" ", "")
            day = dates.day(told.replace("-", "/") if len(told) == len("06-09") else told, today=said).value
        except Invalid:
            continue
        if isinstance(day, date):
            return hit.start(), day
    return None


def week(text: str, said: date, calendar: Calendar | None) -> tuple[int, date] | None:
    hit = _WEEK.search(text)
    if hit is None:
        return None
    return hit.start(), week_end(said, _WEEKS[hit[1]], calendar)


def year_end(text: str, said: date) -> tuple[int, date] | None:
    hit = _YEAR_END.search(text)
    return (hit.start(), date(said.year + (hit[1] == "明"), 12, 31)) if hit else None


def within(text: str, said: date, calendar: Calendar | None) -> tuple[int, date] | None:
    """So many days, working days, weeks or months from the promise on, whose own day does not count."""
    hit = _WITHIN.search(text)
    if hit is None:
        return None
    count = _COUNT[hit[1]] if hit[1] in _COUNT else int(hit[1])
    if hit[2] != "工作日":
        unit = {"月": "个月", "日": "天", "星期": "周"}.get(hit[2], hit[2])
        day = dates.day(f"{count}{unit}后", today=said).value
        return (hit.start(), day) if isinstance(day, date) else None
    return hit.start(), add_workdays(said, count, calendar)[0]
