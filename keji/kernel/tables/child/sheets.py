"""Rows of xlsx and xls sheets, as calamine reads them, made plain."""

import datetime
import math
from collections.abc import Iterator
from decimal import Decimal

import python_calamine as calamine

from .refusal import Refusal

# Excel keeps 15 digits; from sixteen on the rest was replaced by zeros before the file reached anybody.
EXACT = 10**15
LONGEST = 10**25
MOST_MERGED = 100_000


class Book:
    encoding = ""

    def __init__(self, kind: str, file, limits: dict, failures: dict[str, dict]):
        self.kind, self.limits, self.failures = kind, limits, failures
        # Never by name: calamine would believe the ending of a file rather than its content.
        content = open(file, "rb") if isinstance(file, str) else file  # noqa: PTH123, SIM115
        content.seek(0)
        self.book = tried(calamine.CalamineWorkbook.from_filelike, content)

    def sheets(self, only: str | int | None) -> list[dict]:
        chosen = self.metas() if only is None else [self.meta(only)]
        found = []
        for meta in chosen:
            sheet = self.sheet(meta.name)
            found.append(
                {
                    "name": meta.name,
                    "rows": sheet.end[0] + 1 if sheet.end else 0,
                    "columns": sheet.end[1] + 1 if sheet.end else 0,
                    "hidden": meta.visible != calamine.SheetVisibleEnum.Visible,
                    "merged": len(sheet.merged_cell_ranges or []),
                }
            )
        return found

    def metas(self) -> list:
        metas = [meta for meta in self.book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
        if not metas:
            raise Refusal("E_FILE_BROKEN")
        return metas

    def meta(self, wanted: str | int | None):
        metas = self.metas()
        if isinstance(wanted, int) and 0 <= wanted < len(metas):
            return metas[wanted]
        if wanted is None:
            return next((meta for meta in metas if meta.visible == calamine.SheetVisibleEnum.Visible), metas[0])
        for meta in metas:
            if meta.name == wanted:
                return meta
        raise Refusal("E_FILE_SHEET")

    def sheet(self, name: str):
        sheet = tried(self.book.get_sheet_by_name, name)
        if sheet.end and sheet.end[0] >= self.limits["rows"]:
            raise Refusal("E_FILE_ROWS", most=self.limits["rows"])
        if sheet.end and sheet.end[1] >= self.limits["columns"]:
            raise Refusal("E_FILE_COLUMNS", row=0, most=self.limits["columns"])
        return sheet

    def rows(self, wanted: str | int | None) -> Iterator[list]:
        name = self.meta(wanted).name
        sheet = self.sheet(name)
        if not sheet.end:
            return
        blank = [None] * sheet.start[1]
        failures: dict[int, dict[int, str]] = {}
        for (number, column), text in self.failures.get(name, {}).items():
            failures.setdefault(number, {})[column] = text
        below = Below(sheet.merged_cell_ranges or [])
        for number, cells in enumerate(tried(sheet.iter_rows)):
            # A cell far below makes calamine hand over every row above it: blank ones must cost next to nothing.
            if cells.count("") == len(cells) and number not in failures and not below.active:
                yield []
                continue
            row = blank + [plain(cell) for cell in cells]
            for column, text in failures.get(number, {}).items():
                if column < len(row):
                    row[column] = ["e", text]
            yield below.filled(number, row)


class Below:
    """Repeat the value of a merged cell in each row that it spans: three contacts beside one company."""

    def __init__(self, ranges: list):
        if len(ranges) > MOST_MERGED:
            raise Refusal("E_FILE_TOO_LARGE")
        self.starts: dict[int, list] = {}
        self.active: dict[int, tuple] = {}
        for (top, left), (bottom, _right) in ranges:
            if bottom > top:
                self.starts.setdefault(top, []).append((left, bottom))

    def filled(self, number: int, row: list) -> list:
        for column, (bottom, value) in list(self.active.items()):
            if number > bottom:
                del self.active[column]
            elif row[column] is None:
                row[column] = value
        for column, bottom in self.starts.pop(number, ()):
            if column < len(row):
                self.active[column] = (bottom, row[column])
        return row


def tried(read, *arguments):
    """What calamine answers; its errors, and its panics, as refusals."""
    try:
        return read(*arguments)
    except calamine.PasswordError:
        raise Refusal("E_FILE_PASSWORD:missing") from None
    except (calamine.CalamineError, ValueError, OSError, TypeError, OverflowError):
        raise Refusal("E_FILE_BROKEN") from None
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":
            raise
        raise Refusal("E_FILE_TOO_LARGE" if "capacity" in str(panic) else "E_FILE_BROKEN") from None


def plain(cell):
    """A cell as JSON can carry it: dates and rounded numbers as a marked pair."""
    kind = type(cell)
    if kind is str:
        return cell or None
    if kind is float:
        return number(cell)
    if kind is datetime.datetime:
        return ["t", cell.isoformat()]
    if kind is datetime.date:
        return ["d", cell.isoformat()]
    if kind is datetime.time:
        return cell.isoformat()
    if kind is datetime.timedelta:
        return span(cell)
    return cell


def number(value: float):
    if not math.isfinite(value):
        return str(value)
    if value != int(value):
        return value
    if abs(value) < EXACT:
        return int(value)
    return ["r", str(int(Decimal(repr(value))))] if abs(value) < LONGEST else value


def span(length: datetime.timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
