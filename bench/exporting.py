"""Line k: 100,000 customers with 11 cells as a masked workbook, in a process of its own, whose memory is its own too."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measuring import ROOT, line, peak, server, spent_there

COLUMNS = (
    "customer_no", "name", "grade", "customer_type", "industry_code", "lifecycle_stage", "contact_region",
    "contact_address", "office_phone", "owner", "changed_at",
)  # fmt: skip
ROWS, SECONDS, MEMORY = 100_000, 6, 160


def measure(size: int) -> None:
    told = [sys.executable, "-m", "bench", str(size), "--inside", "exporting-child"]
    subprocess.run(told, cwd=ROOT, check=True)


def child(size: int) -> None:
    from django.db import connection

    from keji.access.models import Person
    from keji.access.scope import near
    from keji.customers.models import Customer
    from keji.customers.sheet import CUSTOMERS
    from keji.kernel import tables
    from keji.records.rules.exports import cells

    person, postmaster = Person.objects.get(username="shen"), server()
    rows = near(person, Customer, "export").filter(pk__lte=Customer.objects.order_by("pk").values("pk")[ROWS - 1 : ROWS])
    columns = [CUSTOMERS.by_name[name] for name in COLUMNS]
    kinds, titles = [column.kind.sheet for column in columns], [CUSTOMERS.label(name) for name in COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        started, there = time.process_time(), spent_there(postmaster)
        told = cells(person, CUSTOMERS, columns, rows, False)
        tables.write_xlsx(Path(folder) / "x.xlsx", [tables.Sheet("客户", titles, kinds, told)])
        ours = time.process_time() - started, spent_there(postmaster) - there
        most = peak()
        started = time.process_time()
        with connection.cursor() as cursor:
            names = [name for column in columns for name in column.kind.needs(column.name)]
            cursor.execute(f"SELECT {', '.join(names)} FROM customers_customer LIMIT {ROWS}")  # noqa: S608
            plain = ([str(value) for value in row] for row in cursor)
            tables.write_xlsx(Path(folder) / "raw.xlsx", [tables.Sheet("x", titles, ["text"] * len(titles), plain)])
        raw = time.process_time() - started, 0.0
    line(f"k export of {ROWS:,} × {len(COLUMNS)}", SECONDS, ours, raw, "s")
    line("k its peak memory", MEMORY, (most, 0.0), None, "MB")
