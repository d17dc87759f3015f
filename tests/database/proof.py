"""The long forms of what the tests of this folder show in short: each function returns what it counted.

They run on SQLite in a folder of their own or, with KEJI_DATABASE_URL, in a schema of their own of that PostgreSQL.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def kills(rounds: int = 200, writers: int = 4, guarded: bool = True, seed: int = 1) -> dict:
    """R-01: writers are killed at any moment; nothing acknowledged is lost, nothing is there by half."""
    return trial("kills", rounds=rounds, writers=writers, guarded=guarded, seed=seed)


def crowd(writers: int = 64, seconds: float = 10, guarded: bool = True) -> dict:
    """R-03: many writers at once; none is told that the database is locked, none waits long, no sum is lost."""
    return trial("crowd", writers=writers, seconds=seconds, guarded=guarded)


def search(rows: int = 1_000_000, seed: int = 1) -> dict:
    """Line c of the budgets: CPU milliseconds of typical questions among so many rows."""
    return trial("search", rows=rows, seed=seed)


def trial(name: str, **values: object) -> dict:
    with tempfile.TemporaryDirectory(prefix="keji-proof-") as folder:
        environment = {
            **os.environ,
            "KEJI_DATA": folder,
            "DJANGO_SETTINGS_MODULE": "scratch",
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
        }
        if url := os.environ.get("KEJI_DATABASE_URL"):
            environment["KEJI_DATABASE_URL"] = (
                f"{url}{'&' if '?' in url else '?'}schema=keji_proof_{secrets.token_hex(4)}"
            )
        command = [sys.executable, str(HERE / "trial.py"), name, json.dumps(values)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)
