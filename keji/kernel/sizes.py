"""How large an enterprise is, by four schemes."""

import csv
import re
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext_lazy

from keji.kernel.wordings import wordings

Number = Decimal | int | float

_LABELS = {
    "EMP3_000": {
        "LT50": gettext_lazy("50人以下"),
        "50_200": gettext_lazy("50-200人"),
        "GE200": gettext_lazy("200人以上"),
    },
    "EMP4_DEFAULT": {
        "LT50": gettext_lazy("50人以下"),
        "50_200": gettext_lazy("50-200人"),
        "200_500": gettext_lazy("200-500人"),
        "GE500": gettext_lazy("500人以上"),
    },
    "EMPREV3_004": {
        "SMALL_MICRO": gettext_lazy("小微企业"),
        "MEDIUM": gettext_lazy("中型企业"),
        "LARGE": gettext_lazy("大型企业"),
    },
    "NBS2017": {
        "L": gettext_lazy("大型"),
        "M": gettext_lazy("中型"),
        "S": gettext_lazy("小型"),
        "XS": gettext_lazy("微型"),
    },
}
SCHEMES = tuple(_LABELS)
_FLOORS = {
    "EMP3_000": ((200, "GE200"), (50, "50_200"), (0, "LT50")),
    "EMP4_DEFAULT": ((500, "GE500"), (200, "200_500"), (50, "50_200"), (0, "LT50")),
}
_SPOKEN = {
    "50人以下": "LT50", "小于50人": "LT50", "少于50人": "LT50", "50以下": "LT50",
    "50-200人": "50_200", "50-200": "50_200", "200人以上": "GE200", "200以上": "GE200",
    "200-500人": "200_500", "200-500": "200_500", "500人以上": "GE500", "500以上": "GE500",
    "小微企业": "SMALL_MICRO", "小微": "SMALL_MICRO", "小微型企业": "SMALL_MICRO", "中型企业": "MEDIUM",
    "大型企业": "LARGE", "中型": "MEDIUM", "大型": "LARGE",
}  # fmt: skip
_SPOKEN_NBS = {
    "大型": "L", "大型企业": "L", "中型": "M", "中型企业": "M", "小型": "S", "小型企业": "S", "微型": "XS", "微型企业": "XS",
}  # fmt: skip


def bands(scheme: str) -> list[tuple[str, str]]:
    """The codes and labels of a scheme, smallest first (the law's scheme largest first)."""
    return [(code, str(said)) for code, said in _LABELS[scheme].items()]


def label(scheme: str, code: str) -> str:
    """What a band is called; a code of another scheme stands for itself."""
    return str(_LABELS[scheme].get(code, code))


def band_of_label(scheme: str, text: str) -> str | None:
    """The band that an imported label means; None if the scheme has no such band."""
    flat = _flat(text)
    code = (_SPOKEN_NBS if scheme == "NBS2017" else _SPOKEN).get(flat, flat)
    return code if code in _LABELS[scheme] else _labelled(scheme).get(flat)


def _flat(text: str) -> str:
    return re.sub(r"\s|\(.*\)", "", re.sub("[~～—–至到]", "-", text.replace("（", "(").replace("）", ")")))


@lru_cache(len(_LABELS))
def _labelled(scheme: str) -> dict[str, str]:
    return {_flat(said): code for code, label in _LABELS[scheme].items() for said in wordings(str, label)}


def band(
    scheme: str,
    *,
    employees: int | None = None,
    revenue_10k: Number | None = None,
    assets_10k: Number | None = None,
    industry: str | None = None,
    label: str | None = None,
) -> str | None:
    """The band that the figures give, else the one that an imported label means; None if neither does."""
    if scheme == "EMPREV3_004":
        found = _by_staff_and_revenue(employees, revenue_10k)
    elif scheme == "NBS2017":
        found = _by_law(industry or "", {"X": employees, "Y": revenue_10k, "Z": assets_10k})
    else:
        found = None if employees is None else next(code for floor, code in _FLOORS[scheme] if employees >= floor)
    return found or (band_of_label(scheme, label) if label else None)


def _by_staff_and_revenue(employees: int | None, revenue_10k: Number | None) -> str | None:
    """The lower of the two bands; 500 people and 20 million yuan are still medium."""
    ranks = [
        (value >= floor) + (value > top)
        for value, floor, top in ((employees, 100, 500), (revenue_10k, 500, 2000))
        if value is not None
    ]
    return ("SMALL_MICRO", "MEDIUM", "LARGE")[min(ranks)] if ranks else None


@lru_cache(1)
def _measures() -> dict[str, list[tuple[str, tuple[Decimal, ...]]]]:
    """By section or number of GB/T 4754: the figures that count and from where on each is small, medium, large."""
    measures: dict[str, list[tuple[str, tuple[Decimal, ...]]]] = {}
    with (Path(__file__).parent / "data" / "nbs_enterprise_size_2017.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            floors = tuple(Decimal(row[name]) for name in ("small_min", "medium_min", "large_min"))
            for scope in row["gbt4754_scope"].partition(" except")[0].split(","):
                measures.setdefault(scope, []).append((row["symbol"], floors))
    return measures


def _scope(industry: str) -> str:
    """The closest scope of the law for an industry; "" if it has none."""
    # A division says no more than 70 real estate: taken as 7010, development, the first of its kind.
    number = "70" if industry == "K" else industry[1:]
    scopes = [number[:size] for size in range(len(number), 1, -1)] + [industry[:1]]
    scopes += [scope for scope in _measures() if number and scope.startswith(number)]
    return next((scope for scope in scopes if scope in _measures()), "")


def _by_law(industry: str, figures: dict[str, Number | None]) -> str | None:
    """The lowest band among the known figures that the law asks for in this industry."""
    ranks = [
        sum(value >= floor for floor in floors)
        for symbol, floors in _measures().get(_scope(industry), ())
        if (value := figures[symbol]) is not None
    ]
    return ("XS", "S", "M", "L")[min(ranks)] if ranks else None
