"""What the values of a customer or contact must mean together (V-13). Pure: no database, the same for one and for 100,000."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.kernel import idnumbers, online, sensitive, text
from keji.kernel.errors import Invalid, Problem

FREE = ("remark", "preferences", "risks", "source_detail", "social_accounts", "responsibilities")
ONLINE = frozenset({"WEBSITE", "MINI_PROGRAM", "SOCIAL_MEDIA", "ONLINE_FORM"})  # sources, and the channel of forms
HITS = {
    "BANK_CARD": gettext_lazy("银行卡号"),
    "BANK_CARD_WEAK": gettext_lazy("银行卡号"),
    "PASSWORD": gettext_lazy("密码"),
    "ID_CARD": gettext_lazy("身份证号"),
    "CVV": gettext_lazy("卡片安全码"),
    "PASSPORT": gettext_lazy("护照号"),
    "MOBILE": gettext_lazy("手机号"),
    "HEALTH": gettext_lazy("健康信息"),
    "RELIGION": gettext_lazy("宗教信息"),
}


def check_customer(values: Mapping[str, Any], today: date, typed: bool = True) -> list[Problem]:
    """Problems of a whole customer; soft ones are doubts that a person may accept with a reason."""
    found = [*check_name(values, typed), *check_type(values), *check_status(values), *check_source(values, today)]
    found += check_identity(values)
    return found + check_free_text(values)


def check_name(values: Mapping[str, Any], typed: bool) -> list[Problem]:
    parser = text.person_name if values.get("customer_type") == "PERSON" else text.company_name
    try:
        parsed = parser(values.get("name"), typed=typed)
    except Invalid as error:
        return [Problem("name", error.code, error.message, error.suggestion)]
    return [
        Problem("name", n.code, n.message, n.suggestion, soft=True) for n in parsed.notes if n.code.startswith("W_")
    ]


def check_type(values: Mapping[str, Any]) -> list[Problem]:
    found = []
    if values.get("customer_type") == "OTHER" and not values.get("type_text"):
        found.append(Problem("type_text", "E_REQUIRED", _("类型选“其他”时请写明是什么")))
    if values.get("customer_type") != "PERSON" and values.get("id_number"):
        found.append(Problem("id_number", "E_LOGIC_ID_NUMBER", _("只有个人客户才填证件号码，请清空")))
    score = values.get("satisfaction")
    if score is not None and not 1 <= score <= 5:
        found.append(Problem("satisfaction", "E_RANGE", _("满意度是 1 到 5 分")))
    if (values.get("contract_amount") or 0) < 0:
        found.append(Problem("contract_amount", "E_RANGE", _("合同金额不能是负数")))
    return found


def check_status(values: Mapping[str, Any]) -> list[Problem]:
    found = []
    status = values.get("cooperation_status")
    if status == "TERMINATED" and values.get("contract_amount") is None:
        found.append(Problem("contract_amount", "E_LOGIC_TERMINATED_AMOUNT", _("合作已终止，请填写历史合同总额")))
    if status == "SUSPENDED" and not (values.get("suspended_why") and values.get("resume_date")):
        lacking = "resume_date" if values.get("suspended_why") else "suspended_why"
        found.append(Problem(lacking, "E_REQUIRED", _("合作暂停时请填写原因和预计恢复日期")))
    start, end = values.get("first_cooperation_date"), values.get("terminated_at")
    if start and end and end < start:
        found.append(Problem("terminated_at", "E_LOGIC_ORDER", _("终止日期不能早于首次合作日期")))
    if values.get("satisfaction") is not None and status == "POTENTIAL" and not start:
        found.append(Problem("satisfaction", "E_LOGIC_SATISFACTION", _("有过合作的客户才填满意度")))
    return found


def check_source(values: Mapping[str, Any], today: date) -> list[Problem]:
    """Third-party data need an authorisation that is still valid."""
    if "THIRD_PARTY_DATA" not in (values.get("lead_source"), values.get("collection_channel")):
        return []
    return authorised(values, today, Problem("authorisation_ref", "E_AUTHORISATION", _("第三方数据须填写授权编号")))


def check_consent(values: Mapping[str, Any], today: date) -> list[Problem]:
    """What people wrote online themselves is taken from a program only with a reference to their consent (PIPL 13, 14)."""
    if ONLINE.isdisjoint((values.get("lead_source"), values.get("collection_channel"))):
        return []
    said = _("线上来的线索须有本人的同意：在这里写明凭据，如表单编号和告知书版本")
    return authorised(values, today, Problem("authorisation_ref", "E_CONSENT", said))


def authorised(values: Mapping[str, Any], today: date, missing: Problem) -> list[Problem]:
    """Nothing, where an authorisation is named that has not run out."""
    if not values.get("authorisation_ref"):
        return [missing]
    until = values.get("authorisation_until")
    if until and until < today:
        return [Problem("authorisation_until", "E_AUTHORISATION_EXPIRED", _("授权已过期，不能再录入这批数据"))]
    return []


def check_identity(values: Mapping[str, Any]) -> list[Problem]:
    number, kind = values.get("id_number"), values.get("id_type") or "ID_CARD"
    if not number:
        return []
    try:
        idnumbers.id_number(number, kind)
    except Invalid as error:
        return [Problem("id_number", error.code, error.message, error.suggestion)]
    sex = values.get("sex")
    if kind == "ID_CARD" and sex and idnumbers.sex_of(number) != sex:
        return [Problem("sex", "W_SEX", _("性别与身份证号码不一致"), soft=True)]
    return []


def check_free_text(values: Mapping[str, Any], names: Iterable[str] = FREE) -> list[Problem]:
    """Card numbers, passwords and the like do not belong into free text."""
    found = []
    for name in names:
        if not (told := values.get(name)) or len(told) < 4:
            continue
        kinds = dict.fromkeys(HITS.get(hit.kind, hit.kind) for hit in sensitive.hits(told))
        if kinds:
            said = _("里面像有%(kinds)s，请删去") % {"kinds": _("、").join(map(str, kinds))}
            found.append(Problem(name, "W_SENSITIVE", said, soft=True))
    return found


def check_contact(values: Mapping[str, Any], strict_email: bool = False) -> list[Problem]:
    found = check_free_text(values)
    if values.get("wechat_same_as") and not values.get(values["wechat_same_as"]):
        found.append(Problem("wechat_same_as", "E_LOGIC_WECHAT", _("微信同号的号码还没有填")))
    address = values.get("email")
    if strict_email and address and online.personal(address):
        found.append(Problem("email", "E_PERSONAL_EMAIL", _("请用公司邮箱，不要用个人邮箱")))
    return found
