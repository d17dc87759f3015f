"""What a salesperson does all day, in a real browser."""

import re
from pathlib import Path

import openpyxl
import pytest
from installation import PHONE, ROOT
from playwright.sync_api import expect

OLDEST = "/customers/?sort=created_at"  # the demo's first has a phone and an address; what other tests enter may have none
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def serious(page):
    """What axe-core finds grave on this page."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in ("serious", "critical")]


def fields(page, **values):
    for name, value in values.items():
        page.fill(f"[name='{name.replace('__', '.')}']", value)


def test_a_customer_is_entered_found_by_pinyin_and_edited_by_keyboard(visit):
    page = visit("lin", "/customers/new/")
    fields(
        page,
        name="星海智能科技有限公司",
        uscc="91320594MA1ABCD2XK",
        contact__name="李梅",
        contact__mobile="13812345678",
    )
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    assert "星海智能科技有限公司" in page.inner_text("h1")

    page.keyboard.press("Control+k")
    page.keyboard.type("xhzn")
    expect(page.locator("#found")).to_contain_text("星海智能科技有限公司")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("e")
    page.wait_for_url(re.compile("/edit/"))
    page.fill("[name=remark]", "年底前有扩产计划")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    assert "年底前有扩产计划" in page.inner_text("main")


def test_back_from_a_customer_one_stands_on_its_row(visit):
    page = visit("lin", "/customers/?sort=name")
    for key in "jj":
        page.keyboard.press(key)
    name = page.locator("tr.here a").first.inner_text()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(name)
    with page.expect_navigation():
        page.keyboard.press("Escape")

    expect(page.locator("tr.here a").first).to_have_text(name)
    page.keyboard.press("k")
    expect(page.locator("tr.here")).to_have_count(1)
    expect(page.locator("tr.here a").first).not_to_have_text(name)


def test_what_is_wrong_is_said_beside_the_field_and_a_doubt_is_kept_with_a_reason(visit):
    page = visit("lin", "/customers/new/")
    fields(page, name="國際貿易有限公司", contact__name="王五", contact__mobile="138-0013-8000")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-code=E_SEPARATOR]")).to_be_visible()
    page.wait_for_load_state()

    page.fill("[name='contact.mobile']", "13800138000")
    page.keyboard.press("Control+Enter")
    doubt = page.locator("[name='name:W_TRADITIONAL__accept']")
    expect(doubt).to_be_visible()
    page.wait_for_load_state()  # keys work once the scripts are there
    doubt.fill("营业执照上就是繁体")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    assert "國際貿易有限公司" in page.inner_text("h1")


@pytest.mark.req("R-003-06")
def test_of_two_editors_the_second_sees_both_versions(visit):
    page = visit("lin", "/customers/")
    href = page.locator("a.called").first.get_attribute("href").split("?")[0]
    first, second = visit("lin", f"{href}edit/"), visit("wang", f"{href}edit/")
    second.fill("[name=remark]", "经理先保存")
    second.keyboard.press("Control+Enter")
    second.wait_for_url(re.compile(r"/customers/\d+/$"))

    first.fill("[name=remark]", "我后保存")
    first.keyboard.press("Control+Enter")
    expect(first.locator(".against")).to_contain_text("经理先保存")
    assert first.input_value("[name=remark]") == "我后保存"


def workbook(folder: Path) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["客户名称", "所属行业", "联系人", "手机", "首次接触时间"])
    sheet.append(["天成服装有限公司", "服装", "郑和", "13712345678", "2026年9月19日"])
    sheet.append(["启明教育科技有限公司", "其它", "孙平", "13900139002", "2026-09-19"])
    made.save(folder / "客户名单.xlsx")
    return folder / "客户名单.xlsx"


def test_a_workbook_is_imported_with_a_cell_mended_in_place(visit, tmp_path):
    page = visit("wang", "/imports/new/")
    page.set_input_files("[name=file]", workbook(tmp_path))
    page.click("[data-save]")
    page.wait_for_url(re.compile("/columns/"))
    page.click("[data-save]")
    page.wait_for_url(re.compile("/check/"))
    cell = page.locator("td.bad").first
    assert "其它" in cell.inner_text()

    cell.click()
    expect(page.get_by_label("所属行业", exact=True)).to_be_focused()
    assert serious(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("教育")
    page.keyboard.press("Enter")
    expect(page.locator("tr.mended")).to_have_count(1)
    expect(page.locator("tr.mended td[data-cell='1']")).to_be_focused()
    expect(page.locator("#go")).to_have_text("导入没问题的 2 行")
    page.check("[name=declared]")
    page.click("form[action$='/enter/'] button.btn-primary")
    page.wait_for_url(re.compile("/result/"))
    for _try in range(60):
        if page.locator(".tiles").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    assert re.search(r"新建\s*2", page.inner_text(".tiles"))


def test_the_list_is_exported_with_a_reason(visit, tmp_path):
    page = visit("shen", "/customers/export/")
    page.fill("[name=why]", "月度核对")
    page.click("[data-save]")
    page.wait_for_url(re.compile("/exports/$"))
    with page.expect_download() as waiting:
        page.click("text=下载")
    waiting.value.save_as(tmp_path / "客户.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "客户.xlsx", read_only=True)["客户"].iter_rows(values_only=True))
    assert rows[0][0] == "客户名称"
    assert len(rows) > 60


def test_on_the_phone_a_customer_is_found_and_can_be_called(visit):
    page = visit("lin", OLDEST, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("a.called").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    assert page.locator("a[href^='tel:']").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("who", "path"), [("wang", "/deals/forecast/"), ("shen", "/pipelines/1/"), ("shen", "/trail/")])
def test_on_the_phone_a_broad_table_scrolls_and_not_the_page(visit, who, path):
    page = visit(who, path, size=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("main .scrolls").first.evaluate("one => { one.scrollLeft = 900; return one.scrollLeft; }") > 0


def test_a_masked_phone_is_unveiled_by_a_click_that_leaves_a_trace(visit):
    page = visit("chen", OLDEST)
    page.locator("a.called").first.click()
    veiled = page.locator(".veiled", has_text="****").first
    expect(veiled).to_be_visible()
    veiled.locator("button").click()
    expect(page.locator(".unveiled").first).to_be_visible()
    assert "*" not in page.locator(".unveiled").first.inner_text()


@pytest.mark.req("R-000-05")
@pytest.mark.parametrize(
    ("path", "table"),
    [("/customers/spread/?by=grade", "客户等级"), ("/tasks/team/", "已逾期"), ("/?view=team", "30 天内迟录的跟进"), ("/deals/forecast/", "加权")],
)
def test_the_head_of_sales_sees_layers_diligence_and_forecast(visit, path, table):
    page = visit("wang", path)
    expect(page.locator("main")).to_contain_text(table)
    assert page.locator("main a.link, main a.tile").count() > 2


def test_an_answer_that_comes_late_stops_no_form_on_its_way(visit):
    """The look for doubles may answer between the key that saves and the next page: nobody is asked whether to leave."""
    page = visit("lin", "/customers/new/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.fill("[name=name]", "晚到的回答有限公司")
    page.evaluate("""() => document.addEventListener("submit", () => document.querySelector("[name=name]").dispatchEvent(
      new CustomEvent("htmx:finally:request", { bubbles: true, detail: { ctx: { sourceElement: document.querySelector("[name=name]") } } })))""")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))

    assert asked == []
