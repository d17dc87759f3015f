import fcntl
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import OperationalError, connections, transaction

from keji.database import Busy, plight
from keji.database.gate import Gate
from keji.database.sqlite.place import check_version, disk, prepare
from keji.database.urls import database

ROOT = Path(__file__).resolve().parents[2]
MOUNTS = "/dev/vda / ext4 rw 0 0\nserver:/crm /srv nfs4 rw 0 0\n//nas/my /srv/my\\040disk cifs rw 0 0\n/dev/vdb /srv/local xfs rw 0 0\n"


@pytest.fixture
def file(tmp_path, django_db_blocker):
    """A database in a file, as shipped, beside the one of the tests."""
    connections.settings["file"] = connections.configure_settings({"default": {}, "file": database(None, tmp_path)})[
        "file"
    ]
    with django_db_blocker.unblock():
        with connections["file"].cursor() as cursor:
            cursor.execute("CREATE TABLE t (id integer PRIMARY KEY, n integer)")
        yield connections["file"]
        connections["file"].close()
    del connections["file"], connections.settings["file"]


@pytest.fixture
def stranger(file):
    """Somebody of another process, who holds the gate."""
    other = os.open(f"{file.settings_dict['NAME']}.gate", os.O_RDWR)
    yield other
    os.close(other)


def held(stranger) -> bool:
    try:
        fcntl.flock(stranger, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(stranger, fcntl.LOCK_UN)
    return False


def test_the_settings_are_those_decided(file):
    def pragma(name):
        with file.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    names = ["journal_mode", "synchronous", "mmap_size", "cache_size", "temp_store", "journal_size_limit"]
    more = ["cell_size_check", "foreign_keys", "busy_timeout"]
    assert [pragma(name) for name in names + more] == ["wal", 2, 0, -20000, 2, 67108864, 1, 1, 20000]


def test_the_files_are_for_the_owner_alone(file, tmp_path):
    with transaction.atomic(using="file"), file.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (1, 1)")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("keji.db", "keji.db-wal", "keji.db-shm", "keji.db.gate"), 0o600)


def test_a_new_folder_is_made_for_the_owner_alone_and_an_open_file_is_closed(tmp_path):
    place = tmp_path / "new" / "keji.db"
    prepare(place)
    place.chmod(0o644)

    prepare(place)

    assert [stat.S_IMODE(path.stat().st_mode) for path in (place.parent, place)] == [0o700, 0o600]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data", "ext4"),
        ("/srv/crm", "nfs4"),
        ("/srv/my disk/crm", "cifs"),
        ("/srv/local/crm", "xfs"),
        ("/srvx", "ext4"),
    ],
)
def test_the_kind_of_disk_is_that_of_the_nearest_mount(path, kind):
    assert disk(Path(path), MOUNTS) == kind


def test_a_network_disk_is_refused_in_one_line():
    with pytest.raises(SystemExit) as refused:
        prepare(Path("/srv/crm/keji.db"), MOUNTS)

    assert str(refused.value).startswith("keji: /srv/crm 在网络盘（nfs4）上")


@pytest.mark.proof("R-26")
@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 50, 7), (3, 51, 2)])
def test_an_sqlite_with_the_wal_bug_is_refused_in_one_line(version):
    with pytest.raises(SystemExit) as refused:
        check_version(version)

    assert str(refused.value).startswith(f"keji: SQLite {'.'.join(map(str, version))} 可能损坏数据库")


def test_a_sound_sqlite_is_taken():
    check_version((3, 51, 3))
    check_version((3, 53, 4))


@pytest.mark.proof("R-26")
def test_the_program_stops_when_it_is_started_on_an_old_sqlite():
    # Whatever SQLite Python was built with poses as an old one.
    start = (
        "import sys, sqlite3, sqlite3.dbapi2 as old; old.sqlite_version_info = (3, 40, 1); sys.modules['pysqlite3'] = sqlite3;"
        "import keji, keji.database.sqlite.base; print('started')"
    )

    done = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("keji: SQLite 3.40.1 可能损坏数据库") and done.stderr.count("\n") == 1


