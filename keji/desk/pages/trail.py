"""Who did what and when: which fields changed, never their values."""

import re
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access import queries
from keji.access.doors import door
from keji.access.house import house
from keji.access.rules.roles import TRAIL
from keji.access.scope import ACTIONS, RECORDS, may
from keji.kernel.errors import Invalid
from keji.records.pages import bad_request
from keji.records.sheet import SHEETS

SIZE = 50
FAILED = "access.sign_in_failed"
TOLD = {
    "access.sign_in": gettext_lazy("登录"),
    FAILED: gettext_lazy("登录失败"),
    "access.sign_out": gettext_lazy("退出"),
    "access.session": gettext_lazy("结束其他登录"),
    "access.password": gettext_lazy("修改自己的密码"),
    "access.second_factor": gettext_lazy("改动两步验证"),
    "access.refused": gettext_lazy("操作被拒绝"),
    "access.redact": gettext_lazy("清除操作记录中的值"),
    "customers.probe": gettext_lazy("查重"),
    "customers.probe_alert": gettext_lazy("查重次数异常"),
    "customers.reveal_alert": gettext_lazy("查看完整值次数异常"),
    "customers.export_fetched": gettext_lazy("下载导出文件"),
    "records.file_fetched": gettext_lazy("下载附件"),
    "customers.export_plain": gettext_lazy("命令行导出"),
    "custody.backup_failed": gettext_lazy("备份失败"),
    "custody.backup_fetched": gettext_lazy("下载备份"),
    "custody.drilled": gettext_lazy("恢复演练通过"),
    "custody.drill_failed": gettext_lazy("恢复演练没有通过"),
}
PERSON = re.compile(r"(add|change|disable|enable|password|person) (\d{1,18})")
HOOK = re.compile(r"([a-z]+) hook (\d{1,18})")
DONE = {
    "add": gettext_lazy("添加"),
    "change": gettext_lazy("修改"),
    "disable": gettext_lazy("停用"),
    "enable": gettext_lazy("启用"),
    "password": gettext_lazy("重置密码"),
    "person": "",
    "delete": gettext_lazy("删除"),
    "secret": gettext_lazy("换密钥"),
    "test": gettext_lazy("发送测试"),
    "again": gettext_lazy("重发"),
}


@door(TRAIL)
def trail_page(request: Any) -> HttpResponse:
    try:
        asked = read(request.GET)
    except ValueError:
        return bad_request(request, Invalid("E_FIELD", _("筛选条件无法识别，请回到第一页。")))
    rows = queries.entries(request.user, **asked, most=SIZE + 1)
    more, rows = len(rows) > SIZE, rows[:SIZE]
    narrowed = {name: value for name, value in asked.items() if value and name != "before"}
    context = {
        "lines": [line(entry) for entry in rows],
        "linked": may(request.user, "customers.see"),
        "asked": asked,
        "next": "?" + urlencode({**narrowed, "before": rows[-1].pk}) if more else "",
        "first": "?" + urlencode(narrowed) if asked["before"] else "",
        "people": house().people,
        "actions": sorted(labels().items(), key=lambda one: one[1]),
        "records": RECORDS,
    }
    return render(request, "desk/trail.html", context)


def read(data: Any) -> dict[str, Any]:
    """What was asked for; raises ValueError for what is no number or no known name."""
    numbers = {name: int(data[name]) if data.get(name) else 0 for name in ("person", "before", "record_id")}
    action, record = data.get("action", ""), data.get("record", "")
    if (action and action not in labels()) or (record and record not in RECORDS):
        raise ValueError
    if any(not 0 <= number < 2**63 for number in numbers.values()):
        raise ValueError
    return {**numbers, "action": action, "record": record}


def labels() -> dict[str, str]:
    return {name: str(action.label) for name, action in ACTIONS.items()} | {
        name: str(text) for name, text in TOLD.items()
    }


def line(entry: Any) -> dict[str, Any]:
    sheet = SHEETS.get(entry.record)
    return {
        "at": entry.at,
        "who": entry.who.name if entry.who else "—" if entry.action == FAILED else _("系统"),
        "action": labels().get(entry.action, entry.action),
        "record": RECORDS.get(entry.record, ""),
        "record_id": entry.record_id,
        "customer_id": entry.customer_id,
        "changed": [called(sheet, name) for name in entry.changes],
        "why": explained(entry.why),
    }


def explained(why: str) -> str:
    """What stands beside an entry, with people and actions by their names."""
    if why in ACTIONS:
        return str(ACTIONS[why].label)
    if (about := HOOK.fullmatch(why)) and about[1] in DONE:
        return _("%(done)s回调 %(pk)s") % {"done": DONE[about[1]], "pk": about[2]}
    found = PERSON.fullmatch(why)
    if not found:
        return why
    known = house().people.get(int(found[2]))
    return f"{DONE[found[1]]} {known.name if known else _('没有这个登录名')}".strip()


def called(sheet: Any, name: str) -> str:
    """What a changed field is called; one that people never see is said by its name."""
    if name == "attachments":
        return _("附件")
    plain = name.removesuffix("_id")
    known = sheet.by_name if sheet else {}
    return sheet.label(plain) if plain in known else name
