import sys
from pathlib import Path

import pytest
from django.db import connection

# The jobs that the tests run are found by their path, here and in processes of their own.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def effects(db):
    """What the chores have done, as a question to ask."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE effect (number integer, chunk integer)")

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT number, chunk FROM effect ORDER BY number, chunk")
            return list(cursor.fetchall())

    yield ask
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE effect")
