"""The printed form 客户关系管理信息表 of one customer: its four modules, as the person may read them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import may, require, visible
from keji.access.trail import note
from keji.customers import queries as customers
from keji.customers.models import Customer, Need
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.deals import queries as deals
from keji.deals.models import Deal
from keji.deals.sheet import DEALS
from keji.followups import queries as followups
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.clock import today
from keji.kernel.tables.writing import HEAD_COLOUR, workbook
from keji.records.sheet import Seen, Sheet

SOURCES = Path(__file__).parents[1] / "data"
FONTS = Path(__file__).parents[2] / "static" / "vendor"
TALKS = 10  # the newest communications
LINES = 4  # so many lines a table has at least, to write on
HIGH = 32  # points of a row in which people write by hand, or two lines of boxes stand
Tick = dict[str, Any]
Part = dict[str, Any]


def fill(person: Person, customer: Customer) -> dict[str, Any]:
    """What the form says, as plain data. The trail notes that one record was taken away."""
    require(person, "customers.see")
    shown = CUSTOMERS.reader(person, [customer.pk])(customer.__dict__)
    chances = seen(person, DEALS, deals_of(person, customer)) if may(person, "deals.see") else []
    note(person, "customers.export", customer, _("打印信息表"), rows=1)
    return {
        "title": _("客户关系管理信息表"),
        "lang": "en" if get_language() == "en" else "zh",
        "foot": _("%(who)s 打印于 %(day)s，只供内部使用") % {"who": person.name, "day": today().isoformat()},
        "parts": [
            basics(person, customer, shown),
            talks(person, customer),
            needs(person, customer, chances),
            history(customer, shown, chances),
        ],
    }


def head(person: Person, customer: Customer) -> Seen:
    """What the page above the form says of the customer."""
    wanted = [CUSTOMERS.by_name["name"], CUSTOMERS.by_name["customer_no"]]
    return CUSTOMERS.reader(person, [customer.pk], wanted)(customer.__dict__)


def seen(person: Person, sheet: Sheet, rows: Any) -> list[Seen]:
    """These rows as the person may read them."""
    columns = sheet.columns_for(person)
    found = list(rows.values(*sheet.attributes(columns)))
    read = sheet.reader(person, [row["id"] for row in found], columns)
    return [read(row) for row in found]


def deals_of(person: Person, customer: Customer) -> Any:
    return deals.visible(person, Deal).filter(customer_id=customer.pk).order_by("-stage_checked_at", "-pk")[:LINES]


def ticks(offered: Iterable[tuple[Any, str]], chosen: Any) -> list[Tick]:
    return [{"text": text, "on": code == chosen} for code, text in offered]


def basics(person: Person, customer: Customer, shown: Seen) -> Part:
    kinds = {one.code: one.text for one in CUSTOMERS.by_name["customer_type"].kind.choices()}
    if shown["type_text"].text:
        kinds["OTHER"] += _("：") + shown["type_text"].text
    bands = [(one.code, one.text) for one in CUSTOMERS.by_name["size_band"].kind.choices()]
    rows = [
        [_("客户名称"), shown["name"].text],
        [_("客户编号"), shown["customer_no"].text],
        [_("客户类型"), ticks(kinds.items(), shown["customer_type"].value)],
        [_("所属行业"), shown["industry_code"].text],
        [_("企业规模（若为企业）"), ticks(bands, shown["size_band"].value)],
        [_("地址"), place(shown, "contact") or place(shown, "registered")],
    ]
    people = seen(person, CONTACTS, customers.contacts_of(person, customer.pk)[:2])
    for nth in range(2):
        rows += contact(people[nth] if nth < len(people) else Seen(), nth)
    return {"title": _("基本信息模块"), "rows": rows}


def place(shown: Seen, kind: str) -> str:
    return " ".join(filter(None, (shown[f"{kind}_region"].text, shown[f"{kind}_address"].text)))


def contact(shown: Seen, nth: int) -> list[list[Any]]:
    title = _("关键联系人1") if nth == 0 else _("关键联系人2（可选）")
    parts = [
        f"{label}{_('：')}{shown[name].text or '_________'}"
        for label, name in ((_("姓名"), "name"), (_("职位"), "title"), (_("手机"), "mobile"), (_("座机"), "landline"))
    ]
    role = shown["decision_role"].value
    decides = None if not role else role == "DECISION_MAKER"
    return [[title, "    ".join(parts)], [_("是否决策人"), ticks([(True, _("是")), (False, _("否"))], decides)]]


def talks(person: Person, customer: Customer) -> Part:
    rows: list[Seen] = []
    if may(person, "followups.see"):
        found = followups.readable(person).filter(customer_id=customer.pk).order_by("-occurred_at", "-pk")
        rows = seen(person, FOLLOWUPS, found[:TALKS])
    head = [_("日期"), _("沟通方式"), _("沟通内容摘要"), _("参与人"), _("下一步行动"), _("负责人"), _("截止时间")]
    return {
        "title": _("联系与沟通记录模块"),
        "head": head,
        "widths": [3, 2, 7, 3, 4, 2, 3],
        "least": LINES,
        "lines": [
            [
                one["occurred_at"].text[:10],
                one["method"].text,
                one["summary"].text,
                _("、").join(filter(None, (one["our_participants"].text, one["customer_participants"].text))),
                one["next_action"].text,
                one["next_action_by"].text,
                one["next_action_due"].text,
            ]
            for one in rows
        ],
    }


def needs(person: Person, customer: Customer, chances: Sequence[Seen]) -> Part:
    head = [_("核心需求"), _("优先级"), _("匹配度"), _("预算"), _("合作期望"), _("合作可能性"), _("预计成交金额"), _("长期价值")]
    rows = visible(person, Need).filter(customer_id=customer.pk).order_by("-state", "-pk") if may(person, "needs.see") else None
    lines = [wish(one) for one in seen(person, NEEDS, rows[: LINES * 2])] if rows is not None else []
    lines += [chance(one) for one in chances if one["category"].value == "OPEN"]
    return {
        "title": _("需求与价值评估模块"),
        "head": head,
        "widths": [6, 2, 3, 3, 3, 3, 3, 4],
        "least": LINES,
        "lines": lines,
    }


def wish(one: Seen) -> list[str]:
    hoped = " ".join(filter(None, (one["expected_term"].text, one["expected_time"].text, one["target_date"].text)))
    names = ("description", "priority", "match_degree", "budget_text")
    ends = ("intent_level", "expected_amount", "long_term_value")
    return [*(one[name].text for name in names), hoped, *(one[name].text for name in ends)]


def chance(one: Seen) -> list[str]:
    names = ("expected_close_date", "possibility", "expected_amount", "long_term_value")
    return [one["name"].text, "", "", "", *(one[name].text for name in names)]


def history(customer: Customer, shown: Seen, chances: Sequence[Seen]) -> Part:
    score = shown["satisfaction"].value
    days = _("、").join(f"{one.name} {one.day.isoformat()}" for one in customers.anniversaries(customer))
    care = [shown["preferences"].text, shown["risks"].text, days, shown["remark"].text]
    if shown["do_not_call"].value:
        care.insert(0, _("避免电话打扰"))
    rows = [
        [_("当前跟进阶段"), ticks(*stages(chances))],
        [_("负责人"), shown["owner"].text],
        [_("合作起始时间"), shown["first_cooperation_date"].text],
        [_("累计合作金额"), shown["contract_amount"].text or shown["opening_amount"].text],
        [_("合作产品/服务"), shown["products"].text],
        [_("满意度评分"), ticks([(number, str(number)) for number in range(1, 6)], score)],
        [_("特殊备注"), _("；").join(filter(None, care))],
    ]
    return {"title": _("跟进状态与历史记录模块"), "rows": rows}


def stages(chances: Sequence[Seen]) -> tuple[list[tuple[int, str]], int | None]:
    """The six stages of the seed, and how far the deal has come that was looked after last; lost ones are none."""
    six = next((line.steps for line in deals.lines().values() if line.code == "P001"), ())
    known = deals.steps()
    found = [known[one["stage"].value] for one in chances if one["stage"].value in known]
    now = next((step.step for step in found if step.category != "LOST"), None)
    return [(step.step, step.name) for step in six if step.category != "LOST"], now


def write_pdf(told: dict[str, Any], source: str = "card.typ") -> bytes:
    """The form as PDF. The data go in as JSON, so that nothing in them can be typst."""
    made: Any = typst.compile(
        str(SOURCES / source),
        root=str(SOURCES),
        font_paths=[str(FONTS)],
        format="pdf",
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
    )
    return bytes(made)


def write_xlsx(target: Path | BinaryIO, *forms: dict[str, Any]) -> None:
    """Forms as a workbook, a page each, boxes as ☑ and □."""
    where: Any = str(target) if isinstance(target, Path) else target
    with workbook(where, {}) as book:
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        part_title = book.add_format({"bold": True, "font_size": 12})
        label = book.add_format({"border": 1, "bg_color": HEAD_COLOUR, "valign": "top", "text_wrap": True})
        body = book.add_format({"border": 1, "valign": "top", "text_wrap": True, "num_format": "@"})
        for told in forms:
            lay_page(book.add_worksheet(told.get("number", told["title"][:31])), told, title, part_title, label, body)


def lay_page(page: Any, told: dict[str, Any], title: Any, part_title: Any, label: Any, body: Any) -> None:
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_column(0, 7, 13)
    page.merge_range(0, 0, 0, 7, told["title"], title)
    row = 1
    if "number" in told:
        page.write_string(1, 0, told["number"], part_title)
        page.set_row(2, HIGH)
        page.merge_range(2, 0, 2, 7, told["notice"], body)
        row = 3
    for part in told["parts"]:
        row += 1
        page.write_string(row, 0, part["title"], part_title)
        row = lay_rows(page, row + 1, part, label, body) if "rows" in part else lay_table(page, row + 1, part, label, body)
    for name, value in told.get("signs", ()):
        row += 1
        page.write_string(row, 0, f"{name}{value or '____________________'}")
    page.write_string(row + 1, 0, told["foot"])


def lay_rows(page: Any, row: int, part: Part, label: Any, body: Any) -> int:
    for name, value, *room in part["rows"]:
        if room:
            page.set_row(row, max(HIGH, *room))
        page.write_string(row, 0, name, label)
        page.merge_range(row, 1, row, 7, "", body)
        page.write_string(row, 1, boxed(value), body)
        row += 1
    return row


def lay_table(page: Any, row: int, part: Part, label: Any, body: Any) -> int:
    blank = [""] * len(part["head"])
    lines = [*part["lines"], *[blank] * max(0, part["least"] - len(part["lines"]))]
    for place, name in enumerate(part["head"]):
        page.write_string(row, place, name, label)
    for line in lines:
        row += 1
        for place, told in enumerate(line):
            page.write_string(row, place, told, body)
    return row + 1


def boxed(value: str | list[Tick]) -> str:
    if isinstance(value, str):
        return value
    return "  ".join(f"{'☑' if one['on'] else '□'}{one['text']}" for one in value)


def name_of(told: dict[str, Any], customer: Customer, kind: str) -> str:
    return f"{told['title']}-{customer.customer_no}.{kind}"

