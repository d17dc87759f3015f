"""In a real browser: what people write opens no dialog, runs no script, asks nothing of anybody, and the policy has nothing to report."""

import re
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "security"))
from corpus import HX, SCHEMES, corpus  # noqa: E402

DOZEN = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg onload=alert(1)>",
    "</title></textarea><script>alert(1)</script>",
    "'><details open ontoggle=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    f"<div {HX[2]}>甲</div>",
    f"<div {HX[5]}>甲</div>",
    f'" {HX[7]} x="',
    f"<a href={SCHEMES[0]}>甲</a>",
    "<math><mtext></p><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
)
WATCH = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (event) => window.reports.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.mark.attack("B-26")
@pytest.mark.attack("B-27")
@pytest.mark.attack("B-28")
def test_no_text_runs_in_the_browser(visit, address):
    page = visit("lin", "/customers/new/")
    met = []
    page.context.add_init_script(WATCH)
    page.context.on("dialog", lambda dialog: (met.append(dialog.message), dialog.dismiss()))
    page.context.on(
        "request", lambda request: met.append(request.url) if not request.url.startswith((address, "data:")) else None
    )

    def look(path, type_in=""):
        page.goto(address + path)
        if type_in:
            page.keyboard.press("Control+k")
            page.keyboard.type(type_in[:20])
            page.wait_for_load_state("networkidle")
        reports = page.evaluate("window.reports")
        assert (path, met, reports) == (path, [], [])

    assert set(DOZEN) - set(corpus()) != set(DOZEN)
    for number, text in enumerate(DOZEN):
        page.goto(f"{address}/customers/new/")
        page.fill("[name=name]", "试写" + "甲乙丙丁戊己庚辛壬癸子丑"[number] * 4)
        page.fill("[name=remark]", text)
        page.fill("[name='contact.name']", "王小明")
        page.fill("[name='contact.title']", text[:40])
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile(r"/customers/\d+/$"))
        assert met == []
        customer = page.url.rstrip("/").rpartition("/")[2]
        assert text[:20] in page.inner_text("main")
        look(f"/customers/{customer}/")
        look(f"/customers/{customer}/edit/")
        look(f"/customers/?q={quote(text)}")
    look("/customers/", "试写")
    look("/contacts/")
    look("/")


@pytest.mark.attack("B-26")
def test_the_watch_sees_what_the_policy_stops(visit, address):
    """The test above can fail: a script put into the page is stopped, and reported."""
    page = visit("lin", "/customers/")
    page.context.add_init_script(WATCH)
    page.goto(address + "/customers/")
    seen = """() => new Promise((done) => {
      document.addEventListener("securitypolicyviolation", (event) => done([event.violatedDirective, window.reports.length]));
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=alert(1)>");
    })"""

    assert page.evaluate(seen) == ["script-src-attr", 1]


@pytest.mark.attack("B-63")
def test_after_leaving_the_way_back_shows_nothing(visit, address):
    page = visit("lin", "/customers/")
    name = page.locator("a.called").first.inner_text()
    page.locator("a.called").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    assert name in page.content()
    page.goto(address + "/accounts/logout/")
    page.locator("form button[type=submit], form button").first.click()
    page.wait_for_load_state("networkidle")

    for _page in ("the question whether to leave", "the customer", "the list"):
        page.go_back()
        page.wait_for_load_state("networkidle")
        assert page.url.startswith(address)
        assert name not in page.content()
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert kept == "[{},{}]"
    assert page.evaluate("async () => (await caches?.keys?.() ?? []).length") == 0
