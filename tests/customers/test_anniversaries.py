from datetime import date

import pytest

from keji.customers import queries
from keji.customers.rules.anniversaries import forget, next_on, remember
from keji.kernel.errors import Refused, Unfit

BIRTHDAY = date(1988, 2, 29)


@pytest.mark.parametrize(
    ("day", "yearly", "today", "coming"),
    [
        (date(2020, 3, 15), True, date(2026, 3, 15), date(2026, 3, 15)),
        (date(2020, 3, 15), True, date(2026, 3, 16), date(2027, 3, 15)),
        (date(2026, 12, 31), True, date(2026, 11, 25), date(2026, 12, 31)),
        (BIRTHDAY, True, date(2026, 2, 28), date(2026, 2, 28)),
        (BIRTHDAY, True, date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 3, 15), False, date(2026, 3, 16), None),
        (date(2026, 3, 17), False, date(2026, 3, 16), date(2026, 3, 17)),
    ],
)
def test_a_day_comes_next(day, yearly, today, coming):
    assert next_on(day, yearly, today) == coming


def test_a_day_is_kept_once_and_told_in_the_history(cast):
    remember(cast.lin, cast.acme, " 生日 ", BIRTHDAY, yearly=True)
    kept = remember(cast.lin, cast.acme, "生日", BIRTHDAY, yearly=True)

    assert [(one.name, one.day) for one in queries.anniversaries(cast.acme)] == [("生日", BIRTHDAY)]
    assert queries.history(cast.acme)[0].kept.values == {"anniversaries": [[], ["生日 1988-02-29"]]}

    forget(cast.lin, cast.acme, kept.pk)

    assert queries.anniversaries(cast.acme) == []


@pytest.mark.req("R-001-28")
def test_how_many_days_before_one_is_told_is_said_and_may_change(cast, browse):
    there = f"/customers/{cast.acme.pk}/days/"
    told = {"name": "合同到期日", "day": "2027-03-31"}

    for days in ("45", "7"):
        browse("lin").post(there, told | {"remind_days": days})
        [kept] = queries.anniversaries(cast.acme)
        assert (kept.remind_days, kept.yearly) == (int(days), False)
    assert "提前 7 天提醒" in browse("lin").get(f"/customers/{cast.acme.pk}/").content.decode()

    for wrong in ("", "x", "-1", "366"):
        assert "请填 0 到 365" in browse("lin").post(there, told | {"remind_days": wrong}, follow=True).content.decode()
    assert queries.anniversaries(cast.acme)[0].remind_days == 7


def test_a_stranger_keeps_no_day(cast):
    with pytest.raises(Refused):
        remember(cast.zhao, cast.acme, "生日", BIRTHDAY, yearly=True)

    assert queries.anniversaries(cast.acme) == []


def test_no_more_than_twenty_days_and_none_without_a_name(cast):
    for place in range(20):
        remember(cast.lin, cast.acme, f"第{place}次", BIRTHDAY, yearly=True)

    for name in ("", "又一次"):
        with pytest.raises(Unfit):
            remember(cast.lin, cast.acme, name, BIRTHDAY, yearly=True)


def test_on_the_page_a_day_is_added_shown_and_dropped(cast, client):
    client.force_login(cast.lin)
    page = f"/customers/{cast.acme.pk}/"

    added = client.post(f"{page}days/", {"name": "公司成立日", "day": "2010年3月15日", "yearly": "on"}, follow=True)
    [day] = queries.anniversaries(cast.acme)
    wrong = client.post(f"{page}days/", {"name": "生日", "day": "昨天的昨天"}, follow=True)
    client.post(f"{page}days/{day.pk}/drop/")

    assert "公司成立日" in added.content.decode()
    assert "2010-03-15" in added.content.decode()
    assert 'class="toasted error"' in wrong.content.decode()
    assert queries.anniversaries(cast.acme) == []
