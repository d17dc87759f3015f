import opencc
import pytest

from keji.kernel import text
from keji.kernel.errors import Invalid, Note


def refused(parser, raw, **options):
    with pytest.raises(Invalid) as refusal:
        parser(raw, **options)
    return refusal.value.code, refusal.value.suggestion


def test_full_width_digits_and_letters_become_half_width_and_spaces_one():
    assert text.clean(" Ａ１２３　　北京  海淀 ").value == "A123 北京 海淀"


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200f", "\ufeff", "\u202e", "\x00", "\x07", "\t", "\n", "\ud800", "\u2060"]
)
def test_what_cannot_be_seen_is_refused_when_typed_and_removed_on_import(sign):
    assert refused(text.clean, f"公司{sign}名")[0] == "E_CHAR"

    parsed = text.clean(f"公司{sign}名", typed=False)
    assert parsed.value.replace(" ", "") == "公司名"
    assert [note.code for note in parsed.notes] == ["N_CHAR_REMOVED"]


def test_characters_outside_the_basic_plane_are_kept():
    assert text.person_name("王𬭚").value == "王𬭚"


@pytest.mark.req("R-004-14")
@pytest.mark.parametrize("name", ["张三😀", "张三❤️", "李⭐"])
@pytest.mark.parametrize("typed", [True, False])
def test_a_name_has_no_emoji(name, typed):
    assert refused(text.person_name, name, typed=typed)[0] == "E_CHAR"


def test_emoji_in_a_remark_are_refused_when_typed_and_removed_on_import():
    assert refused(text.free_text, "很满意👍") == ("E_CHAR", "很满意")
    assert text.free_text("很满意👍", typed=False) == text.Parsed(
        "很满意", (Note("N_CHAR_REMOVED", "已去掉表情符号。"),)
    )


def test_a_remark_keeps_its_lines():
    assert text.free_text(" 第一行 \r\n\r\n\t第二行 ").value == "第一行\n\n第二行"


@pytest.mark.req("R-000-19")
def test_a_remark_has_two_thousand_characters_at_most():
    assert text.free_text("长" * 2000).value == "长" * 2000
    assert refused(text.free_text, "长" * 2001)[0] == "E_LENGTH"


@pytest.mark.req("R-000-12")
@pytest.mark.parametrize(("name", "code"), [("公", "E_LENGTH"), ("公" * 101, "E_LENGTH"), ("12345", "E_NAME")])
def test_the_name_of_a_company_has_two_to_a_hundred_characters(name, code):
    assert refused(text.company_name, name)[0] == code


def test_a_refused_name_comes_with_what_remains_of_it():
    assert refused(text.company_name, "星海/智能") == ("E_CHAR", "星海智能")


@pytest.mark.parametrize("dot", "•・‧")
def test_all_middle_dots_are_one(dot):
    assert text.person_name(f"买买提{dot}阿不都").value == "买买提·阿不都"


def test_a_name_does_not_begin_with_a_dot():
    assert refused(text.person_name, "·张三") == ("E_NAME", "张三")


@pytest.mark.req("R-001-06")
@pytest.mark.parametrize("name", ["*某女士", "张*", "＊某"])
def test_a_masked_name_is_kept_on_import_and_refused_when_typed(name):
    assert refused(text.person_name, name)[0] == "E_CHAR"

    parsed = text.person_name(name, typed=False)
    assert parsed.value == name.replace("＊", "*")
    assert [note.code for note in parsed.notes] == ["W_NAME_MASKED"]


def test_a_masked_company_is_kept_on_import():
    assert text.company_name("*科技有限公司", typed=False).value == "*科技有限公司"


def test_the_signs_of_a_company_are_unified():
    parsed = text.company_name("Ａ＆Ｂ商贸")

    assert (parsed.value, [note.code for note in parsed.notes]) == ("A&B商贸", ["N_NORMALISED"])


@pytest.mark.req("R-004-13")
def test_the_list_of_traditional_characters_is_that_of_opencc():
    convert = opencc.OpenCC("t2s").convert
    signs = map(chr, [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0x20000, 0x32000)])

    assert {sign for sign in signs if convert(sign) != sign} <= text._traditional_signs()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("阿里巴巴（中国）有限公司", "阿里巴巴(中国)有限公司"),
        ("國際 貿易", "国际贸易"),
        ("ＡＢＣ Tech", "abctech"),
        ("星海\u200b智能", "星海智能"),
    ],
)
def test_names_are_compared_folded(name, key):
    assert text.folded(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("江苏省苏州市星海智能科技有限责任公司", "星海智能科技"),
        ("苏州星海智能科技股份有限公司", "星海智能科技"),
        ("星海智能科技(集团)有限公司", "星海智能科技"),
        ("星海集团公司", "星海"),
        ("北京公司", "北京"),
        ("有限公司", "有限"),
        ("Acme Co.,Ltd.", "acme"),
    ],
)
def test_names_are_stripped_of_region_and_legal_form(name, key):
    assert text.stripped(name) == key


def test_a_name_that_repeats_itself_is_stripped_too():
    assert text.stripped("北京" * 5000 + "公司" * 5000) == "北京"


def test_names_are_alike_without_what_all_have():
    assert text.similarity("苏州星海智能科技有限公司", "星海智能科技股份有限公司") == 1.0
    assert text.similarity("星海智能科技有限公司", "星海智能科枝有限公司") < 0.85
    assert text.similarity("星海科技有限公司", "蓝天科技有限公司") <= 0.5


@pytest.mark.parametrize("mark", ["、", "，", ",", "；", ";", "\n", "、 ，"])
def test_a_list_is_read_whichever_mark_stands_between(mark):
    assert text.listed(f" 甲方{mark}乙 方{mark}") == ["甲方", "乙 方"]


@pytest.mark.parametrize("nothing", ["", " ", "、；,"])
def test_a_list_of_marks_is_empty(nothing):
    assert text.listed(nothing) == []
