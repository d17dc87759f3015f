"""English is complete: every text goes through gettext, and every text of gettext has its English."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEJI = ROOT / "keji"
sys.path.insert(0, str(ROOT / "tools"))
import messages  # noqa: E402 -- a tool, not a package

WIDE = "\u3000-\u303f\uff00-\uffef"
HAN = re.compile("[\u3400-\u9fff]")
CHINESE = re.compile(f"[\u3400-\u9fff{WIDE}]")  # with the punctuation
TRANSLATES = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TERMINAL = "what the operator reads in the terminal, which speaks Chinese"
GRAMMAR = "what people write, read by a parser"
DATA = "names that are data"
UNTRANSLATED = {
    "cli.py": TERMINAL,
    "serving.py": TERMINAL,
    "settings.py": TERMINAL,
    "database/urls.py": TERMINAL,
    "database/sqlite/place.py": TERMINAL,
    "desk/rules.py": DATA,  # the first administrator's name
    "customers/rules/tags.py": DATA,  # the delivered tags
    "demo/needs.py": DATA,
    "api/examples.py": DATA,
    "service/rules/visits.py": DATA,  # a delivered tag
    "agenda/rules/campaigns.py": DATA,  # a delivered tag
    "clocks/rules/notice.py": GRAMMAR,  # the yearly notice of holidays
    "kernel/periods.py": GRAMMAR,
    "intake/rules/mapping.py": GRAMMAR,
    "intake/rules/book.py": GRAMMAR,  # what people call the sheets
    "agenda/rules/calls.py": GRAMMAR,  # the words by which a call is known
    "followups/rules/log.py": GRAMMAR,  # the mark between names as it is stored
    "records/kinds.py": GRAMMAR,
    "records/entry.py": GRAMMAR,
    "database/words.py": GRAMMAR,
    "kernel/addresses.py": GRAMMAR,
    "kernel/dates.py": GRAMMAR,
    "kernel/deadlines.py": GRAMMAR,
    "kernel/industries.py": GRAMMAR,
    "kernel/masks.py": GRAMMAR,
    "kernel/money.py": GRAMMAR,
    "kernel/numbers.py": GRAMMAR,
    "kernel/phones.py": GRAMMAR,
    "kernel/pinyin.py": GRAMMAR,
    "kernel/sensitive.py": GRAMMAR,
    "kernel/sizes.py": GRAMMAR,
    "kernel/text.py": GRAMMAR,
    "kernel/tables/template.py": DATA,  # hidden sheets and names that the workbook's formulas use
}
CURLY = re.compile("[‘’“”]")  # a Chinese font draws these as wide as a character
SENTENCE = re.compile("[。请，！？；]")  # no grammar and no name has these outside a class of characters
CHARACTERS = re.compile(r"\[[^\]]*\]|\\.")
PLACES = ("江苏省", "苏州市", "虎丘区")  # a region is written in Chinese in either language


def untranslated(source: str, may: str = "") -> list[str]:
    """The Chinese literals of a module that gettext does not see; of the allowed kinds only what reads as a sentence."""
    tree = ast.parse(source)
    spared, joining = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "join":
            joining.add(id(node.func.value))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in TRANSLATES:
            spared |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Column":  # other titles of a column
            spared |= {id(title) for told in ast.walk(node) if isinstance(told, ast.Tuple) for title in told.elts}
        if isinstance(node, ast.Expr):
            spared.add(id(node.value))  # a docstring
    literals = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found = [
        node.value
        for node in literals
        if id(node) not in spared and (CHINESE if id(node) in joining else HAN).search(node.value)
    ]
    return [text for text in found if not may or reads_as_sentence(text, may)]


def reads_as_sentence(text: str, may: str) -> bool:
    return may != TERMINAL and bool(SENTENCE.search(CHARACTERS.sub("", text))) and len(text) > 4


def bare(template: str) -> list[str]:
    """The Chinese of a template outside gettext and comments."""
    text = re.sub(r"\{#.*?#\}", "", template, flags=re.S)
    text = re.sub(r"""\b(?:_|n?p?gettext)\((?:"[^"]*"|'[^']*'|[^()"'])*\)""", "", text)
    text = re.sub(r"\{% trans\b.*?endtrans\b.*?%\}", "", text, flags=re.S)
    return [line.strip() for line in text.splitlines() if CHINESE.search(line)]


def test_every_text_has_its_english_and_no_other_text_is_kept():
    kept = messages.told()
    kept.update(messages.said())

    assert sorted(messages.missing(kept)) == []
    assert [message.id for message in kept.obsolete.values()] == []


def test_english_is_written_in_english():
    found = {}
    for message in messages.told():
        for text in messages.texts(message.string) if message.id else ():
            if CHINESE.search(re.sub("|".join(PLACES), "", text).replace("、", "")) or CURLY.search(text):
                found[str(message.id)] = text

    assert found == {}


def test_no_text_of_the_program_passes_gettext_by():
    found = {}
    for file in KEJI.rglob("*.py"):
        name = file.relative_to(KEJI).as_posix()
        if "/migrations/" in name or name.startswith("demo/"):
            continue
        if texts := untranslated(file.read_text("utf-8"), UNTRANSLATED.get(name, "")):
            found[name] = texts

    assert found == {}


def test_the_list_of_untranslated_modules_names_no_module_in_vain():
    idle = [name for name in UNTRANSLATED if not untranslated((KEJI / name).read_text("utf-8"))]

    assert idle == []


def test_no_text_of_a_template_passes_gettext_by():
    found = {
        file.relative_to(KEJI).as_posix(): lines
        for file in KEJI.rglob("*.html")
        if (lines := bare(file.read_text("utf-8").replace('<b aria-hidden="true">迹</b>', "").replace(">中文<", "><")))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("source", "may", "found"),
    [
        ('def a():\n    """说明"""\n    return _("好")', "", []),
        ('say("没有保存")', "", ["没有保存"]),
        ('say(f"没有{name}")', "", ["没有"]),
        ('"、".join(words)', "", ["、"]),
        ('_("、").join(text.split("、"))', "", []),
        ('Column("a", KIND, "base", ("旧标题",), example="例子")', "", ["例子"]),
        ('ENDS = re.compile("[，。]|省|市")', GRAMMAR, []),
        ('raise Invalid("E_X", "不是日期，请核对")', GRAMMAR, ["不是日期，请核对"]),
        ('print("没有数据，请重试")', TERMINAL, []),
    ],
)
def test_a_literal_outside_gettext_is_found(source, may, found):
    assert untranslated(source, may) == found


def test_bare_text_in_a_template_is_found():
    assert bare('{# 说明 #}<p title="{{ _("好") }}">{{ _(\'好\') }}</p>') == []
    assert bare("<p>：没有</p>") == ["<p>：没有</p>"]


def test_a_translation_with_other_placeholders_is_found():
    from babel.messages.catalog import Catalog

    catalog = Catalog(locale="en", fuzzy=False)
    catalog.add("有 %(n)d 个", "%(m)d found")
    catalog.add("空")
    catalog.add("旧", "Old", flags=("fuzzy",))

    assert sorted(messages.missing(catalog)) == [
        "旧: has changed (fuzzy)",
        "有 %(n)d 个: has other placeholders",
        "空: has no English",
    ]
