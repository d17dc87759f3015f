"""A need knows the follow-up in which it was told."""

from keji.access.models import Person
from keji.customers.rules.needs import IS_FOLLOWUP
from keji.followups.queries import readable


def of_customer(person: Person, followup: int, customer_id: int) -> bool:
    return readable(person).filter(pk=followup, customer_id=customer_id).exists()


IS_FOLLOWUP.append(of_customer)
