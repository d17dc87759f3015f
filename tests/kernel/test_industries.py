import pytest

from keji.kernel import industries
from keji.kernel.errors import Invalid


def refused(raw, **options):
    with pytest.raises(Invalid) as refusal:
        industries.industry(raw, **options)
    return refusal.value.code, refusal.value.suggestion


@pytest.mark.req("R-004-28")
def test_there_are_20_sections_and_97_divisions():
    levels = [industry.level for industry in industries.INDUSTRIES.values()]

    assert (levels.count("section"), levels.count("division")) == (20, 97)
    assert industries.name("I65") == "软件和信息技术服务业"
    assert industries.name("X") == ""


@pytest.mark.req("R-000-13")
@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("互联网", "I64"), ("互联网行业", "I64"), ("软件", "I65"), ("软件业", "I65"), ("IT硬件", "C39"), ("it", "I65"),
        ("制造业", "C"), ("批发", "F51"), ("餐饮", "H62"), ("教育", "P83"), ("教育行业", "P83"), ("医疗", "Q84"), ("物流", "G"),
        ("房地产", "K70"), ("I65", "I65"), ("i65", "I65"), ("65", "I65"), (65, "I65"), (1.0, "A01"), ("6510", "I65"), ("C", "C"),
        ("I65 软件和信息技术服务业", "I65"), ("65-软件", "I65"), ("农、林、牧、渔业", "A"), ("國際組織", "T97"),
        ("电力、热力、燃气及水生产和供应业", "D"), ("Ｉ６５", "I65"), (" 软件 和信息技术服务业 ", "I65"),
    ],
)  # fmt: skip
def test_an_industry_is_read_from_code_name_or_everyday_word(written, code, typed):
    assert industries.industry(written, typed=typed).value == code


@pytest.mark.req("R-002-23")
@pytest.mark.parametrize(
    "written", ["其它", "其他", "无", "X99", "A65", "U", "C36 软件", "65 餐饮", "火星开发商", "00"]
)
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_industry_is_refused(written, typed):
    assert refused(written, typed=typed)[0] == "E_INDUSTRY"


def test_a_near_miss_is_refused_with_what_may_be_meant():
    assert refused("软件开发与服务") == ("E_INDUSTRY", "软件和信息技术服务业")


@pytest.mark.req("R-002-24")
def test_several_industries_are_refused_when_typed_and_split_on_import():
    assert refused("制造业/零售业") == ("E_SEPARATOR", "制造业")

    parsed = industries.industry("制造业/零售业", typed=False)
    assert parsed.value == "C"
    assert [(note.code, note.suggestion) for note in parsed.notes] == [("N_SPLIT", "零售业")]


def test_a_path_of_industries_means_the_inner_one():
    assert industries.industry("制造业/汽车制造业", typed=False).value == "C36"
    assert refused("制造业-汽车制造业") == ("E_SEPARATOR", "汽车制造业")


@pytest.mark.parametrize("written", ["1-" * 5000, "软件/" * 5000, "互联网" * 5000])
@pytest.mark.parametrize("typed", [True, False])
def test_a_text_without_end_is_no_industry(written, typed):
    assert refused(written, typed=typed)[0] == "E_INDUSTRY"


def test_what_was_understood_is_told():
    assert [note.message for note in industries.industry("互联网").notes] == ["已归到“I64 互联网和相关服务”。"]
    assert industries.industry("互联网和相关服务").notes == ()


@pytest.mark.parametrize("code", list(industries.INDUSTRIES))
def test_every_industry_is_found_as_it_is_shown(code):
    assert industries.industry(f"{code} {industries.name(code)}").value == code


def test_every_everyday_word_means_an_industry_there_is():
    aliases = industries.aliases()

    assert len(aliases) > 120
    assert {code for code in aliases.values() if code not in industries.INDUSTRIES} == set()
    assert {word: industries.industry(word).value for word in aliases} == aliases
