"""A worker that is killed in the middle of an import: another goes on, and every row is entered exactly once."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PROOF = Path(__file__).with_name("interrupting.py")


def run(what, folder):
    around = {**os.environ, "KEJI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "keji.settings"}
    around["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, str(PROOF), what], env=around, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -9), done.stderr[-3000:]
    return done


@pytest.mark.skipif("KEJI_DATABASE_URL" in os.environ, reason="in a folder of its own: the queue's proof kills on both")
def test_a_killed_import_goes_on_and_enters_every_row_once():
    with tempfile.TemporaryDirectory(prefix="keji-interrupted-") as folder:
        run("prepare", folder)
        deaths = [run("die", folder).returncode for _time in range(3)]
        last = run("finish", folder)

    told = json.loads(last.stdout.strip().splitlines()[-1])
    assert deaths == [-9, -9, -9]
    assert told == {
        "customers": 60,
        "names": 60,
        "contacts": 60,
        "followups": 60,
        "told": 60,
        "entries": 180,
        "done": 120,
        "state": "DONE",
    }
