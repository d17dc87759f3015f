"""How names are spelled, so that xhzn finds 星海智能."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_BREAKS = dict.fromkeys(map(ord, "()（）·&-—.,、'+*\"“”《》【】[]/\\|:：;；，。!！?？#@_"), " ")
# Surnames that are read otherwise than the character is elsewhere.
_SURNAMES = {
    "单于": "chan yu", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "单": "shan", "曾": "zeng", "仇": "qiu",
    "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "盖": "ge", "乐": "yue", "员": "yun", "贠": "yun", "黑": "he",
    "折": "she", "缪": "miao", "翟": "zhai", "秘": "bi", "种": "chong", "祭": "zhai", "覃": "qin", "隗": "wei",
    "繁": "po", "阚": "kan", "薄": "bo", "都": "du", "句": "gou", "郇": "xun", "召": "shao", "能": "nai", "佴": "nai",
    "洗": "xian", "么": "yao", "莘": "shen", "那": "na", "长": "chang", "逄": "pang", "牟": "mou", "柏": "bai",
}  # fmt: skip


class _Tables(NamedTuple):
    syllables: dict[int, str]
    initials: dict[int, str]
    words: dict[str, str]
    firsts: frozenset[str]
    word: re.Pattern[str]


@lru_cache(1)
def _tables() -> _Tables:
    """By character its syllable and its initial; words read otherwise, with characters that sound as they do."""
    letters, _gap, rows = (Path(__file__).parent / "data" / "pinyin.txt").read_text("utf-8").partition("\n\n")
    syllables, initials = dict(_BREAKS), dict.fromkeys(_BREAKS, " ")
    for row in letters.splitlines():
        syllable, signs = row.split(" ")
        for sign in map(ord, signs):
            syllables[sign] = f" {syllable} "
            initials[sign] = syllable[0]
    words = dict(row.split(" ") for row in rows.splitlines())
    pattern = re.compile("|".join(sorted(words, key=len, reverse=True)))
    return _Tables(syllables, initials, words, frozenset(word[0] for word in words), pattern)


def _sounding(text: str, tables: _Tables) -> str:
    """The text with words such as 重庆 replaced by characters that are always read as those are there."""
    if tables.firsts.isdisjoint(text):
        return text
    return tables.word.sub(lambda found: tables.words[found[0]], text)


def syllables(text: str) -> list[str]:
    """The syllables of a company's name, Latin words and numbers as they stand, all in lower case."""
    tables = _tables()
    return _sounding(text, tables).translate(tables.syllables).lower().split()


def full(text: str) -> str:
    """All syllables in one word: xinghaizhineng."""
    return "".join(syllables(text))


def initials(text: str) -> str:
    """The first letters: xhzn; Latin words and numbers whole."""
    tables = _tables()
    return "".join(_sounding(text, tables).translate(tables.initials).lower().split())


def person_syllables(text: str) -> list[str]:
    """The syllables of a person's name, the surname read as a surname."""
    name = text.strip()
    for size in (2, 1):
        if (surname := _SURNAMES.get(name[:size])) and (size == 1 or len(name) > 2):
            return [*surname.split(), *_given(name[size:])]
    if len(name) > 3 or name.isascii():
        return [*_given(name)]
    return [*_given(name[:1]), *_given(name[1:])]


@lru_cache(8192)
def _given(name: str) -> tuple[str, ...]:
    # Given names come again and again, with many surnames; to read one takes 60 µs.
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")  # it keeps its dictionaries twice otherwise
    from pypinyin import lazy_pinyin

    return tuple(_spelled(lazy_pinyin(name)))


def _spelled(parts: list[str]) -> list[str]:
    return " ".join(parts).translate(_BREAKS).lower().split()
