"""The robots of group chats, as their makers document them: one POST, JSON, perhaps signed."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

from django.utils.translation import gettext_lazy as _

from keji.notices.models import Medium

LONGEST = {Medium.WECOM: 2048, Medium.DINGTALK: 15_000, Medium.FEISHU: 15_000}  # bytes of text
CODE = re.compile(rb'"(?:errcode|code|StatusCode)"\s*:\s*(-?\d{1,9})')
BUSY = {45009, 45033, 130101, 9499, 11232}  # too many messages a minute, as each of them says it


@dataclass(frozen=True)
class Robot:
    """Where a robot of this make is reached, and how it takes a text."""

    hosts: tuple[str, ...]
    path: re.Pattern[str]
    example: str
    sign: Callable[[str, int], tuple[dict[str, str], dict[str, Any]]] | None  # what joins the address, and the body
    body: Callable[[str], dict[str, Any]]
    hint: Any


def digest(key: str, told: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), told.encode(), hashlib.sha256).digest()).decode()


def dingtalk_sign(secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    moment = str(at * 1000)
    return {"timestamp": moment, "sign": digest(secret, f"{moment}\n{secret}")}, {}


def feishu_sign(secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    """Here time and secret are the key, and nothing is what is signed."""
    return {}, {"timestamp": str(at), "sign": digest(f"{at}\n{secret}", "")}


def plain_text(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text}}


ROBOTS: dict[str, Robot] = {
    Medium.WECOM: Robot(
        ("qyapi.weixin.qq.com",),
        re.compile(r"/cgi-bin/webhook/send\?key=[A-Za-z0-9-]{8,80}"),
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
        None,
        plain_text,
        _("企业微信的群 → 群机器人 → 添加，复制 Webhook 地址。没有加签密钥。"),
    ),
    Medium.DINGTALK: Robot(
        ("oapi.dingtalk.com",),
        re.compile(r"/robot/send\?access_token=[A-Za-z0-9]{16,100}"),
        "https://oapi.dingtalk.com/robot/send?access_token=…",
        dingtalk_sign,
        plain_text,
        _("钉钉的群 → 机器人 → 自定义，安全设置选“加签”，把 SEC 开头的密钥一起填在这里。"),
    ),
    Medium.FEISHU: Robot(
        ("open.feishu.cn", "open.larksuite.com"),
        re.compile(r"/open-apis/bot/v2/hook/[A-Za-z0-9-]{8,80}"),
        "https://open.feishu.cn/open-apis/bot/v2/hook/…",
        feishu_sign,
        lambda text: {"msg_type": "text", "content": {"text": text}},
        _("飞书的群 → 设置 → 群机器人 → 自定义机器人，安全设置选“签名校验”，把密钥一起填在这里。"),
    ),
}


def fits(medium: str, address: str, inner: frozenset[str]) -> bool:
    """True for an address of a robot of this make, or of a host that the operator allows in its place."""
    robot = ROBOTS[medium]
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    told = f"{parts.path}?{parts.query}" if parts.query else parts.path
    allowed = host in robot.hosts and port in (None, 443) or bool({host, f"{host}:{port}"} & inner)
    return allowed and not parts.fragment and robot.path.fullmatch(told) is not None


def short(address: str) -> str:
    """An address as it is shown: whose robot it is and how the key ends, not the key."""
    return f"{urlsplit(address).hostname}/…{address[-4:]}"


def packed(medium: str, address: str, secret: str, text: str, at: int) -> tuple[str, dict[str, Any]]:
    """The address and the body for a text."""
    robot, body = ROBOTS[medium], dict[str, Any]()
    if secret and robot.sign:
        joins, body = robot.sign(secret, at)
        address += "".join(f"&{name}={quote_plus(value)}" for name, value in joins.items())
    return address, body | robot.body(cut(harmless(text), LONGEST[Medium(medium)]))


def harmless(text: str) -> str:
    """No text of ours calls anybody: in these chats <at …> and <@…> do."""
    return text.replace("<", "＜").replace(">", "＞")


def cut(text: str, most: int) -> str:
    """As much as a robot takes; its end, which says what the message is known by, stays."""
    if len(text.encode()) <= most:
        return text
    head, _line, tail = text.rpartition("\n")
    room = most - len(f"…\n{tail}".encode())
    return f"{head.encode()[:room].decode(errors='ignore')}…\n{tail}"


def verdict(answer: bytes) -> str:
    """Why a robot that answered 200 did not take the text; nothing if it did."""
    found = CODE.search(answer)
    if not found:
        return "E_ANSWER"
    code = int(found[1])
    return "" if code == 0 else "E_BUSY" if code in BUSY else "E_REFUSED"
