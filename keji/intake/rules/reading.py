"""From the rows of a file to customers with their contacts, by the forms' own rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keji.access.fields import PLAIN
from keji.access.house import house
from keji.access.models import Person
from keji.customers.rules.many import Entrant
from keji.customers.sheet import CUSTOMERS
from keji.deals.queries import Step, lines, lines_for, steps
from keji.deals.rules.lifecycle import STAGES, level
from keji.intake.models import Line, Run
from keji.intake.rules.book import NUMBER, OWN_NUMBER, PAGES, Page, of_target
from keji.intake.rules.numbers import shaped
from keji.kernel import dates, text
from keji.kernel.errors import Invalid, Problem
from keji.records.entry import rules_for
from keji.records.kinds import Kind, Moment

ANY = object()
NOTHING = object()  # what a blank or unusable cell says
ANSWER = "UNKNOWN"  # the state of what a profile requires and a file does not hold, where the import waives it
REMEMBERED = 50_000  # different cells of one column
TRIED, RARE = 2_000, 4  # after so many different cells, a column is forgotten if fewer than one in four came again
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
    made: list[list[Any]] = field(default_factory=list)


def read(lines: QuerySet[Line]) -> list[Row]:
    return [Row(*values) for values in lines.order_by("sheet", "number").values_list(*READ)]


@dataclass(slots=True)
class Told:
    """One row as read: the customer's values, the contact's, those of other records, and what is wrong or doubtful."""

    line: Row
    customer: dict[str, Any]
    contact: dict[str, Any]
    problems: list[Problem]
    strangers: list[str] = field(default_factory=list)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)  # record type → values
    numbers: dict[str, str] = field(default_factory=dict)  # record type → the number that the row brought along
    tags: list[tuple[str, Any]] = field(default_factory=list)  # words, and until when each holds
    link: bool = False  # its customer stands in other rows, or is stored

    def values(self, record: str) -> dict[str, Any]:
        """What the row says of a record of this type."""
        if record == "customers":
            return self.customer
        return self.contact if record == "contacts" else self.others.setdefault(record, {})


@dataclass(slots=True)
class Reading:
    """How one column of a sheet is read, with what its different cells said before: files repeat themselves."""

    target: str
    places: tuple[int, ...]  # of its cells; province, city and district are read as one
    name: str
    page: Page
    record: str = ""
    number: bool = False
    kind: Kind | None = None  # what alone reads a cell that anybody may fill; None where there is more to it
    known: dict[Any, tuple[Any, Sequence[Problem]]] = field(default_factory=dict)
    again: int = 0  # how often a cell had come before
    remembers: bool = True

    def __post_init__(self) -> None:
        self.record, self.number = self.page.record, self.name == NUMBER

    def remember(self, key: Any, said: tuple[Any, Sequence[Problem]]) -> None:
        """Keep what a cell said. Names and numbers hardly ever come again: to keep all of them took 25 MB."""
        if len(self.known) >= TRIED and self.again * RARE < len(self.known):
            self.remembers = False
            self.known.clear()
        elif len(self.known) >= REMEMBERED:
            self.known.clear()
        if self.remembers:
            self.known[key] = said


PEOPLE = frozenset({"owner", "followup.author", "followup.next_action_by", "followup.our_participants", "deal.owner"})


class Reader:
    """Reads the rows of a run, column by column. A cell that came before is not read twice."""

    def __init__(self, run: Run, person: Person):
        self.run, self.person = run, person
        self.rules = {record: rules_for(page.sheet, person) for record, page in PAGES.items()}
        self.rules["customers"] = {**self.rules["customers"], OWN_NUMBER: PLAIN}
        self.names: dict[str, list[int]] = {}
        self.left: dict[str, list[int]] = {}  # of people who have left too: they wrote history
        for pk, one in house().people.items():
            for name in {one.name, one.username}:
                self.left.setdefault(name, []).append(pk)
                if one.active:
                    self.names.setdefault(name, []).append(pk)
        self.sheets = [self.readings(run.mapping.get(str(place), [])) for place in range(len(run.sheets))]

    def readings(self, mapping: Sequence[str]) -> list[Reading]:
        found = []
        for place, target in enumerate(mapping):
            if target and not target.startswith("place."):
                page, name = of_target(target)
                found.append(Reading(target, (place,), name, page, kind=self.alone(target, name, page)))
        levels = {target: place for place, target in enumerate(mapping)}
        if places := tuple(levels[f"place.{level}"] for level in LEVELS if f"place.{level}" in levels):
            page = PAGES["customers"]
            kind = self.alone("contact_region", "contact_region", page)
            found.append(Reading("contact_region", places, "contact_region", page, kind=kind))
        return found

    def alone(self, target: str, name: str, page: Page) -> Kind | None:
        """The kind of a column in which nothing is masked, brought along or looked up: `take` would only call it."""
        special = (OWN_NUMBER, "deal.stage", "deal.contact")
        if target in PEOPLE or target in special or name == NUMBER or name in page.brought:
            return None
        column = page.sheet.by_name.get(name)
        plain = column is not None and column.typed and self.rules[page.record].get(name) == PLAIN
        return column.kind if column is not None and plain else None

    def row(self, line: Row) -> Told:
        """One row: blanks say nothing, everything else is read by its column."""
        told = Told(line, {}, {}, [])
        cells, width, own = line.cells, len(line.cells), told.customer
        for one in self.sheets[line.sheet]:
            place = one.places[0]
            raw = (cells[place] if place < width else None) if len(one.places) == 1 else place_of(one.places, cells)
            if raw is None or raw == "":
                continue
            value, problems = self.said(one, raw)
            if value is not NOTHING:
                if one.number:
                    told.numbers[one.record] = value
                elif one.record == "customers":
                    own[one.name] = value
                else:
                    told.values(one.record)[one.name] = value
            if problems:
                told.problems += problems
                if one.target in PEOPLE:
                    told.strangers += self.unknown(one.target, str(raw))
        if "needs" in told.others:
            told.tags = told.others["needs"].pop("tags", [])
        if "deals" in told.others:
            told.problems += self.stage(told.others["deals"])
        return told

    def said(self, one: Reading, raw: Any) -> tuple[Any, Sequence[Problem]]:
        """What a cell says; what it said when it came before, if it did."""
        if not one.remembers:
            return self.cell(one, raw)
        key = raw if type(raw) is str else (type(raw), str(raw))
        found = one.known.get(key)
        if found is None:
            found = self.cell(one, raw)
            one.remember(key, found)
        else:
            one.again += 1
        return found

    def cell(self, one: Reading, raw: Any) -> tuple[Any, Sequence[Problem]]:
        """What a cell says, and what is wrong or doubtful with it."""
        if isinstance(raw, str) and not raw.strip():
            return NOTHING, ()
        if one.kind is not None:
            return self.plainly(one, one.kind, raw)
        if one.target in PEOPLE:
            return self.people(one.target, str(raw).strip())
        if one.target == OWN_NUMBER:
            return str(raw).strip().upper()[:20], []
        if one.name == NUMBER:
            return shaped(raw), []
        if one.target in ("deal.stage", "deal.contact"):
            return text.plain(raw).strip(), []
        if one.name in one.page.brought:
            return self.brought(one, raw)
        taken = one.page.sheet.take({one.name: raw}, self.rules[one.page.record], typed=False)
        found = [Problem(one.target, p.code, p.message, p.suggestion, p.soft) for p in (*taken.problems, *taken.notes)]
        value = taken.values.get(one.name)
        wrong = value in (None, "", []) or any(not problem.soft for problem in found)
        return (NOTHING if wrong else value), found

    def plainly(self, one: Reading, kind: Kind, raw: Any) -> tuple[Any, Sequence[Problem]]:
        """As `Sheet.take` says it of one value."""
        try:
            parsed = kind.parse(raw, typed=False)
        except Invalid as error:
            return NOTHING, (Problem(one.target, error.code, error.message, error.suggestion),)
        value = NOTHING if parsed.value in (None, "", []) else parsed.value
        if not parsed.notes:
            return value, ()
        notes = sorted(parsed.notes, key=lambda note: not note.code.startswith("W_"))
        return value, [Problem(one.target, n.code, n.message, n.suggestion, soft=True) for n in notes]

    def brought(self, one: Reading, raw: Any) -> tuple[Any, list[Problem]]:
        """What a history says of itself and no form asks."""
        column = one.page.column(one.name)
        kind: Any = column and column.kind
        try:
            parsed = dates.moment(raw, typed=False) if isinstance(kind, Moment) else kind.parse(raw, typed=False)
            return parsed.value, []
        except Invalid as error:
            return NOTHING, [Problem(one.target, error.code, error.message, error.suggestion)]

    def people(self, target: str, told: str) -> tuple[Any, list[Problem]]:
        """Who is meant. Somebody who is nobody here is asked for once, not row by row."""
        several = target == "followup.our_participants"
        found, problems = [], []
        for name in text.listed(told) if several else [told]:
            who = self.who(target, name)
            if who is ANY:
                said = _("没有叫“%(name)s”的在职人员，请在上方指定") % {"name": name}
                problems.append(Problem(target, "E_PERSON", said))
            elif who is not NOTHING:
                found.append(who)
        if several:
            return (found if found and not problems else NOTHING), problems
        return (found[0] if found else NOTHING), problems

    def who(self, target: str, name: str) -> Any:
        """A person's id, None for the pool, a name that is only kept, NOTHING for a blank, ANY for a stranger."""
        choice = self.run.people.get(name)
        if choice == "importer":
            return self.person.pk
        if choice in ("pool", "former"):
            return self.former(target, name, choice)
        if choice is not None:
            return choice
        found = (self.left if target in WROTE else self.names).get(name, [])
        return found[0] if len(found) == 1 else ANY

    def former(self, target: str, name: str, choice: str) -> Any:
        if target == "followup.author":
            return name
        if target == "owner":
            return None if choice == "pool" else NOTHING
        return self.person.pk if target == "followup.next_action_by" else NOTHING

    def unknown(self, target: str, told: str) -> list[str]:
        names = text.listed(told) if target == "followup.our_participants" else [told.strip()]
        return [name for name in names if self.who(target, name) is ANY]

    def stage(self, values: dict[str, Any]) -> list[Problem]:
        """The stage by its name: in the pipeline that the row names, else in the first one that has such a stage."""
        name = values.get("stage")
        if not isinstance(name, str):
            return []
        known = lines()
        chosen = [known[values["pipeline"]]] if values.get("pipeline") in known else lines_for(self.person)
        steps: list[Step] = [step for line in (*chosen, *known.values()) for step in line.steps]
        if values.get("pipeline"):
            steps = list(chosen[0].steps)
        found = next((step for step in steps if step.name == name), None)
        if found is None:
            del values["stage"]
            offered = _("、").join(step.name for step in (chosen[0].steps if chosen else ()))
            said = _("没有“%(told)s”这一项，可选：%(offered)s") % {"told": name[:40], "offered": offered}
            return [Problem("deal.stage", "E_CHOICE", said)]
        values["stage"], values["pipeline"] = found.pk, found.pipeline_id
        return []


