"""The order of a list: by numbers as people count, by dates that may be missing, page by page and back."""

import re
from datetime import timedelta

import pytest

from keji.customers.models import Customer
from keji.customers.rules.register import register
from keji.deals.models import Deal
from keji.deals.rules.open import open_deal
from keji.kernel.clock import now, today
from keji.records.order import Order

NUMBERS = ("C9", "C010", "C999", "C1000", "KH-9", "KH-00012", "KH-100", "KHX")  # as they stand in order


def enter(person, count):
    return [
        register(person, {"name": f"华东第{number}纸业有限公司"}, {"name": f"程工{number}"}, accept={"*": "测试"})
        for number in range(count)
    ]


def ids(page):
    return [int(pk) for pk in re.findall(r'id="row-(\d+)"', page)]


def turned(page, way):
    return next(iter(re.findall(rf'id="{way}-page" href="([^"]+)"', page)), "").replace("&amp;", "&")


def all_pages(client, path):
    """The ids page by page to the end, and page by page back to the beginning."""
    pages, back = [], []
    page = client.get(path).content.decode()
    while True:
        pages.append(ids(page))
        if not turned(page, "next"):
            break
        page = client.get(turned(page, "next")).content.decode()
    while turned(page, "previous"):
        page = client.get(turned(page, "previous")).content.decode()
        back.insert(0, ids(page))
    return pages, back


@pytest.fixture
def numbered(cast, client):
    """Customers whose numbers are of several kinds, entered in another order than theirs."""
    Customer.objects.filter(pk__in=[cast.acme.pk, cast.other.pk]).update(deleted_at=now())
    made = enter(cast.lin, len(NUMBERS))
    for customer in made:
        Customer.objects.filter(pk=customer.pk).update(customer_no=f"X{customer.pk}")
    for customer, number in zip(made, reversed(NUMBERS), strict=True):
        Customer.objects.filter(pk=customer.pk).update(customer_no=number)
    client.force_login(cast.wang)
    return [customer.pk for customer in reversed(made)]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_customers_stand_in_the_order_of_their_numbers(numbered, client, size):
    up, up_back = all_pages(client, f"/customers/?sort=customer_no&size={size}")
    down, _back = all_pages(client, f"/customers/?sort=-customer_no&size={size}")

    assert sum(up, []) == numbered
    assert sum(down, []) == numbered[::-1]
    assert sum(up_back + up[-1:], []) == numbered


def test_a_search_and_the_neighbours_keep_the_order_of_numbers(numbered, client):
    found = client.get("/customers/?q=纸业&sort=customer_no").content.decode()
    page = client.get(f"/customers/{numbered[3]}/?sort=customer_no").content.decode()
    beside = re.findall(r'<a href="/customers/(\d+)/\?[^"]*" class="btn[^>]*data-key="[\[\]]"', page)

    assert ids(found) == numbered
    assert [int(pk) for pk in beside] == [numbered[2], numbered[4]]


@pytest.fixture
def dated(cast, client):
    """Five customers of which the second and the fourth have no next follow-up; the last is due first."""
    Customer.objects.filter(pk__in=[cast.acme.pk, cast.other.pk]).update(deleted_at=now())
    made = [customer.pk for customer in enter(cast.lin, 5)]
    for place in (0, 2, 4):
        Customer.objects.filter(pk=made[place]).update(next_followup_at=now() + timedelta(days=9 - place))
    client.force_login(cast.wang)
    return made


@pytest.mark.parametrize("size", [1, 2, 3, 4, 50])
@pytest.mark.parametrize(("sort", "places"), [("next_followup_at", (4, 2, 0, 1, 3)), ("-next_followup_at", (0, 2, 4, 3, 1))])
def test_rows_without_a_date_stand_last_either_way(dated, client, size, sort, places):
    expected = [dated[place] for place in places]
    pages, back = all_pages(client, f"/customers/?sort={sort}&size={size}")

    assert sum(pages, []) == expected
    assert all(len(page) == size for page in pages[:-1])
    assert sum(back + pages[-1:], []) == expected
    assert ids(client.get(f"/customers/?sort={sort}&q=纸业").content.decode()) == expected


@pytest.mark.parametrize(("place", "before", "after"), [(0, 2, 1), (1, 0, 3), (4, None, 2), (3, 1, None)])
def test_the_neighbours_are_found_across_what_is_missing(dated, client, place, before, after):
    page = client.get(f"/customers/{dated[place]}/?sort=next_followup_at").content.decode()
    found = {key: int(pk) for pk, key in re.findall(r'<a href="/customers/(\d+)/\?[^"]*" class="btn[^>]*data-key="([\[\]])"', page)}

    assert found == {key: dated[at] for key, at in (("[", before), ("]", after)) if at is not None}


def test_deals_are_paged_by_a_date_that_few_have(cast, client):
    made = [open_deal(cast.lin, {"name": f"第{number}"}, cast.acme).pk for number in range(5)]
    Deal.objects.filter(pk=made[3]).update(expected_close_date=today())
    client.force_login(cast.lin)
    pages, back = all_pages(client, "/deals/list/?sort=expected_close_date&size=2")

    assert sum(pages, []) == [made[3], made[0], made[1], made[2], made[4]]
    assert sum(back + pages[-1:], []) == sum(pages, [])


def test_a_mark_of_another_order_is_refused(dated, client):
    blank = Order("next_followup_at", blanks=True).mark({"next_followup_at": None, "id": dated[1]})

    assert client.get(f"/customers/?sort=next_followup_at&after={blank}").status_code == 200
    assert client.get(f"/customers/?sort=name&after={blank}").status_code == 400
    for made_up in ("x", "W10", Order("name").mark({"name": "x", "id": 1}), Order("name").mark({"name": 5, "id": 1})):
        assert client.get(f"/customers/?sort=next_followup_at&after={made_up}").status_code == 400, made_up
        assert client.get(f"/customers/?sort=customer_no&before={made_up}").status_code in (200, 400), made_up


def test_the_orders_are_offered_beside_the_list_and_the_one_in_use_turns_round(cast, client):
    client.force_login(cast.lin)
    offered = re.findall(r'<a href="([^"]+)"( aria-current="true")? hx-get', client.get("/customers/?sort=-open_amount").content.decode())
    sorts = {href.partition("sort=")[2]: bool(on) for href, on in offered if "sort=" in href}

    assert {"customer_no", "-last_followup_at", "-next_followup_at", "-created_at"} <= set(sorts)
    assert sorts["open_amount"] is True
    assert "-open_amount" not in sorts


def test_who_may_not_read_a_value_is_not_offered_its_order(cast, client):
    from keji.access.models import Role

    Role.objects.filter(code="SALES_REP").update(fields={"customers.next_followup_at": "hide"})
    client.force_login(cast.lin)

    assert "sort=-next_followup_at" not in client.get("/customers/").content.decode()
    assert client.get("/customers/?sort=next_followup_at").status_code == 400
