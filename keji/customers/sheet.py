"""What customers and contacts look like to people."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.customers.kinds import Archive, Budget, CustomerNumber, Heartbeat, Keywords, NextStep, Tags
from keji.customers.models import Contact, Customer, Need
from keji.customers.queries import CONTACT_INDEX, NAMED
from keji.customers.rules import contacts, needs, register, revise
from keji.customers.rules.register import NUMBER
from keji.customers.rules.search import INDEX
from keji.kernel import addresses, idnumbers, masks, online, periods, phones, sizes, text
from keji.kernel.clock import today
from keji.records import kinds
from keji.records.kinds import Row
from keji.records.sheet import Column, Sheet

SEX = kinds.Fixed(("M", gettext_lazy("男")), ("F", gettext_lazy("女")))
VALIDITY = kinds.Fixed(
    ("VALID", gettext_lazy("有效")),
    ("PHONE_OFF", gettext_lazy("停机号码")),
    ("CONTACT_MOVED", gettext_lazy("变更职位")),
    ("UNKNOWN", gettext_lazy("未核实")),
)
CURRENCY = kinds.Fixed(
    ("CNY", gettext_lazy("人民币")),
    ("USD", gettext_lazy("美元")),
    ("EUR", gettext_lazy("欧元")),
    ("HKD", gettext_lazy("港币")),
    ("JPY", gettext_lazy("日元")),
)
SAME = kinds.Fixed(("mobile", gettext_lazy("同手机")), ("qq", gettext_lazy("同 QQ")))


class Band(kinds.Kind):
    """The size of an enterprise: the band of the chosen scheme, or the label that came along."""

    filter = "choice"
    repeats = True
    follows = ("size_label", "employee_count", "annual_revenue_10k", "total_assets_10k", "industry_code")

    def needs(self, name: str) -> tuple[str, ...]:
        return (name, "size_label")

    def value(self, row: Row, name: str) -> Any:
        return row[name] or row["size_label"]

    def parse(self, raw: Any, typed: bool = True) -> Any:
        return text.clean(raw, typed=typed)

    def show(self, value: Any) -> str:
        return sizes.label(house()["size_scheme"], value) if value else ""

    def choices(self) -> list[kinds.Choice]:
        return [kinds.Choice(code, label) for code, label in sizes.bands(house()["size_scheme"])]


class Years(kinds.Kind):
    """Full years of cooperation, from the first day to today or to the end."""

    label = gettext_lazy("合作年限")
    follows = ("first_cooperation_date", "terminated_at")

    cell = "num"
    sheet = "whole"

    def needs(self, name: str) -> tuple[str, ...]:
        return ("first_cooperation_date", "terminated_at")

    def value(self, row: Row, name: str) -> Any:
        return full_years(row["first_cooperation_date"], row["terminated_at"] or today())


def full_years(start: date | None, end: date) -> int | None:
    """Whole years between two days; a year is full on its anniversary."""
    if start is None or end < start:
        return None
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def customer_name(value: str, row: Row) -> str:
    """Companies stand as they are; a person is shown in the seeds' style."""
    return masks.mask("name", value) if row["customer_type"] == "PERSON" else value


LINE = kinds.Text()

