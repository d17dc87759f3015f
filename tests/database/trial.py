"""The program that proofs run in a process of its own: `trial.py NAME JSON` prints what it counted as JSON."""

import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import django
from django.db import OperationalError, connection, connections, transaction

from keji.database.gate import Gate

TABLES = [
    "DROP TABLE IF EXISTS proof_left",
    "DROP TABLE IF EXISTS proof_right",
    "DROP TABLE IF EXISTS proof_sum",
    "CREATE TABLE proof_left (token varchar(40) PRIMARY KEY, round integer NOT NULL)",
    "CREATE TABLE proof_right (token varchar(40) PRIMARY KEY, round integer NOT NULL)",
    "CREATE TABLE proof_sum (id integer PRIMARY KEY, total integer NOT NULL)",
    "INSERT INTO proof_sum VALUES (1, 0)",
]


def make():
    connection.prepare_database()
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in TABLES:
            cursor.execute(sql)
    connections.close_all()


def ask(sql, *values):
    """An answer of the database over a connection of the checker's own, without our engine."""
    if connection.vendor == "sqlite":
        import pysqlite3

        with pysqlite3.connect(connection.settings_dict["NAME"]) as raw:
            return raw.execute(sql.replace("%s", "?"), values).fetchall()
    import psycopg

    wanted = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key not in ("context", "cursor_factory")
    }
    with psycopg.connect(**wanted) as raw:
        return raw.execute(sql, values).fetchall()


def fork(work):
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return child


def kills(rounds, writers, guarded, seed):
    make()
    chance = random.Random(seed)
    counts = {"rounds": rounds, "acknowledged": 0, "lost": 0, "halves": 0}
    for number in range(rounds):
        acknowledged = killed(number, writers, guarded, chance.uniform(0, 0.1))
        left, right = present(number, number)
        counts["acknowledged"] += len(acknowledged)
        counts["lost"] += len(acknowledged - left) + len(acknowledged - right)
    left, right = present(0, rounds)
    counts["halves"] = len(left ^ right)
    if connection.vendor == "sqlite":
        counts["integrity"] = ask("PRAGMA integrity_check")[0][0]
    return counts


def killed(number, writers, guarded, after):
    """The tokens that writers, killed at some moment, said they had written."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        told.touch()
        children = [fork(lambda n=n: write(told, number, n, guarded)) for n in range(writers)]
        while not told.stat().st_size:
            time.sleep(0.001)
        time.sleep(after)
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
        return set(told.read_text().split())


def present(first, last):
    """What stands in both tables, by one statement: a killed writer's last commit may still be under way in the server."""
    sides = "SELECT {} AS side, token FROM proof_{} WHERE round BETWEEN %s AND %s"
    both = f"{sides.format(0, 'left')} UNION ALL {sides.format(1, 'right')}"
    found = ask(both, first, last, first, last)
    return tuple({token for at, token in found if at == side} for side in (0, 1))


def write(told, number, writer, guarded):
    out = os.open(told, os.O_WRONLY | os.O_APPEND)
    for count in range(10**9):
        token = f"{number}-{writer}-{count}"
        if guarded:
            with transaction.atomic():
                both(token, number)
        else:
            both(token, number)
        os.write(out, f"{token}\n".encode())


def both(token, number):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO proof_left VALUES (%s, %s)", [token, number])
        cursor.execute("INSERT INTO proof_right VALUES (%s, %s)", [token, number])


