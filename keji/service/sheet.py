"""What tickets look like to people."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.customers.queries import NAMED
from keji.customers.sheet import OfCustomer, of_customer
from keji.deals.sheet import OfContact, of_contact
from keji.kernel import dates, text
from keji.kernel.clock import day_of, now, today
from keji.kernel.errors import Parsed
from keji.records import kinds
from keji.records.sheet import Column, Sheet
from keji.service.models import Ticket
from keji.service.rules import tickets

STATE = kinds.Fixed(
    ("OPEN", gettext_lazy("待处理")), ("DOING", gettext_lazy("处理中")), ("SOLVED", gettext_lazy("已解决"))
)


class At(kinds.Moment):
    """A point in time as people type it."""

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        return dates.moment(raw, today=today(), typed=typed)





TICKETS = Sheet(
    Ticket,
    gettext_lazy("服务单"),
    add=tickets.open_ticket,
    edit=tickets.revise_ticket,
    quick=("kind", "problem", "channel", "handler"),
    also=("id", "version", "customer_id", "state", "due_at", *NAMED),
    columns=(
        Column("ticket_no", kinds.Text(), listed=True, typed=False),
        Column("customer", OfCustomer(), listed=True, typed=False, mask=of_customer),
        Column("kind", kinds.Term("ticket_kind"), "base", ("类型",), listed=True, filter=True, example=gettext_lazy("投诉")),
        Column("problem", kinds.Long(most=1000), "base", ("问题", "内容"), listed=True, example=gettext_lazy("设备卡顿，影响生产"), guarded=True),
        Column("channel", kinds.Term("followup_method"), "base", ("方式",), filter=True, example=gettext_lazy("电话")),
        Column("reported_at", At(), "base", ("日期", "受理日期"), sort=True, filter=True, example=gettext_lazy("昨天 15:00")),
        Column("contact", OfContact(), typed=False, mask=of_contact, guarded=True),
        Column("products", kinds.Terms("product"), "base", ("产品",)),
        Column("handler", kinds.Who(), "base", ("负责人",), listed=True, filter=True, example=gettext_lazy("陈静")),
        Column("state", STATE, "work", ("状态",), listed=True, filter=True),
        Column("progress", kinds.Long(most=1000), "work", ("进度",), guarded=True, example=gettext_lazy("工程师周三上门")),
        Column("result", kinds.Long(most=1000), "work", ("结果",), guarded=True, example=gettext_lazy("更换主板，已恢复")),
        Column("satisfaction", kinds.Whole(), "score", ("满意度", "评分"), listed=True, filter=True, example="5"),
        Column("satisfaction_note", kinds.Text(text.clean, 500), "score", guarded=True, example=gettext_lazy("响应快，态度好")),
        Column("due_at", kinds.Moment(), listed=True, sort=True, filter=True, typed=False),
        Column("responded_at", kinds.Moment(), typed=False),
        Column("solved_at", kinds.Moment(), filter=True, typed=False),
        Column("changed_at", kinds.Moment(), sort=True, typed=False),
    ),
)

SECTIONS = {
    "base": gettext_lazy("受理"),
    "work": gettext_lazy("处理"),
    "score": gettext_lazy("满意度"),
}


def late(row: Any) -> str:
    """Why a ticket stands in red, if it does."""
    if row["state"] == "SOLVED" or not row["due_at"] or row["due_at"] >= now():
        return ""
    days = (today() - day_of(row["due_at"])).days
    return _("超时 %(n)d 天") % {"n": days} if days else _("已超时")
