"""What deals look like to people."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.customers.kinds import Heartbeat, NextStep
from keji.customers.queries import NAMED
from keji.customers.sheet import CURRENCY, OfCustomer, of_customer
from keji.deals.models import Deal
from keji.deals.queries import INDEX, lines, steps, teams
from keji.deals.rules import open as opening
from keji.kernel import masks, text
from keji.kernel.clock import now
from keji.kernel.errors import Invalid, Parsed
from keji.kernel.wordings import wordings
from keji.records import kinds
from keji.records.kinds import Choice, Row
from keji.records.sheet import Column, Sheet

CATEGORY = kinds.Fixed(
    ("OPEN", gettext_lazy("进行中")),
    ("WON", gettext_lazy("已成交")),
    ("AFTER", gettext_lazy("售后")),
    ("LOST", gettext_lazy("流失")),
)
POSSIBILITY = kinds.Fixed(("HIGH", gettext_lazy("高")), ("MEDIUM", gettext_lazy("中")), ("LOW", gettext_lazy("低")))


class Listed(kinds.Kind):
    """A row that everybody shares, kept as its id."""

    input = "select"
    filter = "choice"
    empty = None

    def needs(self, name: str) -> tuple[str, ...]:
        return (f"{name}_id",)

    def value(self, row: Row, name: str) -> Any:
        return row[f"{name}_id"]

    def names(self) -> dict[int, str]:
        raise NotImplementedError

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        told = str(raw or "").strip()
        if not told:
            return Parsed(None)
        known = self.names()
        found = [pk for pk, name in known.items() if told in (str(pk), name)]
        found = found or [pk for pk in known if told in wordings(self.show, pk)]
        if len(found) != 1:
            raise Invalid("E_CHOICE", _("没有“%(told)s”这一项") % {"told": told[:40]})
        return Parsed(found[0])

    def show(self, value: Any) -> str:
        return self.names().get(value, "") if value else ""

    def written(self, value: Any) -> str:
        return str(value or "")

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[Choice]:
        return [Choice(str(pk), name) for pk, name in self.names().items()]


class InPipeline(Listed):
    def names(self) -> dict[int, str]:
        return {pk: line.name for pk, line in lines().items()}


class InStage(Listed):
    """A stage, shown by its name; where it is chosen from all, with its pipeline."""

    def names(self) -> dict[int, str]:
        return {pk: step.name for pk, step in steps().items()}

    def choices(self) -> list[Choice]:
        return [
            Choice(str(step.pk), f"{step.name} · {line.name}", line.name)
            for line in lines().values()
            for step in line.steps
            if step.enabled
        ]


class InTeam(Listed):
    """The team of a deal's owner."""

    label = gettext_lazy("团队")
    follows = ("owner",)

    def needs(self, name: str) -> tuple[str, ...]:
        return ("owner__team_id",)

    def value(self, row: Row, name: str) -> Any:
        return row["owner__team_id"]

    def names(self) -> dict[int, str]:
        return teams()


class Age(kinds.Moment):
    """Since when a deal stands in its stage, shown in days."""

    cell = "num"

    def brief(self, value: Any) -> str:
        return _("%(n)d 天") % {"n": (now() - value).days} if value else ""


class OfContact(kinds.Kind):
    """The person at the customer whom the deal is about."""

    def needs(self, name: str) -> tuple[str, ...]:
        return ("contact__name", "contact_id")

    def value(self, row: Row, name: str) -> Any:
        return row["contact__name"]


class OfNeeds(kinds.Kind):
    """The needs that a deal answers, as their ids; what they say is read where needs are."""

    empty: Any = ()

    def show(self, value: Any) -> str:
        return _("%(n)d 条") % {"n": len(value)} if value else ""

    def plain(self, value: Any) -> Any:
        return self.show(value)


class OfDeal(Heartbeat):
    """The heartbeat of a deal: one that is won or lost needs no next step."""

    NEEDS = (*Heartbeat.NEEDS, "category")

    def rests(self, row: Row) -> bool:
        return bool(row["no_step_why"]) or row["category"] != "OPEN"

    def resting(self) -> Q:
        return ~Q(no_step_why="") | ~Q(category="OPEN")


