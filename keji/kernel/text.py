"""Text as people write it: cleaned, checked, folded for comparing."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.places import REGIONS

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003347f"
LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"

_SPACE = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_HIDDEN = (
    "\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff"
)
_EMOJI = (
    "\u20e3\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab"
    "\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\ufe0f\U0001f000-\U0001fbff"
)
_PLAIN = re.compile(r"[!-~\u4e00-\u9fff（）·]*")
_INVISIBLE = re.compile(f"[\x00-\x1f{_HIDDEN}]")
_INVISIBLE_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f{_HIDDEN}]")
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]")
_PICTURES = re.compile(f"[{_EMOJI}]")
_SPACES = re.compile(f"[{_SPACE}]+")
_SPACES_IN_LINES = re.compile(f"[\t{_SPACE}]+")

_LETTERS = {wide: wide - 0xFEE0 for low, high in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(low), ord(high) + 1)}
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_DOTS = str.maketrans(dict.fromkeys("•・‧･∙⋅", "·"))
_COMPANY = _DOTS | str.maketrans("＆－＋．＇，–", "&-+.',—")

_USUAL_COMPANY = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9()（）]{1,99}")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff]{2,50}")
_PERSON = re.compile(f"[{HAN}{LATIN}](?:[ ·]?[{HAN}{LATIN}])*")
_NOT_PERSON = re.compile(f"[^{HAN}{LATIN} ·]")
_NOT_COMPANY = re.compile(f"[^{HAN}{LATIN}0-9 ()（）·&\\-—.,、'+]")
_LETTER = re.compile(f"[{HAN}{LATIN}]")
_AROUND_DOT = re.compile(r" ?· ?")
_BETWEEN = re.compile(r"[,，、;；\n]+")

_LEGAL = (
    "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "股份公司", "(集团)", "集团", "公司",
    "co.,ltd.", "co.,ltd", "co.ltd.", "co.ltd", ",inc.", ",ltd.", "inc.", "ltd.", "inc", "ltd", "llc",
)  # fmt: skip


def plain(raw: object) -> str:
    """The value as text; a number from Excel without its needless ".0"."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw.isoformat()
    return str(raw)


def narrow(text: str) -> str:
    """The text with full-width signs, digits and letters as ASCII; for codes and numbers."""
    return text if text.isascii() else text.translate(_WIDE)


def line(raw: object, typed: bool = True) -> tuple[str, tuple[Note, ...]]:
    """One line of text and what was done to it. Typed, characters that cannot be seen are refused (E_CHAR)."""
    text = raw if type(raw) is str else plain(raw)
    if _PLAIN.fullmatch(text):
        return text, ()
    notes: tuple[Note, ...] = ()
    if _INVISIBLE.search(text):
        bare = _INVISIBLE.sub("", _BREAKS.sub(" ", text))
        text, notes = _without_invisible(text, bare, typed)
    return _SPACES.sub(" ", text.translate(_LETTERS)).strip(), notes


def _without_invisible(text: str, bare: str, typed: bool) -> tuple[str, tuple[Note, ...]]:
    if typed:
        hint = _("内容里有看不见的字符（多半是复制时带来的），请删除或重新输入。")
        raise Invalid("E_CHAR", hint, _SPACES.sub(" ", bare).strip())
    return bare, (Note("N_CHAR_REMOVED", _("已去掉看不见的字符。")),)


def normalised(message: str, suggestion: str = "") -> tuple[Note, ...]:
    """The note that a value was put into its usual form."""
    return (Note("N_NORMALISED", message, suggestion),)


def clean(raw: object, *, typed: bool = True) -> Parsed:
    """Any one-line text."""
    text, notes = line(raw, typed)
    return Parsed(text or None, notes)


def called(raw: object, most: int, missing: str) -> str:
    """What somebody calls a thing: one line of 1 to so many characters. Raises Invalid, with `missing` where it is not."""
    name = str(clean(raw).value or "")
    if not 0 < len(name) <= most:
        raise Invalid("E_REQUIRED", missing)
    return name


def listed(told: str) -> list[str]:
    """The words of a list as people type one, whichever mark stands between them."""
    return [word for part in _BETWEEN.split(told) if (word := part.strip())]


def free_text(raw: object, max: int = 2000, *, typed: bool = True) -> Parsed:
    """Text of several lines, at most so many characters (E_LENGTH); emoji are refused, on import removed."""
    text = plain(raw)
    notes: tuple[Note, ...] = ()
    if not _PLAIN.fullmatch(text):
        text, notes = _lines(text, typed)
    if len(text) > max:
        hint = _("最多 %(max)s 个字，现在有 %(count)s 个，请删减。") % {"max": max, "count": len(text)}
        raise Invalid("E_LENGTH", hint)
    return Parsed(text or None, notes + traditional(text))


def _lines(text: str, typed: bool) -> tuple[str, tuple[Note, ...]]:
    notes: tuple[Note, ...] = ()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _INVISIBLE_IN_LINES.search(text):
        bare = _INVISIBLE_IN_LINES.sub("", re.sub("[\x0b\x0c\x85\u2028\u2029]", "\n", text))
        text, notes = _without_invisible(text, bare, typed)
    if _PICTURES.search(text):
        bare = _PICTURES.sub("", text)
        if typed:
            raise Invalid("E_CHAR", _("不能使用表情符号，请改用文字。"), bare.strip())
        text, notes = bare, (*notes, Note("N_CHAR_REMOVED", _("已去掉表情符号。")))
    rows = _SPACES_IN_LINES.sub(" ", text.translate(_LETTERS)).split("\n")
    return "\n".join(row.strip() for row in rows).strip(), notes


