"""What should not stand in free text: card numbers, passwords, identity numbers and the like."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from keji.kernel import idnumbers
from keji.kernel.text import narrow

HEALTH = ("艾滋", "HIV", "癌症", "肿瘤", "乙肝", "抑郁症", "精神病", "糖尿病", "怀孕", "流产", "病历", "残疾证")
RELIGION = ("信佛", "佛教徒", "基督徒", "天主教徒", "穆斯林", "信教", "宗教信仰", "道教徒")

_ID_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])", re.A)
_CARD = re.compile(r"(?<![\dA-Za-z])[3-69](?:\d{15,18}|\d{3}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?)(?![\dA-Za-z])", re.A)
_CARD_WORDS = re.compile(r"卡号|银行卡|账号|帐号|开户行|card", re.I)
_OTHER_NUMBERS = re.compile(
    r"(?:订单|运单|快递|物流|流水|合同|发票|工单|单据|编|单|对公[账帐])(?:户|号)?(?:码|为|是)?\s*[:#]?\s*$"
)
_WORDS = {
    "PASSWORD": re.compile(r"(?<![a-z])(?:密码|口令|pwd|password|passwd|pass)\s*(?:是|为|[:=])\s*\S{4,}", re.I),
    "CVV": re.compile(r"(?<![a-z])(?:CVV2?|CVC2?|安全码)\D{0,5}\d{3,4}(?!\d)", re.I | re.A),
    "PASSPORT": re.compile(r"护照\D{0,6}[EGPSD]\d{8}(?!\d)", re.I | re.A),
}
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.A)


class Hit(NamedTuple):
    """Where something sensitive stands; weak if it is only likely or only worth a look."""

    kind: str
    start: int
    end: int
    weak: bool = False


def hits(text: str, health: Iterable[str] = HEALTH, religion: Iterable[str] = RELIGION) -> list[Hit]:
    """Everything sensitive in the text, in its order, none inside another."""
    plain = narrow(text)
    found: list[Hit] = []
    topics = [*_topics(plain, "HEALTH", health), *_topics(plain, "RELIGION", religion)]
    for hit in [*_spoken(plain), *_numbers(plain), *topics]:
        if all(hit.end <= other.start or hit.start >= other.end for other in found):
            found.append(hit)
    return sorted(found, key=lambda hit: hit.start)


def _numbers(text: str) -> Iterator[Hit]:
    for match in _ID_CARD.finditer(text):
        number = match[0].upper()
        if idnumbers.birth_of(number) and idnumbers.resident_check(number) == number[17]:
            yield Hit("ID_CARD", *match.span())
    for match in _CARD.finditer(text):
        if (weak := _card(text, match)) is not None:
            yield Hit("BANK_CARD", *match.span(), weak)
    for match in _MOBILE.finditer(text):
        yield Hit("MOBILE", *match.span(), True)


def _card(text: str, match: re.Match[str]) -> bool | None:
    """False for a card number, True for a likely one, None for none."""
    digits = re.sub("[ -]", "", match[0])
    if _OTHER_NUMBERS.search(text[max(0, match.start() - 16) : match.start()]) or idnumbers.is_uscc(digits):
        return None
    if luhn(digits):
        return False
    near = text[max(0, match.start() - 12) : match.start()] + " " + text[match.end() : match.end() + 12]
    return True if _CARD_WORDS.search(near) else None


def luhn(digits: str) -> bool:
    """Whether the last digit fits as the check digit of a card number."""
    doubled = (divmod(2 * int(digit), 10) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(map(sum, doubled))) % 10 == 0


def _spoken(text: str) -> Iterator[Hit]:
    for kind, pattern in _WORDS.items():
        for match in pattern.finditer(text):
            yield Hit(kind, *match.span())


def _topics(text: str, kind: str, words: Iterable[str]) -> Iterator[Hit]:
    for word in words:
        start = text.find(word)
        if start >= 0:
            yield Hit(kind, start, start + len(word), True)
