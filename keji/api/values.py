"""Values in JSON: what a column takes and gives there, and its JSON Schema. The sheet says everything else."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from keji.access.fields import HIDE, PLAIN
from keji.access.tokens import writer
from keji.kernel.clock import zone
from keji.kernel.errors import Problem
from keji.records.entry import rules_for
from keji.records.kinds import Kind, Moment
from keji.records.sheet import Column, Sheet, Shown, Taken

NUMBERS = frozenset({"number", "money", "person", "select", "combobox", "region"})
MANY = frozenset({"checks"})
AS_IT_IS = frozenset({str, int, bool, type(None)})
LONGEST = 20_000  # characters of one value; what the column takes is much less


def given(shown: Shown) -> Any:
    """A value as JSON has it: codes as they are kept, moments in UTC, amounts as text; masked ones as they look."""
    value = shown.value if shown.policy == PLAIN else shown.text
    if type(value) in AS_IT_IS:
        return None if value == "" else value
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return list(value) if isinstance(value, tuple | list) else value


def moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def item(head: Mapping[str, Any], seen: Mapping[str, Shown]) -> dict[str, Any]:
    """A row as JSON: which it is, its values, and the names of those that are masked."""
    told = dict(head)
    for name, shown in seen.items():
        told[name] = given(shown)
    masked = [name for name, shown in seen.items() if shown.policy != PLAIN]
    return {**told, "masked": masked} if masked else told


def take(sheet: Sheet, person: Any, told: Mapping[str, Any], record: Any = None, prefix: str = "") -> Taken:
    """Read the values of a JSON object as this person may enter them."""
    shaped, wrong = {}, []
    for name, value in told.items():
        column = sheet.by_name.get(name)
        if column is not None and not fits(column.kind, value):
            wrong.append(Problem(name, "E_TYPE", _("值的类型不对，请看接口说明")))
        else:
            shaped[name] = raw(column.kind, value) if column else value
    taken = sheet.take(shaped, rules_for(sheet, writer(person), record))
    for note in taken.notes:
        if note.code == "N_CURRENCY" and "currency" in sheet.by_name and not told.get("currency"):
            taken.values["currency"] = note.suggestion
    problems = [named(one, prefix) for one in (*wrong, *taken.problems)]
    return Taken(taken.values, problems, taken.notes)


def named(problem: Problem, prefix: str) -> Problem:
    return Problem(prefix + problem.field, problem.code, problem.message, problem.suggestion, problem.soft)


def listed(kind: Kind) -> bool:
    """True if the value is a list."""
    return kind.input in MANY or isinstance(kind.empty, tuple)


def fits(kind: Kind, value: Any) -> bool:
    """True if a JSON value has a type that the kind can read at all."""
    if value is None:
        return True
    if isinstance(value, bool):
        return kind.input == "checkbox"
    if isinstance(value, int | Decimal):
        return kind.input in NUMBERS
    if isinstance(value, list):
        return listed(kind) and len(value) <= 200 and all(scalar(one) for one in value)
    return isinstance(value, str) and len(value) <= LONGEST


def scalar(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) <= 200


def raw(kind: Kind, value: Any) -> Any:
    """A JSON value as a person would type it."""
    if value is None:
        return [] if listed(kind) else ""
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return value if kind.input in ("number", "money") else str(value)
    return local(value) if isinstance(kind, Moment) and isinstance(value, str) else value


def local(text: str) -> str:
    """A moment with its offset, as a clock on the wall here shows it; other texts stay."""
    if "T" not in text.upper():
        return text
    try:
        at = datetime.fromisoformat(text)
        return (at.astimezone(zone()) if at.tzinfo else at).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return text


def offered(sheet: Sheet, person: Any, record: Any, name: str) -> bool:
    """True if the column stands there at all for this person and record."""
    return rules_for(sheet, writer(person), record).get(name, HIDE) != HIDE


def schema_in(column: Column) -> dict[str, Any]:
    """The JSON Schema of what may be sent for a column."""
    kind = column.kind
    made = plain_schema(kind)
    offered = {choice.code: choice.text for choice in kind.choices()} if kind.input in ("select", "checks") else {}
    if not 0 < len(offered) <= 200:
        return made
    labels = {"x-labels": offered}
    if listed(kind):
        return {"type": "array", "items": {"type": "string", "enum": list(offered)}, "maxItems": 20} | labels
    return {"type": ["string", "null"], "enum": [*offered, None]} | labels


def plain_schema(kind: Kind) -> dict[str, Any]:
    if listed(kind):
        return {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 20}
    if kind.input == "checkbox":
        return {"type": ["boolean", "null"]}
    if isinstance(kind, Moment):
        return {"type": ["string", "null"], "format": "date-time"}
    if kind.input == "date":
        return {"type": ["string", "null"], "format": "date"}
    if kind.input == "money":
        return {"type": ["string", "null"], "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$"}
    if kind.sheet in ("whole", "number"):
        return {"type": ["integer", "null"], "minimum": 0, "maximum": 2**31 - 1}
    if kind.input == "person":
        return {"type": ["integer", "string", "null"]}
    return {"type": ["string", "null"], "maxLength": getattr(kind, "most", 100)}


def schema_out(column: Column) -> dict[str, Any]:
    """The JSON Schema of what is given for a column: a masked value is a text, whatever it was."""
    if listed(column.kind):
        return {"type": ["array", "string", "null"], "items": {"type": ["string", "integer"]}}
    return {"type": ["string", "integer", "boolean", "null"]}
