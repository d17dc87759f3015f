"""Return visits after a delivery, and the customers whose complaint nobody has settled in time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keji.access.trail import SYSTEM, change
from keji.customers.models import Tagging
from keji.customers.rules.tagging import put, take
from keji.customers.tagbook import tagbook
from keji.deals.models import CLOSED, Deal
from keji.kernel.clock import day_of, now, start_of, today
from keji.service.models import Ticket
from keji.service.rules import deadlines
from keji.service.rules.handovers import handed
from keji.service.rules.tickets import open_ticket, takers

DAYS = (7, 30, 90)  # after the delivery (R-003-48), as delivered; the limits say how many they are here
LATE = timedelta(days=14)  # a visit that was due longer ago than this is not asked for any more
RISK = "投诉风险客户"


def plan_visits() -> int:
    """Open the visits that deliveries ask for, once each, and move those still open with a changed date. Returns how many."""
    since = today() - longest() - LATE
    rows = Deal.objects.filter(Deal.ALIVE, category__in=CLOSED, delivered_date__gte=since, delivered_date__lte=today())
    count, there = 0, takers()
    for deal in rows.select_related("customer").order_by("pk").iterator(500):
        known = {one.visit_day: one for one in Ticket.objects.filter(deal=deal, visit_day__isnull=False)}
        for days in DAYS:
            count += visit(deal, days, known.get(days), there)
    return count


def longest() -> timedelta:
    """How long after a delivery the last visit is due."""
    ends = [deadlines.due(deadlines.visit_of(days), start_of(today())) for days in DAYS]
    return max((day_of(end.at) - today() for end in ends if end), default=timedelta())


def visit(deal: Deal, days: int, known: Ticket | None, there: Mapping[int, str]) -> int:
    """Returns 1 if a visit was opened or moved. Who took the customer over after signing visits it."""
    delivered: Any = deal.delivered_date
    within = deadlines.due(deadlines.visit_of(days), start_of(delivered))
    if within is None:
        return 0
    day = day_of(within.at)
    if known is None and day >= today() - LATE:
        said = _("交付后第 %(n)d 天回访：%(deal)s") % {"n": (day - delivered).days, "deal": deal.name}
        told = {"kind": "RETURN_VISIT", "problem": said[:1000], "contact": deal.contact_id, "products": deal.products}
        over = handed(deal)
        handler = over.handler_id if over and over.handler_id in there else None
        open_ticket(SYSTEM, told | {"handler": handler}, deal.customer, deal=deal, visit_day=days, due_at=within.at)
        return 1
    if known is not None and known.state == "OPEN" and known.deleted_at is None and known.due_at != within.at:
        with transaction.atomic():
            with change(SYSTEM, known, "tickets.change", _("交付日期有变")):
                known.due_at = within.at
            deadlines.keep(known)
        return 1
    return 0


def mark_risks() -> tuple[int, int]:
    """Put the tag 投诉风险客户 on customers with an overdue complaint, and take it off where none is left.

    What a person has put there stays. Returns how many customers got it and how many lost it.
    """
    tag = tagbook().named(RISK)
    if tag is None or not tag.offered:
        return 0, 0
    overdue = Q(kind="COMPLAINT", due_at__lt=now()) & ~Q(state="SOLVED")
    wanted = set(Ticket.objects.filter(Ticket.ALIVE, overdue).values_list("customer_id", flat=True))
    held = dict(Tagging.objects.filter(tag_id=tag.id, ended_at=None).values_list("customer_id", "who_id"))
    fresh = sorted(wanted - held.keys())
    over = sorted(pk for pk, who in held.items() if who is None and pk not in wanted)
    with transaction.atomic():
        put(SYSTEM, fresh, [tag], None, _("投诉超过时限还没有解决"))
        take(SYSTEM, over, [tag.id], _("没有超时的投诉了"))
    return len(fresh), len(over)
