"""From the rows of a file to customers with their contacts, by the forms' own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

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
ANSWER = "UNKNOWN"  # the state of what a profile requires and a file does not hold, where the import waives it


@dataclass
class Told:
    """One row as read: the customer's values, the contact's, and what is wrong or doubtful."""

    line: Line
    customer: dict[str, Any]
    contact: dict[str, Any]
    problems: list[Problem]
    strangers: list[str] = field(default_factory=list)


class Reader:
    """Reads the rows of a run. A cell that came before is not read twice: files repeat themselves."""

    def __init__(self, run: Run, person: Person):
        self.run, self.person = run, person
        self.customers = {**rules_for(CUSTOMERS, person), OWN_NUMBER: PLAIN}
        self.contacts = rules_for(CONTACTS, person)
        self.known: dict[tuple[str, Any], tuple[Any, tuple[Problem, ...]]] = {}
        self.names: dict[str, list[int]] = {}
        for pk, one in house().people.items():
            for name in {one.name, one.username} if one.active else ():
                self.names.setdefault(name, []).append(pk)
        self.people = {told: self.meant(told, choice) for told, choice in run.people.items()}

    def meant(self, told: str, choice: Any) -> Any:
        return self.person.pk if choice == "importer" else None if choice == "pool" else choice

    def cell(self, target: str, raw: Any) -> tuple[Any, tuple[Problem, ...]]:
        key = (target, raw if not isinstance(raw, list) else str(raw))
        if key not in self.known:
            sheet, rules, name = self.side(target)
            if name == OWN_NUMBER and sheet is CUSTOMERS:
                self.known[key] = (str(raw).strip().upper()[:20], ())
            else:
                taken = sheet.take({name: raw}, rules, typed=False)
                found = [
                    Problem(target, p.code, p.message, p.suggestion, p.soft) for p in (*taken.problems, *taken.notes)
                ]
                self.known[key] = (taken.values.get(name), tuple(found))
        return self.known[key]

    def side(self, target: str) -> tuple[Any, Any, str]:
        if target.startswith(CONTACT):
            return CONTACTS, self.contacts, target.removeprefix(CONTACT)
        return CUSTOMERS, self.customers, target

    def row(self, line: Line) -> Told:
        """One row: blanks say nothing, everything else is read by its column."""
        told = Told(line, {}, {}, [])
        mapping = self.run.mapping.get(str(line.sheet), [])
        cells = list(zip(mapping, line.cells, strict=False))
        if any(target.startswith("place.") for target in mapping):
            cells.append(("contact_region", place_of(mapping, line.cells)))
        for target, raw in cells:
            if not target or target.startswith("place.") or raw is None or (isinstance(raw, str) and not raw.strip()):
                continue
            if target == "owner":
                self.owner(told, str(raw).strip())
                continue
            value, problems = self.cell(target, raw)
            told.problems += problems
            if any(not problem.soft for problem in problems):
                continue
            side, name = (
                (told.contact, target.removeprefix(CONTACT)) if target.startswith(CONTACT) else (told.customer, target)
            )
            if value not in (None, "", []):
                side[name] = value
        return told

    def owner(self, told: Told, name: str) -> None:
        """An owner who is nobody here is asked for once, not row by row."""
        if name in self.people:
            told.customer["owner"] = self.people[name]
            return
        found = self.names.get(name, [])
        if len(found) == 1:
            told.customer["owner"] = found[0]
        else:
            told.strangers.append(name)
            told.problems.append(
                Problem("owner", "E_PERSON", _("没有叫“%(name)s”的在职人员，请在上方指定") % {"name": name})
            )


def place_of(mapping: Sequence[str], cells: Sequence[Any]) -> str:
    """Province, city and district of three columns as one place."""
    told = {
        target: str(raw or "").strip()
        for target, raw in zip(mapping, cells, strict=False)
        if target.startswith("place.")
    }
    parts = [told.get(f"place.{level}", "") for level in ("province", "city", "district")]
    return "".join(part for n, part in enumerate(parts) if part and part not in parts[:n])


def families(run: Run, person: Person, lines: Iterable[Line]) -> list[list[Told]]:
    """Rows grouped by customer: nothing of a customer is entered when one of its rows fails."""
    reader = Reader(run, person)
    groups: dict[str, list[Told]] = {}
    last = ""
    for line in lines:
        told = reader.row(line)
        holds = run.sheets[line.sheet]["holds"]
        key = family(told, line) if holds == "customers" else relative(told, line)
        if (
            holds == "customers"
            and not told.customer.get("name")
            and not told.customer.get(OWN_NUMBER)
            and told.contact
            and last
        ):
            key = last  # merged cells: the customer stands in the first of its rows only
        last = key
        line.family = key[:120]
        groups.setdefault(line.family, []).append(told)
    return list(groups.values())


def family(told: Told, line: Line) -> str:
    """What tells that two rows speak of one customer: its number, else its credit code, else type and name."""
    own = told.customer
    if own.get(OWN_NUMBER):
        return f"no:{own[OWN_NUMBER]}"
    if not told.contact or not own.get("name"):
        return f"row:{line.sheet}:{line.number}"
    if own.get("customer_type") == "PERSON":
        return f"row:{line.sheet}:{line.number}"
    return f"name:{text.folded(own['name'])}:{own.get('uscc', '')}"


def relative(told: Told, line: Line) -> str:
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
    waived = {name: {"state": ANSWER, "why": _("导入时缺少")} for name in options.get("waive", [])}
    accept = {"*": _("导入")} if not any(p.code.startswith("W_DUP") for p in hard) else {}
    return Entrant(values, contacts, states=waived, accept=accept, known=hard, pool=pool)
