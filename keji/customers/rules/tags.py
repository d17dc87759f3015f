"""The vocabulary of tags, kept by the steward: groups, tags, and the rules by which tags follow from fields."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import declare, require
from keji.access.trail import note
from keji.customers import queries
from keji.customers.models import Customer, Tag, Tagging, TagGroup, TagRule
from keji.customers.rules.autotags import WATCHED, batches, relist, retag
from keji.customers.rules.search import reindex
from keji.kernel.errors import NotThere, Problem, Unfit
from keji.kernel.text import folded
from keji.queue import progress

TAGS = declare("customers.tags", gettext_lazy("管理标签"))
COLOURS = {
    "": gettext_lazy("主色"),
    "grey": gettext_lazy("灰"),
    "green": gettext_lazy("绿"),
    "amber": gettext_lazy("琥珀"),
    "red": gettext_lazy("红"),
}
FORBIDDEN = ",，、;；:："


def word(told: str, most: int, field: str) -> str:
    """A name as it may stand: a word without the marks that separate tags."""
    name = " ".join(told.split())
    if not name:
        raise Unfit(Problem(field, "E_REQUIRED", _("请填写名称")))
    if len(name) > most or any(mark in name for mark in FORBIDDEN):
        raise Unfit(Problem(field, "E_TAG", _("名称是 1–%(most)d 个字的一个词，不含标点") % {"most": most}))
    return name


def keep_group(person: Person, pk: int | None, name: str, **facts: Any) -> TagGroup:
    """Make a group of tags or change one: exclusive, system, prefixed, colour, sort, enabled."""
    require(person, TAGS)
    name = word(name, 20, "name")
    if facts.get("colour", "") not in COLOURS:
        raise Unfit(Problem("colour", "E_CHOICE", _("没有这种颜色")))
    if TagGroup.objects.filter(name=name).exclude(pk=pk or 0).exists():
        raise Unfit(Problem("name", "E_DUP_LABEL", _("已经有“%(name)s”这个标签组") % {"name": name}))
    with transaction.atomic():
        group = TagGroup() if pk is None else queries.tag_group(pk)
        if pk and facts.get("exclusive") and not group.exclusive and crowded(group):
            raise Unfit(
                Problem("exclusive", "E_EXCLUSIVE", _("有客户同时贴着这一组的几个标签，先合并或移除再设为单选"))
            )
        before = group.name
        group.name = name
        for field, value in facts.items():
            setattr(group, field, value)
        group.save()
        stamp()
        note(person, TAGS, why=f"{before} → {name}" if before != name else name, **facts)
        if pk and before != name:
            refresh(carriers(Tag.objects.filter(group=group)))
    return group


def crowded(group: TagGroup) -> bool:
    """True if a customer carries two tags of the group."""
    rows = Tagging.objects.filter(tag__group=group, ended_at=None).values_list("customer_id", flat=True)
    return rows.count() > rows.distinct().count()


def add_tag(person: Person, group_id: int, name: str) -> Tag:
    require(person, TAGS)
    group, name = queries.tag_group(group_id), word(name, 30, "name")
    try:
        with transaction.atomic():
            made = Tag.objects.create(group=group, name=name, key=folded(name), created_by=person)
            stamp()
            note(person, TAGS, why=str(made), added=made.pk)
    except IntegrityError:
        raise Unfit(Problem("name", "E_DUP_LABEL", _("这一组里已经有“%(name)s”") % {"name": name})) from None
    return made


def rename_tag(person: Person, pk: int, name: str) -> Tag:
    """Call a tag something else, everywhere at once."""
    require(person, TAGS)
    tag, name = queries.tag(pk), word(name, 30, "name")
    if Tag.objects.filter(group=tag.group, key=folded(name), merged_into=None).exclude(pk=pk).exists():
        said = _("这一组里已经有“%(name)s”；要把两个并成一个，请用合并")
        raise Unfit(Problem("name", "E_DUP_LABEL", said % {"name": name}))
    with transaction.atomic():
        before = str(tag)
        tag.name, tag.key = name, folded(name)
        tag.save()
        stamp()
        note(person, TAGS, why=f"{before} → {tag}", tag=pk)
        refresh(carriers(Tag.objects.filter(pk=pk)))
    return tag


def switch_tag(person: Person, pk: int, enabled: bool) -> Tag:
    """Offer a tag or no longer offer it. Customers that carry it keep it."""
    require(person, TAGS)
    with transaction.atomic():
        tag = queries.tag(pk)
        tag.enabled = enabled
        tag.save()
        stamp()
        note(person, TAGS, why=str(tag), tag=pk, enabled=enabled)
    return tag


def carriers(tags: Any) -> list[int]:
    """The customers that people have put these tags on: only those are found by them."""
    rows = Tagging.objects.filter(tag__in=tags, ended_at=None, automatic=False)
    return list(rows.values_list("customer_id", flat=True).distinct())


def refresh(ids: list[int]) -> None:
    relist(ids)
    for batch in batches(ids):
        reindex(batch)


def add_rule(person: Person, field: str, value: str, target: int) -> TagRule:
    """Let a tag follow from a field: of each value one in this group, or of one value this tag."""
    require(person, TAGS)
    if field not in WATCHED:
        raise Unfit(Problem("field", "E_CHOICE", _("没有这个字段")))
    value = value.strip()[:40]
    if TagRule.objects.filter(field=field, value=value).exists():
        raise Unfit(Problem("field", "E_DUP_LABEL", _("这条规则已经有了")))
    where = {"tag": queries.tag(target)} if value else {"group": queries.tag_group(target)}
    with transaction.atomic():
        rule = TagRule.objects.create(field=field, value=value, **where)
        stamp()
        note(person, TAGS, why=f"{field} {value}", rule=rule.pk)
    return rule


def switch_rule(person: Person, pk: int, enabled: bool) -> TagRule:
    """Let a rule hold or no longer hold. `retag_all` brings the customers in line afterwards."""
    require(person, TAGS)
    rule = TagRule.objects.filter(pk=pk).first()
    if rule is None:
        raise NotThere(pk)
    with transaction.atomic():
        rule.enabled = enabled
        rule.save()
        stamp()
        note(person, TAGS, why=f"{rule.field} {rule.value}", rule=pk, enabled=enabled)
    return rule


def retag_all() -> int:
    """Bring the tags of all customers in line with the rules, in steps. Returns how many customers were looked at."""
    last, seen = 0, 0
    while ids := list(Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:2000]):
        with transaction.atomic():
            retag(ids)
        last, seen = ids[-1], seen + len(ids)
        progress(seen)
    return seen


DELIVERED: tuple[tuple[str, dict[str, Any], tuple[tuple[str, str], ...]], ...] = (
    ("客户标签", {"system": True, "prefixed": False, "colour": "amber"}, (
        ("重点意向客户", ""), ("高潜力客户", ""), ("VIP客户", ""), ("投诉风险客户", ""), ("流失风险", ""),
    )),
    ("意向等级", {"system": True, "exclusive": True, "colour": "green"}, (("高", "HIGH"), ("中", "MEDIUM"), ("低", "LOW"), ("暂无", "NONE"))),
    ("需求类型", {"system": True}, (("数字化转型", "DIGITAL"),)),
    ("行业", {"system": True, "exclusive": True, "colour": "grey"}, (("制造业", "C"),)),
    ("自由标签", {"prefixed": False}, (
        ("预算明确", ""), ("决策周期长", ""), ("竞品对比中", ""), ("新业务需求", ""), ("价格敏感型", ""), ("决策链复杂", ""),
    )),
)  # fmt: skip
FOLLOWING = (
    ("industry_code", "行业"),
    ("intent_level", "意向等级"),
    ("need_type", "需求类型"),
    ("keywords", "需求类型"),
)
FIXED = (("is_strategic", "1", "重点意向客户"),)


def lay_out_tags() -> None:
    """Put in the delivered groups, tags and rules, unless there are any."""
    if TagGroup.objects.exists():
        return
    with transaction.atomic():
        for sort, (name, facts, tags) in enumerate(DELIVERED):
            group = TagGroup.objects.create(name=name, sort=sort, **facts)
            Tag.objects.bulk_create(Tag(group=group, name=one, key=folded(one), code=code) for one, code in tags)
        for field, name in FOLLOWING:
            TagRule.objects.create(field=field, group=TagGroup.objects.get(name=name))
        for field, value, name in FIXED:
            TagRule.objects.create(field=field, value=value, tag=Tag.objects.get(name=name))
        stamp()
