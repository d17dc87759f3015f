"""The limits as they are delivered (spec U-SLA, U-FREQ): a later limit is one more row here, and no code."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.clocks.models import Kind, Unit

Warn = tuple[int, str, tuple[str, ...]]
# Hours and working days: what is left, the end, the double. Days: the day itself, three and seven days later.
HOURLY: tuple[Warn, ...] = ((-20, "%", ("OWNER",)), (0, "%", ("OWNER", "MANAGER")), (100, "%", ("HEAD",)))
DAILY: tuple[Warn, ...] = ((0, "DAYS", ("OWNER",)), (3, "DAYS", ("MANAGER",)), (7, "DAYS", ("HEAD",)))
MONTHLY: tuple[Warn, ...] = ((-7, "DAYS", ("OWNER",)), *DAILY)


@dataclass(frozen=True)
class Preset:
    """A delivered limit: from an event to what has to follow, within an amount of a unit."""

    code: str
    name: Any
    event: Any
    action: Any
    amount: int
    unit: Unit
    kind: Kind = Kind.EVENT
    warns: tuple[Warn, ...] = ()
    variant: str = ""
    depth: str = ""
    methods: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    of: Any = ""  # what it is for, where one name stands for several
    page: str = "customers:page"  # of the record that the clock runs on
    needs: str = ""  # what whoever is told of it may do, beside seeing the customer

    @property
    def row(self) -> dict[str, Any]:
        """What of it stands in the table, where the steward may change it."""
        names = ("kind", "unit", "amount", "depth")
        lists = {"methods": list(self.methods), "pauses": list(self.pauses), "warns": [[*w[:2], list(w[2])] for w in self.warns]}
        return {name: getattr(self, name) for name in names} | lists


def contact(code: str, grade: str, name: Any, amount: int, unit: Unit, depth: str, methods: tuple[str, ...]) -> Preset:
    warns = MONTHLY if unit == Unit.MONTHS else DAILY
    event, action = _("上一次达到要求的跟进"), _("下一次达到要求的跟进")
    return Preset(code, name, event, action, amount, unit, Kind.CONTACT, warns, grade, depth, methods, ("SUSPENDED",))


def response(grade: str, hours: int) -> Preset:
    told = (_("新线索首次响应"), _("线索分给负责人"), _("第一次跟进"))
    return Preset("SLA-20", *told, hours, Unit.WORKHOURS, warns=HOURLY, variant=grade, of=grade)


def solution(kind: str, of: Any, days: int) -> Preset:
    told = (_("解决服务单"), _("受理"), _("解决"))
    return Preset("TICKET", *told, days, Unit.WORKDAYS, warns=HOURLY, variant=kind, of=of, page="service:page", needs="tickets.see")


def visit(day: int, of: Any) -> Preset:
    told = (_("解决服务单"), _("交付"), _("回访客户"))
    return Preset(
        "TICKET", *told, day, Unit.DAYS, warns=DAILY, variant=f"VISIT_{day:02}", of=of, page="service:page", needs="tickets.see"
    )


A_BY = ("PHONE", "VISIT", "PROPOSAL")
B_BY = ("WECHAT", "EMAIL", "PRODUCT_INTRO")
C_BY = ("SMS", "INFO_PUSH")
PRESETS = (
    Preset("SLA-01", _("沟通后及时记录"), _("和客户沟通"), _("写下跟进记录"), 24, Unit.HOURS),
    Preset("SLA-02", _("采集后及时录入"), _("首次接触或采集到信息"), _("录入客户"), 24, Unit.HOURS),
    Preset(
        "SLA-03", _("纸质表单当天扫描"), _("采集当天的零点"), _("上传扫描件"), 24, Unit.HOURS, warns=HOURLY, page="intake:form"
    ),
    Preset("SLA-04", _("客户变更及时同步"), _("客户告知变更"), _("修改资料"), 24, Unit.HOURS),
    Preset("SLA-06", _("常规资料审核"), _("录入客户"), _("审核通过"), 1, Unit.WORKDAYS, warns=HOURLY),
    Preset("SLA-07", _("重要资料审核"), _("录入重要客户"), _("复核、终审都通过"), 2, Unit.WORKDAYS, warns=HOURLY),
    contact("SLA-08", "A", _("A 类客户深度跟进"), 1, Unit.MONTHS, "DEEP", A_BY),
    contact("SLA-09", "B", _("B 类客户常规跟进"), 14, Unit.DAYS, "REGULAR", B_BY),
    contact("SLA-10", "C", _("C 类客户信息推送"), 1, Unit.MONTHS, "PUSH", C_BY),
    Preset("SLA-12", _("月末梳理客户状态"), _("月末"), _("梳理状态，标注流失风险"), 1, Unit.MONTHS, Kind.PERIOD),
    Preset("SLA-13", _("每月核对客户信息"), _("月末"), _("核对信息，标注无效信息"), 1, Unit.MONTHS, Kind.PERIOD),
    Preset("SLA-14", _("每季度全面核查"), _("季末"), _("由数据管理员牵头核查"), 3, Unit.MONTHS, Kind.PERIOD),
    Preset("SLA-17", _("清理无效客户"), _("最后一次联系"), _("没有合作可能的列入清理"), 6, Unit.MONTHS, Kind.LAPSE),
    response("A", 2),
    response("B", 24),
    response("C", 48),
    solution("CONSULT", _("咨询"), 1),
    solution("COMPLAINT", _("投诉"), 3),
    solution("AFTER_SALES", _("售后"), 5),
    visit(7, _("交付后第一次回访")),
    visit(30, _("交付后第二次回访")),
    visit(90, _("交付后第三次回访")),
    Preset(
        "HANDOVER",
        _("签约后交接给客服"),
        _("签约"),
        _("交接给客服"),
        3,
        Unit.WORKDAYS,
        warns=HOURLY,
        page="service:handover",
        needs="deals.see",
    ),
    Preset("SLA-21", _("线索及时分级"), _("录入线索"), _("判定线索等级"), 24, Unit.HOURS, warns=HOURLY),
)
BY_CODE = {(one.code, one.variant): one for one in PRESETS}
# Two sets of how often customers of a grade are contacted: grade → amount, unit (spec U-FREQ).
FREQUENCIES: dict[str, tuple[Any, dict[str, tuple[int, Unit]]]] = {
    "SEED_003": (_("A 每月、B 每两周、C 每月"), {"A": (1, Unit.MONTHS), "B": (14, Unit.DAYS), "C": (1, Unit.MONTHS)}),
    "WEEKLY_A": (_("A 每周、B 每两周、C 每月"), {"A": (7, Unit.DAYS), "B": (14, Unit.DAYS), "C": (1, Unit.MONTHS)}),
}
