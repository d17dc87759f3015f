"""The first page: setting up, then straight to work; and the palette."""

import re

import pytest
from django.urls import reverse

from keji.access.house import fresh, house
from keji.access.models import Held, Person, Team
from keji.access.rules.people import add_person
from keji.access.trail import SYSTEM
from keji.records.rules import set_up

TOLD = {"company": "晨光贸易", "profile": "P001", "size_scheme": "NBS2017"}


@pytest.fixture
def admin(db, client):
    person, _password = add_person(SYSTEM, "admin", "管理员", ["SYS_ADMIN", "DATA_STEWARD"])
    Person.objects.filter(pk=person.pk).update(must_change=False)
    client.force_login(person)
    return client


def settings():
    fresh()
    return {name: house()[name] for name in ("company", "profile", "size_scheme", "set_up")}


def colleagues(*lines):
    return {
        f"person_{part}": [line[place] for line in lines]
        for place, part in enumerate(("name", "username", "role", "team"))
    }


def test_a_fresh_installation_asks_its_first_administrator(admin):
    page = admin.get("/").content.decode()
    assert ('id="setup"' in page, "P004" in page, "NBS2017" in page) == (True, True, True)


def test_setting_up_keeps_everything_and_shows_the_passwords_once(admin):
    lines = ("孙悦", "sun", "SALES_REP", "华东"), ("", "", "", ""), ("钱进", "qian", "SALES_MANAGER", "华东")
    page = admin.post("/", TOLD | colleagues(*lines)).content.decode()
    assert len(re.findall(r"<code>(?:[a-z0-9]{4}-){4}[a-z0-9]{4}</code>", page)) == 2
    assert settings() == {**TOLD, "set_up": True}
    held = Held.objects.filter(person__team__name="华东").order_by("pk").values_list("person__name", "role__code")
    assert list(held) == [("孙悦", "SALES_REP"), ("钱进", "SALES_MANAGER")]
    assert "工作台" in admin.get("/").content.decode()


def test_setting_up_is_all_or_nothing(admin):
    lines = ("孙悦", "sun", "SALES_REP", "华东"), ("钱进", "sun", "SALES_MANAGER", "")
    answer = admin.post("/", TOLD | colleagues(*lines))
    assert (answer.status_code, "钱进:登录名已经有人用了" in answer.content.decode()) == (422, True)
    assert (Person.objects.count(), Team.objects.count(), settings()["set_up"]) == (1, 0, False)


def test_setting_up_can_wait(admin):
    assert "工作台" in admin.get("/?later=1").content.decode()


def test_everybody_else_goes_to_their_own_first_page(browse):
    set_up(SYSTEM, set_up=True)
    assert "我的漏斗" in browse("lin").get("/").content.decode()
    assert browse("gao").get("/")["Location"] == reverse("desk:jobs")
    assert browse("gao").post("/", TOLD).status_code == 403


def test_the_palette_finds_customers_pages_and_actions(cast, browse):
    found = browse("lin").get(reverse("desk:search"), {"q": "星海"}).content.decode()
    assert (cast.acme.name in found, cast.acme.customer_no in found, "林晓" in found) == (True, True, True)
    assert reverse("customers:page", args=[cast.acme.pk]) in found
    pages = browse("lin").get(reverse("desk:search"), {"q": "客户"}).content.decode()
    assert (reverse("customers:create") in pages, reverse("desk:people") in pages) == (True, False)


def test_the_palette_shows_no_customer_of_others(cast, browse):
    found = browse("zhao").get(reverse("desk:search"), {"q": "星海"}).content.decode()
    assert cast.acme.name not in found
    nobody = browse("gao").get(reverse("desk:search"), {"q": "星海"}).content.decode()
    assert cast.acme.name not in nobody
