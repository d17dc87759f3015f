"""Kinds of values that only customers and their needs have: tags, keywords, budgets, periods."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.customers.models import BY_NUMBER, NeedWord, Tagging
from keji.customers.tagbook import tagbook
from keji.kernel import money, text
from keji.kernel.clock import day_of, start_of, today
from keji.kernel.errors import Invalid, Parsed
from keji.kernel.numbers import whole_id
from keji.records import kinds
from keji.records.kinds import Row
from keji.records.terms import dictionary

BOXES = re.compile(r"[□■☐☑☒√✓]")
WORD, MOST_WORDS = 20, 20
ORDINARY = 2  # so many marks stand in a list


class CustomerNumber(kinds.Text):
    """The number of a customer, which stands in a list by its place in the row of numbers."""

    def rank(self, name: str) -> Any:
        return BY_NUMBER


class Tags(kinds.Kind):
    """The tags that a customer carries now, as a list of ids; in the trail, as they read then."""

    cell = "tags"
    filter = "tags"
    empty: Any = ()
    parts = ("", "how", "not")

    def show(self, value: Any) -> str:
        return _("、").join(str(mark["text"]) for mark in self.all_marks(value)) if value else ""

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def all_marks(self, value: Any) -> list[dict[str, str]]:
        known = tagbook().tags
        found = [known.get(one, one) for one in value or ()]
        return [
            {"text": one, "tone": "grey"} if isinstance(one, str) else {"text": one.text, "tone": one.group.colour}
            for one in found
            if not isinstance(one, int)
        ]

    def marks(self, value: Any) -> list[dict[str, str]]:
        """The first few, and how many more there are. Grey groups are for the page and the filters: lists have columns."""
        found = [one for one in self.all_marks(value) if one["tone"] != "grey"]
        rest = found[ORDINARY:]
        more = (
            [{"text": f"+{len(rest)}", "tone": "grey", "title": _("、").join(one["text"] for one in rest)}] if rest else []
        )
        return found[:ORDINARY] + more

    def choices(self) -> list[kinds.Choice]:
        return [kinds.Choice(str(tag.id), tag.text) for tag in tagbook().offered()]

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        """Those that carry any of these tags (or all), and none of those."""
        found = Q()
        wanted = ids(told.get("", []))
        if wanted and told.get("how", [""])[-1] == "all":
            found &= Q(*[Q(pk__in=carriers([one])) for one in wanted])
        elif wanted:
            found &= Q(pk__in=carriers(wanted))
        if unwanted := ids(told.get("not", [])):
            found &= ~Q(pk__in=carriers(unwanted))
        return found


def ids(values: list[str]) -> list[int]:
    """The tags that are asked for by id or by name; what is no tag is refused."""
    found = []
    for value in dict.fromkeys(values):
        pk = whole_id(value)
        known = tagbook().last(pk) if pk is not None else tagbook().named(value)
        if known is None:
            raise Invalid("E_CHOICE", _("没有“%(told)s”这个标签") % {"told": value[:40]})
        found.append(known.id)
    return found


def carriers(tags: list[int]) -> Any:
    return Tagging.objects.filter(tag_id__in=tags, ended_at=None).values("customer_id")


class Keywords(kinds.Kind):
    """Words for what a customer needs: codes of the dictionary, and words of one's own."""

    filter = "choice"
    empty: Any = ()
    parts = ("",)
    book = "need_keyword"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        parts = raw if isinstance(raw, list | tuple) else text.listed(str(raw or ""))
        known = dictionary(self.book).known
        found: dict[str, None] = {}
        for part in parts:
            told = str(text.clean(part, typed=typed).value or "")
            if len(told) > WORD:
                raise Invalid("E_LENGTH", _("每个关键词最多 %(most)d 个字，用顿号分开") % {"most": WORD})
            if told:
                found.setdefault(known.get(told.casefold(), told))
        if len(found) > MOST_WORDS:
            raise Invalid("E_LENGTH", _("最多 %(most)d 个关键词") % {"most": MOST_WORDS})
        return Parsed(list(found))

    def show(self, value: Any) -> str:
        book = dictionary(self.book)
        return _("、").join(book.text(one) for one in value or ())

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def choices(self) -> list[kinds.Choice]:
        return [kinds.Choice(word.code, word.text) for word in dictionary(self.book).options()]

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        """The needs that have any of these words."""
        asked: Any = self.parse([one.replace("\0", "") for one in told[""]], typed=False).value
        return Q(pk__in=NeedWord.objects.filter(word__in=map(word_key, asked)).values("need_id"))


def word_key(word: str) -> str:
    """A keyword as it is compared: two spellings are one."""
    return text.folded(word)[:30]


class Budget(kinds.Text):
    """An amount or a range as it was said; what it comes to stands in columns of its own."""

    filter = "range"
    sheet = "text"

    def parse(self, raw: Any, typed: bool = True) -> Parsed:
        told = super().parse(BOXES.sub("", str(raw if raw is not None else "")), typed)
        money.amount_range(told.value, typed=typed)
        return told

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        """The needs whose budget meets the range that is asked for. Without a budget there is nothing to meet."""
        found = Q(budget_min__isnull=False)
        if (least := amount(told, "from") or amount(told, "")) is not None:
            found &= Q(budget_max__gte=least) | Q(budget_max=None)
        if (most := amount(told, "to")) is not None:
            found &= Q(budget_min__lte=most)
        return found


