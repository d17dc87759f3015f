"""Lists: as many queries for one row as for fifty, filters that come when wanted, and searches that find what is one's own."""

import gzip
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keji.customers.models import Contact, Customer
from keji.customers.rules.register import register
from keji.records import listing

ROOT = Path(__file__).resolve().parents[2]
LIST_QUERIES = 4  # without those of the frame: session, person, bell


def asked(client, path):
    client.get(path)  # what stays in the process is read once
    with CaptureQueriesContext(connection) as told:
        answer = client.get(path)
    assert answer.status_code == 200, path
    frame = "django_session", "access_person p", "notices_notice"  # who asks, and the bell
    return [one["sql"] for one in told if not any(name in one["sql"] for name in frame)]


def enter(person, count):
    return [
        register(person, {"name": f"华东第{number}纸业有限公司"}, {"name": f"程工{number}"}, accept={"*": "测试"})
        for number in range(count)
    ]


def enter_more(person, count):
    for number in range(count):
        register(person, {"name": f"华北第{number}纸业有限公司"}, {"name": f"孔工{number}"}, accept={"*": "测试"})


@pytest.mark.parametrize("who", ["lin", "wang", "shen", "chen"])
@pytest.mark.parametrize("path", ["/customers/", "/customers/?grade=B", "/customers/?q=纸业", "/contacts/"])
def test_a_list_asks_four_times_for_one_row_as_for_fifty(cast, browse, who, path):
    register(cast.lin, {"name": "老纸业公司", "grade": "B"}, {"name": "程工"}, accept={"*": "测试"})
    client = browse(who)
    few = asked(client, path)

    enter(cast.lin, 40)
    many = asked(client, path)
    enter_more(cast.lin, 20)
    over = asked(client, path)

    assert (len(many), len(over) <= LIST_QUERIES) == (len(few), True)


@pytest.mark.parametrize("who", ["lin", "wang", "chen"])
def test_a_search_for_contacts_asks_as_often_for_one_row_as_for_fifty(cast, browse, who):
    register(cast.lin, {"name": "老纸业公司"}, {"name": "程工"}, accept={"*": "测试"})
    register(cast.lin, {"name": "程记五金店"}, {"name": "王工"}, accept={"*": "测试"})
    client = browse(who)
    few = asked(client, "/contacts/?q=程")

    enter(cast.lin, 55)

    assert len(asked(client, "/contacts/?q=程")) == len(few)


@pytest.mark.parametrize("who", ["lin", "wang", "shen", "chen"])
def test_a_customer_page_asks_as_often_however_much_there_is(cast, browse, who):
    client = browse(who)
    few = asked(client, f"/customers/{cast.acme.pk}/")

    for number in range(8):
        from keji.customers.rules.contacts import add_contact

        add_contact(cast.lin, {"name": f"程工{number}"}, cast.acme)
    many = asked(client, f"/customers/{cast.acme.pk}/")

    assert len(many) == len(few)


def test_a_list_carries_no_choices_and_the_panel_brings_them(browse):
    client = browse("lin")
    page = client.get("/customers/?industry_code=I65").content.decode()
    panel = client.get(
        "/customers/filters/industry_code/?industry_code=I65", headers={"HX-Target": "div#filter-industry_code"}
    ).content.decode()

    assert "餐饮业" not in page
    assert 'href="/customers/filters/industry_code/?industry_code=I65"' in page
    assert '<input type="hidden" name="industry_code" value="I65">' in page
    assert "餐饮业" in panel
    assert re.findall(r'value="(\w+)" checked', panel) == ["I65"]
    assert "<html" not in panel


def test_a_panel_is_a_page_with_a_form_where_there_is_no_javascript(browse):
    page = browse("lin").get("/customers/filters/grade/?grade=A&lifecycle_stage=POTENTIAL&sort=name").content.decode()

    assert '<form class="inner" method="get" action="/customers/">' in page
    assert re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page.split('class="inner"')[1].split("</form>")[0]) == [
        ("lifecycle_stage", "POTENTIAL"),
        ("sort", "name"),
    ]


def test_the_filters_out_of_sight_come_by_their_own_panel_without_those_in_use(browse):
    shown = browse("lin").get(
        "/customers/filters/more/?customer_type=ENTERPRISE", headers={"HX-Target": "div#filter-more"}
    )
    names = re.findall(r'id="filter-(\w+)-face"', shown.content.decode())

    assert "lead_source" in names
    assert not {"customer_type", "grade", "owner"} & set(names)


@pytest.mark.parametrize("name", ["id_number", "nothing", "remark"])
def test_there_is_no_panel_for_what_may_not_be_asked_about(browse, name):
    assert browse("lin").get(f"/customers/filters/{name}/").status_code == 404


