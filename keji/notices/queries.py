"""Reads about hooks, channels, and what goes out by them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keji.access.models import Entry, Person
from keji.access.scope import ACTIONS, RECORDS, near, require, visible
from keji.database.doctor import Fact
from keji.kernel.errors import NotThere
from keji.notices.models import Channel, Hook, Medium, Off, Outgoing, State
from keji.records.queries import FILES
from keji.records.sheet import SHEETS

STATES = dict(State.choices)
MEDIUMS = dict(Medium.choices)
PARKED = Count("outgoing", filter=Q(outgoing__state=State.PARKED))
BASE = ("create", "change", "delete")
ALSO = ("customers.assign", "customers.regrade")  # what rules write besides


def told_actions() -> dict[str, list[str]]:
    """The actions that a hook can be told of, by record type: those that change a record or its files."""
    found = {record: [*(f"{record}.{verb}" for verb in BASE), FILES] for record in SHEETS}
    for name in ALSO:
        found[ACTIONS[name].record].append(name)
    return found


def offered() -> dict[str, tuple[Any, list[tuple[str, Any]]]]:
    """What a hook can be told of, for its form: record type → its label, and pairs of code and text."""
    by_record = {
        record: (RECORDS[record], [(record, _("全部变化")), *((name, event(name)) for name in names if name != FILES)])
        for record, names in told_actions().items()
    }
    return by_record | {FILES: (_("附件"), [(FILES, event(FILES))])}


def event(code: str) -> str:
    """What people call that which a hook is told of."""
    if code == FILES:
        return _("附件的添加、删除和恢复")
    if code in ACTIONS:
        return str(ACTIONS[code].label)
    return _("%(record)s的全部变化") % {"record": RECORDS.get(code, code)}


def hooks(person: Any) -> list[Hook]:
    require(person, "notices.hooks")
    return list(Hook.objects.select_related("owner").annotate(parked=PARKED).order_by("pk"))


def hook(person: Any, pk: int) -> Hook:
    require(person, "notices.hooks")
    found = Hook.objects.select_related("owner__team").filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def sees_nothing(person: Person) -> bool:
    """True if a hook of this person would never be told anything."""
    return not any(ask(person, sheet.model).exists() for sheet in SHEETS.values() for ask in (visible, near))


def deliveries(hook: Hook, state: str, before: int, most: int) -> list[tuple[Outgoing, Entry | None]]:
    """What went out or waits, the newest first, each with the entry that it is about."""
    rows: QuerySet[Outgoing] = Outgoing.objects.filter(hook=hook).order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows[:most])
    entries = Entry.objects.in_bulk([row.entry_id for row in found if row.entry_id])
    return [(row, entries.get(row.entry_id or 0)) for row in found]


def counts(hook: Hook) -> dict[str, int]:
    rows = Outgoing.objects.filter(hook=hook).order_by().values_list("state").annotate(n=Count("pk"))
    return Counter(dict(rows))


def channels_of(person: Person) -> list[Channel]:
    """A person's own channels, each with how much of it is parked."""
    rows = Channel.objects.filter(person_id=person.pk).select_related("person", "team")
    return list(rows.annotate(parked=PARKED).order_by("pk"))


def has_group(person: Person) -> bool:
    """True if the person's team has a robot."""
    return person.team_id is not None and Channel.objects.filter(team_id=person.team_id, off=Off.ON).exists()


def failures(channels: Iterable[Channel], most: int = 20) -> list[Outgoing]:
    """What did not arrive by these channels, or not yet, the newest first."""
    rows = Outgoing.objects.filter(channel__in=list(channels)).exclude(why="").exclude(state=State.WITHHELD)
    return list(rows.select_related("channel__person", "channel__team").order_by("-pk")[:most])


def team_channels(person: Any) -> list[Channel]:
    require(person, "notices.channels")
    rows = Channel.objects.exclude(team=None).select_related("person", "team")
    return list(rows.annotate(parked=PARKED).order_by("team__path", "pk"))


@dataclass(frozen=True)
class Log:
    lines: list[Outgoing]
    more: bool
    last: int


def log(person: Any, state: str, before: int, size: int = 50) -> Log:
    """What went out to anybody, or waits, the newest first."""
    require(person, "notices.channels")
    rows = Outgoing.objects.filter(hook=None).select_related("channel__person", "channel__team").order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    found = list((rows.filter(pk__lt=before) if before else rows)[: size + 1])
    more, found = len(found) > size, found[:size]
    return Log(found, more, found[-1].pk if found else 0)


def fact() -> Fact:
    """What `keji doctor` says: deliveries that were given up, hooks that switched themselves off."""
    parked = Outgoing.objects.filter(state=State.PARKED, hook__off=Off.ON).count()
    off = Hook.objects.exclude(off__in=(Off.ON, Off.HAND)).count()
    value = _("停住 %(parked)d 条，自动停用 %(off)d 个") % {"parked": parked, "off": off}
    return Fact(_("回调"), value, not parked and not off, _("打开“回调”页面看原因，再重发或启用。") if parked or off else "")


def word_fact() -> Fact:
    """The same of mail and robots; only what is on counts: whose channel went off was told."""
    parked = Outgoing.objects.filter(state=State.PARKED, channel__off=Off.ON).count()
    late = Outgoing.objects.filter(state=State.WAITING, channel__off=Off.ON, tries__gte=3).count()
    value = _("停住 %(parked)d 条，屡次没送到 %(late)d 条") % {"parked": parked, "late": late}
    return Fact(_("邮件和机器人"), value, not parked and not late, _("打开“消息发送”页面看原因。") if parked or late else "")
