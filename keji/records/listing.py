"""Filters, search, order and pages of a list. What may not be read may not be asked about either."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from keji.access.fields import COMMON, PLAIN
from keji.access.scope import people_near, placed, visible
from keji.kernel.errors import Invalid, NotThere
from keji.records.order import Order, order_of, unmark
from keji.records.sheet import SHEETS, Column, Seen, Sheet, Shown

SIZE = 50
MOST = 10_001
FOUND = 500  # search hits that are put in order; with more, the newest ones are
LOOKED = 2_000  # search hits that are looked through if filters narrow as well
WITHOUT = "without_"  # before the name of records: the rows beside which stands none of which this is true
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
    counted: bool = False  # all of them, however long that takes
    counting: bool = True  # as many as is cheap, unasked
    told: QueryDict | None = None  # as it was asked, if a page did

    @cached_property
    def query(self) -> str:
        """The same, without paging, for links."""
        if self.told is None:
            return ""
        kept = self.told.copy()
        for key in ("after", "before", "part", "count"):
            kept.pop(key, None)
        return kept.urlencode()

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
    sortable: Set[str]
    heads: list[dict[str, Any]] = field(default_factory=list)  # what says which row a line is, for the API


HEAD = ("id", "version", "customer_id")


def head(row: Mapping[str, Any]) -> dict[str, Any]:
    """What says which row it is, in which version: no value of any column."""
    return {name: row[name] for name in HEAD if name in row}


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
    if (order := asked.sort.removeprefix("-")) not in readable or order not in sheet.sortable:
        raise refuse(asked.sort, _("不能按“%(name)s”排序"))
    asked.counted = get("count")[-1:] == ["1"]
    asked.after, asked.before = (get("after") or [""])[-1], (get("before") or [""])[-1]
    size = (get("size") or [str(SIZE)])[-1]
    asked.size = int(size) if size.isdecimal() and 1 <= int(size[:4]) <= 200 and len(size) < 4 else 0
    if not asked.size:
        raise refuse("size", _("每页最多 200 行"))
    if "open" in told and get("open")[-1] == "1":
        asked.filters["open"], asked.where = True, asked.where & Q(open_points__gt=0)
    keys = {str(key): get(key) for key in told if key not in RESERVED}
    others = {f"{word}{other.model.RECORD}.": other for other in sheet.beside for word in ("", WITHOUT)}
    for prefix, other in others.items():
        if theirs := {key: values for key, values in keys.items() if key.startswith(prefix)}:
            near_by(asked, prefix, other, person, {key.removeprefix(prefix): values for key, values in theirs.items()})
            keys = {key: values for key, values in keys.items() if key not in theirs}
    narrow_all(asked, sheet, readable, keys)
    asked.told = told if isinstance(told, QueryDict) else None
    return asked


def narrow_all(asked: Asked, sheet: Sheet, readable: Set[str], keys: Mapping[str, list[Any]]) -> None:
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
    """Narrow to the rows that have one record beside them of which all this is true, among those the person sees.

    Beside a customer stand the records that belong to it, beside such a record its customer. `WITHOUT` narrows to the
    rows that have no such record.
    """
    theirs = Asked()
    narrow_all(theirs, other, other.readable(person), keys)
    if theirs.filters:
        found = visible(person, other.model).filter(theirs.where)
        belongs = any(one.attname == "customer_id" for one in other.model._meta.fields)
        its, ours = ("customer_id", "pk") if belongs else ("pk", "customer_id")
        if prefix.startswith(WITHOUT):  # asked row by row: a set of all those who have one would be made first
            asked.where &= ~Q(Exists(found.filter(**{its: OuterRef(ours)})))
        else:
            asked.where &= Q(**{f"{ours}__in": found.values(its)})
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


def search(
    sheet: Sheet, person: Any, rows: QuerySet, words: str, most: int | None = None, common: bool = False
) -> QuerySet:
    """Those of the rows in which all words occur, in the classes of values that the person may read.

    Of a word that thousands of records have, only so many hits, the newest, are looked at. They are sought in the
    person's own business, unless the rows take in `common` ground too.
    """
    asked = questions(sheet, person, common)
    found = [sheet.index.where(rows, words, classes, near, most=most) for classes, near in asked]
    return found[0] if len(found) == 1 else found[0] | found[1]


def questions(sheet: Sheet, person: Any, common: bool) -> list[tuple[set[str], list[int] | None]]:
    """In which classes of whose records a person may search."""
    widths = sheet.lens(person).widths
    everywhere = widths | ({COMMON} if common and "all" not in widths else set())
    classes = classes_of(sheet, person, everywhere)
    own = classes_of(sheet, person, {"own"}) if "own" in widths else classes
    if not sheet.index.near:
        return [(classes, None)]
    near = None if common else people_near(person, widths)
    if near == [person.pk]:
        return [(classes | own, near)]
    # Values that are plain only in the person's own rows are searched there alone.
    return [(classes, near), *([(classes | own, [person.pk])] if own - classes else [])]


def classes_of(sheet: Sheet, person: Any, widths: set[str]) -> set[str]:
    """The classes of the index of which every value may be read in rows this close, whichever record it stands in."""
    shut, offered = set(), {"open"}
    for one in SHEETS.values():
        if one.index is not None and one.index.name == sheet.index.name:
            tables = [one.lens(person).rules(width) for width in widths]
            offered |= {c.search for c in one.columns if c.search}
            shut |= {c.search for c in one.columns if c.search and any(rules[c.name] != PLAIN for rules in tables)}
    return {"open"} | (offered - shut)


def narrowed(
    sheet: Sheet, person: Any, rows: QuerySet, asked: Asked, common: bool = False, whole: bool = False
) -> QuerySet:
    """The rows that were asked for: as many as a list shows, or the `whole` of them for work on every one."""
    rows = rows.filter(asked.where)
    if not asked.words:
        return rows
    most = None if whole or walks(sheet, asked) else LOOKED if asked.filters else FOUND
    return search(sheet, person, rows, asked.words, most, common)


def walks(sheet: Sheet, asked: Asked) -> bool:
    """True if words and filters are asked for together and the database finds its own way through both.

    PostgreSQL knows how frequent a word is: it goes by the word or down the order of the list, and misses no hit.
    """
    return bool(asked.words and asked.filters) and sheet.index.walks()


def listing(
    sheet: Sheet,
    person: Any,
    rows: QuerySet,
    asked: Asked,
    columns: list[Column] | None = None,
    common: bool = False,
    *,
    texts: bool = True,
) -> Listing:
    """One page of these rows as the person may read them; `common` if they are not only the person's own business.

    Without `texts` it is for a program: values alone, and a count only if one was asked for.
    """
    asked.counting = texts or asked.counted
    lens = sheet.lens(person)
    shown = columns or [c for c in sheet.columns_for(person, lens) if c.listed]
    badges = [sheet.by_name[c.badge] for c in shown if c.badge and texts]
    order = order_of(sheet, asked.sort)
    wanted = (*sheet.attributes([*shown, *badges]), order.name, *(("close",) if lens.varies else ()))
    # The page is read from what the person sees by its ids; the words are not sought a second time for it.
    whole = order.ranked(placed(person, rows) if lens.varies else rows).filter(asked.where)
    rows = narrowed(sheet, person, rows, asked, common)
    if walks(sheet, asked):
        page = page_of(rows, order.ranked(placed(person, rows) if lens.varies else rows), order, asked, wanted)
    elif asked.words:
        page = page_found(rows, whole, order, asked, wanted)
    else:
        page = page_of(rows, whole, order, asked, wanted)
    ids = [row["id"] for row in page.rows]
    read = sheet.reader(person, ids, [*shown, *badges], placed=lens.varies, texts=texts)
    first, last = (order.mark(page.rows[0]), order.mark(page.rows[-1])) if ids else ("", "")
    return Listing(
        sheet,
        asked,
        shown,
        [read(row) for row in page.rows],
        ids,
        page.total,
        page.capped,
        last if page.further else "",
        first if page.earlier else "",
        sheet.sortable & sheet.readable(person, lens),
        [head(row) for row in page.rows],
    )


def listed(sheet: Sheet, person: Any, rows: QuerySet, told: QueryDict) -> QuerySet | None:
    """Those of these rows that a list narrowed so has; None for who may not ask that."""
    try:
        return rows.filter(ask(sheet, person, told).where)
    except Invalid:
        return None


def line(sheet: Sheet, person: Any, rows: QuerySet, pk: int, columns: list[Column]) -> tuple[dict[str, Any], Seen]:
    """One of these rows as the person may read it: its head, and its values. Raises NotThere."""
    row: Any = rows.filter(pk=pk).values(*sheet.attributes(columns)).first()
    if row is None:
        raise NotThere(pk)
    return head(row), sheet.reader(person, [pk], columns, texts=False)(row)


class Page(NamedTuple):
    """Some of the rows, and whether there are others before and behind."""

    rows: list[dict[str, Any]]
    total: int
    capped: bool
    earlier: bool
    further: bool


def page_of(rows: QuerySet, whole: QuerySet, order: Order, asked: Asked, wanted: Iterable[str]) -> Page:
    """A page by its place in the index of the order."""
    back, size = bool(asked.before), asked.size
    found: list[dict[str, Any]] = []
    for stretch in order.stretches(whole, asked.before or asked.after, back):
        found += stretch.values(*dict.fromkeys(wanted))[: size + 1 - len(found)]
        if len(found) > size:
            break
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    earlier = bool(asked.after or (back and more))
    most = countable(rows.model, asked)
    alone = not more and not asked.after and not back
    total = len(found) if alone or not most else rows.order_by()[:most].count()
    capped = total >= most if most else not alone
    return Page(found, min(total, most - 1) if most else total, capped, bool(found) and earlier, bool(found) and (more or back))


def countable(model: Any, asked: Asked) -> int:
    """How far to count. To find the 10,001st row of a free combination, hundreds of thousands may have to be read."""
    if not asked.counting:
        return 0
    led = {index.fields[0].lstrip("-") for index in model._meta.indexes if index.fields}
    narrow = {name.partition("__")[0] for name in asked.filters}
    if asked.counted or not narrow:
        return MOST
    return 1_001 if len(narrow) == 1 and narrow <= led and not asked.words else 0


def page_found(rows: QuerySet, whole: QuerySet, order: Order, asked: Asked, wanted: Iterable[str]) -> Page:
    """A page of what a search found: few enough to be put in order and counted as they are."""
    ids = list(order.over(rows).values_list("pk", flat=True)[:FOUND])
    mark = asked.before or asked.after
    place = ids.index(unmark(mark)[1]) if mark and unmark(mark)[1] in ids else -1
    start = max(0, place - asked.size) if asked.before else place + 1
    end = place if asked.before and place >= 0 else start + asked.size
    known = {row["id"]: row for row in whole.filter(pk__in=ids[start:end]).values(*dict.fromkeys(wanted))}
    found = [known[pk] for pk in ids[start:end] if pk in known]
    return Page(found, len(ids), len(ids) >= FOUND, start > 0, end < len(ids))


def neighbours(
    sheet: Sheet, person: Any, rows: QuerySet, asked: Asked, record: Any
) -> tuple[int | None, int | None]:
    """The ids before and after a record in a list, however long it is."""
    order = order_of(sheet, asked.sort)
    rows, mark = order.ranked(narrowed(sheet, person, rows, asked)), order.mark(order.place(record))

    def beside(back: bool) -> int | None:
        found = (stretch.values_list("pk", flat=True).first() for stretch in order.stretches(rows, mark, back))
        return next((pk for pk in found if pk is not None), None)

    return beside(True), beside(False)
