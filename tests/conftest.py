"""The cast: one small company, the same in every test."""

import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

os.environ.setdefault("KEJI_DATA", tempfile.mkdtemp(prefix="keji-test-"))
os.environ.pop("KEJI_BASE_URL", None)


def pytest_configure():
    sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
    from messages import compile_if_older

    compile_if_older()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        from django.core.management import call_command

        from keji.desk.rules import prepare

        call_command("createcachetable", verbosity=0)
        prepare()


@pytest.fixture(autouse=True)
def _unit_of_work():
    from keji.access.house import fresh

    fresh()
    yield
    fresh()


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _static_from_source(settings):
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def browse(cast, client):
    """A browser in which one of the cast is signed in."""

    def browser(name):
        client.force_login(getattr(cast, name))
        return client

    return browser


@pytest.fixture
def files(settings, tmp_path) -> Path:
    settings.FILES = tmp_path / "files"
    return settings.FILES


class Cast:
    """lin owns, wang manages, zhao is a stranger of another team, chen serves and may little, shen keeps the data."""

    def __init__(self):
        from keji.access.rules.people import add_person, add_team
        from keji.customers.rules.register import register

        self.east, self.south = add_team(None, "华东"), add_team(None, "华南")

        def person(username, name, role, team):
            made, _password = add_person(None, username, name, [role], team)
            made.must_change = False
            made.save()
            return made

        self.lin = person("lin", "林晓", "SALES_REP", self.east)
        self.wang = person("wang", "王敏", "SALES_MANAGER", self.east)
        self.zhao = person("zhao", "赵强", "SALES_REP", self.south)
        self.chen = person("chen", "陈静", "CS_AGENT", self.south)
        self.shen = person("shen", "沈洁", "DATA_STEWARD", self.south)
        self.gao = person("gao", "高明", "SYS_ADMIN", None)
        self.acme = register(
            self.lin,
            {"name": "星海智能科技有限公司", "uscc": "91320594MA1ABCD2XK", "industry_code": "I65", "grade": "A"},
            {
                "name": "李梅",
                "title": "采购总监",
                "mobile": "13812345678",
                "email": "li.mei@xinghai-tech.com.cn",
                "decision_role": "DECISION_MAKER",
            },
        )
        self.other = register(
            self.zhao,
            {"name": "蓝田制造集团有限公司", "industry_code": "C34", "grade": "B"},
            {"name": "周伟", "mobile": "13987654321"},
        )


@pytest.fixture
def cast(db):
    return Cast()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """A test with transactions of its own empties the database: put back what every installation starts with."""
    if "transactional_db" in getattr(item, "fixturenames", ()):
        from pytest_django.plugin import blocking_manager_key

        from keji.access.house import fresh
        from keji.desk.rules import prepare

        with item.config.stash[blocking_manager_key].unblock():
            fresh()
            prepare()


class Time:
    """The clock of a test, which stands still: time("2026-06-02 09:00") sets it, and so does a moment."""

    def __init__(self):
        from keji.kernel import clock

        self.moment, self.zone = datetime.now(clock.UTC), clock.zone()

    def __call__(self, told):
        self.moment = datetime.fromisoformat(told).replace(tzinfo=self.zone) if isinstance(told, str) else told
        return self.moment


@pytest.fixture
def time(monkeypatch):
    from keji.kernel import clock

    made = Time()

    class Still(datetime):
        @classmethod
        def now(cls, tz=None):
            return made.moment.astimezone(tz)

        @classmethod
        def combine(cls, *told, **named):
            return datetime.combine(*told, **named)  # databases take no subclass

    monkeypatch.setattr(clock, "datetime", Still)
    monkeypatch.setattr("django.utils.timezone.now", lambda: made.moment.astimezone(clock.UTC))
    return made
