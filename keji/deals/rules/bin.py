"""The bin of deals."""

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.trail import change
from keji.deals.models import Deal
from keji.deals.rules.derived import count, index
from keji.deals.rules.lifecycle import tell_signed
from keji.kernel.clock import now


def drop(person: Person, deal: Deal, why: str = "") -> None:
    """Put a deal into the bin."""
    with transaction.atomic():
        with change(person, deal, "deals.delete", why):
            deal.deleted_at, deal.deleted_by = now(), person
        count(deal.customer)
        index(deal)
        tell_signed(deal, deal.category)


def restore(person: Person, deal: Deal) -> None:
    """Take a deal back out of the bin."""
    with transaction.atomic():
        with change(person, deal, "deals.delete", _("恢复")):
            deal.deleted_at = deal.deleted_by = None
        count(deal.customer)
        index(deal)
        tell_signed(deal, deal.category)
