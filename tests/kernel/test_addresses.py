import pytest

from keji.kernel import addresses
from keji.kernel.errors import Invalid


@pytest.mark.req("R-001-10")
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("320505", "320505"),
        (320505.0, "320505"),
        ("江苏省苏州市虎丘区", "320505"),
        ("江苏/苏州/虎丘", "320505"),
        ("江苏 苏州市 虎丘区", "320505"),
        ("江苏省-苏州市-虎丘区", "320505"),
        ("江苏省苏州市工业园区", "320576"),
        ("北京市海淀区", "110108"),
        ("北京/市辖区/海淀区", "110108"),
        ("北京市北京市海淀区", "110108"),
        ("上海浦东新区", "310115"),
        ("重庆市/县/忠县", "500233"),
        ("广东东莞", "441900"),
        ("广东/东莞/东莞", "441900"),
        ("甘肃嘉峪关", "620201"),
        ("海南省琼海市", "469002"),
        ("新疆石河子", "659001"),
        ("内蒙古呼和浩特新城区", "150102"),
        ("延边州延吉市", "222401"),
        ("吉林市昌邑区", "220202"),
        ("吉林", "220000"),
        ("海南", "460000"),
        ("香港", "810000"),
    ],
)
def test_a_region_is_read_from_code_name_or_path(written, code):
    assert addresses.region(written).value == code


@pytest.mark.parametrize("written", ["999999", "火星", "朝阳区", "鼓楼区", "中山路", "1"])
def test_what_is_no_region_or_more_than_one_is_refused(written):
    with pytest.raises(Invalid) as refusal:
        addresses.region(written)

    assert refusal.value.code == "E_REGION"


def test_a_name_that_several_have_is_refused_with_one_of_them():
    with pytest.raises(Invalid) as refusal:
        addresses.region("朝阳区")

    assert (refusal.value.message, refusal.value.suggestion) == ("有 2 个“朝阳区”，请写明省和市。", "北京市朝阳区")


def test_a_rest_that_is_no_region_is_told():
    parsed = addresses.region("江苏省苏州市狮山街道")

    assert parsed.value == "320500"
    assert [(note.code, note.suggestion) for note in parsed.notes] == [("N_REGION_PARTIAL", "狮山街道")]


@pytest.mark.req("R-001-10")
@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("320505", True), ("320500", False), ("320000", False), ("441900", True), ("442000", True), ("460400", True),
        ("620201", True), ("620200", False), ("710000", True), ("810000", True), ("820000", True), ("999999", False), ("", False),
    ],
)  # fmt: skip
def test_an_address_needs_a_district_where_there_are_any(code, whole):
    assert addresses.complete(code) is whole


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("320505", "江苏省苏州市虎丘区"),
        ("110108", "北京市海淀区"),
        ("441900", "广东省东莞市"),
        ("620201", "甘肃省嘉峪关市"),
        ("469002", "海南省琼海市"),
        ("", ""),
        ("999999", ""),
    ],
)
def test_a_region_has_a_full_name(code, name):
    assert addresses.region_name(code) == name


def test_every_region_is_found_by_its_full_name():
    named = {code: addresses.region_name(code) for code in addresses.REGIONS}
    lost = {
        code: name for code, name in named.items() if addresses.region_name(str(addresses.region(name).value)) != name
    }

    assert lost == {}


def test_regions_are_listed_from_above():
    assert len(addresses.children("")) == 34
    assert [region.name for region in addresses.children("441900")] == ["东莞市"]
    assert "320505" in {region.code for region in addresses.children("320500")}
    assert addresses.children("320505") == []


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("江苏省苏州市虎丘区狮山路1号", ("320505", "狮山路1号")),
        ("江苏省苏州市狮山路1号", ("320500", "狮山路1号")),
        ("深圳南山科技园1号", ("440305", "科技园1号")),
        ("浙江省 杭州市 西湖区 文三路5号", ("330106", "文三路5号")),
        ("上海市南京西路100号", ("310000", "南京西路100号")),
        ("北京市长安街1号", ("110000", "长安街1号")),
        ("中山路100号", (None, "中山路100号")),
        ("北京东路5号", (None, "北京东路5号")),
        ("南京大学", (None, "南京大学")),
        ("", (None, "")),
    ],
)
def test_an_address_is_split_into_region_and_detail(written, parts):
    assert addresses.split(written) == parts


def test_a_region_said_over_and_over_does_not_hang():
    assert addresses.split("吉林" * 5000)[0] == "220000"


def test_the_detail_has_two_to_two_hundred_characters():
    assert addresses.detail("1号").value == "1号"
    for wrong in ("1", "长" * 201):
        with pytest.raises(Invalid) as refusal:
            addresses.detail(wrong)
        assert refusal.value.code == "E_LENGTH"


@pytest.mark.parametrize(
    ("cell", "code"), [(10085, "010085"), (30000.0, "030000"), ("100 085", "100085"), ("999077", "999077")]
)
def test_a_postal_code_gets_the_zero_back_that_a_spreadsheet_took(cell, code):
    assert addresses.postal_code(cell).value == code


def test_a_postal_code_of_no_province_is_doubted():
    assert [note.code for note in addresses.postal_code("990000").notes] == ["W_POSTAL_CODE"]
