"""CPU of the lines of the performance goals, each beside the raw database's of the same run; one file a question.

`make bench`                         100,000 customers, SQLite and PostgreSQL, lines a to h, k, l
`python -m bench 1000000 pages`      another size, one question
`python -m bench importing`          line j (bench/importing.py)
`python -m bench 0 pages --here`     what stands in the database that the environment names
"""

import os
import subprocess
import sys
import tempfile
import time

from bench import api, board, exporting, importing, night, pages, starting, workbench
from bench.measuring import ROOT

QUESTIONS = {
    "pages": pages.measure,
    "api": api.measure,
    "exporting": exporting.measure,
    "starting": starting.measure,
    "workbench": workbench.measure,  # deals out the customers anew
    "night": night.measure,
    "board": board.measure,  # last, since it adds deals
}
PARTS = {**QUESTIONS, "exporting-child": exporting.child}


def main() -> None:
    if sys.argv[1:2] == ["importing"]:
        return importing.inside() if "--inside" in sys.argv else importing.main()
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    size = int(words[0]) if words and words[0].isdigit() else 100_000
    asked = [word for word in words if word in PARTS] or list(QUESTIONS)
    if "--inside" in sys.argv or "--here" in sys.argv:
        return inside(size, asked)
    for wrapped in ([], [str(ROOT / "tools" / "with_postgres")]):
        with tempfile.TemporaryDirectory(prefix="keji-bench-") as folder:
            around = {**os.environ, "KEJI_DATA": folder, "DJANGO_SETTINGS_MODULE": "keji.settings"}
            command = [*wrapped, sys.executable, "-m", "bench", str(size), *asked, "--inside"]
            subprocess.run(command, env=around, cwd=ROOT, check=True)
    return None


def inside(size: int, asked: list[str]) -> None:
    import django

    django.setup()
    if asked != ["exporting-child"]:
        size = prepare(size)
    for name in asked:
        PARTS[name](size)


def prepare(size: int) -> int:
    """Fill the database up to this size. Returns how many customers there are."""
    from django.db import connection

    from keji.cli import migrate
    from keji.customers.models import Customer
    from keji.demo import build

    migrate()
    missing = size - Customer.objects.count()
    if missing > 0:
        started = time.process_time()
        build(missing)
        print(f"entered {missing / (time.process_time() - started):,.0f} customers a CPU second")
    count = Customer.objects.count()
    print(f"== {connection.vendor}, {count:,} customers", flush=True)
    return count


if __name__ == "__main__":
    main()
