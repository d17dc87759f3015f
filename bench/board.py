"""Line h: the board, 50,000 deals of one pipeline in all its stages, for who sees all and for who sees a third.

`python -m bench 2000 board`: the board does not ask how many customers there are.
"""

from bench.measuring import cpu, line, server

GOAL = 15
DEALS = 50_000
CUSTOMERS = 2_000


def fill(deals: int) -> int:
    """Fill the database up to so many deals, and say how many there are."""
    from django.db import connection

    from keji.customers.models import Customer
    from keji.deals.models import Deal
    from keji.demo import build
    from keji.demo import deals as crowds

    if Customer.objects.count() < CUSTOMERS:
        build(CUSTOMERS)
    if (missing := deals - Deal.objects.count()) > 0:
        crowds.crowd(missing)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return Deal.objects.count()


def measure(_size: int) -> None:
    from django.db import connection

    from bench.pages import browser

    print(f"== {connection.vendor}, {fill(DEALS):,} deals", flush=True)
    postmaster = server()
    for who in ("wang", "lin"):
        board = browser(who)("/deals/")
        cards = board().content.decode().count("data-deal=")
        line(f"h board of {who}, {cards} cards", GOAL, cpu(board, postmaster), None)
