"""What leaves by a hook: nothing that its owner may not read, and the same in two worlds that differ in that alone."""

import json
import re

import pytest
from test_two_worlds import ROLES, both_worlds
from world import forbidden

from keji.access.models import Entry, Person
from keji.access.scope import near, visible
from keji.kernel.clock import now
from keji.notices.models import Outgoing
from keji.notices.queries import told_actions
from keji.notices.rules.telling import told
from keji.records.sheet import SHEETS

pytestmark = [pytest.mark.django_db, pytest.mark.attack("B-17"), pytest.mark.attack("B-16")]


def bodies(who: Person) -> dict[int, str]:
    """What a hook of this person would send of each entry there is."""
    person, at = Person.objects.select_related("team").get(pk=who.pk), now()
    found = {}
    for entry in Entry.objects.filter(record__in=told_actions()).order_by("pk"):
        body = told(person, Outgoing(key="k", entry_id=entry.pk, made_at=at))
        if body is not None:
            found[entry.pk] = json.dumps(body, ensure_ascii=False)
    return found


@pytest.mark.parametrize("who", ROLES)
def test_a_hook_tells_the_same_in_both_worlds(world, who):
    first, second, _count = both_worlds(world, who, lambda: bodies(world.people[who]))

    assert first == second


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.attack("B-24")
def test_a_hook_holds_no_value_at_all(world, who):
    secret, sent = forbidden(world.people[who]), bodies(world.people[who])
    everything = "\n".join(re.sub(r'"timestamp": "[^"]+"', "", one) for one in sent.values())  # whose digits are chance

    assert {text: what for text, what in secret.items() if text in everything} == {}
    assert bool(sent) == (who != "sys_admin")
    assert all(set(json.loads(one)["data"]) == {"record", "record_id", "number", "customer_id", "fields", "deleted"} for one in sent.values())


@pytest.mark.parametrize("who", ["sales_rep", "lead", "nobody"])
def test_a_hook_tells_of_the_records_that_its_owner_reaches_and_of_no_other(world, who):
    person = world.people[who]
    reached = {
        (record, pk)
        for record, sheet in SHEETS.items()
        for rows in (visible(person, sheet.model), near(person, sheet.model, "see", binned=True))
        for pk in rows.values_list("pk", flat=True)
    }
    sent = {(json.loads(one)["data"]["record"], json.loads(one)["data"]["record_id"]) for one in bodies(person).values()}

    assert sent <= reached
    assert len(sent) == len(reached)
