"""What a workbook says beside the customers themselves: contacts by number, follow-ups, deals. Checked, entered, mended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import may, near, parents
from keji.access.trail import SYSTEM
from keji.customers.models import Contact, Customer
from keji.customers.rules import needs, tagging
from keji.customers.rules.contacts import add_contact, drop_contact, revise_contact
from keji.customers.tagbook import tagbook
from keji.database import one_of
from keji.deals.models import Deal
from keji.deals.rules import bin as deals_bin
from keji.deals.rules import many as many_deals
from keji.deals.rules import move as moving
from keji.deals.rules import open as opening
from keji.deals.rules.checks import check as check_deal
from keji.followups.models import Followup
from keji.followups.rules import log as logging
from keji.followups.rules import many as many_followups
from keji.intake.models import Run
from keji.intake.rules import numbers
from keji.intake.rules.book import NUMBER, PAGES, Page, alike
from keji.intake.rules.reading import Told
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Unfit

RECORDS = ("contacts", "needs", "deals", "followups")  # in this order: deals name contacts


@dataclass
class Deed:
    """A record that a row speaks of: its values, and the stored one that the number of the row means."""

    told: Told
    record: str
    customer: Customer
    values: dict[str, Any]
    number: str
    stored: Any = None


class Known:
    """The stored records that the numbers of these rows mean, and what the person may do with them."""

    def __init__(self, person: Person, groups: Iterable[Sequence[Told]], customers: Iterable[Customer]):
        told = [one for group in groups for one in group if one.numbers or one.others or one.tags]
        ids = sorted({customer.pk for customer in customers}) if told else []
        self.person = person
        self.seen: dict[tuple[str, str], int] = {}  # the row in which each number stands
        self.ids: dict[str, dict[str, int]] = {}
        self.stored: dict[str, dict[int, Any]] = {}
        self.mine: dict[str, set[int]] = {}
        self.open: dict[str, set[int]] = {}
        for record in RECORDS:
            model: Any = PAGES[record].sheet.model
            given = [one.numbers[record] for one in told if record in one.numbers]
            self.ids[record] = numbers.records(record, given) if given else {}
            wanted = sorted(set(self.ids[record].values()))
            rows = model.objects.filter(model.ALIVE, pk__in=one_of(wanted)).select_related("customer") if wanted else []
            self.stored[record] = {one.pk: one for one in rows}
            change = near(person, model, "change").filter(pk__in=one_of(wanted)) if wanted else model.objects.none()
            self.mine[record] = set(change.values_list("pk", flat=True))
            if ids and record != "contacts" and any(one.others.get(record) for one in told):
                reached = parents(person, Customer, record, "import").filter(pk__in=one_of(ids))
                self.open[record] = set(reached.values_list("pk", flat=True))

    def find(self, record: str, number: str) -> Any:
        """The stored record of a number, None for a new one. Raises Unfit for one that is gone."""
        pk = self.ids[record].get(number)
        if pk is None:
            return None
        if pk not in self.stored[record]:
            said = _("记录编号 %(number)s 的记录已经不在了；要作为新记录导入，请清空这一格") % {"number": number}
            raise Unfit(Problem(f"{PAGES[record].prefix}{NUMBER}", "E_GONE", said))
        return self.stored[record][pk]


def deeds(known: Known, group: Sequence[Told], customer: Customer, new: bool = False) -> list[Deed]:
    """The records that the rows of a customer speak of. Raises Unfit where a number means none of this customer.

    The contacts of a new customer are entered with it, and no deeds.
    """
    found = []
    for told in group:
        for record in RECORDS[new:]:
            values = told.contact if record == "contacts" else told.others.get(record)
            if not values or (record == "contacts" and not values.get("name")):
                continue
            number = told.numbers.get(record, "")
            stored = known.find(record, number) if number else None
            if stored is not None and stored.customer_id != customer.pk:
                raise Unfit(someone_elses(record, number))
            if stored is None and record == "contacts":
                people = Contact.objects.filter(customer=customer, name=values["name"], deleted_at=None)
                stored = people.order_by("pk").first()
            found.append(Deed(told, record, customer, values, number, stored))
    return found


def someone_elses(record: str, number: str) -> Problem:
    said = _("记录编号 %(number)s 是另一个客户的；新的一行请清空这一格") % {"number": number}
    return Problem(f"{PAGES[record].prefix}{NUMBER}", "E_OTHER_CUSTOMER", said)


def check(known: Known, group: Sequence[Told], customer: Customer | None) -> None:
    """Put to each row what is wrong with its records, by the rules of their types."""
    names = {told.contact["name"] for told in group if told.contact.get("name")}
    if customer is not None and any(told.others.get("deals", {}).get("contact") for told in group):
        names |= set(Contact.objects.filter(customer=customer, deleted_at=None).values_list("name", flat=True))
    for told in group:
        told.problems += wrong_tags(known, told, customer)
        for record, number in told.numbers.items():
            told.problems += wrong_number(known, record, number, customer, told)
        for record, values in told.others.items():
            if values and not any(not p.soft and p.field.startswith(PAGES[record].prefix) for p in told.problems):
                told.problems += [prefixed(record, p) for p in wrong(known, told, record, customer, names)]


def wrong_number(known: Known, record: str, number: str, customer: Customer | None, told: Told) -> list[Problem]:
    """A number stands in one row only, and means a record of the customer that the row speaks of."""
    if known.seen.setdefault((record, number), told.line.pk) != told.line.pk:
        said = _("记录编号 %(number)s 出现了两次；新的一行请清空这一格") % {"number": number}
        return [Problem(f"{PAGES[record].prefix}{NUMBER}", "E_DUP_NO", said)]
    try:
        stored = known.find(record, number)
    except Unfit as error:
        return list(error.problems)
    if stored is not None and (customer is None or stored.customer_id != customer.pk):
        return [someone_elses(record, number)]
    return []


def wrong_tags(known: Known, told: Told, customer: Customer | None) -> list[Problem]:
    """What stands against tags: those that nobody may make, and customers that the person may not change."""
    found = []
    if told.tags and customer is not None and not may(known.person, "customers.change", customer):
        found.append(Problem("need.tags", "E_REFUSED", _("没有权限修改这个客户的标签")))
    for words, until in told.tags:
        try:
            tagging.sought(known.person, words)
            tagging.check_until(until)
        except Unfit as error:
            found += [Problem("need.tags", p.code, p.message) for p in error.problems if not carried(customer, words)]
    return found


def carried(customer: Customer | None, words: str) -> bool:
    tag = tagbook().named(words)
    return bool(customer and tag and tag.id in customer.tags)


def prefixed(record: str, problem: Problem) -> Problem:
    prefix = PAGES[record].prefix
    name = problem.field if problem.field.startswith(prefix) else f"{prefix}{problem.field}"
    return Problem(name, problem.code, problem.message, problem.suggestion, problem.soft)


def wrong(known: Known, told: Told, record: str, customer: Customer | None, names: set[str]) -> list[Problem]:
    """What is wrong with one record of a row."""
    person, values = known.person, told.others[record]
    if not may(person, f"{record}.import") or (customer is not None and customer.pk not in known.open.get(record, set())):
        said = _("没有权限为这个客户导入%(what)s") % {"what": PAGES[record].title}
        return [Problem(NUMBER, "E_REFUSED", said)]
    stored = known.find(record, told.numbers[record]) if record in told.numbers else None
    if stored is not None:
        after = changed(PAGES[record], stored, values)
        if after and stored.pk not in known.mine[record]:
            return [Problem(NUMBER, "E_REFUSED", _("没有权限修改这条记录"))]
        if not after:
            return []
    return CHECKS[record](person, customer, values, stored, names)


def check_followup(person: Person, customer: Any, values: dict[str, Any], stored: Any, _names: set[str]) -> list[Problem]:
    told = said_by(values)
    if stored is not None:
        before = {field.name: getattr(stored, field.attname) for field in stored._meta.concrete_fields}
        return logging.problems({**before, **told})
    filled = logging.begun(None if told.get("author_name") else person, {"occurred_at": None, **told})
    found = logging.problems(filled)
    if not told.get("author_name") and not logging.speaks_for(person, filled["author"], "import"):
        found.append(Problem("author", "E_REFUSED", _("你只能导入自己的跟进；请由经理或数据管理员导入")))
    return found


def said_by(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with a name that is only kept where it belongs."""
    author = values.get("author")
    if isinstance(author, str):
        return {**values, "author": None, "author_name": author}
    return dict(values)


