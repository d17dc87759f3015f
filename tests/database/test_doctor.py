from django.db import connection, connections

from keji.database import doctor
from keji.database.urls import database


def test_the_doctor_names_version_and_migrations(db):
    found = {fact.name: fact for fact in doctor.facts(doctor.pending())}

    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    assert found[name].ok
    assert found["待做的迁移"].value == "0"


def test_on_sqlite_the_settings_are_read_back_from_the_file(tmp_path, django_db_blocker, monkeypatch):
    connections.settings["file"] = connections.configure_settings({"default": {}, "file": database(None, tmp_path)})[
        "file"
    ]
    with django_db_blocker.unblock():
        file = connections["file"]
        monkeypatch.setattr(doctor, "connection", file)
        tmp_path.chmod(0o755)
        with file.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = NORMAL")
            found = {fact.name: (fact.value, fact.ok) for fact in doctor.sqlite(cursor)}
        file.close()
    del connections["file"], connections.settings["file"]

    assert (found["journal_mode"], found["mmap_size"]) == (("wal", True), ("0", True))
    assert found["synchronous"] == ("1", False)
    assert found[str(tmp_path)] == ("755", False)
    assert found[str(tmp_path / "keji.db")] == ("600", True)
    assert {"日志", "文件系统", "剩余空间"} <= found.keys()


def test_on_postgresql_the_time_outs_are_in_force(db):
    if connection.vendor != "postgresql":
        return
    found = {fact.name: fact.value for fact in doctor.facts(doctor.pending())}

    times = {name: found[name] for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")}
    assert times == {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s"}
