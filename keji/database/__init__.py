"""The two databases and their differences: settings, gate, bulk writing, locks, the search index."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from keji.database.errors import Busy, plight

Result = TypeVar("Result")

__all__ = ["Busy", "atomic_retry", "bulk_insert", "bulk_update", "lock_key", "one_of", "plight"]


def bulk_insert(model: Any, fields: Sequence[str], rows: Sequence[tuple[Any, ...]], ids: bool = False) -> list[int]:
    """Insert rows of plain values (JSON as str), past the model's checks; with `ids`, return the new ids in order."""
    from keji.database.bulk import insert

    return insert(model, tuple(fields), rows, ids)


def bulk_update(model: Any, fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set columns of rows by id, past the model's checks: each row is (id, value, …), values plain as in `bulk_insert`."""
    from keji.database.bulk import update

    update(model, tuple(fields), rows)


def one_of(values: Iterable[Any]) -> Any:
    """These texts or numbers for `__in`, as the database takes many of them best."""
    from keji.database.bulk import subquery

    return subquery(list(values))


def lock_key(text: str) -> None:
    """Let nobody else pass with the same text until the transaction ends. Raises Busy after three seconds."""
    from keji.database.locks import lock

    lock(text)


def atomic_retry(work: Callable[[], Result], tries: int = 4) -> Result:
    """Run work in a transaction, again after a lost connection, a deadlock or a failed serialisation.

    Work may run twice although its first commit succeeded: creates in it need a token that stays the same.
    """
    from keji.database.locks import again

    return again(work, tries)
