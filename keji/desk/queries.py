"""Reads of the desk that belong to no record type."""

from typing import Any

from django.db import DatabaseError, connection

from keji.customers import queries
from keji.customers.sheet import CUSTOMERS
from keji.queue import jobs
from keji.records.listing import search
from keji.records.sheet import Shown

FOUND = ("name", "customer_no", "owner")
FIRST = 200  # hits of which the palette shows those that changed last


def alive() -> bool:
    """True if the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def customers_found(person: Any, words: str, most: int = 8) -> list[tuple[int, dict[str, Shown]]]:
    """The customers in which these words occur, newest first, as this person may read them."""
    columns = [CUSTOMERS.by_name[name] for name in FOUND]
    rows = search(CUSTOMERS, person, queries.customers(person), words, FIRST)
    found = list(rows.order_by("-changed_at", "-id").values(*CUSTOMERS.attributes(columns))[:most])
    read = CUSTOMERS.reader(person, [row["id"] for row in found], columns)
    return [(row["id"], read(row)) for row in found]


def failed_jobs(most: int = 50) -> list[Any]:
    return list(jobs().filter(state="failed")[:most])


def open_jobs(most: int = 50) -> list[Any]:
    return list(jobs().filter(state__in=("ready", "running"))[:most])
