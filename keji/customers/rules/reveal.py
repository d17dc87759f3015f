"""Showing a masked value in full: asked for one by one, counted, and written down."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from keji.access.models import Person, Tried
from keji.access.scope import require
from keji.access.trail import note
from keji.customers.models import Customer
from keji.customers.rules.actions import REVEAL
from keji.kernel.clock import now
from keji.kernel.errors import Refused

ALERT, MOST = 50, 200  # reveals an hour: noted as conspicuous from the 51st, refused from the 201st


def reveal(person: Person, record: Any, name: str) -> None:
    """Note that a person reads this value in full. Raises Refused without the right or beyond the hour's measure."""
    customer = record if isinstance(record, Customer) else record.customer
    require(person, REVEAL, customer)
    times = count(person, "reveal")
    if times > MOST:
        raise Refused(REVEAL)
    note(person, REVEAL, record, field=name)
    if times == ALERT + 1:
        note(person, "customers.reveal_alert", record, times=times)


def count(person: Person, what: str, at: datetime | None = None) -> int:
    """Count one more within this hour and return how many there are."""
    hour = (at or now()).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        Tried.objects.get_or_create(person=person, what=what, hour=hour)
        Tried.objects.filter(person=person, what=what, hour=hour).update(times=F("times") + 1)
        return Tried.objects.get(person=person, what=what, hour=hour).times
