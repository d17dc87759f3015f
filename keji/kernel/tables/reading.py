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
from typing import IO, NamedTuple, cast

from keji.kernel.tables.limits import LIMITS, MB, Limits
from keji.kernel.tables.refusals import refused

# The child gets no keji on its path but the folder of this file, so that it starts in 0.02 s and imports no Django.
START = "import sys; sys.path[:] += sys.argv[1].split(':'); import child; child.main()"
# One row of 200 cells of 32,767 control characters, as JSON.
LONGEST_LINE = 48 * MB
READ = 1 << 16


class ExcelError(str):
    """A cell in which Excel shows an error, such as #N/A."""

    __slots__ = ()


class Rounded(int):
    """A whole number of sixteen digits or more, of which Excel has kept only the first fifteen."""

    __slots__ = ()


class SheetInfo(NamedTuple):
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
        """The rows from the first of the sheet on, so that the n-th is what Excel calls row n; a blank one may be []."""
        return rows(self.path, sheet, password=self.password, limits=self.limits)


def read_file(
    path: str | Path, *, password: str | None = None, limits: Limits = LIMITS, sheet: str | int | None = None
) -> Workbook:
    """Look into an xlsx, xls or csv file. Raises Invalid E_FILE_… for everything else, and for what is too large."""
    with Answers(path, "sheets", sheet, password, limits) as said:
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
    with Answers(path, "rows", sheet, password, limits) as said:
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


class Answers:
    """The answers of one child, which is gone when the block is left, however it is left."""

    def __init__(self, path: str | Path, want: str, sheet: str | int | None, password: str | None, limits: Limits):
        self.path, self.limits, self.left = check_size(path, limits), limits, float(limits.wall_seconds)
        order = {"path": str(self.path), "want": want, "sheet": sheet, "password": password, "limits": asdict(limits)}
        self.order = json.dumps(order).encode() + b"\n"

    def __enter__(self) -> Iterator[dict]:
        paths = os.pathsep.join([str(Path(__file__).parent), *(path for path in sys.path if path)])
        self.child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", "-c", START, paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            bufsize=0,
        )
        self.order_pipe, self.answer_pipe, self.error_pipe = (
            cast(IO[bytes], pipe) for pipe in (self.child.stdin, self.child.stdout, self.child.stderr)
        )
        return self.said()

    def __exit__(self, *_: object) -> None:
        self.child.kill()
        self.child.wait()
        for pipe in (self.order_pipe, self.answer_pipe, self.error_pipe):
            pipe.close()

    def said(self) -> Iterator[dict]:
        try:
            self.order_pipe.write(self.order)
        except BrokenPipeError:
            raise self.died() from None
        with selectors.DefaultSelector() as ready:
            ready.register(self.answer_pipe, selectors.EVENT_READ)
            for line in self.lines(ready):
                answer = self.understood(line)
                if "refused" in answer:
                    raise refused(str(answer["refused"]), answer.get("values"))
                if answer.get("end"):
                    return
                yield answer
        raise self.died()

    def lines(self, ready: selectors.DefaultSelector) -> Iterator[bytes]:
        """Whole lines. Only the waiting counts against the wall clock: a slow caller is not the file's fault."""
        pieces: list[bytes] = []
        size = 0
        while piece := self.piece(ready):
            *ends, rest = piece.split(b"\n")
            for end in ends:
                yield b"".join([*pieces, end])
                pieces, size = [], 0
            pieces.append(rest)
            size += len(rest)
            if size > LONGEST_LINE:
                raise refused("E_FILE_TOO_LARGE")

    def piece(self, ready: selectors.DefaultSelector) -> bytes:
        began = time.monotonic()
        if not ready.select(max(self.left, 0)):
            raise refused("E_FILE_TOO_SLOW")
        self.left -= time.monotonic() - began
        return os.read(self.answer_pipe.fileno(), READ)

    def understood(self, line: bytes) -> dict:
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise refused("E_FILE_BROKEN") from None
        if not isinstance(answer, dict):
            raise refused("E_FILE_BROKEN")
        return answer

    def died(self) -> Exception:
        """Why a child ended without a last word: out of memory, out of time, or broken by the file."""
        try:
            ended = self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return refused("E_FILE_TOO_SLOW")
        if ended in (-signal.SIGXCPU, -signal.SIGKILL):
            return refused("E_FILE_TOO_SLOW")
        words = os.read(self.error_pipe.fileno(), READ)
        out_of_memory = b"memory allocation" in words or b"MemoryError" in words
        return refused("E_FILE_TOO_LARGE" if out_of_memory else "E_FILE_BROKEN")


def check_size(path: str | Path, limits: Limits) -> Path:
    found = Path(path).resolve()
    if not found.is_file() or not os.access(found, os.R_OK):
        raise refused("E_FILE_MISSING")
    if found.stat().st_size > limits.upload:
        raise refused("E_FILE_SIZE", {"most": limits.upload // MB})
    return found
