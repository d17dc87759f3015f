"""What tasks look like to people."""

from typing import Any

from django.utils.translation import gettext_lazy

from keji.agenda.models import Task
from keji.agenda.queries import INDEX
from keji.agenda.rules import tasks
from keji.customers.queries import NAMED
from keji.customers.sheet import CUSTOMERS, of_customer
from keji.kernel import text
from keji.records import kinds
from keji.records.kinds import Row
from keji.records.sheet import Column, Sheet

KIND = kinds.Fixed(
    ("FOLLOWUP", gettext_lazy("跟进")),
    ("ACTION", gettext_lazy("下一步行动")),
    ("COMMITMENT", gettext_lazy("承诺")),
    ("UPDATE", gettext_lazy("补录")),
    ("REVIEW", gettext_lazy("梳理")),
    ("HANDOVER", gettext_lazy("交接")),
    ("VISIT", gettext_lazy("拜访与回访")),
    ("OTHER", gettext_lazy("其他")),
)
STATE = kinds.Fixed(
    ("OPEN", gettext_lazy("待办")), ("DONE", gettext_lazy("已完成")), ("DROPPED", gettext_lazy("已取消"))
)

OUTCOME = kinds.Fixed(
    ("FINE", gettext_lazy("无误")),
    ("CORRECTED", gettext_lazy("已更正")),
    ("RISK", gettext_lazy("流失风险")),
    ("EXPIRED", gettext_lazy("已失效")),
)


class ForCustomer(kinds.Kind):
    """The customer that a task is done for, if it is done for one."""

    def needs(self, name: str) -> tuple[str, ...]:
        return ("customer__name", "customer__customer_type", "customer_id")

    def value(self, row: Row, name: str) -> Any:
        return row["customer__name"] or ""


TASKS = Sheet(
    Task,
    gettext_lazy("任务"),
    order="due_at",
    add=tasks.add,
    edit=tasks.revise,
    quick=("title", "due_at", "kind", "assignee"),
    also=("id", "version", "customer_id", *NAMED),
    index=INDEX,
    columns=(
        Column(
            "title",
            kinds.Text(text.clean, 200),
            "base",
            ("任务名称", "待办事项"),
            listed=True,
            search="text",
            example=gettext_lazy("发送报价单"),
        ),
        Column("kind", KIND, "base", ("类型",), listed=True, filter=True, example=gettext_lazy("跟进")),
        Column("customer", ForCustomer(), listed=True, typed=False, mask=of_customer),
        Column(
            "due_at",
            kinds.When(),
            "base",
            ("截止日期", "到期时间"),
            listed=True,
            sort=True,
            filter=True,
            example=gettext_lazy("下周三 15:00"),
        ),
        Column("assignee", kinds.Who(), "base", ("负责人", "执行人"), listed=True, filter=True, example=gettext_lazy("林晓")),
        Column("note", kinds.Long(most=1000), "base", ("说明",)),
        Column("state", STATE, listed=True, filter=True, typed=False),
        Column("remind_at", kinds.Moment(), typed=False),
        Column("ended_at", kinds.Moment(), typed=False),
        Column("ended_by", kinds.Who(), typed=False),
        Column("created_by", kinds.Who(), typed=False),
        Column("created_at", kinds.Moment(), typed=False),
        Column("changed_at", kinds.Moment(), sort=True, filter=True, typed=False),
    ),
)
TASKS.beside.append(CUSTOMERS)

SECTIONS = {"base": gettext_lazy("任务")}
