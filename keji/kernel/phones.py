"""Telephone numbers as people write them."""

import re

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.text import line, narrow, normalised

_SEGMENT = r"1(?:3\d|4[579]|5[0-35-9]|6[2567]|7[0-35-8]|8\d|9[0-35-9])"
_USUAL = re.compile(rf"{_SEGMENT}\d{{8}}", re.A)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.A)
_WITH_COUNTRY = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.A)
_THINGS = re.compile(r"1(?:440|46\d|48\d|410)\d{9}", re.A)
_BETWEEN = re.compile(r"[-/\\.·,;:、。|_~—–−‐‑()\[\]]+")
_LISTED = re.compile(r"[/\\,;、|\n]+|或者?|和")
_FIXED = re.compile(r"0(?:(?:10|2[0-57-9])-[2-8]\d{7}|[3-9]\d{2}-[2-8]\d{6,7})(?:-\d{1,6})?", re.A)
_EXTENSION = re.compile(r"[ -]?(?:转|分机号?:?|ext\.?:?|x|#) ?(?=\d)", re.I)
_COUNTRY = re.compile(r"^(?:\+86|0086)[ -]?\(?0?")
_DASHES = re.compile(r"[—–−‐‑-]+")
_GAPS = re.compile(r"[ ()-]+")
_ABROAD = re.compile(r"\+[1-9]\d{6,14}", re.A)


def mobile(raw: object, *, typed: bool = True) -> Parsed:
    """A mobile number of 11 digits. Typed, separators are refused (E_SEPARATOR)."""
    if type(raw) is str and _USUAL.fullmatch(raw):
        return Parsed(raw)
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    text = narrow(text)
    if found := _WITH_COUNTRY.fullmatch(text.replace(" ", "")):
        done = normalised(_("已去掉空格和国家代码。")) if found[1] != text else ()
        return Parsed(found[1], notes + done + _segment(found[1]))
    number, others = _loosened(text)
    if not number:
        raise Invalid("E_MOBILE", _mobile_hint(text), _guess(text))
    if typed:
        hint = _("一格只填一个手机号，其余请另填。")
        if not others:
            hint = _("不要用“-”“/”等符号分隔，可改为 %(number)s。") % {"number": number}
        raise Invalid("E_SEPARATOR", hint, number)
    if others:
        hint = _("一格里有多个号码，已取第一个，其余请另填。")
        return Parsed(number, (*notes, Note("N_SPLIT", hint, ",".join(others)), *_segment(number)))
    return Parsed(number, notes + normalised(_("已去掉分隔符号。")) + _segment(number))


def _segment(number: str) -> tuple[Note, ...]:
    if _USUAL.fullmatch(number) or number.startswith("174"):
        return ()
    return (Note("W_SEGMENT", _("号段 %(segment)s 不常见，请核对号码。") % {"segment": number[:3]}),)


def _loosened(text: str) -> tuple[str, list[str]]:
    """The number that the text means with its separators gone, and further ones; "" if it is none."""
    if found := _WITH_COUNTRY.fullmatch(_BETWEEN.sub("", text).replace(" ", "")):
        return found[1], []
    parts = [_BETWEEN.sub("", part).replace(" ", "") for part in _LISTED.split(text)]
    if len(parts) < 2:
        parts = text.split()
    whole = [_WITH_COUNTRY.fullmatch(part) for part in parts if part]
    numbers = [one[1] for one in whole if one]
    if len(numbers) < 2 or len(numbers) < len(whole):
        return "", []
    return numbers[0], numbers[1:]


def _guess(text: str) -> str:
    found = re.findall(r"(?<!\d)0?(1[3-9]\d{9})(?!\d)", text)
    return found[0] if len(found) == 1 else ""


def _mobile_hint(text: str) -> str:
    digits = text.replace(" ", "")
    if "*" in text:
        return _("号码被“*”遮住了，请填写完整的 11 位手机号。")
    if _THINGS.fullmatch(digits):
        return _("这是 13 位物联网号码，不能作为联系电话，请填写 11 位手机号。")
    if digits.isdigit() and len(digits) != 11:
        return _("手机号应为 11 位数字，现在有 %(count)s 位，请核对。") % {"count": len(digits)}
    return _("手机号应为 1 开头的 11 位数字，请核对。")


