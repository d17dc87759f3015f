"""The same value is the same text in the archive, whichever database it comes from, and comes back as it was."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as some

from keji.custody.rules.columns import kind, stored, told

EAST = timezone(timedelta(hours=8))
SAME = [
    ("int", 7, 7, 7),
    ("flag", 1, True, True),
    ("text", "翀\n", "翀\n", "翀\n"),
    ("day", "2026-02-28", date(2026, 2, 28), "2026-02-28"),
    ("moment", "2026-01-02 03:04:05", datetime(2026, 1, 2, 11, 4, 5, tzinfo=EAST), "2026-01-02 03:04:05.000000"),
    ("moment", "2026-01-02 03:04:05.6", datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC), "2026-01-02 03:04:05.600000"),
    ("decimal 2", 12345678.9, Decimal("12345678.90"), "12345678.90"),
    ("decimal 2", 5, Decimal("5.00"), "5.00"),
    ("float", 1, 1.0, 1.0),
    ("json", '{"b": 1, "a": [1e+16, 1.5]}', '{"a": [10000000000000000, 1.5], "b": 1}', '{"a": [10000000000000000, 1.5], "b": 1}'),
    ("json", "null", "null", "null"),
    ("bytes", b"\x00\xff", memoryview(b"\x00\xff"), "AP8="),
    *((known, None, None, None) for known in ("int", "text", "moment", "json", "bytes", "decimal 2")),
]


@pytest.mark.parametrize(("known", "lite", "postgres", "text"), SAME)
def test_both_databases_tell_the_same(known, lite, postgres, text):
    assert (told(known, lite), told(known, postgres)) == (text, text)


@given(some.datetimes(min_value=datetime(1900, 1, 1)))
def test_a_moment_is_stored_as_django_stores_it(at):
    text = told("moment", at.replace(tzinfo=UTC))

    assert stored("moment", text, "sqlite") == str(at)
    assert datetime.fromisoformat(stored("moment", text, "postgresql")) == at.replace(tzinfo=UTC)


@given(some.binary())
def test_bytes_come_back(value):
    assert stored("bytes", told("bytes", value), "sqlite") == value


def test_every_column_of_every_model_has_a_kind():
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table != "usersessions_usersession"]

    assert [kind(field) for model in models for field in model._meta.concrete_fields].count("text") > 50
