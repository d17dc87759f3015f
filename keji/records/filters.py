"""The filters above a list: the page says what is chosen; what there is to choose comes when a panel is opened."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, NotThere
from keji.records.listing import Asked
from keji.records.sheet import Column, Sheet

MORE = "more"  # the panel in which the filters stand that are not in sight

Chosen = list[tuple[str, str]]


@dataclass(frozen=True)
class Strip:
    """Where the panels of a list's filters come from, and which filters are always in sight (none named: all)."""

    panels: str
    first: tuple[str, ...] = ()

    def panel(self, name: str, asked: Asked) -> str:
        return f"{self.panels}{name}/" + (f"?{asked.query}" if asked.query else "")


@dataclass(frozen=True)
class Face:
    """The button of a filter: what it is called, what is chosen, and where its panel comes from."""

    name: str
    label: str
    told: str
    panel: str
    clear: str  # the address of the list without this filter
    values: Chosen  # what the form has to send as long as the panel has not come


def faces(strip: Strip, sheet: Sheet, person: Any, told: QueryDict, asked: Asked, path: str) -> dict[str, Any]:
    """The filters in sight: those named first and those that narrow; and where the others come from."""
    known = offered(sheet, person)
    seen = [name for name in strip.first or known if name in known]
    seen += [name for name in known if name not in seen and chosen(told, name)]
    found = [face(strip, sheet, known[name], told, asked, path) for name in seen]
    return {"filters": found, "more_filters": strip.panel(MORE, asked) if len(seen) < len(known) else ""}


def offered(sheet: Sheet, person: Any) -> dict[str, Column]:
    """The columns by which this person may filter."""
    readable = sheet.readable(person)
    return {column.name: column for column in sheet.columns if column.filter and column.name in readable}


def chosen(told: QueryDict, name: str) -> Chosen:
    keys = (name, f"{name}__from", f"{name}__to")
    return [(key, value) for key in keys if key in told for value in told.getlist(key) if value]


def face(strip: Strip, sheet: Sheet, column: Column, told: QueryDict, asked: Asked, path: str) -> Face:
    name, values = column.name, chosen(told, column.name)
    clear = f"{path}?{without(told, name)}" if values else ""
    return Face(name, sheet.label(name), said(column, values), strip.panel(name, asked), clear, values)


def said(column: Column, values: Chosen) -> str:
    """What is chosen, in words."""
    spans = {key.rpartition("__")[2]: value for key, value in values if key != column.name}
    if spans:
        return f"{spans.get('from', '')} — {spans.get('to', '')}"
    return _("、").join(word(column, value) for _key, value in values)


def word(column: Column, value: str) -> str:
    if value == "-":
        return _("空白")
    try:
        return str(column.kind.plain(column.kind.parse(value, typed=False).value))
    except Invalid:
        return value


def without(told: QueryDict, name: str) -> str:
    """The query of this list without one of its filters."""
    kept = told.copy()
    for key in (name, f"{name}__from", f"{name}__to", "after", "before"):
        kept.pop(key, None)
    return kept.urlencode()


def panel(name: str, strip: Strip, sheet: Sheet, person: Any, told: QueryDict, asked: Asked, path: str) -> Any:
    """What a filter offers, or for `more` the filters out of sight. Raises NotThere for what may not be asked about."""
    known = offered(sheet, person)
    context: dict[str, Any] = {"name": name, "path": path, "query": asked.query, "faces": [], "inside": None}
    own = {name, f"{name}__from", f"{name}__to", "after", "before"}
    context["kept"] = [(key, value) for key, values in told.lists() if key not in own for value in values]
    if name == MORE:
        hidden = [column for key, column in known.items() if key not in strip.first and not chosen(told, key)]
        return context | {"faces": [face(strip, sheet, column, told, asked, path) for column in hidden]}
    if name not in known:
        raise NotThere(name)
    return context | {"inside": inside(sheet, known[name], chosen(told, name))}


def inside(sheet: Sheet, column: Column, values: Chosen) -> dict[str, Any]:
    told, name = dict(values), column.name
    picked = {value for key, value in values if key == name}
    choices = [(c.code, c.text, c.also, c.code in picked) for c in column.kind.choices()]
    # What was asked for in an address and is not offered, such as a city, stays ticked.
    others = sorted(picked - {code for code, *_rest in choices})
    return {
        "name": name,
        "label": sheet.label(name),
        "kind": column.kind.filter,
        "input": "date" if column.kind.sheet == "date" or column.kind.input == "date" else "number",
        "since": told.get(f"{name}__from", ""),
        "until": told.get(f"{name}__to", ""),
        "choices": [(value, word(column, value), "", True) for value in others] + choices,
    }
