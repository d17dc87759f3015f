"""The order of a list, and the place of a row in it: no OFFSET, so the thousandth page costs what the first does."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid
from keji.records.sheet import Sheet

RANK = "rank"  # what the rows are annotated with where the order is not that of a column


@dataclass(frozen=True)
class Order:
    """By what a list is ordered, and which way. Rows without a value come last, whichever way the others run."""

    name: str
    down: bool = False
    blanks: bool = False  # there may be rows without a value
    rank: Any = None  # the expression behind `rank`

    def ranked(self, rows: QuerySet) -> QuerySet:
        return rows.annotate(**{self.name: self.rank}) if self.rank is not None else rows

    def over(self, rows: QuerySet) -> QuerySet:
        """These rows in order, for those that are few."""
        column = F(self.name).desc(nulls_last=True) if self.down else F(self.name).asc(nulls_last=True)
        return self.ranked(rows).order_by(column, "-id" if self.down else "id")

    def stretches(self, rows: QuerySet, mark: str, back: bool) -> Iterator[QuerySet]:
        """The rows behind a mark, one stretch after another: those with a value along the index, then the others.

        Both databases read either stretch from the one index; NULLS LAST would need a second one on each.
        """
        value, pk = unmark(mark) if mark else (None, 0)
        if mark and value is None and not self.blanks:
            raise lost()
        left = [False, True][: 2 if self.blanks else 1]
        left = left[::-1] if back else left
        sign = "-" if self.down != back else ""
        for blank in left[left.index(value is None) :] if mark else left:
            inside = rows.filter(**{f"{self.name}__isnull": blank}) if self.blanks else rows
            if mark and blank == (value is None):
                inside = self.behind(inside, value, pk, bool(sign))
            yield inside.order_by(f"{sign}{self.name}", f"{sign}id")

    def behind(self, rows: QuerySet, value: Any, pk: int, down: bool) -> QuerySet:
        side = "lt" if down else "gt"
        if value is None:
            return rows.filter(**{f"id__{side}": pk})
        here = Q(**{f"{self.name}__{side}": value}) | Q(**{self.name: value, f"id__{side}": pk})
        try:
            return rows.filter(Q(**{f"{self.name}__{side}e": value}) & here)
        except (TypeError, ValueError, ValidationError):  # a mark of another list, or one made up
            raise lost() from None

    def place(self, record: Any) -> dict[str, Any]:
        """What the place of a record hangs on."""
        if self.rank is None:
            return {self.name: getattr(record, self.name), "id": record.pk}
        return dict(self.ranked(type(record)._default_manager.filter(pk=record.pk)).values(self.name, "id").get())

    def mark(self, row: Mapping[str, Any]) -> str:
        """The place of a row in this order, as an address carries it."""
        value = row[self.name]
        if isinstance(value, date | datetime):
            value = value.isoformat()
        elif isinstance(value, Decimal):
            value = str(value)
        told = json.dumps([value, row["id"]], ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(told).decode().rstrip("=")


def order_of(sheet: Sheet, sort: str) -> Order:
    """The order that a list was asked for."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    rank = sheet.by_name[name].kind.rank(name)
    return Order(name, down, sheet.model_field(name).null) if rank is None else Order(RANK, down, rank=rank)


def lost() -> Invalid:
    return Invalid("E_CURSOR", _("页码已失效，请回到第一页"))


def unmark(mark: str) -> tuple[Any, int]:
    """The value and the id that a mark names. Raises Invalid for what is no mark."""
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(mark[:500] + "=" * (-len(mark[:500]) % 4)))
        if (
            isinstance(value, str | int | None)
            and "\0" not in str(value)
            and isinstance(pk, int)
            and not isinstance(pk, bool)
            and abs(pk) < 2**63
        ):
            return value, pk
    except (ValueError, TypeError):
        pass
    raise lost()
