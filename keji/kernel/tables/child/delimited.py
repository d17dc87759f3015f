"""Rows of text tables: which encoding, which delimiter, and where they are broken."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from .escaping import unescape
from .refusal import Refusal

BOMS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]
CHUNK = 1 << 20
SAMPLE_LINES = 20
DELIMITERS = ",;\t"


class Delimited:
    kind = "csv"

    def __init__(self, path: str, limits: dict):
        self.path, self.limits = path, limits
        self.encoding = encoding(path)
        csv.field_size_limit(limits["characters"])
        with self.opened() as file:
            self.delimiter = delimiter("".join(islice(self.lines(file), SAMPLE_LINES)))

    def opened(self) -> io.TextIOWrapper:
        return open(self.path, encoding=self.encoding, newline="")  # noqa: PTH123, SIM115

    def lines(self, file) -> Iterator[str]:
        """Lines of bounded length: one that is longer than a full row cannot be one."""
        most = self.limits["columns"] * (self.limits["characters"] + 3)
        number = 0
        while line := file.readline(most):
            number += 1
            if "\0" in line:
                raise Refusal("E_FILE_NUL", row=number)
            if len(line) >= most:
                raise self.too_long(line, number)
            yield line

    def too_long(self, line: str, number: int) -> Refusal:
        if max(line.count(mark) for mark in DELIMITERS) > self.limits["columns"]:
            return Refusal("E_FILE_COLUMNS", row=number, most=self.limits["columns"])
        return Refusal("E_FILE_CELL", row=number, most=self.limits["characters"])

    def sheets(self, only: str | int | None) -> list[dict]:
        rows = columns = 0
        for row in self.rows(only):
            rows, columns = rows + 1, max(columns, len(row))
            if rows > self.limits["rows"]:
                raise Refusal("E_FILE_ROWS", most=self.limits["rows"])
            if columns > self.limits["columns"]:
                raise Refusal("E_FILE_COLUMNS", row=rows, most=self.limits["columns"])
        return [{"name": "CSV", "rows": rows, "columns": columns, "hidden": False, "merged": 0}]

    def rows(self, wanted: str | int | None) -> Iterator[list]:
        if wanted not in (None, 0, "CSV"):
            raise Refusal("E_FILE_SHEET")
        with self.opened() as file:
            reader = csv.reader(self.lines(file), delimiter=self.delimiter, strict=True)
            number = 0
            while True:
                number += 1
                try:
                    row = next(reader, None)
                except csv.Error as error:
                    if "field limit" in str(error):
                        raise Refusal("E_FILE_CELL", row=number, most=self.limits["characters"]) from None
                    raise Refusal("E_FILE_QUOTES", row=number) from None
                if row is None:
                    return
                yield [unescape(cell) or None for cell in row]


def encoding(path: str) -> str:
    """UTF-8 if it is, UTF-16 by its mark, else GB18030. Refuses what is none of them, with the line."""
    with open(path, "rb") as file:  # noqa: PTH123
        head = file.read(4)
    if head in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        raise Refusal("E_FILE_ENCODING", row=1)
    marked = next((name for bom, name in BOMS if head.startswith(bom)), None)
    if marked:
        return sound(path, marked)
    try:
        return sound(path, "utf-8")
    except Refusal:
        if mostly_utf8(path):
            raise
    return sound(path, "gb18030")


def sound(path: str, name: str) -> str:
    """The encoding, if the whole file is in it."""
    decoder, line = codecs.getincrementaldecoder(name)(), 1
    with open(path, "rb") as file:  # noqa: PTH123
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise Refusal("E_FILE_ENCODING", row=line + error.object.count(b"\n", 0, error.start)) from None
            if "\0" in text:
                raise Refusal("E_FILE_NUL", row=line + text.count("\n", 0, text.index("\0")))
            line += text.count("\n")
            if not chunk:
                return name


def mostly_utf8(path: str) -> bool:
    """Damaged UTF-8, which GB18030 would happily turn into wrong Chinese, as opposed to real GB18030."""
    good = bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with open(path, "rb") as file:  # noqa: PTH123
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk)
            wrong = text.count("\ufffd")
            bad += wrong
            good += sum(character > "\x7f" for character in text) - wrong
    return good > 10 * bad


def delimiter(sample: str) -> str:
    """The one that cuts the first lines most often and most evenly, not counting what stands in quotes."""
    bare = "".join(sample.split('"')[::2]).splitlines()

    def fitness(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in bare if mark in line] or [0]
        usual = max(set(counts), key=counts.count)
        return counts.count(usual) if usual else 0, usual

    return max(DELIMITERS, key=fitness)
