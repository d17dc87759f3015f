"""Credit codes of organisations and identity numbers of people."""

import re
from datetime import date
from operator import mul

from django.utils.translation import gettext as _

from keji.kernel import clock
from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.places import REGIONS
from keji.kernel.text import line, narrow, normalised

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {sign: value for value, sign in enumerate(_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.A)
_MISREAD = str.maketrans("IOZS", "1025")
# GB 32100-2015: which categories each registration authority gives.
_CATEGORIES = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129", "8": "19", "9": "1239",
    "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_RESIDENT = re.compile(r"[1-9]\d{16}[\dX]", re.A)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PAPERS = {
    "PASSPORT": re.compile(r"[A-Z0-9]{5,17}", re.A),
    "HKMO_PERMIT": re.compile(r"[HM]\d{8,10}", re.A),
    "TW_PERMIT": re.compile(r"\d{8}", re.A),
    "PR_CARD": re.compile(r"[A-Z]{3}\d{12}", re.A),
    "OTHER": re.compile(r"[A-Z0-9]{3,30}", re.A),
}
_SCIENTIFIC = re.compile(r"\d\.\d+[eE]\+1\d", re.A)
_SEPARATORS = re.compile(r"[-/\\,;、，；.·_—–|]+")


def uscc(raw: object, *, typed: bool = True) -> Parsed:
    """A unified social credit code of 18 characters with a true check character."""
    if type(raw) is str and is_uscc(raw):
        return Parsed(raw, _uscc_doubts(raw))
    _whole_number(raw, "E_USCC")
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    code, notes = _joined(text, typed, notes)
    if not _USCC.fullmatch(code):
        raise Invalid("E_USCC", *_uscc_hint(code))
    if code[17] != _uscc_check(code):
        raise Invalid("E_USCC", _("统一社会信用代码的校验位不对，多半有一位写错了，请逐位核对。"))
    return Parsed(code, notes + _uscc_doubts(code))


def is_uscc(code: str) -> bool:
    """Whether the code could stand as a credit code as it is."""
    return _USCC.fullmatch(code) is not None and code[17] == _uscc_check(code)


def _uscc_check(code: str) -> str:
    total = sum(map(mul, map(_VALUE.__getitem__, code[:17]), _USCC_WEIGHTS))
    return _ALPHABET[-total % 31]


def _uscc_hint(code: str) -> tuple[str, str]:
    if len(code) != 18:
        return _("统一社会信用代码应为 18 位，现在有 %(count)s 位，请核对。") % {"count": len(code)}, ""
    meant = code.translate(_MISREAD)
    if meant != code and _USCC.fullmatch(meant) and meant[17] == _uscc_check(meant):
        return _("统一社会信用代码不用字母 I、O、S、V、Z，请核对是否应为数字。"), meant
    return _("统一社会信用代码只用数字和大写字母（不用 I、O、S、V、Z），第 3 到 8 位是数字，请核对。"), ""


def _uscc_doubts(code: str) -> tuple[Note, ...]:
    notes: tuple[Note, ...] = ()
    if code[1] not in _CATEGORIES.get(code[0], ""):
        hint = _("信用代码前两位“%(pair)s”不是已知的登记类别，请核对。") % {"pair": code[:2]}
        notes += (Note("W_USCC_AUTHORITY", hint),)
    if not _registered_in_known_region(code[2:8]):
        hint = _("信用代码中的行政区划 %(region)s 不在目录里，请核对。") % {"region": code[2:8]}
        notes += (Note("W_USCC_REGION", hint),)
    if code[16] != _org_check(code[8:16]):
        notes += (Note("W_USCC_ORG", _("信用代码中的组织机构代码校验位不对，请核对。")),)
    return notes


def _registered_in_known_region(code: str) -> bool:
    # Development zones (320594) and districts that were merged keep their numbers: a known city is enough.
    return code == "100000" or code in REGIONS or f"{code[:4]}00" in REGIONS


def _org_check(body: str) -> str:
    total = sum(weight * int(sign, 36) for weight, sign in zip(_ORG_WEIGHTS, body, strict=True))
    return "0123456789X"[-total % 11]


