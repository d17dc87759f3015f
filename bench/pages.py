"""Lines a to g: a list, filtered, searched, its next page, a customer's page, entering one, logging a follow-up."""

import html
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from bench.measuring import cpu, line, server

NEWEST = "SELECT * FROM customers_customer WHERE deleted_at IS NULL {} ORDER BY changed_at DESC, id DESC LIMIT 50"
NARROW = "AND industry_code = 'I65' AND grade = 'B' AND lifecycle_stage = 'POTENTIAL'"
Line = tuple[str, float, Callable[[], object], Callable[[], object] | None]


def raw(sql: str) -> Callable[[], object]:
    from django.db import connection

    def ask() -> object:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return ask


def browser(username: str) -> Callable[[str], Callable[[], Any]]:
    from django.test import Client

    from keji.access.models import Person

    client = Client()
    client.force_login(Person.objects.get(username=username), backend="keji.access.sessions.Backend")

    def page(path: str) -> Callable[[], Any]:
        def get() -> Any:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            return answer

        return get

    return page


def few(username: str, count: int = 500) -> None:
    """Leave a salesperson so many customers: every 2,000th, so that they lie all over the table."""
    from django.db import connection

    from keji.access.models import Person
    from keji.customers.models import Customer
    from keji.customers.rules.search import reindex

    person = Person.objects.get(username=username)
    if Customer.objects.filter(owner=person).exists():
        return
    every = max(1, Customer.objects.count() // count)
    ids = list(Customer.objects.extra(where=[f"id %% {every} = 0"]).values_list("pk", flat=True)[:count])
    Customer.objects.filter(pk__in=ids).update(owner=person)
    reindex(ids)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def seller(username: str = "xin") -> str:
    """A salesperson who has few customers among many."""
    from keji.access.models import Person, Team
    from keji.access.rules.people import add_person

    if not Person.objects.filter(username=username).exists():
        person, _once = add_person(None, username, "辛新", ["SALES_REP"], Team.objects.order_by("pk").first())
        Person.objects.filter(pk=person.pk).update(must_change=False)
    few(username)
    return username


def lines(size: int) -> Iterator[Line]:
    from keji.customers.models import Customer
    from keji.customers.queries import INDEX

    manager, own = browser("wang"), browser(seller())
    middle = Customer.objects.order_by("pk").values_list("pk", flat=True)[size // 2]
    first_page = manager("/customers/")().content.decode()
    next_page = html.unescape(re.findall(r'id="next-page" href="([^"]+)"', first_page)[0])
    search = 8 if size <= 100_000 else 12
    yield "a list", 6, manager("/customers/"), raw(NEWEST.format(""))
    yield "a list, 500 are mine", 6, own("/customers/"), None
    filters = "industry_code=I65&grade=B&lifecycle_stage=POTENTIAL"
    yield "b filtered", 7, manager(f"/customers/?{filters}"), raw(NEWEST.format(NARROW))
    yield "c a frequent word", search, manager("/customers/?q=科技"), lambda: INDEX.find("科技", {"open"}, limit=51)
    yield "c a rare word", search, manager("/customers/?q=晨曦"), lambda: INDEX.find("晨曦", {"open"}, limit=51)
    yield "c frequent, 500 are mine", search, own("/customers/?q=科技"), None
    yield "c frequent and filtered", search, manager("/customers/?q=科技&grade=A"), None
    yield "c contacts by surname", search, manager("/contacts/?q=欧阳"), None
    yield "d next page", 6, manager(next_page), raw(NEWEST.format("AND changed_at < CURRENT_TIMESTAMP"))
    page = f"/customers/{middle}/"
    yield "e customer page", 8, manager(page), raw(f"SELECT * FROM customers_customer WHERE id = {middle}")
    yield "g follow-up", 6, following(middle), None
    yield "f create", 10, entering(), raw("UPDATE records_counter SET value = value WHERE name = 'C' RETURNING value")


def following(pk: int) -> Callable[[], object]:
    from bench.followup import logs
    from keji.access.models import Person
    from keji.customers.models import Customer

    return logs(Person.objects.get(username="wang"), Customer.objects.get(pk=pk))


def entering() -> Callable[[], object]:
    from keji.access.models import Person
    from keji.customers.rules.register import register
    from keji.demo.invented import FIRST, SECOND

    person = Person.objects.get(username="wang")
    made = itertools.product(FIRST, SECOND, SECOND)

    def enter() -> object:
        values = {"name": f"测{''.join(next(made))}速贸易有限公司"}
        return register(person, values, {"name": "李梅", "mobile": "13812345678"}, accept={"*": "测速"})

    return enter


def measure(size: int, asked: Callable[[int], Iterator[Line]] = lines) -> None:
    postmaster = server()
    for name, goal, ours, theirs in asked(size):
        line(name, goal, cpu(ours, postmaster), cpu(theirs, postmaster) if theirs else None)
