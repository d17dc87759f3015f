"""Reads about hooks and what goes out by them."""

from collections import Counter
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keji.access.models import Entry, Person
from keji.access.scope import ACTIONS, RECORDS, near, require, visible
from keji.database.doctor import Fact
from keji.kernel.errors import NotThere
from keji.notices.models import Hook, Off, Outgoing, State
from keji.records.queries import FILES
from keji.records.sheet import SHEETS

STATES = dict(State.choices)
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
    parked = Count("outgoing", filter=Q(outgoing__state=State.PARKED))
    return list(Hook.objects.select_related("owner").annotate(parked=parked).order_by("pk"))


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


def fact() -> Fact:
    """What `keji doctor` says: deliveries that were given up, hooks that switched themselves off."""
    parked = Outgoing.objects.filter(state=State.PARKED, hook__off=Off.ON).count()
    off = Hook.objects.exclude(off__in=(Off.ON, Off.HAND)).count()
    value = _("停住 %(parked)d 条，自动停用 %(off)d 个") % {"parked": parked, "off": off}
    return Fact(_("回调"), value, not parked and not off, _("打开“回调”页面看原因，再重发或启用。") if parked or off else "")