def id_number(raw: object, id_type: str = "ID_CARD", *, typed: bool = True, today: date | None = None) -> Parsed:
    """The number of an identity paper of that type; a resident's is checked to its last digit."""
    _whole_number(raw, "E_ID_NUMBER")
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    number, notes = _joined(text, typed, notes, "E_ID_NUMBER")
    paper = id_type or "ID_CARD"
    if paper == "ID_CARD" or (paper == "PR_CARD" and number[:1] == "9"):
        _resident(number, today or clock.today())
    elif not _PAPERS.get(paper, _PAPERS["OTHER"]).fullmatch(number):
        raise Invalid("E_ID_NUMBER", _paper_hint(paper))
    return Parsed(number, notes)


def _resident(number: str, today: date) -> None:
    if len(number) == 15 and number.isdigit():
        raise Invalid("E_ID_NUMBER", _("15 位的旧身份证号码已停用，请填写 18 位号码。"))
    if len(number) != 18:
        raise Invalid("E_ID_NUMBER", _("身份证号码应为 18 位，现在有 %(count)s 位，请核对。") % {"count": len(number)})
    if not _RESIDENT.fullmatch(number):
        raise Invalid("E_ID_NUMBER", _("身份证号码应为 17 位数字加一位数字或 X，请核对。"))
    born = birth_of(number)
    if born is None or not date(1900, 1, 1) <= born <= today:
        raise Invalid("E_ID_NUMBER", _("身份证号码中的出生日期不对，请核对第 7 到 14 位。"))
    if number[17] != resident_check(number):
        raise Invalid("E_ID_NUMBER", _("身份证号码的校验位不对，多半有一位写错了，请逐位核对。"))


def resident_check(number: str) -> str:
    """The last character that the first 17 digits of a resident's number ask for."""
    return "10X98765432"[sum(map(mul, map(int, number[:17]), _RESIDENT_WEIGHTS)) % 11]


def _paper_hint(paper: str) -> str:
    if paper == "PASSPORT":
        return _("护照号码应为 5 到 17 位字母或数字，请核对。")
    if paper == "HKMO_PERMIT":
        return _("港澳居民来往内地通行证号码应为 H 或 M 加 8 到 10 位数字，请核对。")
    if paper == "TW_PERMIT":
        return _("台湾居民来往大陆通行证号码应为 8 位数字，请核对。")
    if paper == "PR_CARD":
        return _("外国人永久居留身份证号码应为 9 开头的 18 位，或 3 个字母加 12 位数字，请核对。")
    return _("证件号码应为 3 到 30 位字母或数字，请核对。")


def sex_of(number: str) -> str | None:
    """M or F as a resident's number says it; None for other papers."""
    if birth_of(number) is None:
        return None
    return "M" if int(number[16]) % 2 else "F"


def birth_of(number: str) -> date | None:
    """The birthday in a resident's number; None for other papers."""
    if not _RESIDENT.fullmatch(number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _whole_number(raw: object, code: str) -> None:
    # Excel keeps 15 digits of a number: the last three of 18 are lost for ever.
    rounded = abs(raw) >= 10**15 if isinstance(raw, (int, float)) else _SCIENTIFIC.fullmatch(str(raw))
    if rounded:
        raise Invalid(code, _("表格把号码当成了数字，末尾几位已经丢失，请把这一列设为文本格式后重新填写。"))


def _joined(text: str, typed: bool, notes: tuple[Note, ...], error: str = "E_USCC") -> tuple[str, tuple[Note, ...]]:
    """The number in capitals, without spaces; separators are refused when typed, removed on import."""
    plain = narrow(text).upper().replace(" ", "")
    number = _SEPARATORS.sub("", plain)
    if number != plain and typed:
        raise Invalid("E_SEPARATOR", _("不要用“-”“/”等符号分隔，请连续填写。"), number)
    if not number:
        raise Invalid(error, _("这里没有号码，请核对。"))
    if number != text:
        notes += normalised(_("已改为大写并去掉空格和分隔符号。"))
    return number, notes
