import pytest

from keji.kernel import pinyin


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("星海智能", "xinghaizhineng", "xhzn"),
        ("重庆银行", "chongqingyinhang", "cqyh"),
        ("3M中国有限公司", "3mzhongguoyouxiangongsi", "3mzgyxgs"),
        ("阿里巴巴（中国）", "alibabazhongguo", "albbzg"),
        ("长城汽车", "changchengqiche", "ccqc"),
        ("厦门音乐", "xiamenyinyue", "xmyy"),
        ("首都精密模具", "shoudujingmimuju", "sdjmmj"),
        ("A&B 商贸", "abshangmao", "absm"),
        ("绿地", "lvdi", "ld"),
        ("㐀", "qiu", "q"),
        ("", "", ""),
    ],
)
def test_a_company_is_spelled(name, full, initials):
    assert (pinyin.full(name), pinyin.initials(name)) == (full, initials)


def test_syllables_and_latin_words_stand_apart():
    assert pinyin.syllables("3M中国(上海)") == ["3m", "zhong", "guo", "shang", "hai"]


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("单雄信", "shan xiong xin"), ("曾国藩", "zeng guo fan"), ("仇英", "qiu ying"), ("解晓东", "xie xiao dong"),
        ("查良镛", "zha liang yong"), ("尉迟恭", "yu chi gong"), ("欧阳修文", "ou yang xiu wen"), ("区块", "ou kuai"),
        ("单于", "shan yu"), ("朴实", "piao shi"), ("盖聂", "ge nie"), ("乐毅", "yue yi"), ("华罗庚", "hua luo geng"),
        ("万俟卨", "mo qi xie"), ("John Smith", "john smith"), ("*某女士", "mou nv shi"), ("", ""),
    ],
)  # fmt: skip
def test_a_person_is_spelled_with_the_reading_of_the_surname(name, spelled):
    assert pinyin.person_syllables(name) == spelled.split()


def test_every_character_in_use_is_spelled():
    letters = bytes(range(0xB0, 0xF8))
    common = {bytes([row, cell]).decode("gb2312", "ignore") for row in letters for cell in range(0xA1, 0xFF)}

    assert {sign for sign in common if not pinyin.full(sign).isascii()} == set()
