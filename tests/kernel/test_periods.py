import pytest

from keji.kernel.errors import Invalid
from keji.kernel.periods import period


@pytest.mark.req("R-001-22")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1年", "1年"),
        ("合作期1年", "1年"),
        ("一年", "1年"),
        ("６ 个月", "6个月"),
        ("6月", "6个月"),
        ("3-6个月", "3-6个月"),
        ("半年", "6个月"),
        ("2个季度", "2季度"),
        ("长期", "长期"),
        ("", None),
    ],
)
def test_a_period_is_a_number_with_its_unit(written, meant):
    assert period(written).value == meant


@pytest.mark.parametrize("written", ["很久", "1", "0年", "6-3个月", "年", "1年半载"])
def test_what_is_no_period_is_refused(written):
    with pytest.raises(Invalid) as refusal:
        period(written)
    assert refusal.value.code == "E_PERIOD"
