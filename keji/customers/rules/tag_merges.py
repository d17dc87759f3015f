"""Two tags become one, and for thirty days can become two again."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.customers import queries
from keji.customers.models import MergedTagging, Tag, Tagging, TagMerge, TagRule
from keji.customers.rules.autotags import batches, retag
from keji.customers.rules.tags import TAGS, refresh
from keji.kernel.clock import BIN, now, today
from keji.kernel.errors import Problem, Unfit


def merge_tags(person: Person, pk: int, into: int) -> int:
    """Let one tag become another: who carries it carries the other one now, once. Returns how many customers that are."""
    require(person, TAGS)
    old, new = queries.tag(pk), queries.tag(into)
    if old.pk == new.pk:
        raise Unfit(Problem("into", "E_SAME", _("请选择另一个标签")))
    if new.group.exclusive and new.group_id != old.group_id:
        said = _("“%(group)s”每个客户只能有一个标签，不能把别的组并进来")
        raise Unfit(Problem("into", "E_EXCLUSIVE", said % {"group": new.group.name}))
    with transaction.atomic():
        merge = remembered(person, old, new)
        old.merged_into, old.enabled = new, False
        old.save()
        TagRule.objects.filter(pk__in=merge.rules).update(tag=new)
        Tag.objects.filter(pk__in=merge.merged).update(merged_into=new)
        moved, doubled, ids = move(person, merge)
        stamp()
        note(person, TAGS, why=f"{old} → {new}", tag=pk, into=into, moved=moved, doubled=doubled)
        refresh(ids)
    return len(ids)


def remembered(person: Person, old: Tag, new: Tag) -> TagMerge:
    """Write down how things stand before the merge."""
    return TagMerge.objects.create(
        old=old,
        new=new,
        enabled=old.enabled,
        rules=list(TagRule.objects.filter(tag=old).values_list("pk", flat=True)),
        merged=list(Tag.objects.filter(merged_into=old).values_list("pk", flat=True)),
        who=person,
        at=now(),
    )


def move(person: Person, merge: TagMerge) -> tuple[int, int, list[int]]:
    """Hand the taggings over, and end those of customers that carry the new tag too: (moved, ended, customers)."""
    mine = Tagging.objects.filter(tag_id=merge.old_id, ended_at=None)
    both = Tagging.objects.filter(tag_id=merge.new_id, ended_at=None, customer_id__in=mine.values("customer_id"))
    there = set(both.values_list("customer_id", flat=True))
    rows = list(mine.values_list("pk", "customer_id"))
    MergedTagging.objects.bulk_create(
        [MergedTagging(merge=merge, tagging_id=pk, ended=customer in there) for pk, customer in rows], batch_size=2000
    )
    kept = MergedTagging.objects.filter(merge=merge)
    doubled = mine.filter(pk__in=kept.filter(ended=True).values("tagging")).update(ended_at=now(), ended_by=person)
    return mine.update(tag_id=merge.new_id), doubled, [customer for _pk, customer in rows]


def undo_merge(person: Person, pk: int) -> tuple[int, int]:
    """Let the old tag be a tag of its own again, on the customers that carried it and still carry the new one.

    Returns how many customers have it back, and how many do not because somebody has changed their tags since.
    """
    require(person, TAGS)
    merge = queries.tag_merge(pk)
    old, new = merge.old, merge.new
    check_undo(merge)
    with transaction.atomic():
        if not TagMerge.objects.filter(pk=pk, undone_at=None).update(undone_at=now()):
            raise Unfit(Problem("merge", "E_GONE", _("这次合并已经撤销过了")))
        old.merged_into, old.enabled = None, merge.enabled
        old.save()
        TagRule.objects.filter(pk__in=merge.rules, tag=new).update(tag=old)
        Tag.objects.filter(pk__in=merge.merged, merged_into=new).update(merged_into=old)
        stamp()
        back = bring_back(merge)
        retag(back)
        left = MergedTagging.objects.filter(merge=merge).count() - len(back)
        note(person, TAGS, why=_("撤销合并 %(old)s → %(new)s") % {"old": old, "new": new}, merge=pk, back=len(back), left=left)
        refresh(back)
    return len(back), left


def check_undo(merge: TagMerge) -> None:
    """What stands in the way of undoing a merge."""
    if merge.at < now() - BIN:
        raise Unfit(Problem("merge", "E_LATE", _("合并超过 %(days)d 天，不能撤销了") % {"days": BIN.days}))
    if merge.new.merged_into_id is not None:
        said = _("“%(tag)s”后来又并入了别的标签，请先撤销那一次")
        raise Unfit(Problem("merge", "E_LATER", said % {"tag": merge.new}))
    same = Tag.objects.filter(group=merge.old.group_id, key=merge.old.key, merged_into=None)
    if same.exclude(pk=merge.old_id).exists():
        said = _("又有了一个叫“%(tag)s”的标签，请先把它改名")
        raise Unfit(Problem("merge", "E_DUP_LABEL", said % {"tag": merge.old}))


def bring_back(merge: TagMerge) -> list[int]:
    """Give the taggings of the old tag back, where the customer still carries the new one. Returns the customers."""
    found = []
    rows = MergedTagging.objects.filter(merge=merge).order_by("pk").values_list("tagging_id", "tagging__customer_id", "ended")
    for batch in batches(rows):
        ids = [customer for _pk, customer, _ended in batch]
        carried = Tagging.objects.filter(customer_id__in=ids, ended_at=None)
        with_new = dict(carried.filter(tag=merge.new).values_list("customer_id", "pk"))
        crowded = others(merge, ids)
        moved = [pk for pk, customer, ended in batch if not ended and with_new.get(customer) == pk and customer not in crowded]
        ended = [pk for pk, customer, ended in batch if ended and customer in with_new and customer not in crowded]
        still = Tagging.objects.filter(pk__in=ended).exclude(valid_until__lt=today())
        still_ids = list(still.values_list("pk", flat=True))
        Tagging.objects.filter(pk__in=moved).update(tag=merge.old)
        Tagging.objects.filter(pk__in=still_ids).update(ended_at=None, ended_by=None)
        back = {*moved, *still_ids}
        found += [customer for pk, customer, _ended in batch if pk in back]
    return found


def others(merge: TagMerge, ids: Sequence[int]) -> set[int]:
    """Those who carry another tag of the old one's exclusive group by now."""
    if not merge.old.group.exclusive:
        return set()
    rows = Tagging.objects.filter(customer_id__in=ids, ended_at=None, tag__group=merge.old.group_id)
    return set(rows.exclude(tag=merge.new).values_list("customer_id", flat=True))


def forget_merges() -> int:
    """Forget what merges would need to be undone, once they no longer can be. Returns how many."""
    over = TagMerge.objects.filter(at__lt=now() - BIN)
    count = over.count()
    over.delete()
    return count
