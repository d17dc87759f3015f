"""Numbers as people write them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.text import line, narrow, normalised

CHINESE = re.compile("[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]")
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.\d{1,18})?) ?(千|百万|千万|万|亿|k|w)?", re.A | re.I)
_UNITS = {"": 1, "千": 10**3, "k": 10**3, "万": 10**4, "w": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_ID = re.compile("[0-9]{1,18}")
_COUNTED = re.compile(r"(?<=[\d万千]) ?(?:人|名|位|年|家|个|次|天|台|元)$")


def whole_id(text: object) -> int | None:
    """The id, version or place that a request names: 1 to 18 ASCII digits, else None. "²" is a digit to isdigit()."""
    return int(text) if isinstance(text, str) and _ID.fullmatch(text) else None


def number_in(text: str) -> Decimal | None:
    """The number that the text is, with thousands commas and units such as 万; None if it is none."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    return Decimal(found[1].replace(",", "")) * _UNITS[(found[2] or "").lower()]


def whole(raw: object, *, typed: bool = True, least: int = 0, most: int = 2**31 - 1) -> Parsed:
    """A whole number between the bounds."""
    if type(raw) is str and raw.isascii() and raw.isdigit() and len(raw) < 10 and least <= int(raw) <= most:
        return Parsed(int(raw))
    value, notes = _read(raw, typed)
    if value is None:
        return Parsed(None, notes)
    if value != value.to_integral_value():
        raise Invalid("E_NUMBER", _("应为整数，请核对。"))
    _within(value, least, most)
    return Parsed(int(value), notes)


def decimal(
    raw: object, *, typed: bool = True, places: int = 2, least: Decimal | int = 0, most: Decimal | int = 10**16 - 1
) -> Parsed:
    """A number with so many places, half up, between the bounds."""
    value, notes = _read(raw, typed)
    if value is None:
        return Parsed(None, notes)
    _within(value, least, most)
    return Parsed(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0, notes)


def _within(value: Decimal | int, least: Decimal | int, most: Decimal | int) -> None:
    if not least <= value <= most:
        bounds = {"least": least, "most": most}
        raise Invalid("E_NUMBER", _("应在 %(least)s 到 %(most)s 之间，请核对。") % bounds)


def _read(raw: object, typed: bool) -> tuple[Decimal | None, tuple[Note, ...]]:
    if isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool):
        number = Decimal(str(raw))
        if not number.is_finite():
            raise Invalid("E_NUMBER", _("应为数字，请核对。"))
        return number, ()
    text, notes = line(raw, typed)
    text = narrow(text)
    if not text:
        return None, notes
    bare = text if typed else _COUNTED.sub("", text)
    value = number_in(bare)
    if value is None or (typed and not bare[-1].isdigit()):
        raise Invalid("E_NUMBER", *_hint(text, value))
    if not bare[-1].isdigit():
        notes += normalised(_("已换算为 %(number)s。") % {"number": f"{value.normalize():f}"})
    elif bare != text:
        notes += normalised(_("已去掉单位。"))
    return value, notes


def _hint(text: str, value: Decimal | None) -> tuple[str, str]:
    if value is not None:
        return _("请只填数字，不要写单位。"), f"{value.normalize():f}"
    if (counted := number_in(_COUNTED.sub("", text))) is not None:
        return _("请只填数字，不要写单位。"), f"{counted.normalize():f}"
    if CHINESE.search(text):
        return _("请用阿拉伯数字，如 100，不要写“一百”。"), ""
    return _("应为数字，请核对。"), ""
