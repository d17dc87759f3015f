"""Tags that people put on customers and take off again. What is over is kept as history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import may, near, require
from keji.access.trail import SYSTEM, tell
from keji.customers.models import Customer, Tag, Tagging
from keji.customers.rules.autotags import batches, relist, retag
from keji.customers.rules.search import reindex
from keji.customers.rules.tags import FORBIDDEN, TAGS
from keji.customers.tagbook import Group, Known, tagbook
from keji.kernel import text
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Unfit
from keji.kernel.text import folded

MOST = 1000
LONGEST = 20


def tag(person: Person, customer: Customer, told: str, *, until: date | None = None, why: str = "") -> Known:
    """Put a tag on a customer that the person may change; a word that is not there yet becomes a free tag."""
    require(person, "customers.change", customer)
    check_until(until)
    with transaction.atomic():
        wanted = find(person, told)
        put(person, [customer.pk], [wanted], until, why)
    return wanted


def untag(person: Person, customer: Customer, tag_id: int, why: str = "") -> None:
    """Take a tag off a customer. One that follows from a field comes back until the field changes."""
    require(person, "customers.change", customer)
    with transaction.atomic():
        if not take(person, [customer.pk], [tag_id], why):
            raise Unfit(Problem("tag", "E_GONE", _("这个标签已经不在了")))


def tag_many(
    person: Person,
    ids: Iterable[int],
    add: Sequence[str],
    remove: Sequence[int],
    *,
    until: date | None = None,
    why: str = "",
) -> tuple[int, int]:
    """Put tags on many customers and take others off. Returns how many customers there were and how many were not."""
    wanted = list(dict.fromkeys(ids))
    require(person, "customers.change")
    check_until(until)
    if len(wanted) > MOST:
        raise Unfit(Problem("ids", "E_TOO_MANY", _("一次最多 %(most)d 个客户") % {"most": MOST}))
    if not add and not remove:
        raise Unfit(Problem("tag", "E_REQUIRED", _("请选择要添加或移除的标签")))
    with transaction.atomic():
        found = list(near(person, Customer, "change").filter(pk__in=wanted).values_list("pk", flat=True))
        tags = [find(person, told) for told in add]
        take(person, found, remove, why)
        put(person, found, tags, until, why)
    return len(found), len(wanted) - len(found)


def check_until(until: date | None) -> None:
    if until is not None and until < today():
        raise Unfit(Problem("until", "E_PAST", _("有效期不能早于今天")))


def find(person: Person, told: str) -> Known:
    """The tag that these words mean, or a new free one. In a system group only the steward makes tags."""
    words = str(text.clean(told).value or "").replace("：", ":")
    if not words:
        raise Unfit(Problem("tag", "E_REQUIRED", _("请填写标签")))
    known = tagbook().named(words)
    if known is not None:
        if not known.offered:
            raise Unfit(Problem("tag", "E_DISABLED", _("标签“%(tag)s”已停用") % {"tag": known.text}))
        return known
    group, name = home(words)
    if group.system and not may(person, TAGS):
        said = _("“%(group)s”是系统标签组，新的标签请找数据管理员添加")
        raise Unfit(Problem("tag", "E_SYSTEM_TAG", said % {"group": group.name}))
    if not name or len(name) > LONGEST or any(one in name for one in FORBIDDEN):
        said = _("标签是 1–%(most)d 个字的一个词，不含标点")
        raise Unfit(Problem("tag", "E_TAG", said % {"most": LONGEST}))
    return coined(person, group, name)


def home(words: str) -> tuple[Group, str]:
    """The group that a new tag belongs to: the one named before the colon, else the first free one."""
    before, colon, name = words.partition(":")
    groups = tagbook().groups.values()
    named = next((one for one in groups if colon and one.enabled and one.name == before.strip()), None)
    if named:
        return named, name.strip()
    free = next((one for one in groups if one.enabled and not one.system), None)
    if free is None:
        raise Unfit(Problem("tag", "E_TAG", _("没有这个标签；现在没有可以自由添加的标签组")))
    return free, words


def coined(person: Person | None, group: Group, name: str) -> Known:
    """A new tag, or the one that somebody else made in this very moment."""
    key = folded(name)
    made = Tag(group_id=group.id, name=name, key=key, created_by=person)
    Tag.objects.bulk_create([made], ignore_conflicts=True)
    stamp()
    return tagbook().tags[Tag.objects.get(group_id=group.id, key=key, merged_into=None).pk]


def current(ids: Iterable[int]) -> dict[int, list[Tagging]]:
    found: dict[int, list[Tagging]] = defaultdict(list)
    for batch in batches(ids):
        for one in Tagging.objects.filter(customer_id__in=batch, ended_at=None).order_by("pk"):
            found[one.customer_id].append(one)
    return found


def put(person: Person | None, ids: Sequence[int], tags: Sequence[Known], until: date | None, why: str) -> None:
    """Put tags on these customers; of an exclusive group the new one takes the place of the old one."""
    before = current(ids)
    same = {one.id for one in tags}
    groups = {one.group.id for one in tags if one.group.exclusive}
    known = tagbook().tags
    theirs = [one for held in before.values() for one in held]
    end(person, [one.pk for one in theirs if known[one.tag_id].group.id in groups and one.tag_id not in same])
    kept = [one.pk for one in theirs if one.tag_id in same]
    facts: dict[str, Any] = {"who": person, "at": now(), "valid_until": until, "why": why[:200]}
    Tagging.objects.filter(pk__in=kept).update(automatic=False, **facts)
    carried = {(one.customer_id, one.tag_id) for one in theirs}
    rows = [Tagging(customer_id=pk, tag_id=tag, **facts) for pk in ids for tag in same if (pk, tag) not in carried]
    Tagging.objects.bulk_create(rows, ignore_conflicts=True)
    finish(person, before, ids, why)


def take(person: Person | None, ids: Sequence[int], tags: Sequence[int], why: str) -> int:
    """Take these tags off these customers. Returns how many there were."""
    before = current(ids)
    gone = [one.pk for held in before.values() for one in held if one.tag_id in set(tags)]
    end(person, gone)
    if gone:
        finish(person, before, list(before), why)
    return len(gone)


def end(person: Person | None, pks: Sequence[int]) -> None:
    for batch in batches(pks):
        Tagging.objects.filter(pk__in=batch).update(ended_at=now(), ended_by=person)


def finish(person: Person | None, before: Mapping[int, Sequence[Tagging]], ids: Sequence[int], why: str) -> None:
    """What follows from a change of tags: those of rules, the lists, the trail, the search."""
    retag(ids)
    relist(ids)
    after = current(ids)
    told = []
    for pk in ids:
        old, new = texts(before.get(pk, ())), texts(after.get(pk, ()))
        if old != new:  # what went and what came, not all that stayed
            told.append((Customer(pk=pk), {"tags": [sorted(old - new), sorted(new - old)]}))
    tell(person, "customers.change", told, why)
    reindex(ids)


def texts(held: Iterable[Tagging]) -> set[str]:
    known = tagbook().tags
    return {known[one.tag_id].text for one in held}


def expire() -> int:
    """End the taggings whose last day is over. Returns how many."""
    over = Q(ended_at=None, valid_until__lt=today())
    count = 0
    while ids := list(Tagging.objects.filter(over).values_list("customer_id", flat=True).distinct()[:200]):
        with transaction.atomic():
            before = current(ids)
            mine = Tagging.objects.filter(over, customer_id__in=ids)
            count += mine.update(ended_at=now())
            finish(SYSTEM, before, ids, _("标签到期"))
    return count
