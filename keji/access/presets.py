"""The ten roles as they are delivered (spec U-PERM), for the record types that exist. The steward may change them."""

from typing import Any

from keji.access.fields import HIDE, MASK

READ = {"see": "all"}
WRITE = {"see": "all", "create": "all", "change": "all", "delete": "all"}
OWN = {"see": "own", "create": "own", "change": "own", "delete": "own", "import": "own"}
REACHABLE = ("mobile", "landline", "office_phone", "intl_phone", "email", "wechat_id", "wecom_id", "qq")
PHONES = {f"contacts.{name}": MASK for name in REACHABLE} | {
    f"customers.{name}": MASK for name in ("mobile", "office_phone", "email")
}
PERSON = {"customers.name": MASK, "contacts.name": MASK, "contacts.customer": MASK}
NUMBER = {"customers.id_number": MASK}
NO_NUMBER = {"customers.id_number": HIDE, "customers.id_type": HIDE}


def both(reach: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"customers": dict(reach), "contacts": dict(reach)}


ROLES: dict[str, dict[str, Any]] = {
    "SALES_REP": {
        "label": "销售代表",
        "reach": both(OWN),
        "actions": ["customers.reveal", "records.files"],
        "fields": NUMBER,
    },
    "SALES_MANAGER": {
        "label": "销售经理",
        "reach": both(WRITE | {"export": "all", "import": "all", "assign": "all"}),
        "actions": ["customers.reveal", "customers.override", "customers.regrade", "records.files"],
        "fields": NUMBER,
    },
    "DEPT_HEAD": {
        "label": "部门负责人",
        "reach": both(READ | {"assign": "all"}),
        "actions": ["customers.reveal", "records.files"],
        "fields": PHONES | NO_NUMBER,
    },
    "DATA_STEWARD": {
        "label": "数据管理员",
        "reach": both(WRITE | {"export": "all", "import": "all", "assign": "all"}),
        "actions": [
            "customers.regrade",
            "customers.reveal",
            "customers.override",
            "customers.any_number",
            "customers.export_any",
            "records.dictionaries",
            "records.files",
            "records.settings",
            "access.roles",
            "access.trail",
        ],
        "fields": PHONES | NUMBER,
    },
    "CS_AGENT": {
        "label": "客服人员",
        "reach": both(READ),
        "actions": ["customers.reveal", "records.files"],
        "fields": PHONES | NO_NUMBER,
    },
    "AFTER_SALES": {
        "label": "售后",
        "reach": both(READ),
        "actions": ["customers.reveal", "records.files"],
        "fields": PHONES | NO_NUMBER,
    },
    "FINANCE": {"label": "财务", "reach": both(READ), "actions": ["customers.reveal", "records.files"], "fields": PHONES | NUMBER},
    "MARKETING": {
        "label": "市场",
        "reach": both(READ | {"create": "own", "change": "own", "delete": "own", "import": "own"}),
        "actions": ["customers.reveal"],
        "fields": PHONES | NO_NUMBER,
    },
    "SYS_ADMIN": {
        "label": "系统管理员",
        "reach": {},
        "actions": ["access.people", "access.roles", "access.trail", "records.settings", "desk.health"],
        "fields": {},
    },
    "AUDITOR": {
        "label": "审计",
        "reach": both(READ),
        "actions": ["access.trail"],
        "fields": PHONES | PERSON | NUMBER,
    },
}
