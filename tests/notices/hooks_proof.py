"""R-13 for hooks: workers are killed while two writers change records and the receiver fails now and then.

    python tests/notices/hooks_proof.py 500 60

Every change must reach the receiver, and none may be written down twice to go out; what the receiver acknowledged may
come again, under the same id. The counts come from the receiver and from SQL of its own.
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

from receiving import receiver

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ASKED = "FROM access_entry WHERE action IN ('customers.create', 'contacts.create')"


def prove(changes=500, kills=60, seed=1, patience=3600.0):
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="keji-hooks-") as folder, receiver() as kept:
        kept.flaky = random.Random(seed)
        around = environment(folder, "hooks")
        run(around, "prepare", kept.address).wait(120)
        writers = [run(around, "write", str(changes // 2)) for _writer in range(2)]
        workers = [run(around, "work") for _worker in range(2)]
        began, killed, step, before = time.monotonic(), 0, changes * 2 // (kills + 1), 0
        try:
            while time.monotonic() - began < patience and not all_sent(around, writers, kept, changes):
                time.sleep(chance.uniform(0.1, 1.0))
                if killed < kills and len(kept.taken) - before >= step:  # else workers would die before they work
                    before = len(kept.taken)
                    victim = workers.pop(0)
                    os.kill(victim.pid, signal.SIGKILL)
                    victim.wait()
                    workers.append(run(around, "work"))
                    killed += 1
        finally:
            for process in [*workers, *writers]:
                process.kill()
                process.wait()
        return judge(around, kept, changes) | {"kills": killed, "seconds": round(time.monotonic() - began, 1)}


def environment(folder, name, **settings):
    known = {name: value for name, value in os.environ.items() if not name.startswith(("KEJI_", "DJANGO_"))}
    known |= {"KEJI_DATA": str(Path(folder) / "data"), "PYTHONPATH": f"{HERE}:{ROOT}", "KEJI_INNER_HOSTS": "127.0.0.1"}
    if url := os.environ.get("KEJI_DATABASE_URL"):
        known["KEJI_DATABASE_URL"] = f"{url}{'&' if '?' in url else '?'}schema=keji_{name}_{secrets.token_hex(4)}"
    return known | {"DJANGO_SETTINGS_MODULE": "keji.settings", "KEJI_LOG": "ERROR"} | settings


def run(around, *words, of="hooks"):
    return subprocess.Popen([sys.executable, str(HERE / f"{of}_processes.py"), *words], env=around, cwd=ROOT)


def all_sent(around, writers, kept, changes):
    """Asked of the receiver first: each question to the database is a process."""
    if any(writer.poll() is None for writer in writers) or len({told["webhook-id"] for told, _body in kept.taken}) < 2 * changes:
        return False
    return ask(around, f"SELECT (SELECT count(*) {ASKED}) - (SELECT count(*) FROM notices_outgoing WHERE state = 'SENT')") == [[0]]


def ask(around, sql):
    code = (
        "import django, json; django.setup()\nfrom django.db import connection\n"
        f"with connection.cursor() as cursor: cursor.execute({sql!r}); print(json.dumps([list(row) for row in cursor.fetchall()]))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=around, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def judge(around, kept, changes):
    """What was asked for, what arrived, and what stands in the table of what goes out."""
    entries = {pk for (pk,) in ask(around, f"SELECT id {ASKED}")}
    rows = ask(around, "SELECT entry_id, key, state FROM notices_outgoing")
    arrived = {headers["webhook-id"] for headers, _body in kept.taken}
    told = {entry for entry, key, _state in rows if key in arrived}
    return {
        "missing": 2 * changes - len(entries),
        "lost": len(entries - told),
        "written_twice": len(rows) - len({entry for entry, _key, _state in rows}),
        "unasked": len({entry for entry, _key, _state in rows} - entries),
        "not_sent": sum(state != "SENT" for _entry, _key, state in rows),
        "repeated": len(kept.taken) - len(arrived),
        "failures": len(kept.heard) - len(kept.taken),
    }


if __name__ == "__main__":
    print(json.dumps(prove(*map(int, sys.argv[1:3]))))
