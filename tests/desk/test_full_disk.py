"""R-07 within the process: SQLite is told that its disk has no more pages."""

from contextlib import contextmanager
from datetime import timedelta
from secrets import token_hex

import pytest
from django.db import connection
from django.test import Client

from keji.customers.models import Contact, Customer
from keji.kernel import clock

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's disk is its server's"),
]


@pytest.fixture
def lin(cast):
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.lin)
    browser.get("/account/")
    return browser


@contextmanager
def nearly_full_disk():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 40}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")


def enter(browser, place):
    return browser.post("/customers/new/", {"name": f"{place:02d}{token_hex(8)}公司", "remark": "说" * 2000, "contact.name": "李梅"})


@pytest.mark.proof("R-07")
def test_a_full_disk_is_said_clearly_loses_nothing_and_passes(lin):
    before = Customer.objects.count()
    with nearly_full_disk():
        answers = [enter(lin, place) for place in range(60)]
        refused = [answer for answer in answers if answer.status_code == 507]
        assert {answer.status_code for answer in answers} == {302, 507}
        assert "服务器磁盘已满" in refused[0].content.decode()
        assert lin.get("/customers/").status_code == 200

    entered = len(answers) - len(refused)
    assert Customer.objects.count() == before + entered
    assert Contact.objects.filter(name="李梅", customer__remark__startswith="说说").count() == entered
    assert enter(lin, 99).status_code == 302


def test_a_page_is_shown_though_its_session_cannot_be_kept(lin, monkeypatch):
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr("keji.access.sessions.now", lambda: later)
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import OperationalError

    def full(*args, **options):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(SessionStore, "save", full)

    assert lin.get("/customers/").status_code == 200
    assert lin.post("/customers/new/", {"name": "甲乙丙丁公司"}).status_code == 507
