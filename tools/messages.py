"""Keep locale/en in step with the texts in keji/ (`make messages`): take in new ones, drop what is gone, say what is missing.

`--compile` only writes the .mo that Django reads, if it is older than the .po; `--check` only says what is missing.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
PLAIN = ("_", "gettext", "gettext_lazy", "gettext_noop")
WORDS = (
    dict.fromkeys(PLAIN)
    | dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2))
    | dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2))
)
HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Language: en\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
GAP = re.compile(r"%\(\w+\)[a-z]|\{[^{}]*\}")


def said() -> Catalog:
    """Every text of the program, as it stands in its source."""
    found = Catalog(locale="en", fuzzy=False)
    ways = [("**.py", "python"), ("**.html", "jinja2")]
    options = {"**.html": {"trimmed": "true", "newstyle_gettext": "false", "silent": "false"}}
    for _file, _line, text, _comments, context in extract_from_dir(ROOT / "keji", ways, options, WORDS):
        found.add(text, context=context)
    return found


def told() -> Catalog:
    """The translations as they stand."""
    if not PO.exists():
        return Catalog(locale="en", fuzzy=False)
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def merged() -> Catalog:
    """The translations of what is said now; a text that changed a little keeps its old translation, marked fuzzy."""
    kept = told()
    kept.update(said(), update_creation_date=False)
    kept.obsolete.clear()
    return kept


def write(catalog: Catalog) -> None:
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        file.write(HEAD.encode())
        write_po(file, catalog, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)


def texts(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def lacking(message: Message) -> str:
    """What is wrong with a translation; "" if nothing."""
    english = texts(message.string or "")
    if not all(english):
        return "has no English"
    if message.fuzzy:
        return "has changed (fuzzy)"
    gaps = sorted(GAP.findall(texts(message.id)[-1]))
    return "" if all(sorted(GAP.findall(text)) == gaps for text in english) else "has other placeholders"


def missing(catalog: Catalog) -> Iterator[str]:
    for message in catalog:
        if message.id and (why := lacking(message)):
            yield f"{texts(message.id)[0]}: {why}"


def compile_if_older() -> None:
    """Write the .mo, whole or not at all: several processes may want it at once."""
    if MO.exists() and MO.stat().st_mtime >= PO.stat().st_mtime:
        return
    part = MO.with_suffix(f".{os.getpid()}")
    with part.open("wb") as file:
        write_mo(file, told())
    part.replace(MO)


def main() -> int:
    if "--compile" not in sys.argv:
        catalog = merged()
        if "--check" not in sys.argv:
            write(catalog)
        wrong = sorted(missing(catalog))
        print("\n".join(wrong) or f"{len(catalog)} texts, all in English")
        if wrong:
            return 1
    compile_if_older()
    return 0


if __name__ == "__main__":
    sys.exit(main())
