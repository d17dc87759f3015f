"""What some of the invented customers asked the service team, and what became of it."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from keji.access.models import Person
from keji.customers.models import Contact, Customer
from keji.kernel.clock import now
from keji.service.rules.tickets import open_ticket, revise_ticket
from keji.service.rules.visits import mark_risks, plan_visits

ASKED = (
    ("CONSULT", "问打印机耗材的兼容型号和价格", "已发兼容型号表和报价", (4, 5), "回复很快"),
    ("CONSULT", "想知道门禁系统能否接企业微信考勤", "说明接口方式，并约技术部通话", (4, 5), ""),
    ("COMPLAINT", "设备卡顿，影响前台接待，催了两次没人上门", "更换主板并道歉，送一次保养", (3, 4), "处理是及时的，就是开头慢"),
    ("COMPLAINT", "送货少两箱纸，发票抬头也开错了", "补送并换开发票", (3, 4), ""),
    ("AFTER_SALES", "会议平板触控失灵，申请保修", "工程师上门校准，已恢复", (4, 5), "师傅很专业"),
    ("AFTER_SALES", "系统升级后报表打不开", "远程回退并打补丁", (2, 4), "等了三天才解决"),
)
MOST = 60


def fill(seed: int, customers: Sequence[Customer], agent: Person) -> int:
    """Open a ticket for some of these customers; two in three are solved, most of them rated. Returns how many there are of it."""
    pick, made = random.Random(seed), 0  # noqa: S311 -- invented, not secret
    chosen = customers[:MOST]
    contacts = dict(Contact.objects.filter(customer__in=chosen, deleted_at=None).order_by("-pk").values_list("customer_id", "pk"))
    for customer in chosen:
        kind, problem, result, scores, note = pick.choice(ASKED)
        told: dict[str, Any] = {
            "kind": kind,
            "problem": problem,
            "channel": pick.choice(("PHONE", "WECHAT")),
            "contact": contacts.get(customer.pk),
            "reported_at": now() - timedelta(hours=pick.randint(1, 240)),
        }
        ticket = open_ticket(agent, told, customer)
        solved = pick.random() < 0.66
        work: dict[str, Any] = {"progress": "已联系客户，安排工程师"} if pick.random() < 0.8 else {}
        if solved:
            work |= {"state": "SOLVED", "result": result}
        if solved and pick.random() < 0.8:
            work |= {"satisfaction": pick.choice(scores), "satisfaction_note": note}
        if work:
            revise_ticket(agent, ticket, work)
        made += 1
    mark_risks()
    return made + plan_visits()
