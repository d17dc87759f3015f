"""CPU milliseconds of the lines of the performance goals, each beside the raw database's of the same run.

`python -m bench importing` measures line j (bench/importing.py). `make bench` (100,000 customers, both databases) or `python -m bench 1000000` for another size on the database that the
environment names. In process: what it cannot see is the CPU that a PostgreSQL server spends.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GOALS = {"a list": 6, "b filtered": 7, "c search": 8, "d next page": 6, "e customer page": 8, "f create": 10, "g follow-up": 6}


def main() -> None:
    if sys.argv[1:2] == ["importing"]:
        from bench import importing

        return importing.inside() if "--inside" in sys.argv else importing.main()
    if "--inside" in sys.argv:
        return measure(int(sys.argv[1]))
    size = sys.argv[1] if len(sys.argv) > 1 else "100000"
    for wrapped in ([], [str(ROOT / "tools" / "with_postgres")]):
        with tempfile.TemporaryDirectory(prefix="keji-bench-") as folder:
            around = {**os.environ, "KEJI_DATA": folder, "DJANGO_SETTINGS_MODULE": "keji.settings"}
            command = [*wrapped, sys.executable, "-m", "bench", size, "--inside"]
            subprocess.run(command, env=around, cwd=ROOT, check=True)
    return None


def cpu(work: Callable[[], object], times: int = 20) -> float:
    """Milliseconds of our CPU for one go; the first two warm up."""
    work(), work()
    started = time.process_time()
    for _time in range(times):
        work()
    return (time.process_time() - started) * 1000 / times


def measure(size: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    from bench.followup import logs
    from keji.access.models import Person
    from keji.cli import migrate
    from keji.customers.models import Customer
    from keji.customers.queries import INDEX
    from keji.customers.rules.register import register
    from keji.demo import build

    migrate()
    started = time.process_time()
    build(size)
    print(
        f"== {connection.vendor}, {size:,} customers; entered at {size / (time.process_time() - started):,.0f} a CPU second"
    )
    person = Person.objects.get(username="wang")
    client = Client()
    client.force_login(person, backend="keji.access.sessions.Backend")
    middle = Customer.objects.order_by("pk")[size // 2]
    for _time in range(12):
        logs(person, middle)()
    first_page = client.get("/customers/").content.decode()
    next_page = html.unescape(re.findall(r'id="next-page" href="([^"]+)"', first_page)[0])

    def raw(sql: str) -> Callable[[], object]:
        def ask() -> object:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()

        return ask

    def page(path: str) -> Callable[[], object]:
        def get() -> object:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            return answer

        return get

    made = iter(range(10**6))

    def enter() -> object:
        return register(
            person,
            {"name": f"测速{next(made)}号有限公司"},
            {"name": "李梅", "mobile": "13812345678"},
            accept={"*": "测速"},
        )

    newest = "SELECT * FROM customers_customer WHERE deleted_at IS NULL {} ORDER BY changed_at DESC, id DESC LIMIT 50"
    narrow = "AND industry_code = 'I65' AND grade = 'B' AND lifecycle_stage = 'POTENTIAL'"
    lines = {
        "a list": (page("/customers/"), raw(newest.format(""))),
        "b filtered": (
            page("/customers/?industry_code=I65&grade=B&lifecycle_stage=POTENTIAL"),
            raw(newest.format(narrow)),
        ),
        "c search": (page("/customers/?q=科技"), lambda: INDEX.find("科技", {"open"}, limit=51)),
        "d next page": (
            page(next_page),
            raw(newest.format("AND changed_at < now()" if connection.vendor == "postgresql" else "")),
        ),
        "e customer page": (
            page(f"/customers/{middle.pk}/"),
            raw(f"SELECT * FROM customers_customer WHERE id = {middle.pk}"),
        ),
        "g follow-up": (logs(person, middle), raw(f"UPDATE customers_customer SET followup_count = followup_count WHERE id = {middle.pk}")),
        "f create": (enter, raw("UPDATE records_counter SET value = value WHERE name = 'C' RETURNING value")),
    }
    for name, (ours, theirs) in lines.items():
        mine, floor = cpu(ours), cpu(theirs)
        print(
            f"{name:<16} {mine:8.2f} ms   raw {floor:6.2f} ms   goal {GOALS[name]} ms{'' if mine <= GOALS[name] else '   over'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
