"""Before data leave and rights change: the password once more, if the last sign-in is some time ago."""

import pytest
from django.test import Client

from keji.access.models import Role
from keji.access.sessions import recently
from keji.records.models import Export

pytestmark = pytest.mark.usefixtures("files")

SECRET = "a sentence that only one knows"
AGAIN = "/accounts/reauthenticate/"
WORKS = [
    ("shen", "/customers/export/", {"query": "", "why": "核对", "format": "csv"}),
    ("shen", "/deals/export/", {"query": "", "why": "核对", "format": "csv"}),
    ("shen", "/followups/export/", {"query": "", "why": "核对", "format": "csv"}),
    ("shen", "/exports/workbook/", {"query": "", "why": "核对"}),
    ("gao", "/roles/{role}/", {"actions": "records.files"}),
    ("gao", "/roles/{role}/restore/", {}),
    ("gao", "/people/{person}/", {"name": "林晓", "roles": ["SALES_MANAGER"]}),
    ("gao", "/people/{person}/switch/", {"active": "0"}),
    ("gao", "/people/{person}/password/", {}),
    ("gao", "/people/new/", {"name": "新人", "username": "new", "roles": ["SALES_REP"]}),
]


def signed_in(person, minutes):
    """A browser in which the person signed in so many minutes ago."""
    person.set_password(SECRET)
    person.save()
    client = Client(raise_request_exception=False)
    client.post("/accounts/login/", {"login": person.username, "password": SECRET})
    session = client.session
    session["begun"] -= minutes * 60
    session.save()
    return client


def what_stands(cast):
    told = [(one.username, one.is_active, one.password, sorted(held.role.code for held in one.held.all())) for one in people()]
    return told, Export.objects.count(), list(Role.objects.order_by("pk").values_list("actions", flat=True))


def people():
    from keji.access.models import Person

    return Person.objects.order_by("username")


def place(cast, path):
    return path.format(role=Role.objects.get(code="CS_AGENT").pk, person=cast.lin.pk)


@pytest.mark.parametrize(("who", "path", "told"), WORKS)
def test_an_old_sign_in_asks_for_the_password_and_then_goes_on(cast, who, path, told):
    client = signed_in(getattr(cast, who), 16)
    path, before = place(cast, path), what_stands(cast)

    asked = client.post(path, told)
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, AGAIN)
    assert what_stands(cast) == before

    wrong = client.post(asked["Location"], {"password": "wrong", "next": path})
    assert wrong.status_code == 200 and what_stands(cast) == before
    client.post(asked["Location"], {"password": SECRET, "next": path})
    assert what_stands(cast) != before or path.endswith("restore/")
    assert client.post(path, told).status_code in (200, 302, 422, 429)  # for the next minutes nobody asks again


@pytest.mark.parametrize(("who", "path", "told"), WORKS[:5])
def test_a_sign_in_of_the_last_minutes_is_enough(cast, who, path, told):
    answer = signed_in(getattr(cast, who), 14).post(place(cast, path), told)

    assert AGAIN not in answer.get("Location", "")


def test_reading_asks_for_nothing(cast):
    client = signed_in(cast.gao, 90)

    assert {path: client.get(place(cast, path)).status_code for _who, path, _told in WORKS[4:5] + WORKS[6:7]} == {
        "/roles/{role}/": 200,
        "/people/{person}/": 200,
    }


def test_a_file_that_is_ready_waits_for_the_password_too(cast):
    client = signed_in(cast.shen, 0)
    client.post("/customers/export/", WORKS[0][2])
    export = Export.objects.get()
    session = client.session
    session["begun"] -= 16 * 60
    session.save()

    asked = client.get(f"/exports/{export.pk}/", HTTP_REFERER="http://testserver/exports/")
    assert asked["Location"] == f"{AGAIN}?next=%2Fexports%2F"
    assert client.get(f"/exports/{export.pk}/", HTTP_REFERER="http://evil.example/x")["Location"] == f"{AGAIN}?next=%2F"
    assert client.post(asked["Location"], {"password": SECRET, "next": "/exports/"})["Location"] == "/exports/"
    assert b"".join(client.get(f"/exports/{export.pk}/").streaming_content)


def test_who_lost_the_right_in_between_does_not_go_on(cast):
    client = signed_in(cast.gao, 16)
    path, before = place(cast, "/roles/{role}/"), what_stands(cast)
    asked = client.post(path, {"actions": "records.files"})
    cast.gao.held.all().delete()

    assert client.post(asked["Location"], {"password": SECRET, "next": path}).status_code == 403
    assert what_stands(cast)[2] == before[2]


def test_a_session_without_a_sign_in_is_never_recent(rf, cast):
    request = rf.get("/")
    request.session, request.user = {}, cast.lin
    assert recently(request) is False
