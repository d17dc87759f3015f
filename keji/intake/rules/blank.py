"""The blank form that customers fill in by hand: notice, four modules with boxes, signature line, its own number."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.intake.models import PaperForm
from keji.intake.rules.card import Part, ticks
from keji.kernel.clock import today
from keji.records.sheet import Sheet

ROOM = 5  # millimetres beside the usual for what is written by hand
BROAD = 22


def fill(person: Person, forms: Sequence[PaperForm], named: bool) -> dict[str, Any]:
    """What these forms say, as plain data; `named` has the collector printed instead of a line to write on."""
    parts, who = [basics(), reaching(), wishes(), prospects()], house().people
    lang, foot = "en" if get_language() == "en" else "zh", _("%(who)s 打印于 %(day)s")
    about = {
        "lang": lang,
        "foot": foot % {"who": person.name, "day": today().isoformat()},
        "title": title(),
        "notice": notice(),
    }
    return {
        "title": title(),
        "forms": [
            about
            | {
                "number": one.number,
                "parts": [*parts, origin(one)],
                "signs": signs(who[one.collector_id].name if named else ""),
            }
            for one in forms
        ],
    }


def title() -> str:
    return _("客户信息采集表")


def notice() -> str:
    return _("用途：提供更精准的解决方案；预计占用 3-5 分钟；信息仅用于内部客户管理。")


def signs(collector: str) -> list[list[str]]:
    return [[_("客户签字："), ""], [_("签字日期："), ""], [_("采集人："), collector]]


def boxes(sheet: Sheet, name: str) -> list[Any]:
    """The label of a field and a box for each of its values."""
    return [sheet.label(name), ticks(((one.code, one.text) for one in sheet.by_name[name].kind.choices()), None), ROOM]


def blank(sheet: Sheet, *names: str, room: int = ROOM) -> list[list[Any]]:
    return [[sheet.label(name), "", room] for name in names]


def basics() -> Part:
    rows = [*blank(CUSTOMERS, "name"), boxes(CUSTOMERS, "customer_type"), *blank(CUSTOMERS, "industry_code")]
    return {
        "title": _("基础信息"),
        "rows": [*rows, boxes(CUSTOMERS, "size_band"), *blank(CUSTOMERS, "contact_address")],
    }


def reaching() -> Part:
    rows = blank(CONTACTS, "name", "title", "mobile", "email", "wechat_id")
    return {"title": _("联系方式"), "rows": [*rows, boxes(CONTACTS, "decision_role")]}


def wishes() -> Part:
    return {
        "title": _("需求信息"),
        "rows": [*blank(NEEDS, "description", room=BROAD), boxes(NEEDS, "need_type"), boxes(NEEDS, "budget_band")],
    }


def prospects() -> Part:
    return {
        "title": _("合作意向"),
        "rows": [boxes(NEEDS, "intent_level"), *blank(NEEDS, "expected_time"), boxes(CUSTOMERS, "lead_source")],
    }


def origin(form: PaperForm) -> Part:
    return {"title": _("采集记录"), "rows": [[_("展会或活动"), form.event, ROOM], [_("采集日期"), "", ROOM]]}
