"""R-01 from outside: clients enter customers by the form while the site is killed at any moment.

Each entry carries a token and is sent again until it is acknowledged. Afterwards every acknowledged customer must be
there once and whole. The checker asks the database by SQL of its own. Runs on SQLite in a folder of its own or, with
KEJI_DATABASE_URL, in a schema of its own of that PostgreSQL.
"""

import contextlib
import http.client
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from installation import KEJI, PASSWORD, ROOT, answers, environment, free_port  # noqa: E402

FAILURES = (OSError, http.client.HTTPException)
CHECKS = {
    "customers": "SELECT count(*) FROM customers_customer WHERE name LIKE '{0}%'",
    "names": "SELECT count(DISTINCT name) FROM customers_customer WHERE name LIKE '{0}%'",
    "contacts": "SELECT count(*) FROM customers_contact k JOIN customers_customer c ON c.id = k.customer_id WHERE c.name LIKE '{0}%'",
    "entries": "SELECT count(*) FROM access_entry e JOIN customers_customer c ON c.id = e.customer_id WHERE c.name LIKE '{0}%' AND e.action IN ('customers.create', 'contacts.create')",
    "kept": "SELECT count(*) FROM access_kept k JOIN access_entry e ON e.id = k.entry_id JOIN customers_customer c ON c.id = e.customer_id WHERE c.name LIKE '{0}%' AND e.action IN ('customers.create', 'contacts.create')",
}
FIRM = "击杀试验"


class Site:
    """`keji serve` as a process that is killed and started again."""

    def __init__(self, folder: Path):
        self.port, self.log = free_port(), folder / "log"
        self.around = environment(folder / "data", self.port)
        if url := self.around.get("KEJI_DATABASE_URL"):
            joined = "&" if "?" in url else "?"
            self.around["KEJI_DATABASE_URL"] = f"{url}{joined}schema=keji_killing_{secrets.token_hex(4)}"
        self.run("demo", "--customers", "5")
        self.start()

    def run(self, *words: str) -> str:
        return subprocess.run([*KEJI, *words], env=self.around, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([*KEJI, "serve"], env=self.around, cwd=ROOT, stdout=out, stderr=out)
        until = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{self.port}"):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.02)

    def kill(self, choice: random.Random) -> None:
        """Kill all of it, the web server, one of its processes, or the worker."""
        below = children(self.process.pid)
        victim = choice.choice([self.process.pid, self.process.pid, *below])
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if victim == self.process.pid:
            self.process.wait()
            while any(Path(f"/proc/{pid}").exists() for pid in below):
                time.sleep(0.005)
            self.start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(40)


def children(pid: int) -> list[int]:
    """The processes below one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


class Client:
    """A signed-in browser of few words."""

    def __init__(self, port: int):
        self.port, self.cookies = port, {}
        page = self.ask("GET", "/accounts/login/")[1]
        told = {"login": "lin", "password": PASSWORD, "csrfmiddlewaretoken": token(page)}
        status, _body = self.ask("POST", "/accounts/login/", told)
        if status != 302:
            raise RuntimeError(f"sign-in answered {status}")
        self.token = token(self.ask("GET", "/customers/new/")[1])

    def ask(self, method: str, path: str, told: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if told is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(told) if told is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _equals, rest = line.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return answer.status, text
        finally:
            connection.close()

    def enter(self, name: str, once: str) -> bool:
        """True once the customer's entry is acknowledged; False if nobody knows."""
        told = {"name": name, "customer_type": "ENTERPRISE", "contact.name": "李梅", "once": once}
        try:
            status, text = self.ask("POST", "/customers/new/", told | {"csrfmiddlewaretoken": self.token})
        except FAILURES:
            return False
        if status in (302, 503):
            return status == 302
        said = re.sub(r"<[^>]+>|\s+", " ", text)[:500]
        raise RuntimeError(f"the form answered {status}: {said}")


def token(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]


def enter_until(client: Client, number: int, stopped: threading.Event, done: list[str], wrong: list[BaseException]) -> None:
    """Enter one customer after another, each until it is acknowledged."""
    try:
        while not stopped.is_set():
            name, once = f"{FIRM}{number}{secrets.token_hex(10)}公司", secrets.token_urlsafe(16)  # unlike all others
            while not client.enter(name, once):
                time.sleep(0.01)
            done.append(name)
    except BaseException as error:  # told to the thread that started this one
        wrong.append(error)


def prove(rounds: int = 200, clients: int = 4, seed: int = 1) -> dict[str, int | str]:
    """What so many kills did: rounds, acknowledged, lost, doubled, halves, and what the database says of itself."""
    choice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="keji-killing-") as name:
        site = Site(Path(name))
        stopped, done, wrong = threading.Event(), [], []
        crowd = [
            threading.Thread(target=enter_until, args=(Client(site.port), number, stopped, done, wrong))
            for number in range(clients)
        ]
        for one in crowd:
            one.start()
        for _round in range(rounds):
            time.sleep(choice.uniform(0.1, 1.2))
            site.kill(choice)
            if wrong:
                break
        until = time.monotonic() + 30  # on a busy machine the site is long in coming back
        while len(done) < rounds and time.monotonic() < until and not wrong:
            time.sleep(0.05)
        stopped.set()
        for one in crowd:
            one.join(60)
        site.stop()
        if wrong:
            raise wrong[0]
        return {"rounds": rounds, "acknowledged": len(done)} | judge(site, done)


def judge(site: Site, done: list[str]) -> dict[str, int | str]:
    """Ask the database, by SQL of our own, what became of the acknowledged ones."""
    counts = {name: int(query(site, sql.format(FIRM))[0]) for name, sql in CHECKS.items()}
    there = set(query(site, f"SELECT name FROM customers_customer WHERE name LIKE '{FIRM}%'"))
    halves = sum(abs(counts[part] - times * counts["customers"]) for part, times in (("contacts", 1), ("entries", 2), ("kept", 2)))
    found = {"lost": len(set(done) - there), "doubled": counts["customers"] - counts["names"], "halves": halves}
    return found | ({"integrity": integrity(site)} if "KEJI_DATABASE_URL" not in site.around else {})


def query(site: Site, sql: str) -> list[str]:
    code = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        f"with connection.cursor() as cursor: cursor.execute({sql!r}); print(*(row[0] for row in cursor.fetchall()), sep='\\n')"
    )
    around = site.around | {"DJANGO_SETTINGS_MODULE": "keji.settings"}
    return subprocess.run([sys.executable, "-c", code], env=around, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()


def integrity(site: Site) -> str:
    return " ".join(query(site, "PRAGMA integrity_check") + query(site, "PRAGMA foreign_key_check"))