class Derived(kinds.Money):
    """An amount that follows from others."""

    def __init__(self, *follows: str):
        self.follows = follows


def of_contact(value: str, row: Row) -> str:
    return masks.mask("name", value)


LINE = kinds.Text()

DEALS = Sheet(
    Deal,
    gettext_lazy("商机"),
    add=opening.open_deal,
    edit=opening.revise,
    quick=("name", "expected_amount", "expected_close_date"),
    also=("id", "version", "customer_id", "pipeline_id", *NAMED),
    index=INDEX,
    columns=(
        Column(
            "name",
            LINE,
            "base",
            ("商机", "项目名称", "销售机会"),
            listed=True,
            sort=True,
            search="open",
            example=gettext_lazy("智能办公设备批量采购"),
        ),
        Column("customer", OfCustomer(), listed=True, typed=False, mask=of_customer),
        Column("pipeline", InPipeline(), "", ("销售漏斗", "流程"), filter=True, example=gettext_lazy("营销漏斗")),
        Column(
            "stage",
            InStage(),
            "",
            ("阶段", "跟进阶段", "当前跟进阶段"),
            listed=True,
            filter=True,
            example=gettext_lazy("意向"),
        ),
        Column("category", CATEGORY, filter=True, typed=False),
        Column(
            "amount",
            Derived("expected_amount", "actual_amount"),
            listed=True,
            sort=True,
            filter=True,
            typed=False,
        ),
        Column("expected_amount", kinds.Money(), "base", ("预计金额", "预估金额"), example=gettext_lazy("30万")),
        Column("expected_close_date", kinds.Day(), "base", ("预计成交时间",), True, True, True, example="2026-12-31"),
        Column("probability", kinds.Whole(), "base", ("赢单率",), example="60"),
        Column("possibility", POSSIBILITY, "base", filter=True),
        Column(
            "owner", kinds.Who(), "base", ("负责人", "销售"), listed=True, filter=True, example=gettext_lazy("林晓")
        ),
        Column("team", InTeam(), filter=True, typed=False),
        Column("opened_at", kinds.Day(), "base", ("创建日期", "立项日期"), filter=True, example="2026-06-02"),
        Column("products", kinds.Terms("product"), "base", ("意向产品/服务",)),
        Column("currency", CURRENCY, "base", filter=True),
        Column("next_followup_at", NextStep(), listed=True, sort=True, filter=True, typed=False, badge="heartbeat"),
        Column("heartbeat", OfDeal(), filter=True, typed=False),
        Column("no_step_why", kinds.Text(text.clean, 100), typed=False),
        Column("stage_checked_at", Age(), listed=True, sort=True, typed=False, low=True),
        Column("contact", OfContact(), typed=False, mask=of_contact),
        Column("needs", OfNeeds(), typed=False),
        Column("competitor", kinds.Text(text.clean, 200), "more", ("竞品",)),
        Column(
            "long_term_value",
            kinds.Text(text.clean, 200),
            "more",
            example=gettext_lazy("战略客户，后续年采购额或超50万"),
        ),
        Column("long_term_amount", kinds.Money(), "more", ("年采购额",), example=gettext_lazy("50万")),
        Column("remark", kinds.Long(), "more", ("商机备注",)),
        Column("actual_amount", kinds.Money(), "result", ("成交金额",), example=gettext_lazy("30万")),
        Column("won_date", kinds.Day(), "result", ("签约日期",), sort=True, filter=True),
        Column("delivered_date", kinds.Day(), "result"),
        Column("loss_reason", kinds.Term("loss_reason"), "result", ("丢单原因",), filter=True),
        Column("loss_text", kinds.Text(text.clean, 500), "result"),
        Column("lost_date", kinds.Day(), filter=True, typed=False),
        Column("weighted", Derived("expected_amount", "actual_amount", "probability"), typed=False),
        Column("changed_at", kinds.Moment(), sort=True, filter=True, typed=False),
    ),
)

SECTIONS = {
    "base": gettext_lazy("商机"),
    "more": gettext_lazy("竞争与长期价值"),
    "result": gettext_lazy("结果"),
}
