"""The duplicate check tells that somebody is a customer: so it is counted, written down, and has an end."""

from datetime import timedelta

import pytest

from keji.access.models import Entry
from keji.customers.models import Customer
from keji.customers.rules import probes
from keji.kernel import clock
from keji.kernel.errors import TooOften

pytestmark = pytest.mark.attack("B-25")


@pytest.fixture
def at(monkeypatch):
    def at(moment):
        monkeypatch.setattr(probes, "now", lambda: moment)

    return at


def test_a_thousand_phones_meet_the_end_of_the_measure_and_each_probe_is_written_down(cast, browse):
    client, found = browse("zhao"), []
    for number in range(probes.HOUR + 5):
        answer = client.get(f"/customers/twins/?mobile=138{number:08d}")
        found.append(answer.status_code)

    assert found == [200] * probes.HOUR + [429] * 5
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert Entry.objects.filter(who=cast.zhao, action="customers.probe").count() == probes.HOUR
    assert Entry.objects.filter(who=cast.zhao, action="customers.probe_alert").count() == 1
    assert browse("lin").get("/customers/twins/?mobile=13987654321").status_code == 200


def test_the_answer_tells_that_it_exists_and_whose_it_is_and_no_more(cast, browse):
    told = browse("zhao").get("/customers/twins/?mobile=13812345678").content.decode()

    assert "林晓" in told
    assert [
        text for text in ("李梅", "li.mei", cast.acme.name, cast.acme.customer_no, "/customers/") if text in told
    ] == []


def test_an_empty_question_costs_nothing(cast, browse):
    for _time in range(3):
        browse("zhao").get("/customers/twins/?customer_type=ENTERPRISE")

    assert not Entry.objects.filter(action="customers.probe").exists()


def test_the_form_of_a_new_customer_is_no_way_around(cast, browse, at):
    client = browse("zhao")
    told = {"name": "星海智能科技有限公司", "uscc": "91320594MA1ABCD2XK", "industry_code": "I65"}
    first = client.post("/customers/new/", told)
    for _time in range(probes.HOUR - 1):
        probes.ask(cast.zhao, ["uscc"])
    last = client.post("/customers/new/", told)

    assert (first.status_code, "林晓" in first.content.decode()) == (422, True)
    assert (last.status_code, "林晓" in last.content.decode()) == (429, False)
    assert Customer.objects.count() == 2


def test_the_forms_of_ones_own_records_are_no_way_around(cast, browse):
    client, contact = browse("zhao"), cast.other.contacts.get()
    for _time in range(probes.HOUR):
        probes.ask(cast.zhao, ["mobile"])

    customer = client.post(
        f"/customers/{cast.other.pk}/edit/",
        {"name": "蓝田制造集团有限公司", "uscc": "91320594MA1ABCD2XK", "version": "1"},
    )
    told = {"name": "周伟", "mobile": "13812345678", "version": "1"}
    theirs = client.post(f"/contacts/{contact.pk}/edit/", told)
    new = client.post(f"/customers/{cast.other.pk}/contacts/new/", told | {"name": "新人"})

    assert [answer.status_code for answer in (customer, theirs, new)] == [429] * 3


def test_the_next_hour_opens_again_until_the_day_is_used_up(cast, at):
    start = clock.now().replace(hour=1, minute=0)
    asked = 0
    for hour in range(12):
        at(start + timedelta(hours=hour))
        for _time in range(probes.HOUR):
            if asked == probes.DAY:
                break
            probes.ask(cast.zhao, ["name"])
            asked += 1

    with pytest.raises(TooOften) as error:
        probes.ask(cast.zhao, ["name"])
    assert asked == probes.DAY
    assert error.value.seconds > 3600
    at(start + timedelta(hours=48))
    probes.ask(cast.zhao, ["name"])
