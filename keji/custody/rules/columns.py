"""The values of a column in the archive: the same text for the same value, whichever database it comes from."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

KINDS = {
    **dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField"), "int"),
    **dict.fromkeys(("SmallIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"), "int"),
    **dict.fromkeys(("PositiveBigIntegerField",), "int"),
    **dict.fromkeys(("CharField", "TextField", "SlugField", "EmailField", "URLField", "FileField"), "text"),
    "BooleanField": "flag",
    "DateTimeField": "moment",
    "DateField": "day",
    "FloatField": "float",
    "JSONField": "json",
    "BinaryField": "bytes",
}


def kind(field: Any) -> str:
    """The kind of a model's column. A field of a new sort raises KeyError: nothing is left behind in silence."""
    while field.remote_field:
        field = field.target_field
    name = field.get_internal_type()
    return f"decimal {field.decimal_places}" if name == "DecimalField" else KINDS[name]


def told(kind: str, value: Any) -> Any:
    """A value of either database as it stands in the archive."""
    if value is None or kind == "int":
        return value
    if kind == "text":
        return str(value)
    return TOLD[kind.partition(" ")[0]](value, kind)


def moment(value: Any, _kind: str) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (at.astimezone(UTC) if at.tzinfo else at).strftime("%Y-%m-%d %H:%M:%S.%f")


def day(value: Any, _kind: str) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)[:10]


def decimal(value: Any, kind: str) -> str:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else str(value))
    return str(exact.quantize(Decimal(1).scaleb(-int(kind.partition(" ")[2]))))


def canonical(value: Any, _kind: str) -> str:
    """JSON as text (so that null and nothing stay apart), its keys in order: PostgreSQL does not keep another."""
    known = json.loads(value, parse_float=number) if isinstance(value, str) else value
    return json.dumps(known, ensure_ascii=False, sort_keys=True)


def number(text: str) -> int | float:
    """PostgreSQL writes 1e+16 out as a whole number."""
    exact = Decimal(text)
    return int(exact) if "e" in text.lower() and exact == exact.to_integral_value() else float(text)


TOLD: dict[str, Any] = {
    "moment": moment,
    "day": day,
    "decimal": decimal,
    "json": canonical,
    "flag": lambda value, _kind: bool(value),
    "float": lambda value, _kind: float(value),
    "bytes": lambda value, _kind: base64.b64encode(bytes(value)).decode(),
}


def stored(kind: str, value: Any, vendor: str) -> Any:
    """A value of the archive as the database takes it."""
    if value is None:
        return None
    if kind == "bytes":
        return base64.b64decode(value, validate=True)
    if kind == "moment":
        # As Django writes it: SQLite compares texts.
        return str(datetime.fromisoformat(value)) if vendor == "sqlite" else f"{value}+00:00"
    return value
