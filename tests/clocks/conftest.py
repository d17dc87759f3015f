import sys
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from clocks_times import local  # noqa: E402

from keji.kernel import clock  # noqa: E402


class Time:
    """The clock of a test, which stands still: time("2026-06-02 09:00") sets it, and so does a moment."""

    def __init__(self):
        self.moment = datetime.now(clock.UTC)

    def __call__(self, told):
        self.moment = local(told) if isinstance(told, str) else told
        return self.moment


@pytest.fixture
def time(monkeypatch):
    made = Time()

    class Still(datetime):
        @classmethod
        def now(cls, tz=None):
            return made.moment.astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Still)
    monkeypatch.setattr("django.utils.timezone.now", lambda: made.moment.astimezone(clock.UTC))
    return made


@pytest.fixture
def team(cast):
    """The cast with a head of department above both teams."""
    from keji.access.models import Person
    from keji.access.rules.people import add_person, add_team

    head_office = add_team(None, "总部")
    for team in (cast.east, cast.south):
        team.parent, team.path = head_office, f"{head_office.path}{team.pk}/"
        team.save()
    cast.head, _password = add_person(None, "luo", "罗刚", ["DEPT_HEAD"], head_office)
    for name in ("lin", "wang", "zhao", "shen", "head"):
        setattr(cast, name, Person.objects.select_related("team").get(pk=getattr(cast, name).pk))
    return cast
