"""The bin: what is deleted waits there for thirty days."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import near, require
from keji.access.trail import change
from keji.customers.models import Customer
from keji.customers.queries import given
from keji.customers.rules.deadlines import keep
from keji.customers.rules.duplicates import owner_name
from keji.customers.rules.owners import MOST
from keji.customers.rules.search import reindex
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Unfit


def drop(person: Person, customer: Customer, why: str = "") -> None:
    """Put a customer into the bin; its number stays taken."""
    with transaction.atomic():
        with change(person, customer, "customers.delete", why):
            customer.deleted_at, customer.deleted_by = now(), person
        keep([customer.pk])
    reindex([customer.pk])


def drop_many(person: Person, ids: Iterable[int], why: str = "") -> tuple[int, int]:
    """Put many customers into the bin. Returns how many went and how many were not there for this person."""
    wanted = list(dict.fromkeys(ids))
    require(person, "customers.delete")
    if len(wanted) > MOST:
        raise Unfit(Problem("ids", "E_TOO_MANY", _("一次最多 %(most)d 个客户") % {"most": MOST}))
    with transaction.atomic():
        found = list(near(person, Customer, "delete").filter(pk__in=wanted))
        for customer in found:
            drop(person, customer, why)
    return len(found), len(wanted) - len(found)


def restore(person: Person, customer: Customer) -> None:
    """Take a customer back out of the bin, unless its credit code has been given to another one meanwhile."""
    if customer.uscc:
        other = given(Customer.objects.filter(uscc=customer.uscc, deleted_at=None), "uscc").exclude(pk=customer.pk).first()
        if other:
            said = _("同一统一社会信用代码已有客户(负责人：%(owner)s)，不能恢复")
            raise Unfit(Problem("uscc", "E_DUP_USCC", said % {"owner": owner_name(other.owner_id)}))
    with transaction.atomic():
        with change(person, customer, "customers.delete", _("恢复")):
            customer.deleted_at = customer.deleted_by = None
        keep([customer.pk])
    reindex([customer.pk])