WROTE = frozenset({"followup.author", "followup.our_participants"})  # those who have left stand in a history too
LEVELS = ("province", "city", "district")


def place_of(places: Sequence[int], cells: Sequence[Any]) -> str:
    """Province, city and district of three columns as one place; what two of them say alike counts once."""
    told = [str(cells[place] or "").strip() for place in places if place < len(cells)]
    return "".join(dict.fromkeys(told))


def families(reader: Reader, lines: Iterable[Row], kept: bool = False) -> list[list[Told]]:
    """Rows grouped by customer: nothing of a customer is entered when one of its rows fails.

    With `kept`, the rows stay in the families that the check has found.
    """
    told = []
    for line in lines:
        told.append(reader.row(line))
        line.cells = []  # they have been read, and a file of them is large
    if kept:
        for one in told:
            one.link = reader.run.sheets[one.line.sheet]["holds"] != "customers"
    else:
        gather(reader.run, told)
    groups: dict[str, list[Told]] = {}
    for one in told:
        if one.link:
            one.customer = {name: value for name, value in one.customer.items() if name in LINK}
        groups.setdefault(one.line.family, []).append(one)
    return list(groups.values())


LINK = (OWN_NUMBER, "name")


def gather(run: Run, told: Sequence[Told]) -> None:
    """Say of each row whose it is: first of those about customers, then of those that speak of one by number or name."""
    named: dict[str, set[str]] = {}
    last, sheet = "", -1
    for one in told:
        line = one.line
        one.link = run.sheets[line.sheet]["holds"] != "customers"
        if one.link:
            continue
        key = family(one, line)
        if last and sheet == line.sheet and one.contact and nameless(one):
            key = last  # merged cells: the customer stands in the first of its rows only
        last, sheet = key, line.sheet
        line.family = key[:120]
        if name := one.customer.get("name"):
            named.setdefault(text.folded(name), set()).add(line.family)
    for one in told:
        if one.link:
            one.line.family = relative(one, named)[:120]


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


