"""Drive the real pages in Chromium and write pictures to var/shots/: two sizes, light and dark."""

import sys
from typing import Any

from installation import CHROMIUM, FLAGS, PASSWORD, ROOT, site
from playwright.sync_api import Page, sync_playwright
from screens import SCREENS, found, prepare

SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def main() -> None:
    target = ROOT / "var" / "shots"
    target.mkdir(parents=True, exist_ok=True)
    with site() as (address, _log), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        known: dict[str, Any] = {}

        def visit(username: str, where: str, size: str = "wide", theme: str = "light") -> Page:
            """Come as somebody; who was here before is known still."""
            width, height = SIZES[size]
            around = browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", storage_state=known.get(username)
            )
            around.add_cookies([{"name": "theme", "value": theme, "url": address}])
            page = around.new_page()
            page.on("console", lambda told: print("console:", where, told.text, file=sys.stderr))
            page.on("pageerror", lambda told: print("error:", where, told, file=sys.stderr))
            page.goto(address + where)
            if username and "/accounts/login" in page.url:
                page.fill("[name=login]", username)
                page.fill("[name=password]", PASSWORD)
                page.press("[name=password]", "Enter")
                page.wait_for_url(lambda url: "/accounts/login" not in url)
                known[username] = around.storage_state()
                page.goto(address + where)
            return page

        prepare(visit)
        path = found(visit, {})
        for size in SIZES:
            for theme in ("light", "dark"):
                for username, screens in SCREENS.items():
                    for name, pattern in screens.items():
                        page = visit(username, path(username, pattern), size, theme)
                        page.wait_for_timeout(150)
                        page.screenshot(path=target / f"{name}-{size}-{theme}.png")
                        page.context.close()
                print(f"{size} {theme}: {target.relative_to(ROOT)}")
        browser.close()


if __name__ == "__main__":
    main()
