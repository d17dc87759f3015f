"""Which database: the SQLite file of the data folder, or the PostgreSQL of a URL."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA cache_size=-20000;"
    "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864; PRAGMA cell_size_check=ON;"
    "PRAGMA recursive_triggers=ON;"  # else REPLACE would delete without asking the triggers of append-only tables
)
TIMEOUTS = {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s"}
PLANNER = {
    "random_page_cost": "1.1",  # no head moves on the disks of today; at 4 the search index is passed by
    "max_parallel_workers_per_gather": "0",  # starting a worker costs more than what a page asks, and there are many pages at once
    "jit": "off",  # so does compiling a query
}
PASSED_ON = {"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "target_session_attrs"}
EXAMPLE = "postgresql://用户:密码@主机:5432/库名?schema=模式名"


def database(url: str | None, data: Path) -> dict[str, Any]:
    """The value of DATABASES["default"]; a URL that cannot be used raises ValueError with one line."""
    if not (url or "").strip():
        return sqlite(data / "keji.db")
    assert url is not None
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise ValueError(f"网址写法不对，须像 {EXAMPLE}") from error
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"须以 postgresql:// 开头，像 {EXAMPLE}；要用 SQLite 就不要设置它")
    return postgresql(parts.netloc, unquote(parts.path.lstrip("/")), parameters(parts.query))


def sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "keji.database.sqlite",
        "NAME": file,
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,  # with IMMEDIATE every GET would be a writer
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": PRAGMAS},
        # Without a name pytest-django takes every engine but Django's own for one with files, and puts them into the checkout.
        "TEST": {"NAME": str(file.parent / "test.db")},  # a file: in memory, threads share a cache that has no gate
    }


def postgresql(netloc: str, name: str, query: dict[str, str]) -> dict[str, Any]:
    login, _, hosts = netloc.rpartition("@")
    user, _, password = login.partition(":")
    if not name or "/" in name:
        raise ValueError(f"缺少库名，须像 {EXAMPLE}")
    host, port = addresses(query.pop("host", "") or hosts, query.pop("port", ""))
    options = {
        "target_session_attrs": "read-write",
        "connect_timeout": 3,
        "keepalives_idle": 30,
        "tcp_user_timeout": 10000,
        "application_name": "keji",
        "options": session(schema(query.pop("schema", "public"))),
        **safely(host, query),
    }
    return {
        "ENGINE": "keji.database.postgresql",
        "NAME": name,
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": host,
        "PORT": port,
        # Not the pool: a server thread has its own connection anyhow, and check-out with its test costs every request.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": options,
    }


def parameters(query: str) -> dict[str, str]:
    found = dict(parse_qsl(query, keep_blank_values=True))
    for name in found.keys() - PASSED_ON - {"schema", "host", "port"}:
        raise ValueError(f"不认识参数 {name}；可用的有 {'、'.join(sorted(PASSED_ON | {'schema', 'host', 'port'}))}")
    return found


def addresses(hosts: str, ports: str) -> tuple[str, str]:
    """Hosts and ports as libpq wants them, several separated by commas; a folder is a socket."""
    names, numbers = [], []
    for address in unquote(hosts).split(","):
        found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|/[^,:]*|[\w.-]*)(?::(\d{1,5}))?", address)
        if not found:
            raise ValueError(f"主机 {address!r} 写法不对，须像 db.example.com:5432")
        names.append(found[1].strip("[]"))
        numbers.append(found[2] or ports or "5432")
    for number in ",".join(numbers).split(","):
        if not number.isdigit() or not 1 <= int(number) <= 65535:
            raise ValueError(f"端口 {number!r} 须是 1 到 65535 的整数")
    return ",".join(names), ",".join(numbers)


def schema(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name) or name.startswith("pg_"):
        raise ValueError(f"schema={name} 不能使用：须是小写字母、数字、下划线，以字母开头，最长 63 个")
    return name


def session(schema: str) -> str:
    # Without public behind it: the tables of another installation there would be taken for ours.
    settings = {**TIMEOUTS, **PLANNER, "timezone": "UTC", "search_path": schema}
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def safely(host: str, query: dict[str, str]) -> dict[str, str]:
    """TLS with a checked certificate for every host that is not this machine, unless the URL says otherwise."""
    away = [name for name in host.split(",") if name not in {"", "localhost", "127.0.0.1", "::1"} and name[0] != "/"]
    if away and "sslmode" not in query:
        query = {"sslmode": "verify-full", **query}
    if query.get("sslmode") == "verify-full" and "sslrootcert" not in query:
        query = {**query, "sslrootcert": "system"}
    return query
