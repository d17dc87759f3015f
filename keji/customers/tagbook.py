"""The tags as everybody sees them: groups, words and rules, read once until somebody changes them."""

from dataclasses import dataclass

from keji.access.house import house
from keji.customers.models import Tag, TagGroup, TagRule
from keji.kernel.text import folded


@dataclass(frozen=True)
class Group:
    """A group of tags in use."""

    id: int
    name: str
    exclusive: bool
    system: bool
    prefixed: bool
    colour: str
    enabled: bool


@dataclass(frozen=True)
class Known:
    """A tag in use."""

    id: int
    name: str
    code: str
    enabled: bool
    group: Group
    merged_into: int | None

    @property
    def text(self) -> str:
        return f"{self.group.name}:{self.name}" if self.group.prefixed else self.name

    @property
    def offered(self) -> bool:
        return self.enabled and self.group.enabled and self.merged_into is None


@dataclass(frozen=True)
class Rule:
    """A tag that follows from a field."""

    id: int
    field: str
    value: str
    group: int | None
    tag: int | None


@dataclass
class Book:
    """All tags, with the ways to find one."""

    groups: dict[int, Group]
    tags: dict[int, Known]
    rules: list[Rule]
    coded: dict[tuple[int, str], int]  # group and code → the tag, or what it was merged into

    def offered(self) -> list[Known]:
        return [tag for tag in self.tags.values() if tag.offered]

    def last(self, pk: int) -> Known | None:
        """The tag, or the one that it was merged into."""
        found = self.tags.get(pk)
        while found and found.merged_into is not None:
            found = self.tags.get(found.merged_into)
        return found

    def named(self, told: str) -> Known | None:
        """The tag that people mean by "组:值" or, if no two groups have it, by the value alone."""
        key = folded(told.replace("：", ":"))
        full = [tag for tag in self.tags.values() if tag.merged_into is None and folded(tag.text) == key]
        bare = [tag for tag in self.tags.values() if tag.merged_into is None and folded(tag.name) == key]
        return full[0] if full else bare[0] if len(bare) == 1 else None


def read() -> Book:
    groups = {
        one.pk: Group(one.pk, one.name, one.exclusive, one.system, one.prefixed, one.colour, one.enabled)
        for one in TagGroup.objects.order_by("sort", "pk")
    }
    order = {pk: place for place, pk in enumerate(groups)}
    rows = sorted(Tag.objects.order_by("pk"), key=lambda one: order[one.group_id])
    tags = {
        one.pk: Known(one.pk, one.name, one.code, one.enabled, groups[one.group_id], one.merged_into_id) for one in rows
    }
    rules = [
        Rule(one.pk, one.field, one.value, one.group_id, one.tag_id)
        for one in TagRule.objects.filter(enabled=True).order_by("pk")
    ]
    return Book(groups, tags, rules, {(one.group.id, one.code): one.id for one in tags.values() if one.code})


def tagbook() -> Book:
    """The tags as they are in this unit of work."""
    return house().once("tags", read)