def test_the_own_rows_are_found_behind_thousands_of_hits_of_others(cast, browse, monkeypatch):
    register(cast.lin, {"name": "老纸业科技公司"}, accept={"*": "测试"})
    for number in range(12):
        register(cast.zhao, {"name": f"新{number}纸业科技公司"}, accept={"*": "测试"})
    monkeypatch.setattr(listing, "FOUND", 5)

    page = browse("lin").get("/customers/?q=纸业").content.decode()

    assert (page.count('id="row-'), "老纸业科技公司" in page) == (1, True)


def test_a_frequent_word_says_so_and_keeps_the_order(cast, browse, monkeypatch):
    enter(cast.lin, 9)
    monkeypatch.setattr(listing, "FOUND", 5)

    page = browse("wang").get("/customers/?q=纸业&sort=name").content.decode()

    names = re.findall(r'class="called"[^>]*>([^<]+)<', page)
    assert names == [f"华东第{number}纸业有限公司" for number in (4, 5, 6, 7, 8)]
    assert "共 5+" in page


def test_the_pages_of_a_search_follow_one_another(cast, browse):
    made = enter(cast.lin, 7)
    client, found, path = browse("lin"), [], "/customers/?q=纸业&size=3&sort=name"
    while path:
        page = client.get(path).content.decode().replace("&amp;", "&")
        found += [int(pk) for pk in re.findall(r'id="row-(\d+)"', page)]
        path = next(iter(re.findall(r'id="next-page" href="([^"]+)"', page)), "")

    assert found == [customer.pk for customer in made]


@pytest.mark.parametrize("query", ["sort=name", "q=纸业&sort=name", "sort=-name"])
def test_the_neighbours_are_those_of_the_list_one_came_from(cast, browse, query):
    made = enter(cast.lin, 5)
    page = browse("lin").get(f"/customers/{made[2].pk}/?{query}").content.decode()
    hrefs = [int(pk) for pk in re.findall(r'<a href="/customers/(\d+)/\?[^"]*" class="btn[^>]*data-key="[\[\]]"', page)]

    expected = [made[1].pk, made[3].pk]
    assert hrefs == (expected[::-1] if query == "sort=-name" else expected)


def test_the_plain_list_leads_to_pages_with_neighbours_too(cast, browse):
    enter(cast.lin, 3)
    client = browse("lin")
    plain = client.get("/customers/").content.decode()
    hrefs = re.findall(r'class="called" href="(/customers/\d+/[^"]*)"', plain)
    pages = [client.get(href.replace("&amp;", "&")).content.decode() for href in hrefs]

    keys = [set(re.findall(r'data-key="([\[\]])"', page)) for page in pages]
    assert len(keys) > 3
    assert (keys[0], keys[-1]) == ({"]"}, {"["})
    assert all(one == {"[", "]"} for one in keys[1:-1])


@pytest.mark.parametrize("words", ["李梅", "limei", "lm", "13812345678", "2345678", "星海智能", "李梅 星海"])
def test_a_contact_is_found_by_name_sound_phone_and_customer(cast, browse, words):
    page = browse("lin").get("/contacts/", {"q": words}).content.decode()

    assert re.findall(r'id="row-(\d+)"', page) == [str(Contact.objects.get(name="李梅").pk)]


def test_a_colleague_of_a_contact_is_not_found_by_its_name(cast, browse):
    from keji.customers.rules.contacts import add_contact

    add_contact(cast.lin, {"name": "程工"}, cast.acme)
    page = browse("lin").get("/contacts/?q=程工").content.decode()

    assert page.count('id="row-') == 1


def test_a_masked_phone_finds_no_contact_and_a_stranger_finds_none(cast, browse):
    assert 'id="row-' not in browse("chen").get("/contacts/?q=13812345678").content.decode()
    assert 'id="row-' not in browse("zhao").get("/contacts/?q=李梅").content.decode()


def test_all_that_match_are_those_with_the_words(cast, browse):
    enter(cast.lin, 2)
    browse("wang").post("/customers/drop/", {"all": "1", "query": "q=纸业", "why": "测试"})

    assert sorted(Customer.objects.filter(deleted_at=None).values_list("name", flat=True)) == sorted(
        [cast.acme.name, cast.other.name]
    )


def test_a_list_page_loads_little_javascript(browse):
    page = browse("lin").get("/customers/").content.decode()
    found = set(re.findall(r'<script src="/static/([^"]+)"', page))
    waiting = list(found)
    while waiting:
        file = ROOT / "keji" / "static" / waiting.pop()
        for other in re.findall(r'^import (?:[^"]*from )?"(\./[^"]+)"', file.read_text("utf-8"), re.MULTILINE):
            name = str((file.parent / other).resolve().relative_to(ROOT / "keji" / "static"))
            if name not in found:
                found.add(name)
                waiting.append(name)

    sizes = {name: len(gzip.compress((ROOT / "keji" / "static" / name).read_bytes(), 6)) for name in found}
    assert len(sizes) > 10
    assert sum(sizes.values()) <= 120 * 1024
