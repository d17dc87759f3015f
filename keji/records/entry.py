"""A form made from a sheet: what stands in each field, what is wrong with it, what may be accepted with a reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from keji.access.fields import HIDE, MASK, PLAIN
from keji.kernel.errors import Problem
from keji.records.kinds import Choice
from keji.records.sheet import Column, Sheet, Taken, shower

STATES = ("UNKNOWN", "REFUSED", "CONFIRM")


@dataclass
class Field:
    """One field of a form, ready for the macro that draws it."""

    name: str
    label: str
    help: str
    input: str
    value: Any
    example: str
    choices: list[Choice]
    required: bool
    masked: str = ""  # how the stored value looks, where it may not be read in full
    errors: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    state: str = ""
    state_why: str = ""


@dataclass
class Form:
    """The fields of a form in sections, with what belongs to none of them."""

    sections: list[tuple[str, str, list[Field]]]
    problems: list[Problem]
    token: str = ""
    version: int | None = None

    @property
    def fields(self) -> list[Field]:
        return [one for _key, _title, fields in self.sections for one in fields]

    @property
    def wrong(self) -> bool:
        return bool(self.problems or any(one.errors or one.doubts for one in self.fields))


def rules_for(sheet: Sheet, person: Any, record: Any = None) -> dict[str, str]:
    """The policies that hold for this record; a new one is the person's own."""
    lens = sheet.lens(person)
    if record is None or record.pk is None:
        widths = [width for width in ("own", "team", "all") if width in lens.widths]
        return lens.rules(widths[0]) if widths else dict.fromkeys(sheet.by_name, HIDE)
    return lens.rules(lens.closeness([record.pk])(record.pk))


def posted(data: QueryDict, sheet: Sheet, prefix: str = "") -> dict[str, Any]:
    """What a posted form says about the columns of a sheet. Unknown names go along, so that they can be refused."""
    raw: dict[str, Any] = {}
    for key in data:
        if not key.startswith(prefix) or key.startswith(("_", "csrf")) or "." in key[len(prefix) :]:
            continue
        name = key[len(prefix) :]
        if name.endswith(("__state", "__why", "__accept")):
            continue
        column = sheet.by_name.get(name)
        raw[name] = data.getlist(key) if column and column.kind.input == "checks" else data.getlist(key)[-1]
    return raw


def posted_states(data: Any, prefix: str = "") -> dict[str, dict[str, str]]:
    """The answers "unknown", "refused" and "to confirm" that stand in place of, or beside, a value."""
    found = {}
    for key in data:
        if key.startswith(prefix) and key.endswith("__state") and data[key] in STATES:
            name = key[len(prefix) : -len("__state")]
            found[name] = {"state": data[key], "why": data.get(f"{prefix}{name}__why", "")[:200].strip()}
    return found


def posted_accepts(data: Any, prefix: str = "") -> dict[str, str]:
    """The reasons for which doubts are accepted: "name:W_TRADITIONAL" → reason."""
    found = {}
    for key in data:
        if key.startswith(prefix) and key.endswith("__accept") and data[key].strip():
            found[key[len(prefix) : -len("__accept")]] = data[key].strip()
    return found


def build(
    sheet: Sheet,
    sections: Mapping[str, Any],
    rules: Mapping[str, str],
    *,
    record: Any = None,
    raw: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    required: Iterable[str] = (),
    only: Iterable[str] | None = None,
    states: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Form:
    """A form over these columns, filled from what was posted, else from the record, else from `values`."""
    wanted = [c for c in sheet.columns if c.typed and c.section and rules.get(c.name, HIDE) != HIDE]
    if only is not None:
        names = list(only)
        wanted = sorted((c for c in wanted if c.name in names), key=lambda c: names.index(c.name))
    problems = list(problems)
    made = {c.name: draw(sheet, c, rules[c.name], record, raw, values or {}) for c in wanted}
    loose: list[Problem] = []
    for problem in problems:
        one = made.get(problem.field)
        (loose if one is None else one.doubts if problem.soft else one.errors).append(problem)
    needs = set(required)
    for name, one in made.items():
        one.required = name in needs
        told = (states if states is not None else getattr(record, "states", {}) or {}).get(name, {})
        one.state, one.state_why = told.get("state", ""), told.get("why", "")
    keys = [""] if only is not None else [key for key in sections if any(c.section == key for c in wanted)]
    grouped = [
        (key, str(sections.get(key, "")), [made[c.name] for c in wanted if only is not None or c.section == key])
        for key in keys
    ]
    return Form(grouped, loose, version=getattr(record, "version", None))


def draw(
    sheet: Sheet, column: Column, rule: str, record: Any, raw: Mapping[str, Any] | None, values: Mapping[str, Any]
) -> Field:
    kind, name = column.kind, column.name
    told: Any = "" if rule == MASK else kind.written(values.get(name, kind.empty))
    hidden = ""
    if record is not None and record.pk:
        shown = shower(column, rule)(record.__dict__)
        hidden = shown.text if shown.policy != PLAIN else ""
        told = "" if hidden else kind.written(shown.value)
        if kind.input in ("checkbox", "checks"):
            told = shown.value
    if raw is not None and name in raw:
        told = raw[name]
    elif raw is not None and kind.input == "checkbox":
        told = False
    if kind.input == "checkbox":
        told = told in (True, "1", "on", "true", "是")
    return Field(
        name, sheet.label(name), sheet.help(name), kind.input, told, str(column.example), kind.choices(), False, hidden
    )


def unticked(taken: Taken, sheet: Sheet, offered: Iterable[str]) -> None:
    """Boxes that stood in the form and came back without a tick say no."""
    for name in offered:
        column = sheet.by_name.get(name)
        if column and column.kind.input in ("checkbox", "checks") and name not in taken.values:
            taken.values[name] = column.kind.empty if column.kind.input == "checkbox" else []
