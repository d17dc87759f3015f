"""The moves of a customer that follow from its deals (spec U-LIFE): made by the system, logged, and free to be undone."""

from datetime import date

from django.db import transaction

from keji.access.trail import SYSTEM, change
from keji.customers.models import Customer
from keji.customers.rules.deadlines import keep

BEFORE = {  # lifecycle stage → from where it may be reached without a person
    "INTENT": {"POTENTIAL"},
    "WON": {"POTENTIAL", "INTENT"},
    "COOPERATING": {"POTENTIAL", "INTENT", "WON"},
}


def advance(customer: Customer, stage: str, why: str, since: date | None = None) -> None:
    """Move a customer on, never back. A lost, suspended or terminated one is left to people."""
    if customer.cooperation_status in ("SUSPENDED", "TERMINATED"):
        return
    with transaction.atomic():
        with change(SYSTEM, customer, "customers.change", why):
            if customer.lifecycle_stage in BEFORE[stage]:
                customer.lifecycle_stage = stage
            if stage != "INTENT" and customer.lifecycle_stage != "LOST":
                if customer.cooperation_status == "POTENTIAL":
                    customer.cooperation_status = "COOPERATING"
                customer.first_cooperation_date = customer.first_cooperation_date or since
        keep([customer.pk])
