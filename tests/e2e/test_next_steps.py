"""What comes next, in a real browser: written down by keyboard, reminded of later, moved in the calendar."""

import re
from datetime import date, timedelta

import pytest
from installation import PHONE
from playwright.sync_api import expect

PRESSES = 6  # the goal: a follow-up is written down with so many key strokes beside its words


class Keyboard:
    """Types words as they come, and counts every other key."""

    def __init__(self, page):
        self.page, self.presses = page, 0

    def press(self, key):
        self.page.keyboard.press(key)
        self.presses += 1

    def type(self, text):
        self.page.keyboard.insert_text(text)


@pytest.mark.req("R-000-27")
def test_a_follow_up_with_its_next_step_takes_few_keys(visit):
    page = visit("lin")
    page.locator("a.called").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    keys = Keyboard(page)
    keys.press("f")
    keys.type("客户要两套方案")
    keys.press("Tab")
    keys.type("下周三 15:00")
    keys.press("Tab")
    keys.type("确认预算")
    keys.press("Enter")

    newest = page.locator("#history > li").first
    expect(newest).to_contain_text("客户要两套方案")
    expect(newest).to_contain_text(re.compile("下次 .* 15:00"))
    assert keys.presses <= PRESSES


@pytest.mark.req("R-000-27")
def test_from_any_page_it_takes_no_more(visit):
    page = visit("lin", "/followups/")
    name = page.locator("a.called").first.inner_text()
    keys = Keyboard(page)
    keys.press("f")
    expect(page.locator("#log input[type=search]")).to_be_focused()
    keys.type(name)
    expect(page.locator("#log [role=option]").first).to_contain_text(name[:4])
    keys.press("Enter")
    expect(page.locator("#log .facts-line")).to_be_visible()
    expect(page.locator("#log [name=summary]")).to_be_focused()
    keys.type("车上接的电话")
    keys.press("Control+Enter")

    expect(page.locator(".toasted").last).to_contain_text("已记跟进")
    assert keys.presses <= PRESSES
    page.reload()
    expect(page.locator("main")).to_contain_text("车上接的电话")


def planned(page, title, day="明天"):
    """A task for the first customer of the list that has none, planned at its heartbeat. Returns the mark of it."""
    mark = page.locator("[data-beat]", has_text="未安排").first
    href = mark.get_attribute("href")
    mark.click()
    pop = page.locator("#pulse")
    expect(pop).to_be_visible()
    pop.locator("#pulse-next").fill(f"{day} 15:00")
    pop.locator("#pulse-title").fill(title)
    pop.locator("#pulse-title").press("Enter")
    expect(pop).to_be_hidden()
    return page.locator(f"[data-beat][href='{href}']").first


@pytest.mark.req("R-000-29")
def test_a_reminder_is_put_off_at_the_heartbeat(visit):
    page = visit("lin")
    mark = planned(page, "稍后再说")
    mark.click()
    pop = page.locator("#pulse")
    expect(pop).to_contain_text("稍后再说")
    pop.get_by_role("button", name="1 小时后").click()
    expect(pop).to_be_hidden()

    mark.click()
    expect(pop.locator(".what small")).to_contain_text(re.compile(r"\d\d:\d\d 提醒"))


def task_of(page, title):
    return page.locator("#grid li.open", has_text=title)


def day_of(page, title):
    return date.fromisoformat(task_of(page, title).locator("xpath=..").get_attribute("data-day"))


def test_in_the_calendar_a_task_is_dragged_and_walked_to_another_day(visit):
    page = visit("lin")
    planned(page, "日历里的任务", "今天")
    where = page.url.split("/customers/")[0]
    page.goto(where + "/tasks/calendar/?view=week")
    began = day_of(page, "日历里的任务")
    step = 1 if began.weekday() < 6 else -1
    there = began + timedelta(days=step)
    task_of(page, "日历里的任务").drag_to(page.locator(f"[data-day='{there}']"))
    expect(page.locator(".toasted").last).to_contain_text("改到")
    page.reload()
    assert day_of(page, "日历里的任务") == there

    task_of(page, "日历里的任务").locator("a").focus()
    with page.expect_response(re.compile(r"/move/")) as told:
        page.keyboard.press("Shift+ArrowLeft" if step == 1 else "Shift+ArrowRight")
    assert told.value.ok
    expect(task_of(page, "日历里的任务").locator("a")).to_be_focused()
    page.reload()
    assert day_of(page, "日历里的任务") == began


def test_on_the_phone_the_heartbeat_is_tapped_in_its_card(visit):
    page = visit("lin", size=PHONE)
    page.locator("[data-beat]").first.click()
    expect(page.locator("#pulse")).to_be_visible()
    assert page.url.endswith("/customers/")
