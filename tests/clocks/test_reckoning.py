"""Pure: when a limit ends, and when its warnings are given."""

from datetime import UTC, date, datetime, timedelta

import pytest
from moments import local

from keji.clocks.models import Limit
from keji.clocks.presets import DAILY, HOURLY, MONTHLY
from keji.clocks.rules import reckoning
from keji.kernel.calendar import Calendar, standard


@pytest.mark.parametrize(
    ("unit", "amount", "start", "due"),
    [
        ("HOURS", 24, "2026-06-02 09:00", "2026-06-03 09:00"),
        ("WORKHOURS", 2, "2026-06-18 17:00", "2026-06-22 10:00"),
        ("WORKHOURS", 24, "2026-11-20 16:00", "2026-11-25 13:00"),
        ("WORKDAYS", 1, "2026-06-18 15:00", "2026-06-22 18:00"),
        ("WORKDAYS", 1, "2026-06-19 15:00", "2026-06-22 18:00"),
        ("DAYS", 14, "2026-06-01 10:00", "2026-06-16 00:00"),
        ("MONTHS", 1, "2026-05-20 10:00", "2026-07-01 00:00"),
        ("MONTHS", 1, "2026-01-31 10:00", "2026-03-01 00:00"),
        ("MONTHS", 1, "2028-01-31 10:00", "2028-03-01 00:00"),
        ("MONTHS", 0, "2026-12-24 10:00", "2027-01-01 00:00"),
    ],
)
@pytest.mark.req("R-004-35")
def test_a_limit_ends_as_its_unit_counts(unit, amount, start, due):
    assert reckoning.due(unit, amount, local(start), standard()).at == local(due)


def test_a_limit_that_runs_into_an_unannounced_year_is_provisional():
    assert reckoning.due("WORKDAYS", 1, local("2026-12-31 10:00"), standard()) == (local("2027-01-04 18:00"), True)
    assert not reckoning.due("HOURS", 24, local("2026-12-31 10:00"), standard()).provisional


def turns(unit, amount, warns, start, extra=0):
    limit = Limit(unit=unit, amount=amount, warns=[list(one) for one in warns])
    start = local(start)
    end = reckoning.due(unit, amount + extra, start, standard()).at
    return [reckoning.turn(limit, place, start, end, extra, standard()) for place in range(len(warns))]


@pytest.mark.parametrize(
    ("unit", "amount", "warns", "start", "told"),
    [
        ("HOURS", 24, HOURLY, "2026-06-02 09:00", ["2026-06-03 04:12", "2026-06-03 09:00", "2026-06-04 09:00"]),
        # two hours of business from 17:00 on a Friday before the Dragon Boat days
        ("WORKHOURS", 2, HOURLY, "2026-06-18 17:00", ["2026-06-22 09:36", "2026-06-22 10:00", "2026-06-22 12:00"]),
        ("WORKDAYS", 2, HOURLY, "2026-06-23 10:00", ["2026-06-25 14:24", "2026-06-25 18:00", "2026-06-29 18:00"]),
        ("DAYS", 14, DAILY, "2026-06-01 10:00", ["2026-06-15 00:00", "2026-06-18 00:00", "2026-06-22 00:00"]),
        (
            "MONTHS",
            1,
            MONTHLY,
            "2026-05-20 10:00",
            ["2026-06-23 00:00", "2026-06-30 00:00", "2026-07-03 00:00", "2026-07-07 00:00"],
        ),
    ],
)
@pytest.mark.req("R-003-45")
def test_warnings_come_before_at_and_after_the_end(unit, amount, warns, start, told):
    assert turns(unit, amount, warns, start) == [local(one) for one in told]


def test_a_pause_of_business_hours_is_added_to_the_limit():
    since, until = local("2026-06-18 17:30"), local("2026-06-22 09:30")

    paused = reckoning.elapsed("WORKHOURS", since, until, standard())

    assert paused == 1.0
    start = local("2026-06-18 17:00")
    assert reckoning.due("WORKHOURS", 2 + paused, start, standard()).at == local("2026-06-22 11:00")


@pytest.mark.parametrize(
    ("unit", "since", "until", "found"),
    [
        ("HOURS", "2026-06-18 17:30", "2026-06-19 05:30", 12),
        ("WORKDAYS", "2026-06-18 17:30", "2026-06-23 05:30", 2),
        ("DAYS", "2026-06-18 23:30", "2026-06-23 00:30", 5),
        ("MONTHS", "2026-11-30 23:30", "2027-01-01 00:30", 2),
        ("HOURS", "2026-06-18 17:30", "2026-06-18 17:30", 0),
        ("WORKHOURS", "2026-06-18 17:30", "2026-06-18 09:00", 0),
    ],
)
def test_what_goes_by_is_counted_in_the_unit_of_the_limit(unit, since, until, found):
    assert reckoning.elapsed(unit, local(since), local(until), standard()) == found


def test_the_days_of_the_calendar_can_be_others():
    closed = Calendar({date(2026, 6, 22): False}, frozenset({2026}))

    assert reckoning.due("WORKDAYS", 1, local("2026-06-19 15:00"), closed).at == local("2026-06-23 18:00")


@pytest.mark.parametrize(
    ("months", "after", "until", "found"),
    [
        (1, "2026-05-31", "2026-07-31", ["2026-06-30", "2026-07-31"]),
        (1, "2026-05-30", "2026-06-29", ["2026-05-31"]),
        (3, "2026-01-15", "2026-12-31", ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]),
        (6, "2025-12-31", "2026-12-30", ["2026-06-30"]),
        (1, "2028-02-01", "2028-03-01", ["2028-02-29"]),
        (1, "2026-06-30", "2026-07-30", []),
    ],
)
@pytest.mark.req("R-000-47")
@pytest.mark.req("R-004-36")
@pytest.mark.req("R-002-27")
def test_the_turns_of_the_calendar_are_its_month_ends(months, after, until, found):
    days = reckoning.turns(months, date.fromisoformat(after), date.fromisoformat(until))

    assert [day.isoformat() for day in days] == found


@pytest.mark.req("R-001-33")
@pytest.mark.parametrize(("last", "lapsed"), [("2025-12-29", True), ("2025-12-30", False), ("2025-12-31", False)])
def test_six_months_without_contact_are_whole_calendar_months(last, lapsed):
    assert reckoning.lapsed(6, date.fromisoformat(last), date(2026, 6, 30)) is lapsed


def test_a_day_ends_where_the_next_begins():
    assert reckoning.due_day(local("2026-07-01 00:00")) == date(2026, 6, 30)
    assert reckoning.due_day(local("2026-07-01 00:00") + timedelta(seconds=1)) == date(2026, 7, 1)
    assert reckoning.due_day(datetime(2026, 6, 30, 16, tzinfo=UTC)) == date(2026, 6, 30)
