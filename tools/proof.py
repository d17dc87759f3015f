"""Run the long forms of the reliability proofs and write docs/reference/proof.json; `--stale` only tells what is missing or old.

`make proof` runs all; `tools/proof.py R-01 R-03` runs some. A line holds commit, seed, counts and duration. It is old
when the code that it names has changed since.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "proof.json"
SEED = 1


def inside(code: str, postgres: bool = False, **settings: str) -> dict[str, Any]:
    """What a piece of Python prints as JSON, in a process of its own with an empty data folder."""
    with tempfile.TemporaryDirectory(prefix="keji-proof-") as folder:
        around = {**os.environ, "KEJI_DATA": folder, "PYTHONPATH": str(ROOT), **settings}
        command = [sys.executable, "-c", code]
        if postgres:
            command = [str(ROOT / "tools" / "with_postgres"), "--durable", *command]
        done = subprocess.run(command, env=around, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{code}\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout.strip().splitlines()[-1])


def database(call: str, postgres: bool) -> dict[str, Any]:
    return inside(
        f"import json, sys; sys.path.insert(0, 'tests/database'); import proof; print(json.dumps(proof.{call}))",
        postgres,
    )


def queue(postgres: bool) -> dict[str, Any]:
    code = "import json, sys; sys.path.insert(0, 'tests/queue'); import proof; print(json.dumps(proof.prove(10_000, 200, 20, seed=1)))"
    return inside(code, postgres)


def hooks(postgres: bool) -> dict[str, Any]:
    code = "import json, sys; sys.path.insert(0, 'tests/notices'); import hooks_proof; print(json.dumps(hooks_proof.prove(1000, 60)))"
    return inside(code, postgres)


def reminders(postgres: bool) -> dict[str, Any]:
    code = "import json, sys; sys.path.insert(0, 'tests/clocks'); import reminders_proof; print(json.dumps(reminders_proof.prove(1000, 50)))"
    return inside(code, postgres)


def machine(test: str) -> dict[str, Any]:
    """Something against a plain model of it, 2,000 runs of 50 steps."""
    with tempfile.TemporaryDirectory(prefix="keji-proof-") as folder:
        around = {**os.environ, "KEJI_DATA": folder, "KEJI_MACHINE_RUNS": "2000"}
        command = [sys.executable, "-m", "pytest", "-q", test]
        done = subprocess.run(command, env=around, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout)
    return {"runs": 2000, "steps": 50, "pytest": done.stdout.strip().splitlines()[-1]}


def notices(postgres: bool) -> dict[str, Any]:
    code = "import json, sys; sys.path.insert(0, 'tests/notices'); import notices_proof; print(json.dumps(notices_proof.prove(1000, 50)))"
    return inside(code, postgres)


def custody(call: str, postgres: bool) -> dict[str, Any]:
    return inside(
        f"import json, sys; sys.path.insert(0, 'tests/custody'); import custody_proof as proof; print(json.dumps(proof.{call}))", postgres
    )


def hostile() -> dict[str, Any]:
    code = (
        "import json, sys, tempfile, pathlib; sys.path.insert(0, 'tests/kernel')\n"
        "import django; django.setup()\n"
        "import test_tables_hostile as t\n"
        "with tempfile.TemporaryDirectory() as folder: print(json.dumps(t.prove(pathlib.Path(folder), 10_000, 1), default=str))"
    )
    return inside(code, DJANGO_SETTINGS_MODULE="keji.settings")


def killed_site(postgres: bool) -> dict[str, Any]:
    code = "import json, sys; sys.path.insert(0, 'tests'); import killing; print(json.dumps(killing.prove(200)))"
    return inside(code, postgres)


def fuzzed() -> dict[str, Any]:
    """The fuzzing of the API, and for each role how many operations were answered with what they give."""
    code = "import json, sys; sys.path.insert(0, 'tests/api'); import fuzzing; print(json.dumps(fuzzing.prove(20)))"
    found = inside(code, DJANGO_SETTINGS_MODULE="keji.settings", KEJI_LOG="CRITICAL")
    return found | {"answers": {role: len(names) for role, names in found["answers"].items()}}


def cells(postgres: bool) -> dict[str, Any]:
    code = (
        "import json, sys, tempfile, pathlib; sys.path.insert(0, 'tests/intake')\n"
        "import django; django.setup()\n"
        "from keji.cli import migrate; migrate()\n"
        "from keji.demo import build; build(0)\n"
        "from keji.access.models import Person; import test_cells as t\n"
        "person = Person.objects.get(username='wang')\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    found = [t.prove(person, pathlib.Path(folder), 50_000, seed) for seed in range(1, 21)]\n"
        "print(json.dumps({name: sum(one[name] for one in found) for name in found[0]}))"
    )
    return inside(code, postgres, DJANGO_SETTINGS_MODULE="keji.settings")


def deep() -> dict[str, Any]:
    """Hypothesis at depth over the kernel's properties."""
    with tempfile.TemporaryDirectory(prefix="keji-proof-") as folder:
        around = {**os.environ, "KEJI_DATA": folder, "KEJI_HYPOTHESIS": "2000"}
        command = [sys.executable, "-m", "pytest", "-q", "tests/kernel", "--ignore=tests/kernel/test_tables_hostile.py"]
        done = subprocess.run(command, env=around, cwd=ROOT, capture_output=True, text=True)
    last = done.stdout.strip().splitlines()[-1]
    if done.returncode:
        raise SystemExit(done.stdout)
    return {"examples": 2000, "pytest": last}


