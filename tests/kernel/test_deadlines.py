"""The day that a promise names."""

from datetime import date

import pytest

from keji.kernel.deadlines import deadline

SAID = date(2024, 3, 18)  # a Monday


@pytest.mark.req("R-001-17")
@pytest.mark.req("R-003-42")
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3月25日前提供2套方案", date(2024, 3, 25)),
        ("6月9日前提供2套方案", date(2024, 6, 9)),
        ("需03-25前提供2套方案", date(2024, 3, 25)),
        ("10-12万的报价", None),
        ("编号 010-12-25 前", None),
        ("3/25 前给报价", date(2024, 3, 25)),
        ("2024-04-02 交样品", date(2024, 4, 2)),
        ("2024年4月2日前交样品", date(2024, 4, 2)),
        ("需下周提供报价", date(2024, 3, 29)),
        ("本周内发资料", date(2024, 3, 22)),
        ("下下周上门", date(2024, 4, 7)),  # a Sunday that makes up for a holiday
        ("下周三 15:00 演示", date(2024, 3, 27)),
        ("周五前回复", date(2024, 3, 22)),
        ("明天发合同", date(2024, 3, 19)),
        ("大后天之前", date(2024, 3, 21)),
        ("3天内答复", date(2024, 3, 21)),
        ("三个工作日内答复", date(2024, 3, 21)),
        ("两周后再谈", date(2024, 4, 1)),
        ("月底前签合同", date(2024, 3, 31)),
        ("下月初付款", date(2024, 4, 1)),
        ("年底前完成验收", date(2024, 12, 31)),
        ("明年底续约", date(2025, 12, 31)),
        ("提供2套方案", None),
        ("提供 3.5 万的报价", None),
        ("价格降到 10-12 万", None),
        ("5/6 月的账单", None),
        ("2月1日的报价作废", None),  # before it was said
        ("13月45日前", None),
        ("", None),
    ],
)
def test_a_promise_is_due_on_the_day_that_it_names(text, day):
    assert deadline(text, SAID) == day


def test_a_week_ends_with_its_last_working_day():
    assert deadline("下周发送案例方案", date(2026, 9, 17)) == date(2026, 9, 24)  # 25 to 27 September are a holiday
    assert deadline("本周内发资料", date(2026, 9, 13)) == date(2026, 9, 13)  # said on a Sunday


def test_the_first_day_of_several_counts():
    assert deadline("周三前给初稿，下周五前定稿", SAID) == date(2024, 3, 20)
