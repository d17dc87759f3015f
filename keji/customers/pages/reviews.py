"""The review of a customer's facts: how far it is, shown on the customer's page, and the steps that are taken there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.customers import queries
from keji.customers.rules import review
from keji.customers.rules.deadlines import REVIEWS, is_important
from keji.customers.sheet import CUSTOMERS
from keji.kernel.clock import now
from keji.records.pages import attempt, done, url
from keji.records.terms import dictionary

TONES = {"APPROVED": "green", "REJECTED": "red", "DRAFT": "grey"}


def panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """Where the review stands and what this person may do about it; nothing where facts are not reviewed."""
    state = customer.review_state
    if not house()["review"] or "review_state" not in CUSTOMERS.readable(person):
        return {}
    steps = queries.reviews(customer)
    clock = queries.review_clock(customer, REVIEWS)
    own = next((one.who_id for one in steps if one.level == review.Level.SELF), None)
    waits = state in review.STEPS and may(person, review.STEPS[state][1], customer)
    return {
        "customer": customer.pk,
        "state": dictionary("review_state").words[state].text,
        "tone": TONES.get(state, "amber"),
        "important": is_important(customer.__dict__),
        "due": clock.due_at if clock else None,
        "late": bool(clock and clock.due_at <= now()),
        "provisional": bool(clock and clock.provisional),
        "submits": granted["customers.change"] and state in ("DRAFT", "REJECTED"),
        "decides": waits and own != person.pk,
        "own": waits and own == person.pk,
        "steps": steps,
    }


@door("customers.change", "POST")
def review_submit(request: Any, pk: int) -> HttpResponse:
    customer, told = queries.customer(request.user, pk), request.POST
    _done, wrong = attempt(lambda: review.submit(request.user, customer, told.get("note", "")[:500]))
    return answered(request, pk, wrong, _("已提交，等待复核"))


@door("customers.see", "POST")
def review_decide(request: Any, pk: int) -> HttpResponse:
    customer, told = queries.customer(request.user, pk), request.POST
    passed = told.get("passed") == "1"
    _done, wrong = attempt(lambda: review.decide(request.user, customer, passed, told.get("note", "")[:500], told.get("checked") == "1"))
    return answered(request, pk, wrong, _("已通过") if passed else _("已退回"))


def answered(request: Any, pk: int, wrong: Any, said: str) -> HttpResponse:
    back = url("customers:page", pk)
    if not wrong:
        return done(request, said, back)
    return done(request, _("；").join(dict.fromkeys(one.message.rstrip("。") for one in wrong)), back, messages.ERROR)