CUSTODY = ["keji/custody"]
HOOKS = ["keji/notices", "keji/access/rules/seals.py", "keji/kernel/outgoing.py"]
CLOCKS = ["keji/clocks", "keji/queue", "keji/notices/rules/inbox.py"]
NOTICES = [*HOOKS, "keji/kernel/mailing.py", "keji/customers/rules/handing.py"]
ENGINE = ["keji/database/sqlite", "keji/database/postgresql", "keji/database/gate.py", "keji/database/bulk.py"]
SITE = [*ENGINE, "keji/serving.py", "keji/access/trail.py", "keji/customers/rules/register.py"]
LINES: dict[str, tuple[str, list[str], Callable[[], dict[str, Any]]]] = {
    "R-01 sqlite": (
        "200 kills of writers: nothing acknowledged is lost",
        ENGINE,
        lambda: database("kills(200)", False),
    ),
    "R-01 postgresql": ("200 kills of writers", ENGINE, lambda: database("kills(200)", True)),
    "R-01 site sqlite": ("200 kills of `keji serve` and its parts", SITE, lambda: killed_site(False)),
    "R-01 site postgresql": ("200 kills of `keji serve` and its parts", SITE, lambda: killed_site(True)),
    "R-03 sqlite": ("64 writers: none locked out", ENGINE, lambda: database("crowd(64, 10)", False)),
    "R-13 sqlite": ("10,000 jobs, 200 kills, 20 pauses", ["keji/queue"], lambda: queue(False)),
    "R-13 postgresql": ("10,000 jobs, 200 kills, 20 pauses", ["keji/queue"], lambda: queue(True)),
    "R-13 hooks sqlite": ("1,000 changes told, 60 kills", HOOKS, lambda: hooks(False)),
    "R-13 hooks postgresql": ("1,000 changes told, 60 kills", HOOKS, lambda: hooks(True)),
    "R-13 reminders sqlite": ("1,000 reminders, 50 kills: none missed, none doubled", CLOCKS, lambda: reminders(False)),
    "R-13 reminders postgresql": ("1,000 reminders, 50 kills: none missed, none doubled", CLOCKS, lambda: reminders(True)),
    "Clocks": (
        "clocks against a plain model, 2,000 runs × 50 steps",
        ["keji/clocks", "keji/kernel/calendar.py"],
        lambda: machine("tests/clocks/test_clocks_machine.py"),
    ),
    "Tasks": (
        "tasks against a plain model, 2,000 runs × 50 steps",
        ["keji/agenda/rules", "keji/notices/rules/inbox.py"],
        lambda: machine("tests/agenda/test_tasks_machine.py"),
    ),
    "R-13 notices sqlite": ("1,000 customers handed over, by inbox, mail and robot, 50 kills", NOTICES, lambda: notices(False)),
    "R-13 notices postgresql": ("1,000 customers handed over, by inbox, mail and robot, 50 kills", NOTICES, lambda: notices(True)),
    "R-10": ("schemathesis, all checks and stateful links, as each role", ["keji/api", "keji/records", "keji/access"], fuzzed),
    "R-09": ("10,000 hostile files", ["keji/kernel/tables"], hostile),
    "R-09 cells": (
        "1,000,000 malformed cells through check and enter, each told with row and column",
        ["keji/intake", "keji/kernel", "keji/customers/rules/many.py", "keji/customers/rules/checks.py"],
        lambda: cells(False),
    ),
    "R-04 sqlite": ("a backup under 8 writers", CUSTODY, lambda: custody("under_writers()", False)),
    "R-04 postgresql": ("a backup under 8 writers", CUSTODY, lambda: custody("under_writers()", True)),
    "R-05 sqlite": ("restore drill, 20,000 customers", CUSTODY, lambda: custody("drill()", False)),
    "R-05 postgresql": ("restore drill, 20,000 customers", CUSTODY, lambda: custody("drill()", True)),
    "R-06": ("1,000 damaged backups", CUSTODY, lambda: custody("damaged(1000)", False)),
    "Hypothesis": ("2,000 examples a property", ["keji/kernel"], deep),
    "Search sqlite": (
        "1,000,000 rows",
        ["keji/database/search.py", "keji/database/words.py"],
        lambda: database("search(1_000_000)", False),
    ),
    "Search postgresql": (
        "1,000,000 rows",
        ["keji/database/search.py", "keji/database/words.py"],
        lambda: database("search(1_000_000)", True),
    ),
}


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def known() -> dict[str, Any]:
    return json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else {}


def stale() -> None:
    """Print the lines that are missing or older than the code they name."""
    told = known()
    missing = [name for name in LINES if name not in told]
    old = [
        name
        for name, (_what, code, _run) in LINES.items()
        if name in told and git("log", "--oneline", f"{told[name]['commit']}..HEAD", "--", *code)
    ]
    print(f"proof: missing {', '.join(missing) or 'none'}; older than their code {', '.join(old) or 'none'}")


def main() -> None:
    if "--stale" in sys.argv:
        return stale()
    wanted = [name for name in LINES if not sys.argv[1:] or any(name.startswith(word) for word in sys.argv[1:])]
    for name in wanted:
        what, code, run = LINES[name]
        started = time.monotonic()
        counts = run()
        line = {
            "what": what,
            "commit": git("rev-parse", "--short", "HEAD"),
            "seed": SEED,
            "seconds": round(time.monotonic() - started),
            "counts": counts,
            "code": code,
        }
        TARGET.write_text(json.dumps(known() | {name: line}, ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(name, line["seconds"], "s", counts, flush=True)
    return None


if __name__ == "__main__":
    main()
