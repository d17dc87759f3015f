"""Rounds of looking customers over: how far everybody is, and one's own customers to go through."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.agenda import queries
from keji.agenda.pages.lists import tabs
from keji.agenda.rules import campaigns
from keji.agenda.sheet import OUTCOME
from keji.customers import queries as customers
from keji.customers.sheet import CUSTOMERS
from keji.kernel.clock import today
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, done, url

TONES = {"FINE": "", "CORRECTED": "grey", "RISK": "amber", "EXPIRED": "red"}
SHOWN = ("name", "customer_no", "grade", "lifecycle_stage", "last_followup_at", "tags")


@door("tasks.see")
def review_list(request: Any) -> HttpResponse:
    visible = seen(request.user)
    lines = [about(visible, one) for one in queries.campaigns()]
    return render(request, "agenda/reviews.html", {"tabs": tabs(request.user, "reviews"), "lines": lines})


def about(visible: set[int], campaign: Any) -> dict[str, Any]:
    """A round as somebody sees it: the part of those owners whose progress they see."""
    found = [one for one in queries.progress(campaign) if one.owner in visible]
    everything, ready = sum(one.total for one in found), sum(one.done for one in found)
    return {
        "pk": campaign.pk,
        "name": campaigns.NAMES[campaign.limit],
        "turn": campaign.turn,
        "due": campaign.due,
        "late": campaign.closed_at is None and campaign.due < today(),
        "closed": campaign.closed_at,
        "by": campaign.closed_by.name if campaign.closed_by else "",
        "why": campaign.why,
        "total": everything,
        "done": ready,
        "owners": found,
    }


def seen(person: Any) -> set[int]:
    """The owners whose progress the person sees."""
    if may(person, campaigns.LEAD):
        return set(house().people)
    return {person.pk, *queries.colleagues_of(person).values_list("pk", flat=True)}


@door("tasks.see")
def review_page(request: Any, pk: int) -> HttpResponse:
    person, campaign = request.user, queries.campaign(pk)
    told = about(seen(person), campaign)
    mine = {one.owner for one in told["owners"]}
    chosen = whole_id(request.GET.get("owner", "")) or (person.pk if person.pk in mine else None)
    ready = request.GET.get("show") == "done"
    known = house().people
    context = {
        "tabs": tabs(person, "reviews"),
        "it": told,
        "owners": [
            {"name": known[one.owner].name, "pk": one.owner, "total": one.total, "done": one.done, "on": one.owner == chosen}
            for one in told["owners"]
            if one.owner in known
        ],
        "owner": chosen,
        "ready": ready,
        "lines": lines(person, campaign, chosen, ready) if chosen in mine else [],
        "outcomes": outcomes(),
        "may_close": may(person, campaigns.LEAD) and not told["closed"],
        "may_change": may(person, "customers.change") and not told["closed"],
    }
    return render(request, "agenda/review.html", context)


def outcomes() -> list[tuple[str, str, str]]:
    """What can be said of a customer: (code, text, tone)."""
    return [(one.code, one.text, TONES[one.code]) for one in OUTCOME.choices()]


def lines(person: Any, campaign: Any, owner: int | None, ready: bool) -> list[dict[str, Any]]:
    """The customers of an owner still to be looked over, or those that were."""
    found = queries.to_look_over(person, campaign, owner or 0, ready)
    said = queries.outcomes(campaign, [one.pk for one in found]) if ready else {}
    names = {code: (text, tone) for code, text, tone in outcomes()}
    columns = [CUSTOMERS.by_name[name] for name in SHOWN]
    read = CUSTOMERS.reader(person, [one.pk for one in found], columns)
    return [
        {"pk": one.pk, "it": read(one.__dict__), "href": url("customers:page", one.pk), "said": names.get(said.get(one.pk, ""))}
        for one in found
    ]


@door("customers.change", "POST")
def look_over(request: Any, pk: int, customer: int) -> HttpResponse:
    campaign, known = queries.campaign(pk), customers.customer(request.user, customer)
    outcome = request.POST.get("outcome", "")[:9]
    _none, wrong = attempt(lambda: campaigns.look_over(request.user, campaign, known, outcome))
    back = f"{url('agenda:review', pk)}?owner={known.owner_id or 0}" + ("&show=done" if request.POST.get("show") == "done" else "")
    if wrong:
        return done(request, wrong[0].message, back, messages.ERROR)
    if outcome == "CORRECTED":
        return done(request, _("请更正资料"), url("customers:edit", customer))
    return done(request, _("已核对"), back)


@door(campaigns.LEAD, "POST")
def review_close(request: Any, pk: int) -> HttpResponse:
    campaign = queries.campaign(pk)
    _none, wrong = attempt(lambda: campaigns.close(request.user, campaign, request.POST.get("why", "")[:200]))
    level = messages.ERROR if wrong else messages.SUCCESS
    return done(request, wrong[0].message if wrong else _("这一轮已结束"), url("agenda:review", pk), level)
