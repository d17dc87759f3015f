import pytest

from keji.kernel.masks import mask


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "13812341234", "138****1234"),
        ("phone", "010-62345678-801", "010-****5678"),
        ("phone", "400-820-8820", "400-****8820"),
        ("phone", "+85221234567", "+85****67"),
        ("phone", "95588", "****"),
        ("landline", "01062345678", "010****78"),
        ("mobile", "138", "****"),
        ("id_number", "E12345678", "E****78"),
        ("id_number", "A1", "****"),
        ("email", "nobody", "****"),
        ("name", "张", "*"),
        ("wechat", "abc123", "****"),
        ("address", "江苏省苏州市虎丘区阳光小区3栋", "江苏省苏州市虎丘区****"),
        ("address", "江苏省苏州市高新区狮山路1号", "江苏省苏州市高新区****"),
        ("address", "上海市阳光小区2号", "上海市****"),
        ("address", "火星基地", "****"),
        ("birthday", "1990-03-07", "1990-**-**"),
        ("ip", "10.1.2.3", "10.1.2.*"),
        ("bank_card", "6222", "****"),
        ("text", "任何内容", "****"),
        ("no such kind", "任何内容", "****"),
        ("mobile", None, ""),
        ("mobile", "", ""),
        ("mobile", 13812341234, "138****1234"),
    ],
)
def test_a_value_is_hidden_by_its_kind(kind, value, masked):
    assert mask(kind, value) == masked


@pytest.mark.req("R-001-06")
@pytest.mark.parametrize(
    ("name", "sex", "shown"),
    [("张三", "M", "*某先生"), ("张三", "F", "*某女士"), ("张三", "", "*某"), ("李四（男）", "", "*某先生")],
)
def test_a_person_is_shown_as_in_the_seeds(name, sex, shown):
    assert mask("seed_name", name, sex) == shown
