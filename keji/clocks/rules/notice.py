"""The yearly notice of the State Council, and lists of days, read as people paste them. Pure: no database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from keji.kernel.errors import Problem
from keji.kernel.text import narrow

WEEKDAYS = "一二三四五六日"
DAY = r"(?:(?P<year{0}>\d{{4}})年)?(?:(?P<month{0}>\d{{1,2}})月)?(?P<day{0}>\d{{1,2}})日(?:\([^)]*?(?:周|星期)(?P<week{0}>[一二三四五六日天])\))?"
SPAN = re.compile(DAY.format("") + r"(?:(?:至|到|-|—|~)+" + DAY.format("2") + ")?")
YEAR = re.compile(r"(\d{4})年")
ITEM = re.compile(r"(?:^|\n)\s*(?:[一二三四五六七八九十]+|\d+)[、.．]\s*(?P<name>[^::\n]{1,20})[::]")
COUNT = re.compile(r"共(\d{1,2})天|放假(\d{1,2})天")
SENTENCE = re.compile(r"[^。;；\n]+")
LINE = re.compile(r"(?P<day>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)[\s,;\t]+(?P<how>[^\s,;]+)(?:[\s,;]+(?P<name>.{0,30}))?")
OFF = {"休", "放假", "休息", "假", "off", "off_day", "0", "否", "false", "holiday"}
WORK = {"班", "上班", "调休上班", "补班", "work", "work_day", "workday", "1", "是", "true"}
MOST = 120


@dataclass
class Read:
    """The days that a notice names, and what is wrong with it."""

    year: int = 0
    days: dict[date, tuple[bool, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, day: date, works: bool, name: str) -> None:
        if day in self.days and self.days[day][0] != works:
            self.wrong("E_TWICE", _("%(day)s 既放假又上班，请核对") % {"day": day})
        self.days[day] = (works, name[:30])

    def wrong(self, code: str, message: str) -> None:
        if len(self.problems) < 20:
            self.problems.append(Problem("text", code, message))


def read(text: str, year: int | None = None) -> Read:
    """The days off and the days worked that a pasted notice or list names. Nothing is guessed: what is odd is a problem."""
    told = narrow(text.replace("\r", "")).strip()
    found = Read()
    if not told:
        found.wrong("E_REQUIRED", _("请粘贴放假通知，或上传表格"))
        return found
    found.year = year or year_of(told)
    if not 2000 <= found.year <= 2100:
        found.wrong("E_YEAR", _("看不出是哪一年的安排，请填年份"))
        return found
    lines = [one for one in told.split("\n") if one.strip()]
    if any(LINE.match(one.strip()) for one in lines):
        read_list(lines, found)
    else:
        read_notice(told, found)
    check(found)
    return found


def year_of(text: str) -> int:
    """The year that most is said of: the date of the notice itself is of the year before."""
    title = re.search(r"(\d{4})年(?:部分)?节假日", text) or re.match(r"\D{0,20}(\d{4})[-/.年]", text)
    found = title or YEAR.search(text)
    return int(found[1]) if found else 0


def read_list(lines: list[str], found: Read) -> None:
    """A line a day: the date, whether people work, what it is called. The first line may be a head."""
    for number, line in enumerate(lines, 1):
        hit = LINE.match(line.strip())
        day = written(hit["day"]) if hit else None
        how = hit["how"].strip().lower() if hit else ""
        if day and how in OFF | WORK:
            found.add(day, how in WORK, (hit["name"] or "").strip(" ,;") if hit else "")
        elif number > 1 or any(char.isdigit() for char in line):
            found.wrong("E_LINE", _("第 %(n)d 行看不懂：%(line)s（要写成 2027-01-01 休 元旦）") % {"n": number, "line": line[:40]})


def written(text: str) -> date | None:
    return made(*map(int, re.findall(r"\d+", text)[:3]))


def made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_notice(text: str, found: Read) -> None:
    """The sentences of the notice: each holiday has its span off, then the days that are worked instead."""
    items = list(ITEM.finditer(text))
    for place, item in enumerate(items):
        end = items[place + 1].start() if place + 1 < len(items) else len(text)
        for sentence in SENTENCE.findall(text[item.end() : end]):
            read_sentence(sentence, item["name"].strip(), found)
    if not items:
        found.wrong("E_NOTICE", _("看不懂这份通知：每个节日要另起一行，写成“一、元旦：1月1日放假”"))


def read_sentence(sentence: str, name: str, found: Read) -> None:
    works = "上班" in sentence
    if not works and "放假" not in sentence and "休息" not in sentence:
        return
    month, days = 0, list[date]()
    for hit in SPAN.finditer(sentence):
        first, last = ends(hit, found.year, month)
        if first is None or last is None or not first <= last <= first + timedelta(days=15):
            found.wrong("E_DATE", _("%(name)s：日期“%(text)s”不对") % {"name": name, "text": hit[0]})
            return
        for day, week in ((first, hit["week"]), (last, hit["week2"])):
            if week and WEEKDAYS[day.weekday()] != week.replace("天", "日"):
                found.wrong("E_WEEKDAY", _("%(name)s：%(day)s 不是星期%(week)s，请核对") % {"name": name, "day": day, "week": week})
        month = last.month
        days += span(first, last)
    for day in days:
        found.add(day, works, name)
    told = COUNT.search(sentence)
    if told and not works and int(told[1] or told[2]) != len(days):
        said = _("%(name)s：写着 %(told)s 天，日期却是 %(found)d 天")
        found.wrong("E_COUNT", said % {"name": name, "told": told[1] or told[2], "found": len(days)})


def ends(hit: re.Match[str], year: int, month: int) -> tuple[date | None, date | None]:
    """The first and the last day of a span; what is not said is as in what was said before."""
    of_month = int(hit["month"] or month or 0)
    first = made(int(hit["year"] or year), of_month, int(hit["day"])) if of_month else None
    if first is None or not hit["day2"]:
        return first, first
    return first, made(int(hit["year2"] or first.year), int(hit["month2"] or first.month), int(hit["day2"]))


def span(first: date, last: date) -> Iterator[date]:
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)


def check(found: Read) -> None:
    """What would be odd in a whole year."""
    if found.problems:
        return
    if not found.days:
        found.wrong("E_EMPTY", _("里面没有放假或上班的日期"))
    if len(found.days) > MOST:
        found.wrong("E_MANY", _("一年最多 %(most)d 天和平常不同") % {"most": MOST})
    for day, (works, _name) in found.days.items():
        if abs(day.year - found.year) > 1 or (day.year != found.year and day.month not in (1, 12)):
            found.wrong("E_YEAR", _("%(day)s 不在 %(year)d 年") % {"day": day, "year": found.year})
        elif works and day.weekday() < 5:
            found.wrong("E_WORKDAY", _("%(day)s 本来就上班，不用写") % {"day": day})


def exceptions(found: Read) -> dict[date, tuple[bool, str]]:
    """What of it differs from Monday-to-Friday: a weekend within a holiday does not."""
    return {day: told for day, told in sorted(found.days.items()) if told[0] or day.weekday() < 5}