def landline(raw: object, *, typed: bool = True) -> Parsed:
    """A fixed-line number, as area-number or area-number-extension."""
    if type(raw) is str and _FIXED.fullmatch(raw):
        return Parsed(raw)
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    text = narrow(text)
    if value := _fixed(text):
        done = normalised(_("已整理为“区号-号码-分机”的写法。")) if value != text else ()
        return Parsed(value, notes + done)
    listed = [_fixed(part) for part in _LISTED.split(text) if part.strip()]
    if len(listed) < 2 or not listed[0]:
        raise Invalid("E_LANDLINE", _landline_hint(text))
    if typed:
        raise Invalid("E_SEPARATOR", _("一格只填一个座机号码。"), listed[0])
    others = [part.strip() for part in _LISTED.split(text) if part.strip()][1:]
    return Parsed(listed[0], (*notes, Note("N_SPLIT", _("一格里有多个号码，已取第一个，其余请另填。"), ",".join(others))))


def _fixed(text: str) -> str:
    """The text as area-number or area-number-extension, "" if it is no landline."""
    flat = _DASHES.sub("-", text)
    main, _word, extension = _EXTENSION.sub("#", flat).partition("#")
    groups = [group for group in _GAPS.split(_COUNTRY.sub("0", main)) if group]
    if len(groups) == 1:
        size = 3 if groups[0][1:2] in {"1", "2"} else 4
        groups = [groups[0][:size], groups[0][size:]]
    if len(groups) < 2:
        return ""
    area, number, *rest = groups
    if len(number) < 7 and rest:
        number += rest.pop(0)
    value = "-".join([area, number, *rest, *filter(None, [extension])])
    return value if _FIXED.fullmatch(value) else ""


def _landline_hint(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if _MOBILE.fullmatch(digits):
        return _("这是手机号，请填到“手机”一栏。")
    if len(digits) in {7, 8} and digits == text.replace(" ", "").replace("-", ""):
        return _("缺少区号，请写成“010-62345678”的样子。")
    return _("座机号码应为“区号-号码”，可加“-分机”，如 010-62345678-801，请核对。")


def parts(value: str) -> tuple[str, str, str]:
    """Area code, number and extension ("") of a stored landline."""
    area, number, *extension = value.split("-")
    return area, number, "".join(extension)


def service_number(raw: object, *, typed: bool = True) -> Parsed:
    """A 400 or 800 number, or a short number such as 95588."""
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    text = narrow(text)
    flat = text.replace(" ", "").replace("-", "")
    if re.fullmatch(r"[48]00\d{7}", flat, re.A):
        value = f"{flat[:3]}-{flat[3:6]}-{flat[6:]}"
    elif re.fullmatch(r"9[56]\d{3,6}|1[0-2]\d{3}", flat, re.A):
        value = flat
    else:
        raise Invalid("E_LANDLINE", _("服务号码应为 400 或 800 加 7 位数字，或 95588 这样的短号，请核对。"))
    return Parsed(value, notes + (normalised(_("已整理为常用写法。")) if value != text else ()))


def office_phone(raw: object, *, typed: bool = True) -> Parsed:
    """The telephone of a company: a landline or a service number."""
    if type(raw) is str and _FIXED.fullmatch(raw):
        return Parsed(raw)
    try:
        return service_number(raw, typed=typed)
    except Invalid as refusal:
        if refusal.code != "E_LANDLINE":
            raise
    return landline(raw, typed=typed)


def intl_phone(raw: object, *, typed: bool = True) -> Parsed:
    """A number abroad or in Hong Kong, Macao or Taiwan, as E.164."""
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    text = narrow(text)
    value = re.sub(r"[ ()./-]", "", text)
    value = f"+{value[2:]}" if value.startswith("00") else value
    if not _ABROAD.fullmatch(value):
        raise Invalid("E_LANDLINE", _("国际号码以“+”和国家代码开头，如 +85221234567，请核对。"))
    return Parsed(value, notes + (normalised(_("已整理为国际号码的写法。")) if value != text else ()))
