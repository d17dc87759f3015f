"""The menu: what a person may open, and nothing else."""

from functools import partial
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access import queries
from keji.access.house import house
from keji.access.scope import may
from keji.clocks.queries import last_tick, stands_still
from keji.custody.rules import shelf
from keji.desk.workbench import views
from keji.notices.rules.reading import unread
from keji.records.pages import moment, url

GROUPS = (
    (
        ("desk:home", gettext_lazy("工作台"), "home", ""),
        ("customers:list", gettext_lazy("客户"), "users", "customers.see"),
        ("agenda:mine", gettext_lazy("任务"), "checkbox", "tasks.see"),
        ("customers:contacts", gettext_lazy("联系人"), "address-book", "contacts.see"),
        ("deals:board", gettext_lazy("商机"), "briefcase", "deals.see"),
        ("followups:list", gettext_lazy("跟进"), "phone", "followups.see"),
        ("customers:needs", gettext_lazy("需求"), "bulb", "needs.see"),
        ("service:list", gettext_lazy("服务"), "headset", "tickets.see"),
        ("desk:due", gettext_lazy("到期与逾期"), "clock", "customers.see"),
    ),
    (
        ("intake:list", gettext_lazy("导入"), "table-import", "customers.import"),
        ("customers:bin", gettext_lazy("回收站"), "trash", "customers.delete"),
    ),
    (
        ("desk:people", gettext_lazy("人员与团队"), "user-cog", "access.people"),
        ("desk:roles", gettext_lazy("角色权限"), "shield-check", "access.roles"),
        ("desk:dictionaries", gettext_lazy("字典与必填"), "list-details", "records.dictionaries"),
        ("deals:pipelines", gettext_lazy("销售流程"), "columns", "deals.pipelines"),
        ("customers:tags", gettext_lazy("标签"), "tag", "customers.tags"),
        ("clocks:limits", gettext_lazy("时限"), "clock", "clocks.limits"),
        ("desk:settings", gettext_lazy("设置"), "settings", "records.settings"),
        ("desk:trail", gettext_lazy("操作记录"), "history", "access.trail"),
        ("notices:hooks", gettext_lazy("回调"), "arrows-exchange", "notices.hooks"),
        ("notices:channels", gettext_lazy("消息发送"), "send", "notices.channels"),
        ("custody:backups", gettext_lazy("备份"), "shield-check", "custody.backup"),
        ("desk:jobs", gettext_lazy("后台任务"), "activity", "desk.health"),
    ),
)

LINKS = {"find": "desk:search", "me": "desk:account", "inbox": "notices:inbox", "unread": "notices:unread"}
UNDER = {"agenda:mine": ("agenda:list",), "intake:list": ("intake:list", "intake:forms")}  # lines that lead to one page of several

BINS = (
    ("customers:bin", gettext_lazy("客户"), "customers.delete"),
    ("customers:need_bin", gettext_lazy("需求"), "needs.delete"),
    ("deals:bin", gettext_lazy("商机"), "deals.delete"),
    ("followups:bin", gettext_lazy("跟进"), "followups.delete"),
    ("service:bin", gettext_lazy("服务单"), "tickets.delete"),
)


def bins(person: Any, path: str) -> list[dict[str, Any]]:
    """The bins that a person may look into, side by side; nothing on any other page."""
    known = [(url(name), str(label), action) for name, label, action in BINS]
    if path not in [href for href, _label, _action in known]:
        return []
    return [{"text": label, "href": href, "on": href == path} for href, label, action in known if may(person, action)]


EVENTS = {
    "SIGN_IN": gettext_lazy("登录"),
    "PASSWORD": gettext_lazy("修改了密码"),
    "RESET": gettext_lazy("管理员重置了密码"),
    "FACTOR_ON": gettext_lazy("开启了两步验证"),
    "FACTOR_OFF": gettext_lazy("关闭了两步验证"),
    "CODES": gettext_lazy("重新生成了恢复码"),
}


def menu(person: Any, path: str) -> list[list[dict[str, Any]]]:
    groups: list[list[dict[str, Any]]] = []
    for group in GROUPS:
        found: list[dict[str, Any]] = [
            {"label": str(label), "href": url(name), "icon": icon, "on": any(under(path, url(one)) for one in UNDER.get(name, (name,)))}
            for name, label, icon, action in group
            if (may(person, action) if action else views(person))
        ]
        if found:
            groups.append(found)
    longest = max((str(item["href"]) for items in groups for item in items if item["on"]), key=len, default="")
    for items in groups:
        for item in items:
            item["on"] = item["href"] == longest
    return groups


def under(path: str, place: str) -> bool:
    return path == place if place == "/" else path.startswith(place)


def shell(request: Any) -> dict[str, Any]:
    """What the frame around every page needs."""
    person = getattr(request, "user", None)
    signed_in = bool(person and person.is_authenticated)
    theme = request.COOKIES.get("theme", "auto")
    banners = []
    if settings.INSECURE_HTTP and not settings.HTTPS:
        banners.append(
            {
                "level": "danger",
                "text": _("正在用明文 http 提供服务，密码和客户资料可能被截获。请配置 https。"),
                "href": "",
            }
        )
    if signed_in and may(person, "custody.backup") and (missed := shelf.missed()):
        banners.append({"level": "danger", "text": missed, "href": url("custody:backups")})
    if signed_in and may(person, "desk.health") and (last := last_tick()) and stands_still(last):
        said = _("提醒从 %(at)s 起没有运行：到期和逾期不会有人被通知。请启动 keji serve，或看后台任务。")
        banners.append({"level": "danger", "text": said % {"at": moment(last)}, "href": url("desk:jobs")})
    if signed_in:
        banners += [alarm(event) for event in queries.news(person, request.session.get("told", 0))]
    return {
        "menu": menu(person, request.path) if signed_in else [],
        "bins": bins(person, request.path) if signed_in else [],
        "me": person if signed_in else None,
        "may_add": signed_in and may(person, "customers.create"),
        "may_log": signed_in and may(person, "followups.create"),
        "theme": theme if theme in ("light", "dark") else "auto",
        "company": house()["company"] if signed_in else "",
        "banners": banners,
        "toasts": [],
        "version": settings.VERSION,
        "rows": request.COOKIES.get("rows", "mid") if request.COOKIES.get("rows") in ("low", "mid", "high") else "mid",
        "unread": partial(unread, person),
        "links": {name: url(place) for name, place in LINKS.items()} if signed_in else {},
    }


def alarm(event: Any) -> dict[str, str]:
    """Word of something odd that happened to the person's account elsewhere."""
    told = {"at": moment(event.at), "where": " · ".join(one for one in (event.agent, event.ip) if one) or "—"}
    if event.kind == "SIGN_IN":
        said = _("%(at)s 你的账号在没用过的地方登录：%(where)s。不是你的话，请结束那个登录并修改密码。") % told
    else:
        said = _("%(at)s 你的账号%(what)s。不是你的话，请马上告诉管理员。") % {**told, "what": EVENTS[event.kind]}
    return {"level": "warning", "text": said, "href": url("desk:account")}
