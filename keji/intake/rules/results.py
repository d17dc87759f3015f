"""What is left after an import: a file of the rows that did not go in, with the reason beside each."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from keji.customers.rules.duplicates import TWIN
from keji.intake.models import Run
from keji.kernel import tables
from keji.kernel.rewording import reworded

NOT_IN = ("BAD", "TWIN", "FAILED", "SKIPPED")


def error_file(run: Run, target: Path | Any) -> None:
    """Write the rows that are not in, as they stood in the file; behind them their row, the columns and the reasons."""
    sheets = []
    for place, told in enumerate(run.sheets):
        titles = [*told["titles"], _("原行号"), _("错误列"), _("错误原因")]
        sheets.append(tables.Sheet(told["name"] or "Sheet1", titles, ["text"] * len(titles), wrong_rows(run, place)))
    tables.write_xlsx(target, sheets)


def wrong_rows(run: Run, place: int) -> Iterator[list[Any]]:
    titles = run.sheets[place]["titles"]
    named = dict(zip(run.mapping.get(str(place), []), titles, strict=False))
    for line in run.lines.filter(sheet=place, state__in=NOT_IN).order_by("number").iterator():
        cells = ["" if cell is None else cell for cell in line.cells]
        yield [*cells, *[""] * (len(titles) - len(cells)), line.number, *reasons(line, named)]


def reasons(line: Any, named: Mapping[str, str]) -> tuple[str, str]:
    """In which columns of the file something is wrong, and what."""
    told = [(field, reworded(message)) for field, code, message, _hint, soft in line.problems if not soft or code in TWIN]
    if not told:
        return "", _("同一客户的另一行有问题，整组未导入")
    columns, messages = (dict.fromkeys(parts) for parts in zip(*told, strict=True))
    return _("、").join(title for field in columns if (title := named.get(field))), _("；").join(messages)
