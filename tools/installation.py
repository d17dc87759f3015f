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
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
KEJI = [sys.executable, "-c", "from keji.cli import main; main()"]
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
PASSWORD = "keji-demo-2026"
WIDE, PHONE = (1440, 900), (390, 844)


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


def come(browser: Any, address: str, known: dict[str, Any], username: str, where: str, *, size=WIDE, theme: str = "", begun=None) -> Any:
    """A page as somebody of the demo, or as nobody; `begun` is told of it before it opens.

    Who was here before is signed in still, by the cookies in `known`: an address may sign in 30 times a minute.
    """
    width, height = size
    around = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", storage_state=known.get(username))
    if theme:
        around.add_cookies([{"name": "theme", "value": theme, "url": address}])
    page = around.new_page()
    if begun:
        begun(page)
    page.goto(address + where)
    if username and "/accounts/login" in page.url:
        page.fill("[name=login]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        known[username] = around.storage_state()
        page.goto(address + where)
    return page


@contextmanager
def site(customers: int = 200, demo: bool = True) -> Iterator[tuple[str, Path]]:
    """The address of a running site and the file of what it prints."""
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
            yield address, log
        finally:
            served.terminate()
            served.wait(30)
