"""How large enterprises are, when the scheme of measuring changes."""

from typing import Any

from django.db import transaction

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import SYSTEM
from keji.customers.models import Customer
from keji.kernel import sizes
from keji.queue import progress
from keji.records.rules import SETTINGS

BATCH = 2_000
MEASURED = ("employee_count", "annual_revenue_10k", "total_assets_10k", "industry_code", "size_label")


def rebuild_bands(person: Person | None) -> int:
    """Derive the size of every customer anew by the scheme now chosen. Returns how many have changed.

    Who changes a customer meanwhile derives its size too: only rows that still are as they were read get the new one.
    """
    if person is not SYSTEM:
        require(person, SETTINGS)
    scheme, last, seen, count = house()["size_scheme"], 0, 0, 0
    while rows := list(
        Customer.objects.filter(pk__gt=last).order_by("pk").values("pk", "version", "size_band", *MEASURED)[:BATCH]
    ):
        count += put_bands([(row, band) for row in rows if (band := band_of(scheme, row)) != row["size_band"]])
        last, seen = rows[-1]["pk"], seen + len(rows)
        progress(seen)
    return count


def put_bands(told: list[tuple[dict[str, Any], str]]) -> int:
    with transaction.atomic():
        return sum(
            Customer.objects.filter(pk=row["pk"], version=row["version"], size_band=row["size_band"]).update(
                size_band=band
            )
            for row, band in told
        )


def band_of(scheme: str, row: dict[str, Any]) -> str:
    found = sizes.band(
        scheme,
        employees=row["employee_count"],
        revenue_10k=row["annual_revenue_10k"],
        assets_10k=row["total_assets_10k"],
        industry=row["industry_code"],
        label=row["size_label"],
    )
    return found or ""
