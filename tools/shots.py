"""Drive the real pages in Chromium and write pictures to var/shots/: two sizes, light and dark."""

import sys
from functools import partial
from typing import Any

from installation import CHROMIUM, FLAGS, PHONE, ROOT, WIDE, come, site
from playwright.sync_api import sync_playwright
from screens import SCREENS, found, prepare

SIZES = {"wide": WIDE, "phone": PHONE}


def listen(page: Any) -> None:
    page.on("console", lambda told: print("console:", page.url, told.text, file=sys.stderr))
    page.on("pageerror", lambda told: print("error:", page.url, told, file=sys.stderr))


def main() -> None:
    target = ROOT / "var" / "shots"
    target.mkdir(parents=True, exist_ok=True)
    with site() as (address, _log), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visit = partial(come, browser, address, {}, begun=listen)
        prepare(visit)
        path = found(visit)
        for size, measure in SIZES.items():
            for theme in ("light", "dark"):
                for username, screens in SCREENS.items():
                    for name, pattern in screens.items():
                        page = visit(username, path(username, pattern), size=measure, theme=theme)
                        page.wait_for_timeout(150)
                        page.screenshot(path=target / f"{name}-{size}-{theme}.png")
                        page.context.close()
                print(f"{size} {theme}: {target.relative_to(ROOT)}")
        browser.close()


if __name__ == "__main__":
    main()
