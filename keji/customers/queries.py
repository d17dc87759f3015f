"""Reads for a person. Each function starts from what that person may see."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from keji.access.models import Entry
from keji.access.scope import fetch, near, visible
from keji.clocks.models import Clock
from keji.clocks.queries import due
from keji.customers.models import (
    MARKETING,
    Collaboration,
    Consent,
    Contact,
    Customer,
    Need,
    Review,
    Tag,
    Tagging,
    TagGroup,
    TagMerge,
    TagRule,
)
from keji.database import one_of
from keji.database.search import SearchIndex
from keji.database.words import folded, runs, sounds
from keji.kernel.clock import BIN, now
from keji.kernel.errors import NotThere
from keji.kernel.numbers import whole_id
from keji.kernel.pinyin import person_syllables
from keji.records.models import Attachment, Export
from keji.records.queries import FETCHED

NAMED = ("customer__name", "customer__customer_no", "customer__customer_type")  # what other records show of their customer
INDEX = SearchIndex("customers", near=True)
PLAN = gettext_noop("客户计划")
REACH = ("mobile", "landline", "intl_phone", "email", "wechat_id", "wecom_id", "qq")
FIRMS = 600  # customers among whose contacts a search looks


class ContactIndex:
    """Finds contacts by the index of their customers: those of a customer so called, and those so called themselves."""

    name, near = INDEX.name, True

    def walks(self) -> bool:
        return False  # its hits are worked out here

    def where(
        self, rows: QuerySet, words: str, classes: set[str], near: list[int] | None, *, most: int | None = None
    ) -> QuerySet:
        return rows.filter(pk__in=self.find(words, classes, near, most or 2 * FIRMS))

    def find(self, words: str, classes: set[str], near: list[int] | None, most: int) -> list[int]:
        """The newest contacts, by id, in which all words occur, or whose customer is called so."""
        firms = INDEX.find(words, classes, near, FIRMS)
        called = set(INDEX.find(words, {"open"}, near, FIRMS))
        rows = Contact.objects.filter(deleted_at=None)
        found = list(rows.filter(customer_id__in=called.intersection(firms)).values_list("pk", flat=True))
        others = rows.filter(customer_id__in=[pk for pk in firms if pk not in called])
        asked = [run for piece in folded(words).split() for run in runs(piece)]
        for row in others.values("pk", "name", "customer__name", "customer__customer_no", *REACH):
            texts = [row["customer__name"], row["customer__customer_no"]]
            texts += [row["name"]] if "people" in classes else []
            texts += [row[name] for name in REACH if row[name]] if "phone" in classes else []
            if all(occurs(han, other, texts) for han, other in asked):
                found.append(row["pk"])
        return sorted(found, reverse=True)[:most]


def occurs(han: str, other: str, texts: list[str]) -> bool:
    if any((han or other) in folded(text) for text in texts):
        return True
    return bool(other) and any(sound.startswith(other) for text in texts for sound in sounds_of(text))


@lru_cache(maxsize=4096)
def sounds_of(text: str) -> tuple[str, ...]:
    return tuple(sound for han, _other in runs(folded(text)) if han for sound in sounds(han, person_syllables(han)))


CONTACT_INDEX = ContactIndex()


def customers(person: Any, verb: str = "see") -> QuerySet[Customer]:
    return near(person, Customer, verb)


def rows(person: Any, ids: Iterable[int], attributes: Iterable[str]) -> dict[int, dict[str, Any]]:
    """These customers near the person, as raw rows for a reader, by id."""
    return {row["id"]: row for row in customers(person).filter(pk__in=list(ids)).values(*attributes)}


def pool(person: Any) -> QuerySet[Customer]:
    return visible(person, Customer).filter(owner=None)


def customer(person: Any, key: int | str) -> Customer:
    """A customer by id or by number."""
    pk = key if isinstance(key, int) else whole_id(key)
    if pk is not None:
        return fetch(person, Customer, pk)
    found = visible(person, Customer).filter(customer_no=str(key).upper()).first()
    if found is None:
        raise NotThere(key)
    return found


def given(rows: QuerySet, name: str) -> QuerySet:
    """Only those that have a value there at all, so that the index of these is used."""
    return rows.exclude(**{name: ""})


def by_credit_code(person: Any, code: str) -> Customer:
    found = given(visible(person, Customer), "uscc").filter(uscc=code).first()
    if found is None:
        raise NotThere(code)
    return found


def binned(person: Any) -> QuerySet[Customer]:
    return near(person, Customer, "delete", binned=True)


def binned_customer(person: Any, pk: int) -> Customer:
    return fetch(person, Customer, pk, binned(person))


def contacts(person: Any, verb: str = "see") -> QuerySet[Contact]:
    return near(person, Contact, verb)


def contacts_of(person: Any, customer_id: int) -> QuerySet[Contact]:
    order = ("-is_primary", "-is_key_contact", "pk")
    return visible(person, Contact).filter(customer_id=customer_id).order_by(*order)


def contact(person: Any, pk: int) -> Contact:
    return fetch(person, Contact, pk, visible(person, Contact).select_related("customer"))


def since(person: Any, moment: datetime) -> QuerySet[Customer]:
    return customers(person).filter(created_at__gte=moment)


def wanted(person: Any, since: datetime) -> list[tuple[str, int]]:
    """How many needs written down since then are of each type, the most frequent first."""
    rows = near(person, Need).filter(created_at__gte=since).order_by()
    return list(rows.values_list("need_type").annotate(n=Count("pk")).order_by("-n", "need_type"))


def seen(person: Any, ids: set[int]) -> set[int]:
    """Those of these customers that the person sees."""
    return set(visible(person, Customer).filter(pk__in=ids).values_list("pk", flat=True))


def holds(customer: Customer, what: str) -> bool:
    """False only where the page that shows the customer has found out that it has none of these (desk.queries.held)."""
    known = customer.__dict__.get("held")
    return known is None or what in known


def binned_contacts(person: Any) -> QuerySet[Contact]:
    return near(person, Contact, "delete", binned=True)


def binned_contact(person: Any, pk: int) -> Contact:
    return fetch(person, Contact, pk, binned_contacts(person).select_related("customer"))


def collaborators(customer_id: int) -> list[int]:
    return list(Collaboration.objects.filter(customer_id=customer_id).values_list("person_id", flat=True))


def grades(customer: Customer) -> list[Any]:
    return list(customer.grades.order_by("-pk")[:20])


def anniversaries(customer: Customer) -> list[Any]:
    return list(customer.anniversaries.order_by("day"))


def consents(customer: Customer) -> list[Any]:
    """Who agrees to be written to, the first on top."""
    return list(customer.consents.filter(withdrawn_at=None).select_related("recorded_by").order_by("given_on", "pk"))


def reviews(customer: Customer) -> list[Review]:
    """The steps of its reviews, the newest on top."""
    return list(customer.reviews.select_related("who").order_by("-pk")[:20])


def review_clock(customer: Customer, codes: tuple[str, ...]) -> Clock | None:
    """The limit under which its facts are being reviewed."""
    return due(codes=codes).filter(record=customer.RECORD, record_id=customer.pk).first()


def agreements() -> QuerySet[Consent]:
    """The consents to news that stand, of people who can still be reached."""
    reachable = Q(contact=None) | Q(contact__deleted_at=None, contact__validity="VALID")
    return Consent.objects.filter(reachable, purpose=MARKETING, withdrawn_at=None)


def agreed_contacts(person: Any, ids: Iterable[int]) -> list[Contact]:
    """The contacts of these customers who agree to be written to and can be reached."""
    theirs = agreements().filter(customer_id__in=one_of(ids), contact__isnull=False)
    return list(visible(person, Contact).filter(pk__in=theirs.values("contact_id")).order_by("customer_id", "pk"))


def history(
    customer: Customer, before: tuple[datetime, int] | None = None, most: int = 30, records: Sequence[str] = ("customers",)
) -> list[Entry]:
    """The newest entries of the trail about a customer that the caller has fetched for its reader, behind a place on."""
    changes = Entry.objects.exclude(action=FETCHED).select_related("kept")
    rows = changes.filter(customer_id=customer.pk, record__in=records)
    if before:
        at, pk = before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    return list(rows.order_by("-at", "-pk")[:most])


def exports(person: Any) -> list[Export]:
    return list(Export.objects.filter(person=person).order_by("-pk")[:50])


def export(person: Any, pk: int) -> Export:
    wanted = Export.objects.filter(person=person, pk=pk).select_related("person").first()
    if wanted is None:
        raise NotThere(pk)
    return wanted


def due_clocks(person: Any, until: datetime, mine: bool, codes: tuple[str, ...] = ()) -> QuerySet[Clock]:
    """The limits that end by then on customers near the person, the first due on top."""
    rows = due(until=until, person_id=person.pk if mine else None, codes=codes)
    return rows.filter(Exists(near(person, Customer).filter(pk=OuterRef("customer_id"))))  # a set of them all would be made first


def has_plan(customer: Customer) -> bool:
    """Whether a file of the customer is called an account plan, in either language."""
    rows = Attachment.objects.filter(record=customer.RECORD, record_id=customer.pk, dropped_at=None)
    return rows.filter(Q(name__contains=PLAN) | Q(name__icontains="account plan")).exists()


def by_grade(person: Any) -> dict[str, int]:
    """How many of the customers that the person works with have each grade."""
    rows = customers(person).order_by().values_list("grade").annotate(Count("pk"))
    return dict(rows)


def needs(person: Any, verb: str = "see") -> QuerySet[Need]:
    return near(person, Need, verb)


def needs_of(person: Any, customer_id: int) -> list[Need]:
    """The needs of a customer, open ones first, the most urgent on top."""
    rank = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}
    found = visible(person, Need).filter(customer_id=customer_id).order_by("-pk")[:100]
    return sorted(found, key=lambda one: (one.state != "OPEN", rank.get(one.priority, 3)))


def need(person: Any, pk: int) -> Need:
    return fetch(person, Need, pk, visible(person, Need).select_related("customer"))


def binned_needs(person: Any) -> QuerySet[Need]:
    return near(person, Need, "delete", binned=True)


def binned_need(person: Any, pk: int) -> Need:
    return fetch(person, Need, pk, binned_needs(person))


def taggings(customer_id: int) -> list[Tagging]:
    """The tags that a customer, fetched for its reader, carries now."""
    return list(Tagging.objects.filter(customer_id=customer_id, ended_at=None).order_by("pk"))


def tag_counts(person: Any) -> dict[int, int]:
    """How many of the customers that a person sees carry each tag."""
    held = Tagging.objects.filter(ended_at=None, customer__in=near(person, Customer).values("pk"))
    return dict(held.values_list("tag_id").annotate(size=Count("pk")).order_by())


def tag_groups() -> list[TagGroup]:
    return list(TagGroup.objects.order_by("sort", "pk"))


def tag_group(pk: int) -> TagGroup:
    found = TagGroup.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def tag(pk: int) -> Tag:
    found = Tag.objects.select_related("group").filter(pk=pk, merged_into=None).first()
    if found is None:
        raise NotThere(pk)
    return found


def tag_merges() -> list[TagMerge]:
    """The merges that can still be undone, newest first."""
    rows = TagMerge.objects.filter(undone_at=None, at__gte=now() - BIN).annotate(size=Count("taggings"))
    return list(rows.select_related("old__group", "new__group", "who").order_by("-at", "-pk")[:50])


def tag_merge(pk: int) -> TagMerge:
    found = TagMerge.objects.select_related("old__group", "new__group").filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found


def tag_rules() -> list[TagRule]:
    return list(TagRule.objects.order_by("pk"))
