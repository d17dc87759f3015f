from datetime import date, datetime, time, timedelta

import pytest
from moments import local

from keji.kernel import calendar
from keji.kernel.calendar import Calendar


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2025-01-27", 1, "2025-02-05"), ("2025-01-27", 2, "2025-02-06"),
        ("2025-04-25", 1, "2025-04-27"), ("2025-04-25", 2, "2025-04-28"),
        ("2025-09-30", 1, "2025-10-09"), ("2025-09-30", 2, "2025-10-10"),
        ("2026-02-13", 1, "2026-02-14"), ("2026-02-13", 2, "2026-02-24"),
        ("2026-04-03", 1, "2026-04-07"), ("2026-04-03", 2, "2026-04-08"),
        ("2026-06-18", 1, "2026-06-22"),
        ("2026-09-18", 1, "2026-09-20"), ("2026-09-18", 2, "2026-09-21"),
        ("2026-09-30", 1, "2026-10-08"), ("2026-09-30", 2, "2026-10-09"),
        ("2026-10-03", 1, "2026-10-08"),
        ("2025-12-31", 1, "2026-01-04"),
        ("2026-05-08", 15, "2026-05-28"),
        ("2026-11-20", 15, "2026-12-11"),
    ],
)  # fmt: skip
def test_working_days_follow_the_notices(start, count, due):
    assert calendar.add_workdays(date.fromisoformat(start), count) == (date.fromisoformat(due), False)


@pytest.mark.parametrize(("start", "due"), [("2026-12-31", "2027-01-04"), ("2027-02-04", "2027-02-11")])
def test_what_rests_on_an_unannounced_year_is_provisional(start, due):
    assert calendar.add_workdays(date.fromisoformat(start), 1) == (date.fromisoformat(due), True)


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_each_year_has_248_working_days(year):
    days = [date(year, 1, 1) + timedelta(days=count) for count in range(365)]

    assert sum(map(calendar.is_workday, days)) == 248


def test_earlier_years_are_known_and_later_ones_have_weekends_only():
    assert not calendar.is_workday(date(2019, 10, 1)) and calendar.is_workday(date(2019, 10, 12))
    assert not calendar.is_provisional(date(2019, 10, 1))
    assert calendar.is_workday(date(2031, 10, 1)) and calendar.is_provisional(date(2031, 10, 1))


def test_the_calendar_can_be_another_one():
    closed = Calendar({date(2026, 5, 6): False}, frozenset({2026}))

    assert calendar.add_workdays(date(2026, 5, 5), 1, closed) == (date(2026, 5, 7), False)


def test_the_end_of_the_day_is_that_of_business_or_midnight():
    start = local("2026-11-20T16:00")

    assert calendar.due_at(start, 1) == (local("2026-11-23T18:00"), False)
    assert calendar.due_at(start, 1, closes=time(17, 30)) == (local("2026-11-23T17:30"), False)
    assert calendar.due_at(start, 1, end_of="DAY") == (local("2026-11-24T00:00"), False)


def test_the_starting_day_is_that_of_the_place():
    assert calendar.due_at(datetime.fromisoformat("2026-11-19T23:00+00:00"), 1).at == local("2026-11-23T18:00")


def test_hours_run_by_the_clock():
    assert calendar.due_after_hours(local("2026-11-20T16:00"), 24) == (local("2026-11-21T16:00"), False)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-20T16:00", 2, "2026-11-20T18:00"),
        ("2026-11-20T17:00", 2, "2026-11-23T10:00"),
        ("2026-11-21T12:00", 2, "2026-11-23T11:00"),
        ("2026-11-20T07:00", 9, "2026-11-20T18:00"),
        ("2026-11-20T20:00", 10, "2026-11-24T10:00"),
    ],
)
def test_working_hours_run_while_people_work(start, hours, due):
    assert calendar.due_after_hours(local(start), hours, working=True) == (local(due), False)
