"""What the scripts of the pages do, tried in the browser: each function answers with what went wrong, or nothing."""

from collections.abc import Iterator
from typing import Any


def rows_are_picked(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/list")
    boxes = tab.locator("[data-pick]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    if (told := tab.inner_text("[data-picked]")) != "已选 4 条":
        yield f"shift-click: {told}"
    tab.click("[data-pick-none]")
    if tab.is_visible("[data-bulk]"):
        yield "the bar stays after nothing is picked"
    tab.click("[data-pick-all]")
    tab.click("[data-pick-match]")
    if tab.input_value("[data-all]") != "1":
        yield "all that match are not asked for"


def keys_walk_and_open(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/list")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("k")
    if tab.get_attribute("tr.here", "id") != "row-1":
        yield "j and k do not walk"
    tab.keyboard.press("x")
    if not tab.is_checked("#row-1 [data-pick]"):
        yield "x does not pick"
    tab.keyboard.press("/")
    if not tab.evaluate("document.getElementById('palette').open"):
        yield "/ does not open the palette"
    tab.keyboard.press("Escape")
    tab.focus("#filter-q")
    tab.keyboard.type("jk/n")
    if tab.input_value("#filter-q") != "jk/n" or tab.evaluate("document.getElementById('palette').open"):
        yield "keys are not left alone in an input"


def filters_send_themselves(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/list")
    tab.click("#filter-industry_code-face")
    tab.fill("#filter-industry_code [data-narrow]", "rjxx")
    if tab.locator("#filter-industry_code .option:visible").count() != 1:
        yield "pinyin does not narrow the options"
    with tab.expect_request(lambda request: "/list?" in request.url) as sent:
        tab.locator("#filter-industry_code .option:visible input").check()
        tab.keyboard.press("Escape")
    if "industry_code=I65" not in sent.value.url or "__from=" in sent.value.url:
        yield f"filter sends {sent.value.url}"


def wrong_form_comes_back(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/edit", wait_until="networkidle")
    tab.fill("#name", "新的名字")
    if not tab.evaluate("!!document.querySelector('form[data-changed]')"):
        yield "a changed form is not noticed"
    tab.keyboard.press("Escape")
    if not tab.is_visible("#sure"):
        yield "Escape does not ask"
    tab.click("#sure [value=no]")
    tab.wait_for_timeout(50)
    tab.focus("#name")
    with tab.expect_response(lambda answer: answer.url.endswith("/edit")):
        tab.keyboard.press("Control+Enter")
    tab.wait_for_timeout(200)
    if not tab.evaluate("document.activeElement?.matches('[data-problems]')"):
        yield "focus is not on the problems: " + tab.evaluate("document.activeElement.outerHTML.slice(0, 80)")
    if tab.locator(".ts-wrapper").count() != 2:
        yield "the comboboxes are not set up after the swap"
    tab.click("[data-fill='国际贸易有限公司']")
    if tab.input_value("#name") != "国际贸易有限公司":
        yield "a suggestion is not taken"
    province = tab.locator("keji-regions select")
    if province.nth(2).input_value() != "320505":
        yield "the district of the value is not shown"
    province.nth(1).select_option("320100")
    if tab.locator("#contact_region").input_value() != "320100":
        yield "a city is not written"


def comboboxes_know_pinyin(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/edit", wait_until="networkidle")
    tab.click("#industry_code-ts-control")
    tab.keyboard.type("lsy", delay=20)
    tab.wait_for_timeout(400)
    tab.keyboard.press("Enter")
    if tab.evaluate("document.getElementById('industry_code').value") != "F52":
        yield "pinyin does not choose: " + tab.evaluate("document.getElementById('industry_code').value")


def masks_are_lifted(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/customer")
    tab.locator(".facts .veiled button").first.click()
    tab.wait_for_timeout(300)
    if "139 1234 4321" not in tab.inner_text(".facts"):
        yield "a masked value is not shown"


def cells_are_mended(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/check")
    tab.focus("#line-7 td.bad")
    tab.keyboard.press("Enter")
    tab.keyboard.type("138")
    tab.keyboard.press("Escape")
    if "138-0013-8001" not in tab.inner_text("#line-7 td.bad"):
        yield "Escape does not put a cell back"
    tab.keyboard.press("Enter")
    tab.keyboard.type("13800138001")
    with tab.expect_request(lambda request: request.url.endswith("/mend")) as sent:
        tab.keyboard.press("Enter")
    if "value=13800138001" not in (sent.value.post_data or "") or "column=4" not in (sent.value.post_data or "") or "x-csrftoken" not in sent.value.headers:
        yield f"a cell sends {sent.value.post_data} {sent.value.headers}"
    tab.wait_for_selector("[data-toast]")


def themes_are_kept(tab: Any, base: str) -> Iterator[str]:
    tab.goto(f"{base}/list")
    tab.click("[popovertarget=mine]")
    tab.click("[data-value=dark]")
    if tab.get_attribute("html", "data-bs-theme") != "dark" or not any(one["name"] == "theme" for one in tab.context.cookies()):
        yield "the theme is not kept"


TRIES = (rows_are_picked, keys_walk_and_open, filters_send_themselves, wrong_form_comes_back, comboboxes_know_pinyin, masks_are_lifted, cells_are_mended, themes_are_kept)


def tried(browser: Any, base: str) -> list[str]:
    found: list[str] = []
    violations: list[str] = []
    for one in TRIES:
        place = browser.new_context(viewport={"width": 1440, "height": 900})
        tab = place.new_page()
        tab.set_default_timeout(5000)
        tab.on("console", lambda told: violations.append(told.text[:160]) if "Content Security" in told.text else None)
        try:
            found += [f"{one.__name__}: {said}" for said in one(tab, base)]
        except Exception as error:  # a step that cannot be taken is a finding like any other
            found.append(f"{one.__name__}: {str(error).splitlines()[0]}")
        place.close()
    return found + violations
