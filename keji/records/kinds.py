"""How a kind of value is typed, stored, shown, filtered and exported. A column names its kind; nothing else knows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import Contains
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.kernel import addresses, crypto, dates, industries, money, numbers, text
from keji.kernel.clock import day_of, is_day, minute_of, today, zone
from keji.kernel.errors import Invalid, Parsed
from keji.kernel.wordings import wordings
from keji.records.terms import dictionary

Row = Mapping[str, Any]
SHARED = re.compile(
    "市辖区|省直辖县级行政区划|[省市县]$|(壮族|回族|维吾尔)?自治区$|(土家族|苗族|藏族|彝族|侗族|布依族|傣族|羌族|哈尼族|白族|壮族|朝鲜族|蒙古族?|哈萨克|柯尔克孜|回族|景颇族|傈僳族)*自治州$"
)


@dataclass(frozen=True)
class Choice:
    """One offered value: what is stored, what is shown, by what else it is found."""

    code: str
    text: str
    also: str = ""


class Kind:
    """Text as it stands. The other kinds say what differs."""

    input = "text"  # the macro of the form field
    cell = "text"  # how a table shows it
    sheet = "text"  # how a workbook stores it
    filter = ""  # "", "choice", "prefix", "range" or "flag"
    empty: Any = ""
    repeats = False  # True if its values are few and can be keys
    follows: tuple[str, ...] = ()  # the columns that the value is worked out from
    parts: tuple[str, ...] = ("", "from", "to")  # the ways in which a list may be asked about it

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return text.clean(raw, typed=typed)

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    def written(self, value: Any) -> str:
        """The value as a person would type it, for the form."""
        return self.show(value)

    def brief(self, value: Any) -> str:
        """The value in a list, where room is dear."""
        return self.show(value)

    def plain(self, value: Any) -> Any:
        """The value for a workbook or JSON."""
        return value

    def needs(self, name: str) -> tuple[str, ...]:
        """The columns of the table that the value is read from."""
        return (name,)

    def value(self, row: Row, name: str) -> Any:
        return row[name]

    def rank(self, name: str) -> Any:
        """What a list is ordered by, where it is not the column itself: an expression that an index has too."""
        return None

    def edge(self, value: Any, last: bool) -> Any:
        """Where a range that begins or ends with this value has its edge."""
        return value

    def choices(self) -> list[Choice]:
        return []

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        """The filter of what was asked, part by part, where it is more than a comparison with the column."""
        return None

    def marks(self, value: Any) -> list[dict[str, str]]:
        """The value as small marks, for a cell of tags."""
        return []


@dataclass(frozen=True)
class Text(Kind):
    """One line, taken by a parser of the kernel."""

    parser: Callable[..., Parsed] = text.clean
    most: int = 100

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parsed = self.parser(raw, typed=typed)
        if isinstance(parsed.value, str) and len(parsed.value) > self.most:
            raise Invalid(
                "E_LENGTH", _("最多 %(most)d 个字，现在 %(now)d 个") % {"most": self.most, "now": len(parsed.value)}
            )
        return Parsed("", parsed.notes) if parsed.value is None else parsed


@dataclass(frozen=True)
class Long(Text):
    most: int = 2000
    input = "textarea"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parsed = text.free_text(raw, max=self.most, typed=typed)
        return Parsed("", parsed.notes) if parsed.value is None else parsed


@dataclass(frozen=True)
class Term(Kind):
    """A value of a dictionary."""

    book: str
    input = "select"
    repeats = True
    filter = "choice"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        told = text.clean(raw, typed=typed).value
        if not told:
            return Parsed("")
        book = dictionary(self.book)
        code = book.known.get(str(told).casefold())
        if code is None:
            offered = _("、").join(word.text for word in book.options()[:12])
            raise Invalid("E_CHOICE", _("没有“%(told)s”这一项，可选：%(offered)s") % {"told": told, "offered": offered})
        return Parsed(code)

    def show(self, value: Any) -> str:
        return dictionary(self.book).text(value) if value else ""

    def written(self, value: Any) -> Any:
        return value or ""

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[Choice]:
        return [Choice(word.code, word.text) for word in dictionary(self.book).options()]


class Grade(Term):
    """A grade is shown by its letter."""

    cell = "grade"

    def show(self, value: Any) -> str:
        word = dictionary(self.book).words.get(value)
        return word.brief if word else value or ""


@dataclass(frozen=True)
class Terms(Term):
    """Several values of a dictionary, kept as a list of codes."""

    input = "checks"
    repeats = False
    empty = ()
    parts = ("",)

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parts = raw if isinstance(raw, list | tuple) else text.listed(str(raw or ""))
        return Parsed([c for c in (super(Terms, self).parse(part, typed).value for part in parts) if c])

    def show(self, value: Any) -> str:
        book = dictionary(self.book)
        return _("、").join(book.text(code) for code in value or [])

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        """The rows that have any of these values; "-" asks for those that have none."""
        kept = Cast(name, TextField())
        codes: Any = self.parse([one for one in told[""] if one != "-"]).value
        found = [Q(Contains(kept, f'"{code}"')) for code in codes]
        if "-" in told[""]:
            found.append(Q(**{name: []}))
        return Q(*found, _connector=Q.OR)


class Fixed(Kind):
    """A closed list that nobody edits: codes with their labels."""

    repeats = True
    input = "select"
    filter = "choice"

    def __init__(self, *pairs: tuple[str, Any]):
        self.pairs = dict(pairs)

    @cached_property
    def known(self) -> dict[str, str]:
        """What people write → code: workbooks come in either language."""
        labels = {said: code for code, label in self.pairs.items() for said in wordings(str, label)}
        return labels | {code: code for code in self.pairs}

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        told = text.clean(raw, typed=typed).value
        if told in self.known:
            return Parsed(self.known[told])
        if not told:
            return Parsed("")
        offered = _("、").join(str(label) for label in self.pairs.values())
        raise Invalid("E_CHOICE", _("没有“%(told)s”这一项，可选：%(offered)s") % {"told": told, "offered": offered})

    def show(self, value: Any) -> str:
        return str(self.pairs.get(value, value or ""))

    def written(self, value: Any) -> Any:
        return value or ""

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[Choice]:
        return [Choice(code, str(label)) for code, label in self.pairs.items()]


class Flag(Kind):
    """Yes or no."""

    repeats = True
    input = "checkbox"
    filter = "flag"
    empty = False
    YES = frozenset({"1", "true", "yes", "on", "是", "y", "√", "✓", "☑", "有"})
    NO = frozenset({"", "0", "false", "no", "off", "否", "n", "×", "□", "无"})

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        told = str(raw if raw is not None else "").strip().casefold()
        if told in self.YES or told == "1.0":
            return Parsed(True)
        if told in self.NO or told == "0.0":
            return Parsed(False)
        raise Invalid("E_CHOICE", _("只能填“是”或“否”"))

    def show(self, value: Any) -> str:
        return _("是") if value else ""

    def plain(self, value: Any) -> Any:
        return _("是") if value else _("否")

    def choices(self) -> list[Choice]:
        return [Choice("1", _("是")), Choice("0", _("否"))]


@dataclass(frozen=True)
class Day(Kind):
    """A date. What has happened cannot lie in the future."""

    past: bool = False
    input = "date"
    cell = "date"
    sheet = "date"
    filter = "range"
    empty = None

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parsed: Any = dates.day(raw, today=today(), typed=typed)
        if self.past and parsed.value is not None:
            dates.not_future(parsed.value, today())
        return parsed

    def show(self, value: Any) -> str:
        return value.isoformat() if isinstance(value, date) else str(value or "")


class Moment(Day):
    """A point in time, shown as it was where the installation is."""

    cell = "date"

    def show(self, value: Any) -> str:
        return minute_of(value) if isinstance(value, datetime) else ""

    def brief(self, value: Any) -> str:
        return self.show(value)[:10]

    def edge(self, value: date, last: bool) -> datetime:
        return datetime.combine(value, time.max if last else time.min, zone())

    def plain(self, value: Any) -> Any:
        return self.show(value)


class When(Moment):
    """A point in time as people type it, with or without a time of day."""

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return dates.moment(raw, today=today(), typed=typed)

    def show(self, value: Any) -> str:
        if not isinstance(value, datetime):
            return ""
        return day_of(value).isoformat() if is_day(value) else minute_of(value)

    def brief(self, value: Any) -> str:
        return self.show(value)

    def edge(self, value: Any, last: bool) -> datetime:
        return datetime.combine(day_of(value), time.max, zone()) if last and is_day(value) else value


class Whole(Kind):
    input = "number"
    cell = "num"
    sheet = "whole"
    filter = "range"
    empty = None

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return numbers.whole(raw, typed=typed)


class Money(Kind):
    """An amount, two places."""

    input = "money"
    cell = "money"
    sheet = "money"
    filter = "range"
    empty = None

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return money.amount(raw, typed=typed)

    def show(self, value: Any) -> str:
        return f"{value:,.2f}" if isinstance(value, Decimal) else str(value or "")

    def written(self, value: Any) -> str:
        return "" if value is None else f"{value:.2f}"


class Number(Money):
    """A decimal number without a currency."""

    input = "number"
    cell = "num"
    sheet = "number"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return numbers.decimal(raw, typed=typed)

    def show(self, value: Any) -> str:
        return f"{value:,f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value or "")

    def written(self, value: Any) -> str:
        return self.show(value).replace(",", "")


class Industry(Kind):
    """A code of GB/T 4754: a section or a division."""

    repeats = True
    input = "combobox"
    filter = "prefix"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parsed = industries.industry(raw, typed=typed)
        return Parsed(parsed.value or "", parsed.notes)

    def show(self, value: Any) -> str:
        return industries.name(value) if value else ""

    def written(self, value: Any) -> str:
        return value or ""

    def plain(self, value: Any) -> Any:
        return f"{value} {industries.name(value)}" if value else ""

    def choices(self) -> list[Choice]:
        return [Choice(code, f"{code} {industries.name(code)}") for code in industries.INDUSTRIES]


class Region(Kind):
    """A province, city or district by its code of six digits."""

    repeats = True
    input = "region"
    filter = "prefix"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parsed = addresses.region(raw, typed=typed)
        return Parsed(parsed.value or "", parsed.notes)

    def show(self, value: Any) -> str:
        return addresses.region_name(value) if value else ""

    def brief(self, value: Any) -> str:
        """Province and city, without the words that all of them share."""
        if not value:
            return ""
        province, city = addresses.REGIONS.get(f"{value[:2]}0000"), addresses.REGIONS.get(f"{value[:4]}00")
        return SHARED.sub("", province.name if province else "") + SHARED.sub("", city.name if city else "")

    def written(self, value: Any) -> str:
        return value or ""

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[Choice]:
        return [Choice(region.code, region.name) for region in addresses.children("")]


class Who(Kind):
    """A person of the installation, kept as an id."""

    repeats = True
    input = "person"
    cell = "person"
    filter = "choice"
    empty = None

    def needs(self, name: str) -> tuple[str, ...]:
        return (f"{name}_id",)

    def value(self, row: Row, name: str) -> Any:
        return row[f"{name}_id"]

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        told = str(raw or "").strip()
        if not told:
            return Parsed(None)
        people = house().people
        found = [pk for pk, one in people.items() if told in (str(pk), one.username) or one.name == told]
        if typed:
            found = [pk for pk in found if people[pk].active]
        if len(found) != 1:
            many = _("有 %(n)d 位“%(told)s”，请写登录名") if found else _("没有叫“%(told)s”的在职人员")
            raise Invalid("E_PERSON", many % {"told": told, "n": len(found)})
        return Parsed(found[0])

    def show(self, value: Any) -> str:
        known = house().people.get(value)
        return known.name if known else ""

    def written(self, value: Any) -> str:
        return str(value or "")

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[Choice]:
        return [Choice(str(pk), one.name, one.username) for pk, one in house().people.items() if one.active]


@dataclass(frozen=True)
class Sealed(Kind):
    """A value that is encrypted in its column, bound to its row by another column, and found only by its index."""

    parser: Callable[..., Parsed]
    column: str
    row: str

    def needs(self, name: str) -> tuple[str, ...]:
        return (f"{name}_sealed", self.row)

    def value(self, row: Row, name: str) -> Any:
        sealed = row[f"{name}_sealed"]
        return crypto.unseal(settings.FIELD_KEY, f"{self.column}:{row[self.row]}", bytes(sealed)) if sealed else ""

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return self.parser(raw, typed=typed)

    def seal(self, value: str, row: str) -> bytes:
        return crypto.seal(settings.FIELD_KEY, f"{self.column}:{row}", value)

    def index(self, value: str) -> str:
        return crypto.blind_index(settings.INDEX_KEY, f"{self.column}:{value}")
