"""Why a customer or a deal has no next step, where that is meant so."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.trail import change
from keji.agenda.models import Task
from keji.agenda.rules.many import alter, carry, ended
from keji.customers.models import Customer
from keji.kernel.errors import Problem, Unfit

MOST = 100


def aimless(field: str, customer: Customer, *said: str) -> list[Problem]:
    """What is wrong with a next follow-up that says no objective: a customer with a grade wants one (R-003-37)."""
    if not customer.grade or any(said):
        return []
    return [Problem(field, "E_REQUIRED", _("请写明下次跟进要达到什么"))]


def rest(person: Person, record: Any, why: str) -> None:
    """Say why there is no next step with this customer or deal; its open follow-up tasks are given up with that reason."""
    why = why.strip()
    if not why:
        raise Unfit(Problem("why", "E_REQUIRED", _("请写明为什么不用安排下一步")))
    if len(why) > MOST:
        raise Unfit(Problem("why", "E_LENGTH", _("最多 %(most)d 个字") % {"most": MOST}))
    key = {"customer_id": record.pk} if record.RECORD == "customers" else {"record": record.RECORD, "record_id": record.pk}
    with transaction.atomic():
        with change(person, record, f"{record.RECORD}.change", why):
            record.no_step_why = why
        planned = list(Task.objects.filter(**key, kind="FOLLOWUP", state="OPEN", deleted_at=None))
        alter(person, [(one, ended(person, "DROPPED", "")) for one in planned], why)
        carry(planned)
