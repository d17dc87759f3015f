"""The workbench of a salesperson with few customers, and of a manager of 200 with a task for every customer."""

from datetime import timedelta
from typing import Any

from bench.measuring import cpu, line, server
from bench.pages import browser, seller

REPS = 200
GOAL = 20


def measure(size: int) -> None:
    crowd()
    own = seller()
    planned()
    postmaster = server()
    for name, username in (("w workbench, 500 are mine", own), ("w workbench, a manager's", "wang")):
        line(name, GOAL, cpu(browser(username)("/"), postmaster), None)


def crowd() -> None:
    """Two hundred salespeople, and the customers in equal parts among them."""
    from django.db.models import F
    from django.db.models.functions import Mod

    from keji.access.models import Person, Team
    from keji.access.rules.people import add_person
    from keji.customers.models import Customer

    team = Team.objects.order_by("pk").first()
    if Person.objects.filter(username="rep0").exists():
        return
    ids = [add_person(None, f"rep{n}", f"员工{n}", ["SALES_REP"], team)[0].pk for n in range(REPS)]
    for place, pk in enumerate(ids):
        Customer.objects.annotate(part=Mod(F("pk"), REPS)).filter(part=place).update(owner_id=pk)


def planned() -> None:
    """An open follow-up task for every customer, from ten days overdue to two months ahead."""
    from django.db import connection

    from keji.agenda.models import Task
    from keji.customers.models import Customer
    from keji.kernel.clock import now, start_of, today

    if Task.objects.filter(title="测速").exists():
        return
    days = [start_of(today() + timedelta(days=n)) for n in range(-10, 60)]
    rows: list[Any] = []
    for pk, owner in Customer.objects.filter(deleted_at=None).order_by("pk").values_list("pk", "owner_id").iterator(5000):
        told = {"kind": "FOLLOWUP", "title": "测速", "due_at": days[pk % 70], "states": {}, "accepted": []}
        rows.append(Task(customer_id=pk, assignee_id=owner, created_at=now(), changed_at=now(), **told))
        if len(rows) == 5000:
            Task.objects.bulk_create(rows)
            rows = []
    Task.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
