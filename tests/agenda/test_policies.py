"""How often each grade is followed up, and the day that is suggested."""

from datetime import date

import pytest

from keji.access.models import Entry
from keji.agenda.queries import Frequency, policies
from keji.agenda.rules.policies import PRESETS, preset_now, revise_policies, suggested, take_preset
from keji.kernel.errors import Refused, Unfit


@pytest.mark.req("R-003-36")
def test_an_installation_starts_with_the_frequencies_of_the_seed(cast):
    assert policies() == {
        "A": Frequency(1, "MONTH", "DEEP", ("PHONE", "VISIT", "PROPOSAL")),
        "B": Frequency(14, "DAY", "REGULAR", ("WECHAT", "EMAIL", "PRODUCT_INTRO")),
        "C": Frequency(1, "MONTH", "PUSH", ("SMS", "INFO_PUSH")),
    }
    assert preset_now() == "SEED_003"


@pytest.mark.parametrize(
    ("grade", "start", "then"),
    [
        ("A", date(2026, 6, 2), date(2026, 7, 2)),
        ("A", date(2026, 1, 31), date(2026, 2, 28)),  # a Saturday that makes up for a holiday
        ("B", date(2026, 6, 1), date(2026, 6, 15)),
        ("B", date(2026, 9, 17), date(2026, 9, 30)),  # the first of October and the days behind it are a holiday
        ("C", date(2026, 5, 7), date(2026, 6, 5)),  # a Sunday
        ("", date(2026, 6, 1), None),
    ],
)
def test_the_suggested_day_is_that_of_the_grade_or_the_working_day_before(db, grade, start, then):
    assert suggested(grade, start) == then


def test_the_other_set_has_a_weekly(cast):
    take_preset(cast.shen, "WEEKLY_A")

    assert (preset_now(), suggested("A", date(2026, 6, 1))) == ("WEEKLY_A", date(2026, 6, 8))
    with pytest.raises(Unfit):
        take_preset(cast.shen, "HOURLY")


def test_the_steward_alone_says_how_often(cast):
    told = {"A": {"every": 2, "unit": "WEEK", "kind": "DEEP", "methods": ["VISIT"]}, "X": {}}
    for person in (cast.lin, cast.wang, cast.gao):
        with pytest.raises(Refused):
            revise_policies(person, told)

    revise_policies(cast.shen, told)

    assert (policies()["A"], preset_now()) == (Frequency(2, "WEEK", "DEEP", ("VISIT",)), "")
    assert suggested("A", date(2026, 6, 1)) == date(2026, 6, 15)
    assert Entry.objects.filter(action="agenda.policies", who=cast.shen).count() == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"every": 0}, "E_RANGE"), ({"every": 13}, "E_RANGE"), ({"every": None}, "E_RANGE"), ({"unit": "HOUR"}, "E_CHOICE"), ({"kind": "X"}, "E_CHOICE"), ({"methods": ["FAX"]}, "E_CHOICE")],
)
def test_a_frequency_that_makes_no_sense_is_refused_as_a_whole(cast, wrong, code):
    fine = {"every": 1, "unit": "MONTH", "kind": "DEEP", "methods": ["VISIT"]}

    with pytest.raises(Unfit) as error:
        revise_policies(cast.shen, {"B": fine, "A": fine | wrong})

    assert [(one.field, one.code) for one in error.value.problems] == [("A", code)]
    assert policies() == PRESETS["SEED_003"]
