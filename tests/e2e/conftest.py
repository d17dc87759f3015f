"""One installation for all browser tests, served as it is in earnest."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from installation import CHROMIUM, FLAGS, WIDE, come, site  # noqa: E402

OPENED = []  # the contexts of the test that runs
SHOWN = """() => {
  const main = (document.querySelector("main") ?? document.body).cloneNode(true);
  main.querySelectorAll("select, script, style, template").forEach((one) => one.remove());
  return main.textContent.replace(/\\s+/g, " ");
}"""


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Beside a failed test stands what its pages showed and what the site said last."""
    report = yield
    if report.failed and report.when == "call" and "installation" in item.funcargs:
        for page in [page for around in OPENED for page in around.pages]:
            report.sections.append((page.url, page.evaluate(SHOWN)[:2000]))
        report.sections.append(("what the site said", item.funcargs["installation"][1].read_text()[-3000:]))
    return report


@pytest.fixture(scope="session")
def installation():
    with site(60) as told:
        yield told


@pytest.fixture(scope="session")
def address(installation):
    return installation[0]


@pytest.fixture(scope="session")
def signed_in():
    """Who signed in once already: name → the cookies of that session; an address may sign in 30 times a minute."""
    return {}


@pytest.fixture
def visit(browser, address, signed_in):
    """Come as somebody of the demo, signed in; scripts that fail, fail the test."""
    errors = []

    def begun(page):
        OPENED.append(page.context)
        page.on("pageerror", lambda error: errors.append(str(error)))

    def go(username, path="/customers/", size=WIDE):
        return come(browser, address, signed_in, username, path, size=size, begun=begun)

    yield go
    while OPENED:
        OPENED.pop().close()
    assert errors == []
