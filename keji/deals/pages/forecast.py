"""What is likely to be sold: expected, weighted and won, by month and by owner. Each number opens its rows."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.deals import queries
from keji.deals.sheet import DEALS
from keji.kernel.clock import today
from keji.kernel.errors import Invalid
from keji.records.pages import bad_request, url

MONTHS = 6
NEEDED = {"amount", "weighted", "owner", "expected_close_date", "won_date", "category", "currency"}
OVERDUE, UNDATED = "overdue", "undated"


def months(first: date, count: int) -> list[date]:
    """The first days of so many months, and of the one behind them."""
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count + 1)]


@door("deals.see")
def forecast(request: Any) -> HttpResponse:
    if not DEALS.readable(request.user) >= NEEDED:
        return render(request, "deals/forecast.html", {"closed": True})
    try:
        told = figures(request.user, request.GET.get("month", ""))
    except Invalid as error:
        return bad_request(request, error)
    return render(request, "deals/forecast.html", told | {"closed": False})


def figures(person: Any, chosen: str = "") -> dict[str, Any]:
    """The lines by month, and those by owner of the chosen month or of all. Raises Invalid for no such month."""
    days = months(today().replace(day=1), MONTHS)
    keys = [f"{one:%Y-%m}" for one in days[:-1]] + [OVERDUE, UNDATED]
    if chosen and chosen not in keys:
        raise Invalid("E_FIELD", _("没有这个月份"))
    table = gather(queries.deals(person), days)
    there = {month for month, _owner in table}
    return {
        "months": [total(key, table, days) for key in keys if key in keys[:MONTHS] or key in there],
        "owners": owners(table, chosen, days),
        "month": called(chosen, days) if chosen else "",
        "chosen": chosen,
    }


def gather(rows: Any, days: list[date]) -> dict[tuple[str, int | None], dict[str, Any]]:
    """(month, owner) → numbers."""
    table: dict[tuple[str, int | None], dict[str, Any]] = {}
    since, until, opened = days[0], days[-1], queries.waiting(rows)
    for one in queries.by_month(opened, "expected_close_date", since, until):
        add(table, f"{one['month']:%Y-%m}", one, "expected")
    for one in queries.outside(opened, since):
        add(table, OVERDUE if one["month"] else UNDATED, one, "expected")
    for one in queries.by_month(queries.won(rows), "won_date", since, until):
        add(table, f"{one['month']:%Y-%m}", one, "won")
    return table


def add(table: dict[Any, dict[str, Any]], key: str, one: dict[str, Any], what: str) -> None:
    blank = {"number": 0, "expected": Decimal(0), "weighted": Decimal(0), "sold": 0, "won": Decimal(0)}
    cell = table.setdefault((key, one["owner_id"]), blank)
    cell[what] += one["total"]
    if what == "won":
        cell["sold"] += one["number"]
    else:
        cell["number"] += one["number"]
        cell["weighted"] += one["weighted"]


def summed(cells: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("number", "expected", "weighted", "sold", "won")
    told: dict[str, Any] = {
        name: sum((cell[name] for cell in cells), Decimal(0) if name in ("expected", "weighted", "won") else 0)
        for name in names
    }
    whole = told["won"] + told["expected"]
    return told | {"share": int(told["won"] * 100 / whole) if whole else 0}


def total(key: str, table: dict[Any, Any], days: list[date]) -> dict[str, Any]:
    cells = [cell for (month, _owner), cell in table.items() if month == key]
    return summed(cells) | {
        "name": called(key, days),
        "key": key,
        "late": key == OVERDUE,
        **links(key, days),
    }


def owners(table: dict[Any, Any], chosen: str, days: list[date]) -> list[dict[str, Any]]:
    """A line for each owner, of the chosen month or of all."""
    people = house().people
    lines: list[dict[str, Any]] = []
    for owner in dict.fromkeys(owner for _month, owner in table):
        cells = [cell for (month, who), cell in table.items() if who == owner and chosen in ("", month)]
        if cells:
            known = people.get(owner or 0)
            line = summed(cells) | {
                "name": known.name if known else _("没有负责人"),
                **links(chosen, days, owner or "-"),
            }
            lines.append(line)
    return sorted(lines, key=lambda line: -line["expected"] - line["won"])


def called(key: str, days: list[date]) -> str:
    if key in (OVERDUE, UNDATED):
        return _("预计日期已过") if key == OVERDUE else _("未填预计日期")
    return key


def links(key: str, days: list[date], owner: Any = "") -> dict[str, str]:
    """Where the numbers lead: the open deals expected then, and those won then."""
    since, until = days[0], days[-1] - timedelta(days=1)
    if key and key not in (OVERDUE, UNDATED):
        place = next(n for n, one in enumerate(days) if f"{one:%Y-%m}" == key)
        since, until = days[place], days[place + 1] - timedelta(days=1)
    opened: dict[str, Any] = {"category": "OPEN", "currency": "CNY"}
    if key == OVERDUE:
        opened["expected_close_date__to"] = (days[0] - timedelta(days=1)).isoformat()
    elif key and key != UNDATED:
        opened |= {"expected_close_date__from": since.isoformat(), "expected_close_date__to": until.isoformat()}
    won = [("category", "WON"), ("category", "AFTER"), ("currency", "CNY")]
    won += [("won_date__from", since.isoformat()), ("won_date__to", until.isoformat())]
    if owner:
        opened["owner"] = str(owner)
        won.append(("owner", str(owner)))
    home = url("deals:list")
    sold = "" if key in (OVERDUE, UNDATED) else f"{home}?{urlencode(won)}"
    waiting = "" if key == UNDATED else f"{home}?{urlencode(opened)}"
    return {"open_href": waiting, "won_href": sold}
