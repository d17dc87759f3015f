"""Draw the parts with sample data, serve them under the real policy, photograph them and let axe look.

Usage: python tools/gallery.py [FOLDER] (default /tmp/gallery): pictures, and one line for each finding.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "gallery"))
import samples  # noqa: E402
from tries import tried  # noqa: E402

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'"
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
PAGES = ("list", "none", "customer", "edit", "check", "signin", "404", "500")
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def environment() -> Environment:
    made = Environment(loader=FileSystemLoader([ROOT / "keji/templates", ROOT / "tools/gallery"]), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"url": lambda name, *args: "/" + name.replace(":", "/"), "static": lambda path: f"/static/{path}", "_": lambda text: text}
    made.filters["count"] = lambda value: f"{value:,}"
    return made


def picked(*names: str) -> list[dict[str, Any]]:
    return [samples.choice(str(n), name, n == 0, 40 - n * 9) for n, name in enumerate(names)]


def content(page: str, theme: str) -> tuple[str, dict[str, Any]]:
    """The template of a page and what it is given."""
    if page in ("list", "none"):
        rows = [samples.row(n, line) for n, line in enumerate(samples.ROWS.splitlines(), 1)] if page == "list" else []
        industries = [samples.choice(code, f"{code} {text}", also=also) for code, text, also in samples.INDUSTRIES]
        filters = {"people": picked("林晓(我)", "王磊", "陈思"), "grades": picked("A 重点", "B 普通", "C 一般"), "stages": picked("线索", "意向", "方案", "谈判", "成交"), "industries": industries}
        return "list.html", samples.shell(theme) | filters | {"columns": samples.COLUMNS, "rows": rows, "narrowed": page == "none", "words": "星河" if page == "none" else ""}
    if page == "customer":
        toasts = [{"level": "success", "text": "已放入回收站:同方机电安装有限公司", "href": "/undo", "href_text": "撤销"}]
        return "customer.html", samples.shell(theme) | {"sections": samples.FACTS, "entries": samples.HISTORY, "toasts": toasts}
    if page == "edit":
        sections = samples.sections()
        return "edit.html", samples.shell(theme) | {"sections": sections, "fields": [one for _key, _title, fields in sections for one in fields]}
    if page == "check":
        banners = [{"level": "warning", "text": "最近一次备份在 3 天前。", "href": "/backup"}]
        return "check.html", samples.shell(theme, "/check") | {"titles": samples.TITLES, "checked": samples.CHECKED, "banners": banners}
    if page == "signin":
        return "signin.html", {"theme": theme, "csrf_input": ""}
    return f"errors/{page}.html", {"theme": theme, "error_id": "8f3a-21c9"}


class Site(BaseHTTPRequestHandler):
    """The gallery's pages, the static files and the few answers that scripts ask for."""

    made = environment()

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path.startswith("/static/"):
            file = ROOT / "keji" / path[1:]
            self.answer(file.read_bytes() if file.is_file() else b"", guess_type(file)[0] or "", 200 if file.is_file() else 404)
        elif path == "/regions":
            self.answer(json.dumps([{"code": code, "name": name} for code, name in samples.PLACES.get(query.get("parent", [""])[0], [])]).encode(), "application/json")
        elif path == "/found":
            groups = [{"title": "客户", "items": [{"text": "星海智能科技有限公司", "href": "/customer", "icon": "building", "sub": "C0127 · 林晓"}, {"text": "星河传感技术有限公司", "href": "/customer", "icon": "building", "sub": "C0512 · 王磊"}]}, {"title": "联系人", "items": [{"text": "李梅", "href": "/contact", "icon": "user", "sub": "星海智能 · 采购总监"}]}]
            self.answer(str(self.made.get_template("parts/dialog.html").module.found(groups)).encode(), "text/html; charset=utf-8")
        elif path.strip("/") in PAGES:
            name, told = content(path.strip("/"), query.get("theme", ["light"])[0])
            self.answer(self.made.get_template(name).render(told).encode(), "text/html; charset=utf-8")
        else:
            self.answer(b"", "text/plain", 404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/revealed":
            self.answer(b"<span>139 1234 4321</span>", "text/html; charset=utf-8")
        elif self.path == "/edit":
            name, told = content("edit", "light")
            block = self.made.get_template(name)
            context = block.new_context(told)
            context.vars.update({key: value for key, value in block.make_module(told).__dict__.items() if not key.startswith("_")})
            self.answer("".join(block.blocks["form"](context)).encode(), "text/html; charset=utf-8", 422)
        else:
            self.answer(b"", "text/plain", 404)

    def answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Content-Security-Policy", POLICY)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


def serve() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def faults(tab: Any) -> list[str]:
    """What axe finds serious on the page, and whether it scrolls sideways."""
    found = tab.evaluate("async () => (await axe.run()).violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).slice(0, 4).join(' | ')}`)")
    wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"page scrolls sideways by {wide} px"] if wide > 0 else [])]


def shoot(folder: Path) -> list[str]:
    from playwright.sync_api import sync_playwright

    base = serve()
    said: list[str] = []

    def listen(tab: Any) -> None:
        tab.on("console", lambda told: said.append(f"console: {told.text[:300]}") if told.type == "error" else None)
        tab.on("pageerror", lambda error: said.append(f"error: {error}"))

    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for size, (width, height) in SIZES.items():
            for theme in ("light", "dark"):
                place = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone", is_mobile=size == "phone")
                tab = place.new_page()
                listen(tab)
                for page in (*PAGES, "palette", "menu"):
                    name = {"palette": "list", "menu": "customer"}.get(page, page)
                    tab.goto(f"{base}/{name}?theme={theme}", wait_until="networkidle")
                    if page == "palette":
                        tab.keyboard.press("Control+k")
                        tab.keyboard.type("xh", delay=30)
                        tab.wait_for_timeout(400)
                    if page == "menu":
                        tab.click("[popovertarget=more]")
                        tab.wait_for_timeout(100)
                    tab.screenshot(path=folder / f"{page}-{size}-{theme}.png")
                    tab.evaluate(axe)
                    said += [f"{page} {size} {theme}: {one}" for one in faults(tab)]
                place.close()
        said += tried(browser, base)
        browser.close()
    return said


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/gallery")
    folder.mkdir(parents=True, exist_ok=True)
    said = list(dict.fromkeys(shoot(folder)))
    print("\n".join(said) or "gallery: nothing found")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
