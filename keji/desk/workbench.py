"""What is to be done today, by what a person is here for. Each number is that of the list which it opens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keji.access.house import house
from keji.access.rules.roles import TRAIL
from keji.access.scope import may
from keji.clocks.presets import PRESETS
from keji.clocks.queries import limits
from keji.clocks.rules.reckoning import last_lapsed
from keji.customers import queries as customers
from keji.database.counting import numbers
from keji.intake.rules.paper import SCAN
from keji.kernel.clock import now, today
from keji.records.listing import listed
from keji.records.pages import url
from keji.records.queries import near_rows
from keji.records.sheet import SHEETS
from keji.service import queries as service
from keji.service.rules.deadlines import CODE as TICKET

CLEANING = "SLA-17"
MOST = 999  # a figure says no more than "999+"
LISTS = {
    "customers": "customers:list",
    "contacts": "customers:contacts",
    "needs": "customers:needs",
    "deals": "deals:list",
    "followups": "followups:list",
    "tasks": "agenda:list",
    "tickets": "service:list",
}


@dataclass(frozen=True)
class Tile:
    """A list and what it is narrowed to; `{me}` and the days of `moments` are filled in."""

    label: Any
    record: str
    query: str
    alert: bool = False  # red unless it is nothing
    setting: str = ""  # shown only where that is on


@dataclass(frozen=True)
class View:
    """What the people see who are here for one thing: figures, and the cards that the template knows by their names."""

    name: str
    label: Any
    opens: Callable[[Any], bool]
    tiles: tuple[Tile, ...]
    cards: tuple[str, ...] = ()
    clocks: Literal["", "mine", "all"] = ""  # of whose time limits that are over the number is told
    lands: str = ""  # a page that is there already


def grants(*actions: str, without: str = "") -> Callable[[Any], bool]:
    def opens(person: Any) -> bool:
        return all(may(person, one) for one in actions) and not (without and may(person, without))

    return opens


# No need that is still open says that something may come of it (R-001-33).
HOPELESS = "without_needs.state=OPEN" + "".join(f"&without_needs.intent_level={one}" for one in ("HIGH", "MEDIUM", "LOW"))
UPKEEP = (
    Tile(_("待确认的资料"), "customers", "open=1{whose}"),
    Tile(_("90 天没有更新"), "customers", "changed_at__to={ago90}{whose}"),
    Tile(_("长期未跟进"), "customers", "archive_class=DORMANT{whose}"),
    Tile(_("可清理的客户"), "customers", f"last_followup_at__to={{lapsed}}&open_deals__to=0&{HOPELESS}{{whose}}"),
    Tile(_("失效的联系人"), "contacts", "validity=PHONE_OFF&validity=CONTACT_MOVED{customers}"),
)
OPEN = "state=OPEN"
WAITING = "state=OPEN&state=DOING"
VIEWS = (
    View(
        "archive",
        _("档案管理"),
        grants("records.dictionaries", "customers.see"),
        (
            *UPKEEP,
            Tile(_("没有负责人"), "customers", "owner=-"),
            Tile(_("没有等级"), "customers", "grade=-"),
            Tile(_("最近 7 天新建"), "customers", "created_at__from={ago6}"),
            Tile(_("等待终审的资料"), "customers", "review_state=FINAL_REVIEW", alert=True, setting="review"),
        ),
        ("today",),
    ),
    View(
        "team",
        _("团队"),
        grants("customers.assign", "tasks.see", "deals.see"),
        (
            Tile(_("逾期任务"), "tasks", f"{OPEN}&due_at__to={{yesterday}}", alert=True),
            Tile(_("今天要做"), "tasks", f"{OPEN}&due_at__from={{today}}&due_at__to={{today}}"),
            Tile(_("24 小时内待补录"), "tasks", f"{OPEN}&kind=UPDATE", alert=True),
            Tile(_("没有下一步的客户"), "customers", "heartbeat=UNPLANNED"),
            Tile(_("没有下一步的商机"), "deals", "category=OPEN&heartbeat=UNPLANNED"),
            Tile(_("30 天内迟录的跟进"), "followups", "late=1&occurred_at__from={ago29}", alert=True),
            Tile(_("没有负责人"), "customers", "owner=-"),
            Tile(_("等待复核的资料"), "customers", "review_state=DEPT_REVIEW", alert=True, setting="review"),
        ),
        ("people", "today"),
        clocks="all",
    ),
    View(
        "sales",
        _("我的销售"),
        grants("followups.create", "tasks.see"),
        (
            Tile(_("逾期任务"), "tasks", f"{OPEN}&assignee={{me}}&due_at__to={{yesterday}}", alert=True),
            Tile(_("今天要做"), "tasks", f"{OPEN}&assignee={{me}}&due_at__from={{today}}&due_at__to={{today}}"),
            Tile(_("24 小时内待补录"), "tasks", f"{OPEN}&assignee={{me}}&kind=UPDATE", alert=True),
            Tile(_("答应客户的事"), "tasks", f"{OPEN}&assignee={{me}}&kind=COMMITMENT"),
            Tile(_("还没联系过"), "customers", "owner={me}&followup_count__to=0"),
            Tile(_("没有下一步的商机"), "deals", "owner={me}&category=OPEN&heartbeat=UNPLANNED"),
            Tile(_("被退回的资料"), "customers", "owner={me}&review_state=REJECTED", alert=True, setting="review"),
        ),
        ("today", "funnel", "upkeep"),
        clocks="mine",
    ),
    View(
        "service",
        _("服务"),
        grants("tickets.create"),
        (
            Tile(_("待我处理"), "tickets", f"{WAITING}&handler={{me}}"),
            Tile(_("我的已超时"), "tickets", f"{WAITING}&handler={{me}}&due_at__to={{yesterday}}", alert=True),
            Tile(_("今天到期"), "tickets", f"{WAITING}&due_at__from={{today}}&due_at__to={{today}}"),
            Tile(_("待回访"), "tickets", f"{WAITING}&kind=RETURN_VISIT"),
            Tile(_("没人处理"), "tickets", f"{WAITING}&handler=-"),
            Tile(_("最近 30 天不满意"), "tickets", "satisfaction__to=2&reported_at__from={ago29}", alert=True),
        ),
        ("tickets", "today"),
    ),
    View(
        "market",
        _("线索与需求"),
        grants("customers.create", "customers.see", without="followups.create"),
        (
            Tile(_("最近 7 天新客户"), "customers", "created_at__from={ago6}"),
            Tile(_("没有等级"), "customers", "grade=-"),
            Tile(_("没有负责人"), "customers", "owner=-"),
            Tile(_("最近 30 天新需求"), "needs", "created_at__from={ago29}"),
            Tile(_("高优先级需求"), "needs", "priority=HIGH&state=OPEN"),
        ),
        ("sources", "wishes", "today"),
    ),
    View(
        "finance",
        _("成交与回款"),
        grants("deals.see", without="followups.see"),
        (
            Tile(_("本月成交"), "deals", "won_date__from={month}"),
            Tile(_("本月预计成交"), "deals", "category=OPEN&expected_close_date__from={month}&expected_close_date__to={end}"),
            Tile(_("预计日期已过"), "deals", "category=OPEN&expected_close_date__to={yesterday}", alert=True),
        ),
        ("today",),
    ),
    View("audit", _("审计"), grants(TRAIL, "customers.see", without="records.dictionaries"), (), lands="desk:trail"),
    View("system", _("系统"), grants("desk.health"), (), lands="desk:jobs"),
)


def views(person: Any) -> list[View]:
    """What a person may choose among; the first is where they arrive."""
    return [one for one in VIEWS if one.opens(person)]


def overdue(person: Any, mine: bool) -> list[dict[str, Any]]:
    """How many time limits on customers are over."""
    if not may(person, "customers.see"):
        return []
    count = due_clocks(person, now(), mine)[: MOST + 1].count()
    href = f"{url('desk:due')}?{'who=mine&' if mine else ''}show=overdue"
    return [figure(_("超过的时限"), count, href, alert=True)]


def unknown_limits(person: Any) -> set[str]:
    """The codes of the limits of which the person may not know what they run on."""
    found = {SCAN} | {one.code for one in PRESETS if one.needs and not may(person, one.needs)}  # forms have a list of their own
    if "last_followup_at" not in SHEETS["customers"].readable(person):
        found |= {one.code for one in limits().values() if one.kind == "CONTACT"}
    return found


def due_clocks(person: Any, until: datetime, mine: bool, codes: tuple[str, ...] = ()) -> Any:
    """The limits that end by then, as far as the person may know of what they run on."""
    hidden = unknown_limits(person)
    rows = customers.due_clocks(person, until, mine, codes).exclude(limit__code__in=hidden)
    if TICKET in hidden:
        return rows
    return rows.exclude(Q(record="tickets") & ~Q(record_id__in=service.tickets(person).values("pk")))


def figure(label: Any, count: int, href: str, alert: bool) -> dict[str, Any]:
    """A number as the macro `tiles` takes it."""
    text = f"{MOST}+" if count > MOST else str(count)
    return {"label": label, "value": text, "href": href, "tone": "red" if alert and count else ""}


def moments(day: date) -> dict[str, str]:
    """The days that queries name."""
    month = day.replace(day=1)
    end = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    ago = {f"ago{n}": (day - timedelta(days=n)).isoformat() for n in (6, 29, 90)}
    limit = limits().get((CLEANING, ""))
    lapsed = last_lapsed(limit.amount if limit else 6, day)
    known = {"today": day, "yesterday": day - timedelta(days=1), "month": month, "end": end, "lapsed": lapsed}
    return ago | {name: one.isoformat() for name, one in known.items()}


def figures(person: Any, tiles: tuple[Tile, ...], **filled: str) -> list[dict[str, Any]]:
    """Those of these figures that the person may ask for, as the macro `tiles` takes them."""
    known: Mapping[str, Any] = {"me": person.pk, "whose": "", "customers": ""} | moments(today()) | filled
    near = cache(lambda record: near_rows(person, record))
    asked: list[tuple[Tile, str, QuerySet]] = []
    for one in tiles:
        if may(person, f"{one.record}.see") and (not one.setting or house()[one.setting]):
            query = one.query.format_map(known)
            rows = listed(SHEETS[one.record], person, near(one.record), QueryDict(query))
            asked += [(one, query, rows)] if rows is not None else []
    found = numbers([rows for _one, _query, rows in asked], MOST)
    return [
        figure(one.label, count, f"{url(LISTS[one.record])}?{query}", one.alert)
        for (one, query, _rows), count in zip(asked, found, strict=True)
    ]
