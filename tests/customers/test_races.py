"""Edit, transfer, regrade, share, attach, drop and restore of one customer at the same moment: nothing torn, nothing untold."""

import random
import threading
from collections import Counter

import pytest
from django.db import connection

from keji.access.models import Entry, Held, Person, Role
from keji.customers.models import Collaboration, Contact, Customer, GradeChange
from keji.customers.rules import bin as bins
from keji.customers.rules.contacts import add_contact, drop_contact, revise_contact
from keji.customers.rules.grading import regrade
from keji.customers.rules.owners import set_collaborators, transfer
from keji.customers.rules.revise import revise
from keji.database import Busy
from keji.kernel.errors import NotThere, Refused, Stale, Unfit

ROUNDS, HANDS = 6, 6
TOLD = (Stale, Refused, NotThere, Unfit, Busy)


@pytest.fixture
def house(transactional_db, request):
    return request.getfixturevalue("cast")


def at_once(*works):
    """Do all at the same moment, each on a connection of its own; returns what each met: its error, or None."""
    start, met = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        try:
            start.wait(20)
            work()
        except Exception as error:
            met[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=told) for told in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return met


def hand(cast, number, seen):
    """One of the things that a manager may do to a customer, on the row as it was read before."""
    pk, chance = seen.pk, random.Random(number)
    wang = Person.objects.get(pk=cast.wang.pk)
    people = [cast.lin.pk, cast.zhao.pk, cast.chen.pk]
    contact = Contact.objects.filter(customer_id=pk, deleted_at=None).first()
    works = [
        lambda: revise(wang, seen, {"remark": f"备注{number}"}, version=seen.version),
        lambda: transfer(wang, seen, chance.choice(people), "换人"),
        lambda: regrade(wang, seen, chance.choice("ABC"), "季度评定"),
        lambda: set_collaborators(wang, seen, chance.sample(people, 2)),
        lambda: add_contact(
            wang,
            {"name": f"联系人{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'一二三四五六七八九十'[number // 10 % 10]}"},
            seen,
        ),
        lambda: bins.restore(wang, seen) if seen.deleted_at else bins.drop(wang, seen, "清理"),
        lambda: contact and revise_contact(wang, contact, {"title": f"职务{number}"}, version=contact.version),
        lambda: contact and drop_contact(wang, contact),
    ]
    return works[number % len(works)]


@pytest.mark.attack("B-68")
def test_whatever_happens_at_once_is_whole_and_told(house):
    customer, met = house.acme, Counter()
    for turn in range(ROUNDS):
        numbers = random.Random(turn).sample(range(100), HANDS)
        works = [hand(house, number, Customer.objects.get(pk=customer.pk)) for number in numbers]
        for error in at_once(*works):
            assert error is None or isinstance(error, TOLD), repr(error)
            met[type(error).__name__] += 1

    assert met["NoneType"] >= ROUNDS  # somebody gets through each time
    row = Customer.objects.get(pk=customer.pk)
    chains(row)
    for contact in Contact.objects.filter(customer=customer):
        chains(contact)
    assert GradeChange.objects.filter(customer=customer).latest("pk").new == row.grade
    assert Contact.objects.filter(customer=customer, is_primary=True, deleted_at=None).count() <= 1


def chains(record):
    """The history leads without a gap from the record's first values to those it has, and counts its versions."""
    entries = Entry.objects.filter(record=record.RECORD, record_id=record.pk).select_related("kept").order_by("pk")
    known, versions = {}, 0
    for entry in entries:
        told = {name: pair for name, pair in entry.kept.values.items() if name not in ("collaborators", "field")}
        versions += bool(told) or entry.action.endswith("create")
        for name, (old, new) in told.items():
            assert known.get(name, old) == old, (record.RECORD, name, known.get(name), old)
            known[name] = new
    for name in ("owner_id", "grade", "remark", "title", "name"):
        if name in known:
            assert getattr(record, name) == known[name], name
    assert record.version == versions


@pytest.mark.attack("B-68")
def test_two_who_share_a_customer_with_different_people_both_have_their_way(house):
    """Both pages showed nobody; each adds one: both are there, and both are told."""
    wang, shen = (Person.objects.get(pk=one.pk) for one in (house.wang, house.shen))

    met = at_once(
        lambda: set_collaborators(wang, house.acme, [house.zhao.pk], were=[]),
        lambda: set_collaborators(shen, house.acme, [house.chen.pk], were=[]),
    )

    assert met == [None, None]
    there = set(Collaboration.objects.filter(customer=house.acme).values_list("person_id", flat=True))
    assert there == {house.zhao.pk, house.chen.pk}
    assert Entry.objects.filter(record="customers", record_id=house.acme.pk, action="customers.change").count() == 2


@pytest.mark.attack("B-68")
@pytest.mark.attack("B-67")
@pytest.mark.parametrize("what", ["drop", "transfer", "regrade"])
def test_of_two_who_decide_at_the_same_moment_one_is_told_that_the_other_was_first(house, what):
    """Read at the same time, done one after the other: the second meets Stale and nothing of it is written."""
    first, second = (Customer.objects.get(pk=house.acme.pk) for _ in range(2))
    work = {
        "drop": lambda one, n: bins.drop(house.wang, one, f"第{n}次"),
        "transfer": lambda one, n: transfer(house.wang, one, (house.zhao.pk, house.chen.pk)[n], f"第{n}次"),
        "regrade": lambda one, n: regrade(house.wang, one, "BC"[n], f"第{n}次"),
    }[what]

    met = at_once(lambda: work(first, 0), lambda: work(second, 1))

    assert sorted(type(error).__name__ for error in met) == ["NoneType", "Stale"]
    winner = met.index(None)
    entry = Entry.objects.filter(record="customers", record_id=house.acme.pk).latest("pk")
    assert (entry.why, Customer.objects.get(pk=house.acme.pk).version) == (f"第{winner}次", 2)


@pytest.mark.attack("B-68")
def test_a_role_lost_in_the_middle_of_the_work_leaves_no_half(house):
    wang = Person.objects.get(pk=house.wang.pk)
    rep = Role.objects.get(code="CS_AGENT")

    met = at_once(
        lambda: revise(wang, Customer.objects.get(pk=house.acme.pk), {"remark": "改"}, version=1),
        lambda: Held.objects.filter(person=wang).update(role=rep),
    )

    row = Customer.objects.get(pk=house.acme.pk)
    told = Entry.objects.filter(record="customers", record_id=row.pk, action="customers.change").count()
    assert met[1] is None
    assert (row.remark, row.version, told) == (("改", 2, 1) if met[0] is None else ("", 1, 0))
