"""The whole workbook out and in again, and the printed form, in a real browser."""

import re

import openpyxl
from playwright.sync_api import expect
from test_daily import serious


def test_the_whole_workbook_goes_out_and_comes_back_without_a_change(visit, tmp_path):
    page = visit("shen", "/customers/export/")
    page.fill("[name=why]", "搬家前核对")
    page.click("text=完整工作簿")
    page.wait_for_url(re.compile("/exports/$"))
    with page.expect_download() as waiting:
        page.locator("a.btn", has_text="下载").first.click()
    waiting.value.save_as(tmp_path / "工作簿.xlsx")
    book = openpyxl.load_workbook(tmp_path / "工作簿.xlsx", read_only=True)
    assert book.sheetnames[:5] == ["客户基本信息表", "联系人信息表", "跟进记录表", "需求与标签表", "成交与状态表"]

    page.goto(page.url.replace("/exports/", "/imports/new/"))
    page.set_input_files("[name=file]", tmp_path / "工作簿.xlsx")
    page.click("[data-save]")
    page.wait_for_url(re.compile("/columns/"))
    expect(page.locator("section.card h2", has_text="成交与状态表")).to_have_count(1)
    page.click("[data-save]")
    page.wait_for_url(re.compile("/check/"))
    for _try in range(60):
        if page.locator("[name=declared]").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    assert re.search(r"有问题\s*0", page.inner_text(".tiles"))
    assert serious(page) == []

    page.check("[name=declared]")
    page.click("form[action$='/enter/'] button.btn-primary")
    page.wait_for_url(re.compile("/result/"))
    for _try in range(60):
        if page.locator(".tiles").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    assert re.search(r"新建\s*0", page.inner_text(".tiles")) and re.search(r"更新\s*0", page.inner_text(".tiles"))
    assert "和系统里的一样，没有改动" in page.inner_text("main")


def test_the_form_of_a_customer_is_printed_from_its_page(visit, tmp_path):
    page = visit("lin", "/customers/")
    page.locator("table tbody a").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    page.locator("[popovertarget=more]").click()
    page.click("text=打印信息表")
    page.wait_for_url(re.compile("/card/"))
    assert serious(page) == []
    with page.expect_download() as waiting:
        page.click("[data-save]")
    waiting.value.save_as(tmp_path / "form.pdf")

    assert waiting.value.suggested_filename.startswith("客户关系管理信息表-")
    assert (tmp_path / "form.pdf").read_bytes()[:5] == b"%PDF-"
