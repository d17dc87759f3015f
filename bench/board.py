"""CPU milliseconds of the board: 50,000 deals of one pipeline in all its stages, for who sees all and for who sees a third.

`python -m bench.board` on SQLite, `tools/with_postgres python -m bench.board` on PostgreSQL; a number sets another size.
In process: what it cannot see is the CPU that a PostgreSQL server spends; the raw lines say what the database needs.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

GOAL = 15
CUSTOMERS = 2_000  # many deals each: the board does not ask how many customers there are


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory(prefix="keji-bench-") as folder:
        os.environ.update(KEJI_DATA=folder, DJANGO_SETTINGS_MODULE="keji.settings")
        measure(size)


def measure(size: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from bench.measuring import cpu
    from keji.access.models import Person
    from keji.cli import migrate
    from keji.deals.models import Deal
    from keji.demo import build, deals

    migrate()
    build(CUSTOMERS)
    deals.crowd(size - Deal.objects.count())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"== {connection.vendor}, {Deal.objects.count():,} deals", flush=True)
    over = []
    for who in ("wang", "lin"):
        client = Client()
        client.force_login(Person.objects.get(username=who), backend="keji.access.sessions.Backend")
        with CaptureQueriesContext(connection) as asked:
            cards = client.get("/deals/").content.decode().count("data-deal=")
        questions = [one["sql"] for one in asked if '"deals_deal"' in one["sql"]]
        ours, floor = cpu(opens(client)), cpu(raw(connection, questions))
        print(
            f"h board, {who:<5} {ours:8.2f} ms   raw {floor:6.2f} ms   goal {GOAL} ms   "
            f"{cards} cards, {len(questions)} queries{'' if ours <= GOAL else '   over'}",
            flush=True,
        )
        over += [who] if ours > GOAL else []
    if over and "--strict" in sys.argv:
        raise SystemExit(1)


def opens(client: object) -> Callable[[], object]:
    def get() -> object:
        answer = client.get("/deals/")  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.status_code
        return answer

    return get


def raw(connection: object, questions: list[str]) -> Callable[[], object]:
    """The same questions without anything around them."""

    def ask() -> None:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            for sql in questions:
                cursor.execute(sql)
                cursor.fetchall()

    return ask


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main()
