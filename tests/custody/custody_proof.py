"""The long forms of what the tests of this folder show in short: each function returns what it counted."""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import Machine, furnish, machine

WRITE = """
import os, sys, time
from django.db import transaction
from keji.access.trail import note
told = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
number, until, errors = sys.argv[2], time.time() + float(sys.argv[3]), 0
count = 0
while time.time() < until:
    token, began = f"w{number}-{count}", time.perf_counter()
    try:
        note(None, "access.sign_in", why=token, token=token)
    except Exception:
        errors += 1
        continue
    os.write(told, f"{token} {time.time():.6f} {time.perf_counter() - began:.6f}\\n".encode())
    count += 1
print(json.dumps(errors))
"""


def under_writers(customers: int = 20_000, writers: int = 8, seconds: float = 20) -> dict:
    """R-04: a backup while others write. What was acknowledged before it began is in it, every write whole or not at all."""
    with machine() as home, machine() as empty, tempfile.TemporaryDirectory() as folder:
        furnish(home, customers)
        told = Path(folder) / "told"
        told.touch()
        start = "import django, json; from keji import cli; cli.start()\n" + WRITE
        commands = [[sys.executable, "-c", start, str(told), str(n), str(seconds)] for n in range(writers)]
        running = [
            subprocess.Popen(one, env=home.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for one in commands
        ]
        while len(told.read_text().splitlines()) < writers * 2:
            time.sleep(0.05)
        time.sleep(seconds / 4)
        began, clock = time.time(), time.perf_counter()
        made = home.backup("--with-keys")
        spent, ended = time.perf_counter() - clock, time.time()
        errors = [json.loads(one.communicate()[0].strip() or "-1") for one in running]
        lines = [line.split() for line in told.read_text().splitlines()]
        before = {token for token, at, _took in lines if float(at) < began}
        restored = empty.keji("restore", made)
        assert restored.returncode == 0, restored.stderr
        entries, kept = tokens(empty)
        during = sorted(float(took) for _t, at, took in lines if began <= float(at) <= ended)
        else_ = sorted(float(took) for _t, at, took in lines if not began <= float(at) <= ended)
        return {
            "writers": writers,
            "acknowledged": len(lines),
            "before": len(before),
            "errors": sum(errors),
            "lost": len(before - entries),
            "halves": len(entries ^ kept),
            "invented": len(entries - {token for token, *_rest in lines}),
            "verified": empty.keji("verify").returncode,
            "backup_seconds": round(spent, 2),
            "megabytes": round(made.stat().st_size / 1e6, 1),
            "writes_during": len(during),
            "p99_ms_during": ms(during),
            "p99_ms_else": ms(else_),
        }


def ms(times: list[float]) -> float | None:
    return round(times[int(len(times) * 0.99)] * 1000, 1) if times else None


def tokens(made: Machine) -> tuple[set[str], set[str]]:
    """The tokens of both tables that one write fills."""
    with made.ask() as raw:
        entries = {why for (why,) in raw.execute("SELECT why FROM access_entry").fetchall() if why.startswith("w")}
        values = [value for (value,) in raw.execute('SELECT "values" FROM access_kept').fetchall()]
    known = [json.loads(value) if isinstance(value, str) else value for value in values]
    return entries, {one["token"] for one in known if "token" in one}


def drill(customers: int = 20_000) -> dict:
    """R-05: the newest encrypted backup, an empty machine, one command, every row and file compared, the site asked."""
    from test_round_trip import SMOKE

    from keji.custody.locking import make_identity

    public, secret = make_identity()
    with machine() as home, machine() as empty, tempfile.TemporaryDirectory() as folder:
        furnish(home, customers)
        (Path(folder) / "identity").write_text(secret)
        rows = home.rows()
        clock = time.perf_counter()
        made = home.backup("--encrypt-to", public)
        backed = time.perf_counter()
        done = empty.keji("restore", made, "--identity", f"{folder}/identity")
        restored = time.perf_counter()
        assert done.returncode == 0, done.stderr
        after = empty.rows()
        smoke = empty.python(SMOKE)
        return {
            "customers": customers,
            "rows": sum(map(len, after.values())),
            "tables_that_differ": [name for name in rows if rows[name] != after[name]],
            "files_equal": home.files() == empty.files(),
            "keys_equal": home.files("keys") == empty.files("keys"),
            "smoke": smoke["pages"] == [200] * 4 and smoke["found"],
            "verified": empty.keji("verify").returncode,
            "megabytes": round(made.stat().st_size / 1e6, 1),
            "backup_seconds": round(backed - clock, 1),
            "restore_seconds": round(restored - backed, 1),
        }


def damaged(cases: int = 1000, seed: int = 1) -> dict:
    """R-06: cut, flipped, foreign, newer and wrongly opened backups; all are refused before anything is touched."""
    from keji.custody.locking import make_identity

    public, secret = make_identity()
    with machine() as home:
        furnish(home, 10)
        return spoil(home.backup("--with-keys"), home.backup("--encrypt-to", public), secret, cases, seed)


def spoil(plain: Path, locked: Path, secret: str, cases: int, seed: int = 1) -> dict:
    from keji.custody import placing
    from keji.custody.errors import Unusable
    from keji.custody.locking import Lock, make_identity

    chance, kinds, taken = random.Random(seed), dict.fromkeys(SPOILT, 0), []
    sources = [(plain.read_bytes(), Lock()), (locked.read_bytes(), Lock(identity=secret))]
    with tempfile.TemporaryDirectory() as folder:
        data, file = Path(folder) / "data", Path(folder) / "spoilt"
        data.mkdir()
        for number in range(cases):
            kind = list(SPOILT)[number % len(SPOILT)]
            content, lock = sources[chance.randrange(2)] if kind != "wrong key" else sources[1]
            file.write_bytes(SPOILT[kind](content, chance))
            lock = Lock(identity=make_identity()[1]) if kind == "wrong key" else lock
            try:
                with placing.received(file, lock, data):
                    taken.append(f"{kind} {number}")
            except Unusable:
                kinds[kind] += 1
        for content, lock in sources:  # what nobody touched is taken: the refusals above mean something
            file.write_bytes(content)
            with placing.received(file, lock, data):
                pass
        left = [str(path) for path in data.rglob("*") if path.name != "temp"]
    return {"cases": cases, "refused": sum(kinds.values()), "taken": taken, "left_behind": left, **kinds}


def flipped(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content)
    made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


SPOILT = {
    "one bit flipped": flipped,
    "cut": lambda content, chance: content[: chance.randrange(len(content))],
    "block zeroed": lambda content, chance: zeroed(content, chance),
    "grown": lambda content, chance: content + chance.randbytes(chance.randrange(1, 600)),
    "foreign": lambda content, chance: chance.choice((b"PK\x03\x04", b"\x1f\x8b\x08", b"SQLite format 3\0", b"")) + chance.randbytes(800),
    "wrong key": lambda content, chance: content,
}


def zeroed(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(max(1, len(content) - 700))
    block = content[at : at + 512]
    return content[:at] + bytes(len(block)) + content[at + 512 :] if any(block) else flipped(content, chance)
