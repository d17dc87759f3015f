import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def outside(settings):
    """A receiver on this machine, which the operator allows."""
    from receiving import receiver

    settings.INNER_HOSTS = frozenset({"127.0.0.1"})
    with receiver() as made:
        yield made


@pytest.fixture
def mail(settings):
    """A mail server on this machine, which the operator named."""
    from post_office import office

    with office() as made:
        settings.MAIL, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", made.port
        settings.EMAIL_USE_TLS, settings.MAIL_FROM = False, "客迹 <crm@example.com>"
        yield made


@pytest.fixture
def later(monkeypatch):
    """Let time pass: later(minutes=5)."""
    from datetime import timedelta

    from keji.kernel import clock
    from keji.notices.rules import (
        calling,
        channels,
        fanout,
        hooks,
        inbox,
        passing,
        reading,
        receivers,
        sending,
        writing,
    )

    passed = timedelta()
    real = clock.now

    def pass_by(**span):
        nonlocal passed
        passed += timedelta(**span)

    for module in (calling, channels, fanout, hooks, inbox, passing, reading, receivers, sending, writing):
        monkeypatch.setattr(module, "now", lambda: real() + passed)
    return pass_by


@pytest.fixture
def all_out():
    """Seal, fan out and send whatever is due, as the worker would."""
    from keji.access.rules.seals import seal
    from keji.notices import jobs
    from keji.queue.worker import work

    def run():
        seal()
        jobs.tell_others.call()
        return work(once=True)

    return run
