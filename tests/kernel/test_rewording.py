"""What was found in one language is read in another."""

import time

import pytest
from django.utils.translation import gettext as _
from django.utils.translation import override

from keji.kernel.rewording import reworded, texts

WHOLE = "请说明导出原因"
GAPS = "有几个客户叫“%(name)s”，请填写客户编号"


def made(language, text, **told):
    with override(language):
        return _(text) % told if told else _(text)


@pytest.mark.parametrize(("text", "told"), [(WHOLE, {}), (GAPS, {"name": "星海（苏州）有限公司"}), ("今天跟进（%(when)s）", {"when": "2026-11-25"})])
def test_a_sentence_goes_into_the_other_language_and_back(text, told):
    chinese, english = made("zh-hans", text, **told), made("en", text, **told)
    assert chinese != english

    with override("en"):
        assert (reworded(chinese), reworded(english)) == (english, english)
    with override("zh-hans"):
        assert (reworded(english), reworded(chinese)) == (chinese, chinese)


def test_what_people_wrote_in_a_gap_stays_and_names_of_fields_are_said_anew():
    chinese = made("zh-hans", "没有可以填写的字段“%(name)s”", name="客户名称")

    with override("en"):
        assert reworded(chinese) == made("en", "没有可以填写的字段“%(name)s”", name=made("en", "客户名称"))
        assert reworded("随便写的一句话") == "随便写的一句话"
        assert reworded("") == ""


def test_marks_of_patterns_and_of_formats_in_what_people_wrote_do_no_harm():
    for name in ("100% (a|b)* [x] \\d", "%(name)s", "{name}", "甲\n乙"):
        chinese = made("zh-hans", GAPS, name=name)
        with override("en"):
            assert reworded(chinese) == made("en", GAPS, name=name)


def test_nearly_every_text_of_the_program_comes_back_as_itself():
    plain, forms = texts("zh-hans")
    assert len(plain) > 1000 and len(forms) > 100

    lost = []
    with override("en"):
        for chinese, text in plain.items():
            if reworded(chinese) != _(text):
                lost.append(chinese)
    assert lost == []


def test_a_long_sentence_that_is_no_text_of_the_program_costs_little():
    with override("en"):
        reworded("先读一遍")
        begun = time.perf_counter()
        reworded("没有" * 5000 + "的")
    assert time.perf_counter() - begun < 0.5
