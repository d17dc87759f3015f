"""Line g: one follow-up written down, with everything that hangs on it (trail, index, the customer's row)."""

from collections.abc import Callable
from datetime import timedelta

SAID = "采购总监明确预算 30 万元，要求下周前提供两套方案（基础版、升级版）；技术部关心与现有门禁系统对接。"


def logs(person: object, customer: object) -> Callable[[], object]:
    """A function that logs one more follow-up with the customer."""
    from keji.followups.rules.log import log
    from keji.kernel.clock import now

    def one() -> object:
        values = {"method": "PHONE", "summary": SAID, "next_followup_at": now() + timedelta(days=7), "objective": "确认预算"}
        return log(person, values, customer)

    return one
