"""How the benchmarks measure: CPU of ours and of the PostgreSQL server, beside the raw database's of the same run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICK = os.sysconf("SC_CLK_TCK")
BATCHES = 5


def server() -> int:
    """The process of the PostgreSQL server behind our connection; 0 for SQLite, whose work is done in our own."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return parent(cursor.fetchone()[0])


def fields(process: int | str) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def parent(process: int) -> int:
    return int(fields(process)[1])


def spent_there(postmaster: int) -> float:
    """CPU seconds that the server's processes have used, those included that have ended."""
    if not postmaster:
        return 0.0
    ticks = sum(map(int, fields(postmaster)[13:15]))
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told = fields(folder.name)
            except OSError:
                continue
            if int(told[1]) == postmaster:
                ticks += sum(map(int, told[11:13]))
    return ticks / TICK


def cpu(work: Callable[[], object], postmaster: int = 0, times: int = 20) -> tuple[float, float]:
    """Milliseconds for one go, ours in the best of some batches and the server's on average; the first goes warm up."""
    work(), work()
    best, there = float("inf"), spent_there(postmaster)
    for _batch in range(BATCHES):
        started = time.process_time()
        for _time in range(times):
            work()
        best = min(best, time.process_time() - started)
    return best * 1000 / times, (spent_there(postmaster) - there) * 1000 / times / BATCHES


def peak() -> float:
    """Megabytes that this process has held at most. (`ru_maxrss` begins with what the parent held when it forked.)"""
    told = Path("/proc/self/status").read_text()
    return next(int(row.split()[1]) for row in told.splitlines() if row.startswith("VmHWM:")) / 1024


def line(name: str, goal: float, ours: tuple[float, float], raw: tuple[float, float] | None, unit: str = "ms") -> None:
    """Say one line: goal, ours (of it the server's), raw."""
    mine = sum(ours)
    floor = f"{sum(raw):8.2f}" if raw else "       -"
    there = f" (server {ours[1]:.2f})" if ours[1] else ""
    over = "" if mine <= goal else "   over"
    print(f"{name:<26} goal {goal:6.1f}   ours {mine:8.2f}   raw {floor} {unit}{there}{over}", flush=True)
