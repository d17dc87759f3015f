"""Reads of the desk that belong to no record type."""

from collections.abc import Collection
from typing import Any

from django.db import DatabaseError, connection

from keji.access.scope import may
from keji.clocks.queries import still
from keji.customers import queries
from keji.customers.sheet import CUSTOMERS
from keji.database.doctor import pending
from keji.queue import jobs
from keji.records.listing import search
from keji.records.pages import url
from keji.records.queries import near_rows
from keji.records.sheet import SHEETS, Shown

# What hangs on a customer, each by an index: on most, most of it is missing, and one question spares up to nine.
HELD = {
    "collaborators": "customers_collaboration WHERE customer_id = %s",
    "contacts": "customers_contact WHERE customer_id = %s",
    "needs": "customers_need WHERE customer_id = %s",
    "tags": "customers_tagging WHERE customer_id = %s AND ended_at IS NULL",
    "consents": "customers_consent WHERE customer_id = %s AND withdrawn_at IS NULL",
    "days": "customers_anniversary WHERE customer_id = %s",
    "deals": "deals_deal WHERE customer_id = %s",
    "moves": "deals_stagechange JOIN deals_deal ON deals_deal.id = deal_id WHERE customer_id = %s",
    "followups": "followups_followup WHERE customer_id = %s",
    "tickets": "service_ticket WHERE customer_id = %s",
    "tasks": "agenda_task WHERE customer_id = %s AND state = 'OPEN'",
    "forms": "intake_paperform WHERE customer_id = %s",
    "files": "records_attachment WHERE customer_id = %s",
}
ANY_HELD = "SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {rows})" for rows in HELD.values())  # noqa: S608
FOUND = ("name", "customer_no", "owner")
CALLED = {"tasks": "title", "contacts": "name", "deals": "name", "needs": "description", "followups": "occurred_at", "tickets": "ticket_no", "forms": "number"}
PLACE = {  # where the files of a record stand, and who gets there
    "contacts": ("customers:contact_edit", "contacts.change"),
    "deals": ("deals:page", "deals.see"),
    "needs": ("customers:need_edit", "needs.change"),
    "followups": ("followups:page", "followups.see"),
    "tickets": ("service:page", "tickets.see"),
    "tasks": ("agenda:page", "tasks.see"),
    "forms": ("intake:form", "forms.see"),
}
FIRST = 200  # hits of which the palette shows those that changed last


def alive() -> bool:
    """True if the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


migrated = False  # once it is, it stays so while this process lives


def unready() -> str:
    """What does not work, in a word; nothing if all does."""
    global migrated
    if not alive():
        return "database"
    if not migrated and pending():
        return "migrations"
    migrated = True
    return "clocks" if still() else ""


def held(customer_id: int) -> frozenset[str]:
    """What hangs on a customer at all, seen or unseen: only for leaving out questions that would find nothing."""
    with connection.cursor() as cursor:
        cursor.execute(ANY_HELD, [customer_id] * len(HELD))
        return frozenset(name for name, there in zip(HELD, cursor.fetchone(), strict=True) if there)


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


def whereabouts(person: Any, records: Collection[tuple[str, int]]) -> dict[tuple[str, int], dict[str, str]]:
    """What these records near a person are called, as the person reads that, and where their page is."""
    found = {}
    for record, name in CALLED.items():
        ids = [pk for kind, pk in records if kind == record]
        if ids:
            sheet = SHEETS[record]
            columns = [sheet.by_name[name]]
            rows = list(near_rows(person, record).filter(pk__in=ids).values(*sheet.attributes(columns)))
            read = sheet.reader(person, [row["id"] for row in rows], columns)
            place, action = PLACE[record]
            opens = may(person, action)
            for row in rows:
                text = " ".join(one for one in (str(sheet.title), read(row)[name].text[:30]) if one)
                found[record, row["id"]] = {"on": text, "href": url(place, row["id"]) if opens else ""}
    return found
