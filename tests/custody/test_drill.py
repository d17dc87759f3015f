"""The monthly rehearsal: restores for real, in a place of its own, finds what is wrong, and leaves nothing behind."""

import json

import pytest
from machine import machine

REHEARSE = """
from dataclasses import asdict
from keji.custody.rules import drill
found = drill.rehearse()
kept = drill.last()
fact = drill.fact()
print(json.dumps({**{n: getattr(found, n) for n in ("name", "why", "rows", "files")}, "kept": kept == found, "ok": fact.ok, "due": drill.is_due()}))
"""


def schemas(made):
    """Those of this installation, and of the other one that a test makes; more live in the same database."""
    if not made.url:
        return []
    with made.ask() as raw:
        names = [name for (name,) in raw.execute("SELECT nspname FROM pg_namespace").fetchall()]
    return [name for name in names if name.startswith((f"keji_drill_{made.schema[:30]}_", other(made)))]


def other(made):
    return f"keji_drill_other_{made.schema[-8:]}abcd"


def left_behind(made):
    return [path.name for path in (made.data / "temp").iterdir()] + schemas(made)


@pytest.fixture(scope="module")
def own():
    from machine import furnish

    with machine() as made:
        furnish(made)
        yield made


def test_without_a_backup_there_is_nothing_to_rehearse(own):
    told = own.python(REHEARSE)

    assert (told["why"], told["ok"], told["due"], told["kept"]) == ("E_NO_BACKUP", False, False, True)
    assert left_behind(own) == []


@pytest.mark.proof("R-05")
def test_the_newest_backup_is_restored_compared_and_removed_again(own):
    name = own.backup().name
    before = own.rows()
    told = own.python(REHEARSE)
    after = own.rows()

    assert (told["name"], told["why"], told["files"], told["ok"], told["due"]) == (name.removesuffix(".keji"), "", len(own.files()), True, False)
    assert told["rows"] > 300
    assert left_behind(own) == []
    assert [table for table in before if before[table] != after[table] and not table.startswith("access_")] == []
    assert any("custody.drilled" in row for row in after["access_entry"])


@pytest.mark.proof("R-05")
def test_a_locked_backup_is_rehearsed_by_one_locked_the_same_way_with_its_keys(own, identity):
    name = own.backup("--encrypt-to", identity[0]).name
    told = own.python(REHEARSE)

    assert (told["name"], told["why"], told["ok"]) == (name.removesuffix(".keji.age"), "", True)
    assert left_behind(own) == []


def test_a_rotten_backup_is_found(own):
    made = own.backup()
    raw = bytearray(made.read_bytes())
    raw[len(raw) // 2] ^= 1
    made.write_bytes(raw)
    told = own.python(REHEARSE)

    assert (told["why"], told["ok"]) == ("E_DAMAGED", False)
    assert left_behind(own) == []
    assert any("custody.drill_failed" in row for row in own.rows()["access_entry"])
    made.unlink()
    made.with_name(f"{made.name}.json").unlink()


def test_what_a_killed_rehearsal_left_is_removed_by_the_next(own):
    left = own.data / "temp" / "drill-left"
    left.mkdir()
    (left / "secret").write_text("x")
    if own.url:
        with own.ask() as raw:
            raw.execute(f'CREATE SCHEMA "keji_drill_{own.schema[:30]}_0123456789ab"')
            raw.execute(f'CREATE SCHEMA "{other(own)}"')  # of another installation in the same database
            raw.commit()
    own.backup()
    told = own.python(REHEARSE)

    assert told["ok"]
    assert left_behind(own) == ([other(own)] if own.url else [])
    if own.url:
        with own.ask() as raw:
            raw.execute(f'DROP SCHEMA "{other(own)}"')
            raw.commit()


def test_a_restored_installation_does_not_speak_to_others_by_itself(own, empty):
    own.python(
        "from keji.access.models import Person\nfrom keji.notices.rules.hooks import add_hook, try_out\n"
        "hook, _secret = add_hook(Person.objects.get(username='shen'), '机器人', 'https://1.1.1.1/', ['customers'])\n"
        "try_out(Person.objects.get(username='shen'), hook)\nprint(json.dumps(hook.pk))"
    )
    assert empty.keji("restore", own.backup("--with-keys")).returncode == 0

    told = empty.python(
        "from keji.notices.models import Hook, Outgoing\nfrom keji.notices.rules.hooks import secrets_of\n"
        "print(json.dumps([list(Hook.objects.values_list('off', flat=True)), list(Outgoing.objects.values_list('state', flat=True)),"
        " len(secrets_of(Hook.objects.get())[0])]))"
    )
    assert told == [["RESTORED"], ["PARKED"], 50]


@pytest.mark.django_db
def test_the_page_says_how_the_last_rehearsal_went(cast, client, settings, tmp_path):
    settings.DATA = tmp_path
    client.force_login(cast.gao)
    assert "还没有做过" in client.get("/backups/").content.decode()

    (tmp_path / "backups").mkdir()
    line = {"at": "2026-01-01T00:00:00+00:00", "name": "keji-1", "why": "", "rows": 7, "files": 2, "seconds": 3}
    file = tmp_path / "backups" / "drill.json"
    file.write_text(json.dumps(line))
    assert "太久了" in client.get("/backups/").content.decode()
    file.write_text(json.dumps(line | {"why": "E_VERIFY"}))
    page = client.get("/backups/").content.decode()
    assert "没有通过" in page and "恢复后检查不通过" in page
    file.write_text("{")
    assert "还没有做过" in client.get("/backups/").content.decode()

    assert client.post("/backups/drill/").status_code == 302
    client.force_login(cast.lin)
    assert client.post("/backups/drill/").status_code == 403