def amount(told: Mapping[str, list[str]], part: str) -> Decimal | None:
    return money.amount(told[part][-1]).value if part in told else None  # type: ignore[return-value]


def bounds(told: str) -> tuple[Decimal | None, Decimal | None]:
    """The lower and the upper amount that a budget means; "20万以上" has no upper one."""
    found: Any = money.amount_range(BOXES.sub("", told), typed=False).value
    return found or (None, None)


def band(low: Decimal | None, high: Decimal | None) -> str:
    """The band of the dictionary that a budget falls in: where it begins, or for "15万以下" where it ends."""
    if low is None:
        return ""
    at = high - Decimal("0.01") if not low and high else low
    for code, word in dictionary("budget_band").words.items():
        least, most = word.facts.get("min"), word.facts.get("max")
        if (least is None or at >= least) and (most is None or at < most):
            return code
    return ""


class NextStep(kinds.When):
    """When a row is to be followed up next. A list draws it in the colour of the heartbeat that stands beside it."""

    cell = "beat"

    def brief(self, value: Any) -> str:
        return self.show(value)[:10]


class Heartbeat(kinds.Fixed):
    """How a row stands with its next step, worked out from its own columns (design/product.md).

    What is planned for a later day is not neglected, however long ago the last contact was.
    """

    label = gettext_lazy("下一步状态")
    follows = ("next_followup_at",)
    repeats = False  # it changes with the day, the row does not
    parts = ("",)
    NEEDS: tuple[str, ...] = ("next_followup_at", "no_step_why")

    def __init__(self) -> None:
        super().__init__(
            ("OVERDUE", gettext_lazy("已逾期")),
            ("TODAY", gettext_lazy("今天")),
            ("PLANNED", gettext_lazy("已安排")),
            ("UNPLANNED", gettext_lazy("未安排")),
            ("NONE", gettext_lazy("无需安排")),
        )

    def needs(self, name: str) -> tuple[str, ...]:
        return self.NEEDS

    def value(self, row: Row, name: str) -> str:
        return beat(row["next_followup_at"]) or ("NONE" if self.rests(row) else "UNPLANNED")

    def rests(self, row: Row) -> bool:
        """True if nothing needs to be planned."""
        return bool(row["no_step_why"])

    def resting(self) -> Q:
        return ~Q(no_step_why="")

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        day = today()
        start, then = start_of(day), start_of(day + timedelta(days=1))
        known = {
            "OVERDUE": Q(next_followup_at__lt=start),
            "TODAY": Q(next_followup_at__gte=start, next_followup_at__lt=then),
            "PLANNED": Q(next_followup_at__gte=then),
            "UNPLANNED": Q(next_followup_at=None) & ~self.resting(),
            "NONE": Q(next_followup_at=None) & self.resting(),
        }
        return Q(*[known[str(self.parse(one).value)] for one in told[""]], _connector=Q.OR)


def beat(at: datetime | None) -> str:
    """How a planned step stands today; what was due earlier today is today's still, overdue from the next day on."""
    if at is None:
        return ""
    day, now = day_of(at), today()
    return "OVERDUE" if day < now else "TODAY" if day == now else "PLANNED"


class Archive(kinds.Fixed):
    """How a customer stands in the archive (R-001-32): lost, not followed up for long, or won; most are none of these.

    Who was won and then forgotten counts as forgotten: that is what somebody has to do something about. Nobody is
    forgotten for whom something is planned.
    """

    label = gettext_lazy("档案标记")
    follows = ("last_followup_at", "next_followup_at", "lifecycle_stage")
    repeats = False  # it changes with the day, the row does not
    parts = ("",)
    WON = ("WON", "COOPERATING", "RENEWED")

    def __init__(self) -> None:
        super().__init__(("DEALT", gettext_lazy("成交客户")), ("DORMANT", gettext_lazy("长期未跟进")), ("LOST", gettext_lazy("流失客户")))

    def needs(self, name: str) -> tuple[str, ...]:
        return ("lifecycle_stage", "last_followup_at", "next_followup_at", "created_at")

    def value(self, row: Row, name: str) -> str:
        if row["lifecycle_stage"] == "LOST":
            return "LOST"
        if (row["last_followup_at"] or row["created_at"]) < long_ago() and beat(row["next_followup_at"]) in ("", "OVERDUE"):
            return "DORMANT"
        return "DEALT" if row["lifecycle_stage"] in self.WON else ""

    def where(self, name: str, told: Mapping[str, list[str]]) -> Q | None:
        lost, since = Q(lifecycle_stage="LOST"), long_ago()
        long = Q(last_followup_at__lt=since) | Q(last_followup_at=None, created_at__lt=since)
        planned = Q(next_followup_at__gte=start_of(today()))
        cared = Q(last_followup_at__gte=since) | Q(last_followup_at=None, created_at__gte=since) | planned
        known = {
            "LOST": lost,
            "DORMANT": ~lost & long & ~planned,
            "DEALT": Q(lifecycle_stage__in=self.WON) & cared,
        }
        return Q(*[known[str(self.parse(one).value)] for one in told[""]], _connector=Q.OR)


def long_ago() -> datetime:
    """Whoever was not followed up since then is dormant: the start of the day so many days ago."""
    return start_of(today() - timedelta(days=house()["dormant_days"]))
