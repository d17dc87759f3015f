"""The workbook that people fill in: titles with help, drop-downs that depend on each other, a locked number column."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid
from keji.kernel.tables.writing import (
    FORMATS,
    HEAD_COLOUR,
    MOMENT,
    MOST_ROWS,
    WIDEST,
    WIDTHS,
    breadth,
    put,
    sheet_names,
    value,
    workbook,
)

ROWS = 2_000
MORE_ROWS = 500  # below what is filled already
LISTS, PLACES = "选项", "地区"
LEVELS = ("province", "city", "district")
LEGAL_NAME = re.compile(r"[^\W\d]\w*")
REQUIRED = "*"
REQUIRED_COLOUR, LOCKED_COLOUR = "#FDE9D9", "#E7E6E6"
LAST_COLUMN = 16_383
SHOWN_CHOICES = 60


class Region(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def parent(self) -> str: ...


@dataclass(frozen=True)
class TemplateColumn:
    """One column to fill in; kinds are those of Sheet, and phone and id, which are text."""

    title: str
    kind: str
    help: str
    required: bool = False
    choices: Sequence[str] | None = None
    example: str = ""
    locked: bool = False
    width: float | None = None
    region_level: str | None = None

    @property
    def stored(self) -> str:
        return self.kind if self.kind in FORMATS else "text"

    @property
    def shown(self) -> str:
        return self.title + REQUIRED if self.required else self.title


def bare_title(title: str) -> str:
    """The title without the mark of a required column."""
    return title.strip().rstrip("*＊ ").strip()


@dataclass(frozen=True)
class TemplatePage:
    """One sheet to fill in, or filled: its columns, and rows of cells in their order."""

    title: str
    columns: Sequence[TemplateColumn]
    rows: Iterable[Sequence[Any]] = ()


def write_template(
    target: str | Path | BinaryIO,
    columns: Sequence[TemplateColumn],
    *,
    title: str = "",
    regions: Mapping[str, Region] | None = None,
    samples: Iterable[Sequence[Any]] = (),
) -> None:
    """Write an import template of one sheet. Columns with a region_level need the regions, by code."""
    write_pages(target, [TemplatePage(title or _("客户"), columns, samples)], regions=regions)


def write_pages(
    target: str | Path | BinaryIO,
    pages: Sequence[TemplatePage],
    *,
    regions: Mapping[str, Region] | None = None,
    guide: bool = True,
) -> int:
    """Write a workbook of several sheets with drop-downs, its rows one at a time. Returns how many rows there were."""
    where: Any = str(target) if isinstance(target, Path) else target
    count = 0
    with workbook(where, {"constant_memory": True}) as book:
        names = sheet_names([*(page.title for page in pages), _("填写说明")])
        sheets = [book.add_worksheet(name) for name in names[:-1]]
        if guide:
            write_guide(book, book.add_worksheet(names[-1]), pages)
        lists = write_lists(book, pages)
        if regions and any(column.region_level for page in pages for column in page.columns):
            write_places(book, regions)
        for place, (sheet, page) in enumerate(zip(sheets, pages, strict=True)):
            write_titles(book, sheet, page.columns)
            last = write_rows(book, sheet, page.columns, page.rows)
            count += last
            for index, column in enumerate(page.columns):
                told = rule(column, page.columns, lists.get((place, index)))
                sheet.data_validation(1, index, min(max(ROWS, last + MORE_ROWS), MOST_ROWS), index, told)
            if any(column.locked for column in page.columns):
                sheet.protect("", ALLOWED)
    return count


ALLOWED = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "insert_rows": True,
    "sort": True,
    "autofilter": True,
}


def write_titles(book: Any, page: Any, columns: Sequence[TemplateColumn]) -> None:
    """The title row with a note on each, and below it the formats of the columns."""
    page.freeze_panes(1, 0)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS + 1}"})
    # Everything is locked in Excel unless said otherwise; protection must hold only what the system fills in.
    page.set_column(len(columns), LAST_COLUMN, None, book.add_format({"locked": False}))
    for index, column in enumerate(columns):
        look = {"num_format": FORMATS[column.stored], "locked": column.locked}
        if column.locked:
            look["bg_color"] = LOCKED_COLOUR
        wide = column.width or min(WIDEST, max(WIDTHS[column.stored], breadth(column.shown) + 4))
        page.set_column(index, index, wide, book.add_format(look))
        colour = REQUIRED_COLOUR if column.required else HEAD_COLOUR
        head = book.add_format({"bold": True, "bg_color": colour, "border": 1, "locked": column.locked})
        page.write_string(0, index, column.shown, head)
        note = told(column)
        page.write_comment(0, index, note, {"x_scale": 1.8, "y_scale": max(0.6, breadth(note) / 150), "author": "Keji"})


def told(column: TemplateColumn) -> str:
    """All that a person needs to fill in the column, in a few lines."""
    lines = [_("必填") if column.required else _("选填")]
    if column.locked:
        lines = [_("由系统编号，请勿填写")]
    if column.help:
        lines.append(column.help)
    if column.example:
        lines.append(_("例：%(example)s") % {"example": column.example})
    return "\n".join(lines)


def write_guide(book: Any, sheet: Any, pages: Sequence[TemplatePage]) -> None:
    head = book.add_format({"bold": True, "bg_color": HEAD_COLOUR, "border": 1})
    body = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.freeze_panes(1, 0)
    titles = [(_("列"), 20), (_("是否必填"), 10), (_("说明"), 50), (_("例"), 24), (_("可填的值"), 50)]
    titles += [(_("工作表"), 18)] if len(pages) > 1 else []
    for index, (text, width) in enumerate(titles):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, text, head)
    row = 0
    for page in pages:
        for column in page.columns:
            row += 1
            needed = _("必填") if column.required else _("选填")
            texts = [column.title, needed, column.help, column.example, allowed(column)]
            for index, text in enumerate(texts + [page.title] * (len(pages) > 1)):
                sheet.write_string(row, index, text, body)


def allowed(column: TemplateColumn) -> str:
    if column.locked:
        return _("由系统编号，请勿填写")
    if column.region_level:
        return _("从下拉列表选择；先选上一级")
    if column.choices:
        more = "" if len(column.choices) <= SHOWN_CHOICES else _("……（见下拉列表）")
        return _("、").join(list(column.choices)[:SHOWN_CHOICES]) + more
    return {
        "date": _("日期，例如 2026-03-15"),
        "money": _("数字，最多两位小数"),
        "number": _("数字"),
        "whole": _("整数"),
        "phone": _("电话号码，按文本填写"),
        "id": _("证件号码，按文本填写"),
    }.get(column.kind, _("文字"))


def write_lists(book: Any, pages: Sequence[TemplatePage]) -> dict[tuple[int, int], str]:
    """The choices on a hidden sheet, since a list inside a rule ends at 255 characters; where those of each column stand."""
    chosen = [
        (place, index, column)
        for place, page in enumerate(pages)
        for index, column in enumerate(page.columns)
        if column.choices and not column.region_level
    ]
    if not chosen:
        return {}
    sheet = book.add_worksheet(LISTS)
    sheet.hide()
    lists = [[column.title, *(column.choices or ())] for _place, _index, column in chosen]
    for row in range(max(map(len, lists))):  # row by row: what is written is not kept in memory
        for number, told in enumerate(lists):
            if row < len(told):
                sheet.write_string(row, number, told[row])
    found = {}
    for number, (place, index, _column) in enumerate(chosen):
        letter = letters(number)
        found[place, index] = f"='{LISTS}'!${letter}$2:${letter}${len(lists[number])}"
    return found


class Block(NamedTuple):
    """Places of one level that lie in one place: the name of their range, and what stands in it."""

    name: str
    column: int
    places: list[str]


def write_places(book: Any, regions: Mapping[str, Region]) -> None:
    """Provinces, cities and districts on a hidden sheet, each group under a name that INDIRECT can put together."""
    sheet = book.add_worksheet(PLACES)
    sheet.hide()
    columns: list[list[str]] = [[], [], []]
    for block in blocks(regions):
        start = len(columns[block.column]) + 1
        columns[block.column] += block.places
        letter = "ABC"[block.column]
        book.define_name(block.name, f"='{PLACES}'!${letter}${start}:${letter}${len(columns[block.column])}")
    for row in range(max(map(len, columns))):
        for number, places in enumerate(columns):
            if row < len(places):
                sheet.write_string(row, number, places[row])


def blocks(regions: Mapping[str, Region]) -> list[Block]:
    below: dict[str, list[tuple[str, Region]]] = {}
    for code, region in regions.items():
        below.setdefault(region.parent, []).append((code, region))
    provinces = below.get("", [])
    found = [Block("省", 0, [region.name for _code, region in provinces])]
    for code, province in provinces:
        cities = below.get(code, [])
        found.append(Block(f"市_{province.name}", 1, [city.name for _code, city in cities]))
        for city_code, city in cities:
            districts = [region.name for _code, region in below.get(city_code, [])]
            # The city alone would not do: four cities are called 市辖区.
            # 东莞, 中山 and 儋州 have none below them: there the city stands for its own district.
            found.append(Block(f"区_{province.name}_{city.name}", 2, districts or [city.name]))
    return [block for block in found if block.places and LEGAL_NAME.fullmatch(block.name)]


def rule(column: TemplateColumn, columns: Sequence[TemplateColumn], source: str | None) -> dict[str, Any]:
    """What Excel lets a person enter in the column."""
    if column.region_level:
        return {
            "validate": "list",
            "source": place_source(column, columns),
            "error_type": "warning",
            "error_title": column.title[:32],
            "error_message": _("列表里没有这个地区。请从下拉列表选择，并先选上一级。"),
        }
    if source:
        return {
            "validate": "list",
            "source": source,
            "error_title": column.title[:32],
            "error_message": _("请从下拉列表选择一个值。"),
        }
    return {"validate": "any", "input_title": column.title[:32], "input_message": told(column)[:255]}


def place_source(column: TemplateColumn, columns: Sequence[TemplateColumn]) -> str:
    """The range of what lies in the places chosen to the left of the cell."""
    level = LEVELS.index(column.region_level or "")
    above = [cell_of(name, column, columns) for name in LEVELS[:level]]
    if level == 0:
        return "=省"
    return '=INDIRECT("' + "市区"[level - 1] + '_"&' + '&"_"&'.join(above) + ")"


def letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(column)


def cell_of(level: str, column: TemplateColumn, columns: Sequence[TemplateColumn]) -> str:
    """The cell of that level in row 2; the nearest column to the left, so that one row can hold two addresses."""
    here = list(columns).index(column)
    left = [index for index in range(here) if columns[index].region_level == level]
    if not left:
        raise ValueError(f"{column.title}: no column of level {level} to its left")
    return f"${letters(left[-1])}2"


def write_rows(book: Any, sheet: Any, columns: Sequence[TemplateColumn], rows: Iterable[Sequence[Any]]) -> int:
    """Write the rows and return the number of the last one, counted from the titles."""
    moments = {
        locked: book.add_format({"num_format": MOMENT, "locked": locked}) for locked in {c.locked for c in columns}
    }
    number = 0
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            said = _("超过 %(most)s 行，一张 Excel 工作表放不下。请缩小范围，或导出 CSV。")
            raise Invalid("E_EXPORT_ROWS", said % {"most": MOST_ROWS})
        for index, (cell, column) in enumerate(zip(row, columns, strict=False)):
            told = value(cell, column.stored == "text")
            # Without a format of its own a cell takes that of its column.
            put(sheet, number, index, told, moments[column.locked] if isinstance(told, datetime) else None)
    return number
