"""Values with their middle hidden, for people who may not read them. Never raises."""

import re
from collections.abc import Callable

from keji.kernel import addresses

HIDDEN = "****"
_ZONE = re.compile(
    r"[^\d\s区路街号]{0,10}?(?:工业园|科技园|产业园|软件园|高新|新|开发|保税|保税港|度假|示范|合作|自贸|试验|管理|风景)区"
)
_TITLED = re.compile(r".*[(（]\s*(男|女|M|F)\s*[)）]\s*", re.I | re.S)


def mask(kind: str, value: object, sex: str = "") -> str:
    """The value as somebody sees it who may not read it; a kind that is not known is hidden whole."""
    text = "" if value is None else str(value).strip()
    if not text:
        return ""
    if kind == "seed_name":
        return _seed_name(text, sex)
    return _MASKS.get(kind, _whole)(text)


def _whole(text: str) -> str:
    return HIDDEN


def _ends(text: str, first: int, last: int, stars: int | None = None) -> str:
    """The two ends with stars between, unless too little would stay hidden."""
    middle = len(text) - first - last
    if middle < 3:
        return HIDDEN
    return f"{text[:first]}{'*' * (middle if stars is None else stars)}{text[-last:]}"


def _mobile(text: str) -> str:
    return _ends(text, 3, 4, 4)


def _landline(text: str) -> str:
    if len(text) < 9:
        return HIDDEN
    area, dash, rest = text.partition("-")
    if not dash or len(rest.replace("-", "")) < 7:
        return _ends(text, 3, 2, 4)
    number = rest.replace("-", "") if area in {"400", "800"} else rest.split("-")[0]
    return f"{area}-{HIDDEN}{number[-4:]}" if len(number) > 6 else HIDDEN


def _phone(text: str) -> str:
    if re.fullmatch(r"1\d{10}", text, re.A):
        return _mobile(text)
    return _landline(text)


def _id_number(text: str) -> str:
    return _ends(text, 3, 4) if len(text) == 18 else _ends(text, 1, 2, 4)


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not local:
        return HIDDEN
    return f"*@{domain}" if len(local) == 1 else f"{local[0]}{HIDDEN}@{domain}"


def _name(text: str) -> str:
    return text[0] + "*" * (len(text) - 1) if len(text) > 1 else "*"


def _seed_name(text: str, sex: str) -> str:
    told = _TITLED.fullmatch(text)
    said = (told[1] if told else sex).upper()
    return "*某" + {"F": "女士", "女": "女士", "M": "先生", "男": "先生"}.get(said, "")


def _address(text: str) -> str:
    code, rest = addresses.split(text)
    if not code:
        return HIDDEN
    shown = " ".join(text.split())
    shown = shown[: len(shown) - len(rest)]
    zone = _ZONE.match(rest) if not addresses.complete(code) else None
    return f"{shown}{zone[0] if zone else ''}{HIDDEN}"


def _birthday(text: str) -> str:
    return f"{text[:4]}-**-**" if re.match(r"\d{4}-", text, re.A) else HIDDEN


def _ip(text: str) -> str:
    return f"{text.rpartition('.')[0]}.*" if re.fullmatch(r"\d+(?:\.\d+){3}", text, re.A) else HIDDEN


_MASKS: dict[str, Callable[[str], str]] = {
    "mobile": _mobile,
    "landline": _landline,
    "phone": _phone,
    "id_number": _id_number,
    "id_number_strict": lambda text: _ends(text, 1, 1),
    "bank_card": lambda text: _ends(text, 6, 4),
    "email": _email,
    "name": _name,
    "wechat": lambda text: _ends(text, 2, 2, 4) if len(text) > 7 else HIDDEN,
    "address": _address,
    "birthday": _birthday,
    "ip": _ip,
    "text": _whole,
}
