import pytest

from keji.kernel.sensitive import Hit, hits


@pytest.mark.req("R-000-19")
@pytest.mark.req("R-004-24")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("卡号 6222 0200 0000 0001 230", [("BANK_CARD", False)]),
        ("订单号6222020000000001231", []),
        ("订单号:6222020000000001230", []),
        ("密码:abc123", [("PASSWORD", False)]),
        ("登录口令为 hunter22", [("PASSWORD", False)]),
        ("Password = s3cret", [("PASSWORD", False)]),
        ("忘记密码请联系客服", []),
        ("bypass: valve", []),
        ("身份证110105199003071239", [("ID_CARD", False)]),
        ("身份证11010519491231002x", [("ID_CARD", False)]),
        ("编号110105199003071238", []),
        ("银行卡６２２２０２０００００００００１２３１", [("BANK_CARD", True)]),
        ("对公账号 6222020000000001230", []),
        ("信用代码 911100001000013421", []),
        ("CVV2: 123", [("CVV", False)]),
        ("安全码 0421", [("CVV", False)]),
        ("护照号 E12345678", [("PASSPORT", False)]),
        ("电话13800138000", [("MOBILE", True)]),
        ("13800138000、13900139000", [("MOBILE", True), ("MOBILE", True)]),
        ("客户患有糖尿病", [("HEALTH", True)]),
        ("客户是佛教徒", [("RELIGION", True)]),
        ("卡号6222020000000001230密码是123456", [("BANK_CARD", False), ("PASSWORD", False)]),
        ("", []),
    ],
)
def test_what_does_not_belong_into_a_remark_is_found(text, found):
    assert [(hit.kind, hit.weak) for hit in hits(text)] == found


def test_a_hit_tells_its_place():
    assert hits("备注:密码:abc123") == [Hit("PASSWORD", 3, 12)]


def test_the_soft_words_can_be_others():
    assert hits("客户患有糖尿病,喜欢喝茶", health=["喝茶"]) == [Hit("HEALTH", 10, 12, True)]


def test_a_long_text_is_searched_in_time_that_grows_with_it():
    assert hits("密码" * 50_000 + "1 " * 50_000) == []
