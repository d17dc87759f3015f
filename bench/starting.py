"""Line l: from the command until the site answers, and the memory of its idle processes (their fair share of it, PSS)."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.measuring import ROOT, TICK, fields, line

sys.path.insert(0, str(ROOT / "tools"))
SECONDS, WEB, WORKER = 1.5, 140, 90
IDLE = 5


def measure(size: int) -> None:
    from installation import KEJI, answers, free_port

    port = free_port()
    around = {**os.environ, "KEJI_PORT": str(port)}
    started = time.monotonic()
    served = subprocess.Popen([*KEJI, "serve", "--workers", "2"], env=around, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while not answers(f"http://127.0.0.1:{port}"):
            assert served.poll() is None and time.monotonic() < started + 120, "keji serve does not answer"
            time.sleep(0.01)
        line("l cold start", SECONDS, (time.monotonic() - started, 0.0), None, "s")
        line("l cold start, its CPU", SECONDS, (sum(map(spent, below(served.pid))), 0.0), None, "s")
        time.sleep(IDLE)
        family = below(served.pid)
        workers = below(next(process for process in family if title(process) == "keji-worker"))
        line("l idle, all but the worker", WEB, (sum(map(share, set(family) - set(workers))), 0.0), None, "MB")
        line("l idle, the worker", WORKER, (sum(map(share, workers)), 0.0), None, "MB")
    finally:
        served.terminate()
        served.wait(30)


def below(process: int) -> list[int]:
    """A process and all that come from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int(fields(folder.name)[1])
            except OSError:
                continue
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def title(process: int) -> str:
    return Path(f"/proc/{process}/comm").read_text().strip()


def spent(process: int) -> float:
    """CPU seconds, those of its ended children with it."""
    return sum(map(int, fields(process)[11:15])) / TICK


def share(process: int) -> float:
    """Megabytes: memory that several processes share counts for each in part."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return next(int(row.split()[1]) for row in told.splitlines() if row.startswith("Pss:")) / 1024
