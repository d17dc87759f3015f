from pathlib import Path

import pytest

from keji.database.urls import database

DATA = Path("/data")


def test_without_a_url_it_is_the_sqlite_file_of_the_data_folder():
    for url in (None, "", "  "):
        made = database(url, DATA)

        assert (made["ENGINE"], made["NAME"]) == ("keji.database.sqlite", DATA / "keji.db")
        assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert made["ATOMIC_REQUESTS"] is False


def test_a_url_gives_login_host_schema_and_time_outs():
    made = database("postgresql://keji:p%40ss@db.example.com:5433/crm?schema=acme", DATA)

    known = {key: made[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert known == {
        "ENGINE": "keji.database.postgresql",
        "NAME": "crm",
        "USER": "keji",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "5433",
    }
    assert made["OPTIONS"]["options"] == (
        "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s"
        " -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c jit=off -c timezone=UTC -c search_path=acme"
    )


def test_a_far_host_is_spoken_to_over_checked_tls_unless_the_url_says_otherwise():
    def tls(url):
        return database(url, DATA)["OPTIONS"].get("sslmode")

    assert tls("postgres://u@db.example.com/crm") == "verify-full"
    assert tls("postgres://u@db.example.com/crm?sslmode=require") == "require"
    assert tls("postgres://u@127.0.0.1/crm") is None
    assert tls("postgres://u@/crm?host=/run/postgresql") is None
    assert tls("postgres://u@127.0.0.1,db2.example.com/crm") == "verify-full"


def test_several_hosts_stand_side_by_side():
    made = database("postgresql://u:p@pg1:5432,pg2/crm", DATA)

    assert (made["HOST"], made["PORT"]) == ("pg1,pg2", "5432,5432")
    assert made["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u@h/crm",
        "crm",
        "postgresql://u@h",
        "postgresql://u@h/a/b",
        "postgresql://u@h:99999/crm",
        "postgresql://u@h:x/crm",
        "postgresql://u@h/crm?schema=A;drop",
        "postgresql://u@h/crm?schema=pg_temp",
        "postgresql://u@h/crm?unknown=1",
        "postgresql://u@[::1/crm",
        "postgresql://u@h ost/crm",
    ],
)
def test_a_wrong_url_is_refused_in_one_chinese_line(url):
    with pytest.raises(ValueError) as refused:
        database(url, DATA)

    line = str(refused.value)
    assert "\n" not in line
    assert any("\u4e00" <= letter <= "\u9fff" for letter in line)