def check_open(person: Person, customer: Any, values: dict[str, Any], stored: Any, names: set[str]) -> list[Problem]:
    found = []
    if values.get("contact") and values["contact"] not in names:
        said = _("这个客户没有叫“%(name)s”的联系人") % {"name": values["contact"]}
        found.append(Problem("contact", "E_CONTACT", said))
    told = {name: value for name, value in values.items() if name != "contact"}
    if stored is not None:
        if told.get("pipeline") not in (None, stored.pipeline_id):
            found.append(Problem("pipeline", "E_FIXED", _("销售流程不能修改；请删去这一行，另建商机")))
        return found
    try:
        deal, _step = many_deals.draft(person, customer or Customer(), {"name": "-", **told}, now())
    except Unfit as error:
        return [*found, *error.problems]
    return [*found, *check_deal(deal)]


def check_wish(person: Person, customer: Any, values: dict[str, Any], stored: Any, _names: set[str]) -> list[Problem]:
    if stored is not None:
        return needs.check_need({**{field.name: getattr(stored, field.attname) for field in stored._meta.concrete_fields}, **values})
    return needs.check_need(described(values))


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with a description: the seeds' sheet has only keywords and a priority."""
    if values.get("description"):
        return dict(values)
    page = PAGES["needs"]
    said = [f"{page.label(name)}{_('：')}{page.sheet.by_name[name].kind.show(value)}" for name, value in values.items()]
    return {**values, "description": _("；").join(said)[:1000]}


