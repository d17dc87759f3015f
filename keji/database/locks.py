"""Locks by name, and work that is repeated when the database gave it up."""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import Error, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from keji.database.errors import Busy, plight

Result = TypeVar("Result")
AGAIN = {"40001", "40P01"}
LOCK_TIMEOUT = "55P03"


def lock(text: str) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_key needs a transaction")
    if connection.vendor == "sqlite":
        return  # the writer is alone already
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [text])
    except OperationalError as error:
        if state(error) == LOCK_TIMEOUT:
            raise Busy(_("数据库正忙，请稍后再试。")) from error
        raise


def again(work: Callable[[], Result], tries: int) -> Result:
    for left in range(tries - 1, -1, -1):
        outermost = not connection.in_atomic_block
        try:
            with transaction.atomic():
                return work()
        except Error as error:
            if not left or not outermost or not worth_repeating(error):
                raise
        time.sleep(random.uniform(0.01, 0.05) * 2 ** (tries - left))  # noqa: S311 - spreads those that collided
    raise AssertionError("not reached")


def worth_repeating(error: Error) -> bool:
    if state(error) in AGAIN:
        return True
    if lost := plight(error) == "away":
        connection.close()
    return lost


def state(error: Any) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
