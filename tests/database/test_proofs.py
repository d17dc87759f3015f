import pytest
from django.db import connection

from tests.database import proof


@pytest.mark.proof("R-01")
def test_killed_writers_lose_nothing_acknowledged_and_leave_no_halves():
    counts = proof.kills(rounds=20)

    assert counts.pop("acknowledged") >= 20
    assert counts == {"rounds": 20, "lost": 0, "halves": 0, **sound()}


@pytest.mark.proof("R-01")
def test_without_transactions_the_kills_leave_halves():
    assert proof.kills(rounds=5, guarded=False)["halves"] > 0


@pytest.mark.proof("R-03")
@pytest.mark.parametrize("writers", [16, 64])
def test_many_writers_at_once_are_never_told_that_the_database_is_locked(writers):
    counts = proof.crowd(writers, seconds=0.5)

    assert {key: counts[key] for key in ("writers", "locked", "missing")} == {
        "writers": writers,
        "locked": 0,
        "missing": 0,
    }
    assert counts["max_ms"] < 5000


@pytest.mark.proof("R-03")
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the gate is SQLite's")
def test_without_the_guards_most_of_them_are():
    counts = proof.crowd(16, seconds=0.5, guarded=False)

    assert counts["locked"] > counts["transactions"]


def sound():
    return {"integrity": "ok"} if connection.vendor == "sqlite" else {}
