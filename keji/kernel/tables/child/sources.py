"""Tell by its first bytes what a file is, and hand over its rows in bundles."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .refusal import Refusal

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x7fELF", b"MZ")
MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<div", b"<style", b"{\\rtf")
BUNDLE_ROWS, BUNDLE_CHARACTERS = 500, 500_000


def opened(path: str, password: str | None, limits: dict):
    """The source that can read this file. Refuses what is none of xlsx, xls and csv."""
    size = Path(path).stat().st_size
    if size == 0:
        raise Refusal("E_FILE_EMPTY")
    with Path(path).open("rb") as file:
        head = file.read(512)
    if head.startswith(OLE):
        return compound(path, password, limits)
    if head.startswith(ZIP):
        return xlsx(path, limits)
    if head.startswith(FOREIGN):
        raise Refusal("E_FILE_KIND")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(MARKUP):
        raise Refusal("E_FILE_KIND:markup")
    from .delimited import Delimited

    return Delimited(path, limits)


def compound(path: str, password: str | None, limits: dict):
    """An OLE file is an old xls, or an xlsx or xls behind a password."""
    from .locked import unlocked
    from .sheets import Book

    content = unlocked(path, password, limits)
    if content is None:
        return Book("xls", path, limits, {})
    if content.startswith(ZIP):
        return xlsx(io.BytesIO(content), limits)
    return Book("xls", io.BytesIO(content), limits, {})


def xlsx(file, limits: dict):
    from .archive import checked
    from .sheets import Book

    try:
        with zipfile.ZipFile(file) as archive:
            failures = checked(archive, limits)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, EOFError, IndexError, KeyError):
        raise Refusal("E_FILE_BROKEN") from None
    return Book("xlsx", file, limits, failures)


def bundles(rows: Iterable[list], limits: dict) -> Iterator[list]:
    """Rows in groups small enough that the parent never holds much. Counts what calamine may not have counted."""
    bundle: list = []
    characters = 0
    for number, row in enumerate(rows, 1):
        if number > limits["rows"]:
            raise Refusal("E_FILE_ROWS", most=limits["rows"])
        if len(row) > limits["columns"]:
            raise Refusal("E_FILE_COLUMNS", row=number, most=limits["columns"])
        for column, cell in enumerate(row, 1):
            if type(cell) is str:
                characters += len(cell)
                if len(cell) > limits["characters"]:
                    raise Refusal("E_FILE_CELL", row=number, column=column, most=limits["characters"])
        bundle.append(row)
        if len(bundle) >= BUNDLE_ROWS or characters >= BUNDLE_CHARACTERS:
            yield bundle
            bundle, characters = [], 0
    if bundle:
        yield bundle
