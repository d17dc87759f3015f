"""A sheet says once what a record looks like to people: list, page, form, import, export and the API all read it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keji.access.fields import HIDE, MASK, PLAIN, Lens
from keji.access.scope import roles_of
from keji.kernel import masks
from keji.kernel.errors import Invalid, Problem
from keji.records.kinds import Kind, Row


@dataclass(frozen=True)
class Column:
    """One field of a record type as people meet it. Label and help come from the model's field."""

    name: str
    kind: Kind
    section: str = ""  # where it stands on the page and in the form; "" for what is only derived
    titles: tuple[str, ...] = ()  # what else it is called in people's workbooks
    listed: bool = False  # stands in the list unless somebody chooses otherwise
    sort: bool = False  # the list can be ordered by it; needs an index (column, id)
    filter: bool = False
    search: str = ""  # the class of the search index it goes into: open, people, phone or text
    mask: str | Callable[[str, Row], str] = "text"
    guarded: bool = False  # masked on common ground, whatever the role says
    typed: bool = True  # people enter it; False for what rules derive
    example: Any = ""
    low: bool = False  # left out of the list on the phone
    badge: str = ""  # another column that stands small beside it


class Shown(NamedTuple):
    """A value as one person may read it: masked values have a text and no value."""

    value: Any
    text: str
    policy: str


class Seen(dict[str, Shown]):
    """What is shown of a row, for a template: a value that does not stand there at all is blank."""

    def __missing__(self, name: str) -> Shown:
        return Shown(None, "", HIDE)


class Taken(NamedTuple):
    """What a form or a row of a workbook says, field by field."""

    values: dict[str, Any]
    problems: list[Problem]
    notes: list[Problem]


SHEETS: dict[str, "Sheet"] = {}  # record type → its sheet: whatever is asked of every record type asks these


