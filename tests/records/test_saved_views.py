"""A question to a list, kept under a name: one's own, asked anew each time."""

import re

import pytest

from keji.access.models import Role
from keji.customers.rules.needs import add_need
from keji.customers.rules.register import register
from keji.kernel.errors import Unfit
from keji.records import queries
from keji.records.models import SavedView
from keji.records.rules.views import MOST, save_view


def links(page):
    """The views that a list offers: (name, address)."""
    inside = page.split('id="views"')[1].split("</div>")[0] if 'id="views"' in page else ""
    return [(name, href.replace("&amp;", "&")) for href, name in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', inside)]


def names(page):
    return re.findall(r'<a class="called"[^>]*>([^<]*)</a>', page)


def body(answer):
    return answer.content.decode()


@pytest.mark.req("R-000-49")
def test_manufacturing_with_urgent_needs_is_a_question_that_can_be_kept(cast, browse):
    urgent = register(cast.lin, {"name": "急需制造有限公司", "industry_code": "C35"})
    calm = register(cast.lin, {"name": "不急制造有限公司", "industry_code": "C35"})
    add_need(cast.lin, {"description": "马上要的设备", "priority": "HIGH"}, urgent)
    add_need(cast.lin, {"description": "以后再说的设备", "priority": "LOW"}, calm)
    add_need(cast.lin, {"description": "软件公司的急需", "priority": "HIGH"}, cast.acme)
    client, path = browse("lin"), "/customers/?industry_code=C&needs.priority=HIGH"
    page = body(client.get(path))
    assert names(page) == ["急需制造有限公司"]

    query = re.search(r'name="query" value="([^"]*)"', page)[1].replace("&amp;", "&")
    answer = client.post("/views/customers/", {"name": " 急单  制造业 ", "query": query, "then": path})
    assert answer["Location"] == path
    [(name, address)] = links(body(client.get("/customers/")))

    assert name == "急单 制造业"
    assert names(body(client.get(address))) == ["急需制造有限公司"]
    assert 'aria-current="true">急单 制造业' in body(client.get(address))
    assert links(body(browse("wang").get("/customers/"))) == []


@pytest.mark.parametrize(
    ("record", "path", "query"),
    [
        ("contacts", "/contacts/", "decision_role=DECISION_MAKER"),
        ("needs", "/needs/", "priority=HIGH"),
        ("deals", "/deals/list/", "category=OPEN&sort=-amount"),
        ("followups", "/followups/", "q=电话"),
    ],
)
def test_every_list_keeps_its_own_views(cast, browse, record, path, query):
    client = browse("lin")
    client.post(f"/views/{record}/", {"name": "常用", "query": query + "&after=xyz", "then": path})

    [(name, address)] = links(body(client.get(path)))
    assert name == "常用"
    assert (client.get(address).status_code, "after=" in address) == (200, False)
    assert links(body(client.get("/customers/"))) == []


def test_a_name_said_again_replaces_and_a_view_is_forgotten(cast, browse):
    client = browse("lin")
    for query in ("grade=A", "grade=B"):
        client.post("/views/customers/", {"name": "重点", "query": query, "then": "/customers/"})
    assert [one.query for one in queries.views(cast.lin, "customers")] == ["grade=B"]
    pk = SavedView.objects.get().pk

    assert browse("wang").post(f"/views/{pk}/drop/").status_code == 404
    assert SavedView.objects.count() == 1
    browse("lin").post(f"/views/{pk}/drop/", {"then": "https://evil.example/"})
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize(
    ("record", "told", "status"),
    [
        ("customers", {"name": "", "query": "grade=A"}, 302),
        ("customers", {"name": "长" * 31, "query": "grade=A"}, 302),
        ("customers", {"name": "空的", "query": ""}, 302),
        ("customers", {"name": "只有排序", "query": "sort=name"}, 302),
        ("customers", {"name": "没有的字段", "query": "nonsense=1"}, 302),
        ("customers", {"name": "坏字符", "query": "grade=%00"}, 302),
        ("nothing", {"name": "没有的列表", "query": "grade=A"}, 404),
    ],
)
def test_what_is_no_question_is_not_kept(browse, record, told, status):
    assert browse("lin").post(f"/views/{record}/", told).status_code == status
    assert SavedView.objects.count() == 0


def test_a_view_does_not_outlive_the_right_to_ask(cast, browse):
    save_view(cast.lin, "customers", "A 级", "grade=A")
    Role.objects.filter(code="SALES_REP").update(fields={"customers.grade": "hide"})
    client = browse("lin")
    [(_name, address)] = links(body(client.get("/customers/")))

    assert client.get(address).status_code == 400
    client.post("/views/customers/", {"name": "又一个", "query": "grade=B"})
    assert SavedView.objects.count() == 1


def test_there_are_not_too_many(cast):
    for n in range(MOST):
        save_view(cast.lin, "customers", f"视图{n}", "grade=A")
    with pytest.raises(Unfit):
        save_view(cast.lin, "customers", "再一个", "grade=A")

    assert save_view(cast.lin, "customers", "视图1", "grade=B").query == "grade=B"