def person_name(raw: object, *, typed: bool = True) -> Parsed:
    """A person's name: Han or Latin letters, single spaces or "·" between them, 2 to 50 characters."""
    if type(raw) is str and _HAN_NAME.fullmatch(raw):
        return Parsed(raw, traditional(raw))
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    name = _AROUND_DOT.sub("·", text.translate(_DOTS))
    if name != text:
        notes += normalised(_("姓名中的间隔点已统一为“·”。"))
    if not typed and "*" in narrow(name):
        return _masked(narrow(name), _NOT_PERSON, notes)
    if found := _NOT_PERSON.search(name):
        hint = _("姓名只能用汉字、字母、空格和“·”，不能有“%(bad)s”。") % {"bad": found[0]}
        raise Invalid("E_CHAR", hint, _without(name, _NOT_PERSON))
    _length(name, 50)
    if not _PERSON.fullmatch(name):
        raise Invalid("E_NAME", _("姓名的开头和结尾不能是“·”，也不能连用间隔，请改正。"), name.strip(" ·"))
    return Parsed(name, notes + traditional(name))


def company_name(raw: object, *, typed: bool = True) -> Parsed:
    """The name of a company or institution: the signs of V-10, 2 to 100 characters, at least one letter."""
    if type(raw) is str and _USUAL_COMPANY.fullmatch(raw):
        return Parsed(raw, traditional(raw))
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    name = text.translate(_COMPANY)
    if name != text:
        notes += normalised(_("名称中的符号已统一为常用写法。"))
    if not typed and "*" in name.replace("＊", "*"):
        return _masked(name.replace("＊", "*"), _NOT_COMPANY, notes)
    _signs(name, _NOT_COMPANY)
    _length(name, 100)
    if not _LETTER.search(name):
        raise Invalid("E_NAME", _("名称里要有汉字或字母，请填写完整的名称。"))
    return Parsed(name, notes + traditional(name))


def _signs(name: str, banned: re.Pattern[str]) -> None:
    if found := banned.search(name):
        hint = _("名称中不能有“%(bad)s”，请删除或改用文字。") % {"bad": found[0]}
        raise Invalid("E_CHAR", hint, _without(name, banned))


def _without(name: str, banned: re.Pattern[str]) -> str:
    return _SPACES.sub(" ", banned.sub("", name)).strip(" ·")


def _length(name: str, most: int) -> None:
    if not 2 <= len(name) <= most:
        hint = _("应为 2 到 %(most)s 个字，现在有 %(count)s 个，请改正。") % {"most": most, "count": len(name)}
        raise Invalid("E_LENGTH", hint)


def _masked(name: str, banned: re.Pattern[str], notes: tuple[Note, ...]) -> Parsed:
    bare = name.replace("*", "")
    _signs(bare, banned)
    _length(name, 100)
    if not _LETTER.search(bare):
        raise Invalid("E_NAME", _("名称里要有汉字或字母，请填写完整的名称。"))
    return Parsed(name, (*notes, Note("W_NAME_MASKED", _("名称被“*”遮住了一部分，请尽快补全。"))))


@lru_cache(1)
def _traditional_signs() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "data" / "traditional.txt").read_text("utf-8").split()[0])


@lru_cache(1)
def _converter() -> Callable[[str], str]:
    # Loaded at the first traditional character only: 16 ms.
    import opencc

    return opencc.OpenCC("t2s").convert


def simplified(text: str) -> str:
    """The text in simplified characters."""
    if text.isascii() or _traditional_signs().isdisjoint(text):
        return text
    return _converter()(text)


def traditional(text: str) -> tuple[Note, ...]:
    """W_TRADITIONAL with the simplified form, if the text has another one."""
    simple = simplified(text)
    if simple == text:
        return ()
    return (Note("W_TRADITIONAL", _("含有繁体字，建议改为“%(simple)s”。") % {"simple": simple[:60]}, simple),)


def folded(name: str) -> str:
    """The name as it is compared: half-width, simplified, lower case, without spaces."""
    if _HAN_NAME.fullmatch(name):
        return simplified(name)
    flat = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).translate(_DOTS)
    return simplified("".join(flat.split()).lower())


@lru_cache(1)
def _regions_in_names() -> tuple[frozenset[str], int]:
    names = {region.name for region in REGIONS.values() if region.level in {"province", "city"}}
    short = {re.sub("(?:省|市|地区|盟|(?:[壮回]族|维吾尔)?自治区|特别行政区)$", "", name) for name in names}
    known = {name for name in names | short if len(name) > 1} - {"市辖区", "省直辖县级行政区划"}
    return frozenset(known), max(map(len, known))


def stripped(name: str) -> str:
    """The folded name without a leading province or city and without its legal form."""
    return _without_region(_without_form(folded(name)))


def _without_region(key: str) -> str:
    known, longest = _regions_in_names()
    while size := next((size for size in range(min(longest, len(key) - 2), 1, -1) if key[:size] in known), 0):
        key = key[size:]
    return key


def _without_form(key: str) -> str:
    while form := next((form for form in _LEGAL if key.endswith(form) and len(key) - len(form) > 1), ""):
        key = key[: -len(form)]
    return key


def nearest(name: str, others: Sequence[str], least: float) -> list[int]:
    """The places of those that are at least so alike. All are without region and legal form already."""
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extract

    return [
        place for _other, _score, place in extract(name, others, scorer=ratio, limit=None, score_cutoff=least * 100)
    ]


def similarity(a: str, b: str) -> float:
    """How alike two names are without region and legal form, from 0 to 1."""
    from rapidfuzz.fuzz import ratio

    return ratio(stripped(a), stripped(b)) / 100
