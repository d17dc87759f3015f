"""A salesperson writes down what was said, and works on the customer's page."""

import re

import pytest
from installation import PHONE
from playwright.sync_api import expect
from test_daily import OLDEST, serious


def customer(page):
    page.locator("a.called").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    return page


@pytest.mark.req("R-000-02")
def test_a_follow_up_is_written_in_two_fields_and_stands_in_the_timeline(visit):
    page = customer(visit("lin", "/customers/"))
    page.keyboard.press("f")
    page.keyboard.type("对方想看演示，下周带方案去")
    page.click("text=下周一")
    page.fill("#main [name=objective]", "确认预算")
    page.keyboard.press("Control+Enter")

    newest = page.locator("#history > li").first
    expect(newest).to_contain_text("对方想看演示，下周带方案去")
    expect(newest).to_contain_text("林晓")
    expect(page.locator("#face .beat").first).to_contain_text("下次跟进")
    expect(page.locator("#main textarea[name=summary]")).to_have_value("")


def test_the_next_time_is_written_as_people_say_it_and_enter_saves(visit):
    page = customer(visit("lin", "/customers/"))
    page.fill("#main [name=summary]", "约了时间")
    page.fill("#main [name=next_followup_at]", "下周三 15:00")
    page.fill("#main [name=objective]", "演示新产品")
    page.press("#main [name=objective]", "Enter")

    expect(page.locator("#history > li").first).to_contain_text(re.compile("下次 .* 15:00"))


def test_more_unfolds_and_what_is_wrong_is_said_there(visit):
    page = customer(visit("lin", "/customers/"))
    page.fill("#main [name=summary]", "谈了合同")
    page.click("#main button[name=_more]")
    expect(page.locator("#main [name=customer_feedback]")).to_be_visible()
    expect(page.locator("#main [name=summary]")).to_have_value("谈了合同")
    page.fill("#main [name=next_action]", "发送合同")
    page.click("#main .compose [data-save]")
    expect(page.locator("[data-code=E_REQUIRED]")).to_have_count(2)

    page.fill("#main [name=next_action_due]", "明天")
    page.locator("#main [name=next_action_by]").evaluate("one => one.tomselect.setValue([...one.options].at(-1).value)")
    page.click("#main .compose [data-save]")
    expect(page.locator("#history")).to_contain_text("发送合同")


def test_from_anywhere_a_dialog_asks_for_the_customer_and_brings_its_contacts(visit):
    page = visit("lin", "/followups/")
    name = page.locator("a.called").first.inner_text()
    page.keyboard.press("f")
    expect(page.locator("#log")).to_be_visible()
    page.fill("#log input[type=search]", name[:6])
    option = page.locator("#log [role=option]").first
    expect(option).to_contain_text(name[:4])
    page.keyboard.press("Enter")
    expect(page.locator("#log .facts-line")).to_be_visible()
    page.locator("#log [name=_contacts]").first.check()
    page.keyboard.type("")
    page.fill("#log [name=summary]", "路上打的电话")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#log")).to_contain_text("沟通以后，核对一下")
    expect(page.locator(".toasted").last).to_contain_text("已记跟进")
    expect(page.locator("#log").get_by_role("button", name="都对")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toasted").last).to_contain_text("已核对")
    expect(page.locator("main")).to_contain_text("路上打的电话")


def test_a_section_turns_into_its_form_and_back(visit):
    page = customer(visit("wang", OLDEST))
    page.locator("#part-place h4").hover()
    page.click("#part-place h4 a")
    page.fill("#part-place [name=contact_address]", "星湖街 328 号 5 栋")
    page.keyboard.press("Escape")
    expect(page.locator("#part-place form")).to_have_count(0)

    page.locator("#part-place dd", has_text=re.compile("路|号")).first.dblclick()
    expect(page.locator("#part-place [name]:visible")).to_have_count(1)
    page.fill("#part-place [name=contact_address]", "星湖街 328 号 5 栋")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#part-place dl")).to_contain_text("星湖街 328 号 5 栋")
    expect(page.locator("#history > li").first).to_contain_text("星湖街 328 号 5 栋")


@pytest.mark.req("R-003-06")
def test_of_two_who_edit_in_place_the_second_sees_both(visit):
    first = customer(visit("wang", OLDEST))
    second = visit("shen", re.sub(r"^https?://[^/]+", "", first.url))
    for page in (first, second):
        page.locator("#part-place h4").hover()
        page.click("#part-place h4 a")
    second.fill("#part-place [name=postal_code]", "215000")
    second.keyboard.press("Control+Enter")
    expect(second.locator("#part-place dl")).to_contain_text("215000")

    first.fill("#part-place [name=postal_code]", "215011")
    first.keyboard.press("Control+Enter")
    expect(first.locator("#part-place .against")).to_contain_text("215000")
    expect(first.locator("#part-place [name=postal_code]")).to_have_value("215011")


def test_the_timeline_is_narrowed_to_one_kind(visit):
    page = customer(visit("lin", "/customers/"))
    page.fill("#main [name=summary]", "打过电话")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#history")).to_contain_text("打过电话")
    page.locator("#timeline .chips a", has_text="变更").click()
    expect(page.locator("#timeline .chips a", has_text="变更")).to_have_attribute("aria-current", "true")
    expect(page.locator("#history")).not_to_contain_text("打过电话")


def test_on_the_phone_a_follow_up_is_written_standing(visit):
    page = customer(visit("lin", "/customers/", size=PHONE))
    box = page.locator("#main .compose").bounding_box()
    assert box["y"] + box["height"] < 844
    page.fill("#main [name=summary]", "楼下打的电话")
    page.click("#main .compose [data-save]")
    expect(page.locator("#history > li").first).to_contain_text("楼下打的电话")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["/followups/", "/followups/new/", "/followups/bin/"])
def test_axe_finds_nothing_grave(visit, path):
    assert serious(visit("wang", path)) == []
