"""Examples that work in an installation which has a customer, a contact and a deal. Their values are invented."""

from datetime import timedelta
from typing import Any

from keji.access.house import house
from keji.deals.queries import lines
from keji.kernel.clock import now
from keji.service.rules.tickets import takers

RECORDS: dict[str, dict[str, Any]] = {
    "customers": {"name": "星海智能科技有限公司", "customer_type": "ENTERPRISE", "lifecycle_stage": "POTENTIAL", "remark": "展会上认识"},
    "contacts": {"customer_id": 1, "name": "李梅", "title": "采购总监"},
    "needs": {"customer_id": 1, "description": "采购 120 套智能办公设备", "priority": "HIGH"},
    "tasks": {"customer_id": 1, "title": "发送报价单", "kind": "ACTION"},
    "deals": {"customer_id": 1, "name": "智能办公设备批量采购", "expected_amount": "300000.00"},
    "followups": {"customer_id": 1, "method": "PHONE", "summary": "介绍了新一代产品并约好下周看演示"},
    "tickets": {"customer_id": 1, "kind": "AFTER_SALES", "problem": "设备偶尔卡顿并影响使用"},
}
EXPORT = {"query": "", "why": "每周备份"}
ACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("customers", "dept_review"): {"passed": True, "checked": True, "note": "与执照一致"},
    ("customers", "final_review"): {"passed": True, "checked": True, "note": "与执照一致"},
    ("customers", "regrade"): {"grade": "B", "why": "季度复评"},
    ("customers", "collaborators"): {"people": []},
    ("customers", "tag"): {"tag": "展会"},
    ("customers", "untag"): {"tag": 1},
    ("customers", "remember"): {"name": "公司成立日", "day": "2015-06-01", "yearly": True},
    ("customers", "forget"): {"day_id": 1},
    ("customers", "consent"): {"contact": 1, "evidence": "签字表 2026-07"},
    ("customers", "withdraw"): {"consent_id": 1, "why": "客户来电撤回"},
    ("customers", "look_over"): {},
    ("customers", "review"): {"round": 1, "outcome": "FINE"},
    ("customers", "rest"): {"why": "项目明年再启动"},
    ("deals", "rest"): {"why": "等客户年度预算"},
    ("customers", "reveal"): {"field": "name"},
    ("contacts", "reveal"): {"field": "mobile"},
    ("deals", "tick"): {"facts": ["PROPOSAL_SENT"]},
}


AHEAD = {("tasks", "snooze"): "until", ("tasks", "move"): "due_at"}


def of_act(record: str, name: str) -> dict[str, Any]:
    """An example of an action; of those that name a colleague or a stage, with one that is there."""
    if (record, name) == ("deals", "hand_over"):
        return {"handler": str(max(takers(), default=1)), "summary": "智能办公设备批量采购"}
    if name in ("transfer", "hand_over"):
        active = [pk for pk, one in house().people.items() if one.active]
        return {"owner" if name == "transfer" else "assignee": max(active, default=1), "why": "片区调整"}
    if (record, name) in AHEAD:
        return {AHEAD[record, name]: (now() + timedelta(days=2)).isoformat(timespec="minutes")}
    if (record, name) == ("deals", "move"):
        line = next((one for one in lines().values() if one.enabled), None)
        return {"stage": str(line.offered[1].pk) if line else "1", "why": "客户已同意方案"}
    return ACTS.get((record, name), {})
