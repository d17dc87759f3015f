"""The whole of the customers as one workbook: what each sheet may show to whom, and how its cells are made."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from keji.access.fields import PLAIN
from keji.access.models import Person
from keji.access.scope import may, near
from keji.access.trail import SYSTEM, note
from keji.customers.models import Contact, Customer, Need, Tagging
from keji.customers.sheet import CUSTOMERS
from keji.customers.tagbook import tagbook
from keji.deals import queries as deals
from keji.deals.models import Deal
from keji.followups import queries as followups
from keji.followups.models import Followup
from keji.intake.rules import numbers
from keji.intake.rules.book import NUMBER_TITLE, OWN_NUMBER, PAGES, Page, TagWords, cell, pages
from keji.kernel import tables
from keji.records.kinds import Industry, Region, Term
from keji.records.models import Export
from keji.records.rules import exports
from keji.records.rules.exports import CHUNK, columns_to_take
from keji.records.sheet import Column

RECORD = "workbook"
TEXT = frozenset({"uscc", "mobile", "landline", "office_phone", "intl_phone", "id_number", "postal_code", "qq"})
Reach = dict[str, Any]


def mine(person: Person) -> Reach:
    """The records of each type that the person may take away."""
    return {
        "contacts": near(person, Contact, "export"),
        "needs": near(person, Need, "export"),
        "followups": followups.followups(person, "export"),
        "deals": deals.deals(person, "export"),
    }


ALL: Reach = {
    "contacts": Contact.objects.all(),
    "needs": Need.objects.all(),
    "followups": Followup.objects.all(),
    "deals": Deal.objects.all(),
}


def rows_of(person: Person | None, customers: QuerySet[Customer]) -> dict[str, Any]:
    """The rows of each sheet of which the person may take any."""
    chosen = customers.order_by().values("pk")
    found: dict[str, Any] = {"customers": customers}
    for page in pages():
        record = page.record
        if record == "customers":
            continue
        if person is SYSTEM:
            found[record] = ALL[record].filter(deleted_at=None, customer__in=chosen)
        elif may(person, f"{record}.export"):
            found[record] = mine(person)[record].filter(customer__in=chosen)
    return found


def ask(person: Person, customers: QuerySet[Customer], query: str, why: str, form: str = "") -> Export:
    """Ask for the workbook of these customers. Raises Refused, or Unfit for no reason or too many rows."""
    return exports.ask(person, RECORD, rows_of(person, customers), query, why, sheets=len(PAGES))


def make(export: Export, customers: QuerySet[Customer]) -> None:
    """Make the workbook of an asked-for export, if its maker may still take it."""
    rows = rows_of(export.person, customers)
    exports.make(export, rows, lambda target: write(target, export.person, rows))


def write_plain(target: Path, why: str) -> int:
    """The operator's workbook of everything in plain text, noted in the trail. Returns the number of customers."""
    rows = rows_of(SYSTEM, Customer.objects.filter(deleted_at=None))
    note(SYSTEM, "customers.export_plain", why=why, **{record: one.count() for record, one in rows.items()})
    return int(write(target, SYSTEM, rows)["customers"])


def write_for(person: Person, target: Path, why: str) -> int:
    """The workbook as this person may have it. Returns the number of customers."""
    rows = rows_of(person, near(person, Customer, "export"))
    exports.may_take(person, rows, why)
    total = rows["customers"].count()
    note(person, "customers.export", why=why, **{record: one.count() for record, one in rows.items()})
    with override(person.language or settings.LANGUAGE_CODE):
        write(target, person, rows)
    return total


def write(target: Path, person: Person | None, rows: dict[str, Any]) -> dict[str, Any]:
    """Write the sheets. Returns how many rows each has."""
    counts: dict[str, Any] = {}
    made = []
    for page in pages():
        if page.record in rows:
            columns = taken(person, page)
            wanted = lines_of(person, page, columns, rows[page.record])
            if page.record == "needs":
                wanted = with_tags(person, columns, wanted, rows)
            lines = counted(counts, page.record, wanted)
            made.append(tables.TemplatePage(str(page.title), heads(page, columns), lines))
    tables.write_pages(target, made, guide=False)
    return counts


