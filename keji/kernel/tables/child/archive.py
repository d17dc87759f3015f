"""Look through a zip before anything parses it: sizes as they really unpack, names, document types, error cells."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from .refusal import Refusal

CHUNK = 1 << 18
# A small part may shrink a hundredfold in an honest file (printer settings are mostly zeros) and cannot hurt.
SMALL_PART = 100_000
DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Linear on purpose: nothing here may run past the next tag.
ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^<>]*\bt=["']e["'])[^<>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>"""
    rb"""(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v[^<>]*>([^<]{1,40})<"""
)
MOST_ERROR_CELLS = 100_000


def checked(archive: zipfile.ZipFile, limits: dict) -> dict[str, dict]:
    """The error cells of each sheet, once every part has been found harmless."""
    parts = archive.infolist()
    if len(parts) > limits["parts"]:
        raise Refusal("E_FILE_SUSPECT:parts", most=limits["parts"])
    check_names(parts)
    check_kind({part.filename.lower() for part in parts})
    left, failures = limits["unzipped"], {}
    for part in parts:
        size, found = check_part(archive, part, left, limits["ratio"])
        left -= size
        if found:
            failures[part.filename.lower()] = found
    return by_sheet_name(archive, failures) if failures else {}


def check_names(parts: list[zipfile.ZipInfo]) -> None:
    seen = set()
    for part in parts:
        name = part.orig_filename.replace("\\", "/")
        key = name.lower().rstrip("/")
        crooked = name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/")
        if crooked or key in seen or stat.S_ISLNK(part.external_attr >> 16):
            raise Refusal("E_FILE_SUSPECT")
        if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("E_FILE_SUSPECT")
        seen.add(key)


def check_kind(names: set[str]) -> None:
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise Refusal("E_FILE_KIND:other_table")
    if "xl/workbook.xml" not in names:
        raise Refusal("E_FILE_KIND")


def check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, ratio: int) -> tuple[int, dict]:
    """Unpack one part for its true size, never trusting the size it claims."""
    size, tail = 0, b""
    cells: dict[tuple[int, int], str] = {}
    is_sheet = part.filename.lower().startswith("xl/worksheets/")
    for chunk in unpacked(archive.fp, part):
        size += len(chunk)
        if size > left:
            raise Refusal("E_FILE_TOO_LARGE:unzipped")
        if size > SMALL_PART and size > ratio * part.compress_size:
            raise Refusal("E_FILE_SUSPECT:ratio")
        text = tail + chunk
        if DOCUMENT_TYPE.search(text.replace(b"\0", b"") if b"\0" in text[:64] else text):
            raise Refusal("E_FILE_SUSPECT:entity")
        if is_sheet and (b't="e"' in text or b"t='e'" in text):
            cells.update(error_cells(text))
            if len(cells) > MOST_ERROR_CELLS:
                raise Refusal("E_FILE_TOO_LARGE")
        tail = text[-1024:]
    if size != part.file_size:
        raise Refusal("E_FILE_BROKEN")
    return size, cells


def unpacked(file, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What really comes out of a part; zipfile itself stops at the claimed size and so never sees a lie."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) != 30 or header[:4] != b"PK\x03\x04":
        raise Refusal("E_FILE_BROKEN")
    name, extra = struct.unpack("<HH", header[26:30])
    file.seek(name + extra, 1)
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    left = part.compress_size
    while left > 0 and (raw := file.read(min(left, CHUNK))):
        left -= len(raw)
        if inflate is None:
            yield raw
            continue
        while raw:
            try:
                yield inflate.decompress(raw, CHUNK)
            except zlib.error:
                raise Refusal("E_FILE_BROKEN") from None
            raw = inflate.unconsumed_tail


def error_cells(text: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    """Cells such as #N/A, which calamine would hand over as blank."""
    for letters, row, value in ERROR_CELL.findall(text):
        yield (int(row) - 1, column_number(letters)), value.decode("ascii", "replace")


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def by_sheet_name(archive: zipfile.ZipFile, failures: dict[str, dict]) -> dict[str, dict]:
    """The same, under the names that people see. Parts were checked for document types before."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (ElementTree.ParseError, KeyError):
        return {}
    targets = {link.get("Id"): link.get("Target", "").lower() for link in links}
    named = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next((value for key, value in element.items() if key.endswith("}id")), None)
            target = targets.get(link, "")
            part = target[1:] if target.startswith("/") else "xl/" + target
            named[element.get("name", "")] = failures.get(part, {})
    return named
