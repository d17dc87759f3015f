"""How a try to send ended, and what its code means to people."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

AWAY = {"E_CONNECTION", "E_TIMEOUT", "E_TLS", "E_ADDRESS", "E_LOGIN", "E_BUSY"}  # the next line would fare no better
WHY = {
    "E_OFF": _("停用时还没有发出"),
    "E_ADDRESS": _("地址到不了，或不在允许的范围"),
    "E_CONNECTION": _("连接不上，或连接断了"),
    "E_TIMEOUT": _("10 秒内没有回答"),
    "E_TLS": _("证书不对"),
    "E_ANSWER": _("回答看不懂"),
    "E_REDIRECT": _("对方要求转到别的地址，不跟随"),
    "E_STATUS": _("对方没有接受"),
    "E_DIED": _("最后一次发送时程序中断"),
    "E_LOGIN": _("邮件服务器不接受登录名或密码"),
    "E_RECIPIENT": _("邮件服务器不接受收件地址"),
    "E_BUSY": _("对方嫌太频繁，稍后再发"),
    "E_REFUSED": _("机器人没有接受：检查地址、加签密钥、关键词和 IP 限制"),
    "E_NO_MAIL": _("没有填邮箱，或还没有设置邮件服务器"),
}


@dataclass(frozen=True)
class Outcome:
    """How one try ended: `why` is empty if it arrived."""

    why: str = ""
    status: int | None = None
    milliseconds: int | None = None
    withheld: bool = False
