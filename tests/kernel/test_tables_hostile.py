"""Files made to break the reader: hostile_files for `make proof` (10,000), thirty of them in the suite."""

import io
import os
import random
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import openpyxl
import pytest

from keji.kernel import tables
from keji.kernel.errors import Invalid

OLD = Path(__file__).with_name("test_tables_old.xls")
CELLS = 100
TEXTS = [
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "＝1", "-5", "1e999", "NaN", "-0", "0x1F", "١٢٣", "13800000000.0", "#N/A",
    "2024-02-30", "1900-02-29", "0000-00-00", "31/12/99999", "２０２４年１３月４５日", "99:99", "TRUE", "null", "", " ",
    "\u202e反", "e\u0301" * 50, "\u200b", "𬭚", "😀" * 20, "_x0000_", "_x005F_x000D_", "&lt;", "]]&gt;", "'", "''=", '"',
    '""', "a\nb", "a\r\nb", "\t", ";", ",", "长" * 5_000, "x" * 40_000, "9" * 400, "../../etc/passwd", "{{7*7}}",
    "<script>alert(1)</script>", "1;DROP TABLE customers",
]  # fmt: skip
KINDS = ["n", "s", "b", "e", "d", "str", "inlineStr", "z", ""]
VALUES = [
    "1e999",
    "-1e999",
    "nan",
    "99999999999999999999",
    "-1",
    "2958466",
    "1.7976931348623157e308",
    "x",
    "",
    "7",
    "#N/A",
]
REFERENCES = ["", "A0", "a1", "1", "ZZZZZZ9", "A-1", "A99999999999", "XFD1048576", "GS5", "A1:B2", "$A$1", "Ａ１"]
BOOK = "xl/workbook.xml"
SHEET = "xl/worksheets/sheet1.xml"


def hostile_files(count: int, seed: int) -> Iterator[bytes]:
    """Contents of files with a hundred malformed cells each, or damaged. The seed decides all but the locked file's salt."""
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        yield chance.choice(WAYS)(chance)


def odd_text(chance):
    """A csv of odd texts in any encoding, with any delimiter, its quotes perhaps open."""
    mark, end = chance.choice(",;\t|，"), chance.choice(["\n", "\r\n", "\r", "\n\r", "\x0b"])
    cells = [chance.choice(TEXTS) for _ in range(CELLS)]
    if chance.random() < 0.5:
        cells = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    width = chance.choice([1, 5, 12, 12, 12, 100])
    text = end.join(mark.join(cells[at : at + width]) for at in range(0, CELLS, width))
    encoding = chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32", "big5", "shift-jis"])
    return text.encode(encoding, "replace")


def odd_cells(chance):
    """A well-formed workbook whose cells claim impossible kinds, places, styles and values."""
    return packed({**sound_parts(), SHEET: odd_sheet(chance).encode("utf-8", "replace")}, chance)


def odd_sheet(chance):
    rows = []
    for number in range(1, CELLS // 10 + 1):
        place = chance.choice([number, number, number, number, 1, -1, "x", 1048577, ""])
        rows.append(f'<row r="{place}">' + "".join(odd_cell(chance, number, n) for n in range(10)) + "</row>")
    extra = chance.choice(["", '<mergeCells><mergeCell ref="A1:A9"/><mergeCell ref="B2:A1"/></mergeCells>'])
    head = f'<worksheet xmlns="{MAIN}"><dimension ref="{chance.choice(["A1", "A1:XFD1048576", "x", ""])}"/>'
    return f"{head}<sheetData>{''.join(rows)}</sheetData>{extra}</worksheet>"


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def odd_cell(chance, row, column):
    reference = f"{chr(65 + column)}{row}" if chance.random() < 0.97 else chance.choice(REFERENCES)
    kind, style = chance.choice(KINDS), chance.choice([0, 0, 0, 1, 99, -1, "x"])
    text = chance.choice(TEXTS) if chance.random() < 0.9 else chance.choice(VALUES)
    text = text if "&" in text else text.replace("<", "&lt;")
    inside = chance.choice(
        [
            f"<v>{chance.choice(VALUES)}</v>",
            f"<v>{text}</v>",
            f"<is><t>{text}</t></is>",
            f"<f>{text}</f>",
            f"<f t='shared' si='9'/><v>{text}</v>",
            "",
        ]
    )
    return f'<c r="{reference}" t="{kind}" s="{style}">{inside}</c>'


def damaged_parts(chance):
    """A workbook with bytes changed inside one part, zipped so that every check sum is right."""
    parts = dict(sound_parts())
    name = chance.choice([SHEET, SHEET, BOOK, "xl/styles.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"])
    content = parts[name] if chance.random() < 0.7 else odd_sheet(chance).encode("utf-8", "replace")
    if chance.random() < 0.1:
        del parts[name]
    else:
        parts[name] = damage(chance, content)
    return packed(parts, chance)


def damaged_file(chance):
    """A sound file of any kind with bytes changed, cut out, repeated or cut off."""
    whole = chance.choice([OLD.read_bytes(), OLD.read_bytes(), packed(sound_parts(), chance), locked()])
    return damage(chance, whole)


def damage(chance, content):
    content = bytearray(content)
    for _ in range(chance.choice([1, 1, 3, 20])):
        at = chance.randrange(len(content) + 1)
        length = chance.choice([1, 1, 2, 8, 200])
        new = chance.choice(
            [b"", b"\0", b"\xff" * length, chance.randbytes(length), b"<", b'"', bytes(content[:length])]
        )
        content[at : at + length] = new
    return bytes(content[: chance.randrange(len(content) + 1)] if chance.random() < 0.2 else content)


def noise(chance):
    """Random bytes behind a promising beginning."""
    heads = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"",
        b"\t",
    ]
    return chance.choice(heads) + chance.randbytes(chance.choice([0, 3, 512, 5_000, 60_000]))


