"""Files on the page of a record, in a real browser: chosen, dropped, pasted, too large; what else was typed stays."""

import re

import pytest
from playwright.sync_api import expect
from test_daily import OLDEST

WHOLE = {"name": "整二十兆.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 " + b"x" * (20_000_000 - 9)}
HEAVY = {"name": "太大.pdf", "mimeType": "application/pdf", "buffer": WHOLE["buffer"] + b"x"}
FAKE = {"name": "假图片.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
BRINGS = """([kind, where, name, told]) => {
  const carried = new DataTransfer();
  if (told) { carried.items.add(told, "text/plain"); carried.items.add(`<table><td>${told}</table>`, "text/html"); }
  carried.items.add(new File(["hello"], name, { type: "text/plain" }));
  const made = kind === "paste"
    ? new ClipboardEvent(kind, { clipboardData: carried, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true });
  document.querySelector(where).dispatchEvent(made);
  return made.defaultPrevented;
}"""
TEXT = "#main [data-compose] textarea"


@pytest.fixture
def page(visit):
    """A customer's page with a follow-up half written."""
    page = visit("lin", OLDEST)
    page.click("a.called")
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    page.fill(TEXT, "写到一半")
    return page


def kept(page):
    return page.locator("#files .files a[download]")


@pytest.mark.req("R-000-01")
def test_files_come_by_choice_drop_and_paste_and_nothing_typed_is_lost(page):
    page.set_input_files("#files input[type=file]", [WHOLE])
    expect(kept(page).filter(has_text="整二十兆.pdf")).to_have_count(1, timeout=30_000)
    assert page.evaluate(BRINGS, ["drop", "#files h2", "拖来的.txt", ""])
    expect(kept(page).filter(has_text="拖来的.txt")).to_have_count(1)
    assert page.evaluate(BRINGS, ["paste", "body", "贴来的.txt", ""])
    expect(kept(page).filter(has_text="贴来的.txt")).to_have_count(1)

    expect(page.locator(TEXT)).to_have_value("写到一半")
    expect(page.locator("#history > li").first).to_contain_text("贴来的.txt")
    page.locator("#files li", has_text="拖来的.txt").locator("button").click()
    expect(kept(page).filter(has_text="拖来的.txt")).to_have_count(0)
    expect(page.locator(TEXT)).to_have_value("写到一半")


def test_what_is_too_large_is_not_sent_and_what_is_no_picture_is_named(page):
    sent = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    page.set_input_files("#files input[type=file]", [HEAVY])
    told = page.locator(".toasted.danger")
    expect(told).to_contain_text("太大.pdf")
    assert told.locator("use").first.get_attribute("href").endswith("#alert-circle")
    told.locator("[data-shuts]").click()
    page.set_input_files("[data-composer] input[type=file]", [HEAVY])
    expect(told).to_contain_text("太大.pdf")
    assert (sent, page.locator("[data-chosen] li").count()) == ([], 0)

    page.set_input_files("#files input[type=file]", [FAKE])
    expect(told.last).to_contain_text("假图片.png：")
    assert kept(page).filter(has_text="假图片.png").count() == 0


def test_cells_of_excel_are_pasted_as_text_and_a_file_beside_its_place_is_not_opened(page):
    assert not page.evaluate(BRINGS, ["paste", TEXT, "单元格.png", "甲\t乙"])
    assert page.locator("[data-chosen] li").count() == 0
    assert page.evaluate(BRINGS, ["dragover", "h1", "失手.txt", ""])
    assert kept(page).filter(has_text="失手.txt").count() == 0


def test_a_form_that_leaves_the_page_asks_before_another_is_lost(page):
    asked = []
    page.on("dialog", lambda one: (asked.append(one.type), one.dismiss()))
    page.click("[popovertarget=more]")
    page.click("#more [data-opens=drop]")
    page.click("#drop footer .danger")
    page.wait_for_timeout(500)

    assert asked == ["beforeunload"]
    expect(page.locator(TEXT)).to_have_value("写到一半")