CUSTOMERS = Sheet(
    Customer,
    gettext_lazy("客户"),
    add=register.register,
    edit=revise.revise,
    quick=("name", "industry_code", "lead_source", "contact_region"),
    also=("id", "version"),
    index=INDEX,
    columns=(
        Column(
            "name",
            LINE,
            "base",
            badge="customer_no",
            titles=("客户姓名", "公司名称", "企业名称", "客户全称", "姓名"),
            listed=True,
            sort=True,
            mask=customer_name,
            search="open",
            example=gettext_lazy("星海智能科技有限公司"),
        ),
        Column(
            "customer_no",
            CustomerNumber(),
            "base",
            ("客户ID", "编号", "客户号"),
            sort=True,
            typed=False,
            search="open",
            example="C001",
        ),
        Column(
            "grade",
            kinds.Grade("grade"),
            "status",
            ("等级", "客户分级", "客户级别"),
            listed=True,
            sort=True,
            filter=True,
            example="A",
        ),
        Column("customer_type", kinds.Term("customer_type"), "base", ("类型",), filter=True, example=gettext_lazy("企业客户")),
        Column("type_text", LINE, "base"),
        Column("relation_type", kinds.Term("relation_type"), "base", ("关系类型",), filter=True, example=gettext_lazy("终端客户")),
        Column("sex", SEX, "base"),
        Column(
            "uscc",
            kinds.Text(idnumbers.uscc, 18),
            "base",
            ("信用代码", "社会信用代码", "税号"),
            search="code",
            example="91320594MA1ABCD2XK",
        ),
        Column(
            "industry_code",
            kinds.Industry(),
            "base",
            ("行业", "行业分类"),
            listed=True,
            filter=True,
            example=gettext_lazy("I65 软件和信息技术服务业"),
        ),
        Column("employee_count", kinds.Whole(), "base", ("员工数", "员工人数(人)", "人数"), filter=True, example="320"),
        Column("annual_revenue_10k", kinds.Number(), "base", ("年营收", "年营业额(万元)"), example="5000"),
        Column("total_assets_10k", kinds.Number(), "base", ("资产总额",)),
        Column("size_label", LINE, "base", ("规模", "企业规模(员工数/营收)"), example=gettext_lazy("200-500人")),
        Column("size_band", Band(), listed=True, filter=True, typed=False),
        Column("lead_grade", kinds.Grade("grade"), "status", ("线索分级",), filter=True),
        Column("is_strategic", kinds.Flag(), "status", ("战略合作伙伴", "是否战略客户"), filter=True),
        Column(
            "lifecycle_stage",
            kinds.Term("lifecycle_stage"),
            "status",
            ("合作阶段", "生命周期"),
            listed=True,
            filter=True,
            example=gettext_lazy("潜在客户"),
        ),
        Column("cooperation_status", kinds.Term("cooperation_status"), "status", filter=True, example=gettext_lazy("潜在")),
        Column("suspended_why", LINE, "status"),
        Column("resume_date", kinds.Day(), "status"),
        Column(
            "contract_amount",
            kinds.Money(),
            "status",
            ("合同金额(币种)", "合同总额"),
            filter=True,
            example=gettext_lazy("人民币:10000元"),
        ),
        Column("currency", CURRENCY, "status"),
        Column(
            "first_cooperation_date",
            kinds.Day(past=True),
            "status",
            ("合作起始时间", "首次合作时间"),
            filter=True,
            example="2023-10-01",
        ),
        Column("terminated_at", kinds.Day(past=True), "status", ("合作终止日期",)),
        Column("cooperation_years", Years(), typed=False),
        Column("opening_amount", kinds.Money(), "status", ("累计合作金额",)),
        Column("products", kinds.Terms("product"), "status", ("合作产品/服务", "合作产品"), filter=True),
        Column("satisfaction", kinds.Whole(), "status", ("满意度评分", "满意度(1-5分)"), filter=True),
        Column(
            "contact_region",
            kinds.Region(),
            "place",
            ("地区", "省市区", "所在地"),
            listed=True,
            filter=True,
            example=gettext_lazy("江苏省苏州市虎丘区"),
        ),
        Column(
            "contact_address",
            kinds.Text(text.clean, 200),
            "place",
            ("地址", "公司地址", "联系地址", "企业地址", "常住地址"),
            mask="address",
            example=gettext_lazy("星湖街328号5栋"),
        ),
        Column("postal_code", kinds.Text(addresses.postal_code, 6), "place", ("邮编",)),
        Column("registered_region", kinds.Region(), "place", ("注册省市区",)),
        Column("registered_address", kinds.Text(text.clean, 200), "place"),
        Column(
            "office_phone",
            kinds.Text(phones.office_phone, 30),
            "place",
            ("总机", "公司座机"),
            search="phone",
            mask="phone",
            guarded=True,
            example="010-62345678",
        ),
        Column(
            "mobile",
            kinds.Text(phones.mobile, 20),
            "place",
            search="phone",
            mask="mobile",
            guarded=True,
            example="13800138000",
        ),
        Column("email", kinds.Text(online.email, 254), "place", search="phone", mask="email", guarded=True),
        Column("website", kinds.Text(online.url, 200), "place", ("网站", "网址", "官网/社交媒体账号")),
        Column("social_accounts", kinds.Text(text.clean, 200), "place", ("社交媒体",)),
        Column(
            "lead_source",
            kinds.Term("lead_source"),
            "source",
            ("来源", "线索来源", "信息来源"),
            listed=True,
            filter=True,
            example=gettext_lazy("展会"),
        ),
        Column("source_detail", LINE, "source", ("来源明细", "展位号", "关键词"), example=gettext_lazy("B12 展位")),
        Column("collection_channel", kinds.Term("collection_channel"), "source", filter=True, example=gettext_lazy("线下访谈")),
        Column("authorisation_ref", LINE, "source", ("授权书编号",)),
        Column("authorisation_until", kinds.Day(), "source", ("授权有效期",)),
        Column("acquired_at", kinds.Day(past=True), "source", ("信息获取时间", "获取日期"), filter=True),
        Column(
            "first_contact_date",
            kinds.Day(past=True),
            "source",
            ("首次接触时间", "首次接触"),
            filter=True,
            example="2023-10-15",
        ),
        Column("channel_preference", kinds.Term("followup_method"), "care"),
        Column("do_not_call", kinds.Flag(), "care", ("避免电话打扰",)),
        Column("preferences", kinds.Text(text.clean, 500), "care", ("客户偏好", "特殊偏好")),
        Column("risks", kinds.Text(text.clean, 500), "care"),
        Column("id_type", kinds.Term("id_type"), "identity"),
        Column("id_number", NUMBER, "identity", ("证件号", "身份证号", "身份证号码"), mask="id_number", guarded=True),
        Column("occupation", LINE, "identity"),
        Column(
            "owner",
            kinds.Who(),
            "base",
            ("负责销售", "负责销售代表", "客户负责人", "跟进人", "销售"),
            listed=True,
            filter=True,
            example=gettext_lazy("林晓"),
        ),
        Column("sponsor", kinds.Who(), "status", ("我方高层", "高层对接"), example=gettext_lazy("周总")),
        Column("archive_class", Archive(), filter=True, typed=False),
        Column("tags", Tags(), listed=True, filter=True, typed=False, low=True),
        Column("remark", kinds.Long(), "care", ("备注信息", "特殊备注", "说明")),
        Column("next_followup_at", NextStep(), listed=True, sort=True, filter=True, typed=False, badge="heartbeat"),
        Column("heartbeat", Heartbeat(), filter=True, typed=False),
        Column("no_step_why", kinds.Text(text.clean, 100), typed=False),
        Column("last_followup_at", kinds.Moment(), sort=True, filter=True, typed=False),
        Column("followup_count", kinds.Whole(), filter=True, typed=False),
        Column("open_deals", kinds.Whole(), filter=True, typed=False),
        Column("open_amount", kinds.Money(), listed=True, sort=True, filter=True, typed=False, low=True),
        Column("won_amount_12m", kinds.Money(), sort=True, filter=True, typed=False),
        Column("review_state", kinds.Term("review_state"), filter=True, typed=False),
        Column("created_by", kinds.Who(), typed=False),
        Column("created_at", kinds.Moment(), sort=True, filter=True, typed=False),
        Column("changed_at", kinds.Moment(), listed=True, sort=True, filter=True, typed=False),
    ),
)


