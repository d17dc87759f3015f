"""What reaches people by inbox, mail and robots: nothing that they may not read, and the same in two worlds that differ in that."""

import json

import pytest
from django.template.loader import render_to_string
from test_two_worlds import ROLES, both_worlds
from world import forbidden

from keji.access.models import Person
from keji.access.scope import visible
from keji.customers.models import Customer
from keji.notices.models import Notice, Outgoing
from keji.notices.rules import robots
from keji.notices.rules.reading import mine, unread, worded
from keji.notices.rules.writing import composed, to_group

pytestmark = [pytest.mark.django_db, pytest.mark.attack("B-17"), pytest.mark.attack("B-16")]


def sent(who):
    """Everything that would go out to this person now, in each form."""
    person = Person.objects.select_related("team").get(pk=who.pk)
    message = composed(Outgoing.objects.get(channel__person=person), person)
    if message is None:
        return {}
    _address, wecom = robots.packed("WECOM", "https://x", "", message.text, 0)
    _address, feishu = robots.packed("FEISHU", "https://x", "s", message.text, 0)
    return {
        "subject": message.subject,
        "text": message.text,
        "html": render_to_string("notices/mail.html", {"message": message}, using="jinja2"),
        "wecom": json.dumps(wecom, ensure_ascii=False),
        "feishu": json.dumps(feishu, ensure_ascii=False),
    }


def inbox(who):
    person = Person.objects.select_related("team").get(pk=who.pk)
    return {"told": [told for _notice, told in worded(person, mine(person).order_by("pk"))], "unread": unread(person)}


@pytest.mark.parametrize("who", ROLES)
def test_word_is_the_same_in_both_worlds(world, who):
    person = world.people[who]
    first, second, _count = both_worlds(world, who, lambda: {"sent": sent(person), "inbox": inbox(person)})

    assert first == second


@pytest.mark.parametrize("who", [*ROLES, "nobody", "rep2"])
@pytest.mark.attack("B-24")
def test_word_holds_nothing_that_its_reader_may_not_read(world, who):
    person = world.people[who]
    secret, everything = forbidden(person), "\n".join([*sent(person).values(), json.dumps(inbox(person), ensure_ascii=False)])

    assert {text: what for text, what in secret.items() if text in everything} == {}


@pytest.mark.parametrize("who", [*ROLES, "nobody", "rep2"])
def test_one_is_told_of_the_customers_that_one_sees_and_the_count_says_so(world, who):
    person = Person.objects.select_related("team").get(pk=world.people[who].pk)
    seen = set(visible(person, Customer).values_list("pk", flat=True))
    found = worded(person, Notice.objects.filter(person=person))
    of_one = {notice.record_id for notice, _told in found if notice.record_id}

    assert of_one == seen & set(world.ids["customers"])
    assert unread(person) == len(found)
    assert bool(found) == (who not in ("sys_admin", "nobody"))


@pytest.mark.attack("B-24")
def test_a_group_hears_no_value_at_all(world):
    """Not even what all who are in it may read: nobody here knows who is."""
    notices = list(Notice.objects.select_related("person__team"))
    said = json.dumps(to_group(notices), ensure_ascii=False)

    assert {text: what for text, what in forbidden(world.people["nobody"]).items() if text in said} == {}
    assert "员工sales_rep" in said
