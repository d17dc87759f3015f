"""The board: the stages of one pipeline side by side, each with its count and sum."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from keji.access.doors import door
from keji.deals import queries
from keji.deals.pages.lists import grants
from keji.deals.pages.record import price, rotten
from keji.deals.queries import CARDS, Line, Step
from keji.deals.sheet import DEALS
from keji.kernel.clock import today
from keji.kernel.errors import Invalid
from keji.kernel.numbers import whole_id
from keji.records.filters import Strip, faces
from keji.records.listing import Asked, ask
from keji.records.pages import BEATS, asks_part, bad_request, panel_page, part, url

ON_CARDS = ("name", "customer", "owner", "amount", "expected_close_date", "stage_checked_at", "next_followup_at", "heartbeat")
STRIP = ("owner", "team", "expected_close_date", "possibility")


@door("deals.see")
def board(request: Any) -> HttpResponse:
    try:
        asked = ask(DEALS, request.user, request.GET)
    except Invalid as error:
        return bad_request(request, error)
    lines = queries.lines_seen(request.user)
    chosen = whole_id(request.GET.get("pipeline"))
    line = queries.lines().get(chosen) if chosen else lines[0] if lines else None
    narrowing = strip(), DEALS, request.user, request.GET, asked, request.path
    context: dict[str, Any] = {
        "line": line,
        "lines": [(one, f"{request.path}?pipeline={one.pk}", one is line or one == line) for one in lines],
        "columns": columns(request.user, line, asked) if line else [],
        "filters": [one for one in faces(*narrowing)["filters"] if one.name != "pipeline"],  # that has its own menu
        "may": grants(request.user),
        "asked": asked,
        "mine": request.GET.get("owner") == str(request.user.pk),
        "here": f"{request.path}?pipeline={line.pk}" if line else request.path,
    }
    for name in ("board", "whole"):
        if asks_part(request, name):
            return part(request, "deals/board.html", name, context)
    return render(request, "deals/board.html", context)


def strip() -> Strip:
    return Strip(url("deals:board") + "filters/", STRIP)


@door("deals.see")
def board_filter(request: Any, name: str) -> HttpResponse:
    return panel_page(request, DEALS, name, url("deals:board"), strip())


def columns(person: Any, line: Line, asked: Asked) -> list[dict[str, Any]]:
    """The columns of the board with their cards: the largest first, for those who may read amounts."""
    readable = DEALS.readable(person)
    adds_up = "amount" in readable and "currency" in readable
    rows = queries.found(person, DEALS, asked)
    shown = [DEALS.by_name[name] for name in ON_CARDS]
    wanted = dict.fromkeys((*DEALS.attributes(shown), "stage_id", "currency", "stage_checked_at"))
    order = "-amount" if adds_up else "-changed_at"
    found = queries.cards(rows, [step.pk for step in line.steps], order, wanted)
    read = DEALS.reader(person, [row["id"] for row in found], shown)
    stacks: dict[int, list[dict[str, Any]]] = {}
    steps = {step.pk: step for step in line.steps}
    for row in found:
        stacks.setdefault(row["stage_id"], []).append(card(row, read(row), steps[row["stage_id"]]))
    sums: dict[int, list[dict[str, Any]]] = {}
    for one in queries.sums(rows, line.pk):
        sums.setdefault(one["stage_id"], []).append(one)
    return [
        column(step, stacks.get(step.pk, []), sums.get(step.pk, []), adds_up, asked)
        for step in line.steps
        if step.enabled or step.pk in sums
    ]


def column(
    step: Step, stack: list[dict[str, Any]], sums: list[dict[str, Any]], adds_up: bool, asked: Asked
) -> dict[str, Any]:
    number = sum(one["number"] for one in sums)
    told = QueryDict(asked.query, mutable=True)
    told["stage"] = str(step.pk)
    told.pop("pipeline", None)
    ordered = sorted(sums, key=lambda one: one["currency"] != "CNY")
    return {
        "step": step,
        "cards": stack,
        "number": number,
        "sums": [price(one["total"], one["currency"]) for one in ordered if one["total"]] if adds_up else [],
        "more": number - len(stack) if number > CARDS else 0,
        "href": f"{url('deals:list')}?{told.urlencode()}",
    }


def card(row: dict[str, Any], it: Any, step: Step) -> dict[str, Any]:
    amount, close = it["amount"], it["expected_close_date"]
    why = rotten(step, row["stage_checked_at"], it["next_followup_at"].value)
    late = step.category == "OPEN" and close.value is not None and close.value < today()
    return {
        "pk": row["id"],
        "version": row["version"],
        "name": it["name"].text,
        "customer": it["customer"].text,
        "price": price(amount.value, row["currency"]) if amount.value else "",
        "close": close.text if step.category in ("OPEN",) else "",
        "late": late,
        "owner": it["owner"].text,
        "tone": BEATS.get(it["heartbeat"].value, "") if step.category == "OPEN" else "",
        "next": it["next_followup_at"].text or it["heartbeat"].text,
        "rotten": why,
    }
