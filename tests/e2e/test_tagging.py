"""Needs and tags in a real browser, mostly by keyboard."""

import re

from installation import PHONE
from playwright.sync_api import expect
from test_daily import serious


def customer(page):
    page.locator("a.called").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    return re.search(r"/customers/(\d+)/", page.url)[1]


def test_a_tag_is_typed_put_on_and_taken_off_without_leaving_the_keyboard(visit):
    page = visit("lin")
    pk = customer(page)
    page.focus("#tag")
    page.keyboard.type("年会邀请")
    page.keyboard.press("Enter")
    expect(page.locator("#tags")).to_contain_text("年会邀请")
    expect(page.locator("#tag")).to_be_focused()
    page.keyboard.type("行业:元宇宙")
    page.keyboard.press("Enter")
    expect(page.locator("[data-code=E_SYSTEM_TAG]")).to_be_visible()
    assert page.input_value("#tag") == "行业:元宇宙"

    page.goto(page.url.split("/customers/")[0] + "/customers/?tags=年会邀请")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(page.url.split("/customers/")[0] + f"/customers/{pk}/")
    page.locator("#tags button[aria-label='移除标签 年会邀请']").press("Enter")
    expect(page.locator("#tags")).not_to_contain_text("年会邀请")


def test_a_need_is_written_down_with_its_prompts_and_tags_the_customer(visit):
    page = visit("lin")
    pk = customer(page)
    page.goto(page.url.split("/customers/")[0] + f"/customers/{pk}/needs/new/")
    page.select_option("#need_type", "DIGITAL")
    expect(page.locator("#hints")).to_contain_text("要和现有的哪些系统对接")
    page.fill("#description", "仓库和门店的数据要打通")
    page.fill("#budget_text", "几十万")
    page.fill("#target_date", "20天后")
    page.locator("#target_date").press("Tab")
    expect(page.locator("#suggested")).to_contain_text("高")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-code=E_AMOUNT]")).to_be_visible()
    page.fill("#budget_text", "20-30万")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(rf"/customers/{pk}/$"))

    expect(page.locator("#needs")).to_contain_text("仓库和门店的数据要打通")
    expect(page.locator("#tags")).to_contain_text("意向等级:高")
    assert serious(page) == []


def test_rows_of_the_list_are_tagged_together_and_found_by_the_filter(visit):
    page = visit("wang")
    for box in page.locator("[data-pick]").all()[:2]:
        box.check()
    page.click("button:has-text('打标签')")
    page.wait_for_url(re.compile("/customers/tags/"))
    page.fill("#new", "秋季展会")
    page.click("[data-save]")
    page.wait_for_url(re.compile("/customers/$"))
    page.click("#filter-tags-face")
    page.locator("#filter-tags input[data-narrow]").fill("秋季")
    page.locator("#filter-tags > .option:visible input").check()
    page.locator("#filter-tags button[type=submit]").click()
    expect(page.locator("tbody tr")).to_have_count(2)

    page.click("a:has-text('分布')")
    page.wait_for_url(re.compile("/spread/"))
    page.click("a:has-text('负责人')")
    number = page.locator("td.num a").first
    said = number.inner_text()
    number.click()
    expect(page.locator("tbody tr")).to_have_count(int(said))


def test_the_pages_of_the_steward_are_sound_for_axe(visit):
    for path in ("/tags/", "/tags/1/", "/tags/groups/1/"):
        assert serious(visit("shen", path)) == []
    for path in ("/needs/", "/customers/spread/"):
        assert serious(visit("wang", path)) == []


def test_on_the_phone_the_pages_are_no_wider_than_the_screen(visit):
    for path in ("/needs/", "/customers/spread/?by=tags", "/customers/"):
        page = visit("lin", path, size=PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    customer(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
