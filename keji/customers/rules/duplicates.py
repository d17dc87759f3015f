"""Is this customer here already? (U-DUP) The answer tells who owns it, never how to reach anybody."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.customers.models import Contact, Customer
from keji.customers.queries import given
from keji.customers.rules.search import INDEX
from keji.kernel import industries, text
from keji.kernel.errors import Problem

TWIN = frozenset({"E_DUP_NAME", "W_DUP_NAME", "E_DUP_USCC", "E_DUP_PERSON", "E_DUP_ID_NUMBER"})
LIKE = 0.85
SEEN = 30  # of the customers that hold a run of the name, so many, the newest, are compared
RUNS = 8
SAID = {  # of a stored customer, of an earlier row of the same batch
    "E_DUP_USCC": (
        gettext_lazy("该统一社会信用代码的客户已存在，负责人：%(owner)s"),
        gettext_lazy("前面的“%(name)s”也是这个统一社会信用代码"),
    ),
    "E_DUP_ID_NUMBER": (
        gettext_lazy("该证件号码的客户已存在，负责人：%(owner)s"),
        gettext_lazy("前面的“%(name)s”也是这个证件号码"),
    ),
    "E_DUP_PERSON": (
        gettext_lazy("同名同手机的个人客户已存在，负责人：%(owner)s"),
        gettext_lazy("前面已有同名同手机的个人客户"),
    ),
    "E_DUP_NAME": (gettext_lazy("同名客户已存在，负责人：%(owner)s"), gettext_lazy("前面已有同名客户")),
    "W_DUP_NAME": (gettext_lazy("与“%(name)s”相似，负责人：%(owner)s"), gettext_lazy("与前面的“%(name)s”相似")),
    "W_DUP_MOBILE": (
        gettext_lazy("这个手机号已登记在别的客户下，负责人：%(owner)s"),
        gettext_lazy("前面的“%(name)s”也登记了这个手机号"),
    ),
}
ONE_SCRIPT = re.compile(r"[a-z0-9]+|[^\W\x00-\x7f]+")


class Match(NamedTuple):
    """A customer that may be the same one."""

    id: int  # below 0: an earlier row of the same batch
    field: str
    code: str
    owner: str
    hard: bool
    customer_no: str
    name: str


FIELDS = ("id", "name", "name_key", "name_stripped", "customer_type", "uscc", "owner_id", "customer_no", "mobile")


def owner_name(pk: int | None) -> str:
    known = house().people.get(pk or 0)
    return known.name if known else _("公海")


def match(row: Mapping[str, Any], field: str, code: str, hard: bool) -> Match:
    return Match(row["id"], field, code, owner_name(row["owner_id"]), hard, row["customer_no"], row["name"])


def find(values: Mapping[str, Any], mobiles: Iterable[str] = (), but: int | None = None) -> list[Match]:
    """The customers that these values may double, the certain ones first, each once."""
    alive = Customer.objects.filter(deleted_at=None).exclude(pk=but or 0)
    found: dict[int, Match] = {}

    def add(rows: Iterable[Mapping[str, Any]], field: str, code: str, hard: bool) -> None:
        for row in rows:
            found.setdefault(row["id"], match(row, field, code, hard))

    if values.get("uscc"):
        add(given(alive, "uscc").filter(uscc=values["uscc"]).values(*FIELDS), "uscc", "E_DUP_USCC", True)
    if values.get("id_number_index"):
        add(
            given(alive, "id_number_index").filter(id_number_index=values["id_number_index"]).values(*FIELDS),
            "id_number",
            "E_DUP_ID_NUMBER",
            True,
        )
    name, person = values.get("name") or "", values.get("customer_type") == "PERSON"
    key, stripped = text.folded(name), text.stripped(name)
    if person:
        if values.get("mobile"):
            same = alive.filter(name_key=key, mobile=values["mobile"], customer_type="PERSON")
            add(same.values(*FIELDS), "mobile", "E_DUP_PERSON", True)
    elif key:
        same = alive.filter(name_key=key).exclude(customer_type="PERSON").values(*FIELDS)
        add([row for row in same if same_firm(values, row)], "name", "E_DUP_NAME", True)
        add(
            alive.filter(name_stripped=stripped).exclude(customer_type="PERSON").values(*FIELDS)[:10],
            "name",
            "W_DUP_NAME",
            False,
        )
        add(similar(stripped, alive), "name", "W_DUP_NAME", False)
    numbers = [number for number in (values.get("mobile"), *mobiles) if number]
    if numbers:
        held = Contact.objects.filter(mobile__in=numbers, deleted_at=None).values_list("customer_id", flat=True)[:10]
        add(alive.filter(pk__in=list(held)).values(*FIELDS), "mobile", "W_DUP_MOBILE", False)
        add(given(alive, "mobile").filter(mobile__in=numbers).values(*FIELDS)[:10], "mobile", "W_DUP_MOBILE", False)
    return sorted(found.values(), key=lambda one: not one.hard)


def same_firm(values: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Firms of one name and type are one, unless both credit codes are known and differ."""
    if row["customer_type"] != (values.get("customer_type") or "ENTERPRISE"):
        return False
    return not (values.get("uscc") and row.get("uscc") and values["uscc"] != row["uscc"])


def similar(stripped: str, alive: Any) -> list[Mapping[str, Any]]:
    """Firms whose stripped name is nearly this one, looked for among those that share a rare run of it."""
    ids = {pk for found in INDEX.find_each(blocks(stripped), {"open"}, SEEN).values() for pk in found}
    rows = list(alive.filter(pk__in=ids).exclude(customer_type="PERSON").order_by("-pk").values(*FIELDS))
    return [rows[place] for place in sorted(text.nearest(stripped, [row["name_stripped"] for row in rows], LIKE))]


def blocks(stripped: str) -> list[str]:
    """The runs of a stripped name by which those like it are looked for: two characters that are no word of a trade.

    Names nearly alike share one: they differ in one sign of seven. Below three characters only the same is alike.
    """
    size = 4 if stripped.isascii() else 2
    if len(stripped) < 3:
        return []
    told = [stripped[place : place + size] for place in range(max(1, len(stripped) - size + 1))]
    runs = [run for run in dict.fromkeys(told) if ONE_SCRIPT.fullmatch(run)]
    return ([run for run in runs if run not in industries.usual_pairs()] or runs)[:RUNS]


def problems(matches: Iterable[Match]) -> list[Problem]:
    """What the one who enters is told: exists, and whose it is; or which row before it in the same batch is the same."""
    return [
        Problem(one.field, one.code, str(SAID[one.code][one.id < 0]) % {"owner": one.owner, "name": one.name}, soft=not one.hard)
        for one in matches
    ]
