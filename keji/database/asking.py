"""What was typed into a search box, as a question to the index of each database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from keji.database.words import CLASSES, LONG, folded, pairs, runs

CHARACTERS = 64
TERMS = 6


@dataclass(frozen=True)
class Part:
    """One token that has to be there, whole or as a beginning."""

    token: str
    begins: bool


Term = tuple[Part, ...]


def terms(words: str) -> list[Term]:
    """The terms that all have to occur; of very long text only the beginning counts."""
    pieces = folded(words[:CHARACTERS])[:CHARACTERS].split()[:TERMS]
    return [term(han, other) for piece in pieces for han, other in runs(piece)]


def term(han: str, other: str) -> Term:
    if len(han) == 1:
        return (Part(han, True),)
    if han:
        return tuple(Part(pair, False) for pair in pairs(han)[:-1])
    if len(other) <= LONG:
        return (Part(other, len(other) < LONG),)
    return (Part(other[:LONG], False), Part(other[-LONG:], False))


def fts5(found: list[Term], classes: Iterable[str], near: Iterable[int] | None) -> str:
    def part(letter: str, asked: Part) -> str:
        return f'"{letter}{asked.token}"{" *" if asked.begins else ""}'

    wanted = question(found, classes, part, " AND ", " OR ")
    return wanted if near is None else f"{wanted} AND ({people(near)})"


def people(near: Iterable[int]) -> str:
    return " OR ".join(f'"n{int(person)}"' for person in near)


def tsquery(found: list[Term], classes: Iterable[str]) -> str:
    def part(letter: str, asked: Part) -> str:
        return f"'{letter}{asked.token}'{':*' if asked.begins else ''}"

    return question(found, classes, part, " & ", " | ")


def question(
    found: list[Term], classes: Iterable[str], part: Callable[[str, Part], str], both: str, either: str
) -> str:
    """Every term, whole within one of the classes."""
    letters = sorted(CLASSES[name] for name in classes)
    return both.join(
        "(" + either.join("(" + both.join(part(letter, asked) for asked in term) + ")" for letter in letters) + ")"
        for term in found
    )
