"""Copy the white-listed files of the npm packages into keji/static/vendor/ and join the named icons into one sprite."""

import json
import re
import struct
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
ICONS = ROOT / "keji" / "static" / "keji" / "icons.txt"
VENDOR = ROOT / "keji" / "static" / "vendor"
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "sortablejs/modular/sortable.esm.js": "sortable.js",
    "tom-select/dist/js/tom-select.base.min.js": "tom-select.js",
}
# Typst reads no woff; the tables inside are those of a plain font.
FONTS = {"@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff": "noto-sans-sc.ttf"}
LICENCES = {
    "@fontsource/noto-sans-sc": "OFL-1.1",
    "@tabler/core": "MIT",
    "@tabler/icons": "MIT",
    "htmx.org": "0BSD",
    "sortablejs": "MIT",
    "tom-select": "Apache-2.0",
}
MAP = re.compile(r"(?m)^\s*(//|/\*)# sourceMappingURL=.*$\n?")
SIZE = re.compile(r"<svg.*?>|</svg>|<path stroke=\"none\" d=\"M0 0h24v24H0z\" fill=\"none\"\s*/>", re.S)


def versions() -> dict[str, str]:
    """The exact versions that package.json names."""
    told = json.loads((ROOT / "package.json").read_text("utf-8"))
    return told["dependencies"]


def stamp() -> str:
    """What the vendored files are made from; the same text means that nothing is to be done."""
    made = {"versions": versions(), "files": FILES, "icons": ICONS.read_text("utf-8").split(), "by": Path(__file__).read_text("utf-8")}
    return json.dumps(made, ensure_ascii=False, sort_keys=True)


def installed(name: str) -> str:
    return json.loads((PACKAGES / name / "package.json").read_text("utf-8"))["version"]


def symbol(name: str) -> str:
    drawing = (PACKAGES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text("utf-8")
    inner = re.sub(r"\s*\n\s*", "", SIZE.sub("", drawing))
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def unpacked(woff: bytes) -> bytes:
    """The font inside a woff file: its tables one after another, no longer compressed."""
    _sign, flavor, _length, count = struct.unpack(">4sIIH", woff[:14])
    power = count.bit_length() - 1
    fits = 16 << power
    head = struct.pack(">IHHHH", flavor, count, fits, power, 16 * count - fits)
    directory, body = b"", b""
    for place in range(44, 44 + 20 * count, 20):
        tag, start, packed, size, check = struct.unpack(">4sIIII", woff[place : place + 20])
        table = woff[start : start + packed]
        directory += struct.pack(">4sIII", tag, check, 12 + 16 * count + len(body), size)
        body += (zlib.decompress(table) if packed < size else table) + bytes(-size % 4)
    return head + directory + body


def sprite(names: list[str]) -> str:
    symbols = "\n".join(symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def copy() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        text = (PACKAGES / source).read_text("utf-8")
        (VENDOR / name).write_text(MAP.sub("", text), "utf-8")
    for source, name in FONTS.items():
        (VENDOR / name).write_bytes(unpacked((PACKAGES / source).read_bytes()))
    (VENDOR / "icons.svg").write_text(sprite(ICONS.read_text("utf-8").split()), "utf-8")
    listed = "".join(f"{name} {version} {LICENCES[name]}\n" for name, version in versions().items())
    (VENDOR / "VERSIONS.txt").write_text(listed, "utf-8")


def main() -> int:
    mark = VENDOR / ".stamp"
    wanted = stamp()
    if mark.exists() and mark.read_text("utf-8") == wanted and all((VENDOR / name).exists() for name in [*FILES.values(), *FONTS.values(), "icons.svg"]):
        return 0
    for name, version in versions().items():
        if not (PACKAGES / name).exists() or installed(name) != version:
            print(f"vendor: {name} {version} is not installed: run npm ci --ignore-scripts", file=sys.stderr)
            return 1
    copy()
    mark.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
