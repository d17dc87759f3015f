"""What was backed up comes back as it was, on a machine that had nothing."""

import json
import os

import pytest
from machine import CANARY, machine

SMOKE = """
from django.test import Client
from keji.access.models import Person
from keji.customers.models import Customer
from keji.customers.rules.register import NUMBER
client = Client(HTTP_HOST="localhost")
client.force_login(Person.objects.get(username="shen"))
one = Customer.objects.order_by("pk").first()
pages = [client.get(path).status_code for path in ("/account/", "/customers/", f"/customers/{one.pk}/", "/trail/")]
found = client.get("/customers/", {"q": one.name[:4]}).content.decode()
print(json.dumps({"pages": pages, "found": one.customer_no in found,
    "number": NUMBER.value(one.__dict__, "id_number")}))
"""


@pytest.fixture(scope="module")
def again(home, locked, identity):
    """The encrypted backup, restored by one command on an empty machine."""
    with machine() as made:
        done = made.keji("restore", locked, "--identity", identity[1], "--json")
        assert done.returncode == 0, done.stderr
        made.told = json.loads(done.stdout)
        yield made


@pytest.mark.proof("R-05")
def test_rows_files_and_keys_come_back_to_the_last_bit(home, again):
    before, after = home.rows(), again.rows()
    before["access_entry"] = [row for row in before["access_entry"] if "custody.backup" not in row]
    before["access_kept"] = [row for row in before["access_kept"] if row in after["access_kept"]]

    assert sum(map(len, after.values())) == again.told["rows"] > 300
    assert [name for name in before if before[name] != after[name] and name != "access_entry"] == []
    assert set(before["access_entry"]) <= set(after["access_entry"])
    assert home.files() == again.files()
    assert {"files/exports/one.xlsx", "files/空 file.txt"} < set(again.files())  # beside the scans of the demo
    assert home.files("keys") == again.files("keys")
    assert any(CANARY in row for row in after["customers_customer"])


@pytest.mark.proof("R-05")
def test_the_restored_installation_works_at_once(again):
    assert again.python(SMOKE) == {"pages": [200] * 4, "found": True, "number": "320505198801011231"}
    done = again.keji("verify")
    assert (done.returncode, "!" in done.stdout) == (0, False), done.stderr


def test_the_trail_still_only_grows_and_no_number_is_given_twice(home, again):
    tried = again.python(
        "from django.db import DatabaseError, transaction\n"
        "from keji.access.models import Entry, Person\n"
        "from keji.customers.models import Customer\n"
        "from keji.kernel.clock import now\n"
        "from keji.access.rules.seals import seal, first_bad\n"
        "def refused(work):\n"
        "    try:\n"
        "        with transaction.atomic(): work()\n"
        "    except DatabaseError: return True\n"
        "    return False\n"
        "told = [refused(lambda: Entry.objects.update(why='x')), refused(lambda: Entry.objects.all()._raw_delete('default'))]\n"
        "made = Customer.objects.create(customer_no='C-NEW', name='新', changed_at=now())\n"
        "sealed = seal()\n"
        "print(json.dumps(told + [made.pk, first_bad()]))"
    )

    assert tried == [True, True, home.told["highest"] + 1, ""]


def test_a_backup_of_one_database_restores_into_the_other_and_back(home, plain):
    if not home.url:
        pytest.skip("needs PostgreSQL beside SQLite")
    with machine(url="") as lite, machine() as back:
        assert lite.keji("restore", plain).returncode == 0
        assert lite.keji("verify").returncode == 0
        assert lite.python(SMOKE)["pages"] == [200] * 4
        assert back.keji("restore", lite.backup("--with-keys")).returncode == 0

        first, third = home.rows(), back.rows()
        assert [name for name in third if not set(third[name]) <= set(first[name]) and not name.startswith("access_")] == []
        assert third["customers_customer"] == first["customers_customer"]


def test_an_older_backup_is_restored_as_it_was_and_then_brought_forward(home, plain, empty, tmp_path):
    """As a version made it that had no follow-ups."""
    from remake import remade

    def older(manifest, members):
        manifest["migrations"] = [one for one in manifest["migrations"] if one[0] != "followups"]
        known = manifest["rows"]["django_migrations"]
        manifest["rows"]["django_migrations"] = [line for line in known if b'"followups"' not in line]
        for name in [name for name in manifest["tables"] if name.startswith("followups_")]:
            del manifest["tables"][name], manifest["rows"][name], members[f"tables/{name}.jsonl.gz"]

    done = empty.keji("restore", remade(plain, tmp_path / "old.keji", older))

    assert done.returncode == 0, done.stderr
    told = empty.python(
        "from django.db.migrations.recorder import MigrationRecorder as R\nfrom keji.followups.models import Followup\n"
        "print(json.dumps([R.Migration.objects.filter(app='followups').count() > 0, Followup.objects.count()]))"
    )
    assert told == [True, 0]
    assert empty.rows()["customers_customer"] == home.rows()["customers_customer"]


def test_a_passphrase_opens_what_it_locked(home, empty, tmp_path):
    phrase = tmp_path / "phrase"
    phrase.write_text("一句 很长 的 口令 2026\n", "utf-8")
    made = home.backup("--passphrase-file", phrase, "--to", tmp_path / "out")

    assert made.name.endswith(".keji.age")
    assert empty.keji("restore", made, "--passphrase-file", phrase).returncode == 0
    assert empty.rows()["customers_customer"] == home.rows()["customers_customer"]
    assert oct(made.stat().st_mode & 0o777) == "0o600"


def test_a_plain_backup_holds_no_keys_and_wants_the_old_ones(home, empty, tmp_path):
    made = home.backup("--to", tmp_path)
    refused = empty.keji("restore", made)
    assert (refused.returncode, "不含密钥" in refused.stderr) == (1, True)

    (empty.data / "keys").mkdir(parents=True)
    for name in ("fields", "index"):
        (empty.data / "keys" / name).write_bytes((home.data / "keys" / name).read_bytes())
    assert empty.keji("restore", made).returncode == 0
    assert empty.python(SMOKE)["number"] == "320505198801011231"


def test_without_the_keys_all_but_the_sealed_values_can_be_had(home, empty, tmp_path):
    made = home.backup("--to", tmp_path)

    assert empty.keji("restore", made, "--lost-keys").returncode == 0
    assert empty.rows()["customers_customer"] == home.rows()["customers_customer"]
    assert empty.files("keys") != home.files("keys")


@pytest.mark.proof("R-04")
def test_a_backup_under_writers_is_of_one_moment_and_disturbs_nobody():
    from custody_proof import under_writers

    told = under_writers(customers=200, writers=4, seconds=3)

    assert told["acknowledged"] > 20
    assert {name: told[name] for name in ("errors", "lost", "halves", "verified")} == {
        "errors": 0,
        "lost": 0,
        "halves": 0,
        "verified": 0,
    }
    assert os.environ.get("KEJI_DATABASE_URL", "") or told["backup_seconds"] < 60
