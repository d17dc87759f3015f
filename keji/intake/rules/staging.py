"""Taking a file in: read in a limited child process, kept row by row, nothing entered yet."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.custody.rules import checking as custody
from keji.database import bulk_insert
from keji.intake.models import Line, Run, State
from keji.intake.rules.mapping import guess, holds, known_title
from keji.kernel import tables
from keji.kernel.errors import Invalid, Problem, Unfit
from keji.kernel.filenames import disk_name

FOLDER = "imports"
SMALL = 400  # rows checked while one waits: 0.7 s with every column filled, on the reference machine
SMALL_WEIGHT = 500_000  # characters: 400 rows of long noise in every column, 19 million of them, took 10 s
ENTERED = (State.RUNNING, State.DONE, State.CANCELLED, State.REVERTED)
LOOK = 10  # rows among which the titles are looked for


def stage(person: Person, source: Path, name: str, password: str | None = None, limits: Any = None) -> Run:
    """Read a file and keep its rows. Raises Invalid with what is wrong with the file; then nothing is kept."""
    require(person, "customers.import")
    book = tables.read_file(source, password=password or None, limits=limits or tables.LIMITS)
    sheets: list[dict[str, Any]] = []
    rows: list[tuple[Any, ...]] = []
    mapping: dict[str, list[str]] = {}
    for info in book.sheets:
        titles, lines = ([], []) if info.hidden else titled(book.rows(info.name))
        if not titles:
            continue
        place = len(sheets)
        mapping[str(place)] = told = guess(person, titles, info.name)
        sheets.append(
            {"name": info.name[:60], "titles": titles, "rows": len(lines), "holds": holds(told, info.name)}
        )
        told_rows = [(place, number, json.dumps(cells, ensure_ascii=False)) for number, cells in lines]
        sheets[-1]["weight"] = sum(len(cells) for _place, _number, cells in told_rows)
        rows += told_rows
    if not any(told["rows"] for told in sheets):
        raise Invalid("E_FILE_EMPTY", _("文件里没有数据：第一行应是列标题，下面每行一个客户"))
    kept = keep(source)
    with transaction.atomic():
        run = Run.objects.create(
            person=person, name=name[:200], file=kept, digest=digest(source), sheets=sheets, mapping=mapping
        )
        fields = ["run_id", "sheet", "number", "cells", "problems", "state", "act", "chosen", "family", "made"]
        bulk_insert(Line, fields, [(run.pk, *row, "[]", "NEW", "", False, "", "[]") for row in rows])
        note(person, "customers.import", why=f"import {run.pk}: {len(rows)} rows")
    return run


def light(run: Run) -> bool:
    """True if a person can wait for the check: few rows, and no more in them than such rows hold in earnest."""
    rows, weight = (sum(one.get(name, 0) for one in run.sheets) for name in ("rows", "weight"))
    return rows <= SMALL and weight <= SMALL_WEIGHT


def titled(rows: Any) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """The titles of a sheet and the rows below them, each with its number in the file. Titles may stand a few rows down."""
    head: list[tuple[int, list[Any]]] = []
    lines: list[tuple[int, list[Any]]] = []
    titles: list[str] = []
    for number, row in enumerate(rows, start=1):
        cells = [plain(cell) for cell in row]
        if not titles:
            head.append((number, cells))
            if sum(known_title(cell) for cell in cells if isinstance(cell, str)) >= 2:
                titles = [str(cell or "").strip()[:100] for cell in cells]
            elif len(head) >= LOOK:
                titles, lines = fallback(head)
        elif any(cell not in (None, "") for cell in cells):
            lines.append((number, cells[: len(titles)]))
    return (titles, lines) if titles else fallback(head)


def fallback(head: list[tuple[int, list[Any]]]) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """No line looks like titles: the first that holds anything is taken for them, and people map by hand."""
    filled = [one for one in head if any(cell not in (None, "") for cell in one[1])]
    if not filled:
        return [], []
    titles = [str(cell if cell is not None else "").strip()[:100] for cell in filled[0][1]]
    return titles, [(number, cells[: len(titles)]) for number, cells in filled[1:]]


def plain(cell: Any) -> Any:
    """A cell as JSON keeps it."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def digest(source: Path) -> str:
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_files() -> Iterator[str]:
    """The files that the imports speak of, for whoever checks that they are all there."""
    yield from (f"{FOLDER}/{name}" for name in Run.objects.exclude(file="").values_list("file", flat=True).iterator())


custody.holds("imports", kept_files)


def keep(source: Path) -> str:
    """Keep the file as it came, under a name of ours."""
    folder = settings.FILES / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = disk_name()
    shutil.copyfile(source, folder / name)
    (folder / name).chmod(0o600)
    return name


def unentered(run: Run) -> None:
    """Refuse to touch the rows of an import that has begun: what became of them is how it is taken back."""
    if run.state in ENTERED:
        raise Unfit(Problem("run", "E_STATE", _("这次导入已经开始或做完，不能再改；要改，就用这个文件再导一次")))


def set_mapping(person: Person, run: Run, mapping: dict[str, list[str]], options: dict[str, Any]) -> None:
    """What the columns mean and how the import is to be done, as the person says."""
    require(person, "customers.import")
    unentered(run)
    with transaction.atomic():
        run.mapping, run.options, run.state = mapping, options, State.UPLOADED
        for place, told in enumerate(run.sheets):
            told["holds"] = holds(mapping.get(str(place), []), told["name"])
        run.save()


def begin(run: Run, state: str, job_id: int) -> None:
    """A job has been asked to go on with this run."""
    run.state, run.job_id = state, job_id
    run.save(update_fields=["state", "job_id"])


def fail(run: Run, problem: str) -> None:
    run.state, run.problem = State.FAILED, problem[:300]
    run.save(update_fields=["state", "problem"])


def again(person: Person, run: Run, password: str | None = None) -> Run:
    """The same file as a new run; the old one stays as it is. A locked file needs its password once more."""
    source = settings.FILES / FOLDER / run.file
    if not source.exists():
        raise Invalid("E_FILE_GONE", _("原文件已清理，请重新上传"))
    return stage(person, source, run.name, password)
