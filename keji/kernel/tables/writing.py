"""Write rows as xlsx or csv so that no text in them can become a formula."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid
from keji.kernel.tables.child.escaping import escape

FORMATS = {"text": "@", "number": "General", "whole": "0", "money": "0.00", "date": "yyyy-mm-dd"}
WIDTHS = {"text": 16, "number": 12, "whole": 12, "money": 14, "date": 12}
MOMENT = "yyyy-mm-dd hh:mm:ss"
WIDEST = 40
HEAD_COLOUR = "#E8F0F7"
MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
# Excel keeps 15 digits of a number; a longer one is only safe as text.
EXACT = 10**15
EXCEL_BEGINS = date(1900, 3, 1)
# XML can carry neither half a surrogate pair nor these two; csv readers stop at a zero character.
UNWRITABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Sheet:
    """One sheet to write: kinds are text, number, whole, money or date, one for each title."""

    name: str
    titles: Sequence[str]
    kinds: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write_xlsx(target: str | Path | BinaryIO, sheets: Sequence[Sheet]) -> None:
    """Write the sheets into one workbook. Rows are taken one at a time, never all at once."""
    names = sheet_names([sheet.name for sheet in sheets])
    begun = [(name, sheet, *peeked(sheet)) for name, sheet in zip(names, sheets, strict=True)]
    where: Any = str(target) if isinstance(target, Path) else target
    # The quick engine takes titles from the first row's keys: without rows, or with a title twice, it has none.
    if all(filled and len(set(sheet.titles)) == len(sheet.titles) for _name, sheet, filled, _rows in begun):
        write_quickly(where, [(name, sheet, rows) for name, sheet, _filled, rows in begun])
    else:
        write_anything(where, [(name, sheet, rows) for name, sheet, _filled, rows in begun])


def write_quickly(target: Any, sheets: list[tuple[str, Sheet, Iterator[list]]]) -> None:
    import rustpy_xlsxwriter as rust

    book = rust.FastExcel(target, output_format="xlsx").format(datetime_format=MOMENT).freeze(row=1)
    head = rust.Format().set_bold().set_background_color(HEAD_COLOUR)
    for name, sheet, rows in sheets:
        titles = [clean(title) for title in sheet.titles]
        texts = [title for title, kind in zip(titles, sheet.kinds, strict=True) if kind == "text"]
        book.sheet(
            name,
            keyed(titles, rows),
            header_format=head,
            column_formats=[rust.Format().set_num_format(FORMATS[kind]) for kind in sheet.kinds],
            column_widths=widths(sheet),
            ignore_errors=texts,
        )
    book.save()


def keyed(titles: list[str], rows: Iterator[list]) -> Iterator[dict]:
    return (dict(zip(titles, row, strict=True)) for row in rows)


def workbook(target: Any, options: Mapping[str, Any]) -> Any:
    """A workbook of xlsxwriter, which is loaded here: to start took a tenth longer with it, and few processes write."""
    import xlsxwriter

    return xlsxwriter.Workbook(target, {**INERT, **options})


def write_anything(target: Any, sheets: list[tuple[str, Sheet, Iterator[list]]]) -> None:
    """The slow and complete engine, still a row at a time."""
    with workbook(target, {"constant_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": HEAD_COLOUR})
        formats = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
        moment = book.add_format({"num_format": MOMENT})
        for name, sheet, rows in sheets:
            page = book.add_worksheet(name)
            page.freeze_panes(1, 0)
            page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
            for column, (kind, width) in enumerate(zip(sheet.kinds, widths(sheet), strict=True)):
                page.set_column(column, column, width, formats[kind])
            for column, title in enumerate(sheet.titles):
                page.write_string(0, column, clean(title), head)
            for number, row in enumerate(rows, 1):
                for column, (cell, kind) in enumerate(zip(row, sheet.kinds, strict=True)):
                    put(page, number, column, cell, moment if isinstance(cell, datetime) else formats[kind])


INERT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def put(page: Any, row: int, column: int, cell: Any, format: Any) -> None:
    if isinstance(cell, str):
        page.write_string(row, column, cell, format)
    elif cell is not None:
        page.write(row, column, cell, format)


def peeked(sheet: Sheet) -> tuple[bool, Iterator[list]]:
    """Whether there is a row at all, and the rows as they can be written."""
    rows = written(sheet)
    first = next(rows, None)
    return (False, iter(())) if first is None else (True, chain([first], rows))


def written(sheet: Sheet) -> Iterator[list]:
    width = len(sheet.titles)
    texts = [kind == "text" for kind in sheet.kinds]
    for number, row in enumerate(sheet.rows, 1):
        if number > MOST_ROWS:
            raise Invalid(
                "E_EXPORT_ROWS",
                _("超过 %(most)s 行，一张 Excel 工作表放不下。请缩小范围，或导出 CSV。") % {"most": MOST_ROWS},
            )
        cells = [value(cell, text) for cell, text in zip(row, texts, strict=False)]
        yield cells if len(cells) == width else cells + [None] * (width - len(cells))


def value(cell: Any, text: bool) -> Any:
    """A cell as the engines take it, with nothing lost that Excel would round off."""
    kind = type(cell)
    if kind is str:
        return clean(cell) or None
    if cell is None or kind is bool:
        return cell
    if text and not isinstance(cell, date):
        return clean(str(cell))
    if kind is int:
        return cell if -EXACT < cell < EXACT else str(cell)
    if kind is float:
        return cell if math.isfinite(cell) else str(cell)
    if isinstance(cell, Decimal):
        return float(cell) if cell.is_finite() and abs(cell) < EXACT / 100 else str(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None) if cell.date() >= EXCEL_BEGINS else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell if cell >= EXCEL_BEGINS else cell.isoformat()
    return clean(str(cell))


def clean(text: str) -> str:
    text = UNWRITABLE.sub("\ufffd", text)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def widths(sheet: Sheet) -> list[float]:
    return [
        float(min(WIDEST, max(WIDTHS[kind], breadth(title) + 4)))
        for title, kind in zip(sheet.titles, sheet.kinds, strict=True)
    ]


def breadth(text: str) -> int:
    """How wide it stands, a Chinese character counting two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names that Excel takes: no forbidden character, at most 31 long, no two alike."""
    taken: set[str] = set()
    names = []
    for text in wanted:
        plain = NOT_IN_SHEET_NAME.sub("_", text).strip().strip("'") or "Sheet"
        name, count = shortened(plain if plain.lower() != "history" else plain + "_"), 1
        while name.lower() in taken:
            count += 1
            name = shortened(plain, f" ({count})")
        taken.add(name.lower())
        names.append(name)
    return names


def shortened(text: str, ending: str = "") -> str:
    """Cut so that it stays within 31 of Excel's UTF-16 units."""
    while len((text + ending).encode("utf-16-le")) > 62:
        text = text[:-1]
    return text.rstrip().rstrip("'") + ending


def write_csv(
    target: str | Path | BinaryIO, rows: Sheet | Iterable[Sequence[Any]], encoding: str = "utf-8-sig"
) -> None:
    """Write rows, or a sheet with its titles. Texts are quoted and disarmed, numbers stay numbers."""
    if isinstance(target, str | Path):
        with Path(target).open("wb") as file:
            write_csv(file, rows, encoding)
        return
    out = io.TextIOWrapper(target, encoding=encoding, errors="replace", newline="")
    # Every text in quotes: the delimiter can then never be guessed wrong when the file comes back.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    lines = chain([rows.titles], rows.rows) if isinstance(rows, Sheet) else rows
    writer.writerows([plain(cell) for cell in line] for line in lines)
    out.detach()


def plain(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return escape(UNWRITABLE.sub("\ufffd", cell.isoformat() if isinstance(cell, date) else str(cell)))
    return cell if math.isfinite(cell) else str(cell)
