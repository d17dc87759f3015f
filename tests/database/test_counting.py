from django.db import connection, connections

from keji.database.counting import count_anew
from keji.database.urls import database
from keji.queue.housekeeping import count_rows


def test_the_indexes_of_a_filled_table_are_counted(cast):
    count_rows.func()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'customer_owner'")
            assert cursor.fetchone()[0].split()[0] == "2"


def test_an_open_connection_learns_of_it(tmp_path, django_db_blocker, monkeypatch):
    """Two connections to one file: the second chooses the index that only the count makes the better one."""
    if connection.vendor != "sqlite":
        return
    for name in ("one", "two"):
        connections.settings[name] = connections.configure_settings({"default": {}, name: database(None, tmp_path)})[name]
    with django_db_blocker.unblock():
        one, two = connections["one"], connections["two"]
        with one.cursor() as cursor:
            cursor.execute("CREATE TABLE t (a, b)")
            cursor.execute("CREATE INDEX same ON t (a)")
            cursor.execute("CREATE INDEX apart ON t (b)")
            cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(n, 1) for n in range(100)])
            cursor.execute("ANALYZE")  # as of yesterday: since then everything has turned round
            cursor.execute("DELETE FROM t")
            cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(1, n) for n in range(5000)])

        def plan(mark):
            with two.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM t")  # it is in a query, not in its explanation, that a connection looks
                cursor.execute("EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 1 AND b > 4990" + mark)  # an explanation is kept by its text
                return cursor.fetchone()[-1]

        before = plan("")
        monkeypatch.setattr("keji.database.counting.connection", one)
        monkeypatch.setattr("keji.database.counting.transaction.atomic", lambda: one_transaction(one))
        count_anew()
        after = plan(" ")
        one.close(), two.close()
    for name in ("one", "two"):
        del connections[name], connections.settings[name]
    assert "same" in before and "apart" in after


def one_transaction(file):
    from django.db.transaction import Atomic

    return Atomic(file.alias, savepoint=False, durable=False)


def test_nothing_is_left_behind(db):
    count_anew()
    assert "counted" not in connection.introspection.table_names()
