"""What is left after an import: a file of the rows that did not go in, with the reason beside each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from keji.intake.models import Run
from keji.kernel import tables

NOT_IN = ("BAD", "TWIN", "FAILED", "SKIPPED")


def error_file(run: Run, target: Path | Any) -> None:
    """Write the rows that are not in, as they stood in the file, with a last column 错误原因."""
    sheets = []
    for place, told in enumerate(run.sheets):
        titles = [*told["titles"], _("错误原因")]
        sheets.append(
            tables.Sheet(
                told["name"] or "Sheet1", titles, ["text"] * len(titles), wrong_rows(run, place, len(told["titles"]))
            )
        )
    tables.write_xlsx(target, sheets)


def wrong_rows(run: Run, place: int, width: int) -> Iterator[list[Any]]:
    for line in run.lines.filter(sheet=place, state__in=NOT_IN).order_by("number").iterator():
        cells = ["" if cell is None else cell for cell in line.cells]
        yield [*cells, *[""] * (width - len(cells)), reasons(line)]


def reasons(line: Any) -> str:
    told = [message for _field, code, message, _hint, soft in line.problems if not soft or code.startswith("W_DUP")]
    return _("；").join(dict.fromkeys(told)) or _("同一客户的另一行有问题，整组未导入")
