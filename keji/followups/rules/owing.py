"""After a communication: what else is known of the customer is looked over within a day (R-001-29)."""

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.agenda.rules.tasks import done
from keji.customers.models import Customer
from keji.customers.rules.revise import revise
from keji.followups.queries import owed


def look_over(person: Person, customer: Customer, stage: str = "", why: str = "") -> int:
    """Say that stage, needs and next step are right, the stage perhaps another one than before.

    Returns how many tasks that ends. Raises Unfit for a stage that may not follow, Refused for who may not change it.
    """
    with transaction.atomic():
        if stage and stage != customer.lifecycle_stage:
            revise(person, customer, {"lifecycle_stage": stage}, why=why)
        waiting = owed(person, customer.pk)
        for task in waiting:
            done(person, task, _("已核对"))
    return len(waiting)
