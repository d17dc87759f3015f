"""The trail is never altered: the database refuses, and what goes round the database is found."""

import pytest
from django.db import DatabaseError, connection, transaction

from keji.access.models import Entry, Seal
from keji.access.rules.seals import first_bad, seal
from keji.access.trail import redact
from keji.customers.rules.revise import revise


@pytest.mark.attack("B-72")
@pytest.mark.parametrize("table", ["access_entry", "access_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_the_database_refuses_to_alter_the_trail(cast, table, statement):
    seal()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert Entry.objects.exists() and Seal.objects.exists()


def test_every_entry_is_sealed_once_and_the_chain_holds(cast):
    before = seal()
    revise(cast.lin, cast.acme, {"remark": "年底扩产"})

    assert (before, seal(), seal()) == (Entry.objects.count() - 1, 1, 0)
    assert first_bad() == ""


@pytest.mark.attack("B-72")
def test_the_first_altered_entry_is_named(cast):
    seal()
    entry = Entry.objects.order_by("pk")[1]
    undo = {
        "sqlite": ["DROP TRIGGER access_entry_append_only_update"],
        "postgresql": ['DROP TRIGGER access_entry_append_only ON "access_entry"'],
    }[connection.vendor]
    with connection.cursor() as cursor:
        for one in undo:
            cursor.execute(one)
        cursor.execute("UPDATE access_entry SET why = %s WHERE id >= %s", ["改过", entry.pk])

    assert first_bad() == f"entry {entry.pk}"


def test_redacting_values_leaves_the_chain_whole(cast):
    seal()
    entry = Entry.objects.filter(record="customers", record_id=cast.acme.pk).get()
    redact(cast.shen, [entry.pk], "客户要求")

    entry.refresh_from_db()
    assert entry.kept.values == {}
    assert first_bad() == ""
