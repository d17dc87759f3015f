"""One installation for all browser tests, served as it is in earnest."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from installation import CHROMIUM, FLAGS, WIDE, come, site  # noqa: E402


def pytest_collection_modifyitems(items):
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def address():
    with site(60) as (where, _log):
        yield where


@pytest.fixture(scope="session")
def signed_in():
    """Who signed in once already: name → the cookies of that session; an address may sign in 30 times a minute."""
    return {}


@pytest.fixture
def visit(browser, address, signed_in):
    """Come as somebody of the demo, signed in; scripts that fail, fail the test."""
    opened, errors = [], []

    def begun(page):
        opened.append(page.context)
        page.on("pageerror", lambda error: errors.append(str(error)))

    def go(username, path="/customers/", size=WIDE):
        return come(browser, address, signed_in, username, path, size=size, begun=begun)

    yield go
    for around in opened:
        around.close()
    assert errors == []
