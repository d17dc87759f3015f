"""What is not a sound backup of ours, or has no empty place to go to, changes nothing."""

import tarfile

import pytest
from custody_proof import spoil
from machine import CANARY
from remake import remade, with_member

from keji.custody import archive, locking, placing
from keji.custody.errors import Unusable
from keji.custody.locking import Lock


@pytest.mark.proof("R-06")
@pytest.mark.attack("B-74")
def test_a_damaged_backup_is_refused_before_anything_is_touched(plain, locked, identity):
    told = spoil(plain, locked, locking.identity_from(identity[1]), 90)

    assert (told["refused"], told["taken"], told["left_behind"]) == (90, [], [])


@pytest.mark.attack("B-74")
def test_a_stolen_encrypted_backup_tells_nothing(home, plain, locked):
    with tarfile.open(plain) as tar:
        import gzip

        assert CANARY in gzip.decompress(tar.extractfile("tables/customers_customer.jsonl.gz").read()).decode()
    content = locked.read_bytes()
    key = (home.data / "keys" / "fields").read_text().strip()

    assert [word for word in (CANARY, key, "customers", "lin", "argon2") if word.encode() in content] == []
    assert list((home.data / "temp").iterdir()) == []
    assert CANARY.encode() not in (locked.parent / f"{locked.name}.json").read_bytes()


@pytest.mark.attack("B-74")
def test_a_wrong_key_gets_one_clear_line_and_leaves_an_empty_machine_empty(locked, empty, tmp_path):
    (tmp_path / "other").write_text(locking.make_identity()[1])
    done = empty.keji("restore", locked, "--identity", tmp_path / "other")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "keji: 没有恢复：密钥不对，或备份已损坏，没有改动任何东西\n"
    assert set(empty.everything()) == {"data", "data/temp"}


def member(name, kind=tarfile.REGTYPE, size=0, link="", **pax):
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname, made.pax_headers = kind, size, link, pax
    return made


HOSTILE = {
    "a way out": member("files/../../outside", size=4),
    "a way out at once": member("../outside", size=4),
    "a way out of the keys": member("keys/../outside", size=4),
    "an absolute path": member("/tmp/keji-outside", size=4),
    "an absolute path below files": member("files//tmp/outside", size=4),
    "another drive": member("files/C:\\outside", size=4),
    "a symbolic link": member("files/link", tarfile.SYMTYPE, link="/etc/passwd"),
    "a hard link": member("files/link", tarfile.LNKTYPE, link="keys/fields"),
    "a device": member("files/device", tarfile.CHRTYPE),
    "a pipe": member("files/pipe", tarfile.FIFOTYPE),
    "a folder": member("files/folder", tarfile.DIRTYPE),
    "a name twice": member("files/exports/one.xlsx", size=4),
    "a name twice in capitals": member("files/exports/ONE.xlsx", size=4),
    "a table nobody named": member("tables/more.jsonl.gz", size=4),
    "a file nobody named": member("files/more", size=4),
    "something else": member("keji.db", size=4),
    "a line in the name": member("files/a\nb", size=4),
    "hidden headers": member("files/more", size=4, comment="x"),
    "a key in a folder": member("keys/a/b", size=4),
}


@pytest.mark.attack("B-46")
@pytest.mark.parametrize("what", HOSTILE)
def test_an_archive_with_a_right_seal_and_a_hostile_member_is_refused(plain, tmp_path, what):
    made = with_member(plain, tmp_path / "hostile.keji", HOSTILE[what], b"evil"[: HOSTILE[what].size])
    data = tmp_path / "data"

    with pytest.raises(Unusable) as refused, placing.received(made, Lock(), data):
        pass
    assert refused.value.code in ("E_HOSTILE", "E_DAMAGED")
    assert [path.name for path in data.rglob("*")] == ["temp"]
    assert not (tmp_path / "outside").exists()


def test_the_same_tar_without_the_hostile_member_is_taken(plain, tmp_path):
    remade(plain, tmp_path / "same.keji", lambda manifest, members: None)

    assert archive.inspect(tmp_path / "same.keji")["tables"] == archive.inspect(plain)["tables"]


