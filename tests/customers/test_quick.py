"""Quick create: eight fields at most, the same rules, and all the fields once one of the others is wrong."""

import re

import pytest
from django.urls import reverse

from keji.customers.models import Customer
from keji.customers.rules.required import set_required
from keji.records.rules import set_up

QUICK = "?quick=1"


@pytest.fixture
def lin(cast, client):
    client.force_login(cast.lin)
    return client


def named(answer):
    form = answer.content.decode().partition('id="form"')[2].partition("</form>")[0]
    asked = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_.]+)"', form))
    return {name for name in asked if not name.endswith(("__state", "__why"))} - {
        "csrfmiddlewaretoken",
        "once",
        "_states",
    }


def test_it_asks_for_eight_fields(lin):
    page = reverse("customers:create")

    assert len(named(lin.get(page + QUICK))) == 8
    assert len(named(lin.get(page))) > 40


def test_it_enters_a_customer_with_a_contact(lin, cast):
    told = {
        "name": "启明教育科技有限公司",
        "industry_code": "P83",
        "contact.name": "孙平",
        "contact.mobile": "13900139002",
        "once": "q",
    }

    assert lin.post(reverse("customers:create") + QUICK, told).status_code == 302
    made = Customer.objects.get(name="启明教育科技有限公司")
    assert (made.owner, made.customer_type, made.contacts.get().name) == (cast.lin, "ENTERPRISE", "孙平")


def test_what_a_profile_requires_beyond_it_brings_all_the_fields(lin, cast):
    set_up(None, profile="P004")
    set_required(cast.shen, "P004", "", ["collection_channel"])

    answer = lin.post(reverse("customers:create") + QUICK, {"name": "启明教育科技有限公司", "once": "q"})

    assert answer.status_code == 422
    assert "collection_channel" in named(answer)
    assert 'value="启明教育科技有限公司"' in answer.content.decode()
