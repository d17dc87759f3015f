import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


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
