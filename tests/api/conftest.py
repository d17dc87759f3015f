"""Programs of the cast: each speaks to the API by a token of its person."""

from typing import Any

import pytest
from programs import Program


@pytest.fixture
def program(cast):
    def make(who: str, *wanted: str, **options: Any) -> Program:
        return Program(getattr(cast, who), wanted or None, **options)

    return make
