"""Whoever gets a ticket from somebody else is told."""

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Entry, Person
from keji.database import one_of
from keji.notices.models import Notice
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind
from keji.notices.rules.lines import Word, tell_of
from keji.service.models import Ticket


def words(person: Person, notice: Notice) -> Told:
    seen = notice.seen
    said = {"kind": seen["kind"].text, "no": seen["ticket_no"].text}
    text = _("%(kind)s服务单交给了你：%(no)s") % said
    return Told(text, seen["customer"].text, reverse("service:page", args=[notice.record_id]))


GIVEN = declare_kind(
    "tickets.given",
    gettext_lazy("服务单交给了你"),
    gettext_lazy("别人登记了要你处理的服务单，或把服务单转给你；签约后的交接也在内。"),
    words,
    record="tickets",
    reads=("ticket_no", "kind", "customer"),
    needs="tickets.see",
    ways=(INBOX, DESKTOP, MAIL),
)


@tell_of("tickets.create", "tickets.change")
def of_tickets(entries: Sequence[Entry]) -> Iterator[Word]:
    """Who handles these tickets now, where somebody else has said so."""
    given = {entry.record_id: entry for entry in entries if entry.record_id and "handler_id" in entry.changes}
    rows = Ticket.objects.filter(pk__in=one_of(given), deleted_at=None).exclude(handler=None)
    for pk, handler in rows.values_list("pk", "handler_id"):
        entry = given[pk]
        if entry.who_id != handler and (entry.who_id or entry.action.endswith(".create")):
            yield Word(handler, GIVEN, f"ticket {entry.pk}", "tickets", pk)
