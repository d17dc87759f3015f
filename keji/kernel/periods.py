"""Spans of time as people write them: 1年, 6个月, 半年, 长期."""

import re

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Parsed
from keji.kernel.text import line, narrow, normalised

_UNITS = {
    "年": "年",
    "个月": "个月",
    "月": "个月",
    "季度": "季度",
    "个季度": "季度",
    "周": "周",
    "个星期": "周",
    "天": "天",
}
_UNITS |= {"日": "天", "y": "年", "m": "个月"}
_PERIOD = re.compile(
    r"(?:合作期|周期|期限)?:?(?:约|大约)?(\d{1,3})(?:-(\d{1,3}))?("
    + "|".join(sorted(_UNITS, key=len, reverse=True))
    + ")"
)
_CHINESE = str.maketrans("一二两三四五六七八九", "1223456789")
_WORDS = {"半年": "6个月", "季度": "1季度", "长期": "长期", "不限": "长期", "一次性": "一次性", "单次": "一次性"}


def period(raw: object, *, typed: bool = True) -> Parsed:
    """A number with its unit ("1年", "3-6个月"), 长期 or 一次性."""
    text, notes = line(raw, typed)
    bare = narrow(text).replace(" ", "").removeprefix("合作期").removeprefix("合作")
    if not bare:
        return Parsed(None, notes)
    if bare in _WORDS:
        return Parsed(
            _WORDS[bare],
            notes if _WORDS[bare] == text else notes + normalised(_("已写成“%(told)s”。") % {"told": _WORDS[bare]}),
        )
    found = _PERIOD.fullmatch(bare.translate(_CHINESE))
    if not found or (found[2] and int(found[1]) > int(found[2])) or not int(found[1]):
        raise Invalid("E_PERIOD", _("请写数字和单位，如 1年、6个月、3-6个月，或 长期。"))
    told = f"{found[1]}{'-' + found[2] if found[2] else ''}{_UNITS[found[3]]}"
    return Parsed(told, notes if told == text else notes + normalised(_("已写成“%(told)s”。") % {"told": told}))
