import pytest

from keji.kernel import online
from keji.kernel.errors import Invalid


def refused(parser, raw, **options):
    with pytest.raises(Invalid) as refusal:
        parser(raw, **options)
    return refusal.value.code, refusal.value.suggestion


def test_the_domain_is_put_in_lower_case_and_the_name_left():
    assert online.email("Zhang.San@XingHai.COM").value == "Zhang.San@xinghai.com"


def test_a_chinese_domain_is_kept_in_punycode():
    assert online.email("a@公司.中国").value == "a@xn--55qx5d.xn--fiqs8s"


@pytest.mark.parametrize(
    "address", [".a@b.cn", "a.@b.cn", "a..b@c.cn", "@b.cn", f"{'a' * 65}@b.cn", f"a@{'b.' * 130}cn", "a@b.c1"]
)
def test_odd_addresses_are_refused(address):
    assert refused(online.email, address)[0] == "E_EMAIL"


@pytest.mark.req("R-002-24")
def test_two_addresses_are_refused_when_typed_and_split_on_import():
    assert refused(online.email, "a@b.cn;c@d.cn") == ("E_SEPARATOR", "a@b.cn")

    parsed = online.email("a@b.cn;c@d.cn", typed=False)
    assert parsed.value == "a@b.cn"
    assert [(note.code, note.suggestion) for note in parsed.notes] == [("N_SPLIT", "c@d.cn")]


@pytest.mark.req("R-002-40")
@pytest.mark.parametrize(("address", "private"), [("a@QQ.com", True), ("a@vip.163.com", True), ("a@sz.gov.cn", False)])
def test_private_providers_are_known(address, private):
    assert online.personal(online.email(address).value) is private


@pytest.mark.parametrize("number", ["13800138000", "12345678"])
def test_a_number_is_no_wechat_id(number):
    assert refused(online.wechat_id, number) == ("E_WECHAT", "")


@pytest.mark.req("R-002-41")
def test_a_wecom_id_has_up_to_64_signs():
    assert online.wecom_id("wm_A-1").value == "wm_A-1"
    assert refused(online.wecom_id, "a" * 65)[0] == "E_WECHAT"


@pytest.mark.parametrize(
    ("written", "number"), [("12345678", "12345678"), (12345678.0, "12345678"), (" 1234 5678 ", "12345678")]
)
def test_a_qq_number_is_read(written, number):
    assert online.qq(written).value == number


def test_more_than_a_qq_number_is_refused_when_typed_and_cut_on_import():
    assert refused(online.qq, "12345678@qq.com") == ("E_QQ", "12345678")
    assert refused(online.qq, "123-456-78") == ("E_SEPARATOR", "12345678")
    assert online.qq("QQ:12345678", typed=False).value == "12345678"
    assert online.qq("12345678/87654321", typed=False).notes[0].suggestion == "87654321"
    assert refused(online.qq, "01234")[0] == "E_QQ"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("www.XingHai.com", "https://www.xinghai.com"),
        ("http://a.cn:8080/x?y=1#z", "http://a.cn:8080/x?y=1#z"),
        ("公司.中国", "https://xn--55qx5d.xn--fiqs8s"),
    ],
)
def test_a_web_address_is_completed(written, address):
    assert online.url(written).value == address


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "ftp://a.cn",
        "https://u:p@a.cn",
        "a b.cn",
        "公司",
        "https://a.cn:99999",
        "http://[::1",
        "data://a.cn",
    ],
)
def test_what_is_no_web_address_is_refused(written):
    assert refused(online.url, written)[0] == "E_URL"