def test_a_backup_of_a_newer_version_is_told_from_a_damaged_one(plain, empty, tmp_path):
    newer = remade(plain, tmp_path / "format.keji", lambda manifest, _m: manifest.update(head={"format": 2}))
    with pytest.raises(Unusable) as refused:
        archive.inspect(newer)
    assert refused.value.code == "E_NEWER"

    later = remade(plain, tmp_path / "later.keji", lambda m, _m: m["migrations"].append(["customers", "9999_later"]))
    done = empty.keji("restore", later)
    assert (done.returncode, "请先升级客迹" in done.stderr) == (1, True)
    assert empty.tables() == [] if empty.url else True
    assert not (empty.data / "files").exists() and not list((empty.data / "keys").glob("fields.*"))


def test_only_an_empty_installation_takes_a_backup(home, plain):
    before = home.rows(), home.files(), home.files("keys")
    done = home.keji("restore", plain)

    assert (done.returncode, "只能恢复到空的" in done.stderr) == (1, True)
    assert (home.rows(), home.files(), home.files("keys")) == before


def test_other_keys_are_never_written_over(plain, empty):
    assert empty.keji("doctor").returncode == 1  # a first command makes keys
    before = empty.files("keys")
    done = empty.keji("restore", plain)

    assert (done.returncode, "已有别的密钥" in done.stderr) == (1, True)
    assert empty.files("keys") == before


def test_what_the_database_does_not_take_is_taken_back_whole(plain, empty, tmp_path):
    def twice(manifest, _members):
        manifest["rows"]["access_team"] += manifest["rows"]["access_team"][-1:]

    done = empty.keji("restore", remade(plain, tmp_path / "twice.keji", twice))

    assert (done.returncode, "已全部撤回" in done.stderr) == (1, True)
    assert empty.files() == {} and empty.files("keys") == {}
    assert {name for name, rows in empty.rows().items() if rows} == {"auth_permission", "django_content_type", "django_migrations"} - {
        name for name in ("auth_permission", "django_content_type") if not empty.rows()[name]
    }
    assert empty.keji("restore", plain).returncode == 0


def test_a_manifest_cannot_put_anything_into_sql(plain, empty, tmp_path):
    def sly(manifest, _members):
        manifest["tables"]["access_team"]["columns"][0][0] = 'id") SELECT 1; --'

    def strange(manifest, _members):
        manifest["tables"]["access_team"]["columns"][0][0] = "password"

    with pytest.raises(Unusable):
        archive.inspect(remade(plain, tmp_path / "sly.keji", sly))
    done = empty.keji("restore", remade(plain, tmp_path / "strange.keji", strange))
    assert (done.returncode, "access_team" in done.stderr) == (1, True)


def test_verify_names_the_first_bad_thing(home, plain, tmp_path):
    assert home.keji("verify", plain).returncode == 0
    content = bytearray(plain.read_bytes())
    content[5000] ^= 1
    (tmp_path / "bad.keji").write_bytes(content)
    done = home.keji("verify", tmp_path / "bad.keji")

    assert (done.returncode, done.stderr) == (1, "keji: 备份不完整或已损坏（SHA-256），没有改动任何东西\n")


def test_verify_finds_a_lost_file_and_a_changed_trail(plain, empty):
    assert empty.keji("restore", plain).returncode == 0
    (empty.data / "files" / "exports" / "one.xlsx").unlink()
    done = empty.keji("verify")
    assert (done.returncode, done.stderr) == (1, "keji: 文件：files/exports/one.xlsx\n")

    drop = "DROP TRIGGER access_entry_append_only_update" if not empty.url else "ALTER TABLE access_entry DISABLE TRIGGER USER"
    with empty.ask() as raw:
        raw.execute(drop)
        raw.execute("UPDATE access_entry SET why = 'changed' WHERE id = (SELECT min(id) FROM access_entry)")
        raw.commit()
    done = empty.keji("verify")
    assert (done.returncode, "操作记录：entry" in done.stderr) == (1, True)
