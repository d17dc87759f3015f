"""Write the reference that the code itself tells: docs/reference/{fields,roles,actions,commands,api,settings,requirements}.md."""

import argparse
import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MADE = "<!-- 由 tools/make_reference.py 生成,不要手改。 -->"
KINDS = {
    "Text": "文字", "Signature": "文字", "Long": "长文字", "Term": "字典", "Terms": "字典(可多选)", "Grade": "等级", "Fixed": "选项", "Flag": "是/否",
    "Day": "日期", "Moment": "时间", "Whole": "整数", "Number": "数字", "Money": "金额", "Industry": "行业", "Region": "省市区",
    "When": "时间", "At": "时间", "NextStep": "时间", "Heartbeat": "选项", "OfDeal": "选项", "Archive": "选项", "OfNeeds": "需求", "ForCustomer": "客户", "People": "人员(可多选)", "Author": "人员", "OfIndustry": "行业",
    "InPipeline": "流程", "InStage": "阶段", "InTeam": "团队", "Age": "时间", "OfContact": "联系人", "Derived": "金额",
    "Who": "人员", "Sealed": "加密文字", "Band": "规模档次", "Years": "年数", "OfCustomer": "所属客户", "Tags": "标签",
    "Keywords": "关键词", "CustomerNumber": "文字", "Budget": "预算", "BudgetBand": "预算档次",
}  # fmt: skip


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table of Markdown; a bar in a cell does not end it."""

    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [line(titles), "|" + "---|" * len(titles), *map(line, rows)]


def page(title: str, *parts: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", *(line for part in parts for line in (*part, ""))]).rstrip() + "\n"


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def fields() -> str:
    from keji.records.sheet import SHEETS

    parts: list[list[str]] = [
        [
            "最后一列就是录入时字段旁的说明。“也认得”是导入时除字段名以外能自动对应的列标题。",
            "",
            "找:可以搜索;筛:可以作筛选条件;序:列表可按它排序;自动:由系统算出,不能填。哪些必填由“字典与必填”页面的“必填要求”决定。",
        ]
    ]
    for sheet in SHEETS.values():
        rows = []
        for column in sheet.columns:
            marks = [
                word
                for word, on in (
                    ("找", column.search),
                    ("筛", column.filter),
                    ("序", column.sort),
                    ("自动", not column.typed),
                )
                if on
            ]
            rows.append(
                (
                    sheet.label(column.name),
                    code(column.name),
                    KINDS[type(column.kind).__name__],
                    " ".join(marks),
                    "、".join(column.titles),
                    column.example,
                    sheet.help(column.name),
                )
            )
        parts += [[f"## {sheet.title}"], table(("字段", "代码", "种类", "用处", "也认得", "例子", "说明"), rows)]
    return page("字段", *parts)


def roles() -> str:
    from keji.access.presets import ROLES
    from keji.access.scope import ACTIONS, REACHES, RECORDS, VERBS
    from keji.records.sheet import SHEETS as sheets

    parts: list[list[str]] = [
        [
            "交付时的十个角色。一个人可以有几个角色,取其中最宽的。管理员可在“角色权限”里修改,也可以“恢复预设”。",
            "",
            "范围:无、本人(含协同的客户)、本团队及下级、全部。",
        ]
    ]
    for name, role in ROLES.items():
        parts.append([f"## {role['label']} `{name}`"])
        rows = [
            (RECORDS[record], *(REACHES[told.get(verb, "none")] for verb in VERBS))
            for record, told in role["reach"].items()
        ]
        parts.append(table(("资料", *map(str, VERBS.values())), rows) if rows else ["看不到任何客户资料,只管理系统。"])
        if role["actions"]:
            parts.append(["其他权限:" + "、".join(str(ACTIONS[one].label) for one in role["actions"]) + "。"])
        for policy, word in (("mask", "遮盖"), ("hide", "隐藏")):
            names = [one.partition(".") for one, told in role["fields"].items() if told == policy]
            shown = [
                f"{RECORDS[record]}的{sheets[record].label(field)}"
                for record, _dot, field in names
                if field in sheets[record].by_name
            ]
            if shown:
                parts.append([f"{word}:" + "、".join(shown) + "。"])
    return page("角色", *parts)


def actions() -> str:
    from keji.access.presets import ROLES
    from keji.access.scope import ACTIONS, RECORDS, VERBS, granted

    roles = [
        (role["label"], type("Preset", (), {"reach": role["reach"], "actions": role["actions"]}))
        for role in ROLES.values()
    ]
    rows = []
    for name, action in sorted(ACTIONS.items(), key=lambda one: (one[1].record, one[0])):
        told = [label for label, role in roles if granted(role, action)]
        scope = f"{RECORDS[action.record]}:按“{VERBS[action.verb]}”的范围" if action.record else "–"
        rows.append((code(name), action.label, scope, "、".join(told) or "–"))
    said = ["角色能授予的全部动作。每个页面的门、每个按钮、每条命令都先问其中一个。"]
    return page("动作", said, table(("代码", "名称", "范围", "交付时谁有"), rows))


def commands() -> str:
    from keji.cli import parser

    made = parser()
    parts: list[list[str]] = [
        [
            str(made.description),
            "",
            "退出码:0 成功;1 做了,但有失败或跳过的;2 用法、权限或参数不对。`keji serve` 另有:3 数据目录已有客迹在运行,4 端口被占用,5 没有启动。",
        ]
    ]
    verbs = next(one for one in made._actions if isinstance(one, argparse._SubParsersAction))
    for name, one in verbs.choices.items():
        rows = []
        for option in one._actions:
            if isinstance(option, argparse._HelpAction):
                continue
            told = "、".join(option.option_strings) or option.dest
            offered = " / ".join(map(str, option.choices)) if option.choices else ""
            plain = option.default not in (None, False, "", [], argparse.SUPPRESS) and option.option_strings
            needed = "必填" if option.required else (str(option.default) if plain else "")
            rows.append((code(told), offered, needed, option.help or ""))
        parts += [[f"## keji {name}"], [str(one.description)]]
        if rows:
            parts.append(table(("参数", "可选", "必填或默认", "说明"), rows))
    return page("命令", *parts)


def settings() -> str:
    from keji.settings import asked

    said = [
        "都在启动时读取；写错了，程序用一句话说明后不启动。改了要重新启动 `keji serve`。"
        "其余设置（公司名称、编号规则、必填要求……）在页面“设置”里，改了立即生效。"
    ]
    rows = [(code(name), text, shown) for name, (text, shown) in asked.items()]
    ends = ["写法：`1`、`true`、`yes` 是开，`0`、`false`、`no` 是关。"]
    return page("设置（环境变量）", said, table(("变量", "含义", "默认"), rows), ends)


def api() -> str:
    from keji.api.actions import ACTS
    from keji.api.operations import OPERATIONS
    from keji.api.tools import TOOLS

    rows = [
        (code(one.method), code(f"/api/v1{one.path}"), f"{one.resource.sheet.title}:{one.label}" if one.resource else one.label, code(one.door) or "–")
        for one in OPERATIONS
    ]
    parts = [["全部操作。每个都先问一项权限,再问令牌的权限;用法见[开放接口](../howto/api.md)。"], table(("方法", "地址", "做什么", "权限"), rows)]
    for act in ACTS:
        if act.inputs:
            fields = [(code(name), "必填" if one.must else "", one.help) for name, one in act.inputs.items()]
            parts += [[f"## {act.record} {act.name}:{act.label}"], table(("字段", "", "说明"), fields)]
    tools = [(code(name), tool.text(), code(tool.door) or "–") for name, tool in TOOLS.items()]
    said = "语言模型的工具，在 `POST /api/v1/mcp`；用法见[MCP](../howto/mcp.md)。"
    parts += [["## MCP"], [said], table(("工具", "做什么", "权限"), tools)]
    return page("开放接口", *parts)


def requirements() -> str:
    with (FOLDER / "requirements.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    said = [
        "五份来源（000–004）的每一条要求：原文、在客迹里是什么意思、怎样算做到。哪些测试证明了哪一条，"
        "`.venv/bin/python tools/requirements.py` 会列出还没有测试的。"
    ]
    parts: list[list[str]] = [said]
    for source in sorted({one["id"].split("-")[1] for one in known}):
        rows = [
            (code(one["id"]), one["clause_zh"], one["requirement"], one["acceptance"])
            for one in known
            if one["id"].split("-")[1] == source
        ]
        parts += [[f"## 来源 {source}"], table(("编号", "原文", "意思", "怎样算做到"), rows)]
    return page("要求", *parts)


def made() -> dict[str, str]:
    """The pages by the names of their files. Django must be set up."""
    from django.urls import get_resolver
    from django.utils.translation import override

    _ = get_resolver().url_patterns  # with the pages come all actions that are declared
    with override("zh-hans"):
        return {"fields.md": fields(), "roles.md": roles(), "actions.md": actions(), "commands.md": commands(), "api.md": api(), "settings.md": settings(), "requirements.md": requirements()}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keji.settings")
    django.setup()
    for name, text in made().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
