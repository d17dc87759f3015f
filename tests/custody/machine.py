"""A machine: a data folder and a database of its own, with the `keji` command in a process of its own."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSING = {"cache", "django_session", "usersessions_usersession", "queue_heartbeat"}
CANARY = "CNRY-翀翃翊-custody"


@dataclass
class Machine:
    folder: Path
    url: str = ""

    @property
    def data(self):
        return self.folder / "data"

    @property
    def environment(self):
        known = {name: value for name, value in os.environ.items() if not name.startswith(("KEJI_", "DJANGO_"))}
        known |= {"KEJI_DATA": str(self.data), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/custody")])}
        return known | ({"KEJI_DATABASE_URL": self.url} if self.url else {})

    def keji(self, *words):
        return self.start("from keji.cli import main; main()", *map(str, words))

    def start(self, code, *words):
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)

    def python(self, code):
        """What a piece of Python in the installation prints as JSON."""
        done = self.start(f"import django, json; from keji import cli; cli.start()\n{code}")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])

    def backup(self, *words):
        done = self.keji("backup", "--json", *words)
        assert done.returncode == 0, done.stderr
        return Path(json.loads(done.stdout)["path"])

    @contextmanager
    def ask(self):
        """A connection of the checker's own, past the code under test."""
        if not self.url:
            import pysqlite3

            raw = pysqlite3.connect(self.data / "keji.db")
        else:
            import psycopg

            raw = psycopg.connect(self.url.partition("&schema=")[0])
            raw.execute(f"SET search_path TO {self.schema}")
            raw.execute("SET timezone TO 'UTC'")
        try:
            yield raw
        finally:
            raw.close()

    @property
    def schema(self):
        return self.url.rpartition("schema=")[2]

    def tables(self):
        lists = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_search%' AND name NOT LIKE 'sqlite_%'"
        if self.url:
            lists = f"SELECT tablename FROM pg_tables WHERE schemaname = '{self.schema}' AND tablename NOT LIKE '%_search'"
        with self.ask() as raw:
            return sorted(name for (name,) in raw.execute(lists).fetchall() if name not in PASSING)

    def rows(self):
        """Every row of every table, as text that does not depend on the order of the rows or of the keys in JSON."""
        found = {}
        with self.ask() as raw:
            for table in self.tables():
                cursor = raw.execute(f'SELECT * FROM "{table}"')
                names = [column[0] for column in cursor.description]
                found[table] = sorted(repr(sorted(zip(names, map(plain, row), strict=True))) for row in cursor.fetchall())
        return found

    def files(self, top="files"):
        return {
            str(path.relative_to(self.data)): sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.data / top).rglob("*"))
            if path.is_file()
        }

    def everything(self):
        """The data folder by name and content, to see that nothing was touched."""
        return {
            str(path.relative_to(self.folder)): sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(self.folder.rglob("*"))
            if not path.name.startswith("keji.db-") and path.name != "keji.db.gate"
        }


def plain(value):
    if isinstance(value, memoryview | bytes):
        return bytes(value)
    if isinstance(value, str) and value[:1] in ("{", "[", '"'):
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


@contextmanager
def machine(url=None):
    """An empty machine; on PostgreSQL, if its address is known or given, with a schema of its own."""
    url = os.environ.get("KEJI_DATABASE_URL", "") if url is None else url
    made = Machine(Path(tempfile.mkdtemp(prefix="keji-machine-")))
    if url:
        made.url = f"{url}{'&' if '?' in url else '?'}schema=custody_{secrets.token_hex(4)}"
    try:
        yield made
    finally:
        shutil.rmtree(made.folder, ignore_errors=True)
        if url:
            import psycopg

            with psycopg.connect(url, autocommit=True) as raw:
                raw.execute(f"DROP SCHEMA IF EXISTS {made.schema} CASCADE")


FURNISH = f'''
from datetime import datetime, timedelta, UTC
from django.conf import settings
from django.db.models import JSONField, Value
from keji.access.models import Person, Setting, Entry
from keji.access.rules.seals import seal
from keji.access.trail import note
from keji.customers.models import Customer
from keji.customers.rules.register import NUMBER
from keji.records.models import Export
from keji.demo import build
cli.migrate()
build(COUNT, 1)
lin = Person.objects.get(username="lin")
one, two, last = Customer.objects.order_by("pk")[0], Customer.objects.order_by("pk")[1], Customer.objects.order_by("-pk")[0]
Customer.objects.filter(pk=one.pk).update(
    remark="{CANARY}\\n第二行\\t\\"引号\\" \\\\ 😀", id_number_sealed=NUMBER.seal("320505198801011231", one.customer_no),
    id_number_index=NUMBER.index("320505198801011231"), created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    contract_amount="12345678.90")
Customer.objects.filter(pk=two.pk).update(deleted_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
for name, value in {{"odd": [None, True, 1, 1.5, 1e-7, "二", {{"b": 1, "a": None}}], "null": Value(None, JSONField()), "text": "[1, 2]"}}.items():
    Setting.objects.create(name=name, value=value)
folder = settings.FILES / "exports"
folder.mkdir(parents=True)
(folder / "one.xlsx").write_bytes(bytes(range(256)) * 40)
(settings.FILES / "空 file.txt").write_bytes(b"")
Export.objects.create(person=lin, record="customers", query="", format="xlsx", why="x", state="READY", file="one.xlsx",
    until=datetime.now(UTC) + timedelta(days=1))
gone = Customer.objects.create(customer_no="C-GONE", name="走了", owner=lin, changed_at=datetime.now(UTC))
highest = gone.pk
gone.delete()
note(None, "access.sign_in", why="{CANARY}")
seal()
print(json.dumps({{"highest": highest, "last": last.pk}}))
'''


def furnish(made, customers=30):
    """Put in people, customers, files, a sealed trail and values of every odd kind."""
    return made.python(FURNISH.replace("COUNT", str(customers)))
