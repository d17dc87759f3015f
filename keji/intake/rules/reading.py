"""From the rows of a file to customers with their contacts, by the forms' own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keji.access.fields import PLAIN
from keji.access.house import house
from keji.access.models import Person
from keji.customers.rules.many import Entrant
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.intake.models import Line, Run
from keji.intake.rules.mapping import CONTACT, OWN_NUMBER
from keji.kernel import text
from keji.kernel.errors import Problem
from keji.records.entry import rules_for

ANY = object()
NOTHING = object()  # what a blank or unusable cell says
ANSWER = "UNKNOWN"  # the state of what a profile requires and a file does not hold, where the import waives it
REMEMBERED = 50_000  # different cells of one column
READ = ("pk", "sheet", "number", "cells", "chosen", "state", "act", "family")


@dataclass(slots=True)
class Row:
    """A Line without its model: ten thousand models take a second."""

    pk: int
    sheet: int
    number: int
    cells: list[Any]
    chosen: bool
    state: str
    act: str
    family: str = ""
    customer_id: int | None = None
    problems: list[list[Any]] = field(default_factory=list)
    before: dict[str, Any] | None = None


def read(lines: QuerySet[Line]) -> list[Row]:
    return [Row(*values) for values in lines.order_by("sheet", "number").values_list(*READ)]


@dataclass(slots=True)
class Told:
    """One row as read: the customer's values, the contact's, and what is wrong or doubtful."""

    line: Row
    customer: dict[str, Any]
    contact: dict[str, Any]
    problems: list[Problem]
    strangers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """How one column of a sheet is read, with what its different cells said before: files repeat themselves."""

    target: str
    places: tuple[int, ...]  # of its cells; province, city and district are read as one
    name: str
    of_contact: bool
    known: dict[Any, tuple[Any, list[Problem]]] = field(default_factory=dict)


class Reader:
    """Reads the rows of a run, column by column. A cell that came before is not read twice."""

    def __init__(self, run: Run, person: Person):
        self.run, self.person = run, person
        self.customers = {**rules_for(CUSTOMERS, person), OWN_NUMBER: PLAIN}
        self.contacts = rules_for(CONTACTS, person)
        self.names: dict[str, list[int]] = {}
        for pk, one in house().people.items():
            for name in {one.name, one.username} if one.active else ():
                self.names.setdefault(name, []).append(pk)
        self.people = {told: self.meant(told, choice) for told, choice in run.people.items()}
        self.sheets = [self.readings(run.mapping.get(str(place), [])) for place in range(len(run.sheets))]

    def meant(self, told: str, choice: Any) -> Any:
        return self.person.pk if choice == "importer" else None if choice == "pool" else choice

    def readings(self, mapping: Sequence[str]) -> list[Reading]:
        found = [
            Reading(target, (place,), target.removeprefix(CONTACT), target.startswith(CONTACT))
            for place, target in enumerate(mapping)
            if target and not target.startswith("place.")
        ]
        levels = {target: place for place, target in enumerate(mapping)}
        if places := tuple(levels[f"place.{level}"] for level in LEVELS if f"place.{level}" in levels):
            found.append(Reading("contact_region", places, "contact_region", False))
        return found

    def row(self, line: Row) -> Told:
        """One row: blanks say nothing, everything else is read by its column."""
        told = Told(line, {}, {}, [])
        cells, width = line.cells, len(line.cells)
        for one in self.sheets[line.sheet]:
            place = one.places[0]
            raw = (cells[place] if place < width else None) if len(one.places) == 1 else place_of(one.places, cells)
            if raw is None or raw == "":
                continue
            key = raw if type(raw) is str else (type(raw), str(raw))
            if (found := one.known.get(key)) is None:
                if len(one.known) >= REMEMBERED:
                    one.known.clear()
                found = one.known[key] = self.cell(one, raw)
            value, problems = found
            if value is not NOTHING:
                (told.contact if one.of_contact else told.customer)[one.name] = value
            if problems:
                told.problems += problems
                if one.target == "owner":
                    told.strangers.append(str(raw).strip())
        return told

    def cell(self, one: Reading, raw: Any) -> tuple[Any, list[Problem]]:
        """What a cell says, and what is wrong or doubtful with it."""
        if isinstance(raw, str) and not raw.strip():
            return NOTHING, []
        if one.target == "owner":
            return self.owner(str(raw).strip())
        if one.target == OWN_NUMBER:
            return str(raw).strip().upper()[:20], []
        sheet, rules = (CONTACTS, self.contacts) if one.of_contact else (CUSTOMERS, self.customers)
        taken = sheet.take({one.name: raw}, rules, typed=False)
        found = [Problem(one.target, p.code, p.message, p.suggestion, p.soft) for p in (*taken.problems, *taken.notes)]
        value = taken.values.get(one.name)
        wrong = value in (None, "", []) or any(not problem.soft for problem in found)
        return (NOTHING if wrong else value), found

    def owner(self, name: str) -> tuple[Any, list[Problem]]:
        """An owner who is nobody here is asked for once, not row by row."""
        if name in self.people:
            return self.people[name], []
        found = self.names.get(name, [])
        if len(found) == 1:
            return found[0], []
        said = _("没有叫“%(name)s”的在职人员，请在上方指定") % {"name": name}
        return NOTHING, [Problem("owner", "E_PERSON", said)]


LEVELS = ("province", "city", "district")


def place_of(places: Sequence[int], cells: Sequence[Any]) -> str:
    """Province, city and district of three columns as one place; what two of them say alike counts once."""
    told = [str(cells[place] or "").strip() for place in places if place < len(cells)]
    return "".join(dict.fromkeys(told))


def families(reader: Reader, lines: Iterable[Row]) -> list[list[Told]]:
    """Rows grouped by customer: nothing of a customer is entered when one of its rows fails."""
    run = reader.run
    groups: dict[str, list[Told]] = {}
    last = ""
    for line in lines:
        told = reader.row(line)
        holds = run.sheets[line.sheet]["holds"]
        key = family(told, line) if holds == "customers" else relative(told, line)
        if holds == "customers" and last and told.contact and nameless(told):
            key = last  # merged cells: the customer stands in the first of its rows only
        last = key
        line.family = key[:120]
        groups.setdefault(line.family, []).append(told)
    return list(groups.values())


def nameless(told: Told) -> bool:
    """No customer stands in this row, not even one with a wrong name or number."""
    own = ("name", OWN_NUMBER)
    return not any(told.customer.get(name) for name in own) and not any(p.field in own for p in told.problems)


def family(told: Told, line: Row) -> str:
    """What tells that two rows speak of one customer: its number, else its credit code, else type and name."""
    own = told.customer
    if own.get(OWN_NUMBER):
        return f"no:{own[OWN_NUMBER]}"
    if not told.contact or not own.get("name"):
        return f"row:{line.sheet}:{line.number}"
    if own.get("customer_type") == "PERSON":
        return f"row:{line.sheet}:{line.number}"
    return f"name:{text.folded(own['name'])}:{own.get('uscc', '')}"


def relative(told: Told, line: Row) -> str:
    number = told.customer.get(OWN_NUMBER)
    return f"no:{number}" if number else f"row:{line.sheet}:{line.number}"


def entrant(run: Run, group: Sequence[Told]) -> Entrant:
    """A family as one would-be customer with its contacts."""
    values: dict[str, Any] = {}
    for told in group:
        for name, value in told.customer.items():
            values.setdefault(name, value)
    options = run.options
    for name in ("lead_source", "collection_channel", "authorisation_ref", "authorisation_until"):
        if options.get(name) and not values.get(name):
            values[name] = CUSTOMERS.by_name[name].kind.parse(options[name]).value
    pool = values.get("owner", ANY) is None or ("owner" not in values and options.get("no_owner") == "pool")
    if not pool:
        values.setdefault("owner", run.person_id)
    contacts = [told.contact for told in group if told.contact.get("name")]
    hard = [problem for told in group for problem in told.problems if not problem.soft]
    waived = {name: {"state": ANSWER, "why": _("导入时缺少")} for name in options.get("waive", ())}
    chosen = any(told.line.chosen for told in group)
    return Entrant(values, contacts, states=waived, accept={"*": _("导入")}, known=hard, pool=pool, twin=chosen)