@dataclass(frozen=True)
class Sheet:
    """The columns of a record type, and the two rules that write its records."""

    model: Any
    title: Any
    columns: tuple[Column, ...]
    order: str = "-changed_at"
    add: Callable[..., Any] | None = None
    edit: Callable[..., Any] | None = None
    quick: tuple[str, ...] = ()  # the fields of quick create, eight at most
    also: tuple[str, ...] = ("id", "version")  # attributes that pages need beside the columns
    index: Any = field(default=None)  # its search index, if it has one
    beside: list["Sheet"] = field(default_factory=list, compare=False)  # records by which its rows may be narrowed too

    def __post_init__(self) -> None:
        SHEETS[self.model.RECORD] = self

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def sortable(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.sort)

    def label(self, name: str) -> str:
        key = (get_language(), name)
        if key not in self.labels:
            self.labels[key] = self.worded(name)
        return self.labels[key]

    @cached_property
    def labels(self) -> dict[tuple[str | None, str], str]:
        """What the columns are called in each language, as far as it was asked: lazy texts are dear in a loop."""
        return {}

    def worded(self, name: str) -> str:
        own = getattr(self.by_name[name].kind, "label", "")
        return str(own or self.model_field(name).verbose_name)

    def help(self, name: str) -> str:
        return str(self.model_field(name).help_text)

    def model_field(self, name: str) -> Any:
        """The model's field behind a column, on another model where the column says something of the parent."""
        model = self.model
        *links, last = self.source(name).split("__")
        for link in links:
            model = model._meta.get_field(link).related_model
        return model._meta.get_field(last)

    def source(self, name: str) -> str:
        """The model's field behind a column (an encrypted one has another name)."""
        if name in {field.name for field in self.model._meta.fields}:
            return name
        return self.by_name[name].kind.needs(name)[0]

    def lens(self, person: Any) -> Lens:
        """How the person reads these columns; worked out once for as long as the roles read with the person stand."""
        held, known, record = roles_of(person), person.__dict__.setdefault("_lenses", {}), self.model.RECORD
        if record not in known or known[record][0] is not held:
            known[record] = (held, self.new_lens(person))
        return known[record][1]

    def new_lens(self, person: Any) -> Lens:
        guarded = [column.name for column in self.columns if column.guarded]
        follows = {column.name: column.kind.follows for column in self.columns if column.kind.follows}
        return Lens(person, self.model, self.by_name, guarded, follows)

    def columns_for(self, person: Any, lens: Lens | None = None) -> list[Column]:
        """The columns that stand there at all for this person."""
        rules = (lens or self.lens(person)).anywhere()
        return [column for column in self.columns if rules[column.name] != HIDE]

    def readable(self, person: Any, lens: Lens | None = None) -> frozenset[str]:
        """The columns that the person may read plainly in every row: these may be filtered, sorted and grouped by."""
        return (lens or self.lens(person)).plain

    def attributes(self, columns: Iterable[Column]) -> tuple[str, ...]:
        """What must be read from the table to show these columns."""
        needed = dict.fromkeys(self.also)
        for column in columns:
            needed |= dict.fromkeys(column.kind.needs(column.name))
        if any(callable(column.mask) for column in columns):
            needed |= dict.fromkeys(getattr(self.model, "MASKED_BY", ()))
        return tuple(needed)

    def reader(
        self,
        person: Any,
        ids: list[int],
        columns: list[Column] | None = None,
        stands: frozenset[str] | None = None,
        placed: bool = False,
        texts: bool = True,
    ) -> Callable[[Row], Seen]:
        """A function that gives any of these rows as the person may read it. Nothing leaves keji by another way.

        `stands` (see scope.relation) says it for rows that all belong to one customer, so that nothing is asked again;
        rows that were read with `scope.placed` say themselves how close they are. Without `texts` plain values have none.
        """
        lens = self.lens(person)
        shown = self.columns_for(person, lens) if columns is None else columns
        close: Callable[[int], str] | None = None
        if stands is not None:
            close = lambda pk: lens.close_as(stands)  # noqa: E731
        elif not placed:
            close = lens.closeness(ids)
        plans: dict[str, list[tuple[str, Callable[[Row], Shown]]]] = {}

        def read(row: Row) -> Seen:
            closeness = close(row["id"]) if close else lens.place(row["close"])
            plan = plans.get(closeness)
            if plan is None:
                rules = lens.rules(closeness)
                plan = [(c.name, shower(c, rules[c.name], texts)) for c in shown if rules[c.name] != HIDE]
                plans[closeness] = plan
            return Seen([(name, shown_in(row)) for name, shown_in in plan])

        return read

    def take(self, raw: Mapping[str, Any], rules: Mapping[str, str], typed: bool = True) -> Taken:
        """Read what was entered. Unknown, hidden and derived fields are refused; a mask that comes back counts as blank."""
        taken = Taken({}, [], [])
        for name, told in raw.items():
            column = self.by_name.get(name)
            if column is None or not column.typed or rules.get(name, HIDE) == HIDE:
                taken.problems.append(unknown(name))
                continue
            if rules[name] == MASK and (not told or "*" in str(told)):
                continue
            try:
                parsed = column.kind.parse(told, typed=typed)
            except Invalid as error:
                taken.problems.append(Problem(name, error.code, error.message, error.suggestion))
                continue
            taken.values[name] = parsed.value
            for note in parsed.notes:
                told_as = Problem(name, note.code, note.message, note.suggestion, soft=True)
                (taken.problems if note.code.startswith("W_") else taken.notes).append(told_as)
        return taken


def unknown(name: str) -> Problem:
    """What is said of a field that is not there to be filled in: whether it is hidden or not known, nobody learns."""
    return Problem(name, "E_FIELD", _("没有可以填写的字段“%(name)s”") % {"name": name[:40]})


def shower(column: Column, rule: str, texts: bool = True) -> Callable[[Row], Shown]:
    """A function that shows a column of any row under a rule."""
    kind, name = column.kind, column.name
    if rule != PLAIN:
        return lambda row: veiled(column, row)
    value, text = kind.value, kind.show
    if not texts:
        return lambda row: Shown(value(row, name), "", PLAIN)
    if not kind.repeats:

        def plainly(row: Row) -> Shown:
            found = value(row, name)
            return Shown(found, text(found), PLAIN)

        return plainly
    known: dict[Any, Shown] = {}

    def again(row: Row) -> Shown:
        found = value(row, name)
        if found not in known:
            known[found] = Shown(found, text(found), PLAIN)
        return known[found]

    return again


def veiled(column: Column, row: Row) -> Shown:
    value = column.kind.value(row, column.name)
    text = masked(column, value, row)
    same = text == column.kind.show(value)
    return Shown(value if same else None, text, PLAIN if same else MASK)


def masked(column: Column, value: Any, row: Row) -> str:
    if value in (None, "", [], ()):
        return ""
    if callable(column.mask):
        return column.mask(value, row)
    return masks.mask(column.mask, column.kind.show(value))
