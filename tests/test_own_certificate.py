"""keji serve with a certificate of its own: kept, made anew when it must be, and what is served by it."""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path

import pytest

from keji.kernel import certificates, clock

ROOT = Path(__file__).parents[1]
KEJI = [sys.executable, "-c", "from keji.cli import main; main()"]


def test_it_is_kept_for_its_owner_alone_and_for_one_host(tmp_path):
    first = certificates.own(tmp_path / "tls", "crm.lan")
    before, print_before = first.cert.read_bytes(), first.fingerprint

    assert certificates.own(tmp_path / "tls", "crm.lan").cert.read_bytes() == before
    assert [oct(path.stat().st_mode & 0o777) for path in (first.cert, first.key, tmp_path / "tls")] == ["0o600", "0o600", "0o700"]
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", print_before)
    assert certificates.own(tmp_path / "tls", "other.lan").fingerprint != print_before


@pytest.mark.parametrize("host", ["crm.lan", "192.168.1.10", "::1", "客迹.example"])
def test_its_name_is_the_host_and_it_signs_no_others(tmp_path, host):
    from cryptography import x509

    made = certificates.read(certificates.own(tmp_path, host).cert)
    assert made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value == x509.SubjectAlternativeName([certificates.name_of(host)])
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 397


@pytest.mark.parametrize("harm", ["ends soon", "no key", "other key", "broken", "empty"])
def test_what_does_not_serve_is_made_anew(tmp_path, monkeypatch, harm):
    kept = certificates.own(tmp_path, "crm.lan")
    before = kept.fingerprint
    if harm == "ends soon":
        later = clock.now() + timedelta(days=340)
        monkeypatch.setattr(certificates, "now", lambda: later)
    elif harm == "no key":
        kept.key.unlink()
    elif harm == "other key":
        kept.key.write_bytes(certificates.own(tmp_path / "other", "crm.lan").key.read_bytes())
    else:
        kept.cert.write_bytes(b"" if harm == "empty" else kept.cert.read_bytes()[:200])

    again = certificates.own(tmp_path, "crm.lan")
    assert again.fingerprint != before
    assert certificates.fits(again, "crm.lan")


def environment(folder, **told):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KEJI_")}
    return {**plain, "PYTHONPATH": str(ROOT), "KEJI_DATA": str(folder / "data"), **told}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"KEJI_CERTIFICATE": "own"}, "KEJI_BASE_URL=https"),
        ({"KEJI_CERTIFICATE": "/etc/x.pem", "KEJI_BASE_URL": "https://crm.lan"}, "只能是 own"),
        ({"KEJI_CERTIFICATE": "own", "KEJI_BASE_URL": "https://crm.lan", "KEJI_PROXY_HEADER": "HTTP_X_FORWARDED_PROTO"}, "KEJI_PROXY_HEADER"),
    ],
)
def test_settings_that_do_not_fit_are_said_in_one_line(tmp_path, told, why):
    ended = subprocess.run([*KEJI, "doctor"], env=environment(tmp_path, **told), capture_output=True, text=True, check=False)

    assert ended.returncode != 0
    assert why in ended.stderr and len(ended.stderr.splitlines()) == 1


@contextmanager
def served(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"KEJI_PORT": str(port), "KEJI_BASE_URL": f"https://localhost:{port}", "KEJI_CERTIFICATE": "own"}
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen([*KEJI, "serve", "--workers", "1"], env=environment(folder, **told), stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while "客迹已启动" not in (folder / "log").read_text():
                assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.1)
            yield port, (folder / "log").read_text()
        finally:
            process.terminate()
            process.wait(40)


def test_the_site_is_served_by_it_and_by_nothing_else(tmp_path):
    with served(tmp_path) as (port, log):
        cert = tmp_path / "data" / "tls" / "own.crt"
        trusting = ssl.create_default_context(cafile=cert)
        answer = urllib.request.urlopen(f"https://localhost:{port}/accounts/login/", context=trusting, timeout=20)

        assert answer.status == 200
        assert "__Host-csrf=" in answer.headers["Set-Cookie"] and "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"] is None
        assert f"客迹已启动：https://localhost:{port}（本机 https://127.0.0.1:{port}）" in log
        assert certificates.Certificate(cert, cert).fingerprint in log
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"https://localhost:{port}/", timeout=20)
        with pytest.raises((OSError, HTTPException)):  # plain text gets an alert of TLS and no answer
            urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=20)
        old = ssl.create_default_context(cafile=cert)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert urllib.request.urlopen(f"https://localhost:{port}/healthz", context=old, timeout=20).status == 200
