"""The dictionaries as everybody sees them: labels by code, codes by label or alias."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from keji.access.house import house
from keji.records.models import Term


@dataclass(frozen=True)
class Word:
    """A dictionary value in use."""

    code: str
    label: str
    label_en: str
    short: str
    enabled: bool
    facts: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def brief(self) -> str:
        """The short name; in English only one that is English too, such as a letter."""
        return self.short if self.short and (get_language() != "en" or self.short.isascii()) else self.text

    @property
    def text(self) -> str:
        return self.label_en or self.label if get_language() == "en" else self.label


@dataclass
class Dictionary:
    words: dict[str, Word]
    known: dict[str, str]  # what people write → code

    def text(self, code: str) -> str:
        word = self.words.get(code)
        return word.text if word else code

    def options(self) -> list[Word]:
        return [word for word in self.words.values() if word.enabled]


def read_terms() -> dict[str, Dictionary]:
    found: dict[str, Dictionary] = defaultdict(lambda: Dictionary({}, {}))
    for term in Term.objects.order_by("dictionary", "sort", "pk"):
        book = found[term.dictionary]
        word = Word(term.code, term.label, term.label_en, term.short, term.enabled, term.facts)
        book.words[term.code] = word
        for name in (term.code, term.label, term.label_en, term.short, *term.aliases):
            if name:
                book.known.setdefault(name.casefold(), term.code)
    return dict(found)


def dictionary(name: str) -> Dictionary:
    """One dictionary, as it is in this unit of work."""
    return house().once("terms", read_terms).get(name) or Dictionary({}, {})
