"""Tasks go along with a customer that changes hands."""

from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.agenda.models import Task
from keji.agenda.rules.many import alter
from keji.customers.rules.owners import ALONG
from keji.database import one_of


def go_along(person: Person, before: dict[int, int | None], owner: int | None) -> None:
    """Give what the owner before was to do for these customers to the new one; in the pool it is nobody's."""
    rows = Task.objects.filter(customer_id__in=one_of(before), state="OPEN", deleted_at=None)
    told = [(one, {"assignee_id": owner}) for one in rows if one.assignee_id == before[one.customer_id or 0]]
    alter(person, told, _("随客户转交"))


ALONG.append(go_along)
