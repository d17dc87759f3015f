"""The page of one deal, and what the customer's page shows of deals."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.access.scope import may
from keji.customers import queries as customers
from keji.customers.pages.panels import needs_at, row_of, stands_of
from keji.deals import queries
from keji.deals.queries import Step
from keji.deals.rules import criteria
from keji.deals.sheet import DEALS, SECTIONS
from keji.kernel.clock import day_of, now, today
from keji.records import files
from keji.records.pages import day, heartbeat, moment, url
from keji.records.terms import dictionary

SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$", "JPY": "JP¥"}
IN_PANEL = ("name", "amount", "expected_close_date", "owner", "next_followup_at", "heartbeat")
SHORT = ("customer", "owner", "expected_close_date", "stage_checked_at")


def price(amount: Any, currency: str) -> str:
    """An amount as cards and columns show it, without cents."""
    return f"{SIGNS.get(currency, currency)}{amount:,.0f}" if amount is not None else ""


def row(deal: Any) -> dict[str, Any]:
    """A deal as its sheet reads it, with what it says of others."""
    owner = house().people.get(deal.owner_id or 0)
    return row_of(deal, deal.customer) | {
        "contact__name": deal.contact.name if deal.contact_id else "",
        "owner__team_id": owner.team_id if owner else None,
    }


def rotten(step: Step, checked: Any, planned: Any = None) -> str:
    """Why a deal is shown in red, if it is: nobody has touched its stage, and nothing is planned from today on."""
    days = (now() - checked).days
    if planned is not None and day_of(planned) >= today():
        return ""
    if step.category != "OPEN" or step.rotting_days is None or days <= step.rotting_days:
        return ""
    return _("阶段 %(days)d 天没有更新（限 %(most)d 天）") % {"days": days, "most": step.rotting_days}


def owed(person: Any, deal: Any, step: Step) -> list[dict[str, Any]]:
    """What the deal needs to leave its stage, and whether it has it: since when, or where that stands."""
    there = criteria.met(person, deal, step.criteria)
    return [
        {
            "code": code,
            "text": str(criteria.CRITERIA[code]),
            "met": code in there,
            "how": there.get(code, ""),
            "day": deal.facts.get(code, ""),
            "ticked": criteria.ticked(code),
        }
        for code in step.criteria
        if code in criteria.CRITERIA
    ]


@door("deals.see")
def deal_page(request: Any, pk: int) -> HttpResponse:
    person = request.user
    deal = queries.deal(person, pk)
    step, line = queries.step(deal.stage_id), queries.line(deal.pipeline_id)
    shown = DEALS.reader(person, [pk])(row(deal))
    context = {
        "deal": deal,
        "shown": shown,
        "step": step,
        "line": line,
        "way": passed(line, step),
        "rotten": rotten(step, deal.stage_checked_at, shown["next_followup_at"].value),
        "beat": beat_of(person, pk, shown),
        "age": (now() - deal.stage_since).days,
        "owed": owed(person, deal, step),
        "price": price(shown["amount"].value, deal.currency) if shown["amount"].policy == "plain" else "",
        "sections": facts(shown),
        "needs": [(pk, text) for pk, (text, on) in needs_at(person, deal.customer, deal.needs).items() if on] if deal.needs else [],
        "moves": told(person, deal),
        "files": files.panel(person, deal, url("deals:page", pk)),
        "may": {verb: may(person, f"deals.{verb}", deal) for verb in ("change", "delete")},
    }
    return render(request, "deals/deal.html", context)


def beat_of(person: Any, pk: int, shown: Any) -> Any:
    """The mark of the next step, with the way to plan it; nothing for those who do not read it."""
    if shown["next_followup_at"].policy != "plain":
        return None
    href = url("deals:pulse", pk) if may(person, "tasks.see") else ""
    return heartbeat(shown, DEALS.by_name["next_followup_at"], href)


def passed(line: Any, step: Step) -> list[dict[str, Any]]:
    """The stages of the pipeline, as far as the deal has come."""
    shown = [one for one in line.steps if (one.enabled and one.category != "LOST") or one.pk == step.pk]
    here = shown.index(step)
    lost = step.category == "LOST"
    return [
        {
            "pk": one.pk,
            "name": one.name,
            "here": one.pk == step.pk,
            "done": place < here and not lost,
            "lost": one.category == "LOST",
        }
        for place, one in enumerate(shown)
    ]


def facts(shown: Any) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The filled facts in their sections."""
    found = []
    for key, title in SECTIONS.items():
        names = [c.name for c in DEALS.columns if c.section == key and c.name not in ("name", "currency")]
        names += ["contact", "weighted"] if key == "base" else ["lost_date"] if key == "result" else []
        rows = [(DEALS.label(name), shown[name]) for name in names if name in shown and shown[name].text]
        if rows:
            found.append((str(title), rows))
    return found


