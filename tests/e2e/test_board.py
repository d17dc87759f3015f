"""Deals on the board, in a real browser: dragged, moved by keyboard, moved on the phone."""

import re

import pytest
from installation import PHONE
from playwright.sync_api import expect
from test_daily import serious

FIRST, SECOND = "[data-stage] >> nth=0", "[data-stage] >> nth=1"


def opened(page, name):
    """A new deal with a new customer, of whom no need tells anything yet, left open on the board."""
    page.goto(page.url.split("/customers/")[0] + "/customers/new/")
    page.fill("[name=name]", f"看板{name}有限公司")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    page.click("#deals header a")
    page.wait_for_url(re.compile(r"/deals/new/"))
    page.fill("[name=name]", name)
    page.fill("[name=expected_amount]", "9999万")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/deals/\d+/$"))
    page.goto(page.url.split("/deals/")[0] + "/deals/")


def card(page, name, column):
    return page.locator(column).locator("[data-deal]", has_text=name)


@pytest.mark.req("R-003-46")
def test_a_card_is_dragged_and_the_stage_asks_for_what_it_needs(visit):
    page = visit("lin", "/customers/")
    opened(page, "拖动的商机")
    card(page, "拖动的商机", FIRST).drag_to(page.locator(SECOND))
    dialog = page.locator("#moving")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("需求已记录")

    dialog.locator("[data-cancel]").click()
    expect(card(page, "拖动的商机", FIRST)).to_be_visible()
    card(page, "拖动的商机", FIRST).drag_to(page.locator(SECOND))
    dialog.locator("[name=fact-NEED]").check()
    dialog.locator("[data-save]").click()
    expect(card(page, "拖动的商机", SECOND)).to_be_visible()
    expect(dialog).to_be_hidden()
    page.reload()
    expect(card(page, "拖动的商机", SECOND)).to_be_visible()


@pytest.mark.req("R-000-36")
def test_a_deal_is_won_by_keyboard_with_amount_and_date(visit):
    page = visit("lin", "/customers/")
    opened(page, "键盘的商机")
    card(page, "键盘的商机", FIRST).locator("[data-move]").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#moving")
    dialog.locator("[name=_stage]").select_option(label="成交")
    expect(dialog.locator("[name=actual_amount]")).to_have_value("99990000.00")

    dialog.locator("[data-save]").click()
    expect(dialog.locator("[data-code=E_WHY]")).to_be_visible()
    dialog.locator("[name=why]").fill("客户当场签约")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".stack.won [data-deal]", has_text="键盘的商机")).to_be_visible()


@pytest.mark.req("R-000-36")
def test_a_card_dragged_to_the_won_ones_proposes_amount_and_day(visit):
    page = visit("lin", "/customers/")
    opened(page, "当场签的单")
    card(page, "当场签的单", FIRST).drag_to(page.locator(".stack.won ul"))
    dialog = page.locator("#moving")
    expect(dialog.locator("[name=actual_amount]")).to_have_value("99990000.00")
    expect(dialog.locator("[name=actual_amount]")).to_be_focused()
    dialog.locator("[name=actual_amount]").fill("")
    dialog.locator("[name=why]").fill("当场签约")
    dialog.locator("[data-save]").click()
    expect(dialog.locator("[data-code=E_REQUIRED]")).to_contain_text("实际成交金额")

    dialog.locator("[name=actual_amount]").fill("28万")
    dialog.locator("[data-save]").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".stack.won [data-deal]", has_text="当场签的单")).to_contain_text("¥280,000")


@pytest.mark.parametrize("who", ["lin", "wang"])
def test_on_a_laptop_all_stages_are_in_sight(visit, who):
    page = visit(who, "/deals/")
    edge = page.evaluate("[...document.querySelectorAll('.board .stack')].at(-1).getBoundingClientRect().right")
    spills = page.evaluate("[...document.querySelectorAll('.deal')].filter((one) => one.scrollWidth > one.clientWidth).length")

    assert edge <= 1440
    assert spills == 0


@pytest.mark.req("R-000-37")
def test_a_card_dragged_to_the_lost_ones_asks_why(visit):
    page = visit("lin", "/customers/")
    opened(page, "丢掉的商机")
    card(page, "丢掉的商机", FIRST).drag_to(page.locator(".stack.lost ul"))
    dialog = page.locator("#moving")
    expect(dialog).to_be_visible()
    dialog.locator("[data-cancel]").click()
    expect(card(page, "丢掉的商机", FIRST)).to_be_visible()

    card(page, "丢掉的商机", FIRST).drag_to(page.locator(".stack.lost ul"))
    dialog.locator("[name=loss_reason]").select_option(label="价格过高")
    dialog.locator("[data-save]").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".stack.lost [data-deal]", has_text="丢掉的商机")).to_be_visible()


def test_on_the_phone_a_deal_is_moved_without_dragging(visit):
    page = visit("lin", "/deals/", size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = page.locator("[data-deal]").first
    name = first.locator("a.called").inner_text()
    first.locator("[data-move]").click()
    dialog = page.locator("#moving")
    dialog.locator("[name=_stage]").select_option(label="流失")
    dialog.locator("[name=loss_reason]").select_option(label="价格过高")
    dialog.locator("[data-save]").click()
    expect(page.locator(".stack.lost [data-deal]", has_text=name).first).to_be_attached()


@pytest.mark.parametrize("path", ["/deals/", "/deals/list/", "/deals/forecast/", "/deals/new/"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave(visit, address, path, theme):
    page = visit("wang", path)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])
    page.reload()

    assert serious(page) == []


@pytest.mark.parametrize("path", ["/pipelines/", "/pipelines/1/", "/stages/1/"])
def test_axe_finds_nothing_grave_for_the_steward(visit, path):
    assert serious(visit("shen", path)) == []
