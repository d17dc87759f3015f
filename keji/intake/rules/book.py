"""The workbook of five sheets: what each is called, which columns it has and in which order, as the seeds have them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.deals.sheet import DEALS
from keji.followups.sheet import FOLLOWUPS
from keji.kernel import dates, text
from keji.kernel.clock import is_day, zone
from keji.kernel.errors import Parsed
from keji.kernel.wordings import wordings
from keji.records.kinds import Kind, Moment, Row
from keji.records.sheet import Column, Sheet

OWN_NUMBER = "customer_no"
NUMBER = "record_no"  # the column that tells records of a customer apart
NUMBER_TITLE = _("记录编号")
# Who typed a row in, when, and how far its review came belong to the installation: they are no part of the workbook.
HERE_ONLY = frozenset({"created_at", "created_by", "changed_at", "review_state", "heartbeat", "no_step_why"})


UNTIL = re.compile(r"^(.+?) ?[（(]\D*(\d{4}-\d\d-\d\d)[）)]$")


class TagWords(Kind):
    """The tags that people have put on a customer: words, and until when each holds."""

    empty: Any = ()

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        found = []
        for part in text.listed(str(raw or "")):
            if told := str(text.clean(part, typed=typed).value or ""):
                until = UNTIL.match(told)
                found.append((until[1], dates.day(until[2]).value) if until else (told, None))
        return Parsed(found)

    def show(self, value: Any) -> str:
        words = [
            gettext("%(tag)s（至%(day)s）") % {"tag": told, "day": until.isoformat()} if until else told
            for told, until in value or ()
        ]
        return gettext("、").join(sorted(words))

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def needs(self, name: str) -> tuple[str, ...]:
        return ()

    def value(self, row: Row, name: str) -> Any:
        return row.get(name, ())


@dataclass(frozen=True)
class Page:
    """One sheet of the workbook: a record type, its title there, the seeds' columns first."""

    sheet: Sheet
    title: Any
    prefix: str  # of its fields in a mapping
    first: tuple[str, ...]
    titles: Mapping[str, Any] = field(default_factory=dict)  # where the seeds say it otherwise
    named: tuple[str, ...] = ()  # what else the sheet is called
    brought: frozenset[str] = frozenset()  # derived columns that a history brings along
    left_out: frozenset[str] = HERE_ONLY
    extra: tuple[Column, ...] = ()  # what stands here and belongs to the customer

    @property
    def record(self) -> str:
        return str(self.sheet.model.RECORD)

    def label(self, name: str) -> str:
        return str(self.titles.get(name) or self.sheet.label(name))

    def column(self, name: str) -> Column | None:
        return self.sheet.by_name.get(name) or next((one for one in self.extra if one.name == name), None)

    def columns(self) -> list[Column]:
        """What stands in the sheet behind its numbers, that which people type first."""
        every = (*self.sheet.columns, *self.extra)
        known = {column.name: column for column in every if column.name not in self.left_out}
        typed = [name for name, column in known.items() if column.typed]
        order = dict.fromkeys([*(name for name in self.first if name in known), *typed, *known])
        return [known[name] for name in order]

    def read(self, name: str) -> bool:
        """True if an import reads the column; what follows from others is only shown."""
        column = self.column(name)
        return name in self.brought or name == OWN_NUMBER or bool(column and column.typed)


PAGES: dict[str, Page] = {
    page.record: page
    for page in (
        Page(
            CUSTOMERS,
            _("客户基本信息表"),
            "",
            (OWN_NUMBER, "name", "industry_code", "employee_count", "size_label", "grade", "first_contact_date", "owner", "remark"),
            {"first_contact_date": _("首次接触时间")},
            ("客户基础信息表", "客户信息表", "客户"),
        ),
        Page(
            CONTACTS,
            _("联系人信息表"),
            "contact.",
            ("customer", "name", "title", "mobile", "decision_role"),
            {"title": _("联系人职位"), "customer": _("客户名称")},
            ("联系人",),
        ),
        Page(
            FOLLOWUPS,
            _("跟进记录表"),
            "followup.",
            ("customer", "occurred_at", "method", "author", "summary", "customer_feedback", "next_followup_at", "followup_type"),
            {"customer": _("客户名称")},
            ("跟进记录", "客户跟进记录表", "沟通记录表"),
            left_out=HERE_ONLY | {"industry", "signed_by", "signed_at", "signature", "late", "delay"},
        ),
        Page(
            NEEDS,
            _("需求与标签表"),
            "need.",
            ("customer", "keywords", "priority", "tags", "description"),
            {"customer": _("客户名称"), "tags": _("标签")},
            ("需求", "需求表", "标签表"),
            frozenset({"tags"}),
            extra=(Column("tags", TagWords(), "wish", ("客户标签",), typed=False),),
        ),
        Page(
            DEALS,
            _("成交与状态表"),
            "deal.",
            ("customer", "name", "stage", "expected_amount", "actual_amount", "won_date", "loss_reason"),
            {"customer": _("客户名称")},
            ("商机", "成交表"),
            frozenset({"contact", "lost_date", "stage_checked_at"}),
        ),
    )
}
BY_PREFIX = {page.prefix: page for page in PAGES.values()}
ORDER = ("customers", "contacts", "followups", "needs", "deals")


def pages() -> list[Page]:
    """The sheets in the order of the workbook."""
    return [PAGES[record] for record in ORDER if record in PAGES]


@cache
def sheet_titles() -> dict[str, str]:
    """What a sheet may be called, in either language, and the record type that it then holds."""
    return {
        said.casefold(): record
        for record, page in PAGES.items()
        for said in (*wordings(str, page.title), *page.named)
    }


def of_target(target: str) -> tuple[Page, str]:
    """The sheet and the column that a target of a mapping means."""
    prefix, dot, name = target.partition(".")
    page = BY_PREFIX.get(f"{prefix}.") if dot else None
    return (page, name) if page else (PAGES["customers"], target)


def cell(column: Column, value: Any) -> Any:
    """A value as a cell of the workbook: points in time as dates with a time of day, unless only the day is known."""
    if column.kind.filter == "tags":
        return gettext("、").join(sorted(mark["text"] for mark in column.kind.all_marks(value)))  # type: ignore[attr-defined]
    if isinstance(column.kind, Moment):
        if not isinstance(value, datetime):
            return None
        local = timezone.localtime(value, zone()).replace(microsecond=0, tzinfo=None)
        return local.date() if is_day(value) else local
    return column.kind.plain(value)


def alike(column: Column, one: Any, other: Any) -> bool:
    """True if the workbook says the same of both: it rounds what is stored, and lists stand in it as text."""
    return one == other or (cell(column, one) or None) == (cell(column, other) or None)
