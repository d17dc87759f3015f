"""The ten roles as they are delivered (spec U-PERM), for the record types that exist. The steward may change them."""

from typing import Any

from django.utils.translation import gettext_noop as _

from keji.access.fields import HIDE, MASK

READ = {"see": "all"}
WRITE = {"see": "all", "create": "all", "change": "all", "delete": "all"}
OWN = {"see": "own", "create": "own", "change": "own", "delete": "own", "import": "own"}
REACHABLE = ("mobile", "landline", "office_phone", "intl_phone", "email", "wechat_id", "wecom_id", "qq")
PHONES = {f"contacts.{name}": MASK for name in REACHABLE} | {
    f"customers.{name}": MASK for name in ("mobile", "office_phone", "email")
}
PERSON = {"customers.name": MASK, "contacts.name": MASK, "contacts.customer": MASK, "needs.customer": MASK}
AMOUNTS = {f"needs.{name}": HIDE for name in ("budget_text", "budget_band", "expected_amount", "annual_amount")}
WITNESSES = {"followups.customer": MASK, "followups.customer_participants": MASK}
SAID = ("customer_feedback", "need_change", "objections", "decision_progress", "commitments")
BESIDE = ("scene", "location", "cross_sell", "outcome", "objective", "next_action", "next_action_by", "next_action_due", "late", "delay")
SUMMARIES = {f"followups.{name}": HIDE for name in (*SAID, *BESIDE, "our_participants", "customer_participants")}
HISTORY = "followups.history"
NO_CONTACT = {f"customers.{name}": HIDE for name in ("last_followup_at", "next_followup_at", "no_step_why", "followup_count")}
DEAL_PERSON = {"deals.customer": MASK, "deals.contact": MASK}
TICKET_PERSON = {"tickets.customer": MASK, "tickets.contact": MASK}
DEAL_TALK = ("competitor", "remark", "loss_text", "long_term_value", "possibility", "contact")
ONLY_AMOUNTS = {f"deals.{name}": HIDE for name in DEAL_TALK}
NO_SUMS = {f"customers.{name}": HIDE for name in ("open_deals", "open_amount", "won_amount_12m")}
TASKS = {"see": "own", "create": "own", "change": "own", "delete": "own"}  # of those who work on others' customers: theirs
TASK_PERSON = {"tasks.customer": MASK}
PAPER = dict.fromkeys(("see", "create", "change", "delete"), "own")  # forms that one has filled in, and of one's customers
TEAMS_PAPER = dict.fromkeys(PAPER, "team")
NUMBER = {"customers.id_number": MASK}
NO_NUMBER = {"customers.id_number": HIDE, "customers.id_type": HIDE}


def both(reach: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"customers": dict(reach), "contacts": dict(reach), "needs": dict(reach)}


ROLES: dict[str, dict[str, Any]] = {
    "SALES_REP": {
        "label": _("销售代表"),
        "reach": both(OWN) | {"deals": OWN, "followups": OWN, "tickets": {"see": "own"}, "tasks": TASKS, "forms": PAPER},
        "actions": ["records.files", "customers.reveal", HISTORY],
        "fields": NUMBER,
    },
    "SALES_MANAGER": {
        "label": _("销售经理"),
        "reach": both(WRITE | {"export": "all", "import": "all", "assign": "all"})
        | dict.fromkeys(("deals", "followups"), WRITE | {"export": "all", "import": "all"})
        | {"tickets": READ | {"export": "all"}, "tasks": WRITE | {"export": "all"}, "forms": TEAMS_PAPER},
        "actions": ["records.files", "customers.reveal", "customers.override", "customers.regrade", "customers.review", HISTORY, "followups.for_others"],
        "fields": NUMBER,
    },
    "DEPT_HEAD": {
        "label": _("部门负责人"),
        "reach": both(READ | {"assign": "all"}) | {"deals": READ, "followups": READ, "tickets": READ, "tasks": TASKS | READ},
        "actions": ["records.files", "customers.reveal", "customers.review", HISTORY],
        "fields": PHONES | NO_NUMBER,
    },
    "DATA_STEWARD": {
        "label": _("数据管理员"),
        "reach": both(WRITE | {"export": "all", "import": "all", "assign": "all"})
        | dict.fromkeys(("deals", "followups"), READ | {"export": "all", "import": "all"})
        | {"tickets": READ | {"export": "all"}, "tasks": TASKS | READ | {"export": "all"}, "forms": WRITE},
        "actions": [
            "records.files",
            HISTORY,
            "customers.regrade",
            "customers.final_review",
            "customers.reveal",
            "customers.override",
            "customers.any_number",
            "customers.export_any",
            "customers.tags",
            "records.dictionaries",
            "deals.pipelines",
            "clocks.limits",
            "agenda.campaigns",
            "records.settings",
            "access.roles",
            "access.trail",
            "notices.hooks",
        ],
        "fields": PHONES | NUMBER,
    },
    "CS_AGENT": {
        "label": _("客服人员"),
        "reach": both(READ) | {"followups": READ, "tickets": WRITE, "tasks": TASKS},
        "actions": ["records.files", "customers.reveal"],
        "fields": PHONES | NO_NUMBER | SUMMARIES | NO_SUMS | AMOUNTS,
    },
    "AFTER_SALES": {
        "label": _("售后"),
        "reach": both(READ) | {"followups": READ, "tickets": WRITE, "tasks": TASKS},
        "actions": ["records.files", "customers.reveal"],
        "fields": PHONES | NO_NUMBER | SUMMARIES | NO_SUMS | AMOUNTS,
    },
    "FINANCE": {
        "label": _("财务"),
        "reach": both(READ) | {"deals": READ, "tasks": TASKS},
        "actions": ["records.files", "customers.reveal"],
        "fields": PHONES | NUMBER | NO_CONTACT | ONLY_AMOUNTS,
    },
    "MARKETING": {
        "label": _("市场"),
        "reach": both(READ | {"create": "own", "change": "own", "delete": "own", "import": "own"})
        | {"deals": READ, "followups": READ, "tasks": TASKS, "forms": PAPER},
        "actions": ["customers.reveal", HISTORY],
        "fields": PHONES | NO_NUMBER | SUMMARIES,
    },
    "SYS_ADMIN": {
        "label": _("系统管理员"),
        "reach": {},
        "actions": ["access.people", "access.roles", "access.trail", "records.settings", "desk.health", "custody.backup", "notices.hooks", "notices.channels"],
        "fields": {},
    },
    "AUDITOR": {
        "label": _("审计"),
        "reach": both(READ) | {"deals": READ, "followups": READ, "tickets": READ, "tasks": READ},
        "actions": ["access.trail", HISTORY],
        "fields": PHONES | PERSON | NUMBER | WITNESSES | DEAL_PERSON | TICKET_PERSON | TASK_PERSON,
    },
}
