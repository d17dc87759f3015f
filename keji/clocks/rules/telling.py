"""Warnings as they reach people: one notice for each person and turn, and no second one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import may
from keji.clocks.presets import BY_CODE
from keji.kernel.clock import minute_of
from keji.notices.models import Notice
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind


def words(person: Person, notice: Notice) -> Told | None:
    """Which limit ends or has ended, and of which customer or other record if the warning is about one."""
    about = notice.about
    preset = BY_CODE.get((about["code"], about["variant"]))
    if preset is None:  # a limit of a later version
        return None
    if preset.needs and not may(person, preset.needs):
        return None
    said = {"limit": preset.name, "when": when(about["after"], about["unit"])}
    mine = "&who=mine" if about["mine"] else ""
    place = f"{reverse('desk:due')}?limit={preset.code}{mine}"
    if notice.record_id is None and about["clock"]:
        return Told(_("%(limit)s%(when)s") % said, due(about), reverse(preset.page, args=[about["on"]]))
    if notice.record_id is None:
        return Told(_("%(limit)s：有客户%(when)s") % said, "", place)
    name = notice.seen["name"].text or notice.seen["customer_no"].text
    return Told(_("%(limit)s%(when)s：%(name)s") % {**said, "name": name}, due(about), reverse(preset.page, args=[about.get("on") or notice.record_id]))


def due(about: dict[str, Any]) -> str:
    return _("期限 %(at)s") % {"at": minute_of(datetime.fromisoformat(about["due"]))}


def when(after: int, unit: str) -> str:
    if after < 0:
        return _("快要到期")
    if after == 0:
        return _("到期")
    return _("已逾期 %(n)d 天") % {"n": after} if unit == "DAYS" else _("超时一倍")


DUE = declare_kind(
    "clocks.due",
    gettext_lazy("时限到期"),
    gettext_lazy("你的客户快要超过、到了或超过了一个时限；团队的时限逾期几天以后也告诉负责的人。"),
    words,
    record="customers",
    reads=("name", "customer_no"),
    needs="customers.see",
    ways=(INBOX, DESKTOP, MAIL),
)


def tell(people: Iterable[int], what: Any) -> None:
    """Warn these people, inside the transaction that marks the warning as given. Those who have left are left out."""
    clock, (after, unit, whom) = what.clock, what.limit.warns[what.stage]
    about = {"code": what.limit.code, "variant": what.limit.variant, "stage": what.stage, "after": after, "unit": plain(unit)}
    about |= {"turn": what.turn.isoformat(), "clock": clock.pk if clock else None, "due": clock.due_at.isoformat() if clock else ""}
    about |= {"on": clock.record_id if clock else None}
    customer = clock.customer_id if clock else None
    told = {"key": what.key, "record": "customers" if customer else "", "record_id": customer}
    notify(people, DUE, **told, about=about | {"mine": "OWNER" in whom})


def plain(unit: str) -> str:
    return "SHARE" if unit == "%" else unit
