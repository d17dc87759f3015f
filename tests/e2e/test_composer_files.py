"""Files that come along with a follow-up, in a real browser: chosen, pasted, kept while the form comes back, gone after it."""

PDF = {"name": "报价.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 " + b"x" * 500}
PASTE = """() => {
  const told = new DataTransfer();
  told.items.add(new File(["hello"], "便签.txt", { type: "text/plain" }));
  const paste = new ClipboardEvent("paste", { clipboardData: told, bubbles: true, cancelable: true });
  document.querySelector("[data-compose] textarea").dispatchEvent(paste);
}"""
CHOSEN = "[data-composer] [data-chosen] li"


def test_files_stay_chosen_while_the_form_comes_back_and_hang_on_what_was_written(visit):
    page = visit("lin")
    page.click("a.called")
    page.set_input_files("[data-composer] input[type=file]", [PDF])
    page.evaluate(PASTE)
    assert page.locator(CHOSEN).count() == 2

    page.click("[data-composer] [data-save]")
    page.wait_for_selector("[data-composer] .wrong")
    assert page.locator(CHOSEN).count() == 2
    page.click(f"{CHOSEN}:first-child button")
    page.fill("[data-composer] textarea", "现场看了样机")
    page.click("[data-composer] [data-save]")

    page.wait_for_selector("#history .clips")
    assert page.locator("#history .clips a").all_inner_texts() == ["便签.txt"]
    assert page.locator(CHOSEN).count() == 0
