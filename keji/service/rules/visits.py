"""Return visits after a delivery, and the customers whose complaint nobody has settled in time."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keji.access.trail import SYSTEM, change
from keji.customers.models import Tagging
from keji.customers.rules.tagging import put, take
from keji.customers.tagbook import tagbook
from keji.deals.models import CLOSED, Deal
from keji.kernel.clock import now, today, zone
from keji.service.models import Ticket
from keji.service.rules.tickets import open_ticket

DAYS = (7, 30, 90)  # after the delivery (R-003-48)
LATE = timedelta(days=14)  # a visit that was due longer ago than this is not asked for any more
CLOSES = time(18)
RISK = "投诉风险客户"


def plan_visits() -> int:
    """Open the visits that deliveries ask for, once each, and move those still open with a changed date. Returns how many."""
    since = today() - timedelta(days=max(DAYS)) - LATE
    rows = Deal.objects.filter(Deal.ALIVE, category__in=CLOSED, delivered_date__gte=since, delivered_date__lte=today())
    count = 0
    for deal in rows.select_related("customer").order_by("pk").iterator(500):
        known = {one.visit_day: one for one in Ticket.objects.filter(deal=deal, visit_day__isnull=False)}
        for days in DAYS:
            count += visit(deal, days, known.get(days))
    return count


def visit(deal: Deal, days: int, known: Ticket | None) -> int:
    """Returns 1 if a visit was opened or moved."""
    delivered: Any = deal.delivered_date
    day: date = delivered + timedelta(days=days)
    due = datetime.combine(day, CLOSES, zone())
    if known is None and day >= today() - LATE:
        said = _("交付后第 %(n)d 天回访：%(deal)s") % {"n": days, "deal": deal.name}
        told = {"kind": "RETURN_VISIT", "problem": said[:1000], "contact": deal.contact_id, "products": deal.products}
        open_ticket(SYSTEM, told | {"handler": None}, deal.customer, deal=deal, visit_day=days, due_at=due)
        return 1
    if known is not None and known.state == "OPEN" and known.deleted_at is None and known.due_at != due:
        with change(SYSTEM, known, "tickets.change", _("交付日期有变")):
            known.due_at = due
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
