"""One search index for a record type: any part of a name, a number, pinyin or initials, on both databases."""

# ruff: noqa: S608, S611  (the only names put into the SQL are those of tables, and they come from the program)

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations import RunPython
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from keji.database.asking import fts5, terms, tsquery
from keji.database.bulk import FEW, copy
from keji.database.guards import statements
from keji.database.words import Words, tokens

__all__ = ["SearchIndex", "Words"]

Near = int | Iterable[int] | None

FTS5 = """
CREATE VIRTUAL TABLE "{name}" USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '2 3 4 5'
)"""  # with the letter of the class these are the beginnings of 1 to 4 characters; without: 20 to 50 ms at 1,000,000
SETTLE = """
SELECT gin_clean_pending_list(oid::regclass) FROM pg_class
WHERE oid = %s::regclass AND pg_has_role(relowner, 'USAGE')
"""


class SearchIndex:
    """The index of the records of one table; their ids are its ids. Writes belong in the transaction of the change."""

    def __init__(self, table: str):
        self.name = f"{table}_search"

    def migration_operations(self) -> list[RunPython]:
        made = [
            f'CREATE TABLE "{self.name}" (id bigint PRIMARY KEY, words tsvector NOT NULL)',
            # The planner walks by id for a frequent word, asks the index for a rare one, and must know which is which.
            f'ALTER TABLE "{self.name}" ALTER words SET STATISTICS 500',
            f'CREATE INDEX "{self.name}_words" ON "{self.name}" USING gin (words)',
        ]
        gone = [f'DROP TABLE "{self.name}"']
        return [
            statements(
                {"sqlite": [FTS5.format(name=self.name)], "postgresql": made}, {"sqlite": gone, "postgresql": gone}
            )
        ]

    def write(self, rows: Iterable[tuple[int, Words]]) -> None:
        """Put these records into the index, in place of what it held of them."""
        lines = [(pk, " ".join(tokens(words))) for pk, words in rows]
        if not lines:
            return
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany(f'INSERT OR REPLACE INTO "{self.name}" (rowid, words) VALUES (%s, %s)', lines)
            elif len(lines) <= FEW:
                self.upsert(cursor, lines)
            else:
                self.copy(cursor, lines)

    def upsert(self, cursor: Any, lines: Sequence[tuple[int, str]]) -> None:
        into = f'INSERT INTO "{self.name}" (id, words) VALUES {", ".join(["(%s, %s::tsvector)"] * len(lines))}'
        values = [value for line in sorted(lines) for value in line]
        cursor.execute(f"{into} ON CONFLICT (id) DO UPDATE SET words = excluded.words", values)

    def copy(self, cursor: Any, lines: Sequence[tuple[int, str]]) -> None:
        cursor.execute(f'DELETE FROM "{self.name}" WHERE id = ANY(%s)', [[pk for pk, _ in lines]])
        # GIN takes many rows at once at half the price of the same rows in small heaps.
        cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
        copy(connection, cursor, f'"{self.name}" (id, words)', lines)
        cursor.execute(SETTLE, [f'"{self.name}_words"'])

    def remove(self, ids: Iterable[int]) -> None:
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany(f'DELETE FROM "{self.name}" WHERE rowid = %s', [(pk,) for pk in ids])
            else:
                cursor.execute(f'DELETE FROM "{self.name}" WHERE id = ANY(%s)', [list(ids)])

    def find(self, words: str, classes: set[str], near: Near = None, limit: int = 50) -> list[int]:
        """The newest records, by id, in which all words occur within these classes."""
        asked = self.asked(connection.vendor, words, classes, near, limit)
        if asked is None:
            return []
        with connection.cursor() as cursor:
            cursor.execute(*asked)
            return [pk for (pk,) in cursor.fetchall()]

    def where(
        self,
        queryset: QuerySet,
        words: str,
        classes: set[str],
        near: Near = None,
        *,
        most: int | None = None,
        key: str = "pk",
    ) -> QuerySet:
        """The rows among these in which all words occur. Blank words narrow nothing, words without a letter find none.

        With `most`, only so many hits, the newest, are looked at: fast for a word that a third of the records has, and
        complete only if nothing but the words and `near` narrows.
        """
        if not words.strip():
            return queryset
        asked = self.asked(connections[queryset.db].vendor, words, classes, near, most)
        return queryset.none() if asked is None else queryset.filter(**{f"{key}__in": RawSQL(*asked)})

    def asked(
        self, vendor: str, words: str, classes: set[str], near: Near, limit: int | None
    ) -> tuple[str, list[Any]] | None:
        people = [near] if isinstance(near, int) else None if near is None else list(near)
        found = terms(words)
        if not found or not classes or people == []:
            return None
        if vendor == "sqlite":
            pk, match, question = "rowid", f'"{self.name}" MATCH %s', fts5(found, classes, people)
        else:
            pk, match, question = "id", "words @@ %s::tsquery", tsquery(found, classes, people)
        sql, values = f'SELECT {pk} FROM "{self.name}" WHERE {match}', [question]
        if limit is None:
            return sql, values
        return f"{sql} ORDER BY {pk} DESC LIMIT %s", [*values, limit]
