"""What browsers report of stopped scripts goes to the log: short, on one line, without what people wrote, a few a minute."""

import json
import logging

import pytest
from django.test import Client

from keji.desk.pages import reports

OLD = {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/x.js?q=1", "document-uri": "https://crm.example.com/customers/7/?q=%E6%98%9F", "script-sample": "secret words"}}
NEW = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "inline", "documentURL": "https://crm.example.com/deals/#x"}}]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(reports, "sieve", reports.Sieve(reports.MOST))


def send(told, kind="application/csp-report"):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Client(enforce_csrf_checks=True).post("/csp/", body, content_type=kind).status_code


def lines(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "keji.csp"]


@pytest.mark.django_db
def test_both_kinds_of_report_become_a_line(caplog):
    with caplog.at_level(logging.WARNING, "keji.csp"):
        assert (send(OLD), send(NEW, "application/reports+json")) == (204, 204)

    assert lines(caplog) == [
        "script-src-elem stopped https://evil.example/x.js on https://crm.example.com/customers/7/",
        "img-src stopped inline on https://crm.example.com/deals/",
    ]


BAD = [b"", b"{", b"[" * 5000, b"[1, null]", b'{"csp-report": []}', b'{"csp-report": {"blocked-uri": ["x"], "document-uri": 7}}', b'\xff\xfe', b'{"csp-report": {"blocked-uri": "http://[x"}}']


@pytest.mark.django_db
@pytest.mark.attack("B-35")
@pytest.mark.parametrize("body", BAD)
def test_what_is_no_report_breaks_nothing(caplog, body):
    assert send(body) == 204
    assert all(set(line) <= set(map(chr, range(32, 127))) for line in lines(caplog))


@pytest.mark.django_db
@pytest.mark.attack("B-35")
def test_line_ends_colours_and_length_do_not_reach_the_log(caplog):
    told = {"effective-directive": "x\r\n2026 ERROR forged\x1b[31m", "blocked-uri": "a" * 9000, "document-uri": "\u2028星"}
    with caplog.at_level(logging.WARNING, "keji.csp"):
        send({"csp-report": told})

    [line] = lines(caplog)
    assert len(line) < 400 and line.isprintable() and "\r" not in line


@pytest.mark.django_db
def test_of_many_reports_few_are_written_and_large_or_foreign_ones_none(caplog):
    with caplog.at_level(logging.WARNING, "keji.csp"):
        for _time in range(reports.MOST + 30):
            send(OLD)
        assert len(lines(caplog)) == reports.MOST

    reports.sieve = reports.Sieve(5)
    caplog.clear()
    assert (send({"csp-report": {"blocked-uri": "x" * 20_000}}), send(OLD, "text/plain")) == (204, 204)
    assert lines(caplog) == []


@pytest.mark.django_db
def test_pages_say_where_to_report(client):
    answer = client.get("/accounts/login/")

    assert "report-uri /csp/; report-to csp" in answer["Content-Security-Policy"]
    assert answer["Reporting-Endpoints"] == 'csp="/csp/"'