def test_the_outermost_block_holds_the_gate_until_it_ends(file, stranger):
    with transaction.atomic(using="file"):
        with transaction.atomic(using="file"):
            assert held(stranger)
        assert held(stranger)
    assert not held(stranger)


def test_a_block_that_fails_lets_the_next_one_in(file, stranger):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="file"):
        assert held(stranger)
        raise ZeroDivisionError
    assert not held(stranger)


def test_an_inner_block_that_fails_keeps_the_gate_for_the_outer(file, stranger):
    with transaction.atomic(using="file"):
        with pytest.raises(ZeroDivisionError), transaction.atomic(using="file"):
            raise ZeroDivisionError
        assert held(stranger)
    assert not held(stranger)


def test_a_connection_closed_in_the_middle_lets_the_next_one_in(file, stranger):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="file"):
        file.close()
        assert not held(stranger)
        raise ZeroDivisionError


def test_who_waits_too_long_is_told_that_the_database_is_busy(file, stranger):
    fcntl.flock(stranger, fcntl.LOCK_EX)
    file.gate.patience = 0.05

    with pytest.raises(Busy) as single, file.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (1, 1)")
    with pytest.raises(Busy), transaction.atomic(using="file"):
        raise AssertionError("not reached")

    assert (plight(single.value), single.value.retry_after) == ("busy", 5)


def test_after_waiting_in_vain_the_next_try_succeeds(file, stranger):
    fcntl.flock(stranger, fcntl.LOCK_EX)
    file.gate.patience = 0.05
    with pytest.raises(Busy), transaction.atomic(using="file"):
        raise AssertionError("not reached")
    fcntl.flock(stranger, fcntl.LOCK_UN)

    with transaction.atomic(using="file"), file.cursor() as cursor:
        file.gate.patience = 20
        cursor.execute("INSERT INTO t VALUES (1, 1)")
    # The one who gave up may be handed the gate for a moment yet; it must not keep it.
    until = time.monotonic() + 5
    while held(stranger) and time.monotonic() < until:
        time.sleep(0.01)
    assert not held(stranger)


def test_reading_needs_no_gate(file, stranger):
    fcntl.flock(stranger, fcntl.LOCK_EX)
    file.gate.patience = 0

    with file.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_single_write_outside_a_block_goes_through_the_gate_and_leaves_it(file, stranger):
    with file.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (1, 1)")
        cursor.execute("WITH x AS (SELECT 2 AS n) INSERT INTO t SELECT n, n FROM x RETURNING id")
        assert cursor.fetchone() == (2,)
        cursor.executemany("INSERT INTO t VALUES (%s, 0)", [(3,), (4,)])

    assert not held(stranger)


def test_a_writer_who_passed_the_gate_by_makes_the_others_busy_not_wrong(file, tmp_path):
    import pysqlite3

    outside = pysqlite3.connect(tmp_path / "keji.db", isolation_level=None)
    outside.execute("BEGIN IMMEDIATE")
    with file.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 10")

    with pytest.raises(Busy), transaction.atomic(using="file"):
        raise AssertionError("not reached")
    outside.rollback()
    outside.close()


def test_threads_pass_one_after_the_other(tmp_path):
    inside, most = [0], [0]

    def pass_often():
        gate = Gate(str(tmp_path / "gate"))
        for _ in range(50):
            gate.enter()
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            gate.leave()

    threads = [threading.Thread(target=pass_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]


def test_a_database_in_memory_has_no_gate():
    gate = Gate(None)

    assert gate.enter() is False


def test_a_full_disk_is_told_from_a_busy_database():
    assert plight(OperationalError("database or disk is full")) == "full"
    assert plight(OperationalError("database is locked")) == "busy"
    assert plight(OperationalError("no such table: t")) == ""
    assert plight(ValueError("is locked")) == ""
