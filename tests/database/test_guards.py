import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from keji.database.guards import append_only, statements

KEPT = "CREATE TABLE kept (id integer PRIMARY KEY, what varchar(20))"


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture
def kept(db):
    run(KEPT)
    (operation,) = append_only("kept")
    editor = connection.SchemaEditorClass(connection, atomic=False)
    operation.code(None, editor)
    run("INSERT INTO kept VALUES (1, 'said')")
    return lambda: operation.reverse_code(None, editor)


CHANGES = ["UPDATE kept SET what = 'unsaid'", "DELETE FROM kept", "DELETE FROM kept WHERE id = 1", "TRUNCATE kept"]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_append_only_can_neither_be_changed_nor_deleted(kept, change):
    if connection.vendor == "sqlite" and change.startswith("TRUNCATE"):
        pytest.skip("SQLite has no TRUNCATE")

    with pytest.raises(IntegrityError, match="kept is append-only"), transaction.atomic():
        run(change)

    run("INSERT INTO kept VALUES (2, 'more')")
    assert run("SELECT * FROM kept ORDER BY id") == [(1, "said"), (2, "more")]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="REPLACE is SQLite's")
def test_replacing_a_row_is_no_way_round(kept):
    with pytest.raises(IntegrityError), transaction.atomic():
        run("INSERT OR REPLACE INTO kept VALUES (1, 'unsaid')")

    assert run("SELECT * FROM kept") == [(1, "said")]


def test_the_operation_can_be_taken_back(kept):
    kept()

    run("DELETE FROM kept")

    assert run("SELECT * FROM kept") == []


@pytest.fixture
def guarded(transactional_db):
    from keji.access.models import Setting

    (operation,) = append_only(Setting._meta.db_table)
    with connection.schema_editor() as editor:
        operation.code(None, editor)
    Setting.objects.create(name="stamp-of-this-test", value=1)
    yield Setting
    with connection.schema_editor() as editor:
        operation.reverse_code(None, editor)


def flush():
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)


def test_in_a_test_database_a_flush_empties_it_and_the_guard_stands_again(guarded):
    flush()

    assert guarded.objects.count() == 0
    guarded.objects.create(name="x", value=1)
    with pytest.raises(IntegrityError):
        guarded.objects.all().delete()


def test_in_any_other_database_a_flush_is_refused(guarded):
    connection.settings_dict["TEST"]["MADE"] = False
    try:
        with pytest.raises(CommandError):
            flush()
        assert guarded.objects.filter(name="stamp-of-this-test").exists()
    finally:
        connection.settings_dict["TEST"]["MADE"] = True


def test_statements_are_those_of_the_vendor(db):
    operation = statements(
        {"sqlite": ["CREATE TABLE a_sqlite (id integer)"], "postgresql": ["CREATE TABLE a_postgresql (id integer)"]},
        {"sqlite": ["DROP TABLE a_sqlite"], "postgresql": ["DROP TABLE a_postgresql"]},
    )
    editor = connection.SchemaEditorClass(connection, atomic=False)
    known = set(connection.introspection.table_names())

    operation.code(None, editor)
    assert set(connection.introspection.table_names()) - known == {f"a_{connection.vendor}"}

    operation.reverse_code(None, editor)
    assert set(connection.introspection.table_names()) == known
