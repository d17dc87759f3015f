from datetime import UTC, date, datetime

import pytest

from keji.kernel import clock, dates
from keji.kernel.errors import Invalid

TODAY = date(2026, 11, 24)


def refused(parser, raw, **options):
    with pytest.raises(Invalid) as refusal:
        parser(raw, today=TODAY, **options)
    return refusal.value.code, refusal.value.suggestion


@pytest.mark.req("R-000-42")
@pytest.mark.parametrize(
    "written",
    [
        "2023-10-15", "2023/10/15", "2023.10.15", "2023年10月15日", 45214, 45214.0, 45214.75, "2023-10-15 00:00:00",
        "2023-10-15T08:00:00", "２０２３－１０－１５", "20231015", 20231015, date(2023, 10, 15), datetime(2023, 10, 15, 23),
        "2023年10月15号", "2023/10/15 9:30",
    ],
)  # fmt: skip
@pytest.mark.parametrize("typed", [True, False])
def test_a_day_is_read_in_every_usual_form(written, typed):
    assert dates.day(written, today=TODAY, typed=typed).value == date(2023, 10, 15)


@pytest.mark.req("R-000-42")
def test_the_serial_number_of_a_spreadsheet_is_read_from_text_on_import_only():
    assert dates.day("45214", today=TODAY, typed=False).value == date(2023, 10, 15)
    assert refused(dates.day, "45214")[0] == "E_DATE"


@pytest.mark.req("R-000-42")
@pytest.mark.parametrize(
    "written",
    [
        "2023-13-01",
        "2026-02-29",
        "2023-00-10",
        "1899-12-31",
        "2201-01-01",
        "2023-10",
        "昨天的昨天",
        3.15,
        float("nan"),
        1e300,
        -5,
        True,
        "火星",
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_day_is_refused(written, typed):
    assert refused(dates.day, written, typed=typed)[0] == "E_DATE"


def test_a_year_of_two_digits_is_refused_with_the_day_that_is_meant():
    assert refused(dates.day, "23/10/15") == ("E_DATE", "2023-10-15")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("今天", "2026-11-24"),
        ("明天", "2026-11-25"),
        ("后天", "2026-11-26"),
        ("昨天", "2026-11-23"),
        ("周三", "2026-11-25"),
        ("周二", "2026-11-24"),
        ("周一", "2026-11-30"),
        ("本周一", "2026-11-23"),
        ("下周三", "2026-12-02"),
        ("下下周日", "2026-12-13"),
        ("上周五", "2026-11-20"),
        ("星期天", "2026-11-29"),
        ("3天后", "2026-11-27"),
        ("两周后", "2026-12-08"),
        ("3个月后", "2027-02-24"),
        ("一年前", "2025-11-24"),
        ("半年后", "2027-05-24"),
        ("月底", "2026-11-30"),
        ("下个月底", "2026-12-31"),
        ("下月15号", "2026-12-15"),
    ],
)
def test_words_are_understood_where_a_person_types_them(written, day):
    assert str(dates.day(written, today=TODAY).value) == day
    assert refused(dates.day, written, typed=False)[0] == "E_DATE"


@pytest.mark.parametrize(
    ("written", "day"),
    [("3.15", "2027-03-15"), ("3月15日", "2027-03-15"), ("10-15", "2026-10-15"), ("6.1", "2026-06-01")],
)
def test_a_day_without_a_year_is_the_nearest_one(written, day):
    assert str(dates.day(written, today=TODAY).value) == day


def test_the_end_of_a_month_stays_in_the_month():
    assert dates.day("1个月后", today=date(2027, 1, 31)).value == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2023-10-15 14:30", "2023-10-15 14:30:00"),
        ("2023-10-15T14:30", "2023-10-15 14:30:00"),
        ("2023/10/15 14:30:05", "2023-10-15 14:30:05"),
        ("2023-10-15", "2023-10-15 00:00:00"),
        ("明天下午3点半", "2026-11-25 15:30:00"),
        ("10月15日 9:05", "2026-10-15 09:05:00"),
        (45214.5, "2023-10-15 12:00:00"),
        ("2023-10-15T06:30:00+00:00", "2023-10-15 14:30:00"),
        (datetime(2023, 10, 15, 6, 30, tzinfo=UTC), "2023-10-15 14:30:00"),
        (datetime(2023, 10, 15, 14, 30), "2023-10-15 14:30:00"),
    ],
)
def test_a_moment_is_read_as_it_is_where_people_work(written, moment):
    found = dates.moment(written, today=TODAY).value

    assert f"{found.astimezone(clock.zone()):%Y-%m-%d %H:%M:%S}" == moment


def test_there_is_no_hour_25():
    assert refused(dates.moment, "2026-03-01 25:00")[0] == "E_DATE"


@pytest.mark.req("R-000-17")
def test_what_has_happened_does_not_lie_in_the_future():
    assert dates.not_future(TODAY, TODAY) == TODAY
    assert dates.not_future(None, TODAY) is None

    with pytest.raises(Invalid) as refusal:
        dates.not_future(date(2099, 1, 1), TODAY)
    assert refusal.value.code == "E_DATE_FUTURE"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DA-2026-07 有效期至2026-12-31", ("DA-2026-07", "2026-12-31")),
        ("DA-2026-07，有效期至：2026年12月31日", ("DA-2026-07", "2026年12月31日")),
        ("DA-2026-07", ("DA-2026-07", "")),
        ("", ("", "")),
    ],
)
def test_a_reference_may_say_until_when_it_is_valid(text, said):
    assert dates.valid_until(text) == said