def far_cells(chance):
    """Few cells with much nothing in between, or very many that are alike."""
    rows = chance.choice([1, 1048576, 200_000, 200_001, 65_000])
    column = chance.choice(["A", "GR", "GS", "XFD", "ZZ"])
    fill = chance.choice(["", "<row><c><v>1</v></c></row>" * chance.choice([10, 100_000])])
    last = f'<row r="{rows}"><c r="{column}{rows}"><v>1</v></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>{fill}{last}</sheetData></worksheet>'
    return packed({**sound_parts(), SHEET: sheet.encode()}, chance)


def bad_names(chance):
    """A workbook with an extra part whose name leads astray, or whose content declares entities."""
    name = chance.choice(["../a", "/a", "a\\..\\b", "C:a", BOOK.upper(), "a" * 60_000, "xl/a.xml", "\u202e.xml"])
    content = chance.choice(
        [b"x", b'<!DOCTYPE a [<!ENTITY x "y">]>', b"\0" * 2_000_000, "<!DOCTYPE a>".encode("utf-16")]
    )
    return packed({**sound_parts(), name: content}, chance)


WAYS = [
    odd_text,
    odd_text,
    odd_cells,
    odd_cells,
    damaged_parts,
    damaged_file,
    damaged_file,
    noise,
    far_cells,
    bad_names,
]


@lru_cache
def sound_parts():
    book, kept = openpyxl.Workbook(), io.BytesIO()
    for number in range(20):
        book.active.append([f"公司{number}", 13800000000 + number, 1.5, None, "#N/A", True])
    book.save(kept)
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}


@lru_cache
def locked():
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(packed(sound_parts(), random.Random(0)))).encrypt("pass", out)
    return out.getvalue()


def packed(parts, chance):
    kept = io.BytesIO()
    with zipfile.ZipFile(
        kept, "w", chance.choice([zipfile.ZIP_DEFLATED] * 8 + [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
    ) as out:
        for name, content in parts.items():
            out.writestr(dated(name, out.compression), content)
    return kept.getvalue()


def dated(name, method):
    """An entry of 1980, so that the clock does not change the file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = method
    return entry


def verdict(path: Path) -> tuple[str, float]:
    """What becomes of a file, "read" or the code of its refusal, and in how many seconds. Anything else is raised."""
    began, limits = time.monotonic(), tables.LIMITS
    try:
        book = tables.read_file(path, password="pass")
        for sheet in book.sheets:
            for number, row in enumerate(book.rows(sheet.name), 1):
                check_row(number, row, limits)
        outcome = "read"
    except Invalid as refused:
        outcome = refused.code
        assert outcome.startswith("E_FILE_") and "请" in refused.message
    return outcome, time.monotonic() - began


def check_row(number, row, limits):
    assert number <= limits.rows and len(row) <= limits.columns
    for cell in row:
        assert cell is None or type(cell).__name__ in {
            "str", "int", "float", "bool", "date", "datetime", "ExcelError", "Rounded"
        }  # fmt: skip
        assert not isinstance(cell, str) or 0 < len(cell) <= limits.characters


def prove(folder: Path, count: int, seed: int) -> dict:
    """Read that many hostile files, two at a time: how many ended how, and the slowest in seconds."""

    def tried(numbered):
        number, content = numbered
        path = folder / f"hostile-{number}"
        path.write_bytes(content)
        try:
            return verdict(path)
        finally:
            path.unlink()

    with ThreadPoolExecutor(2) as pool:
        found = []
        files = enumerate(hostile_files(count, seed))
        while batch := [numbered for _, numbered in zip(range(64), files, strict=False)]:
            found += pool.map(tried, batch)
    return {
        "files": len(found),
        "cells": len(found) * CELLS,
        "seed": seed,
        "outcomes": dict(Counter(outcome for outcome, _seconds in found)),
        "slowest_seconds": round(max(seconds for _outcome, seconds in found), 2),
    }


@pytest.mark.attack("B-44")
def test_hostile_files_are_read_within_limits_or_refused_and_nothing_crashes_or_hangs(tmp_path):
    count = int(os.environ.get("KEJI_HOSTILE_FILES") or 30)

    found = prove(tmp_path, count, int(os.environ.get("KEJI_SEED") or 9))

    assert (found["files"], sum(found["outcomes"].values())) == (count, count)
    assert found["slowest_seconds"] < 60
    assert "read" in found["outcomes"] and len(found["outcomes"]) > 3


def test_the_same_seed_makes_the_same_files():
    assert list(hostile_files(5, 1)) == list(hostile_files(5, 1))
