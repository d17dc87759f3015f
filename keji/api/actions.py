"""Rules as actions: one table of what else may be done with a record, with fields that sheets and kinds describe."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.fields import HIDE, MASK, PLAIN
from keji.agenda import queries as agenda
from keji.agenda.rules import campaigns, reminding, steps, tasks
from keji.agenda.sheet import OUTCOME, TASKS
from keji.api import values
from keji.customers.rules import anniversaries, consent, grading, owners, reveal, review, tagging
from keji.customers.rules.actions import FINAL_REVIEW, REGRADE, REVEAL, REVIEW
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.deals.rules import criteria
from keji.deals.rules import move as moving
from keji.deals.sheet import DEALS
from keji.followups.rules import owing
from keji.followups.sheet import FOLLOWUPS
from keji.kernel import text
from keji.kernel.clock import today
from keji.kernel.errors import Invalid, NotThere, Problem, Unfit
from keji.records import kinds
from keji.records.entry import rules_for
from keji.records.kinds import Kind
from keji.records.sheet import Column, Sheet, unknown
from keji.service.rules import handovers


@dataclass(frozen=True)
class Input:
    """One field of an action: how it is read, and what it means."""

    kind: Kind
    help: Any
    must: bool = False
    sheet: Sheet | None = None  # whose column it is, if it is one


@dataclass(frozen=True)
class Act:
    """A rule under a name: what opens it, what it asks for, and how it is called."""

    record: str
    name: str
    door: str
    label: Any
    call: Callable[[Any, Any, dict[str, Any]], Any]
    inputs: Mapping[str, Input]


def of(sheet: Sheet, name: str, must: bool = False) -> Input:
    """The field of an action that is a column of a sheet."""
    return Input(sheet.by_name[name].kind, sheet.model_field(name).help_text, must, sheet)


WHY = Input(kinds.Text(text.clean, 500), gettext_lazy("为什么这样做，记入操作记录"))
NOTE = Input(kinds.Text(text.clean, 500), gettext_lazy("审核意见，退回时必填"))
REASON = Input(WHY.kind, WHY.help, must=True)
DAY = kinds.Day()
SEEN = Input(kinds.Whole(), gettext_lazy("你看到的版本；别人已改过就不移动"))


def do_move(person: Any, deal: Any, told: dict[str, Any]) -> None:
    facts: dict[str, date | None] = dict.fromkeys(told.pop("facts", ()), today())
    to, why, version = told.pop("stage"), told.pop("why", ""), told.pop("version", None)
    moving.move(person, deal, to, told, facts=facts, version=version, why=why)


def do_tick(person: Any, deal: Any, told: dict[str, Any]) -> None:
    facts: dict[str, date | None] = dict.fromkeys(told.get("facts", ()), today())
    moving.tick(person, deal, facts | dict.fromkeys(told.get("off", ())))


def do_remember(person: Any, customer: Any, told: dict[str, Any]) -> dict[str, Any]:
    ahead = told.get("remind_days", anniversaries.AHEAD)
    made = anniversaries.remember(person, customer, told["name"], told["day"], bool(told.get("yearly")), ahead)
    return {"day_id": made.pk}


def do_review(person: Any, customer: Any, told: dict[str, Any]) -> None:
    campaigns.look_over(person, agenda.campaign(told["round"]), customer, told["outcome"])


def do_nudge(person: Any, task: Any, _told: dict[str, Any]) -> dict[str, Any]:
    return {"told": reminding.nudge(person, task.assignee_id or 0)}


def do_consent(person: Any, customer: Any, told: dict[str, Any]) -> dict[str, Any]:
    return {"consent_id": consent.give(person, customer, told.get("contact"), told["evidence"], told.get("given_on")).pk}


def do_hand_over(person: Any, deal: Any, told: dict[str, Any]) -> dict[str, Any]:
    told = {"contact": None} | told
    return {"ticket_id": handovers.hand_over(person, deal, handovers.Told(**told)).pk}


def do_reveal(person: Any, record: Any, told: dict[str, Any]) -> dict[str, Any]:
    """One masked value in full, counted and written down; what is hidden is not there."""
    sheet, name = (CUSTOMERS if record.RECORD == "customers" else CONTACTS), told["field"]
    if rules_for(sheet, person, record).get(name, HIDE) == HIDE:
        raise NotThere(name)
    reveal.reveal(person, record, name)
    kind = sheet.by_name[name].kind
    return {"field": name, "value": kind.show(kind.value(record.__dict__, name)) or None}


class Facts(kinds.Kind):
    """Facts of a deal that are ticked."""

    input = "checks"
    empty = ()

    def parse(self, raw: Any, typed: bool = True) -> Any:
        told = list(raw or [])
        if wrong := [one for one in told if one not in criteria.CRITERIA or not criteria.ticked(one)]:
            raise Invalid("E_CHOICE", _("没有“%(told)s”这一项") % {"told": wrong[0][:40]})
        return kinds.Parsed(told)

    def choices(self) -> list[kinds.Choice]:
        return [kinds.Choice(code, str(label)) for code, label in criteria.CRITERIA.items() if criteria.ticked(code)]


def do_decide(person: Any, customer: Any, told: dict[str, Any]) -> Any:
    return review.decide(person, customer, told["passed"], told.get("note", ""), bool(told.get("checked")))


DECISION = {
    "passed": Input(kinds.Flag(), gettext_lazy("通过，还是退回"), must=True),
    "checked": Input(kinds.Flag(), gettext_lazy("与资质文件一致，通过时必填")),
    "note": NOTE,
}
TICKED = Input(Facts(), gettext_lazy("勾选的事实，如方案已发出"))
ACTS = (
    Act(
        "customers",
        "transfer",
        "customers.assign",
        gettext_lazy("更换负责人"),
        lambda person, customer, told: owners.transfer(person, customer, told["owner"], told["why"]),
        {"owner": of(CUSTOMERS, "owner", True), "why": REASON},
    ),
    Act(
        "customers",
        "regrade",
        REGRADE,
        gettext_lazy("调整等级"),
        lambda person, customer, told: grading.regrade(person, customer, told["grade"], told["why"]),
        {"grade": of(CUSTOMERS, "grade", True), "why": REASON},
    ),
    Act(
        "customers",
        "submit",
        "customers.change",
        gettext_lazy("自查以后提交审核"),
        lambda person, customer, told: review.submit(person, customer, told.get("note", "")),
        {"note": NOTE},
    ),
    Act("customers", "dept_review", REVIEW, gettext_lazy("复核"), do_decide, DECISION),
    Act("customers", "final_review", FINAL_REVIEW, gettext_lazy("终审"), do_decide, DECISION),
    Act(
        "customers",
        "collaborators",
        "customers.change",
        gettext_lazy("设定协同人"),
        lambda person, customer, told: owners.set_collaborators(person, customer, told.get("people") or ()),
        {"people": Input(FOLLOWUPS.by_name["our_participants"].kind, gettext_lazy("除负责人以外，谁也跟进这个客户"), True)},
    ),
    Act(
        "customers",
        "tag",
        "customers.change",
        gettext_lazy("打标签"),
        lambda person, customer, told: tagging.tag(
            person, customer, told["tag"], until=told.get("until"), why=told.get("why", "")
        ),
        {
            "tag": Input(kinds.Text(text.clean, 20), gettext_lazy("标签的编号或文字；没有的文字成为自由标签"), True),
            "until": Input(DAY, gettext_lazy("到哪天为止，空着就一直有")),
            "why": WHY,
        },
    ),
    Act(
        "customers",
        "untag",
        "customers.change",
        gettext_lazy("去掉标签"),
        lambda person, customer, told: tagging.untag(person, customer, told["tag"], told.get("why", "")),
        {"tag": Input(kinds.Whole(), gettext_lazy("标签的编号"), True), "why": WHY},
    ),
    Act(
        "customers",
        "remember",
        "customers.change",
        gettext_lazy("记下纪念日"),
        do_remember,
        {
            "name": Input(kinds.Text(text.clean, 30), gettext_lazy("是什么日子"), True),
            "day": Input(DAY, gettext_lazy("哪一天"), True),
            "yearly": Input(kinds.Flag(), gettext_lazy("是否每年都有")),
            "remind_days": Input(kinds.Whole(), gettext_lazy("提前几天提醒负责人，默认 30")),
        },
    ),
    Act(
        "customers",
        "forget",
        "customers.change",
        gettext_lazy("去掉纪念日"),
        lambda person, customer, told: anniversaries.forget(person, customer, told["day_id"]),
        {"day_id": Input(kinds.Whole(), gettext_lazy("纪念日的编号，记下时返回"), True)},
    ),
    Act(
        "customers",
        "consent",
        "customers.change",
        gettext_lazy("记下推送同意"),
        do_consent,
        {
            "contact": Input(kinds.Whole(), gettext_lazy("哪位联系人同意的；个人客户本人同意的空着")),
            "evidence": Input(kinds.Text(text.clean, 200), gettext_lazy("凭据，如 微信回复“可以”、签字表编号"), True),
            "given_on": Input(DAY, gettext_lazy("哪天同意的；空着是今天")),
        },
    ),
    Act(
        "customers",
        "withdraw",
        "customers.change",
        gettext_lazy("撤回推送同意"),
        lambda person, customer, told: consent.withdraw(person, customer, told["consent_id"], told.get("why", "")),
        {"consent_id": Input(kinds.Whole(), gettext_lazy("同意的编号，记下时返回"), True), "why": WHY},
    ),
    Act(
        "customers",
        "look_over",
        "customers.change",
        gettext_lazy("沟通以后核对阶段、需求和下一步"),
        lambda person, customer, told: owing.look_over(person, customer, told.get("lifecycle_stage", ""), told.get("why", "")),
        {"lifecycle_stage": of(CUSTOMERS, "lifecycle_stage"), "why": WHY},
    ),
    Act(
        "customers",
        "review",
        "customers.change",
        gettext_lazy("在一轮梳理里核对客户"),
        do_review,
        {
            "round": Input(kinds.Whole(), gettext_lazy("哪一轮梳理：它的编号，在梳理页的地址里"), True),
            "outcome": Input(OUTCOME, gettext_lazy("核对的结果"), True),
        },
    ),
    *(
        Act(
            record,
            "rest",
            f"{record}.change",
            gettext_lazy("说明为什么没有下一步"),
            lambda person, row, told: steps.rest(person, row, told["why"]),
            {"why": Input(kinds.Text(text.clean, 100), gettext_lazy("为什么不用安排下一步；以后安排了就自动清空"), True)},
        )
        for record in ("customers", "deals")
    ),
    *(
        Act(
            record,
            "reveal",
            REVEAL,
            gettext_lazy("查看被遮盖的内容"),
            do_reveal,
            {"field": Input(kinds.Text(text.clean, 40), gettext_lazy("字段的代码"), True)},
        )
        for record in ("customers", "contacts")
    ),
    Act(
        "tasks",
        "done",
        "tasks.change",
        gettext_lazy("完成"),
        lambda person, task, told: tasks.done(person, task, told.get("why", "")),
        {"why": WHY},
    ),
    Act("tasks", "nudge", "customers.assign", gettext_lazy("催办：提醒任务的负责人，一天一次"), do_nudge, {}),
    Act(
        "tasks",
        "close_round",
        campaigns.LEAD,
        gettext_lazy("结束任务所属的一轮客户梳理"),
        lambda person, task, told: campaigns.close(person, campaigns.round_of(task), told.get("why", "")),
        {"why": Input(WHY.kind, gettext_lazy("还有客户没有核对时必填：为什么提前结束"))},
    ),
    Act(
        "tasks",
        "reopen",
        "tasks.change",
        gettext_lazy("重新打开"),
        lambda person, task, told: tasks.reopen(person, task, told.get("why", "")),
        {"why": WHY},
    ),
    Act(
        "tasks",
        "snooze",
        "tasks.change",
        gettext_lazy("推迟提醒"),
        lambda person, task, told: tasks.snooze(person, task, told["until"]),
        {"until": Input(kinds.When(), gettext_lazy("什么时候再提醒；截止时间不变"), True)},
    ),
    Act(
        "tasks",
        "move",
        "tasks.change",
        gettext_lazy("改期"),
        lambda person, task, told: tasks.move(person, task, told["due_at"], told.get("why", ""), told.get("version")),
        {"due_at": of(TASKS, "due_at", True), "why": WHY, "version": SEEN},
    ),
    Act(
        "tasks",
        "hand_over",
        "tasks.change",
        gettext_lazy("转交"),
        lambda person, task, told: tasks.hand_over(person, task, told["assignee"], told.get("why", "")),
        {"assignee": of(TASKS, "assignee", True), "why": WHY},
    ),
    Act(
        "deals",
        "move",
        "deals.change",
        gettext_lazy("移动阶段"),
        do_move,
        {
            "stage": of(DEALS, "stage", True),
            **{name: of(DEALS, name) for name in sorted(moving.ASKED)},
            "facts": TICKED,
            "why": WHY,
            "version": SEEN,
        },
    ),
    Act(
        "deals",
        "confirm",
        "deals.change",
        gettext_lazy("确认仍在这个阶段"),
        lambda person, deal, told: moving.confirm(person, deal),
        {},
    ),
    Act(
        "deals",
        "hand_over",
        "deals.change",
        gettext_lazy("把成交的客户交接给客服"),
        do_hand_over,
        {
            "handler": Input(kinds.Who(), gettext_lazy("谁接手，须能处理服务单"), True),
            "contact": Input(kinds.Whole(), gettext_lazy("客户方的联系人")),
            **{name: Input(kinds.Text(text.clean, most), handovers.TELLS[name], name == "summary") for name, most in handovers.MOST.items()},
        },
    ),
    Act(
        "deals",
        "tick",
        "deals.change",
        gettext_lazy("勾选事实"),
        do_tick,
        {"facts": TICKED, "off": Input(Facts(), gettext_lazy("取消勾选的事实"))},
    ),
)


def read(person: Any, act: Act, told: Mapping[str, Any], record: Any = None) -> dict[str, Any]:
    """The fields of an action from a JSON object. Raises Unfit with everything that is wrong."""
    found: dict[str, Any] = {}
    wrong = [unknown(name[:40]) for name in told if name not in act.inputs]
    for name, one in act.inputs.items():
        value, rule = told.get(name), policy(one, person, record, name)
        if value is None or value == "" or (rule == MASK and "*" in str(value)):
            wrong += [Problem(name, "E_REQUIRED", _("请填写这一项"))] if one.must else []
        elif rule == HIDE:
            wrong.append(unknown(name))
        elif not values.fits(one.kind, value):
            wrong.append(Problem(name, "E_TYPE", _("值的类型不对，请看接口说明")))
        else:
            try:
                found[name] = one.kind.parse(values.raw(one.kind, value)).value
            except Invalid as error:
                wrong.append(Problem(name, error.code, error.message, error.suggestion))
    if wrong:
        raise Unfit(*wrong)
    return found


def policy(one: Input, person: Any, record: Any, name: str) -> str:
    """How the person reads the column behind a field; what must be told is asked for whatever they read."""
    if one.sheet is None or one.must:
        return PLAIN
    return rules_for(one.sheet, person, record).get(name, HIDE)


def column(name: str, one: Input) -> Column:
    """The field of an action as a column, for its schema."""
    return Column(name, one.kind)
