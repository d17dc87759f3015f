"""Every route × method: has a door, gives nothing away, and changes nothing where it may not."""

import re
import sys
from pathlib import Path

import pytest
from django.test import Client
from world import addresses, body, changed, dump, forbidden, normal, on_disk, routes

from keji.access.scope import ACTIONS

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from screens import NO_SCREEN, SCREENS  # noqa: E402

pytestmark = pytest.mark.django_db
KNOWN = Path(__file__).with_name("routes.txt")
WRITTEN_BY_GET = {"access_entry", "access_kept", "access_tried", "django_session", "usersessions_usersession", "cache"}
REQUIRED = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Reporting-Endpoints",
)


def table() -> list[str]:
    return sorted(
        f"{route} {' '.join(view.methods)} {view.door or 'open: ' + view.open_because}" for route, view in routes()
    )


def test_every_route_has_a_door_and_stands_in_the_list():
    """A new route is written into routes.txt by hand: whoever does that has thought about who may open it."""
    for route, view in routes():
        assert view.door in ACTIONS or (view.door is None and view.open_because), route
    assert table() == KNOWN.read_text("utf-8").splitlines()


def test_every_page_is_drawn_and_looked_at():
    """A new page is written into tools/screens.py: `make shots` draws it, and axe looks at it, wide and on a phone."""
    drawn = [re.split("[?]", path)[0] for screens in SCREENS.values() for path in screens.values()]
    asked = {
        route: re.compile("/" + re.sub("<int:[^>]+>", r"(\\d+|{\\w+})", re.sub("<slug[^>]+>", "[^/]+", route)))
        for route, view in routes()
        if "GET" in view.methods
    }
    missing = {
        route for route, form in asked.items() if not route.startswith("api/v1") and not any(map(form.fullmatch, drawn))
    }

    assert missing == NO_SCREEN


@pytest.mark.attack("B-59")
def test_reading_the_whole_site_changes_nothing(world, disk):
    before, files = dump(), on_disk()
    for route, _view in routes():
        for address in addresses(world, route, 2):
            for method in ("get", "head", "options"):
                body(getattr(world.client("data_steward"), method)(address))
    assert changed(before, dump()).keys() <= WRITTEN_BY_GET
    assert on_disk() == files


@pytest.mark.attack("B-02")
@pytest.mark.parametrize("who", ["rep2", "cs_agent", "sys_admin", "nobody"])
def test_a_refused_change_changes_nothing(world, disk, who):
    """Every POST to records out of reach: after the answer all is as before, but for the note of the refusal."""
    told = {
        "why": "x",
        "owner": "1",
        "grade": "B",
        "name": "改名有限公司",
        "version": "1",
        "ids": world.ids["customers"][:3],
    }
    refused = 0
    for route, view in routes():
        if "POST" not in view.methods or view.door is None:
            continue
        for address in addresses(world, route, 1):
            before, files = dump(), on_disk()
            status = world.client(who).post(address, told).status_code
            if status in (403, 404):
                refused += 1
                assert changed(before, dump()).keys() <= {"access_entry", "access_kept", "django_session"}, address
                assert on_disk() == files, address
            assert status < 500, address
    assert refused > 5


@pytest.mark.attack("B-01")
def test_what_is_not_yours_is_answered_like_what_is_not_there(world):
    hidden, client = world.ids["customers"][0], world.client("rep2")
    first = {name: world.ids[name][0] for name in ("contacts", "followups", "deals", "needs", "tasks", "tickets", "forms", "files", "inbox")}
    for route, view in routes():
        if "<int:pk>" not in route or route.split("/")[0] not in (
            "customers",
            "contacts",
            "followups",
            "deals",
            "needs",
            "tickets",
            "tasks",
            "forms",
            "files",
            "exports",
            "imports",
            "inbox",
        ):
            continue
        pk = first.get(route.split("/")[0], hidden)
        pk = hidden if "<slug:record>" in route else pk
        made = "/" + route.replace("<slug:record>", "customers").replace("<int:line>", "1").replace("<int:tag>", "1").replace("<slug:name>", "mobile")
        for method in (name.lower() for name in view.methods):
            there = normal(getattr(client, method)(made.replace("<int:pk>", str(pk))))
            gone = normal(getattr(client, method)(made.replace("<int:pk>", "987654")))
            assert (there[0], there[2]) == (gone[0], gone[2]), made
            assert there[0] in (403, 404), made


@pytest.mark.attack("B-17")
@pytest.mark.attack("B-24")
@pytest.mark.attack("B-73")
@pytest.mark.parametrize("who", ["rep2", "cs_agent", "auditor", "odd", "sys_admin", "data_steward"])
def test_no_page_and_no_log_line_holds_what_a_person_may_not_read(world, caplog, who):
    secret, client = forbidden(world.people[who]), world.client(who)
    caplog.set_level("DEBUG", logger="keji")
    caplog.set_level("INFO", logger="django.request")
    for route, view in routes():
        if "GET" not in view.methods or "twins" in route:
            continue
        for address in addresses(world, route, 12):
            told = body(client.get(address)).decode("utf-8", "replace")
            assert {text: what for text, what in secret.items() if text in told} == {}, address
    assert [text for text in secret if text in caplog.text] == []


@pytest.mark.attack("B-58")
def test_no_change_goes_through_without_the_token_of_the_form(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["data_steward"])
    client.get("/account/")
    before = dump()
    for route, view in routes():
        # browsers report to csp/ without a form, and no cookie counts in the API (see test_api_worlds)
        if "POST" in view.methods and route != "csp/" and not route.startswith("api/v1/"):
            for extra in ({}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_HX_REQUEST": "true"}):
                for address in addresses(world, route, 1):
                    assert client.post(address, {"why": "x"}, **extra).status_code == 403, address
            assert client.post(address, b'{"a": 1}', content_type="text/plain").status_code == 403, address
    assert changed(before, dump()).keys() <= {"django_session"}


@pytest.mark.attack("B-37")
def test_every_answer_carries_the_headers(world):
    found = [
        world.client("data_steward").get(address) for route, _view in routes() for address in addresses(world, route, 1)
    ]
    found += [
        Client().get(path) for path in ("/", "/.git/config", "/admin/", "/static/keji/css/ground.css", "/customers/")
    ]
    for answer in found:
        assert [name for name in REQUIRED if name not in answer.headers] == [], answer.request["PATH_INFO"]
        if not answer.request["PATH_INFO"].startswith("/static/"):
            assert answer.headers["Cache-Control"] == "private, no-store", answer.request["PATH_INFO"]
        body(answer)
