import subprocess
import sys
import time

import pytest
from proof import place

FILL = """
import sys, django, chores
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
getattr(chores, sys.argv[1]).enqueue(int(sys.argv[2]))
"""
WORK = """
import os, sys, django
django.setup()
from keji.queue.worker import work
work(patience=float(sys.argv[1]))
os._exit(0)
"""
INTERRUPTED = """
import django, signal
django.setup()
from keji.queue.worker import Worker
worker = Worker("one")
worker.listen()
with worker.stop._cond:
    signal.raise_signal(signal.SIGTERM)
worker.rest(1)
print(worker.stop.is_set())
"""


def test_a_signal_that_comes_while_the_worker_waits_does_not_wait_for_the_worker(tmp_path):
    """It may come at the very moment at which the main thread holds the lock of what it waits for."""
    with place(str(tmp_path)) as (environment, _):
        command = [sys.executable, "-c", INTERRUPTED]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.proof("R-22")
@pytest.mark.parametrize(
    ("chore", "size", "patience", "left"),
    [
        ("walk", 25, 10, ("done", 1)),
        ("walk", 100_000, 0.3, ("ready", 0)),
        ("sleep_deaf", 60, 0.3, ("ready", 0)),
    ],
    ids=["it ends", "it is handed back at its next progress", "it is taken back from one that does not listen"],
)
def test_at_sigterm_the_current_job_ends_or_is_handed_back(tmp_path, chore, size, patience, left):
    with place(str(tmp_path)) as (environment, ask):
        subprocess.run([sys.executable, "-c", FILL, chore, str(size)], env=environment, check=True)
        worker = subprocess.Popen([sys.executable, "-c", WORK, str(patience)], env=environment)
        limit = time.monotonic() + 10
        while ask("SELECT state FROM queue_job")[0][0] != "running" and time.monotonic() < limit:
            time.sleep(0.02)

        worker.terminate()

        assert worker.wait(10) == 0
        assert [tuple(row) for row in ask("SELECT state, attempts FROM queue_job")] == [left]
        assert ask("SELECT count(*) FROM queue_heartbeat")[0][0] == 0
