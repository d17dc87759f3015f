"""Being told, in a real browser: the bell, a desktop notification, the inbox by keyboard and on the phone; how one wants it."""

import re

import pytest
from installation import PHONE
from playwright.sync_api import expect
from test_daily import serious

WATCH = """window.shown = [];
window.Notification = class { constructor(title, how) { window.shown.push([title, how.body]); } };
window.Notification.permission = "granted";"""
CHOOSE = """name => {
  const one = [...document.querySelectorAll("#owner option")].find((option) => option.text === name);
  if (one) document.querySelector("#owner").value = one.value;
  return Boolean(one);
}"""
WHOLE = "[...document.querySelectorAll('.inbox td')].every((one) => one.scrollHeight <= one.clientHeight + 1)"  # nothing is cut off
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


ONLY = """kind => document.querySelectorAll("form.form input[type=checkbox][value=INBOX]").forEach(
  (one) => { if (!one.disabled) one.checked = one.name === kind; })"""


def hear_only(visit, who, kind):
    """Have somebody told of one kind alone, and read what waits: what the demo plans for the minute of a test is no part of it."""
    page = visit(who, "/account/notices/")
    page.evaluate(ONLY, kind)
    page.click("form.form [data-save]")
    page.wait_for_load_state()
    page.goto(page.url.split("/account/")[0] + "/inbox/")
    waiting = page.locator("[data-key=a]")
    if waiting.count():
        waiting.click()
        expect(page.locator("tr.unread")).to_have_count(0)


@pytest.fixture
def told(visit):
    """Lin's page, once the bell shows what Wang gave away just now, each for a reason of its own; and the names."""
    hear_only(visit, "lin", "customers.handed")
    giver = visit("wang")
    links = giver.eval_on_selector_all("a.called", "all => all.map((one) => [one.getAttribute('href').split('?')[0], one.innerText])")
    home, names = giver.url.split("/customers/")[0], []
    for href, name in links:
        giver.goto(f"{home}{href}transfer/")
        if len(names) < 3 and giver.evaluate(CHOOSE, "林晓"):
            giver.fill("#why", f"换区域 {len(names)}")
            giver.click("[data-save]")
            giver.wait_for_url(re.compile(r"/customers/\d+/$"))
            names.append(name)
    page = visit("lin")
    for _time in range(60):
        page.reload()
        if page.inner_text("[data-bell]") == str(len(names)):
            return page, names
        page.wait_for_timeout(1000)
    raise AssertionError(page.inner_text("[data-bell]"))


def test_what_comes_is_told_on_the_desktop_and_worked_off_by_keyboard(told):
    page, names = told
    page.context.add_cookies([{"name": "told", "value": "0", "url": page.url}])
    page.add_init_script(WATCH)
    page.reload()
    page.wait_for_timeout(4000)  # the page asks two seconds after it has loaded
    said = {f"王敏把客户交给了你：{name}" for name in names}
    assert {title for title, _text in page.evaluate("window.shown")} == said

    page.keyboard.press("i")
    page.wait_for_url(re.compile("/inbox/"))
    assert set(page.locator("tr.unread a.called").evaluate_all("all => all.map((one) => one.lastChild.textContent)")) == said
    assert serious(page) == []
    rows = page.locator("[data-inbox] tbody tr")
    before = rows.count()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(FITS)
    assert page.evaluate(WHOLE)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("tr.unread")).to_have_count(2)
    expect(page.locator("[data-bell] b")).to_have_text("2")

    page.locator("tr.unread a.called").first.evaluate("one => one.closest('tr').classList.add('here')")
    page.keyboard.press("s")
    page.locator("[popover]:popover-open button", has_text="1 小时后").click()
    expect(rows).to_have_count(before - 1)
    expect(page.locator("[data-bell] b")).to_have_text("1")

    page.locator("tr.unread a.called").click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    page.reload()
    expect(page.locator("[data-bell] b")).to_be_hidden()


def test_how_one_wants_to_be_told_is_kept_and_what_is_wrong_is_said(visit):
    page = visit("sun", "/account/notices/", PHONE)
    assert page.evaluate(FITS)
    assert serious(page) == []
    desk = page.locator("[name='customers.handed'][value=DESKTOP]")
    desk.uncheck()
    page.fill("#quiet_from", "22:00")
    page.click("form.form [data-save]")
    expect(page.locator("#quiet-wrong")).to_be_visible()
    assert not desk.is_checked()
    page.fill("#quiet_until", "08:00")
    page.click("form.form [data-save]")
    page.wait_for_load_state()
    page.goto(page.url)
    assert (desk.is_checked(), page.input_value("#quiet_from"), page.input_value("#quiet_until")) == (False, "22:00", "08:00")

    page.goto(f"{page.url}robots/new/")
    page.select_option("[name=medium]", "WECOM", force=True)
    page.fill("[name=name]", "我的群")
    page.fill("[name=address]", "https://example.com/cgi-bin/webhook/send?key=12345678")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-code=E_URL]")).to_be_visible()
    page.fill("[name=address]", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/account/notices/(\d+/)?$"))
    assert "0123456789" not in page.content()
    assert "qyapi.weixin.qq.com/…cdef" in page.content()
