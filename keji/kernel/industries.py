"""Sections and divisions of GB/T 4754-2017, and what people call them."""

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.text import line, narrow, normalised, simplified

_DATA = Path(__file__).parent / "data"
_CODED = re.compile(r"[(\[]?([A-T]?\d{2,4}|[A-T])[)\]]?(?:[\s\-·.、,::|/—]*(\D.*))?", re.A | re.I)
_SEPARATORS = re.compile(r"[/\\,;、，；|>\n]|\s-\s|(?<=业)-|\s+")
_LONGEST = 100
_USUAL = """
智能科技 信息科技 网络科技 电子科技 生物科技 环保科技 教育科技 医疗科技 光电科技 科技发展 科技集团 技术发展 技术服务 软件技术
软件科技 数据服务 数据科技 信息技术 信息咨询 企业管理 管理咨询 商务咨询 工程咨询 投资管理 投资控股 资产管理 文化传播 文化传媒
影视文化 广告传媒 国际贸易 商贸 实业 实业发展 工贸 进出口贸易 供应链管理 物流运输 新材料 新能源 机械设备 机械制造 精密机械
自动化设备 专用设备 医疗器械 仪器仪表 电气设备 建筑装饰 装饰工程 建设工程 路桥工程 园林绿化 物业管理 人力资源 酒店餐饮
餐饮管理 健康管理 生态农业 农业发展 食品 服装 服饰 化工 半导体 超市 商业连锁 连锁 培训 集团 控股 股份 中国 国际 发展
"""
_ENDS = re.compile(r"(?:等?行业|产业|领域|类|企业|公司)$")


class Industry(NamedTuple):
    code: str
    name: str
    level: str
    section: str
    english: str


def _read() -> dict[str, Industry]:
    with (_DATA / "gbt4754.csv").open(encoding="utf-8", newline="") as rows:
        found = [
            Industry(row["full_code"], row["name_zh"], row["level"], row["full_code"][0], row["name_en"])
            for row in csv.DictReader(rows)
        ]
    return {industry.code: industry for industry in found}


INDUSTRIES = _read()
_DIVISIONS = {code[1:]: code for code in INDUSTRIES if len(code) == 3}


def name(code: str) -> str:
    """The name of an industry in the language of the page; "" for an unknown code."""
    known = INDUSTRIES.get(code)
    if known is None:
        return ""
    return known.english if get_language() == "en" else known.name


@lru_cache(1)
def aliases() -> dict[str, str]:
    """Codes by what people say."""
    rows = (_DATA / "industry_aliases.csv").read_text("utf-8").splitlines()[1:]
    return dict(row.split(",") for row in rows)


@lru_cache(1)
def _known() -> dict[str, str]:
    # A division that bears its section's name (教育, 房地产业) is the closer answer.
    named = {_flat(name): code for code, known in INDUSTRIES.items() for name in (known.name, known.english)}
    return {_flat(alias): code for alias, code in aliases().items()} | named


@lru_cache(1)
def usual_pairs() -> frozenset[str]:
    """Two neighbouring characters that say what a firm does and not which one it is."""
    told = [*(industry.name for industry in INDUSTRIES.values()), *aliases(), *_USUAL.split()]
    return frozenset(text[place : place + 2] for text in told for place in range(len(text) - 1))


def _flat(text: str) -> str:
    return simplified("".join(text.lower().split())).replace("其它", "其他").replace("(", "").replace(")", "")


def industry(raw: object, *, typed: bool = True) -> Parsed:
    """The code of a section or division told as code, name, both, or an everyday word."""
    if type(raw) is str and raw in INDUSTRIES:
        return Parsed(raw)
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    if isinstance(raw, (int, float)) and len(text) == 1:
        text = f"0{text}"
    told = text if len(text) <= _LONGEST else ""
    if code := _one(told):
        return Parsed(code, notes + _said(text, code))
    several = _several(told)
    if not several:
        raise Invalid("E_INDUSTRY", *_hint(text))
    if typed:
        raise Invalid("E_SEPARATOR", _("只选一个行业，不要用“/”“、”等符号分隔。"), name(several[0]))
    if len(several) == 1:
        return Parsed(several[0], notes + _said(text, several[0]))
    others = _("、").join(map(name, several[1:]))
    hint = _("一格里有多个行业，已取第一个“%(name)s”。") % {"name": name(several[0])}
    return Parsed(several[0], (*notes, Note("N_SPLIT", hint, others)))


def _said(text: str, code: str) -> tuple[Note, ...]:
    known = INDUSTRIES[code]
    if text in {code, known.name, known.english, f"{code} {known.name}", f"{code} {known.english}"}:
        return ()
    return normalised(_("已归到“%(code)s %(name)s”。") % {"code": code, "name": name(code)})


@lru_cache(4096)
def _one(text: str) -> str:
    """The code of one industry, "" if the text is none."""
    return _named(narrow(text)) or _coded(narrow(text))


def _named(text: str) -> str:
    flat = _flat(text)
    for wording in (flat, _ENDS.sub("", flat), f"{flat}业", _ENDS.sub("", flat) + "业", flat.removesuffix("业")):
        if code := _known().get(wording):
            return code
    return ""


def _coded(text: str) -> str:
    found = _CODED.fullmatch(text)
    if not found:
        return ""
    told, title = found[1].upper(), found[2]
    letter, digits = (told[0], told[1:]) if told[0].isalpha() else ("", told)
    code = _DIVISIONS.get(digits[:2], "") if digits else letter
    if code not in INDUSTRIES or letter not in {"", code[0]}:
        return ""
    if not title:
        return code
    meant = _named(title)
    same = bool(meant) and INDUSTRIES[meant].name == INDUSTRIES[code].name
    return code if len(digits) > 2 or same or meant in {code, code[0]} else ""


@lru_cache(4096)
def _several(text: str) -> tuple[str, ...]:
    """The codes of a list of industries; of one inside another only the inner."""
    if _CODED.fullmatch(narrow(text)):
        return ()
    codes = [_one(part) for part in _SEPARATORS.split(text) if part.strip()]
    if len(codes) < 2 or not all(codes):
        return ()
    return tuple(code for code in dict.fromkeys(codes) if not any(code == other[0] != other for other in codes))


def _hint(text: str) -> tuple[str, str]:
    from rapidfuzz import fuzz, process

    close = process.extractOne(_flat(narrow(text[:_LONGEST])), _known().keys(), scorer=fuzz.ratio, score_cutoff=60)
    if not close:
        return _("没有“%(text)s”这个行业，请从国民经济行业分类中选择。") % {"text": text[:30]}, ""
    meant = name(_known()[close[0]])
    said = {"text": text[:30], "meant": meant}
    return _("没有“%(text)s”这个行业，是不是“%(meant)s”？请从列表中选择。") % said, meant
