"""What follow-ups look like to people."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.customers.queries import NAMED
from keji.customers.sheet import OfCustomer, of_customer
from keji.followups.models import Followup
from keji.followups.queries import INDEX
from keji.followups.rules import log
from keji.kernel import masks, text
from keji.kernel.errors import Parsed
from keji.records import kinds
from keji.records.kinds import Row
from keji.records.sheet import Column, Sheet

DEPTH = kinds.Fixed(
    ("DEEP", gettext_lazy("深度跟进")), ("REGULAR", gettext_lazy("常规跟进")), ("PUSH", gettext_lazy("信息推送"))
)

CHANCE = kinds.Fixed(("YES", gettext_lazy("有")), ("NO", gettext_lazy("没有")))


class People(kinds.Kind):
    """Several persons of the installation, kept as a list of ids."""

    input = "checks"
    empty = ()

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parts = raw if isinstance(raw, list | tuple) else text.listed(str(raw or ""))
        one = kinds.Who()
        return Parsed([pk for pk in (one.parse(part, typed).value for part in parts) if pk])

    def show(self, value: Any) -> str:
        people = house().people
        return _("、").join(people[pk].name for pk in value or [] if pk in people)

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[kinds.Choice]:
        return kinds.Who().choices()


class Author(kinds.Who):
    """Who talked to the customer; of somebody who has left before, the name."""

    def needs(self, name: str) -> tuple[str, ...]:
        return ("author_id", "author_name")

    def value(self, row: Row, name: str) -> Any:
        return row["author_id"] or row["author_name"] or None

    def show(self, value: Any) -> str:
        return value if isinstance(value, str) else super().show(value)

    def written(self, value: Any) -> str:
        return "" if isinstance(value, str) else super().written(value)


class OfIndustry(kinds.Industry):
    """The industry of the customer."""

    label = gettext_lazy("客户行业")

    def needs(self, name: str) -> tuple[str, ...]:
        return ("customer__industry_code",)

    def value(self, row: Row, name: str) -> Any:
        return row["customer__industry_code"]


class Signature(kinds.Text):
    """The fingerprint of what was said: read by those who read what it is made from."""

    follows = (
        "summary",
        "customer_feedback",
        "need_change",
        "objections",
        "decision_progress",
        "commitments",
        "customer_participants",
        "objective",
        "next_action",
    )


def names(value: str, row: Row) -> str:
    """Each name in the seeds' style."""
    return _("、").join(masks.mask("name", one) for one in text.listed(value))


LINE = kinds.Text()
LONG = kinds.Long(most=1000)

FOLLOWUPS = Sheet(
    Followup,
    gettext_lazy("跟进"),
    order="-occurred_at",
    add=log.log,
    edit=log.revise,
    quick=("method", "summary", "next_followup_at"),
    also=("id", "version", "customer_id", "imported", *NAMED),
    index=INDEX,
    columns=(
        Column("occurred_at", kinds.When(), "base", ("沟通日期", "日期", "跟进日期"), True, True, True, example=gettext_lazy("昨天 15:00")),
        Column("customer", OfCustomer(), listed=True, typed=False, mask=of_customer),
        Column("industry", OfIndustry(), filter=True, typed=False),
        Column(
            "method",
            kinds.Term("followup_method"),
            "base",
            ("沟通方式", "方式"),
            listed=True,
            filter=True,
            example=gettext_lazy("电话"),
        ),
        Column(
            "followup_type",
            kinds.Term("followup_type"),
            "base",
            ("类型",),
            listed=True,
            filter=True,
            example=gettext_lazy("需求确认"),
        ),
        Column("kind", DEPTH, "base", ("跟进级别",), filter=True),
        Column(
            "summary",
            LONG,
            "base",
            ("沟通内容", "沟通核心内容", "内容", "摘要"),
            listed=True,
            search="text",
            example=gettext_lazy("介绍了新一代产品，对方想看演示"),
        ),
        Column("scene", LINE, "base", ("场景",), example=gettext_lazy("产品方案演示"), guarded=True),
        Column("customer_feedback", LONG, "said", ("反馈",), example=gettext_lazy("需对比 3 家方案"), guarded=True),
        Column("need_change", LONG, "said", guarded=True),
        Column("objections", LONG, "said", ("客户顾虑/异议", "异议"), guarded=True),
        Column("decision_progress", LONG, "said", guarded=True),
        Column("commitments", LONG, "said", ("承诺",), guarded=True),
        Column("our_participants", People(), "who", ("我方对接人", "我方人员")),
        Column(
            "customer_participants",
            kinds.Text(text.clean, 300),
            "who",
            ("参与人", "客户方参与人员", "客户方人员"),
            mask=names,
            guarded=True,
            example=gettext_lazy("李梅、张工"),
        ),
        Column("location", kinds.Text(text.clean, 200), "who", ("地址", "拜访地点"), guarded=True),
        Column("cross_sell", CHANCE, "next", ("交叉销售", "二次合作"), filter=True, example=gettext_lazy("有")),
        Column("outcome", kinds.Text(text.clean, 200), "next", ("跟进结果",), guarded=True),
        Column(
            "next_followup_at",
            kinds.When(),
            "next",
            ("下次跟进日期", "下次联系时间"),
            True,
            False,
            True,
            example=gettext_lazy("下周三 15:00"),
        ),
        Column("objective", kinds.Text(text.clean, 200), "next", ("目标",), guarded=True, example=gettext_lazy("确认设备采购预算")),
        Column(
            "next_action", kinds.Text(text.clean, 200), "next", ("下一步",), guarded=True, example=gettext_lazy("发送合同")
        ),
        Column("next_action_by", kinds.Who(), "next", ("负责人", "责任人"), guarded=True),
        Column("next_action_due", kinds.Day(), "next", ("截止时间", "截止日期"), example=gettext_lazy("3月15日"), guarded=True),
        Column("late", kinds.Flag(), filter=True, typed=False),
        Column("delay", kinds.Whole(), typed=False),
        Column("author", Author(), "who", ("记录人", "销售代表"), listed=True, filter=True, example=gettext_lazy("林晓")),
        Column("signed_by", kinds.Who(), typed=False),
        Column("signed_at", kinds.Moment(), typed=False),
        Column("signature", Signature(), typed=False),
        Column("changed_at", kinds.Moment(), sort=True, typed=False),
    ),
)

SECTIONS = {
    "base": gettext_lazy("沟通"),
    "said": gettext_lazy("客户怎么说"),
    "next": gettext_lazy("下一步"),
    "who": gettext_lazy("参与人"),
}