def crowd(writers, seconds, guarded):
    """Writers that read, then write, then read, all at once, on a row that all of them want."""
    if not guarded:
        Gate.enter = lambda gate: False
        connection.settings_dict["OPTIONS"]["transaction_mode"] = None
    make()
    with tempfile.TemporaryDirectory() as folder:
        start = time.time() + 0.2 + writers * 0.02
        children = [fork(lambda n=n: push(Path(folder) / str(n), start, seconds)) for n in range(writers)]
        for child in children:
            os.waitpid(child, 0)
        results = [json.loads(file.read_text()) for file in Path(folder).iterdir()]
    times = sorted(spent for result in results for spent in result["times"])
    return {
        "writers": len(results),
        "transactions": len(times),
        "locked": sum(result["locked"] for result in results),
        "missing": len(times) - ask("SELECT total FROM proof_sum")[0][0],
        "p50_ms": round(times[len(times) // 2] * 1000, 1) if times else None,
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1) if times else None,
        "max_ms": round(times[-1] * 1000, 1) if times else None,
    }


def push(file, start, seconds):
    connection.ensure_connection()
    times, locked, row_lock = [], 0, " FOR UPDATE" if connection.vendor == "postgresql" else ""
    time.sleep(max(0, start - time.time()))
    while time.time() < start + seconds:
        began = time.perf_counter()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT total FROM proof_sum WHERE id = 1{row_lock}")
                total = cursor.fetchone()[0]
                cursor.execute("UPDATE proof_sum SET total = %s WHERE id = 1", [total + 1])
                cursor.execute("INSERT INTO proof_left VALUES (%s, 0)", [f"{file.name}-{len(times)}"])
                cursor.execute("SELECT count(*) FROM proof_sum")
            times.append(time.perf_counter() - began)
        except OperationalError:
            locked += 1
    file.write_text(json.dumps({"times": times, "locked": locked}))


def search(rows, seed):
    """The CPU milliseconds of typical questions, and the microseconds of writing a row in bulk."""
    from keji.database.search import SearchIndex

    make()
    index, chance = SearchIndex("proof"), random.Random(seed)
    (operation,) = index.migration_operations()
    with connection.schema_editor() as editor:
        operation.code(None, editor)
    made = write_in_bulk(index, rows, chance)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    figures = {"rows": rows, "write_us": round(made / rows * 1e6)}
    everything = {"open", "people", "phone"}
    for name, question, near in (
        ("frequent", "科技", None),
        ("frequent, 500 rows of one's own", "科技", 77),
        ("rare", "星海", None),
        ("several pairs", "星海智能科技", None),
        ("one character", "科", None),
        ("pinyin", "keji", None),
        ("pinyin, 500 rows of one's own", "keji", 77),
        ("initials", "xhzn", None),
        ("tail of a phone", "5678", None),
        ("two words", "张 科技", None),
        ("nothing", "qqqqqq", None),
    ):
        figures[name] = milliseconds(lambda question=question, near=near: index.find(question, everything, near, 51))
    with connection.schema_editor() as editor:
        operation.reverse_code(None, editor)
    return figures


def write_in_bulk(index, rows, chance):
    spent = 0.0
    for first in range(1, rows + 1, 10_000):
        lines = [(pk, company(pk, chance, rows)) for pk in range(first, min(first + 10_000, rows + 1))]
        began = cpu()
        index.write(lines)
        spent += cpu() - began
    return spent


PLACES = [
    "北京",
    "上海",
    "广州",
    "深圳",
    "杭州",
    "苏州",
    "南京",
    "成都",
    "武汉",
    "西安",
    "天津",
    "重庆",
    "青岛",
    "宁波",
]
MARKS = "星海云天宏远华盛金源瑞德永泰恒信嘉禾博雅卓越创新汇通鼎力万利和顺东方明珠联众飞龙凯旋润泽百川安康优品力达聚贤"
TRADES = ["智能科技", "信息科技", "生物科技", "网络", "电子商务", "机械制造", "建筑工程", "文化传媒", "食品", "物流"]
FAMILY, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志浩"


def company(pk, chance, rows):
    from keji.database.search import Words

    mark = chance.choice(MARKS) + chance.choice(MARKS)
    name = f"{chance.choice(PLACES)}{mark}{chance.choice(TRADES)}有限公司"
    people = [
        chance.choice(FAMILY) + chance.choice(GIVEN) + chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 3)))
    ]
    phones = [f"1{chance.randrange(3 * 10**9, 10**10)}" for _ in people]
    return Words(open=[name, f"C{pk:06d}"], people=people, phone=phones, near=[pk % max(1, rows // 500)])


def milliseconds(work, times=20):
    for _ in range(3):
        work()
    began = cpu()
    for _ in range(times):
        work()
    return round((cpu() - began) / times * 1000, 2)


def cpu():
    """Seconds of CPU of this process and of its server process, where there is one."""
    spent = time.process_time()
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def main(name, values):
    django.setup()
    try:
        return {"kills": kills, "crowd": crowd, "search": search}[name](**values)
    finally:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA IF EXISTS {connection.schema} CASCADE")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))
