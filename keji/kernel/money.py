"""Amounts of money as people write them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.numbers import CHINESE, number_in
from keji.kernel.text import line, narrow, normalised

CURRENCIES = {"CNY": "人民币", "USD": "美元", "EUR": "欧元", "HKD": "港币", "JPY": "日元"}
_SIGNS = {
    "人民币": "CNY", "RMB": "CNY", "CNY": "CNY", "¥": "CNY", "￥": "CNY", "美元": "USD", "美金": "USD", "US$": "USD",
    "USD": "USD", "$": "USD", "欧元": "EUR", "EUR": "EUR", "€": "EUR", "港币": "HKD", "港元": "HKD", "HK$": "HKD",
    "HKD": "HKD", "日元": "JPY", "日圆": "JPY", "JPY": "JPY",
}  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_LABELLED = re.compile(rf"(?:({_SIGN}) ?:? ?)?(.*?) ?(?:({_SIGN})|元整?|圆整?)?(?:\(({_SIGN})\))?", re.I)
_ABOUT = re.compile(r"^(?:约|大约|预算|预计|大概)+:?|(?:左右|上下)$")
_RANGE = re.compile(r"(.+?) ?(?:-|~|—|–|至|到) ?(.+)")
_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 16


def amount(raw: object, *, typed: bool = True) -> Parsed:
    """An amount with two places, half up. Another currency than the yuan is told by N_CURRENCY."""
    if isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool):
        return Parsed(_cents(raw if isinstance(raw, Decimal) else Decimal(str(raw))))
    text, notes = line(raw, typed)
    text = narrow(text)
    if not text:
        return Parsed(None, notes)
    bare, code = _unlabelled(text)
    value = _cents(_number(bare))
    if re.search("[万亿千百kKwW]", bare):
        notes += normalised(_("已换算为 %(amount)s。") % {"amount": f"{value:,.2f}"})
    elif code or bare != text:
        notes += normalised(_("已去掉币种和单位。"))
    if code and code != "CNY":
        notes += (Note("N_CURRENCY", _("币种是%(currency)s。") % {"currency": CURRENCIES[code]}, code),)
    return Parsed(value, notes)


def currency(raw: object) -> str:
    """The ISO code of the currency named in the text, "" if there is none."""
    return _unlabelled(narrow(line(raw, typed=False)[0]))[1]


def _unlabelled(text: str) -> tuple[str, str]:
    found = _LABELLED.fullmatch(text)
    if not found:
        return text, ""
    codes = {_SIGNS[sign.upper()] for sign in (found[1], found[3], found[4]) if sign}
    return (text, "") if len(codes) > 1 else (found[2].strip(), "".join(codes))


def _number(text: str) -> Decimal:
    value = number_in(text)
    if value is not None:
        return value
    if CHINESE.search(text) and not re.search(r"\d", text):
        raise Invalid("E_AMOUNT", _("金额请用阿拉伯数字，如 10000 或 1.5万，不要写“一万”“壹万”。"))
    raise Invalid("E_AMOUNT", _("金额应为数字，如 10000、10,000.00 或 30万，请核对。"))


def _cents(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= _MOST:
        raise Invalid("E_AMOUNT", _("金额太大或不是数字，请核对。"))
    if value < 0:
        raise Invalid("E_AMOUNT", _("金额不能为负数，请核对。"))
    return value.quantize(_CENT, ROUND_HALF_UP) + 0


def amount_range(raw: object, *, typed: bool = True) -> Parsed:
    """A lower and an upper amount; "20万以上" has no upper one (None), "30万" is both."""
    text, notes = line(raw, typed)
    bare, _code = _unlabelled(_ABOUT.sub("", narrow(text)))
    if not bare:
        return Parsed(None, notes)
    if found := re.fullmatch(r"(.+?)元?(以上|以下|以内)", bare):
        bound = _cents(_number(found[1]))
        return Parsed((bound, None) if found[2] == "以上" else (_cents(Decimal(0)), bound), notes)
    found = _RANGE.fullmatch(bare)
    if not found:
        single = _cents(_number(bare))
        return Parsed((single, single), notes)
    low, high = _unlabelled(found[1])[0], _unlabelled(found[2])[0]
    lower, upper = _cents(_number(low)), _cents(_number(high))
    unit = high[-1:] if re.search("[万亿千kKwW]$", high) and low[-1:].isdigit() else ""
    if unit and lower < 1000:
        lower = _cents(_number(low + unit))
    if lower > upper:
        raise Invalid("E_AMOUNT", _("下限大于上限，请核对。"))
    return Parsed((lower, upper), notes)


def seed_style(amount: Decimal, currency: str = "CNY") -> str:
    """The amount as the seeds write it: 人民币:10000元."""
    number = f"{amount:.2f}".removesuffix(".00")
    return f"{CURRENCIES.get(currency, currency)}:{number}{'元' if currency == 'CNY' else ''}"
