"""Moving a deal: what the stage asks for, asked when it is dropped there."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.deals import forms, queries
from keji.deals.pages.record import row
from keji.deals.rules import criteria
from keji.deals.rules import move as moving
from keji.deals.sheet import DEALS
from keji.kernel.errors import Problem, Refused, Stale
from keji.kernel.numbers import whole_id
from keji.records.pages import asks_part, attempt, done, part, say, url


@door("deals.change", "GET", "POST")
def deal_move(request: Any, pk: int) -> HttpResponse:
    deal = queries.deal(request.user, pk)
    if not may(request.user, "deals.change", deal):
        raise Refused("deals.change")
    told = request.POST if request.method == "POST" else request.GET
    new = target(deal, whole_id(told.get("_stage")))
    asks_first = told.get("_dragged") == "1" and new is not None and forms.ends(queries.step(deal.stage_id), new)
    if request.method == "GET" or new is None or asks_first:
        return move_page(request, deal, new)
    data = request.POST.copy()
    data.pop("_stage", None)
    sent = forms.read(request.user, data, deal)
    wrong: Any = sent.hard
    if not wrong:
        try:
            _move, wrong = attempt(
                lambda: moving.move(
                    request.user,
                    deal,
                    new.pk,
                    sent.taken.values,
                    facts=forms.facts(request.POST),
                    version=whole_id(request.POST.get("version")),
                    why=request.POST.get("why", "")[:500],
                )
            )
        except Stale:
            stale = Problem("stage", "E_STALE", _("别人刚改过这个商机，请核对后再移动"))
            return move_page(request, queries.deal(request.user, pk), new, None, [stale], 409)
    if wrong:
        return move_page(request, queries.deal(request.user, pk), new, sent, wrong, 422)
    text = _("“%(name)s”已移到“%(stage)s”") % {"name": deal.name, "stage": new.name}
    if asks_part(request, "move"):
        return say(HttpResponse(status=204), text)
    return done(request, text, url("deals:page", pk))


def target(deal: Any, pk: int | None) -> Any:
    """The stage that was chosen, of the deal's own pipeline and another than where it is."""
    steps = queries.line(deal.pipeline_id).offered
    return next((one for one in steps if one.pk == pk and pk != deal.stage_id), None)


def move_page(
    request: Any, deal: Any, new: Any, sent: Any = None, problems: Any = (), status: int = 200
) -> HttpResponse:
    old = queries.step(deal.stage_id)
    shown = DEALS.reader(request.user, [deal.pk])(row(deal))
    steps = [one for one in queries.line(deal.pipeline_id).offered if one.pk != old.pk]
    context = {
        "deal": deal,
        "shown": shown,
        "old": old,
        "new": new,
        "steps": steps,
        "problems": [one for one in problems if one.field == "stage"],
        "why": request.POST.get("why", ""),
        "version": deal.version,
    }
    if new is not None:
        fields = forms.move_form(request.user, deal, old, new, sent=sent, problems=problems)
        kind = moving.way(old, new, moving.path(old))
        asked = moving.asked_on(old, new)
        there = criteria.met(request.user, deal, asked)
        lacking = [code for code in asked if criteria.ticked(code) and code not in there]
        context |= {
            "form": fields,
            "way": kind,
            "must": kind in ("skip", "back", "reopen"),
            "said": [one.message for one in fields.problems if one.field == "why"],
            "there": [(str(criteria.CRITERIA[code]), how) for code, how in there.items()],
            "facts": [
                (code, str(criteria.CRITERIA[code]), request.POST.get(f"fact-{code}") == "1") for code in lacking
            ],
            "missing": sorted({one.message for one in fields.problems if one.field.startswith("fact-")}),
        }
    if asks_part(request, "move"):
        return part(request, "deals/move.html", "move", context, status)
    return render(request, "deals/move.html", context, status=status)


@door("deals.change", "POST")
def deal_confirm(request: Any, pk: int) -> HttpResponse:
    deal = queries.deal(request.user, pk)
    moving.confirm(request.user, deal)
    return done(request, _("已确认阶段"), url("deals:page", pk))


@door("deals.change", "POST")
def deal_fact(request: Any, pk: int) -> HttpResponse:
    """Tick facts, or take one back."""
    deal = queries.deal(request.user, pk)
    off = request.POST.get("off", "")[:30]
    moving.tick(request.user, deal, {off: None} if off else forms.facts(request.POST))
    return done(request, _("已记下"), url("deals:page", pk))
