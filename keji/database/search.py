"""One search index for a record type: any part of a name, a number, pinyin or initials, on both databases."""

# ruff: noqa: S608, S611  (the only names put into the SQL are those of tables, and they come from the program)

import json
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations import RunPython
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from keji.database.asking import fts5, term, terms, tsquery
from keji.database.bulk import FEW, copy
from keji.database.guards import statements
from keji.database.words import Words, tokens

__all__ = ["SearchIndex", "Words"]

Near = int | Iterable[int] | None

FTS5 = """
CREATE VIRTUAL TABLE "{name}" USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '2 3 4 5'
)"""  # with the letter of the class these are the beginnings of 1 to 4 characters; without: 20 to 50 ms at 1,000,000
EACH_FTS5 = """
SELECT (
    SELECT group_concat(rowid) FROM (SELECT rowid FROM "{name}" WHERE "{name}" MATCH asked.value ORDER BY rowid DESC LIMIT %s)
) FROM json_each(%s) AS asked ORDER BY asked.key"""
# OFFSET 0 keeps the planner from walking down the ids of the whole table for a rare word.
EACH_TSQUERY = """
SELECT ARRAY(
    SELECT id FROM (SELECT id FROM "{name}" WHERE words @@ asked.query::tsquery OFFSET 0) AS hit ORDER BY id DESC LIMIT %s
) FROM unnest(%s::text[]) WITH ORDINALITY AS asked(query, place) ORDER BY asked.place"""
SETTLE = """
SELECT gin_clean_pending_list(oid::regclass) FROM pg_class
WHERE oid = to_regclass(%s) AND pg_has_role(relowner, 'USAGE')
"""  # while much is loaded there is no such index


class SearchIndex:
    """The index of the records of one table; their ids are its ids. Writes belong in the transaction of the change."""

    def __init__(self, table: str, near: bool = False):
        self.name = f"{table}_search"
        self.near = near  # True if it is told whose own each record is

    def migration_operations(self) -> list[RunPython]:
        # The planner takes whichever is rare: the word, the person, or (for what is frequent) the way down by id. With
        # fewer statistics it took an unknown word for a frequent one: 400 ms at 1,000,000 rows instead of 0.2.
        made = [
            f'CREATE TABLE "{self.name}" (id bigint PRIMARY KEY, near bigint[] NOT NULL, words tsvector NOT NULL)',
            f'ALTER TABLE "{self.name}" ALTER near SET STATISTICS 1000, ALTER words SET STATISTICS 1000',
            f'CREATE INDEX "{self.name}_near" ON "{self.name}" USING gin (near)',
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
        known = list(rows)
        if not known:
            return
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                lines = [
                    (pk, " ".join([*tokens(words), *(f"n{person}" for person in words.near)])) for pk, words in known
                ]
                cursor.executemany(f'INSERT OR REPLACE INTO "{self.name}" (rowid, words) VALUES (%s, %s)', lines)
            elif len(known) <= FEW:
                self.upsert(cursor, known)
            else:
                self.copy(cursor, known)

    def upsert(self, cursor: Any, known: Sequence[tuple[int, Words]]) -> None:
        into = f'INSERT INTO "{self.name}" (id, near, words) VALUES (%s, %s::bigint[], %s::tsvector)'
        lines = [(pk, words.near, " ".join(tokens(words))) for pk, words in sorted(known, key=itemgetter(0))]
        cursor.executemany(f"{into} ON CONFLICT (id) DO UPDATE SET near = excluded.near, words = excluded.words", lines)

    def copy(self, cursor: Any, known: Sequence[tuple[int, Words]]) -> None:
        cursor.execute(f'DELETE FROM "{self.name}" WHERE id = ANY(%s)', [[pk for pk, _ in known]])
        # GIN takes many rows at once at half the price of the same rows in small heaps.
        cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
        lines = ((pk, f"{{{','.join(map(str, words.near))}}}", " ".join(tokens(words))) for pk, words in known)
        copy(connection, cursor, f'"{self.name}" (id, near, words)', lines)
        for column in ("near", "words"):
            cursor.execute(SETTLE, [f'"{self.name}_{column}"'])

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

    def find_each(self, words: Sequence[str], classes: set[str], limit: int) -> dict[str, list[int]]:
        """What `find` finds of each of these, all asked in one statement. They are folded runs of one script."""
        if not words:
            return {}
        vendor = connection.vendor
        known = [(word, [term("", word) if word.isascii() else term(word, "")]) for word in words]
        with connection.cursor() as cursor:
            if vendor == "sqlite":
                asked = json.dumps([fts5(found, classes, None) for _word, found in known], ensure_ascii=False)
                cursor.execute(EACH_FTS5.format(name=self.name), [limit, asked])
                told = [[int(pk) for pk in (ids or "").split(",") if pk] for (ids,) in cursor.fetchall()]
            else:
                queries = [tsquery(found, classes) for _word, found in known]
                cursor.execute(EACH_TSQUERY.format(name=self.name), [limit, queries])
                told = [ids for (ids,) in cursor.fetchall()]
        return {word: ids for (word, _found), ids in zip(known, told, strict=True)}

    def walks(self) -> bool:
        """True if a question may join the index to an order and a limit without asking for all that have the words."""
        return connection.vendor == "postgresql"

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
        values: list[Any]
        if vendor == "sqlite":
            pk, where, values = "rowid", f'"{self.name}" MATCH %s', [fts5(found, classes, people)]
        elif people is None:
            pk, where, values = "id", "words @@ %s::tsquery", [tsquery(found, classes)]
        else:
            pk, where = "id", "words @@ %s::tsquery AND near && %s::bigint[]"
            values = [tsquery(found, classes), people]
        sql = f'SELECT {pk} FROM "{self.name}" WHERE {where}'
        return (sql, values) if limit is None else (f"{sql} ORDER BY {pk} DESC LIMIT %s", [*values, limit])
