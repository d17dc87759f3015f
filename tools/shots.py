"""Drive the real pages in Chromium and write pictures to var/shots/: two sizes, light and dark."""

import sys
from pathlib import Path

from installation import CHROMIUM, FLAGS, PASSWORD, ROOT, site
from playwright.sync_api import Browser, sync_playwright

PAGES = {
    "lin": [
        ("work", "/"),
        ("tasks", "/tasks/mine/"),
        ("calendar", "/tasks/calendar/"),
        ("due", "/due/"),
        ("reviews", "/reviews/"),
        ("tasks-team", "/tasks/team/"),
        ("inbox", "/inbox/"),
        ("list", "/customers/"),
        ("list-none", "/customers/?q=没有这个词"),
        ("list-filtered", "/customers/?grade=A&grade=B&contact_region=320000"),
        ("customer", "/customers/{first}/"),
        ("edit", "/customers/{first}/edit/"),
        ("new", "/customers/new/"),
        ("contacts", "/contacts/"),
        ("followups", "/followups/"),
        ("tokens", "/account/tokens/"),
        ("api", "/api/"),
        ("followup-new", "/followups/new/"),
        ("needs", "/needs/"),
        ("need-new", "/customers/{first}/needs/new/"),
        ("spread", "/customers/spread/"),
        ("upload", "/imports/new/"),
        ("bin", "/customers/bin/"),
        ("board", "/deals/"),
        ("deals", "/deals/list/"),
        ("deal", "/deals/{deal}/"),
        ("deal-move", "/deals/{deal}/move/"),
        ("deal-new", "/deals/new/?_customer={first}"),
        ("deal-edit", "/deals/{deal}/edit/"),
        ("contact-new", "/customers/{first}/contacts/new/"),
        ("card", "/customers/{first}/card/"),
        ("inbox", "/inbox/"),
        ("told", "/account/notices/"),
        ("robot-new", "/account/notices/robots/new/"),
    ],
    "wang": [
        ("work-team", "/"),
        ("board-all", "/deals/"),
        ("board-long", "/deals/?pipeline=2"),
        ("forecast", "/deals/forecast/"),
        ("transfer", "/customers/{first}/transfer/"),
        ("deals-bin", "/deals/bin/"),
        ("needs-bin", "/needs/bin/"),
        ("followups-bin", "/followups/bin/"),
        ("imports", "/imports/"),
        ("exports", "/exports/"),
    ],
    "chen": [
        ("work-service", "/"),
        ("masked", "/customers/{first}/"),
        ("tickets", "/tickets/"),
        ("ticket", "/tickets/1/"),
        ("ticket-new", "/tickets/new/?_customer={first}"),
        ("satisfaction", "/tickets/satisfaction/"),
    ],
    "qian": [("work-finance", "/")],
    "xu": [("work-market", "/")],
    "shen": [("work-archive", "/"), ("limits", "/limits/"), ("tags", "/tags/"), ("tag", "/tags/1/"), ("dictionaries", "/dictionaries/"), ("settings", "/settings/"), ("export", "/customers/export/"), ("tag-group", "/tags/groups/1/"), ("pipelines", "/pipelines/"), ("pipeline", "/pipelines/1/"), ("stage", "/stages/1/"), ("hooks", "/hooks/"), ("hook-new", "/hooks/new/")],
    "gao": [("people", "/people/"), ("roles", "/roles/"), ("trail", "/trail/"), ("jobs", "/jobs/"), ("channels", "/channels/")],
}
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def sign_in(browser: Browser, address: str, username: str, size: tuple[int, int], theme: str):
    around = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    around.add_cookies([{"name": "theme", "value": theme, "url": address}])
    page = around.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return around, page


def main() -> None:
    target = ROOT / "var" / "shots"
    target.mkdir(parents=True, exist_ok=True)
    with site() as (address, _log), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for size, measure in SIZES.items():
            for theme in ("light", "dark"):
                shoot_all(browser, address, target, size, measure, theme)
        browser.close()


def shoot_all(browser: Browser, address: str, target: Path, size: str, measure: tuple[int, int], theme: str) -> None:
    for username, pages in PAGES.items():
        around, page = sign_in(browser, address, username, measure, theme)
        page.on("console", lambda told: print("console:", told.text, file=sys.stderr))
        page.on("pageerror", lambda told: print("error:", told, file=sys.stderr))
        page.goto(f"{address}/customers/")
        link = page.query_selector("a.called")
        first = (link.get_attribute("href") or "").strip("/").split("/")[1].split("?")[0] if link else "1"
        page.goto(f"{address}/deals/")
        card = page.query_selector("[data-deal]")
        deal = card.get_attribute("data-deal") if card else "1"
        for name, path in pages:
            page.goto(address + path.format(first=first, deal=deal))
            page.wait_for_timeout(150)
            page.screenshot(path=target / f"{name}-{size}-{theme}.png")
        around.close()
    print(f"{size} {theme}: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
