"""Dates and times as people write them."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils.translation import gettext as _

from keji.kernel import clock
from keji.kernel.errors import Invalid, Parsed
from keji.kernel.text import line, narrow, normalised

_VALID_UNTIL = re.compile(r"[\s,，;；]*有效期至[:：]?\s*(\S+)$")
_FULL = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?", re.A)
_SHORT_YEAR = re.compile(r"(\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?", re.A)
_TOGETHER = re.compile(r"((?:19|20|21|22)\d{2})(\d{2})(\d{2})", re.A)
_YEARLESS = re.compile(r"(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?", re.A)
_TIME = re.compile(
    r"(?P<half>上午|早上|凌晨|中午|下午|晚上|晚)? ?(?P<hour>\d{1,2})[:点时](?P<minute>\d{1,2}|半)?分?"
    r"(?::(?P<second>\d{2})(?:\.\d+)?)?",
    re.A,
)
_WEEKDAY = re.compile(r"(上上|上|本|这|下下|下)?个?(?:周|星期|礼拜)([一二三四五六日天1-7])")
_DISTANCE = re.compile(r"(\d{1,4}|[一二两三四五六七八九十半]) ?(天|日|周|个?星期|个?月|年)(?:之|以)?(后|前)", re.A)
_MONTHS = {"上": -1, "本": 0, "这": 0, "": 0, "下": 1, "下下": 2}
_OF_MONTH = re.compile(r"(上|本|这|下下|下)?个?月(?:(底|末|初)|(\d{1,2})[日号])", re.A)
_NEAR = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_WEEKS = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}
_COUNT = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}
_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)


def day(raw: object, *, today: date | None = None, typed: bool = True) -> Parsed:
    """A date in any usual form. Words such as 明天 are understood only where a person types them."""
    if type(raw) is str and len(raw) == 10 and raw[4] == raw[7] == "-" and (iso := _iso(raw)):
        return Parsed(iso)
    if isinstance(raw, datetime):
        return Parsed(_sane((raw.astimezone(clock.zone()) if raw.tzinfo else raw).date()))
    if isinstance(raw, date):
        return Parsed(_sane(raw))
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _from_number(raw)
    text, notes = line(raw, typed)
    text = narrow(text)
    if not text:
        return Parsed(None, notes)
    if not typed and re.fullmatch(r"\d{5}(?:\.\d+)?", text, re.A):
        return _from_number(float(text))
    base = today or clock.today()
    found = _read(text, base, typed) or _read(_without_time(text), base, typed)
    if not found:
        raise Invalid("E_DATE", *_hint(text))
    value = _sane(found)
    if text != value.isoformat():
        notes += normalised(_("已理解为 %(day)s。") % {"day": value.isoformat()})
    return Parsed(value, notes)


@lru_cache(8192)
def _iso(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None


def _sane(found: date) -> date:
    if not _FIRST <= found <= _LAST:
        raise Invalid("E_DATE", _("年份应在 1900 到 2200 之间，请核对。"))
    return found


def _from_number(raw: float) -> Parsed:
    """A day by its serial number in a spreadsheet, or written as 20231015."""
    if isinstance(raw, float) and not raw.is_integer() and not 366 <= raw < 110_000:
        raise Invalid("E_DATE", _("不是日期，请写成 2023-10-15 的样子。"))
    if 366 <= raw < 110_000:
        found: date | None = date(1899, 12, 30) + timedelta(days=int(raw))
    else:
        written = _TOGETHER.fullmatch(f"{raw:.0f}")
        found = _date(*written.groups()) if written else None
    if found is None:
        raise Invalid("E_DATE", _("不是日期，请写成 2023-10-15 的样子。"))
    return Parsed(_sane(found), normalised(_("已理解为 %(day)s。") % {"day": found.isoformat()}))


def _date(year: int | str, month: int | str, number: int | str) -> date | None:
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def _read(text: str, today: date, typed: bool) -> date | None:
    if found := _FULL.fullmatch(text) or _TOGETHER.fullmatch(text):
        return _date(*found.groups())
    if found := _YEARLESS.fullmatch(text):
        return _nearest(*found.groups(), today=today)
    return _relative(text, today) if typed else None


def _nearest(month: str, number: str, *, today: date) -> date | None:
    """That day of the year in which it lies nearest to today."""
    days = [_date(year, month, number) for year in range(today.year - 1, today.year + 2)]
    known = [found for found in days if found]
    return min(known, key=lambda found: (abs((found - today).days), found < today)) if known else None


def _relative(text: str, today: date) -> date | None:
    flat = text.replace(" ", "")
    readings: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]]] = [
        (_WEEKDAY, _of_week),
        (_DISTANCE, _away),
        (_OF_MONTH, _of_month),
    ]
    try:
        if flat in _NEAR:
            return today + timedelta(days=_NEAR[flat])
        for pattern, reading in readings:
            if found := pattern.fullmatch(flat):
                return reading(found, today)
    except (OverflowError, ValueError):
        return None
    return None


def _of_week(found: re.Match[str], today: date) -> date:
    number = "一二三四五六日".find(found[2].replace("天", "日").translate(str.maketrans("1234567", "一二三四五六日")))
    if found[1]:
        return today + timedelta(days=number - today.weekday(), weeks=_WEEKS[found[1]])
    return today + timedelta(days=(number - today.weekday()) % 7)


def _away(found: re.Match[str], today: date) -> date | None:
    sign = 1 if found[3] == "后" else -1
    if found[1] == "半":
        return months_on(today, 6 * sign) if found[2] == "年" else today + timedelta(days=15 * sign)
    count = sign * (_COUNT[found[1]] if found[1] in _COUNT else int(found[1]))
    if found[2] in {"天", "日"}:
        return today + timedelta(days=count)
    if found[2] in {"周", "星期", "个星期"}:
        return today + timedelta(weeks=count)
    return months_on(today, count * (12 if found[2] == "年" else 1))


def months_on(start: date, count: int) -> date:
    """The same day so many months later, or the last one of that month."""
    month = start.month - 1 + count
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _of_month(found: re.Match[str], today: date) -> date | None:
    first = months_on(today.replace(day=1), _MONTHS[found[1] or ""])
    if found[2] == "初":
        return first
    if found[2]:
        return months_on(first, 1) - timedelta(days=1)
    return _date(first.year, first.month, found[3])


def _without_time(text: str) -> str:
    bare = re.sub(r"(?:Z|[+-]\d{2}:?\d{2})$", "", text) if "T" in text else text
    found = re.search(rf"(?:T| |(?<=\D)){_TIME.pattern}$", bare, re.A)
    return bare[: found.start()].strip() if found else text


def _hint(text: str) -> tuple[str, str]:
    if found := _SHORT_YEAR.fullmatch(text):
        meant = _date(f"20{found[1]}", found[2], found[3])
        return _("年份请写 4 位，如 2023-10-15。"), meant.isoformat() if meant else ""
    if _FULL.fullmatch(text) or _TOGETHER.fullmatch(text):
        return _("没有这一天，请核对月和日。"), ""
    return _("日期请写成 2023-10-15 的样子，请核对。"), ""


def moment(raw: object, *, today: date | None = None, typed: bool = True) -> Parsed:
    """A point in time, aware, as it is where the installation is; without a time of day its beginning."""
    if isinstance(raw, datetime):
        _sane(raw.date())
        return Parsed(raw if raw.tzinfo else raw.replace(tzinfo=clock.zone()))
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        found = day(raw, today=today, typed=typed)
        seconds = round(raw % 1 * 86_400) if raw < 110_000 else 0
        return _at(found, time(), timedelta(seconds=seconds))
    text, notes = line(raw, typed)
    text = narrow(text)
    if "T" in text and (aware := _aware(text)):
        return Parsed(aware, notes)
    bare = _without_time(text)
    told = text[len(bare) :].lstrip("T ") if bare != text else ""
    found = day(bare if told else text, today=today, typed=typed)
    return _at(found, _time(told))


def _aware(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    _sane(found.date())
    return found if found.tzinfo else found.replace(tzinfo=clock.zone())


def _at(found: Parsed, clocked: time, later: timedelta = timedelta()) -> Parsed:
    if not isinstance(found.value, date):
        return found
    return Parsed(datetime.combine(found.value, clocked, clock.zone()) + later, found.notes)


def _time(told: str) -> time:
    found = _TIME.fullmatch(told)
    if not found:
        return time()
    hour, minute = int(found["hour"]), 30 if found["minute"] == "半" else int(found["minute"] or 0)
    if found["half"] in {"下午", "晚上", "晚"} and hour < 12 or found["half"] == "中午" and hour < 3:
        hour += 12
    try:
        return time(hour, minute, int(found["second"] or 0))
    except ValueError:
        raise Invalid("E_DATE", _("没有这个时刻，请核对时和分。")) from None


def not_future(found: date | None, today: date) -> date | None:
    """The day itself, unless it has not come yet (E_DATE_FUTURE)."""
    if found is not None and found > today:
        raise Invalid("E_DATE_FUTURE", _("日期不能晚于今天，请核对。"))
    return found


def valid_until(text: str) -> tuple[str, str]:
    """A reference and, if it says until when it is valid ("DA-2026-07 有效期至2026-12-31"), that day as it is written."""
    found = _VALID_UNTIL.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")
