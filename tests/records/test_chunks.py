"""An export reads piece by piece behind the last id, so that no transaction stays open over it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from keji.customers.models import Customer
from keji.customers.rules.register import register
from keji.customers.sheet import CUSTOMERS
from keji.records.rules import exports


def test_an_export_reads_in_chunks_and_begins_no_transaction(cast, monkeypatch):
    for number in range(5):
        register(cast.lin, {"name": f"第{number}纸业有限公司"}, accept={"*": "测试"})
    monkeypatch.setattr(exports, "CHUNK", 3)
    rows = Customer.objects.filter(deleted_at=None)

    with CaptureQueriesContext(connection) as told:
        names = [cell for (cell,) in exports.cells(None, CUSTOMERS, [CUSTOMERS.by_name["name"]], rows, False)]

    reads = [one["sql"] for one in told if one["sql"].startswith("SELECT") and "customers_customer" in one["sql"]]
    assert names == list(rows.order_by("pk").values_list("name", flat=True))
    assert (len(reads), all("LIMIT 3" in sql and '"id" > ' in sql for sql in reads)) == (4, True)
    assert not [one["sql"] for one in told if one["sql"].startswith(("BEGIN", "SAVEPOINT"))]
