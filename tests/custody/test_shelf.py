"""The backups in the data folder: made by night and by hand, looked after, kept as long as is said, and shown."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse

from keji.access.models import Entry, Role
from keji.custody import archive, jobs, locking
from keji.custody.errors import Unusable
from keji.custody.rules import shelf, tables, taking
from keji.kernel.errors import NotThere, Refused
from keji.queue import jobs as queued

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _data(settings, tmp_path):
    settings.DATA, settings.FILES, settings.FILE_UPLOAD_TEMP_DIR = tmp_path, tmp_path / "files", tmp_path / "temp"
    for folder in ("files", "temp", "keys"):
        (tmp_path / folder).mkdir()
    (tmp_path / "keys" / "fields").write_text("ab" * 32)
    (tmp_path / "files" / "one").write_bytes(b"one")


def aged(hours, name="keji-20261101-020000", suffix=".keji"):
    """A backup made so long ago, as it lies on the shelf."""
    made = taking.take()
    path = shelf.place() / made["file"]
    kept = path.rename(path.with_name(f"{name}{suffix}"))
    shelf.beside(path).rename(shelf.beside(kept))
    told = shelf.note_of(kept) | {"made_at": (datetime.now(UTC) - timedelta(hours=hours)).isoformat()}
    shelf.keep_note(kept, told)
    return shelf.named(name)


def test_seven_days_four_weeks_and_three_months_are_kept():
    nights = [AT - timedelta(days=day) for day in range(200)]

    kept = shelf.to_keep(nights, AT)

    assert [(AT - one).days for one in sorted(kept, reverse=True)] == [0, 1, 2, 3, 4, 5, 6, 10, 17, 25, 56]


@pytest.mark.req("R-000-48")
@pytest.mark.req("R-001-34")
def test_the_weekly_copies_are_those_of_sunday_at_two_and_the_monthly_those_of_the_last_day():
    """A year of nights: each night what is kept is pruned, as the job does, and the copies grow old as they should."""
    shanghai = ZoneInfo("Asia/Shanghai")
    kept: set[datetime] = set()
    for day in range(365):
        night = datetime(2026, 1, 1, 2, tzinfo=shanghai) + timedelta(days=day)
        kept = shelf.to_keep({*kept, night}, night)
        if day >= 100:
            weekly, monthly = sorted(shelf.weekly(kept)), sorted(shelf.monthly(kept))
            assert (len(weekly), len(monthly)) == (4, 3)
            assert {one.weekday() for one in weekly[:-1]} == {6}
            assert {(one + timedelta(days=1)).day for one in monthly[:-1]} == {1}
            assert weekly[-1] == monthly[-1] == night
            assert len(kept) <= 7 + 3 + 2


@pytest.mark.req("R-000-48")
def test_a_missed_week_raises_an_alarm_everywhere_after_eight_days(browse, cast, monkeypatch):
    aged(0, "keji-20261101-020000")
    (backup,) = shelf.kept()
    said = "已有 8 天没有完好的备份"
    for days, alarmed in ((7.9, False), (8.1, True)):
        monkeypatch.setattr(shelf, "now", lambda at=backup.at + timedelta(days=days): at)
        home, page = (browse("gao").get(address).content.decode() for address in ("/people/", reverse("custody:backups")))
        assert (said in home, said in page, "超过 26 小时" in page) == (alarmed, alarmed, True)
        assert said not in browse("lin").get("/customers/").content.decode()
        assert (shelf.fact().ok, said in shelf.fact().advice) == (False, alarmed)


@pytest.mark.req("R-000-48")
def test_an_installation_that_never_made_a_backup_is_told_after_the_same_time(monkeypatch):
    began = shelf.began()
    for days, alarmed in ((1, False), (9, True)):
        monkeypatch.setattr(shelf, "now", lambda at=began + timedelta(days=days): at)
        assert bool(shelf.missed()) == alarmed


def test_nothing_of_the_last_day_goes():
    hours = [AT - timedelta(hours=hour) for hour in range(48)]

    assert set(hours[:24]) <= shelf.to_keep(hours, AT)
    assert len(shelf.to_keep(hours, AT)) < 28


def test_a_long_pause_costs_no_backup_of_before():
    assert shelf.to_keep([AT - timedelta(days=400)], AT) == {AT - timedelta(days=400)}


def test_the_nightly_job_makes_one_checks_all_and_removes_the_old(monkeypatch):
    monkeypatch.setattr(shelf, "DAILY", 2)
    for day in (3, 60, 61):
        aged(24 * day, f"keji-202609{day % 30 + 1:02d}-020000")
    rotten = aged(24 * 90, "keji-20260601-020000")
    rotten.path.write_bytes(rotten.path.read_bytes()[:-1])
    monkeypatch.setattr(shelf, "WEEKLY", 1)
    monkeypatch.setattr(shelf, "MONTHLY", 1)
    jobs.daily_backup.call()

    assert [((datetime.now(UTC) - one.at).days, one.state) for one in shelf.kept()] == [(0, "good"), (3, "good"), (90, "bad")]
    assert Entry.objects.filter(action="custody.backup").count() == 5
    assert [entry.why for entry in Entry.objects.filter(action="custody.backup_failed")] == ["E_DAMAGED keji-20260601-020000"]


@pytest.mark.req("R-000-48")
def test_a_failure_is_noted_and_the_job_fails(settings, monkeypatch):
    (settings.DATA / "backups").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        jobs.daily_backup.call()

    assert list(Entry.objects.values_list("action", "why")) == [("custody.backup_failed", "FileExistsError")]
    assert list((settings.DATA / "temp").iterdir()) == []


def test_rot_is_found_and_said():
    backup = aged(1)
    content = bytearray(backup.path.read_bytes())
    content[3000] ^= 4
    backup.path.write_bytes(content)

    assert shelf.check(backup) is False
    assert (shelf.named(backup.name).state, shelf.fact().ok) == ("bad", False)


def test_rot_in_a_locked_backup_is_found_without_its_key(settings):
    settings.BACKUP_RECIPIENT = locking.make_identity()[0]
    path = shelf.place() / taking.take()["file"]
    assert shelf.check(shelf.kept()[0]) is True
    content = bytearray(path.read_bytes())
    content[-9] ^= 4
    path.write_bytes(content)

    assert shelf.check(shelf.kept()[0]) is False


@pytest.mark.parametrize("by", ["recipient", "passphrase"])
def test_a_locked_backup_that_does_not_open_is_not_kept(monkeypatch, by):
    """The disk writes something else than it was given; the server has no key to find that out later."""
    lock = locking.Lock(recipient=locking.make_identity()[0]) if by == "recipient" else locking.Lock(passphrase="一句足够长的口令并不难")
    sound = shelf.place() / taking.take(lock=lock)["file"]
    sync = taking.os.fsync

    def careless(file):
        sync(file)
        for part in shelf.place().glob(".*.part"):
            raw = bytearray(part.read_bytes())
            raw[-40] ^= 1
            part.write_bytes(raw)

    monkeypatch.setattr(taking.os, "fsync", careless)
    with pytest.raises(Unusable) as refused:
        taking.take(lock=lock)
    assert refused.value.code == "E_KEY"
    assert [path.name for path in shelf.place().iterdir() if not path.name.endswith(".json")] == [sound.name]


def test_the_page_says_which_stand_for_a_week_and_a_month(browse):
    aged(1)
    page = browse("gao").get(reverse("custody:backups")).content.decode()

    assert ("每周" in page, "每月" in page) == (True, True)


def test_the_doctor_knows_how_old_the_newest_is():
    assert (shelf.fact().ok, shelf.fact().value) == (False, "没有")
    aged(25)
    assert (shelf.fact().ok, shelf.fact().value) == (True, "25 小时前")
    backup = aged(27, "keji-20261102-020000")
    shelf.named("keji-20261101-020000").path.unlink()
    assert (shelf.fact().ok, backup.late) == (False, True)


def test_two_backups_at_once_are_one():
    with taking.alone(), pytest.raises(Unusable) as refused:
        taking.take()
    assert refused.value.code == "E_RUNNING"


def test_what_a_kill_left_is_removed_by_the_next(settings):
    left = settings.FILE_UPLOAD_TEMP_DIR / "backup-killed"
    left.mkdir()
    (left / "copy.db").write_text("plain text")
    taking.take()

    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []


def test_a_table_nobody_knows_stops_the_backup():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stray (id integer)")
    with pytest.raises(Unusable) as refused:
        tables.check_complete(tables.tables())
    assert (refused.value.code, "stray" in str(refused.value)) == ("E_TABLE", True)


def test_a_link_in_the_files_is_not_followed(settings):
    (settings.FILES / "link").symlink_to("/etc/passwd")
    manifest = archive.inspect(shelf.place() / taking.take()["file"])

    assert {name for name in manifest["members"] if name.startswith("files/")} == {"files/one"}


def test_the_settings_in_a_backup_hold_no_password(monkeypatch):
    monkeypatch.setenv("KEJI_DATABASE_URL", "postgresql://keji:secret@db.example/keji")
    assert taking.environment()["KEJI_DATABASE_URL"] == "postgresql://…@db.example/keji"


def test_backups_are_for_their_owner_alone(settings):
    path = shelf.place() / taking.take()["file"]

    assert [oct(one.stat().st_mode & 0o777) for one in (path, shelf.beside(path), path.parent)] == ["0o600", "0o600", "0o700"]


def test_the_page_shows_what_is_there_and_red_what_is_late(browse):
    aged(30)
    page = browse("gao").get(reverse("custody:backups")).content.decode()

    assert ("超过 26 小时" in page, "keji-20261101-020000" in page, "完好" in page, "未加密" in page) == (True,) * 4
    assert "· 30 小时前 ·" in page
    aged(2, "keji-20261125-020000")
    assert "超过 26 小时" not in browse("gao").get(reverse("custody:backups")).content.decode()


def test_only_the_administrator_comes_near(browse):
    backup = aged(1)
    addresses = [reverse("custody:backups"), reverse("custody:fetch", args=[backup.name])]
    for who in ("lin", "wang", "chen", "shen"):
        assert [browse(who).get(address).status_code for address in addresses] == [403, 403]
        assert browse(who).post(reverse("custody:new")).status_code == 403
    assert not queued().filter(task__contains="custody").exists()


def test_the_button_makes_a_backup_in_the_background(browse, cast):
    assert browse("gao").post(reverse("custody:new")).status_code == 302
    assert [job.task.rpartition(".")[2] for job in queued()] == ["backup_now"]

    jobs.backup_now.call(cast.gao.pk)
    backup = shelf.kept()[0]
    assert browse("gao").post(reverse("custody:check", args=[backup.name])).status_code == 302
    jobs.check_backup.call(backup.name, cast.gao.pk)
    assert shelf.kept()[0].checked_at > backup.checked_at
    with pytest.raises(Refused):
        jobs.backup_now.call(cast.lin.pk)


def test_only_a_locked_backup_leaves_by_the_browser(browse, settings):
    plain = aged(1)
    settings.BACKUP_RECIPIENT = locking.make_identity()[0]
    locked = aged(1, "keji-20261103-020000", ".keji.age")
    client = browse("gao")

    assert client.get(reverse("custody:fetch", args=[plain.name])).status_code == 404
    answer = client.get(reverse("custody:fetch", args=[locked.name]))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert b"".join(answer.streaming_content) == locked.path.read_bytes()
    assert Entry.objects.filter(action="custody.backup_fetched", why=locked.path.name).count() == 1


@pytest.mark.attack("B-47")
def test_a_name_that_is_not_listed_is_not_there(browse, settings):
    settings.BACKUP_RECIPIENT = locking.make_identity()[0]
    backup = aged(1, suffix=".keji.age")
    secret = settings.DATA / "keys" / "fields"
    (shelf.place() / "keji-20260101-000000.keji.age").symlink_to(secret)
    client = browse("gao")
    names = (
        "../keys/fields", "..%2fkeys%2ffields", "%2e%2e/keys/fields", "..%252fkeys%252ffields", "/etc/passwd", "%2fetc%2fpasswd",
        "keji-20260101-000000", f"{backup.name}.json", f"{backup.name}.keji.age", f"{backup.name}%00", f"./{backup.name}/..", "..",
        "..\\keys\\fields", backup.name.upper(), "keji-99999999-999999",
    )  # fmt: skip
    for name in names:
        for address in (f"/backups/{name}/", f"/backups/{name}/check/"):
            for answer in (client.get(address), client.post(address)):
                assert answer.status_code in (400, 404, 405), address
                assert secret.read_bytes() not in answer.content
    with pytest.raises(NotThere):
        shelf.named("../keys/fields")
    answer = client.get(f"/backups/{backup.name}/")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, backup.path.read_bytes())


def test_a_crooked_note_beside_a_backup_breaks_nothing():
    backup = aged(1)
    for text in ("", "[]", "{", "null"):
        shelf.beside(backup.path).write_text(text)
        assert shelf.kept()[0].state == "unchecked"
    shelf.beside(backup.path).write_text(json.dumps({"bytes": 1}))
    assert shelf.kept()[0].state == "bad"


def test_old_installations_learn_that_their_administrators_keep_backups():
    from keji.access.models import Setting
    from keji.access.rules.roles import FIRST_DELIVERED, lay_out_roles

    Setting.objects.filter(name="delivered").update(value=list(FIRST_DELIVERED))
    Role.objects.filter(code="SYS_ADMIN").update(actions=["access.people"])
    lay_out_roles()

    assert "custody.backup" in Role.objects.get(code="SYS_ADMIN").actions


def test_the_command_makes_a_pair_of_keys_that_nobody_else_may_read(tmp_path, capsys):
    from keji.cli import make_identity

    make_identity(tmp_path / "identity", True)
    public = json.loads(capsys.readouterr().out)["recipient"]

    assert oct((tmp_path / "identity").stat().st_mode & 0o777) == "0o600"
    assert locking.RECIPIENT.fullmatch(public) and locking.identity_from(tmp_path / "identity")
    with pytest.raises(FileExistsError):
        make_identity(tmp_path / "identity", True)


