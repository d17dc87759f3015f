"""What is looked up while somebody waits is found by an index, however many customers and tasks there are."""

from contextlib import suppress

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keji.agenda.models import Task
from keji.customers.models import Customer
from keji.customers.queries import given
from keji.customers.rules import duplicates
from keji.customers.rules.twins import Twins
from keji.database import one_of
from keji.kernel.errors import NotThere

pytestmark = pytest.mark.django_db
FIRM = {"name": "星海智能科技有限公司", "uscc": "91320594MA1ABCD2XK", "customer_type": "ENTERPRISE"}
MAN = {"name": "张三", "customer_type": "PERSON", "mobile": "13900001234", "id_number_index": "x" * 64}


def lookups(cast):
    from keji.customers.queries import by_credit_code

    yield lambda: duplicates.find(FIRM, ["13812345678"])
    yield lambda: duplicates.find(MAN)
    yield lambda: Twins([FIRM, MAN], [["13812345678"], []])
    yield lambda: by_credit_code(cast.lin, FIRM["uscc"])
    yield lambda: list(Task.objects.filter(source="followups:1:next"))
    yield lambda: list(Task.objects.filter(source__in=one_of(["plans:1:2", "plans:1:3"])))
    yield lambda: list(Task.objects.filter(ended_with="followups:1"))
    yield lambda: list(Task.objects.filter(record="deals", record_id=1, state="OPEN"))


def scanned(sql):
    """The large tables that a statement would read from beginning to end."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"), [])
        told = [row[-1] for row in cursor.fetchall()]
    return [one for one in told if one.startswith(("SCAN customers_customer", "SCAN agenda_task", "SCAN customers_contact"))]


@pytest.mark.parametrize("place", range(8))
def test_no_lookup_reads_a_whole_table(cast, place):
    if connection.vendor != "sqlite":
        return  # among five rows PostgreSQL rightly reads them all; its figures are the benchmarks'
    with CaptureQueriesContext(connection) as seen, suppress(NotThere):
        list(lookups(cast))[place]()

    assert seen.captured_queries and [found for one in seen.captured_queries if (found := scanned(one["sql"]))] == []


def test_a_lookup_that_does_not_say_that_there_is_a_value_reads_them_all(cast):
    """Why `given` is there: the index is of those that have one."""
    if connection.vendor == "sqlite":
        bare, told = Customer.objects.filter(uscc=FIRM["uscc"]), given(Customer.objects.filter(uscc=FIRM["uscc"], deleted_at=None), "uscc")
        assert scanned(str(bare.query).replace(FIRM["uscc"], f"'{FIRM['uscc']}'"))
        assert not scanned(str(told.query).replace(f"= {FIRM['uscc']}", f"= '{FIRM['uscc']}'").replace("= )", "= '')"))
