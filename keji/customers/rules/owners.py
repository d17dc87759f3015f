"""Whose a customer is, and who works on it beside the owner."""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import near, require, shares_anew
from keji.access.trail import change, tell
from keji.customers.models import Collaboration, Customer
from keji.customers.rules.deadlines import handed_over
from keji.customers.rules.search import reindex
from keji.database import lock_key
from keji.kernel.errors import Problem, Unfit

MOST = 1000
# What goes along with customers that change hands: (person, {customer: owner before}, owner). Packages above add theirs.
ALONG: list[Callable[[Person, dict[int, int | None], int | None], None]] = []


def transfer(person: Person, customer: Customer, owner: int | None, why: str) -> None:
    """Give a customer to another owner, with all its history. Needs a reason."""
    check(owner, why)
    if customer.owner_id == owner:
        raise Unfit(Problem("owner", "E_SAME_OWNER", _("已经由这位负责")))
    before = {customer.pk: customer.owner_id}
    with transaction.atomic():
        with change(person, customer, "customers.assign", why):
            customer.owner_id = owner
        handed_over([customer.pk], owner)
        along(person, before, owner)
    reindex([customer.pk])


def along(person: Person, before: dict[int, int | None], owner: int | None) -> None:
    for rule in ALONG:
        rule(person, before, owner)


def check(owner: int | None, why: str) -> None:
    known = house().people.get(owner or 0)
    if owner is not None and not (known and known.active):
        raise Unfit(Problem("owner", "E_OWNER", _("负责人须是在职人员")))
    if not why.strip():
        raise Unfit(Problem("why", "E_REQUIRED", _("请说明更换负责人的原因")))


def transfer_many(person: Person, ids: Iterable[int], owner: int | None, why: str) -> tuple[int, int]:
    """Give many customers to another owner. Returns how many moved and how many were not there for this person."""
    wanted = list(dict.fromkeys(ids))
    require(person, "customers.assign")
    check(owner, why)
    if len(wanted) > MOST:
        raise Unfit(Problem("ids", "E_TOO_MANY", _("一次最多 %(most)d 个客户") % {"most": MOST}))
    with transaction.atomic():
        found = list(near(person, Customer, "assign").filter(pk__in=wanted).exclude(owner_id=owner))
        before = {customer.pk: customer.owner_id for customer in found}
        for customer in found:
            with change(person, customer, "customers.assign", why):
                customer.owner_id = owner
        handed_over([customer.pk for customer in found], owner)
        along(person, before, owner)
        reindex([customer.pk for customer in found])
    return len(found), len(wanted) - len(found)


def set_collaborators(
    person: Person, customer: Customer, people: Iterable[int], were: Iterable[int] | None = None
) -> None:
    """Say who else works on a customer: they see and change it as its owner does.

    `were` is whom the person saw there: whoever somebody else added or took away meanwhile stays so.
    """
    wanted = {pk for pk in people if (known := house().people.get(pk)) and known.active and pk != customer.owner_id}
    require(person, "customers.change", customer)
    with transaction.atomic():
        lock_key(f"collaborators of {customer.pk}")
        now_there = set(Collaboration.objects.filter(customer=customer).values_list("person_id", flat=True))
        if were is not None:
            wanted = now_there - (set(were) - wanted) | (wanted - set(were))
        if wanted == now_there:
            return
        Collaboration.objects.filter(customer=customer, person_id__in=now_there - wanted).delete()
        Collaboration.objects.bulk_create(Collaboration(customer=customer, person_id=pk) for pk in wanted - now_there)
        told = {"collaborators": [sorted(now_there), sorted(wanted)]}
        tell(person, "customers.change", [(customer, told)])
    shares_anew(person)
    reindex([customer.pk])
