"""Uploads against the served site: without a length, broken off, too large; the temporary folder is empty afterwards."""

import re
import socket
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

BOUNDARY = "x" * 30
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()


@pytest.fixture
def temporary(address):
    """Where this site keeps what is being uploaded, as its processes were told."""
    port = f"KEJI_PORT={urlsplit(address).port}".encode()
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            told = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if port in told:
            data = next(one for one in told if one.startswith(b"KEJI_DATA="))
            return Path(data.removeprefix(b"KEJI_DATA=").decode()) / "temp"
    raise LookupError(port)


def token(address):
    answer = urllib.request.urlopen(f"{address}/accounts/login/", timeout=20)
    return re.search(r"csrf=(\w+)", answer.headers["Set-Cookie"])[1]


def opened(address, length):
    """A connection on which an upload has begun; `length` None means in chunks."""
    site = urlsplit(address)
    line = socket.create_connection((site.hostname, site.port), timeout=30)
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    told = (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: {site.netloc}\r\nCookie: csrf={token(address)}\r\n{size}\r\n"
        f"Origin: {address}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    line.sendall(told.encode())
    return line


def status(line):
    return int(line.recv(4096).split(b" ")[1])


def settled(folder):
    """What is left in the folder, once the server has had time to notice."""
    until = time.monotonic() + 20
    while (left := list(folder.iterdir())) and time.monotonic() < until:
        time.sleep(0.2)
    return left


@pytest.mark.attack("B-49")
def test_uploads_that_are_broken_off_leave_nothing(address, temporary):
    for _time in range(60):
        with opened(address, 12_000_000) as line:
            line.sendall(HEAD + b"x" * 3_000_000)

    assert settled(temporary) == []
    assert urllib.request.urlopen(f"{address}/healthz", timeout=20).status == 200


@pytest.mark.attack("B-49")
def test_a_body_without_a_length_is_not_kept(address, temporary):
    with opened(address, None) as line:
        try:
            for _time in range(40):
                line.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
            line.sendall(b"0\r\n\r\n")
            answered = status(line)
        except (BrokenPipeError, ConnectionResetError):
            answered = 413

    assert answered in (400, 403, 411, 413)
    assert settled(temporary) == []


@pytest.mark.attack("B-49")
def test_a_body_that_says_it_is_too_large_is_answered_before_it_comes(address, temporary):
    with opened(address, 10_000_000_000) as line:
        line.sendall(HEAD)

        assert status(line) == 413
    assert settled(temporary) == []
