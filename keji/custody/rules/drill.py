"""The rehearsal: a backup is restored in a place of its own, by the commands an operator would use, and looked through.

Of backups that only the holder of a key can open, the server rehearses one made anew the same way, keys and all, and
locked to a key that is made for it and goes with it. The place is a data folder and, on PostgreSQL, a schema of the same database; both are gone afterwards.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext

import keji
from keji.access.trail import SYSTEM, note
from keji.custody import locking
from keji.custody.errors import Unusable
from keji.custody.errors import later as _
from keji.custody.rules import shelf, taking
from keji.database.doctor import Fact
from keji.kernel.clock import now

DRILLED, DRILL_FAILED = "custody.drilled", "custody.drill_failed"
MONTHLY, AGAIN = timedelta(days=30), timedelta(hours=20)
LATE = timedelta(days=35)
LONGEST = 4 * 3600
KEJI = "from keji.cli import main; main()"
SCHEMA = "keji_drill_"
WHY = {
    "E_NO_BACKUP": _("还没有完好的备份"),
    "E_DAMAGED": _("备份文件已损坏"),
    "E_RESTORE": _("恢复没有成功"),
    "E_VERIFY": _("恢复后检查不通过"),
    "E_COUNTS": _("恢复后的行数或文件数与备份不同"),
    "E_TIME": _("超过 4 小时没有完成"),
    "E_ROOM": _("磁盘空间不够"),
    "E_PLACE": _("建不了临时的地方：数据库账号要有建模式的权限"),
}


def failed(code: str) -> Unusable:
    """What stops a rehearsal, in the words of its page."""
    return Unusable(code, WHY[code])


@dataclass(frozen=True)
class Drill:
    """How the last rehearsal went."""

    at: datetime
    name: str
    why: str
    rows: int
    files: int
    seconds: int

    @property
    def good(self) -> bool:
        return not self.why

    @property
    def late(self) -> bool:
        return now() - self.at > LATE

    @property
    def reason(self) -> str:
        return gettext(WHY[self.why]) if self.why in WHY else self.why


def file() -> Path:
    return shelf.place() / "drill.json"


def last() -> Drill | None:
    try:
        told = json.loads(file().read_text("utf-8"))
        return Drill(datetime.fromisoformat(told.pop("at")), **told)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def is_due() -> bool:
    """Once a month, and the next day after one that failed."""
    known = last()
    return known is None or now() - known.at > (MONTHLY if known.good else AGAIN)


def rehearse() -> Drill:
    """Restore the newest sound backup elsewhere and note how it went. Raises Unusable if one is under way."""
    began, name, told, why = time.monotonic(), "", {"rows": 0, "files": 0}, ""
    with taking.alone("drill", _("另一次演练正在进行")), taking.workplace("drill") as work:
        try:
            name, archive, words = chosen(work)
            told = restored(archive, words, work)
        except Unusable as error:
            why = error.code
        except subprocess.TimeoutExpired:
            why = "E_TIME"
        except OSError:
            why = "E_PLACE"
    found = Drill(now(), name, why, told["rows"], told["files"], round(time.monotonic() - began))
    keep(found)
    note(SYSTEM, DRILL_FAILED if why else DRILLED, why=f"{name} {why}".strip())
    return found


def chosen(work: Path) -> tuple[str, Path, list[str]]:
    """The newest sound backup, or, where that is locked, one locked now; and what the commands are told to open it."""
    newest = next(iter(shelf.sound()), None)
    if newest is None:
        raise failed("E_NO_BACKUP")
    taking.check_room(work)
    if not newest.locked:
        lay_keys(work / "data")
        return newest.name, newest.path, []
    archive, identity = work / "archive.keji.age", work / "identity"
    public, secret = locking.make_identity()
    identity.touch(mode=0o600)
    identity.write_text(f"{secret}\n")
    (work / "making").mkdir(mode=0o700)
    taking.write(work / "plain", work / "making", with_keys=True)
    taking.put(work / "plain", archive, locking.Lock(recipient=public))
    shutil.rmtree(work / "making")
    (work / "plain").unlink()
    return newest.name, archive, ["--identity", str(identity)]


def lay_keys(data: Path) -> None:
    """What an operator does first with an open backup, which holds no keys."""
    (data / "keys").mkdir(mode=0o700, parents=True)
    for key in ("fields", "index"):
        shutil.copyfile(settings.DATA / "keys" / key, data / "keys" / key)


def restored(archive: Path, words: list[str], work: Path) -> dict[str, int]:
    """Restore and check it there. Returns the counts, which have to be those of the archive."""
    with schema() as url:
        around = environment(work / "data", url)
        told = asked(around, "E_DAMAGED", "verify", "--json", str(archive), *words)
        done = asked(around, "E_RESTORE", "restore", "--json", str(archive), *words)
        asked(around, "E_VERIFY", "verify", "--json")
    if told["rows"] != done["rows"] or told["tables"] != done["tables"]:
        raise failed("E_COUNTS")
    return {"rows": done["rows"], "files": done["files"]}


def environment(data: Path, url: str) -> dict[str, str]:
    """That of this process without its settings: nothing of the rehearsal may reach the installation."""
    known = {name: text for name, text in os.environ.items() if not name.startswith(("KEJI_", "DJANGO_"))}
    known |= {"KEJI_DATA": str(data), "PYTHONPATH": str(Path(keji.__path__[0]).parent)}
    return known | ({"KEJI_DATABASE_URL": url} if url else {})


def asked(around: dict[str, str], code: str, *words: str) -> Any:
    """What the `keji` command says as JSON in a process of its own."""
    done = subprocess.run(  # noqa: S603 -- our own program, our own words
        [sys.executable, "-c", KEJI, *words], env=around, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    if done.returncode:
        raise failed(code)
    return json.loads(done.stdout.strip().splitlines()[-1])


@contextmanager
def schema() -> Iterator[str]:
    """The address of an empty schema beside that of the installation, and gone afterwards; nothing on SQLite."""
    if connection.vendor == "sqlite":
        yield ""
        return
    prefix = clear_place()
    name = prefix + token_hex(6)
    try:
        yield elsewhere(os.environ["KEJI_DATABASE_URL"], name)
    finally:
        drop(name)


def elsewhere(url: str, name: str) -> str:
    """The address of a database with another schema in it."""
    parts = urlsplit(url.strip())
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"schema": name}
    return parts._replace(query=urlencode(query)).geturl()


def clear_place() -> str:
    """Remove what a rehearsal of this installation left when it was killed. Returns how its schemas are called."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), has_database_privilege(current_database(), 'CREATE')")
        ((own, may_make),) = cursor.fetchall()
        prefix = f"{SCHEMA}{own[:30]}_"
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname::text, %s)", [prefix])
        left = [name for (name,) in cursor.fetchall() if re.fullmatch(f"{re.escape(prefix)}[0-9a-f]{{12}}", name)]
    if not may_make:
        raise failed("E_PLACE")
    for name in left:
        drop(name)
    return prefix


def drop(name: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(name)} CASCADE")


def keep(found: Drill) -> None:
    shelf.place().mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {name: getattr(found, name) for name in ("name", "why", "rows", "files", "seconds")}
    part = file().with_name(".drill.json.part")
    part.write_text(json.dumps({"at": found.at.isoformat(), **told}, ensure_ascii=False) + "\n", "utf-8")
    part.chmod(0o600)
    part.rename(file())


def fact() -> Fact:
    """What `keji doctor` says of the last rehearsal."""
    known = last()
    if known is None:
        return Fact(gettext("恢复演练"), gettext("还没有做过"))
    fine = known.good and not known.late
    advice = "" if fine else gettext("看“备份”页面上的原因，处理后在那里“现在演练”。")
    return Fact(gettext("恢复演练"), f"{known.at:%Y-%m-%d} {known.reason}".strip(), fine, advice)
