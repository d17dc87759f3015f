"""A sentence that was made in one language, said in another: what was found by a job is read by whoever comes."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language, gettext, override
from django.utils.translation.trans_real import translation

GAP = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


class Form(NamedTuple):
    """A sentence with gaps as one language says it, and the text that it translates."""

    pattern: re.Pattern[str]
    text: str
    literal: int  # how much of it is not a gap: of several that fit, the fullest is meant


def reworded(sentence: str) -> str:
    """A stored sentence in the language of the reader. What is not a text of the program stays as it is."""
    return said_in(get_language() or settings.LANGUAGE_CODE, sentence) if sentence else sentence


@lru_cache(maxsize=10_000)
def said_in(language: str, sentence: str, depth: int = 2) -> str:
    for origin, _name in settings.LANGUAGES:
        if origin == language:
            continue
        plain, forms = texts(origin)
        if sentence in plain:
            return in_language(language, plain[sentence])
        fitting = [(form, found) for form in forms if (found := form.pattern.fullmatch(sentence))]
        if fitting:
            return filled(language, *max(fitting, key=lambda one: one[0].literal), depth)
    return sentence


def filled(language: str, form: Form, found: re.Match[str], depth: int) -> str:
    """The sentence with what stood in its gaps; names of fields and the like are said anew too."""
    gaps = {name: said_in(language, told, depth - 1) if depth else told for name, told in found.groupdict().items()}
    return GAP.sub(lambda gap: gaps[gap[1] or gap[2]], in_language(language, form.text))


@cache
def texts(language: str) -> tuple[dict[str, str], list[Form]]:
    """The texts of the program as a language says them: whole ones, and those with gaps."""
    catalogue = translation("en")._catalog  # type: ignore[attr-defined]
    known = [key if isinstance(key, str) else key[0] for key, _text in catalogue.items()]
    plain: dict[str, str] = {}
    forms = []
    for text in dict.fromkeys(one for one in known if one and "\x04" not in one):
        said = in_language(language, text)
        names = [gap[1] or gap[2] for gap in GAP.finditer(said)]
        if not names:
            plain.setdefault(said, text)
        elif len(set(names)) == len(names) and len(GAP.sub("", said)) > 3:
            forms.append(Form(pattern(said), text, len(GAP.sub("", said))))
    return plain, forms


def pattern(said: str) -> re.Pattern[str]:
    pieces, last = [], 0
    for gap in GAP.finditer(said):
        pieces += [re.escape(said[last : gap.start()].replace("%%", "%")), f"(?P<{gap[1] or gap[2]}>.{{0,300}}?)"]
        last = gap.end()
    return re.compile("".join([*pieces, re.escape(said[last:].replace("%%", "%"))]), re.S)


def in_language(language: str, text: str) -> str:
    with override(language):
        return gettext(text)