def told(person: Any, deal: Any) -> list[dict[str, Any]]:
    """The moves of a deal, newest first, as the person may read them; the opening last."""
    people, steps = house().people, queries.steps()
    rules = DEALS.lens(person).anywhere()
    lines = []
    for move in queries.moves(deal):
        who = people.get(move.who_id or 0)
        old, new = steps[move.old_id].name, steps[move.new_id].name
        reason = dictionary("loss_reason").text(move.loss_reason) if move.loss_reason else ""
        lines.append(
            {
                "by": who.name if who else _("系统"),
                "at": moment(move.at),
                "text": f"{old} → {new}",
                "sub": _("在“%(stage)s”停留 %(days)d 天") % {"stage": old, "days": move.days},
                "why": _("；").join(
                    one for one in (reason if rules["loss_reason"] == "plain" else "", move.why) if one
                ),
                "machine": who is None,
            }
        )
    by = people.get(deal.created_by_id or 0)
    opened = {"by": by.name if by else _("系统"), "at": moment(deal.created_at), "machine": by is None}
    return [*lines, {**opened, "text": _("建立商机"), "sub": _("商机日期 %(day)s") % {"day": day(deal.opened_at)}}]


def timeline(
    person: Any, customer: Any, before: tuple[datetime, int] | None, most: int, stands: frozenset[str]
) -> list[dict[str, Any]]:
    """The moves of a customer's deals, as entries of its timeline."""
    found = queries.moves_of(person, customer.pk, before, most) if customers.holds(customer, "moves") else []
    read = DEALS.reader(person, [one.deal_id for one in found], [DEALS.by_name["name"]], stands=stands)
    return [move_entry(one, read(one.deal.__dict__)["name"].text) for one in found]


def move_entry(move: Any, name: str) -> dict[str, Any]:
    who, steps = house().people.get(move.who_id or 0), queries.steps()
    return {
        "source": "deals",
        "at": move.at,
        "id": move.pk,
        "by": " · ".join(one for one in (_("商机"), name, who.name if who else _("系统")) if one),
        "when": moment(move.at),
        "text": f"{steps[move.old_id].name} → {steps[move.new_id].name}",
        "machine": True,
    }


def panel(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """What the customer's page shows of deals: the open ones first, with their stage and amount."""
    see = may(person, "deals.see")
    found = queries.of_customer(person, customer.pk) if see and customers.holds(customer, "deals") else []
    shown, stands = [DEALS.by_name[name] for name in IN_PANEL], stands_of(person, customer)
    read = DEALS.reader(person, [deal.pk for deal in found], shown, stands)
    movable = may(person, "deals.change")
    lines = []
    for deal in found:
        it, step = read(deal.__dict__), queries.step(deal.stage_id)
        lines.append(
            {
                "pk": deal.pk,
                "it": it,
                "stage": step.name,
                "tone": {"OPEN": "", "LOST": "grey"}.get(step.category, "green"),
                "price": price(it["amount"].value, deal.currency) if it["amount"].policy == "plain" else "",
                "rotten": rotten(step, deal.stage_checked_at, it["next_followup_at"].value),
                "beat": beat_of(person, deal.pk, it) if step.category == "OPEN" else None,
                "move": movable,
            }
        )
    return {"deals": lines, "add": may(person, "deals.create") and granted["customers.change"], "customer": customer.pk, "see": see}
