"""The numbers by which workbooks know records: those of this installation, and those that came from another one."""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from keji.access.house import fresh, house
from keji.access.models import Setting
from keji.database import bulk_insert, one_of
from keji.intake.models import Origin

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
LETTERS = {"contacts": "L", "followups": "G", "needs": "X", "deals": "J"}
OWN = "installation"


def installation() -> str:
    """The sign of this installation, drawn once: the same id elsewhere is another record."""
    known = house()[OWN]
    if known:
        return str(known)
    sign = "".join(secrets.choice(SIGNS) for _place in range(6))
    with transaction.atomic():
        kept, _made = Setting.objects.get_or_create(name=OWN, defaults={"value": sign})
    fresh()
    return str(kept.value)


def numbers(record: str, ids: Iterable[int]) -> Mapping[int, str]:
    """The number of each of these records."""
    wanted = list(ids)
    stem = f"{installation()}-{LETTERS[record]}"
    rows = Origin.objects.filter(record=record, record_id__in=one_of(sorted(wanted))) if wanted else Origin.objects.none()
    return {pk: f"{stem}{pk}" for pk in wanted} | dict(rows.values_list("record_id", "number"))


def records(record: str, told: Iterable[str]) -> dict[str, int]:
    """The ids of the records that carry these numbers. One of this installation stands for itself, there or not."""
    wanted = sorted(set(told))
    own = re.compile(rf"{installation()}-{LETTERS[record]}([1-9][0-9]{{0,17}})")
    found = {number: int(known[1]) for number in wanted if (known := own.fullmatch(number))}
    if rest := [number for number in wanted if number not in found]:
        rows = Origin.objects.filter(record=record, number__in=one_of(rest))
        found |= dict(rows.values_list("number", "record_id"))
    return found


def keep(record: str, told: Iterable[tuple[int, str]]) -> None:
    """Remember the numbers that new records brought along."""
    bulk_insert(Origin, ["record", "record_id", "number"], [(record, pk, number) for pk, number in told])


def shaped(told: Any) -> str:
    """A number as it is compared."""
    return str(told).strip().upper()[:40]
