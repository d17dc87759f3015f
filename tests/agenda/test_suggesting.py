"""The day that is suggested for the next follow-up."""

from datetime import date

import pytest

from keji.agenda.rules.suggesting import suggested
from keji.clocks.rules.limits import take_frequencies


@pytest.mark.req("R-003-36")
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
    take_frequencies(cast.shen, "WEEKLY_A")

    assert suggested("A", date(2026, 6, 1)) == date(2026, 6, 8)