class OfCustomer(kinds.Kind):
    """The customer that a contact belongs to."""

    def needs(self, name: str) -> tuple[str, ...]:
        return ("customer__name", "customer__customer_type", "customer_id")

    def value(self, row: Row, name: str) -> Any:
        return row["customer__name"]


def of_customer(value: str, row: Row) -> str:
    return masks.mask("name", value) if row["customer__customer_type"] == "PERSON" else value


CONTACTS = Sheet(
    Contact,
    gettext_lazy("联系人"),
    add=contacts.add_contact,
    edit=contacts.revise_contact,
    quick=("name", "title", "mobile", "decision_role"),
    index=CONTACT_INDEX,
    also=("id", "version", "customer_id", *NAMED),
    columns=(
        Column(
            "name",
            kinds.Text(text.person_name, 50),
            "base",
            ("姓名", "联系人", "客户姓名", "对接人", "关键联系人"),
            listed=True,
            sort=True,
            mask="name",
            search="people",
            example=gettext_lazy("李梅"),
        ),
        Column("customer", OfCustomer(), listed=True, typed=False, mask=of_customer),
        Column("sex", SEX, "base"),
        Column("title", LINE, "base", ("职务", "联系人职位", "客户职位", "岗位"), listed=True, example=gettext_lazy("采购总监")),
        Column("department", LINE, "base", example=gettext_lazy("采购部")),
        Column(
            "decision_role",
            kinds.Term("decision_role"),
            "base",
            ("是否决策人", "角色"),
            listed=True,
            filter=True,
            example=gettext_lazy("决策者"),
        ),
        Column("is_primary", kinds.Flag(), "base", ("主要联系人",), filter=True),
        Column("is_key_contact", kinds.Flag(), "base"),
        Column(
            "mobile",
            kinds.Text(phones.mobile, 20),
            "reach",
            ("联系方式", "手机号", "手机号码", "联系电话", "电话"),
            listed=True,
            mask="mobile",
            guarded=True,
            search="phone",
            example="13812345678",
        ),
        Column(
            "landline",
            kinds.Text(phones.landline, 30),
            "reach",
            ("办公电话", "固定电话"),
            mask="phone",
            guarded=True,
            search="phone",
            example="010-62345678",
        ),
        Column("intl_phone", kinds.Text(phones.intl_phone, 20), "reach", mask="phone", guarded=True, search="phone"),
        Column(
            "email",
            kinds.Text(online.email, 254),
            "reach",
            ("邮箱", "E-mail", "Email", "邮件"),
            listed=True,
            mask="email",
            guarded=True,
            search="phone",
            example="li.mei@example.com.cn",
        ),
        Column(
            "wechat_id",
            kinds.Text(online.wechat_id, 20),
            "reach",
            ("微信",),
            mask="wechat",
            guarded=True,
            search="phone",
        ),
        Column("wechat_same_as", SAME, "reach"),
        Column("wecom_id", kinds.Text(online.wecom_id, 64), "reach", mask="wechat", guarded=True, search="phone"),
        Column("qq", kinds.Text(online.qq, 11), "reach", mask="wechat", guarded=True, search="phone"),
        Column("responsibilities", kinds.Text(text.clean, 500), "more", ("工作职责", "负责工作")),
        Column("validity", VALIDITY, "more", ("状态", "联系人状态"), filter=True),
        Column("validity_at", kinds.Day(past=True), "more"),
        Column("remark", kinds.Long(), "more", ("联系人备注",)),
        Column("changed_at", kinds.Moment(), sort=True, typed=False),
    ),
)