CHECKS: dict[str, Any] = {"needs": check_wish, "followups": check_followup, "deals": check_open}


def changed(page: Page, stored: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values of which the workbook would say something else than it said of the stored record."""
    found = {}
    for name, value in values.items():
        column = page.sheet.by_name[name]
        if name in page.brought - {"contact"}:
            continue
        before = contact_name(stored) if name == "contact" else column.kind.value(stored.__dict__, name)
        if (value != before) if name == "contact" else not alike(column, before, value):
            found[name] = value
    return found


def contact_name(deal: Any) -> str:
    return deal.contact.name if deal.contact_id else ""


def number_contacts(groups: Iterable[Sequence[Told]]) -> None:
    """Remember the numbers that the contacts of new customers brought along; they were entered in the order of the rows."""
    groups = [group for group in groups if any("contacts" in told.numbers for told in group)]
    ids: dict[int, list[int]] = {}
    customers = one_of([group[0].line.customer_id for group in groups])
    for customer, pk in Contact.objects.filter(customer__in=customers).order_by("pk").values_list("customer_id", "pk"):
        ids.setdefault(customer, []).append(pk)
    told = [
        (pk, row.numbers["contacts"])
        for group in groups
        for row, pk in zip([row for row in group if row.contact.get("name")], ids.get(group[0].line.customer_id or 0, []), strict=True)
        if "contacts" in row.numbers
    ]
    numbers.keep("contacts", told)


def more(customer: Customer, ours: Mapping[tuple[str, int], int]) -> bool:
    """True if somebody has added records to a new customer since it was brought in."""
    return any(
        PAGES[record].sheet.model.objects.filter(customer=customer, deleted_at=None).count() > ours.get((record, customer.pk), 0)
        for record in RECORDS[1:]
    )


def enter(run: Run, person: Person, known: Known, wanted: Sequence[Deed]) -> bool:
    """Enter new records and mend those that say something else now. True if anything was done. Raises Unfit or Refused."""
    done = False
    for record in RECORDS:
        mine = [deed for deed in wanted if deed.record == record]
        fresh = [deed for deed in mine if deed.stored is None]
        if fresh:
            done = True
            ids = ADDS[record](person, fresh, reason(run))
            for deed, pk in zip(fresh, ids, strict=True):
                deed.told.line.made.append([record, pk, None])
            numbers.keep(record, [(pk, deed.number) for deed, pk in zip(fresh, ids, strict=True) if deed.number])
        for deed in mine:
            if deed.stored is not None and (told := changed(PAGES[record], deed.stored, deed.values)):
                done = True
                before = {name: said(PAGES[record], deed.stored, name) for name in told}
                CHANGES[record](person, deed.stored, told, reason(run))
                deed.told.line.made.append([record, deed.stored.pk, {**before, "version": deed.stored.version}])
    return done


def taken() -> dict[str, str]:
    """Doubts do not hold up an import: they were shown at the check."""
    return {"*": _("导入")}


def reason(run: Run) -> str:
    return _("导入 %(name)s") % {"name": run.name}


def said(page: Page, stored: Any, name: str) -> Any:
    """A stored value as JSON keeps it and the column reads it again."""
    if name == "contact":
        return contact_name(stored)
    told = page.sheet.by_name[name].kind.value(stored.__dict__, name)
    if isinstance(told, date):
        return told.isoformat()
    return told if isinstance(told, str | int | bool | list | None) else str(told)


def add_contacts(person: Person, wanted: Sequence[Deed], why: str) -> list[int]:
    return [add_contact(person, deed.values, deed.customer, accept=taken()).pk for deed in wanted]


def change_contact(person: Person, contact: Contact, values: dict[str, Any], why: str) -> None:
    revise_contact(person, contact, values, accept=taken(), why=why)


def add_followups(person: Person, wanted: Sequence[Deed], why: str) -> list[int]:
    told = []
    for deed in wanted:
        values = said_by(deed.values)
        name = values.pop("author_name", "")
        told.append(many_followups.Told(deed.customer, values, name, accept=taken()))
    many_followups.log_many(person, told, why, verb="import")
    return entered("followups", wanted, told)


def entered(record: str, wanted: Sequence[Deed], told: Sequence[Any]) -> list[int]:
    """The ids of what was written. Raises Unfit with the first that was not."""
    for one in told:
        if one.problems:
            raise Unfit(*(prefixed(record, problem) for problem in one.problems))
    return [one.id for one in told]


def change_followup(person: Person, followup: Followup, values: dict[str, Any], why: str) -> None:
    logging.revise(person, followup, said_by(values), accept=taken(), why=why)


def add_needs(person: Person, wanted: Sequence[Deed], why: str) -> list[int]:
    told = [needs.Wanted(deed.customer.pk, described(deed.values), taken()) for deed in wanted]
    needs.add_needs(person, told, why, verb="import")
    return entered("needs", wanted, told)


def change_need(person: Person, need: Any, values: dict[str, Any], why: str) -> None:
    needs.revise_need(person, need, values, accept=taken(), why=why)


def put_tags(run: Run, person: Person, customer: Customer, group: Sequence[Told]) -> bool:
    """Put on a customer what tags its rows say and it does not carry. True if there were any."""
    customer.refresh_from_db(fields=["tags"])
    done = False
    for told in group:
        for words, until in told.tags:
            if carried(customer, words):
                continue
            tag = tagging.tag(person, customer, words, until=until, why=reason(run))
            told.line.made.append(["tags", tag.id, {"customer": customer.pk}])
            customer.refresh_from_db(fields=["tags"])
            done = True
    return done


def add_deals(person: Person, wanted: Sequence[Deed], why: str) -> list[int]:
    told = []
    for deed in wanted:
        values = with_contact(deed.customer, deed.values)
        values.setdefault("name", (_("%(customer)s的商机") % {"customer": deed.customer.name})[:100])
        staged = "lifecycle_stage" in deed.told.customer or deed.told.line.act == "CREATE"
        told.append(many_deals.Told(deed.customer, values, follow=not staged, accept=taken()))
    many_deals.open_many(person, told, why, verb="import")
    return entered("deals", wanted, told)


def with_contact(customer: Customer, values: Mapping[str, Any]) -> dict[str, Any]:
    """The contact's name as an id of one of the customer's people."""
    if not values.get("contact"):
        return dict(values)
    theirs = Contact.objects.filter(customer=customer, deleted_at=None, name=values["contact"]).order_by("pk")
    found = theirs.values_list("pk", flat=True).first()
    if found is None:
        raise Unfit(Problem("deal.contact", "E_CONTACT", _("选的联系人不是这个客户的")))
    return {**values, "contact": found}


def change_deal(person: Person, deal: Deal, values: dict[str, Any], why: str) -> None:
    told = with_contact(deal.customer, values)
    stage = told.pop("stage", None)
    if told:
        opening.revise(person, deal, told, accept=taken(), why=why)
    if stage:
        moving.move(person, deal, stage, why=why)


ADDS: dict[str, Any] = {"contacts": add_contacts, "needs": add_needs, "followups": add_followups, "deals": add_deals}
CHANGES: dict[str, Any] = {"contacts": change_contact, "needs": change_need, "followups": change_followup, "deals": change_deal}
DROPS: dict[str, Any] = {"contacts": drop_contact, "needs": needs.drop_need, "followups": logging.drop, "deals": deals_bin.drop}


def take_back(run: Run, made: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """Drop what an import made and put back what it changed, newest first. Returns how many, and how many were touched since.

    Whoever could bring the rows in may take back their own run; the trail says whose it was.
    """
    gone = kept = 0
    why = _("撤销导入 %(name)s") % {"name": run.name}
    for record, pk, before in reversed(made):
        if record == "tags":
            gone += tagging.take(SYSTEM, [before["customer"]], [pk], why)
            continue
        page = PAGES[record]
        model: Any = page.sheet.model
        stored = model.objects.filter(model.ALIVE, pk=pk).select_related("customer").first()
        if stored is None:
            continue
        if stored.version > (1 if before is None else before["version"]):
            kept += 1
        elif before is None:
            DROPS[record](SYSTEM, stored, why)
            gone += 1
        else:
            CHANGES[record](SYSTEM, stored, parsed(page, before), why)
            gone += 1
    return gone, kept


def parsed(page: Page, before: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in before.items():
        if name == "version":
            continue
        column = page.sheet.by_name.get(name)
        if column is None or name in ("contact", "author"):
            found[name] = value
        else:
            found[name] = column.kind.parse(value, typed=False).value if value not in (None, "") else column.kind.empty
    return found
