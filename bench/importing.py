"""Line j: a workbook of 10,000 customers through reading, checking, entering and the file of what did not go in.

`python -m bench importing [customers already there]` on both databases; CPU seconds of ours (the child that reads the
file counted in), of the PostgreSQL server, the peak of our memory, and the same rows written raw.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measuring import ROOT, peak

ROWS = 10_000
GOAL, MEMORY = 8_000, 200  # rows a CPU second, MB
TITLES = (
    "客户名称", "统一社会信用代码", "所属行业", "员工人数", "客户等级", "客户来源", "采集渠道", "首次接触时间", "省份", "城市",
    "区县", "地址", "负责人", "备注", "联系人", "职务", "手机", "邮箱", "角色",
)  # fmt: skip
TABLES = ("customers_customer", "customers_contact", "access_entry", "access_kept")


def main() -> None:
    size = next((word for word in sys.argv[2:] if word.isdigit()), "100000")
    for wrapped in ([], [str(ROOT / "tools" / "with_postgres")]):
        with tempfile.TemporaryDirectory(prefix="keji-bench-") as folder:
            around = {**os.environ, "KEJI_DATA": folder, "DJANGO_SETTINGS_MODULE": "keji.settings"}
            command = [*wrapped, sys.executable, "-m", "bench", "importing", size, "--inside"]
            subprocess.run(command, env=around, cwd=ROOT, check=True)


def inside() -> None:
    """Fill the database, then import in a process of its own, whose memory is its own too."""
    if "--import" in sys.argv:
        return bring(int(sys.argv[2]), "--profile" in sys.argv)
    import django

    django.setup()
    from keji.cli import migrate
    from keji.demo import build

    migrate()
    build(int(sys.argv[2]))
    subprocess.run([sys.executable, "-m", "bench", *sys.argv[1:], "--import"], check=True, cwd=ROOT)
    return None


def bring(size: int, profiled: bool) -> None:
    import django

    django.setup()
    from django.db import connection

    from keji.access.models import Person
    from keji.intake.rules import checking, entering, results, staging

    person = Person.objects.get(username="wang")
    folder = Path(os.environ["KEJI_DATA"])
    source = workbook(folder / "客户.xlsx")
    costs: dict[str, tuple[float, float, float]] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        before = ours(), servers(connection)
        yield
        costs[name] = ours() - before[0], servers(connection) - before[1], peak()

    def everything() -> None:
        with step("stage"):
            run = staging.stage(person, source, "客户.xlsx")
            staging.set_mapping(person, run, run.mapping, {})
            checking.declare_lawful(run, person)
        with step("check"):
            checking.check(run, person)
        with step("enter"):
            counts.update(entering.enter(run, person))
        with step("errors"):
            results.error_file(run, folder / "未导入.xlsx")

    counts: dict[str, int] = {}
    if profiled:
        profile(everything)
    else:
        everything()
    most = peak()
    mine, theirs = (sum(cost[side] for cost in costs.values()) for side in (0, 1))
    floor = raw(connection, counts["created"])
    told = "  ".join(f"{name} {cost:.2f}+{server:.2f} ({high:.0f} MB)" for name, (cost, server, high) in costs.items())
    print(f"== {connection.vendor}, {size:,} customers there, {ROWS:,} rows: {counts}")
    print(f"   seconds (ours+server, peak so far): {told}")
    goal = "" if ROWS / mine >= GOAL and most <= MEMORY else f"   goal {GOAL:,} and {MEMORY} MB: not met"
    print(
        f"j import  {ROWS / mine:,.0f} rows a CPU second of ours, {ROWS / (mine + theirs):,.0f} with the server's,"
        f" {most:.0f} MB; raw {ROWS / floor:,.0f}{goal}",
        flush=True,
    )


def ours() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def servers(connection: Any) -> float:
    """CPU seconds of all processes of the PostgreSQL server, those that have ended too."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        head = stat(cursor.fetchone()[0])[1]
    known = [stat(int(one.name)) for one in Path("/proc").iterdir() if one.name.isdigit()]
    ticks = sum(sum(one[11:13]) for one in known if one and one[1] == head) + sum(stat(head)[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[int]:
    """The numbers behind the name in /proc/…/stat: parent at 1, times at 11 and 12, those of ended children behind."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [0, *(int(word) for word in words[1:])]


def workbook(target: Path) -> Path:
    """A file as people bring it: names of districts, dates as text, one row in fifty wrong, one in a hundred a double."""
    from keji.demo.invented import GIVEN, SURNAMES, Invented
    from keji.kernel import tables

    invented, pick = Invented(4711), random.Random(1)
    signs = SURNAMES + GIVEN  # brands that the invented customers do not have
    rows: list[list[Any]] = []
    for number in range(ROWS):
        row = line(invented)
        row[0] = "".join(pick.choices(signs, k=3)) + row[0][-8:]
        if number % 50 == 7:
            row[pick.choice((1, 2, 7, 16))] = "其它"
        rows.append(rows[number // 2] if number % 100 == 99 else row)
    tables.write_xlsx(target, [tables.Sheet("客户", TITLES, ["text"] * len(TITLES), rows)])
    return target


def line(invented: Any) -> list[Any]:
    from keji.kernel.addresses import REGIONS
    from keji.kernel.industries import name as industry
    from keji.records.terms import dictionary

    one = invented.entrant([0])
    values, contact = one.values, one.contacts[0]

    def word(book: str, code: str) -> str:
        return dictionary(book).text(code) if code else ""

    district = REGIONS[values["contact_region"]]
    city = REGIONS.get(district.parent)
    province = REGIONS[f"{district.code[:2]}0000"]
    met = values["first_contact_date"]
    return [
        values["name"], values["uscc"], industry(values["industry_code"]), str(values["employee_count"]), values["grade"],
        word("lead_source", values["lead_source"]), word("collection_channel", values["collection_channel"]),
        f"{met.year}年{met.month}月{met.day}日", province.name, city.name if city else "", district.name,
        values["contact_address"], "林晓", "展会上认识，谈过一次", contact["name"], contact["title"], contact["mobile"],
        contact["email"], word("decision_role", contact["decision_role"]),
    ]  # fmt: skip


def raw(connection: Any, count: int) -> float:
    """The seconds it takes to write what the import wrote once more, into empty tables with the same indexes."""
    from django.db import transaction

    spent = 0.0
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT {count * (2 if 'access' in table else 1)}")
            rows = cursor.fetchall()
            twin(connection, cursor, table)
            before = ours() + servers(connection)
            with transaction.atomic():
                if connection.vendor == "sqlite":
                    marks = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f"INSERT INTO raw_{table} VALUES ({marks})", rows)
                else:
                    from psycopg.types.json import Jsonb

                    with cursor.copy(f"COPY raw_{table} FROM STDIN") as out:
                        for row in rows:
                            out.write_row([Jsonb(v) if isinstance(v, dict | list) else v for v in row])
            spent += ours() + servers(connection) - before
    return spent


def twin(connection: Any, cursor: Any, table: str) -> None:
    if connection.vendor != "sqlite":
        cursor.execute(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING INDEXES)")
        return
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND type <> 'trigger' AND sql > ''", [table]
    )
    for name, sql in cursor.fetchall():
        sql = sql.replace(f'"{table}"', f'"raw_{table}"', 1)
        cursor.execute(sql if name == table else sql.replace(f'"{name}"', f'"raw_{name}"', 1))


def profile(work: Callable[[], object]) -> None:
    import cProfile
    import pstats

    with cProfile.Profile() as told:
        work()
    pstats.Stats(told).sort_stats("tottime").print_stats(45)
    pstats.Stats(told).sort_stats("cumtime").print_stats(60)
