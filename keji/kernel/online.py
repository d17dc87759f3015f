"""Addresses on the net: e-mail, WeChat, WeCom, QQ, web pages."""

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, Note, Parsed
from keji.kernel.text import line, narrow, normalised

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"(?:[A-Za-z]{2,24}|[Xx][Nn]--[A-Za-z0-9-]{1,58}[A-Za-z0-9])"
_EMAIL = re.compile(rf"(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_LOCAL}@((?:{_LABEL}\.)+{_TOP})", re.A)
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_TOP}|\d{{1,3}}(?:\.\d{{1,3}}){{3}}", re.A)
_WECHAT = re.compile(r"[A-Za-z][-_A-Za-z0-9]{5,19}", re.A)
_WECOM = re.compile(r"[A-Za-z0-9_-]{1,64}", re.A)
_QQ = re.compile(r"[1-9]\d{4,10}", re.A)
_LISTED = re.compile(r"[;,、，；/|\s]+")
_NOT_IN_URL = re.compile(r"[\s<>\"\\^`{}|]")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.A)


@lru_cache(1)
def personal_domains() -> frozenset[str]:
    """The mail domains that anybody can have an address at."""
    return frozenset((Path(__file__).parent / "data" / "personal_email_domains.txt").read_text("utf-8").split())


def email(raw: object, *, typed: bool = True) -> Parsed:
    """An e-mail address, its domain in lower case (in Punycode if Chinese). A private one gets W_PERSONAL_EMAIL."""
    if type(raw) is str and (found := _EMAIL.fullmatch(raw)) and found[1].islower():
        return Parsed(raw, _personal(found[1]))
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    value = _address(text)
    if value:
        done = normalised(_("已把域名改为小写等标准写法。")) if value != text else ()
        return Parsed(value, notes + done + _personal(value.partition("@")[2]))
    parts = [part for part in _LISTED.split(narrow(text)) if part]
    every = [_address(part) for part in parts]
    if len(parts) < 2 or not all(every):
        raise Invalid("E_EMAIL", _("电子邮箱应像 name@company.com，请核对。"))
    if typed:
        raise Invalid("E_SEPARATOR", _("一格只填一个电子邮箱。"), every[0])
    split = Note("N_SPLIT", _("一格里有多个邮箱，已取第一个，其余请另填。"), ",".join(every[1:]))
    return Parsed(every[0], (*notes, split, *_personal(every[0].partition("@")[2])))


def _address(text: str) -> str:
    local, at, domain = narrow(text).removeprefix("mailto:").rpartition("@")
    value = f"{local}{at}{_ascii(domain)}"
    return value if _EMAIL.fullmatch(value) else ""


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    if len(domain) > 253:
        return ""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def personal(address: str) -> bool:
    """Whether a stored address is at one of the private mail providers."""
    return address.rpartition("@")[2] in personal_domains()


def _personal(domain: str) -> tuple[Note, ...]:
    if domain not in personal_domains():
        return ()
    return (Note("W_PERSONAL_EMAIL", _("%(domain)s 是个人邮箱，请尽量填写企业邮箱。") % {"domain": domain}),)


def wechat_id(raw: object, *, typed: bool = True) -> Parsed:
    """A WeChat id; a mobile or QQ number by which somebody is found belongs into its own field."""
    text, notes = line(raw, typed)
    value = narrow(text)
    if not text or _WECHAT.fullmatch(value):
        return Parsed(value or None, notes)
    if _MOBILE.fullmatch(value):
        raise Invalid("E_WECHAT", _("这是手机号，请填到“手机”一栏，并注明微信同号。"))
    if _QQ.fullmatch(value):
        raise Invalid("E_WECHAT", _("这是 QQ 号，请填到“QQ”一栏，并注明微信同号。"))
    raise Invalid("E_WECHAT", _("微信号应为 6 到 20 位，字母开头，只用字母、数字、“_”和“-”，请核对。"))


def wecom_id(raw: object, *, typed: bool = True) -> Parsed:
    """The external user id of WeCom."""
    text, notes = line(raw, typed)
    value = narrow(text)
    if value and not _WECOM.fullmatch(value):
        raise Invalid("E_WECHAT", _("企业微信号应为 1 到 64 位字母、数字、“_”或“-”，请核对。"))
    return Parsed(value or None, notes)


def qq(raw: object, *, typed: bool = True) -> Parsed:
    """A QQ number."""
    text, notes = line(raw, typed)
    value = narrow(text).replace(" ", "")
    if not value or _QQ.fullmatch(value):
        return Parsed(value or None, notes + (normalised(_("已去掉空格。")) if value != text else ()))
    bare = re.sub(r"(?i)^qq:?|@qq\.com$", "", value)
    numbers = [part for part in re.split(r"[-/\\,;、，；|]+", bare) if part]
    joined = "".join(numbers)
    if not numbers or not all(map(_QQ.fullmatch, numbers)) and not _QQ.fullmatch(joined):
        raise Invalid("E_QQ", _("QQ 号应为 5 到 11 位数字，不以 0 开头，请核对。"))
    if not all(map(_QQ.fullmatch, numbers)):
        numbers = [joined]
    if typed:
        code = "E_QQ" if bare == numbers[0] else "E_SEPARATOR"
        raise Invalid(code, _("只填一个 QQ 号的数字，不要加其他符号。"), numbers[0])
    if len(numbers) > 1:
        hint = _("一格里有多个 QQ 号，已取第一个，其余请另填。")
        return Parsed(numbers[0], (*notes, Note("N_SPLIT", hint, ",".join(numbers[1:]))))
    return Parsed(numbers[0], notes + normalised(_("已去掉 QQ 号以外的符号。")))


def url(raw: object, *, typed: bool = True) -> Parsed:
    """A web address with http or https; without a scheme https is put before it."""
    text, notes = line(raw, typed)
    if not text:
        return Parsed(None, notes)
    value = _web(text if "://" in text else f"https://{text}")
    if not value:
        raise Invalid("E_URL", _("网址应像 https://www.company.com，请核对。"))
    return Parsed(value, notes + (normalised(_("已补全为标准网址。")) if value != text else ()))


def _web(text: str) -> str:
    if len(text) > 500 or _NOT_IN_URL.search(text):
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ""
    host = _ascii(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return ""
    return parts._replace(netloc=f"{host}:{port}" if port else host).geturl()
