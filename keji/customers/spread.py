"""How the customers of a list are spread: counted and summed by one of their columns, one grouped query each."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Substr
from django.http import QueryDict
from django.utils.translation import gettext as _

from keji.customers.models import Tagging
from keji.customers.sheet import CUSTOMERS
from keji.customers.tagbook import tagbook
from keji.kernel import addresses, industries

MOST = 200
NOTHING = "-"  # how a list is asked for rows in which a column is blank
COUNTED = ("after", "before", "sort", "size", "by")


@dataclass(frozen=True)
class Group:
    """The customers of one value: what it is called, how many they are, what they come to, and where they stand."""

    text: str
    count: int
    amount: Decimal | None
    query: str  # of the list that has just these rows; "" if no list can be asked for them


def offered(person: Any) -> list[tuple[str, str]]:
    """The columns that this person may group by."""
    readable = CUSTOMERS.readable(person)
    return [(name, CUSTOMERS.label(name)) for name in (*PLAIN, "tags") if name in readable]


def summed(person: Any) -> bool:
    """True if this person may read what is summed."""
    return {"contract_amount", "currency"} <= CUSTOMERS.readable(person)


def groups(person: Any, rows: QuerySet, name: str, told: QueryDict) -> list[Group]:
    """The rows by the values of a column that the person may read, the largest group first."""
    if name == "tags":
        return by_tag(rows, told)
    key, query = PLAIN[name]
    by = key(told.getlist(name))
    sums: Any = {"amount": amount()} if summed(person) else {}
    counted = rows.order_by().annotate(by=by).values("by").annotate(size=Count("pk"), **sums).order_by("-size", "by")
    column = CUSTOMERS.by_name[name]
    return [
        Group(
            word(name, one["by"]) or str(column.kind.show(one["by"])) or _("未填写"),
            one["size"],
            one.get("amount"),
            address(told, {name: asked}) if (asked := query(one["by"], told.getlist(name))) else "",
        )
        for one in counted[:MOST]
    ]


def amount() -> Sum:
    """Contract amounts in yuan; amounts in other currencies are not added to them."""
    return Sum("contract_amount", filter=Q(currency="CNY"))


def by_tag(rows: QuerySet, told: QueryDict) -> list[Group]:
    """Counts only: a customer with two tags would be summed twice, and the join took as long as all the rest."""
    held = Tagging.objects.filter(ended_at=None, customer__in=rows.order_by().values("pk"))
    counted = held.values_list("tag_id").annotate(size=Count("pk")).order_by("-size", "tag_id")
    known = tagbook().tags
    return [Group(known[tag].text, size, None, tagged(told, str(tag))) for tag, size in counted[:MOST]]


def tagged(told: QueryDict, tag: str) -> str:
    """The list with one more tag, as far as that can be asked for."""
    before = told.getlist("tags")
    if len(before) > 1 and told.get("tags__how") != "all":
        return ""
    return address(
        told, {"tags": [*before, tag] if tag not in before else before, "tags__how": ["all"] if before else []}
    )


def address(told: QueryDict, changed: dict[str, Any]) -> str:
    """The query of the list, with these filters in place of what was asked before."""
    kept = told.copy()
    for name in COUNTED:
        kept.pop(name, None)
    for name, value in changed.items():
        kept.setlist(name, value if isinstance(value, list) else [value])
    return kept.urlencode()


def word(name: str, code: Any) -> str:
    """What a part of a code is called."""
    if name == "industry_code" and code:
        return industries.name(code)
    if name == "contact_region" and code:
        return addresses.region_name(code.ljust(6, "0"))
    return ""


def section(before: list[str]) -> Any:
    """Sections; where a list is narrowed to some already, what is inside them."""
    return Substr("industry_code", 1, 3 if before else 1)


def province(before: list[str]) -> Any:
    digits = max((len(one.rstrip("0")) for one in before), default=0)
    return Substr("contact_region", 1, 2 if not before else 4 if digits <= 2 else 6)


def of_industry(code: str, before: list[str]) -> str:
    return NOTHING if not code else "" if before and len(code) < 3 else code


def of_region(code: str, before: list[str]) -> str:
    whole = code.ljust(6, "0")  # what stands in a city, but in none of its districts, cannot be asked for alone
    rough = before and (whole.endswith("0000") or (len(code) == 6 and code.endswith("00")))
    return NOTHING if not code else "" if rough else whole


def of_value(code: Any, before: list[str]) -> str:
    return NOTHING if code in (None, "") else str(code)


def itself(attribute: str) -> Callable[[list[str]], Any]:
    return lambda before: F(attribute)


PLAIN: dict[str, tuple[Callable[[list[str]], Any], Callable[[Any, list[str]], str]]] = {
    "industry_code": (section, of_industry),
    "size_band": (itself("size_band"), of_value),
    "grade": (itself("grade"), of_value),
    "contact_region": (province, of_region),
    "lead_source": (itself("lead_source"), of_value),
    "lifecycle_stage": (itself("lifecycle_stage"), of_value),
    "owner": (itself("owner_id"), of_value),
}
