import pytest

from keji.kernel import phones
from keji.kernel.errors import Invalid


def refused(parser, raw, **options):
    with pytest.raises(Invalid) as refusal:
        parser(raw, **options)
    return refusal.value.code, refusal.value.suggestion


@pytest.mark.req("R-002-24")
@pytest.mark.parametrize(
    "written", ["138-0013-8000", "138/00138000", "138.0013.8000", "+86-13800138000", "138—0013—8000"]
)
def test_separators_in_a_mobile_are_refused_when_typed_and_removed_on_import(written):
    assert refused(phones.mobile, written) == ("E_SEPARATOR", "13800138000")

    parsed = phones.mobile(written, typed=False)
    assert (parsed.value, [note.code for note in parsed.notes]) == ("13800138000", ["N_NORMALISED"])


def test_the_refusal_says_what_to_write_instead():
    with pytest.raises(Invalid) as refusal:
        phones.mobile("138-0013-8001")

    assert refusal.value.message == "不要用“-”“/”等符号分隔，可改为 13800138001。"


@pytest.mark.req("R-002-24")
@pytest.mark.parametrize("between", ["/", ";", "、", ",", "，", " ", "或"])
def test_several_mobiles_are_refused_when_typed_and_split_on_import(between):
    written = f"13800138000{between}13900139000"
    assert refused(phones.mobile, written) == ("E_SEPARATOR", "13800138000")

    parsed = phones.mobile(written, typed=False)
    assert parsed.value == "13800138000"
    assert [(note.code, note.suggestion) for note in parsed.notes] == [("N_SPLIT", "13900139000")]


@pytest.mark.parametrize("cell", [13800138000, 13800138000.0, "8613800138000", "(+86)13800138000"])
def test_a_mobile_from_a_spreadsheet_is_read(cell):
    assert phones.mobile(cell, typed=False).value == "13800138000"


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("138****8000", ""),
        ("013800138000", "13800138000"),
        ("张总13800138000", "13800138000"),
        ("1440012345678", ""),
        (True, ""),
    ],
)
def test_other_things_are_no_mobile(written, suggestion):
    assert refused(phones.mobile, written, typed=False) == ("E_MOBILE", suggestion)


def test_satellite_numbers_are_known():
    assert phones.mobile("17401234567").notes == ()


@pytest.mark.parametrize(
    "written",
    [
        "(010)62345678-801",
        "010 6234 5678 转801",
        "01062345678 ext 801",
        "+86 10 62345678-801",
        "０１０－６２３４５６７８#801",
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_a_landline_is_brought_into_three_parts(written, typed):
    assert phones.landline(written, typed=typed).value == "010-62345678-801"
    assert phones.parts("010-62345678-801") == ("010", "62345678", "801")
    assert phones.parts("0313-2034567") == ("0313", "2034567", "")


def test_two_landlines_are_refused_when_typed_and_split_on_import():
    assert refused(phones.landline, "010-62345678/010-62345679") == ("E_SEPARATOR", "010-62345678")
    assert phones.landline("010-62345678;010-62345679", typed=False).notes[0].suggestion == "010-62345679"


@pytest.mark.parametrize("written", ["13800138000", "62345678"])
def test_a_landline_is_told_from_a_mobile_and_needs_its_area(written):
    assert refused(phones.landline, written)[0] == "E_LANDLINE"


def test_a_service_number_is_shown_in_groups():
    assert phones.service_number("4008208820").value == "400-820-8820"
    assert phones.office_phone("010-62345678").value == "010-62345678"


@pytest.mark.parametrize("written", ["+852 2123 4567", "0085221234567", "+852-2123-4567"])
def test_a_number_abroad_is_kept_as_e164(written):
    assert phones.intl_phone(written).value == "+85221234567"


@pytest.mark.parametrize("written", ["21234567", "+0123456789", "+12345", "+852 abc"])
def test_what_is_no_number_abroad_is_refused(written):
    assert refused(phones.intl_phone, written)[0] == "E_LANDLINE"


@pytest.mark.parametrize("parser", [phones.office_phone, phones.service_number, phones.mobile])
def test_invisible_characters_in_a_number_are_refused_as_such(parser):
    assert refused(parser, "4008208820\u200b")[0] == "E_CHAR"
