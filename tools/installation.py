"""A whole installation on a free port with demo data, for browser tests, pictures and proofs; gone afterwards."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEJI = [sys.executable, "-c", "from keji.cli import main; main()"]
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
PASSWORD = "keji-demo-2026"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, port: int) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("KEJI_", "DJANGO_"))}
    known |= {"KEJI_DATA": str(folder), "KEJI_PORT": str(port), "PYTHONPATH": str(ROOT)}
    if url := os.environ.get("KEJI_DATABASE_URL"):
        known["KEJI_DATABASE_URL"] = url
    return known


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def site(customers: int = 200, demo: bool = True) -> Iterator[tuple[str, str]]:
    """The address of a running site and what it printed at its start."""
    with tempfile.TemporaryDirectory(prefix="keji-site-") as name:
        folder, port = Path(name) / "data", free_port()
        around = environment(folder, port)
        if demo:
            command = [*KEJI, "demo", "--customers", str(customers)]
            subprocess.run(command, env=around, cwd=ROOT, check=True, capture_output=True)
        log = Path(name) / "log"
        with log.open("wb") as out:
            served = subprocess.Popen([*KEJI, "serve"], env=around, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        address = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + 60
            while not answers(address):
                if served.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text())
                time.sleep(0.1)
            yield address, log.read_text()
        finally:
            served.terminate()
            served.wait(30)
