"""R-13 for reminders: workers and writers are killed, and each clock that was started tells its owner once.

    python tests/clocks/reminders_proof.py 1000 50

A writer that is killed goes on from what it had written; the counts come from SQL of its own.
"""

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WRITERS = ("left", "right")


def prove(reminders=1000, kills=50, seed=1, patience=3600.0):
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="keji-reminders-") as folder:
        around = environment(folder)
        run(around, "prepare").wait(300)
        each = str(reminders // len(WRITERS))
        writers = {name: run(around, "write", name, each) for name in WRITERS}
        workers = [run(around, "work") for _worker in range(2)]
        began, killed = time.monotonic(), {"work": 0, "write": 0}
        try:
            while time.monotonic() - began < patience:
                time.sleep(chance.uniform(0.5, 3.0))
                if sum(killed.values()) < kills:
                    strike(around, chance, workers, writers, each, killed)
                elif all(one.poll() == 0 for one in writers.values()) and told(around)["told"] == reminders:
                    break
                revive(around, writers, each)
        finally:
            for process in [*workers, *writers.values()]:
                process.kill()
                process.wait()
        seconds = round(time.monotonic() - began, 1)
        return judge(told(around), reminders) | {"kills": sum(killed.values()), "killed": killed, "seconds": seconds}


def strike(around, chance, workers, writers, each, killed):
    """Kill a worker, a writer, or both at once."""
    what = chance.choice(("work", "write", "both"))
    if what != "write":
        victim = workers.pop(0)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        workers.append(run(around, "work"))
        killed["work"] += 1
    alive = [name for name, one in writers.items() if one.poll() is None]
    if what != "work" and alive:
        name = chance.choice(alive)
        os.kill(writers[name].pid, signal.SIGKILL)
        writers[name].wait()
        killed["write"] += 1


def revive(around, writers, each):
    for name, one in writers.items():
        if one.poll() not in (None, 0):
            writers[name] = run(around, "write", name, each)


def environment(folder):
    known = {name: value for name, value in os.environ.items() if not name.startswith(("KEJI_", "DJANGO_"))}
    known |= {"KEJI_DATA": str(Path(folder) / "data"), "PYTHONPATH": f"{HERE}:{ROOT}"}
    if url := os.environ.get("KEJI_DATABASE_URL"):
        known["KEJI_DATABASE_URL"] = f"{url}{'&' if '?' in url else '?'}schema=keji_reminders_{secrets.token_hex(4)}"
    return known | {"DJANGO_SETTINGS_MODULE": "keji.settings", "KEJI_LOG": "CRITICAL"}


def run(around, *words):
    return subprocess.Popen([sys.executable, str(HERE / "reminders_processes.py"), *words], env=around, cwd=ROOT)


def told(around):
    """How many clocks there are, how many notices of them, and of how many of them."""
    names = ", ".join(f"'{name}'" for name in WRITERS)
    clocks = {pk for (pk,) in ask(around, f"SELECT id FROM clocks_clock WHERE record IN ({names})")}
    keys = ask(around, "SELECT key FROM notices_notice WHERE kind = 'clocks.due' AND key LIKE 'clock %'")
    found = [int(key.split()[1]) for (key,) in keys]
    return {"clocks": len(clocks), "rows": len(found), "told": len(set(found) & clocks)}


def ask(around, sql):
    code = (
        "import django, json; django.setup()\nfrom django.db import connection\n"
        f"with connection.cursor() as cursor: cursor.execute({sql!r}); print(json.dumps([list(row) for row in cursor.fetchall()], default=str))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=around, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def judge(found, reminders):
    return {"clocks": found["clocks"], "missed": reminders - found["told"], "doubled": found["rows"] - found["told"]}


if __name__ == "__main__":
    print(json.dumps(prove(*map(int, sys.argv[1:3]))))
