"""Tags that follow from fields, by rules that stand in rows. What a person has put there is never taken away."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy

from keji.access.house import stamp
from keji.customers.models import Customer, Need, Tag, Tagging
from keji.customers.tagbook import Rule, tagbook
from keji.database import bulk_insert, bulk_update
from keji.kernel import industries
from keji.kernel.clock import now
from keji.kernel.text import folded
from keji.records.terms import Word, dictionary

BATCH = 400
Row = TypeVar("Row")
Value = tuple[str, str]  # the code of a value, and what its tag is called


@dataclass(frozen=True)
class Watched:
    """A field that tags may follow: its dictionary, and whether it stands on the needs of a customer."""

    label: Any
    book: str = ""
    of_needs: bool = False
    strongest: bool = False  # of several needs only the one that stands first in the dictionary counts


WATCHED: dict[str, Watched] = {
    "industry_code": Watched(gettext_lazy("行业大类")),
    "industry_section": Watched(gettext_lazy("行业门类")),
    "is_strategic": Watched(gettext_lazy("战略客户")),
    "customer_type": Watched(gettext_lazy("客户类型"), "customer_type"),
    "relation_type": Watched(gettext_lazy("合作关系"), "relation_type"),
    "lifecycle_stage": Watched(gettext_lazy("客户阶段"), "lifecycle_stage"),
    "cooperation_status": Watched(gettext_lazy("合作状态"), "cooperation_status"),
    "grade": Watched(gettext_lazy("客户等级"), "grade"),
    "lead_source": Watched(gettext_lazy("客户来源"), "lead_source"),
    "intent_level": Watched(gettext_lazy("合作可能性"), "intent_level", True, True),
    "priority": Watched(gettext_lazy("需求优先级"), "priority", True, True),
    "match_degree": Watched(gettext_lazy("匹配度"), "match_degree", True),
    "need_type": Watched(gettext_lazy("需求类型"), "need_type", True),
    "keywords": Watched(gettext_lazy("需求关键词"), "need_keyword", True),
    "products": Watched(gettext_lazy("感兴趣的产品"), "product", True),
}
OF_CUSTOMER = tuple(name for name, one in WATCHED.items() if not one.of_needs and name != "industry_section")
OF_NEEDS = tuple(name for name, one in WATCHED.items() if one.of_needs)


def values(field: str, customer: Mapping[str, Any], needs: Sequence[Mapping[str, Any]]) -> list[Value]:
    """What a field says of a customer, with the names of the tags that would say the same."""
    watched = WATCHED[field]
    if field in ("industry_code", "industry_section"):
        code = customer["industry_code"][: 1 if field == "industry_section" else None]
        return [(code, industries.name(code))] if code else []
    if field == "is_strategic":
        return [("1", str(watched.label))] if customer[field] else []
    book = dictionary(watched.book)
    if not watched.of_needs:
        code = customer[field]
        return [(code, called(book.words[code]))] if code in book.words else []
    told: dict[str, None] = {}
    for need in needs:
        given = need[field]
        told |= dict.fromkeys(given if isinstance(given, list) else [given] if given else [])
    if watched.strongest:
        return [(code, called(word)) for code, word in book.words.items() if code in told][:1]
    return [(code, called(book.words[code]) if code in book.words else code) for code in told]


def called(word: Word) -> str:
    """What a tag of this value is called: tags are data, in the language of the house."""
    return word.short or word.label


def wanted(customer: Mapping[str, Any], needs: Sequence[Mapping[str, Any]]) -> list[int]:
    """The tags that follow for a customer, in the order of the rules. Those that are missing are made."""
    found: dict[int, None] = {}
    groups: set[int] = set()
    for rule in tagbook().rules:
        for code, name in values(rule.field, customer, needs):
            pk = of_rule(rule, code, name)  # may make the tag, and then there is a new book
            tag = tagbook().last(pk)
            if tag is None or not tag.offered or (tag.group.exclusive and tag.group.id in groups):
                continue
            groups.add(tag.group.id)
            found[tag.id] = None
    return list(found)


def of_rule(rule: Rule, code: str, name: str) -> int:
    """The tag of a value by this rule; 0 if the rule does not speak of the value."""
    if rule.tag is not None:
        return rule.tag if code == rule.value else 0
    group = rule.group or 0
    return tagbook().coded.get((group, code)) or coin(group, code, name)


def coin(group: int, code: str, name: str) -> int:
    """Make the tag of a value; one of the same name that is there already becomes it."""
    name = name[:30]
    key = folded(name)
    Tag.objects.bulk_create([Tag(group_id=group, name=name, key=key, code=code[:40])], ignore_conflicts=True)
    Tag.objects.filter(group_id=group, key=key, code="", merged_into=None).update(code=code[:40])
    stamp()
    return tagbook().coded.get((group, code[:40]), 0)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


def retag(customer_ids: Iterable[int]) -> None:
    """Let the tags that follow from fields be those that follow now. Inside the transaction of the change."""
    for batch in batches(dict.fromkeys(customer_ids)):
        needs: dict[int, list[Any]] = defaultdict(list)
        if any(WATCHED[rule.field].of_needs for rule in tagbook().rules):
            for need in (
                Need.objects.filter(customer_id__in=batch, deleted_at=None, state="OPEN")
                .order_by("pk")
                .values("customer_id", *OF_NEEDS)
            ):
                needs[need["customer_id"]].append(need)
        there: dict[int, list[Any]] = defaultdict(list)
        for tagging in Tagging.objects.filter(customer_id__in=batch, ended_at=None).values(
            "id", "customer_id", "tag_id", "automatic"
        ):
            there[tagging["customer_id"]].append(tagging)
        settle(Customer.objects.filter(pk__in=batch).values("id", *OF_CUSTOMER), needs, there)


def settle(customers: Iterable[Mapping[str, Any]], needs: Mapping[int, Any], there: Mapping[int, Any]) -> None:
    """End what no longer follows, put on what does, and bring the lists of the customers up to date."""
    gone: list[int] = []
    fresh: list[tuple[int, int]] = []
    touched: set[int] = set()
    for row in customers:
        known = there.get(row["id"], ())
        by_hand = {one["tag_id"] for one in known if not one["automatic"]}
        follows = [tag for tag in wanted(row, needs.get(row["id"], ())) if not taken(tag, by_hand)]
        ends = [one["id"] for one in known if one["automatic"] and one["tag_id"] not in follows]
        new = [tag for tag in follows if tag not in {one["tag_id"] for one in known}]
        gone += ends
        fresh += [(row["id"], tag) for tag in new]
        if ends or new:
            touched.add(row["id"])
    Tagging.objects.filter(pk__in=gone).update(ended_at=now())
    put_on(fresh)
    relist(touched)


def taken(tag: int, by_hand: set[int]) -> bool:
    """True if a person has put this tag there, or another one of its exclusive group."""
    known = tagbook().tags
    group = known[tag].group
    return tag in by_hand or (group.exclusive and any(known[one].group.id == group.id for one in by_hand))


def put_on(pairs: Sequence[tuple[int, int]]) -> None:
    at = now()
    rows = [Tagging(customer_id=customer, tag_id=tag, at=at, automatic=True) for customer, tag in pairs]
    Tagging.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def relist(customer_ids: Iterable[int]) -> None:
    """Write anew which tags customers carry: those of people first, then by group."""
    order = {pk: place for place, pk in enumerate(tagbook().tags)}
    for batch in batches(customer_ids):
        carried: dict[int, list[Any]] = {pk: [] for pk in batch}
        rows = Tagging.objects.filter(customer_id__in=batch, ended_at=None)
        for customer, tag, automatic in rows.values_list("customer_id", "tag_id", "automatic"):
            carried[customer].append((automatic, order.get(tag, 0), tag))
        bulk_update(
            Customer,
            ("tags",),
            [(pk, json.dumps([tag for *_rest, tag in sorted(tags)])) for pk, tags in carried.items()],
        )


def follow_new(customers: Iterable[Any]) -> list[list[int]]:
    """Set and return the tags of customers that are not stored yet and have no needs; `put_on_new` writes them down."""
    found = []
    for customer in customers:
        follows = wanted(customer.__dict__, ())
        customer.tags = sorted(follows, key=list(tagbook().tags).index) if len(follows) > 1 else follows
        found.append(list(customer.tags))
    return found


def put_on_new(tags: Iterable[tuple[int, list[int]]]) -> None:
    """Write down what `follow_new` found, by customer."""
    at = now()
    rows = [(customer, tag, at, True, "") for customer, follows in tags for tag in follows]
    bulk_insert(Tagging, ["customer_id", "tag_id", "at", "automatic", "why"], rows)
