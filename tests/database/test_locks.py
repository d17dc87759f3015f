import threading

import pytest
from django.db import Error, OperationalError, connection, transaction

from keji.database import Busy, atomic_retry, lock_key, plight


class Cause(Exception):
    def __init__(self, sqlstate):
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def failing(states):
    """Work that fails once for each of these SQL states and then succeeds."""
    left = list(states)

    def work():
        if left:
            raise OperationalError("failed") from Cause(left.pop(0))
        return "done"

    return work


def test_a_lock_needs_a_transaction(transactional_db):
    with pytest.raises(transaction.TransactionManagementError):
        lock_key("x")


def test_a_lock_may_be_taken_twice_by_the_same(db):
    with transaction.atomic():
        taken = [lock_key("客户 1"), lock_key("客户 1")]

    assert taken == [None, None]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="on SQLite the writer is alone")
def test_nobody_else_passes_with_the_same_text(transactional_db):
    told = []

    def other():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                lock_key("another text")
                told.append("another")
                lock_key("text")
        except Busy:
            told.append("busy")
        finally:
            connection.close()

    with transaction.atomic():
        lock_key("text")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert told == ["another", "busy"]


@pytest.mark.parametrize("states", [[], ["40001"], ["40P01", "40001"], ["08006"], ["57P01"]])
def test_work_is_repeated_after_a_deadlock_a_failed_serialisation_or_a_lost_connection(transactional_db, states):
    assert atomic_retry(failing(states)) == "done"


@pytest.mark.parametrize("states", [["23505"], ["57014"], ["40001"] * 4])
def test_work_is_not_repeated_for_ever_nor_for_anything_else(transactional_db, states):
    with pytest.raises(OperationalError):
        atomic_retry(failing(states))


def test_within_a_transaction_nothing_is_repeated(db):
    with pytest.raises(Error), transaction.atomic():
        atomic_retry(failing(["40001"]))


def test_work_that_fails_leaves_nothing(transactional_db):
    from keji.access.models import Setting

    def work():
        Setting.objects.create(name="half", value=1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        atomic_retry(work)

    assert not Setting.objects.filter(name="half").exists()


@pytest.mark.parametrize(
    ("state", "ails"),
    [
        ("53100", "full"),
        ("55P03", "busy"),
        ("57014", "busy"),
        ("53300", "busy"),
        ("08001", "away"),
        ("57P03", "away"),
        ("42P01", ""),
    ],
)
def test_an_error_is_named_for_what_it_means(state, ails):
    with pytest.raises(OperationalError) as raised:
        failing([state])()

    assert plight(raised.value) == ails
