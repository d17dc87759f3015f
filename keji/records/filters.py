"""The filters above a list: the page says what is chosen; what there is to choose comes when a panel is opened."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid, NotThere
from keji.records.kinds import Kind
from keji.records.listing import WITHOUT, Asked
from keji.records.sheet import Column, Sheet

BLANK = "-"  # how a list is asked for rows without a value
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


class Offer(NamedTuple):
    """A column by which a list may be narrowed, under the key of the question: of records beside it "needs.priority"."""

    key: str
    sheet: Sheet
    column: Column

    @property
    def label(self) -> str:
        label, title = self.sheet.label(self.column.name), str(self.sheet.title)
        named = label if self.key == self.column.name or label.startswith(title) else f"{title} {label}"
        return _("没有：%(what)s") % {"what": named} if self.key.startswith(WITHOUT) else named


def faces(strip: Strip, sheet: Sheet, person: Any, told: QueryDict, asked: Asked, path: str) -> dict[str, Any]:
    """The filters in sight: those named first and those that narrow; and where the others come from."""
    known = offered(sheet, person)
    known |= {name: one for name, one in absent(sheet, person).items() if chosen(told, name)}
    seen = [name for name in strip.first or known if name in known]
    seen += [name for name in known if name not in seen and chosen(told, name)]
    found = [face(strip, known[name], told, asked, path) for name in seen]
    return {"filters": found, "more_filters": strip.panel(MORE, asked) if len(seen) < len(known) else ""}


def offered(sheet: Sheet, person: Any) -> dict[str, Offer]:
    """The columns by which this person may filter, those of records beside the list behind its own."""
    found: dict[str, Offer] = {}
    for one in (sheet, *sheet.beside):
        prefix, readable = "" if one is sheet else f"{one.model.RECORD}.", one.readable(person)
        names = [column for column in one.columns if column.filter and column.name in readable]
        found |= {prefix + column.name: Offer(prefix + column.name, one, column) for column in names}
    return found


def absent(sheet: Sheet, person: Any) -> dict[str, Offer]:
    """The same of records beside the list that are not to be there. Nobody is offered these: an address asks for them."""
    return {f"{WITHOUT}{key}": one._replace(key=f"{WITHOUT}{key}") for key, one in offered(sheet, person).items() if "." in key}


def in_words(sheet: Sheet, person: Any, told: QueryDict) -> list[tuple[str, str]]:
    """What a list is narrowed to, as people say it: (label, what is chosen)."""
    known = [*offered(sheet, person).values(), *absent(sheet, person).values()]
    found = [(str(one.label), said(one, values)) for one in known if (values := chosen(told, one.key))]
    return found + ([(_("待确认"), _("是"))] if told.get("open") == "1" else [])


def keys_of(name: str) -> tuple[str, ...]:
    return (name, *(f"{name}__{part}" for part in ("from", "to", "how", "not")))


def chosen(told: QueryDict, name: str) -> Chosen:
    keys = keys_of(name)
    return [(key, value) for key in keys if key in told for value in told.getlist(key) if value]


def face(strip: Strip, offer: Offer, told: QueryDict, asked: Asked, path: str) -> Face:
    name, values = offer.key.replace(".", "-"), chosen(told, offer.key)
    clear = f"{path}?{without(told, offer.key)}" if values else ""
    return Face(name, offer.label, said(offer, values), strip.panel(name, asked), clear, values)


def said(offer: Offer, values: Chosen) -> str:
    """What is chosen, in words."""
    spans = {key.rpartition("__")[2]: value for key, value in values if key != offer.key}
    if "from" in spans or "to" in spans:
        return f"{spans.get('from', '')} — {spans.get('to', '')}"
    picked = _("、").join(word(offer.column, value) for key, value in values if key == offer.key)
    out = _("、").join(word(offer.column, value) for key, value in values if key.endswith("__not"))
    return " ".join(one for one in (picked, _("不含 %(tags)s") % {"tags": out} if out else "") if one)


def word(column: Column, value: str) -> str:
    if column.kind.filter == "tags":
        return next((one.text for one in column.kind.choices() if one.code == value), value)
    if value == BLANK:
        return _("空白")
    try:
        return str(column.kind.plain(column.kind.parse(value, typed=False).value))
    except Invalid:
        return value


def without(told: QueryDict, name: str) -> str:
    """The query of this list without one of its filters."""
    kept = told.copy()
    for key in (*keys_of(name), "after", "before"):
        kept.pop(key, None)
    return kept.urlencode()


def panel(name: str, strip: Strip, sheet: Sheet, person: Any, told: QueryDict, asked: Asked, path: str) -> Any:
    """What a filter offers, or for `more` the filters out of sight. Raises NotThere for what may not be asked about."""
    known = offered(sheet, person)
    if name.startswith(WITHOUT):
        known |= absent(sheet, person)
    key = name.replace("-", ".", 1)
    context: dict[str, Any] = {"name": name, "path": path, "query": asked.query, "faces": [], "inside": None}
    own = {*keys_of(key), "after", "before"}
    context["kept"] = [(other, value) for other, values in told.lists() if other not in own for value in values]
    if name == MORE:
        hidden = [one for other, one in known.items() if other not in strip.first and not chosen(told, other)]
        return context | {"faces": [face(strip, one, told, asked, path) for one in hidden]}
    if key not in known:
        raise NotThere(name)
    return context | {"inside": inside(known[key], chosen(told, key))}


def may_be_blank(offer: Offer) -> bool:
    """True if rows without a value can be asked for: those whose reason of a loss is missing, or whose source."""
    kind = offer.column.kind
    field = next((one for one in offer.sheet.model._meta.fields if one.name == offer.column.name), None)
    plain = kind.filter in ("choice", "prefix") and type(kind).where is Kind.where
    return plain and field is not None and (field.blank or field.null)


def inside(offer: Offer, values: Chosen) -> dict[str, Any]:
    told, name, column = dict(values), offer.key, offer.column
    picked = {value for key, value in values if key == name}
    choices = [(c.code, c.text, c.also, c.code in picked) for c in column.kind.choices()]
    if may_be_blank(offer):
        choices.append((BLANK, word(column, BLANK), "", BLANK in picked))
    # What was asked for in an address and is not offered, such as a city, stays ticked.
    others = sorted(picked - {code for code, *_rest in choices})
    return {
        "name": name,
        "label": offer.label,
        "kind": column.kind.filter,
        "how": told.get(f"{name}__how", ""),
        "unwanted": {value for key, value in values if key == f"{name}__not"},
        "input": "date" if column.kind.sheet == "date" or column.kind.input == "date" else "number",
        "since": told.get(f"{name}__from", ""),
        "until": told.get(f"{name}__to", ""),
        "choices": [(value, word(column, value), "", True) for value in others] + choices,
    }