STATE = kinds.Fixed(
    ("OPEN", gettext_lazy("进行中")), ("MET", gettext_lazy("已满足")), ("DROPPED", gettext_lazy("已放弃"))
)


PURPOSE = kinds.Fixed(("NEW", gettext_lazy("新客户")), ("EXISTING", gettext_lazy("老客户")))
CONFIRMED_HOW = kinds.Fixed(("ORAL", gettext_lazy("口头")), ("SMS", gettext_lazy("短信")), ("EMAIL", gettext_lazy("邮件")))


class BudgetBand(kinds.Term):
    """The band that a budget falls in; whoever may not read the budget does not read the band either."""

    follows = ("budget_text",)


NEEDS = Sheet(
    Need,
    gettext_lazy("需求"),
    add=needs.add_need,
    edit=needs.revise_need,
    quick=("description", "need_type", "keywords", "priority", "match_degree", "budget_text", "expected_time"),
    also=("id", "version", "customer_id", *NAMED),
    columns=(
        Column(
            "description",
            kinds.Long(most=1000),
            "wish",
            ("需求描述", "核心需求描述", "客户核心需求", "初步需求描述"),
            listed=True,
            example=gettext_lazy("采购 120 套智能办公设备，年底前用上"),
        ),
        Column("customer", OfCustomer(), listed=True, typed=False, mask=of_customer),
        Column("need_type", kinds.Term("need_type"), "wish", ("类型",), filter=True),
        Column(
            "keywords", Keywords(), "wish", ("关键词", "需求关键字"), listed=True, filter=True, example=gettext_lazy("降本增效、供应链优化")
        ),
        Column("priority", kinds.Term("priority"), "wish", ("优先级",), listed=True, filter=True, example=gettext_lazy("高")),
        Column(
            "match_degree",
            kinds.Term("match_degree"),
            "wish",
            ("产品/服务匹配度", "需求匹配度"),
            listed=True,
            filter=True,
            example=gettext_lazy("部分匹配"),
        ),
        Column("products", kinds.Terms("product"), "wish", ("感兴趣的产品/服务类型", "意向产品")),
        Column(
            "budget_text",
            Budget(most=50),
            "terms",
            ("客户预算", "价格范围", "预算区间", "预算金额"),
            listed=True,
            filter=True,
            example=gettext_lazy("20-30万"),
        ),
        Column("budget_band", BudgetBand("budget_band"), typed=False, filter=True),
        Column("currency", CURRENCY, "terms"),
        Column("expected_term", kinds.Text(periods.period, 20), "terms", ("合作期", "合作周期期望"), example=gettext_lazy("1年")),
        Column("expected_time", kinds.Text(text.clean, 100), "terms", ("期望合作时间节点",), example=gettext_lazy("1个月内启动")),
        Column("target_date", kinds.Day(), "terms", ("预计签约日期",), sort=True, filter=True),
        Column(
            "intent_level",
            kinds.Term("intent_level"),
            "terms",
            ("合作可能性评估", "意向等级", "可能性"),
            listed=True,
            filter=True,
            example=gettext_lazy("高"),
        ),
        Column("expected_amount", kinds.Money(), "terms", ("预计成交金额",), sort=True, filter=True),
        Column("annual_amount", kinds.Money(), "terms", ("年采购额",)),
        Column("potential_value", kinds.Text(text.clean, 200), "terms"),
        Column("long_term_value", kinds.Text(text.clean, 200), "terms", ("长期合作价值",)),
        Column(
            "decision_participants",
            kinds.Text(text.clean, 200),
            "deciding",
            ("决策流程参与人", "决策参与人"),
            example=gettext_lazy("技术部、采购部"),
        ),
        Column("competitor", kinds.Text(text.clean, 200), "deciding", ("竞争对手情况", "竞品")),
        Column("pain_points", kinds.Long(most=500), "deciding", ("客户痛点",)),
        Column("objections", kinds.Long(most=500), "deciding", ("客户顾虑/异议", "顾虑", "异议")),
        Column("purpose", PURPOSE, "wish", filter=True, example=gettext_lazy("新客户")),
        Column("need_change", kinds.Long(most=500), "wish", ("老客户需求变化",), example=gettext_lazy("由单机改为整体方案")),
        Column("confirmed_at", kinds.Day(past=True), "confirmed", ("需求确认日期",), filter=True, example="2026-06-03"),
        Column("confirmed_by", kinds.Text(text.clean, 50), "confirmed", ("需求确认人",), mask="name", example=gettext_lazy("李梅")),
        Column("confirmed_how", CONFIRMED_HOW, "confirmed", ("需求确认方式",), example=gettext_lazy("口头")),
        Column("state", STATE, "outcome", ("需求状态",), filter=True),
        Column("state_why", kinds.Text(text.clean, 200), "outcome", ("放弃原因",)),
        Column("created_at", kinds.Moment(), sort=True, filter=True, typed=False),
        Column("changed_at", kinds.Moment(), listed=True, sort=True, filter=True, typed=False),
    ),
)
CUSTOMERS.beside.append(NEEDS)
CONTACTS.beside.append(CUSTOMERS)

SECTIONS = {
    "base": gettext_lazy("基础信息"),
    "status": gettext_lazy("业务状态"),
    "place": gettext_lazy("联系与地址"),
    "source": gettext_lazy("来源"),
    "care": gettext_lazy("偏好与备注"),
    "identity": gettext_lazy("证件"),
    "reach": gettext_lazy("联系方式"),
    "more": gettext_lazy("更多"),
    "wish": gettext_lazy("需求"),
    "terms": gettext_lazy("预算与预期"),
    "deciding": gettext_lazy("决策与竞争"),
    "confirmed": gettext_lazy("复述确认"),
    "outcome": gettext_lazy("结果"),
}
PERSON_ONLY = frozenset({"sex", "mobile", "email", "id_type", "id_number", "occupation"})
FIRM_ONLY = frozenset(
    {
        "relation_type",
        "uscc",
        "employee_count",
        "annual_revenue_10k",
        "total_assets_10k",
        "size_label",
        "registered_region",
        "registered_address",
        "office_phone",
    }
)


def fits(name: str, customer_type: str) -> bool:
    """True if a field belongs on the form of this type of customer."""
    if customer_type == "PERSON":
        return name not in FIRM_ONLY
    return name not in PERSON_ONLY
