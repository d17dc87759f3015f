"""Regions of China and the addresses in them."""

import re
from functools import lru_cache

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.places import CHILDREN, REGIONS, Region
from keji.kernel.text import line, narrow, normalised, plain

__all__ = [
    "REGIONS", "Region", "children", "complete", "detail", "postal_code", "region", "region_name", "split",
]  # fmt: skip

# No lower levels in the data: 台湾, 香港, 澳门. Cities without districts stand for their own.
_EXEMPT = frozenset({"710000", "810000", "820000"})
_CITY_IS_DISTRICT = frozenset({"441900", "442000", "460400"})
_UNSPOKEN = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})

_PEOPLES = (
    "蒙古族|(?<!内)蒙古|回族|藏族|维吾尔族?|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|高山族"
    "|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族?|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族?|阿昌族|普米族|塔吉克族?|怒族"
    "|裕固族|保安族|独龙族|鄂伦春|鄂温克族|各族"
)
_TAIL = re.compile(
    rf"(?:(?:{_PEOPLES})+自治[区州县旗]|特别行政区|自治[区州县旗]|地区|新区|林区|特区|矿区|[省市区县盟旗])$"
)
_BETWEEN = re.compile(r"[\s/\\,,、>|·;;_-]+")
# After a name without 市 or 区 these mean a street (中山路, 北京东路), not a place.
_STREET = re.compile(
    r"[东南西北]站|大?[东南西北中]?[一二三四五六七八九十\d]*"
    r"(?:大?[路街道]|巷|弄|里|广场|大厦|村|镇|大学|银行|饭店|酒店)"
)
_LONGEST = 60
_CODE = re.compile(r"\d{6}", re.A)
_PROVINCE_OF_POST = re.compile(
    r"(?:0[1-7]|1[0-356]|2[0-7]|3[0-6]|4[0-7]|5[1-7]|6[1-7]|7[0-5]|8[013-6])\d{4}|99907[78]", re.A
)


def children(code: str) -> list[Region]:
    """The regions right below; of "" the provinces."""
    return CHILDREN.get(code, [])


def complete(code: str) -> bool:
    """Whether the code says province, city and district, as far as there are any."""
    known = REGIONS.get(code)
    return known is not None and (known.level == "district" or code in _CITY_IS_DISTRICT or code in _EXEMPT)


@lru_cache(4096)
def region_name(code: str) -> str:
    """The full name, such as 江苏省苏州市虎丘区; "" for an unknown code."""
    names: list[str] = []
    while known := REGIONS.get(code):
        if known.name not in _UNSPOKEN and known.name not in names:
            names.append(known.name)
        code = known.parent
    return "".join(reversed(names))


def region(raw: object, *, typed: bool = True) -> Parsed:
    """The code of a region told as code, full name or path. A rest that is no region gets N_REGION_PARTIAL."""
    text, notes = line(raw, typed)
    if not text or text in REGIONS:
        return Parsed(text or None, notes)
    code, rest = _found(narrow(text))
    if not code or _CODE.fullmatch(narrow(text)):
        raise Invalid("E_REGION", *_hint(narrow(text)))
    if rest:
        hint = _("只认出“%(name)s”，“%(rest)s”不在行政区划里，请写到详细地址。")
        notes += (Note("N_REGION_PARTIAL", hint % {"name": region_name(code), "rest": rest}, rest),)
    return Parsed(code, notes)


def _hint(text: str) -> tuple[str, str]:
    several = [region_name(code) for code in _names()[0].get(text, ())]
    if len(several) > 1:
        return _("有 %(count)s 个“%(name)s”，请写明省和市。") % {"count": len(several), "name": text}, several[0]
    return _("没有这个地区，请按“省/市/区”选择，如 江苏省/苏州市/虎丘区。"), ""


def split(text: str) -> tuple[str | None, str]:
    """The region that an address begins with (None if none is known) and the rest."""
    whole = " ".join(plain(text).split())
    code, rest = _found(whole)
    return code or None, rest


