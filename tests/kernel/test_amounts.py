from decimal import Decimal

import pytest

from keji.kernel import money, numbers
from keji.kernel.errors import Invalid


def refused(parser, raw, **options):
    with pytest.raises(Invalid) as refusal:
        parser(raw, **options)
    return refusal.value.code


@pytest.mark.req("R-004-15")
@pytest.mark.req("R-004-16")
@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("10000", "10000.00"),
        ("10,000.00", "10000.00"),
        ("人民币:10000元", "10000.00"),
        ("人民币：１００００元整", "10000.00"),
        ("￥1,234.5", "1234.50"),
        ("30万", "300000.00"),
        ("1.5万元", "15000.00"),
        ("2亿", "200000000.00"),
        ("0.005", "0.01"),
        ("0.004", "0.00"),
        (0.1 + 0.2, "0.30"),
        (1.005, "1.01"),
        (10000, "10000.00"),
        (Decimal("2.345"), "2.35"),
        ("９９９９９９９９９９９９９９９９．９９", "9999999999999999.99"),
    ],
)
def test_an_amount_is_read_as_people_write_it(written, amount):
    parsed = money.amount(written)

    assert (str(parsed.value), str(money.amount(parsed.value).value)) == (amount, amount)


@pytest.mark.req("R-004-15")
@pytest.mark.parametrize(
    "written",
    [
        "一万元",
        "壹万",
        "-5",
        -5,
        "1e5",
        1e20,
        float("nan"),
        float("inf"),
        "10,00",
        "1,0000",
        "约",
        "人民币100美元",
        True,
        "10000/20000",
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_amount_is_refused(written, typed):
    assert refused(money.amount, written, typed=typed) == "E_AMOUNT"


@pytest.mark.req("R-004-16")
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("人民币:10000元", "CNY"),
        ("美元:100", "USD"),
        ("100 EUR", "EUR"),
        ("HK$5", "HKD"),
        ("500日元", "JPY"),
        ("100", ""),
    ],
)
def test_the_currency_is_read_and_another_than_the_yuan_is_told(written, code):
    assert money.currency(written) == code
    told = [note.suggestion for note in money.amount(written).notes if note.code == "N_CURRENCY"]
    assert told == ([code] if code not in {"", "CNY"} else [])


@pytest.mark.req("R-004-16")
@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("10000.00", "CNY", "人民币:10000元"),
        ("10000.50", "CNY", "人民币:10000.50元"),
        ("99.00", "USD", "美元:99"),
        ("1", "GBP", "GBP:1"),
    ],
)
def test_an_amount_is_shown_as_in_the_seeds(amount, currency, shown):
    assert money.seed_style(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("20-30万", 200000, 300000),
        ("20万-30万", 200000, 300000),
        ("200,000~300,000元", 200000, 300000),
        ("预算20至30万", 200000, 300000),
        ("5000-1万", 5000, 10000),
        ("5万以下", 0, 50000),
        ("20万以上", 200000, None),
        ("约30万", 300000, 300000),
    ],
)
def test_a_budget_is_two_amounts(written, low, high):
    assert money.amount_range(written).value == (low, high)


@pytest.mark.parametrize("written", ["30-20万", "不限", "20-", "-"])
def test_what_is_no_budget_is_refused(written):
    assert refused(money.amount_range, written) == "E_AMOUNT"


@pytest.mark.req("R-004-15")
@pytest.mark.req("R-004-62")
@pytest.mark.parametrize(
    ("written", "number"), [("100", 100), ("１００", 100), ("1,000", 1000), (100.0, 100), ("100.0", 100)]
)
def test_a_whole_number_is_read(written, number):
    assert numbers.whole(written).value == number


@pytest.mark.req("R-004-15")
@pytest.mark.parametrize("written", ["一百", "3.5", "-1", "1.2.3", True, float("nan"), "99999999999", "200-500"])
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_whole_number_is_refused(written, typed):
    assert refused(numbers.whole, written, typed=typed) == "E_NUMBER"


@pytest.mark.req("R-004-15")
@pytest.mark.parametrize(("written", "number"), [("1.5万", 15000), ("200人", 200), ("3年", 3)])
def test_units_are_refused_when_typed_and_read_on_import(written, number):
    with pytest.raises(Invalid) as refusal:
        numbers.whole(written)

    assert (refusal.value.code, refusal.value.suggestion) == ("E_NUMBER", str(number))
    assert numbers.whole(written, typed=False).value == number


@pytest.mark.parametrize(("written", "number"), [("2.345", "2.35"), ("-0.001", "0.00"), ("1,234.5", "1234.50")])
def test_a_decimal_is_rounded_half_up(written, number):
    assert str(numbers.decimal(written, least=-1).value) == number


def test_bounds_are_kept():
    assert refused(numbers.whole, "6", least=1, most=5) == "E_NUMBER"
    assert refused(numbers.decimal, "-1") == "E_NUMBER"


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("0", 0),
        ("17", 17),
        ("9" * 18, 10**18 - 1),
        *[(odd, None) for odd in ("²", "٣", "９", "9" * 19, "9" * 30, "-1", "+1", "1_0", " 1", "1\n", "", None, 7)],
    ],
)
def test_an_id_is_up_to_18_ascii_digits_and_nothing_else(told, meant):
    assert numbers.whole_id(told) == meant
