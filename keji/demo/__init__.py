"""Demo data: an invented company with invented customers, the same for the same seed, with valid check digits."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from keji.access.house import house
from keji.access.models import Person, Team
from keji.access.rules.people import add_person, add_team
from keji.access.trail import OneSalt
from keji.customers.models import Customer
from keji.customers.rules.many import Draft, Entrant, number, write_all
from keji.customers.rules.register import fill as fill_in
from keji.customers.rules.register import started
from keji.database.counting import count_anew
from keji.database.loading import unindexed
from keji.demo import deals, followups, needs, papers, rounds, tickets
from keji.demo.invented import Invented
from keji.kernel.clock import now
from keji.records.rules import set_up

PEOPLE = (
    ("lin", "林晓", "SALES_REP", "华东区"),
    ("zhao", "赵强", "SALES_REP", "华南区"),
    ("sun", "孙悦", "SALES_REP", "华东区"),
    ("wang", "王敏", "SALES_MANAGER", "销售部"),
    ("he", "何军", "DEPT_HEAD", "销售部"),
    ("xu", "徐岚", "MARKETING", "市场部"),
    ("chen", "陈静", "CS_AGENT", "客服部"),
    ("qian", "钱丽", "FINANCE", None),
    ("shen", "沈洁", "DATA_STEWARD", None),
    ("zheng", "郑信", "AUDITOR", None),
    ("gao", "高明", "SYS_ADMIN", None),
)
TEAMS = (("销售部", None), ("华东区", "销售部"), ("华南区", "销售部"), ("市场部", None), ("客服部", None))
SELLERS = ("lin", "zhao", "sun")
PASSWORD = "keji-demo-2026"  # noqa: S105 -- said on the screen; works on loopback only, since the demo does
BATCH = 5000
MANY = 20_000  # from here on it is cheaper to make the indexes afterwards
TABLES = (
    "customers_customer",
    "customers_contact",
    "customers_gradechange",
    "customers_tagging",
    "customers_search",
    "deals_deal",
    "deals_stagechange",
    "deals_search",
    "access_entry",
)
RARE = frozenset({"name", "customer_no", "uscc", "mobile", "email", "contact_address", "customer_id", "annual_revenue_10k"})
TOLD = 2000  # of so many customers conversations are told


def build(customers: int, seed: int = 1) -> dict[str, Any]:
    """Make the people, teams and so many customers more. Returns counts and the accounts."""
    teams = {team.name: team for team in Team.objects.all()}
    for name, parent in TEAMS:
        if name not in teams:
            teams[name] = add_team(None, name, teams.get(parent or ""))
    people = {person.username: person for person in Person.objects.all()}
    for username, name, role, team in PEOPLE:
        if username not in people:
            people[username] = account(username, name, role, teams.get(team or ""))
    if not house()["company"]:
        set_up(None, company="星河办公设备有限公司", set_up=True)
    made = fill(customers, seed, [people[name] for name in SELLERS])
    newest = list(Customer.objects.filter(deleted_at=None).order_by("-pk")[: min(customers, TOLD)])
    made["followups"] = followups.fill(seed, newest)
    made |= needs.fill(seed)
    made["tickets"] = tickets.fill(seed, newest, people["chen"])
    rounds.fill(seed, newest, people["shen"])
    papers.fill(people["lin"])
    count_anew()
    labels = {username: f"{name}({role})" for username, name, role, _team in PEOPLE}
    accounts = [{"username": username, "password": PASSWORD, "label": labels[username]} for username in labels]
    return made | {"accounts": accounts}


def account(username: str, name: str, role: str, team: Team | None) -> Person:
    person, _once = add_person(None, username, name, [role], team)
    person.password = hashed()
    person.must_change = False
    person.save()
    return person


@cache
def hashed() -> str:
    return make_password(PASSWORD)


def fill(count: int, seed: int, sellers: list[Person]) -> dict[str, int]:
    """Invent customers and enter them in batches, a third to each seller; then deals with them."""
    start = Customer.objects.count()
    invented, customers, contacts = Invented(seed + start), 0, 0
    salted = OneSalt(f"{seed + start:032x}", RARE)
    owners = [seller.pk for seller in sellers]
    with unindexed(TABLES) if count >= MANY else nullcontext(), uncollected():
        while customers < count:
            batch = [invented.entrant(owners) for _n in range(min(BATCH, count - customers))]
            enter(batch, salted)
            customers += len(batch)
            contacts += sum(len(one.contacts) for one in batch)
        made = deals.fill(seed)
    return {"customers": customers, "contacts": contacts, "deals": made}


@contextmanager
def uncollected() -> Iterator[None]:
    """Rows hold no circles: the collector would look through them in vain, for a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def enter(entrants: list[Entrant], salted: OneSalt) -> None:
    """Enter what is right by the way it was invented: what `register_many` does after its checks."""
    at = now()
    ready: list[tuple[Entrant, Any]] = [
        (one, Draft(Customer, at, profile="P000", states={}, created_by_id=None)) for one in entrants
    ]
    with transaction.atomic():
        number(ready)
        for one, customer in ready:
            one.values = started(None, one.values, False)
            fill_in(customer, one.values)
        write_all(None, ready, "演示数据", salted)