def detail(raw: object, *, typed: bool = True) -> Parsed:
    """The part of an address below the district, 2 to 200 characters."""
    text, notes = line(raw, typed)
    if text and not 2 <= len(text) <= 200:
        hint = _("详细地址应为 2 到 200 个字，现在有 %(count)s 个，请改正。") % {"count": len(text)}
        raise Invalid("E_LENGTH", hint)
    return Parsed(text or None, notes)


def postal_code(raw: object, *, typed: bool = True) -> Parsed:
    """A postal code of 6 digits; one of no known province gets W_POSTAL_CODE."""
    text, notes = line(raw, typed)
    code = narrow(text).replace(" ", "")
    if isinstance(raw, (int, float)) and re.fullmatch(r"[1-7]\d{4}", code, re.A):
        code, notes = f"0{code}", notes + normalised(_("表格去掉了开头的 0，已补上。"))
    if not code:
        return Parsed(None, notes)
    if not re.fullmatch(r"(?!00)\d{6}", code, re.A):
        raise Invalid("E_POSTAL_CODE", _("邮政编码应为 6 位数字，请核对。"))
    if not _PROVINCE_OF_POST.fullmatch(code):
        notes += (Note("W_POSTAL_CODE", _("邮政编码开头两位不属于任何省份，请核对。")),)
    return Parsed(code, notes)


@lru_cache(1)
def _names() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], int]:
    """Codes by full name, codes by the name without 省, 市, 区 …, and the longest name."""
    full: dict[str, tuple[str, ...]] = {}
    short: dict[str, tuple[str, ...]] = {}
    for code, known in REGIONS.items():
        full[known.name] = (*full.get(known.name, ()), code)
        for bare in _bare(known):
            short[bare] = (*short.get(bare, ()), code)
    return full, short, max(map(len, full))


def _bare(known: Region) -> set[str]:
    """What people call a region for short: 苏州, 恩施州, 苏州市's 工业园区."""
    bare = _TAIL.sub("", known.name)
    said = {bare, f"{bare}州" if known.name.endswith("自治州") else bare}
    if known.level == "district":
        said.add(known.name.removeprefix(_TAIL.sub("", REGIONS[known.parent].name)))
    return {name for name in said if name != known.name and len(name) > 1}


@lru_cache(8192)
def _found(text: str) -> tuple[str, str]:
    """The deepest region that the text begins with, and what follows it; two of equal right are none."""
    # No region's path is longer; who writes 吉林吉林吉林… gets no deep search.
    readings = [(code, left + text[_LONGEST:]) for code, left in _walk(text[:_LONGEST], "")]
    if not readings:
        return "", text
    rest = min((left for _code, left in readings), key=len)
    codes = {code for code, left in readings if left == rest}
    # 吉林 and 海南 are provinces first.
    level = min(map(_rank, codes))
    codes = {code for code in codes if _rank(code) == level}
    return (_only_district(codes.pop()), rest) if len(codes) == 1 else ("", text)


def _rank(code: str) -> int:
    return ("province", "city", "district").index(REGIONS[code].level)


def _only_district(code: str) -> str:
    """620201 for 620200: both are 嘉峪关市."""
    below = children(code)
    return below[0].code if len(below) == 1 and below[0].name == REGIONS[code].name else code


def _walk(text: str, within: str) -> list[tuple[str, str]]:
    """Every reading of the text's beginning as regions inside one another: the last code and the rest."""
    full, short, longest = _names()
    text = _BETWEEN.sub("", text, count=1) if _BETWEEN.match(text) else text
    readings: list[tuple[str, str]] = []
    for size in range(min(longest, len(text)), 0, -1):
        name, rest = text[:size], text[size:]
        codes = full.get(name, ()) if size > 1 or within else ()
        readings += [(code, rest) for code in codes if _inside(code, within)]
        if not _STREET.match(rest):
            readings += [(code, rest) for code in short.get(name, ()) if _bare_is_clear(code, within)]
    return [end for code, rest in readings for end in _walk(rest, code) or [(code, _BETWEEN.sub("", rest, count=1))]]


def _inside(code: str, within: str) -> bool:
    if not within or code == within:
        return True
    return code.startswith(within[:2] if within.endswith("0000") else within[:4] if within.endswith("00") else within)


def _bare_is_clear(code: str, within: str) -> bool:
    return _inside(code, within) if within else REGIONS[code].level != "district"
