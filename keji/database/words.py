"""What becomes of text in the search index: tokens whose beginning is asked for, so that any part can be found."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from keji.kernel import pinyin

LONG = 16  # no token is longer
SHORT = 3  # no tail of a word is shorter
CLASSES = {"open": "o", "code": "c", "people": "p", "phone": "t", "text": "x"}
HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(rf"([{HAN}]+)|([^\W_{HAN}]+)")
LEGAL_FORM = re.compile("(股份|集团)?有限(责任)?公司")  # nobody looks for a company by the pinyin of these


@dataclass(frozen=True)
class Words:
    """What a record is found by: strings for each class of searcher, and the ids of the people whose own it is."""

    open: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    phone: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    near: list[int] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


def tokens(words: Words) -> set[str]:
    """All tokens of a record, each behind the letter of its class."""
    found: set[str] = set()
    for text in words.open:
        found.update(["o" + token for token in of_text(text, pinyin.syllables)])
    for text in words.code:
        found.update(["c" + token for token in of_text(text)])
    for text in words.people:
        found.update(of_person(text))
    for text in words.phone:
        found.update(["t" + token for token in of_text(text)])
    for text in words.text:  # nobody looks for what was said by its sound
        found.update(["x" + token for token in of_text(text)])
    return found


@lru_cache(maxsize=4096)
def of_person(name: str) -> frozenset[str]:
    # Names come again and again, and to read one takes longer than all the rest of a record.
    return frozenset(["p" + token for token in of_text(name, pinyin.person_syllables)])


def of_text(text: str, read: Callable[[str], list[str]] | None = None) -> list[str]:
    """The tokens of a text; of Han also the sounds, if there is somebody to read it."""
    found: list[str] = []
    for han, other in runs(folded(text)):
        found += tails(other) if other else pairs(han)
        if han and read:
            found += sounds(han, read(han))
    return found


def folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> Iterator[tuple[str, str]]:
    """The runs of Han and of other letters and digits in folded text; one of the two is empty."""
    return ((found[1] or "", found[2] or "") for found in RUNS.finditer(text))


def pairs(text: str) -> list[str]:
    """Each two neighbours, and the last character alone."""
    return [text[start : start + 2] for start in range(len(text))]


def tails(word: str) -> list[str]:
    return [word[:LONG], *(word[start : start + LONG] for start in range(1, len(word) - SHORT + 1))]


def sounds(text: str, read: list[str]) -> list[str]:
    """Pinyin and initials from each character on."""
    full, initials = "".join(read), "".join([syllable[:1] for syllable in read])
    form = LEGAL_FORM.search(text)
    found, at = [], 0
    for start, syllable in enumerate(read):
        if not (form and form.start() <= start < form.end()):
            found += [full[at : at + LONG], initials[start : start + LONG]]
        at += len(syllable)
    return found
