"""The processes of test_interrupted: prepare an import, die by SIGKILL inside a batch that is half written, finish it."""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import django

ROWS, BATCH = 60, 10


def prepare():
    from keji.access.models import Person
    from keji.cli import migrate
    from keji.demo import build
    from keji.intake import jobs
    from keji.intake.rules import checking, staging
    from keji.kernel import tables
    from keji.queue import enqueue

    migrate()
    build(0)
    person = Person.objects.get(username="wang")
    signs = [chr(0x4E8C + 7 * number) for number in range(ROWS)]
    rows = [[f"{sign}川{sign}测绘有限公司", "李梅", f"138{number:08d}"] for number, sign in enumerate(signs)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "客户.xlsx"
        said = [[row[0], "2024-05-06", "电话", f"说过了 {number}"] for number, row in enumerate(rows)]
        titles = ["客户名称", "跟进时间", "跟进方式", "沟通内容摘要"]
        sheets = [tables.Sheet("客户", ["客户名称", "联系人", "手机"], ["text"] * 3, rows)]
        tables.write_xlsx(path, [*sheets, tables.Sheet("跟进记录表", titles, ["text"] * 4, said)])
        run = staging.stage(person, path, path.name)
    staging.set_mapping(person, run, run.mapping, {})
    checking.declare_lawful(run, person)
    checking.check(run, person)
    staging.begin(run, "RUNNING", enqueue(jobs.enter_file, run.pk, person.pk, person_id=person.pk).pk)


def take(die):
    """A worker's life: it takes up what a dead one left, and in the second batch it is killed before the commit."""
    from django.db import connection

    from keji.intake.rules import entering
    from keji.queue.reaper import Reaper
    from keji.queue.worker import work

    entering.BATCH = BATCH
    time.sleep(1.1)  # the lease of the dead one runs out
    Reaper(1.0).reap()
    updates = 0

    def watch(execute, sql, params, many, context):
        nonlocal updates
        done = execute(sql, params, many, context)
        updates += sql.startswith('UPDATE "intake_line" SET "state"')
        if die and updates == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    with connection.execute_wrapper(watch):
        work(once=True, lease=1.0)


def finish():
    from keji.access.models import Entry
    from keji.customers.models import Contact, Customer
    from keji.followups.models import Followup
    from keji.intake.models import Run

    take(die=False)
    run = Run.objects.get()
    made = Customer.objects.filter(name__endswith="测绘有限公司")
    told = {
        "customers": made.count(),
        "names": made.values("name").distinct().count(),
        "contacts": Contact.objects.filter(customer__in=made).count(),
        "followups": Followup.objects.filter(customer__in=made).values("summary").distinct().count(),
        "told": Followup.objects.count(),
        "entries": Entry.objects.filter(customer_id__in=made.values("pk"), action__endswith=".create").count(),
        "done": run.lines.filter(state="DONE").count(),
        "state": run.state,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    django.setup()
    {"prepare": prepare, "die": lambda: take(die=True), "finish": finish}[sys.argv[1]]()
