"""Read a stranger's table in a child process with limits, and take its answer a few hundred rows at a time."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

from keji.kernel.tables.limits import LIMITS, MB, Limits
from keji.kernel.tables.refusals import refused

# The child gets no keji on its path but the folder of this file, so that it starts in 0.02 s and imports no Django.
START = "import sys; sys.path[:] += sys.argv[1].split(':'); import child; child.main()"
# One row of 200 cells of 32,767 control characters, as JSON.
LONGEST_LINE = 48 * MB
READ = 1 << 16

type_of_cell = str | int | float | bool | date | datetime | None


class ExcelError(str):
    """A cell in which Excel shows an error, such as #N/A."""

    __slots__ = ()


class Rounded(int):
    """A whole number of sixteen digits or more, of which Excel has kept only the first fifteen."""

    __slots__ = ()


@dataclass(frozen=True)
class SheetInfo:
    name: str
    rows: int
    columns: int
    hidden: bool = False
    merged: int = 0


@dataclass(frozen=True)
class Workbook:
    """A file found readable: its sheets, and its rows on demand."""

    path: Path
    kind: str
    encoding: str
    sheets: list[SheetInfo]
    password: str | None = field(default=None, repr=False)
    limits: Limits = LIMITS

    def rows(self, sheet: str | int | None = None) -> Iterator[list]:
        """The rows from the first of the sheet on, so that the n-th is what Excel calls row n."""
        return rows(self.path, sheet, password=self.password, limits=self.limits)


def read_file(
    path: str | Path, *, password: str | None = None, limits: Limits = LIMITS, sheet: str | int | None = None
) -> Workbook:
    """Look into an xlsx, xls or csv file. Raises Invalid E_FILE_… for everything else, and for what is too large."""
    with answers(path, "sheets", sheet, password, limits) as said:
        found = next(said)
        try:
            infos = [SheetInfo(**info) for info in found["sheets"]]
            return Workbook(Path(path), found["kind"], found["encoding"], infos, password, limits)
        except (KeyError, TypeError):
            raise refused("E_FILE_BROKEN") from None


def sheets(path: str | Path, *, password: str | None = None, limits: Limits = LIMITS) -> list[SheetInfo]:
    """The sheets of a file with their sizes."""
    return read_file(path, password=password, limits=limits).sheets


def rows(
    path: str | Path, sheet: str | int | None = None, *, password: str | None = None, limits: Limits = LIMITS
) -> Iterator[list]:
    """The rows of one sheet (the first visible one unless named). May raise Invalid in the middle."""
    count = 0
    with answers(path, "rows", sheet, password, limits) as said:
        for answer in said:
            for row in answer.get("rows", ()):
                count += 1
                if count > limits.rows:
                    raise refused("E_FILE_ROWS", {"most": limits.rows})
                yield [cell if type(cell) is not list else marked(cell) for cell in row]


def marked(pair: list) -> object:
    kind, value = pair
    if kind == "d":
        return date.fromisoformat(value)
    if kind == "t":
        return datetime.fromisoformat(value)
    return ExcelError(value) if kind == "e" else Rounded(value)