def counted(counts: dict[str, int], record: str, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    counts[record] = 0
    for row in rows:
        counts[record] += 1
        yield row


def taken(person: Person | None, page: Page) -> list[Column]:
    """The columns of a sheet that the person may take, in the order of the workbook."""
    allowed = {column.name for column in columns_to_take(person, page.sheet)}
    if page.record == "needs" and TAGS in columns_to_take(person, CUSTOMERS):
        allowed.add("tags")
    return [column for column in page.columns() if column.name in allowed]


def heads(page: Page, columns: Sequence[Column]) -> list[tables.TemplateColumn]:
    own = [head(page, column) for column in columns]
    if page.record == "customers":
        return own
    return [*links(), *own]


def links() -> list[tables.TemplateColumn]:
    """The two numbers that stand before what a record says: whose it is, and which one."""
    told = _("由系统编号；新的一行留空，复制一行时请清空")
    number = tables.TemplateColumn(str(NUMBER_TITLE), "text", told, locked=True)
    return [number, tables.TemplateColumn(PAGES["customers"].label(OWN_NUMBER), "text", _("这一行属于哪个客户"))]


def head(page: Page, column: Column, needed: bool = False) -> tables.TemplateColumn:
    kind = column.kind
    listed = isinstance(kind, Term | Industry) or kind.choices()
    several = kind.input == "checks" or isinstance(kind, Region) or kind.filter == "tags"
    return tables.TemplateColumn(
        title=page.label(column.name),
        kind="text" if column.name in TEXT else kind.sheet,
        help=_("客户的标签，用顿号分开；没有的会新建") if column.name == "tags" else page.sheet.help(column.name),
        required=needed,
        choices=offered(kind) if listed and not several and page.read(column.name) else None,
        example=str(column.example),
        locked=page.record == "customers" and not (column.typed and column.name != OWN_NUMBER),
    )


def offered(kind: Any) -> list[str]:
    """What a drop-down offers: as the cells say it, each once."""
    return list(dict.fromkeys(kind.show(one.code) if isinstance(kind, Term) else one.text for one in kind.choices()))


def lines_of(person: Person | None, page: Page, columns: Sequence[Column], rows: QuerySet) -> Iterator[list[Any]]:
    """The rows of a sheet, those of one customer together. Read in keyset chunks so that no transaction stays open."""
    needed = page.sheet.attributes(columns)
    if page.record == "customers":
        for chunk in chunks(rows, needed):
            yield from map(reader(person, page, columns, chunk), chunk)
        return
    for chunk in chunks(rows, needed, "customer_id"):
        known = numbers.numbers(page.record, [row["id"] for row in chunk])
        read = reader(person, page, columns, chunk)
        for row in chunk:
            yield [known[row["id"]], row["customer__customer_no"], *read(row)]


TAGS = CUSTOMERS.by_name["tags"]


def with_tags(
    person: Person | None, columns: Sequence[Column], lines: Iterator[list[Any]], rows: dict[str, Any]
) -> Iterator[list[Any]]:
    """The needs, the first of each customer with its tags; below them the tags of customers without a need."""
    place = next((2 + number for number, column in enumerate(columns) if column.name == "tags"), None)
    if place is None:
        yield from lines
        return
    tags = tags_of(person, rows["customers"])
    for line in lines:
        line[place] = tags.pop(line[1], "")
        yield line
    for number, told in tags.items():
        line = ["", number, *[""] * len(columns)]
        line[place] = told
        yield line


def tags_of(person: Person | None, customers: QuerySet[Customer]) -> dict[str, str]:
    """What tags people have put on these customers, by the customer's number; those that follow from fields do so again."""
    found: dict[str, list[tuple[str, Any]]] = {}
    known = tagbook().tags
    rows = Tagging.objects.filter(ended_at=None, automatic=False, customer__in=customers.order_by().values("pk"))
    for chunk in chunks(rows, ("id", "customer_id", "customer__customer_no", "tag_id", "valid_until"), "customer_id"):
        plain = plain_for(person, sorted({row["customer_id"] for row in chunk}))
        for row in chunk:
            if plain(row["customer_id"]):
                told = (known[row["tag_id"]].text, row["valid_until"])
                found.setdefault(row["customer__customer_no"], []).append(told)
    return {number: TagWords().show(told) for number, told in found.items()}


def plain_for(person: Person | None, customers: list[int]) -> Callable[[int], bool]:
    """A function that says whether the person reads the tags of one of these customers."""
    if person is SYSTEM:
        return lambda pk: True
    lens = CUSTOMERS.lens(person)
    close = lens.closeness(customers)
    return lambda pk: lens.rules(close(pk))["tags"] == PLAIN


def chunks(rows: QuerySet, needed: Sequence[str], first: str = "id") -> Iterator[list[Any]]:
    last: tuple[int, int] = (0, 0)
    while True:
        behind = Q(**{f"{first}__gt": last[0]}) | Q(**{first: last[0], "pk__gt": last[1]})
        chunk = list(rows.filter(behind).order_by(first, "pk").values(*needed)[:CHUNK])
        if not chunk:
            return
        last = (chunk[-1][first], chunk[-1]["id"])
        yield chunk


def reader(person: Person | None, page: Page, columns: Sequence[Column], chunk: Sequence[Any]) -> Any:
    if person is SYSTEM:
        return lambda row: [cell(column, column.kind.value(row, column.name)) for column in columns]
    own = [column for column in columns if column not in page.extra]
    read = page.sheet.reader(person, [row["id"] for row in chunk], own)

    def one(row: Any) -> list[Any]:
        shown = read(row)
        cells = []
        for column in columns:
            found = shown.get(column.name)
            cells.append("" if found is None else cell(column, found.value) if found.policy == "plain" else found.text)
        return cells

    return one
