"""Filters, search, order and pages of a list. What may not be read may not be asked about either."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from keji.access.fields import HIDE, PLAIN
from keji.access.scope import visible
from keji.kernel.errors import Invalid
from keji.records.sheet import Column, Sheet, Shown

SIZE = 50
MOST = 10_001
FOUND = 2_000  # search hits that are put in order; with more, the newest ones are
RESERVED = frozenset({"q", "sort", "after", "before", "size", "count", "open", "part"})


@dataclass
class Asked:
    """What a list was asked for, checked against what the person may read."""

    filters: dict[str, Any] = field(default_factory=dict)  # column → what was chosen, as the form needs it
    where: Q = field(default_factory=Q)
    words: str = ""
    sort: str = ""
    size: int = SIZE
    after: str = ""
    before: str = ""
    query: str = ""  # the same, without paging, for links

    @property
    def narrowed(self) -> bool:
        return bool(self.filters or self.words)


@dataclass
class Listing:
    """One page of a list, ready to be shown."""

    sheet: Sheet
    asked: Asked
    columns: list[Column]
    lines: list[dict[str, Shown]]
    ids: list[int]
    count: int | None
    capped: bool
    next: str
    previous: str
    sortable: set[str]
    filterable: list[Column]


def refuse(field_name: str, message: str) -> Invalid:
    return Invalid("E_FIELD", message % {"name": str(field_name)[:60]})


def ask(sheet: Sheet, person: Any, told: QueryDict | Mapping[str, Any]) -> Asked:
    """Check what was asked for. Raises Invalid for anything unknown, unreadable or out of measure."""

    def get(key: str) -> list[Any]:
        if isinstance(told, QueryDict):
            return told.getlist(key)
        return [told[key]] if told.get(key) is not None else []

    readable = sheet.readable(person)
    asked = Asked(words=" ".join(get("q"))[:64].strip(), sort=(get("sort") or [sheet.order])[-1] or sheet.order)
    if asked.words and sheet.index is None:
        raise refuse("q", _("这个列表不能按文字搜索"))
    if asked.sort.removeprefix("-") not in {c.name for c in sheet.columns if c.sort} & readable:
        raise refuse(asked.sort, _("不能按“%(name)s”排序"))
    asked.after, asked.before = (get("after") or [""])[-1], (get("before") or [""])[-1]
    size = (get("size") or [str(SIZE)])[-1]
    asked.size = int(size) if size.isdecimal() and 1 <= int(size[:4]) <= 200 and len(size) < 4 else 0
    if not asked.size:
        raise refuse("size", _("每页最多 200 行"))
    if "open" in told and get("open")[-1] == "1":
        asked.filters["open"], asked.where = True, asked.where & Q(open_points__gt=0)
    others = {f"{other.model.RECORD}.": other for other in sheet.beside}
    keys = {str(key): get(key) for key in told if key not in RESERVED}
    for prefix, other in others.items():
        theirs = {key.removeprefix(prefix): values for key, values in keys.items() if key.startswith(prefix)}
        near_by(asked, prefix, other, person, theirs)
    narrow_all(asked, sheet, readable, {k: v for k, v in keys.items() if not k.startswith(tuple(others) or "\0")})
    if isinstance(told, QueryDict):
        kept = told.copy()
        for key in ("after", "before", "part", "count"):
            kept.pop(key, None)
        asked.query = kept.urlencode()
    return asked


def narrow_all(asked: Asked, sheet: Sheet, readable: set[str], keys: Mapping[str, list[Any]]) -> None:
    """Narrow by each key, a column with or without a part ("grade", "changed_at__from")."""
    told: dict[str, dict[str, list[str]]] = {}
    for key, given in keys.items():
        name, _dot, part = key.partition("__")
        column = sheet.by_name.get(name)
        if column is None or not column.filter or name not in readable or part not in column.kind.parts:
            raise refuse(key, _("没有可以筛选的字段“%(name)s”"))
        if values := [value for value in given if str(value).strip()]:
            told.setdefault(name, {})[part] = values
    for name, parts in told.items():
        if max(map(len, parts.values())) > 50:
            raise refuse(name, _("“%(name)s”一次最多选 50 项"))
        if (where := sheet.by_name[name].kind.where(name, parts)) is not None:
            asked.where &= where
            asked.filters |= {f"{name}__{part}" if part else name: values for part, values in parts.items()}
            continue
        for part, values in parts.items():
            narrow(asked, sheet.by_name[name], part, values)


def near_by(asked: Asked, prefix: str, other: Sheet, person: Any, keys: Mapping[str, list[Any]]) -> None:
    """Narrow to the rows that have one record beside them of which all this is true, among those the person sees."""
    theirs = Asked()
    narrow_all(theirs, other, other.readable(person), keys)
    if theirs.filters:
        asked.where &= Q(pk__in=visible(person, other.model).filter(theirs.where).values("customer_id"))
        asked.filters |= {f"{prefix}{name}": value for name, value in theirs.filters.items()}


def narrow(asked: Asked, column: Column, part: str, values: list[str]) -> None:
    kind, name = column.kind, column.name
    attribute = kind.needs(name)[0]
    if kind.filter == "range":
        value = kind.parse(values[-1]).value
        if value is None:
            return
        asked.filters[f"{name}__{part or 'from'}"] = kind.written(value)
        edge = kind.edge(value, part == "to")
        asked.where &= Q(**{f"{attribute}__{'lte' if part == 'to' else 'gte'}": edge})
        return
    if part:
        raise refuse(name, _("“%(name)s”不能按范围筛选"))
    if kind.filter == "flag":
        asked.where &= Q(**{attribute: bool(kind.parse(values[-1]).value)})
    elif kind.filter == "prefix":
        wanted = [{attribute: ""} if value == "-" else prefix(attribute, kind.parse(value).value) for value in values]
        asked.where &= Q(*[Q(**one) for one in wanted], _connector=Q.OR)
    else:
        codes = [None if value == "-" else kind.parse(value).value for value in values]
        given = Q(**{f"{attribute}__in": [code for code in codes if code is not None]})
        asked.where &= given | Q(**{attribute: kind.empty}) if None in codes else given
    asked.filters[name] = values


def prefix(attribute: str, code: Any) -> dict[str, Any]:
    """Codes are trees: a province covers its districts, a section its divisions."""
    stem = code.rstrip("0") if code.isdigit() and len(code) == 6 else code
    stem = stem + "0" if code.isdigit() and len(code) == 6 and len(stem) % 2 else stem
    exact = len(code) == 6 and len(stem) == 6 or not code.isdigit() and len(code) > 1
    return (
        {attribute: code}
        if exact
        else {f"{attribute}__gte": stem, f"{attribute}__lt": stem[:-1] + chr(ord(stem[-1]) + 1)}
    )


def search(sheet: Sheet, person: Any, rows: QuerySet, words: str) -> QuerySet:
    """The rows in which all words occur, in the classes of values that the person may read."""
    lens = sheet.lens(person)
    rules, some = lens.everywhere(), lens.anywhere()

    def readable(table: Mapping[str, str], name: str) -> bool:
        return all(table[c.name] == PLAIN for c in sheet.columns if c.search == name)

    classes = {"open"} | {name for name in ("people", "phone", "text") if readable(rules, name)}
    mine = {"people", "phone", "text"} - classes
    near = person.pk if lens.widths == {"own"} and not hasattr(sheet.model, "COMMON") else None
    found = sheet.index.where(rows, words, classes, near)
    # Values that are plain only in the person's own rows are searched there alone.
    if mine and "own" in lens.widths and all(readable(lens.rules("own"), name) and some for name in mine):
        found = found | sheet.index.where(rows, words, classes | mine, person.pk)
    return found


def listing(sheet: Sheet, person: Any, rows: QuerySet, asked: Asked, columns: list[Column] | None = None) -> Listing:
    """One page of these rows as the person may read them."""
    lens = sheet.lens(person)
    shown = columns or [c for c in sheet.columns_for(person, lens) if c.listed]
    badges = [sheet.by_name[c.badge] for c in shown if c.badge]
    rows = rows.filter(asked.where)
    if asked.words:
        rows = search(sheet, person, rows, asked.words)
    count = rows.order_by()[:MOST].count()
    attribute, down = asked.sort.lstrip("-"), asked.sort.startswith("-")
    back = bool(asked.before)
    page = keyset(rows, attribute, down != back, asked.before if back else asked.after)
    found = list(page.values(*dict.fromkeys((*sheet.attributes([*shown, *badges]), attribute)))[: asked.size + 1])
    more, found = len(found) > asked.size, found[: asked.size]
    if back:
        found.reverse()
    ids = [row["id"] for row in found]
    read = sheet.reader(person, ids, [*shown, *badges])
    first, last = (cursor(found[0], attribute), cursor(found[-1], attribute)) if found else ("", "")
    rules = lens.anywhere()
    return Listing(
        sheet,
        asked,
        shown,
        [read(row) for row in found],
        ids,
        min(count, MOST - 1),
        count >= MOST,
        last if (more or back) and found else "",
        first if (asked.after or (back and more)) and found else "",
        {c.name for c in sheet.columns if c.sort} & sheet.readable(person, lens),
        [c for c in sheet.columns if c.filter and rules[c.name] != HIDE and c.name in sheet.readable(person, lens)],
    )


def keyset(rows: QuerySet, attribute: str, down: bool, mark: str) -> QuerySet:
    """These rows in order, from behind the mark on: no OFFSET, so the thousandth page costs what the first does."""
    if mark:
        value, pk = unmark(mark)
        side = "lt" if down else "gt"
        here = Q(**{f"{attribute}__{side}": value}) | Q(**{attribute: value, f"id__{side}": pk})
        bound = Q(**{f"{attribute}__{side}e": value})
        try:
            rows = rows.filter(bound & here)
        except (TypeError, ValueError, ValidationError):  # a mark of another list, or one made up
            raise Invalid("E_CURSOR", _("页码已失效，请回到第一页")) from None
    sign = "-" if down else ""
    return rows.order_by(f"{sign}{attribute}", f"{sign}id")


def cursor(row: Mapping[str, Any], attribute: str) -> str:
    value = row[attribute]
    told = (
        value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, Decimal) else value
    )
    return base64.urlsafe_b64encode(json.dumps([told, row["id"]], ensure_ascii=False).encode()).decode().rstrip("=")


def unmark(mark: str) -> tuple[Any, int]:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(mark[:500] + "=" * (-len(mark[:500]) % 4)))
        if (
            isinstance(value, str | int)
            and "\0" not in str(value)
            and isinstance(pk, int)
            and not isinstance(pk, bool)
            and abs(pk) < 2**63
        ):
            return value, pk
    except (ValueError, TypeError):
        pass
    raise Invalid("E_CURSOR", _("页码已失效，请回到第一页"))
