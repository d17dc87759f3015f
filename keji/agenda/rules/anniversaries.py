"""Days worth remembering become tasks when they are near: birthdays each year, the end of a contract once (R-001-28)."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.trail import SYSTEM
from keji.agenda.models import Task
from keji.agenda.rules.many import enter, task
from keji.customers.models import Anniversary
from keji.customers.rules.anniversaries import next_on
from keji.database import one_of
from keji.kernel.clock import at_nine, start_of, today

STEP = 2000


def plan_anniversaries(day: date | None = None) -> int:
    """Make a task of each day that comes within its days of notice, once a year each. Returns how many."""
    day, made, last = day or today(), 0, 0
    rows = Anniversary.objects.filter(customer__deleted_at=None, customer__owner__is_active=True).select_related("customer")
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:STEP]):
        last = found[-1].pk
        coming = {key(one, on): (one, on) for one in found if (on := near(one, day))}
        with transaction.atomic():
            known = set(Task.objects.filter(source__in=one_of(coming)).values_list("source", flat=True))
            fresh = [planned(one, on, name, day) for name, (one, on) in coming.items() if name not in known]
            enter(SYSTEM, fresh)
        made += len(fresh)
    return made


def near(one: Anniversary, day: date) -> date | None:
    """When the day comes, if that is no farther away than it is told of before."""
    on = next_on(one.day, one.yearly, day)
    return on if on and (on - day).days <= one.remind_days else None


def key(one: Anniversary, on: date) -> str:
    return f"anniversaries:{one.pk}:{on.isoformat()}"


def planned(one: Anniversary, on: date, source: str, day: date) -> object:
    """The task of a day; it is reminded of so many days before, or at once if the day was noted down later than that."""
    title = _("%(name)s（%(day)s）") % {"name": one.name, "day": on.isoformat()}
    told = {"title": title, "due_at": start_of(on), "customer_id": one.customer_id, "assignee_id": one.customer.owner_id}
    made = task(SYSTEM, kind="OTHER", source=source, **told)
    made.remind_at = at_nine(max(on - timedelta(days=one.remind_days), day))
    return made
