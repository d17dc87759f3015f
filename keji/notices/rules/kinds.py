"""What people are told of. A kind has the words for a notice; they are made when it is shown or sent, for who reads it then."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import may
from keji.notices.models import Notice

INBOX, DESKTOP, MAIL, ROBOT, GROUP = "INBOX", "DESKTOP", "MAIL", "ROBOT", "GROUP"


class Told(NamedTuple):
    """A notice in words: what it says in a line, more of it, and the page where one goes on."""

    title: str
    text: str = ""
    href: str = ""


Words = Callable[[Person, Notice], Told | None]


@dataclass(frozen=True)
class Kind:
    """A kind of notices. Those about a `record` are withheld from who does not see it, all from who may not do `needs`."""

    name: str
    label: Any
    help: Any
    words: Words
    record: str = ""
    reads: tuple[str, ...] = ()
    needs: str = ""
    always: bool = False
    ways: tuple[str, ...] = (INBOX, DESKTOP)


KINDS: dict[str, Kind] = {}


def doer(notice: Notice) -> str:
    """Who did what a notice tells of, by name."""
    by = house().people.get(notice.about.get("by") or 0)
    return by.name if by else _("系统")


def declare_kind(
    name: str,
    label: Any,
    help: Any,
    words: Words,
    *,
    record: str = "",
    reads: tuple[str, ...] = (),
    needs: str = "",
    always: bool = False,
    ways: tuple[str, ...] = (INBOX, DESKTOP),
) -> str:
    """Make a kind known. `words(person, notice)` gives None to withhold it.

    With a record type, `words` finds in `notice.seen` what the person reads of the columns `reads` of the record (none of
    it if the notice names no record). Nobody can switch off what is told `always`. `ways` are those that hold until
    somebody chooses others.
    """
    KINDS[name] = Kind(name, label, help, words, record, reads, needs, always, ways)
    return name


def offered(person: Person) -> list[Kind]:
    """The kinds that somebody may be told of, by what they may do."""
    return [kind for kind in KINDS.values() if not kind.needs or may(person, kind.needs)]