def relative(told: Told, named: Mapping[str, set[str]]) -> str:
    """The family of a row that only speaks of a customer. A name that two rows bear is nobody's."""
    if number := told.customer.get(OWN_NUMBER):
        return f"no:{number}"
    if not (name := told.customer.get("name")):
        return f"row:{told.line.sheet}:{told.line.number}"
    known = named.get(text.folded(name), set())
    if len(known) == 1:
        return next(iter(known))
    if known:
        said = _("有几个客户叫“%(name)s”，请填写客户编号") % {"name": name}
        told.problems.append(Problem("name", "E_AMBIGUOUS", said))
    return f"link:{text.folded(name)}"


def carried(group: Sequence[Told]) -> str:
    """The stage of life that a new customer's deals carry it to; "" if they do not."""
    known = steps()
    reached = max((level(known.get(told.others.get("deals", {}).get("stage", 0))) for told in group), default=0)
    return STAGES.get(reached, "") if house()["deals_move_customers"] else ""


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
    if "lifecycle_stage" not in values and (reached := carried(group)):
        values["lifecycle_stage"] = reached
    contacts = [told.contact for told in group if told.contact.get("name")]
    hard = [problem for told in group for problem in told.problems if not problem.soft]
    waived = {name: {"state": ANSWER, "why": _("导入时缺少")} for name in options.get("waive", ())}
    chosen = any(told.line.chosen for told in group)
    return Entrant(values, contacts, states=waived, accept={"*": _("导入")}, known=hard, pool=pool, twin=chosen)
