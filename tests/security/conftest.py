"""The world of the security tests: built once a module, put back after it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from keji.access.house import fresh

DEEP = bool(os.environ.get("KEJI_HYPOTHESIS"))


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    import world as made

    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with (
        django_db_blocker.unblock(),
        override_settings(
            FILES=tmp_path_factory.mktemp("files"),
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ),
        transaction.atomic(),
    ):
        fresh()
        yield made.build()
        transaction.set_rollback(True)
    fresh()


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A folder of its own for the files of one test."""
    with override_settings(FILES=tmp_path / "files"):
        yield tmp_path / "files"
