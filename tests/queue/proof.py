"""The proof of R-13: workers are killed and paused, and no job is lost, stuck or done twice.

    python tests/queue/proof.py 10000 200 20

A third of the jobs are atomic, a third go in chunks, a third are not guarded (those may repeat, and are counted to
show that the proof can see it). Counts come from SQL of its own, not through the code under test.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHUNKS = 4
ENDED = "('done', 'failed', 'cancelled')"


def prove(jobs=10_000, kills=200, pauses=20, workers=3, lease=2.0, patience=3600.0, seed=1) -> dict:
    """Run the jobs under that many kills and pauses, on SQLite or on the PostgreSQL of KEJI_DATABASE_URL."""
    with tempfile.TemporaryDirectory(prefix="keji-proof-") as folder, place(folder) as (environment, ask):
        subprocess.run(command("prepare", jobs), env=environment, check=True)
        start = time.monotonic()
        trouble = Trouble(ask, environment, jobs, kills, pauses, lease, random.Random(seed))
        trouble.run(workers, start + patience)
        return counts(ask, jobs) | trouble.figures() | {"seconds": round(time.monotonic() - start, 1)}


def command(*words):
    return [sys.executable, str(HERE / "proof_workers.py"), *map(str, words)]


@contextmanager
def place(folder):
    """An empty database, and a function that asks it."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE}:{ROOT}", "DJANGO_SETTINGS_MODULE": "proof_settings"}
    environment["PROOF_FOLDER"] = folder
    url = os.environ.get("KEJI_DATABASE_URL")
    if not url:
        yield environment, lambda sql: ask_sqlite(Path(folder) / "keji.db", sql)
        return
    import psycopg

    schema = f"proof_{random.SystemRandom().randrange(10**9)}"
    environment["KEJI_DATABASE_URL"] = f"{url}{'&' if '?' in url else '?'}schema={schema}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path TO {schema}")
        try:
            yield environment, lambda sql: connection.execute(sql).fetchall()
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def ask_sqlite(file, sql):
    import pysqlite3

    connection = pysqlite3.connect(file, timeout=20)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


class Trouble:
    """Kills and pauses workers, spread evenly over the jobs, and watches for jobs that nobody takes up again."""

    def __init__(self, ask, environment, jobs, kills, pauses, lease, chance):
        self.ask, self.jobs, self.lease, self.chance = ask, jobs, lease, chance
        self.plan = ["kill"] * kills + ["pause"] * pauses
        chance.shuffle(self.plan)
        self.planned = len(self.plan)
        self.done = {"kill": 0, "pause": 0}
        self.died, self.stuck, self.asleep, self.alive = {}, set(), {}, []
        self.nursery = subprocess.Popen(
            command("nursery", lease), env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, workers, limit):
        try:
            for _ in range(workers):
                self.start()
            while time.monotonic() < limit and not self.is_over():
                self.wake()
                self.look_for_stuck()
                time.sleep(0.02)
        finally:
            self.stop()

    def start(self):
        self.nursery.stdin.write("worker\n")
        self.nursery.stdin.flush()
        self.alive.append(int(self.nursery.stdout.readline()))

    def is_over(self):
        [[ended]] = self.ask(f"SELECT count(*) FROM queue_job WHERE state IN {ENDED}")
        share = 1 - len(self.plan) / self.planned if self.planned else 1.0
        if self.plan and share <= ended / self.jobs:
            self.strike(self.plan.pop())
        return ended == self.jobs and not self.plan and not self.asleep

    def strike(self, what):
        victims = [pid for pid in self.alive if pid not in self.asleep]
        if not victims:
            self.plan.append(what)
            return
        victim = self.chance.choice(victims)
        self.done[what] += 1
        if what == "pause":
            os.kill(victim, signal.SIGSTOP)
            self.asleep[victim] = time.monotonic() + 1.5 * self.lease
            return
        os.kill(victim, signal.SIGKILL)
        self.alive.remove(victim)
        self.died[victim] = time.monotonic()
        self.start()

    def wake(self):
        for pid, until in list(self.asleep.items()):
            if time.monotonic() >= until:
                del self.asleep[pid]
                os.kill(pid, signal.SIGCONT)

    def look_for_stuck(self):
        running = self.ask("SELECT id, claimed_by FROM queue_job WHERE state = 'running'")
        for job, holder in running:
            died = self.died.get(int(holder.split(":")[1]))
            if died and time.monotonic() - died > self.lease + 10:
                self.stuck.add(job)

    def stop(self):
        for pid in self.asleep:
            os.kill(pid, signal.SIGCONT)
        for pid in self.alive:
            os.kill(pid, signal.SIGKILL)
        self.nursery.stdin.close()
        self.nursery.wait(30)
        self.nursery.stdout.close()

    def figures(self):
        return {"kills": self.done["kill"], "pauses": self.done["pause"], "stuck": len(self.stuck)}


def counts(ask, jobs):
    """What became of the jobs, from the rows that they left."""
    states = dict(ask("SELECT state, count(*) FROM queue_job GROUP BY state"))
    marks = {
        (number, chunk): times
        for number, chunk, times in ask("SELECT number, chunk, count(*) FROM effect GROUP BY number, chunk")
    }
    expected = {(number, chunk) for number in range(jobs) for chunk in range(CHUNKS if number % 3 == 1 else 1)}
    twice = [number for (number, _chunk), times in marks.items() if times > 1]
    return {
        "jobs": jobs,
        "done": states.get("done", 0),
        "failed": states.get("failed", 0),
        "lost": len({number for number, _chunk in expected - marks.keys()}),
        "unexpected": len(marks.keys() - expected),
        "double": len([number for number in twice if number % 3 != 2]),
        "repeated_unguarded": len([number for number in twice if number % 3 == 2]),
    }


if __name__ == "__main__":
    print(json.dumps(prove(*map(int, sys.argv[1:4])), indent=1))
