"""What a profile requires, and what is merely missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house, stamp
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.customers.models import Contact, Customer, Requirement
from keji.kernel.errors import Problem
from keji.records.rules import DICTIONARIES

PROFILES = ("P000", "P001", "P002", "P003", "P004")
GROUPS = {  # one of these is enough
    "size": ("employee_count", "annual_revenue_10k", "size_label"),
    "place": ("contact_region", "registered_region"),
    "contact.phone": ("contact.mobile", "contact.landline", "contact.intl_phone"),
}
GROUP_LABELS = {
    "size": gettext_lazy("企业规模"),
    "place": gettext_lazy("地址"),
    "contact.phone": gettext_lazy("联系电话（手机或座机）"),
    "contact": gettext_lazy("关键联系人"),
}
ANSWERS = frozenset({"UNKNOWN", "REFUSED"})


def read_requirements() -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in Requirement.objects.order_by("pk"):
        key = (row.profile, row.customer_type)
        found[key] = (*found.get(key, ()), row.field)
    return found


def required(profile: str, customer_type: str) -> list[str]:
    """The fields and groups that a profile requires of a type of customer."""
    rows = house().once("requirements", read_requirements)
    return list(dict.fromkeys([*rows.get((profile, ""), ()), *rows.get((profile, customer_type), ())]))


def told(profile: str, customer_type: str) -> tuple[str, ...]:
    """What is said for this type alone, or with an empty type for all."""
    return house().once("requirements", read_requirements).get((profile, customer_type), ())


def filled(values: Mapping[str, Any], name: str) -> bool:
    return any(values.get(part) not in (None, "", [], ()) for part in GROUPS.get(name, (name,)))


def missing(profile: str, values: Mapping[str, Any], states: Mapping[str, Any]) -> list[str]:
    """What is required and neither filled nor answered with "unknown" or "refused" and a reason."""
    lacking = [
        name for name in required(profile, values.get("customer_type") or "ENTERPRISE") if not filled(values, name)
    ]
    return [name for name in lacking if not answered(states, name)]


def answered(states: Mapping[str, Any], name: str) -> bool:
    told = [states.get(part, {}) for part in (name, *GROUPS.get(name, ()))]
    return any(one.get("state") in ANSWERS and one.get("why", "").strip() for one in told)


def label(name: str) -> str:
    if name in GROUP_LABELS:
        return str(GROUP_LABELS[name])
    model, _dot, part = name.rpartition("contact.")
    fields: Any = (Contact if _dot else Customer)._meta
    return str(fields.get_field({"id_number": "id_number_sealed"}.get(part, part)).verbose_name)


def check_required(profile: str, values: Mapping[str, Any], states: Mapping[str, Any]) -> list[Problem]:
    lacking = missing(profile, values, states)
    return [Problem(name, "E_REQUIRED", _("请填写%(label)s") % {"label": label(name)}) for name in lacking]


def gaps(values: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a customer still lacks, though nothing forbids it: shown as warnings on its page."""
    found = []
    kind = values.get("customer_type")
    wanted = ("occupation",) if kind == "PERSON" else ("industry_code", "size", "place")
    found += [_("缺少%(label)s") % {"label": label(name)} for name in wanted if not filled(values, name)]
    if kind == "ENTERPRISE" and not values.get("uscc"):
        found.append(_("缺少统一社会信用代码，审核通过前必须补上"))
    if not values.get("collection_channel"):
        found.append(_("缺少采集渠道"))
    if contacts and not any(contact.get("decision_role") == "DECISION_MAKER" for contact in contacts):
        found.append(_("未标注关键决策人"))
    if kind != "PERSON" and not contacts:
        found.append(_("还没有联系人"))
    if values.get("grade") == "A" and not values.get("sponsor"):
        found.append(_("A 类客户没有高层对接人"))
    return found


def set_required(person: Person, profile: str, customer_type: str, fields: list[str]) -> None:
    """Say anew what a profile requires of a type of customer."""
    require(person, DICTIONARIES)
    with transaction.atomic():
        Requirement.objects.filter(profile=profile, customer_type=customer_type).delete()
        Requirement.objects.bulk_create(
            Requirement(profile=profile, customer_type=customer_type, field=f) for f in fields
        )
        stamp()
        note(person, DICTIONARIES, why=f"{profile} {customer_type}", fields=fields)


DELIVERED: dict[tuple[str, str], tuple[str, ...]] = {
    ("P000", ""): ("name", "owner"),
    ("P001", ""): ("name", "owner", "customer_type"),
    ("P001", "ENTERPRISE"): ("industry_code", "size", "contact", "contact.phone"),
    ("P001", "INSTITUTION"): ("contact", "contact.phone"),
    ("P002", ""): ("name", "owner", "industry_code", "lead_source", "contact", "contact.mobile"),
    ("P003", ""): ("name", "owner", "industry_code", "lead_source", "acquired_at"),
    ("P003", "ENTERPRISE"): (
        "relation_type",
        "contact",
        "contact.title",
        "contact.phone",
        "contact.email",
        "place",
    ),
    ("P004", ""): ("name", "owner", "customer_type", "collection_channel"),
    ("P004", "ENTERPRISE"): ("industry_code", "lead_source", "cooperation_status"),
    ("P004", "PERSON"): ("occupation",),
}


def lay_out_requirements() -> None:
    """Put in what the delivered profiles require, unless somebody has said so already."""
    if Requirement.objects.exists():
        return
    with transaction.atomic():
        Requirement.objects.bulk_create(
            Requirement(profile=profile, customer_type=kind, field=field)
            for (profile, kind), fields in DELIVERED.items()
            for field in fields
        )
        stamp()
