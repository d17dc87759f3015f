"""What the demo writes in bulk, beside what the rules write of the same values."""

import json
from copy import deepcopy

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from keji import demo
from keji.access.models import Entry, Kept
from keji.access.rules import seals
from keji.access.trail import OneSalt, digest
from keji.customers.models import Contact, Customer, GradeChange, Tagging
from keji.customers.queries import INDEX
from keji.customers.rules.many import register_many
from keji.database.loading import unindexed
from keji.deals.models import Deal, StageChange
from keji.deals.queries import INDEX as DEALS
from keji.deals.rules.derived import SUMS, count
from keji.demo.invented import Invented
from keji.followups.models import Followup
from keji.followups.rules.derived import count as count_followups
from keji.kernel.idnumbers import uscc

pytestmark = pytest.mark.django_db
OWN = {"id", "customer_no", "created_at", "changed_at", "customer_id"}
INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname",
}


def indexes():
    with connection.cursor() as cursor:
        cursor.execute(INDEXES[connection.vendor])
        return [name for (name,) in cursor.fetchall()]


def plain(model, **of):
    return [{name: value for name, value in row.items() if name not in OWN} for row in model.objects.filter(**of).order_by("pk").values()]


def state(after):
    """All that was written since that entry and that customer, without ids, numbers and times."""
    entry, customer = after
    of = {"customer_id__gt": customer}
    kept = Kept.objects.filter(entry_id__gt=entry).order_by("entry_id")
    told = [(one.entry.action, one.entry.why, without(one.values)) for one in kept.select_related("entry")]
    return {
        "customers": plain(Customer, pk__gt=customer),
        "contacts": plain(Contact, **of),
        "grades": [(one.old, one.new, one.why) for one in GradeChange.objects.filter(**of).order_by("pk")],
        "tags": [(one.tag_id, one.automatic, one.ended_at) for one in Tagging.objects.filter(**of).order_by("pk")],
        "trail": told,
    }


def without(values):
    return {name: value for name, value in values.items() if name not in OWN}


def mark():
    return Entry.objects.aggregate(last=Max("pk"))["last"] or 0, Customer.objects.aggregate(last=Max("pk"))["last"] or 0


def found(word, classes):
    return [Customer.objects.get(pk=pk).name for pk in INDEX.find(word, classes, None, 1000)]


def test_what_is_built_in_bulk_is_what_the_rules_would_have_written(cast):
    invented = Invented(7)
    entrants = [invented.entrant([cast.lin.pk, cast.zhao.pk]) for _n in range(60)]
    by_rule, at_once = deepcopy(entrants), deepcopy(entrants)
    words = [(one.values["name"][2:5], {"open"}) for one in entrants[:20]]
    words += [(one.values["uscc"][-6:], {"code"}) for one in entrants[:20]]
    words += [(one.contacts[0]["name"], {"people"}) for one in entrants[:20]]
    words += [(one.contacts[-1]["mobile"][-5:], {"phone"}) for one in entrants[:20]]

    with transaction.atomic():
        start = mark()
        assert register_many(None, by_rule, "P000", why="演示数据", alike=False) == 60
        expected = state(start), [found(*word) for word in words]
        transaction.set_rollback(True)
    with transaction.atomic():
        start = mark()
        demo.enter(at_once, OneSalt("0" * 32, demo.RARE))
        made = state(start), [found(*word) for word in words]
        transaction.set_rollback(True)

    assert made == expected
    assert all(expected[1])


def test_every_entry_of_what_is_built_holds_the_hashes_of_its_values(cast):
    before = mark()[0]

    demo.fill(30, 1, [cast.lin, cast.zhao])

    told = list(Kept.objects.filter(entry_id__gt=before).select_related("entry"))
    assert len(told) == 30 + Contact.objects.filter(customer_id__in=Customer.objects.order_by("-pk").values("pk")[:30]).count()
    for one in told:
        assert one.entry.changes == {name: ["", digest(one.salt, name, new)] for name, (_old, new) in one.values.items()}


def test_sums_and_follow_ups_of_what_is_built_are_those_the_rules_count(db, monkeypatch):
    monkeypatch.setattr(demo, "MANY", 10)
    before = indexes()

    made = demo.build(120)

    assert indexes() == before
    assert made["customers"] == Customer.objects.count() == 120
    assert made["deals"] == Deal.objects.count() > 20
    assert made["followups"] == Followup.objects.count() > 20
    assert Followup.objects.filter(late=True).count() < made["followups"] / 5  # people here write down what was said on the day
    wanted = ("pk", *SUMS, "last_followup_at", "next_followup_at", "followup_count")
    built = list(Customer.objects.order_by("pk").values(*wanted))
    assert any(row["open_deals"] for row in built) and any(row["next_followup_at"] for row in built)
    for customer in Customer.objects.all():
        count(customer)
        count_followups(customer)
    assert list(Customer.objects.order_by("pk").values(*wanted)) == built
    assert [Customer.objects.order_by("pk").values_list("customer_no", flat=True)[n] for n in (0, 119)] == ["C001", "C120"]
    assert {one["deal_id"] for one in StageChange.objects.values("deal_id")} < set(Deal.objects.values_list("pk", flat=True))
    deal = Deal.objects.order_by("pk").last()
    assert deal.pk in DEALS.find(deal.name, {"open"})
    assert seals.seal() > 0
    assert seals.first_bad() == ""


def test_the_same_seed_invents_the_same_customers_with_right_codes():
    first, again = Invented(3), Invented(3)
    told = [first.entrant([1, 2]).values for _n in range(2000)]

    assert [again.entrant([1, 2]).values for _n in range(2000)] == told
    assert [uscc(one["uscc"]).value for one in told] == [one["uscc"] for one in told]
    assert len({one["name"] for one in told}) == 2000


def test_a_load_that_fails_leaves_rows_and_indexes_as_they_were(cast):
    before, rows = indexes(), Customer.objects.count()

    with pytest.raises(IntegrityError), transaction.atomic(), unindexed(demo.TABLES):
        assert len(indexes()) < len(before)
        demo.enter([Invented(1).entrant([cast.lin.pk]) for _n in range(2)], OneSalt("1" * 32, demo.RARE))

    assert (indexes(), Customer.objects.count()) == (before, rows)


def test_kept_values_are_json_as_the_rules_write_it(cast):
    values = {"name": [None, '引号"和\\'], "count": [None, 3], "flag": [None, True], "tags": [None, ["甲"]]}

    _salt, hashes, kept = OneSalt("2" * 32, frozenset({"name"})).all(values)

    assert json.loads(kept) == {name: list(both) for name, both in values.items()}
    assert json.loads(hashes) == {name: ["", digest("2" * 32, name, new)] for name, (_old, new) in values.items()}
