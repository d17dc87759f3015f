"""What a database error means for the person who waits."""

import errno
from typing import Literal

from django.db.utils import Error, OperationalError

FULL_SQLSTATES = {"53100", "53200"}
FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
BUSY_SQLSTATES = {"55P03", "57014", "53300", "40001", "40P01"}


class Busy(OperationalError):
    """The database is in use by other writers for longer than a person should wait. Shown as 503 with Retry-After."""

    retry_after = 5


def plight(error: BaseException) -> Literal["busy", "full", "away", ""]:
    """What ails the database or its disk: "busy" and "away" pass (503), "full" needs the operator (507), "" is a bug (500)."""
    if isinstance(error, Busy):
        return "busy"
    if isinstance(error, OSError):
        return "full" if error.errno in FULL_ERRNOS else ""
    if not isinstance(error, Error):
        return ""
    cause = error.__cause__
    text = str(error).lower()
    state = getattr(cause, "sqlstate", None) or ""
    if state in FULL_SQLSTATES or "database or disk is full" in text:
        return "full"
    if state in BUSY_SQLSTATES or "is locked" in text or type(cause).__name__ in {"PoolTimeout", "TooManyRequests"}:
        return "busy"
    return "away" if is_lost(error, state) else ""


def is_lost(error: BaseException, state: str) -> bool:
    if state:
        return state[:2] in {"08", "57"}  # connection lost, server stopping
    return "psycopg" in type(error.__cause__).__module__ and isinstance(error, OperationalError)
