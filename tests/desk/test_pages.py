"""Each page of the desk, opened once by somebody who may and once by somebody who may not."""

import pytest
from django.urls import reverse

HTML = "text/html; charset=utf-8"
PAGES = [
    ("desk:people", "gao", "lin"),
    ("desk:person_add", "gao", "lin"),
    ("desk:team_add", "gao", "lin"),
    ("desk:roles", "shen", "lin"),
    ("desk:dictionaries", "shen", "lin"),
    ("desk:required", "shen", "lin"),
    ("desk:settings", "shen", "lin"),
    ("desk:trail", "shen", "lin"),
    ("desk:jobs", "gao", "lin"),
    ("custody:backups", "gao", "lin"),
]


@pytest.mark.parametrize(("name", "who", "stranger"), PAGES)
def test_a_page_opens_to_those_who_may(browse, name, who, stranger):
    answer = browse(who).get(reverse(name))
    assert (answer.status_code, answer["Content-Type"]) == (200, HTML)
    assert browse(stranger).get(reverse(name)).status_code == 403


def test_nobody_gets_anywhere_without_signing_in(cast, client):
    for name, _who, _stranger in PAGES:
        answer = client.get(reverse(name))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_the_sign_of_life_tells_nothing_else(client, db):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_what_is_not_there_has_a_page_with_an_id(browse):
    answer = browse("lin").get("/nowhere/")
    assert answer.status_code == 404
    assert answer.content.decode().count("<code>") == 1


def test_a_form_without_the_token_changes_nothing(cast):
    from django.test import Client

    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.gao)
    answer = careful.post(reverse("desk:team_add"), {"name": "新团队"})
    assert (answer.status_code, "页面已经过期" in answer.content.decode()) == (403, True)
