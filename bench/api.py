"""Lines a and e by the API: a list and a customer, with a token, at no more than their pages may cost."""

from collections.abc import Callable, Iterator
from typing import Any

from bench import pages
from bench.pages import NEWEST, Line, raw, seller


def program(username: str) -> Callable[[str], Callable[[], Any]]:
    from django.conf import settings
    from django.test import Client

    from keji.access.models import Person
    from keji.access.rules.tokens import issue
    from keji.access.tokens import scopes

    settings.API_RATE = 10**9
    _token, secret = issue(Person.objects.get(username=username), "bench", scopes(), 1)
    client = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")

    def at(path: str) -> Callable[[], Any]:
        def get() -> Any:
            answer = client.get(f"/api/v1{path}")
            assert answer.status_code == 200, (path, answer.status_code)
            return answer

        return get

    return at


def lines(size: int) -> Iterator[Line]:
    from keji.customers.models import Customer

    manager, own = program("wang"), program(seller())
    middle = Customer.objects.order_by("pk").values_list("pk", flat=True)[size // 2]
    yield "API a list", 6, manager("/customers"), raw(NEWEST.format(""))
    yield "API a list, 500 are mine", 6, own("/customers"), None
    yield "API a list, all fields", 12, manager("/customers?fields=*"), None
    yield "API a word", 8, manager("/customers?q=科技"), None
    yield "API e customer", 8, manager(f"/customers/{middle}"), raw(f"SELECT * FROM customers_customer WHERE id = {middle}")


def measure(size: int) -> None:
    pages.measure(size, lines)
