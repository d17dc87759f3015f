"""Give Chinese texts on the screen their own punctuation: half-width marks beside Chinese characters become full-width.

`tools/punctuation.py` mends keji/; `--check` only prints the places. Labels and workbook titles keep what the seeds write;
where grammars stand, only what is said to people is mended.
"""

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HAN = "\u3400-\u9fff"
CLOSING = "\u201d\u300d\uff09\u300b\u2026"
OPENING = "\u201c\u300c\u300a"
WIDE = {",": "\uff0c", ";": "\uff1b", ":": "\uff1a", "?": "\uff1f", "!": "\uff01", "(": "\uff08", ")": "\uff09"}
AS_THEY_STAND = {  # titles of the seeds' workbooks, grammars of dates, names and amounts
    "customers/sheet.py",
    "kernel/text.py",
    "kernel/money.py",
    "kernel/dates.py",
    "kernel/addresses.py",
    "kernel/phones.py",
    "kernel/industries.py",
    "kernel/sizes.py",
    "intake/rules/mapping.py",
}
GRAMMAR = re.compile(r"\\[dswbDSW]|\(\?|\]|\)\?|\|\w|\*\w|\^")
AFTER = re.compile(f"(?<=[{HAN}{CLOSING}])([,;:?!])(?!//)")
BEFORE = re.compile(f"(?<=[\\w)}}%\uff09])([,;:?!])(?=[{HAN}{OPENING}])")
BRACKETS = re.compile(f"\\(([^()\\n{{}}]*[{HAN}][^()\\n]*)\\)(?!\\w)|(?<=[{HAN}\u201d\u3001\uff0c\u3002])\\(([^()\\n]*)\\)")


def mended(text: str) -> str:
    """A text with the punctuation that Chinese has. Amounts keep the seeds' colon (人民币:10000元)."""
    if not re.search(f"[{HAN}]", text) or "://" in text:
        return text
    text = text.replace("人民币:", "人民币\0")
    text = BEFORE.sub(lambda m: WIDE[m[1]], AFTER.sub(lambda m: WIDE[m[1]], text))
    text = re.sub("(?<=[\uff0c\uff1b\uff1a\uff1f\uff01]) (?=\\S)", "", text)
    for _depth in range(3):
        text = BRACKETS.sub(lambda m: f"\uff08{m[1] or m[2] or ''}\uff09", text)
    return text.replace("人民币\0", "人民币:")


def code(text: str, only_said: bool = False) -> str:
    """A Python file with its texts mended; docstrings and grammars stay, with `only_said` all but `_("…")`."""
    lines = text.splitlines(keepends=True)
    every = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type != tokenize.NL]
    said = {at + 2 for at in range(len(every) - 2) if every[at].string == "_" and every[at + 1].string == "("}
    tokens = [t for at, t in enumerate(every) if t.type == tokenize.STRING and (at in said or not only_said)]
    for token in reversed(tokens):
        if token.start[0] != token.end[0] or token.string.startswith('"""') or GRAMMAR.search(token.string):
            continue
        if re.match(r"(?i)(rb?|b|f?r|rf)['\"]", token.string):
            continue
        new = formatted(token.string) if token.string[0] in "fF" else mended(token.string)
        row = token.start[0] - 1
        lines[row] = lines[row][: token.start[1]] + new + lines[row][token.end[1] :]
    return "".join(lines)


def formatted(text: str) -> str:
    """An f-string, its expressions left alone."""
    parts = re.split(r"(\{[^{}]*\})", text)
    told = mended("".join("\ue000" if place % 2 else part for place, part in enumerate(parts)))
    told = re.sub(f"(?<=\ue000)([,;:?!])(?=[{HAN}{OPENING}])", lambda m: WIDE[m[1]], told)
    for part in parts[1::2]:
        told = told.replace("\ue000", part, 1)
    return told


def template(text: str) -> str:
    """A template: what stands between tags, and the texts inside them."""
    parts = re.split(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>)", text, flags=re.S)
    quoted = re.compile(f"(\"|')([^\"'<>{{}}]*[{HAN}][^\"'<>{{}}]*)\\1")

    def one(part: str) -> str:
        if part.startswith("{#"):
            return part
        if part.startswith(("{%", "{{", "<")):
            return quoted.sub(lambda m: m[1] + mended(m[2]) + m[1], part)
        return mended(part)

    return "".join(one(part) for part in parts)


def files() -> Iterator[tuple[Path, str, str]]:
    """Every file of the program with its text as it stands and as it should be."""
    for path in sorted((ROOT / "keji").rglob("*")):
        name = str(path.relative_to(ROOT / "keji"))
        if "vendor" in path.parts or path.suffix not in (".py", ".html"):
            continue
        text = path.read_text("utf-8")
        yield path, text, code(text, name in AS_THEY_STAND) if path.suffix == ".py" else template(text)


def main() -> int:
    wrong = [(path, old, new) for path, old, new in files() if old != new]
    for path, old, new in wrong:
        if "--check" not in sys.argv:
            path.write_text(new, "utf-8")
            continue
        for number, (was, is_) in enumerate(zip(old.splitlines(), new.splitlines(), strict=True), 1):
            if was != is_:
                print(f"{path.relative_to(ROOT)}:{number}: {is_.strip()}")
    return 1 if wrong and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
