"""Every sheet as a resource: lists, records and changes for a person, without a word about HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.scope import visible
from keji.agenda import queries as agenda
from keji.agenda.rules import tasks
from keji.agenda.sheet import TASKS
from keji.api import values
from keji.customers import queries as customers
from keji.customers.rules import bin as customer_bin
from keji.customers.rules import contacts, needs
from keji.customers.rules.deadlines import not_reported
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.deals import queries as deals
from keji.deals.rules import bin as deal_bin
from keji.deals.sheet import DEALS
from keji.followups import queries as followups
from keji.followups.rules import log
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.errors import Invalid, NotThere, Problem, Stale, Unfit
from keji.kernel.idnumbers import uscc
from keji.kernel.numbers import whole_id
from keji.records import kinds, listing
from keji.records.sheet import Column, Sheet, unknown
from keji.service import queries as service
from keji.service.rules import tickets
from keji.service.sheet import TICKETS


@dataclass(frozen=True)
class Resource:
    """A record type: its sheet, the reads of its package, and the rules that put its records into the bin and back."""

    sheet: Sheet
    one: Callable[[Any, int], Any]
    near: Callable[[Any], Any]
    binned: Callable[[Any], Any]
    binned_one: Callable[[Any, int], Any]
    drop: Callable[..., None]
    restore: Callable[[Any, Any], None]
    told: Callable[[Any], Any] | None = None  # what may be read beside what is near
    links: dict[str, str] = field(default_factory=dict)  # JSON name → argument or value of the rule
    keys: tuple[str, ...] = ()  # the columns by which a record is known outside
    about: Any = ""  # what to know before making one
    must: tuple[str, ...] = ("customer_id",)  # what a new record cannot do without

    @property
    def record(self) -> str:
        return self.sheet.model.RECORD

    @property
    def parented(self) -> bool:
        return self.sheet is not CUSTOMERS

    def seen(self, person: Any) -> Any:
        return self.told(person) if self.told else visible(person, self.sheet.model)


RESOURCES = {
    one.record: one
    for one in (
        Resource(
            CUSTOMERS,
            customers.customer,
            customers.customers,
            customers.binned,
            customers.binned_customer,
            customer_bin.drop,
            customer_bin.restore,
            keys=("customer_no", "uscc"),
            about=gettext_lazy("官网、小程序、社交媒体私信和线上表单来的，authorisation_ref 必填：本人同意的凭据。"),
            must=("name",),
        ),
        Resource(
            CONTACTS,
            customers.contact,
            customers.contacts,
            customers.binned_contacts,
            customers.binned_contact,
            contacts.drop_contact,
            contacts.restore_contact,
        ),
        Resource(
            NEEDS,
            customers.need,
            customers.needs,
            customers.binned_needs,
            customers.binned_need,
            needs.drop_need,
            needs.restore_need,
            links={"contact_ids": "contacts", "followup_id": "followup"},
        ),
        Resource(
            TASKS,
            agenda.kept_task,
            agenda.kept,
            agenda.dropped,
            agenda.dropped_task,
            tasks.drop,
            tasks.reopen,
            told=agenda.kept,
            must=("title",),
        ),
        Resource(
            DEALS,
            deals.deal,
            deals.deals,
            deals.binned,
            deals.binned_deal,
            deal_bin.drop,
            deal_bin.restore,
            links={"contact_id": "contact", "need_ids": "needs"},
        ),
        Resource(
            FOLLOWUPS,
            followups.followup,
            followups.followups,
            followups.binned,
            followups.binned_followup,
            log.drop,
            log.restore,
            told=followups.readable,
            links={"contact_ids": "contacts", "deal_id": "deal"},
        ),
        Resource(
            TICKETS,
            service.ticket,
            service.tickets,
            service.binned,
            service.binned_ticket,
            tickets.drop_ticket,
            tickets.restore_ticket,
            links={"contact_id": "contact"},
        ),
    )
}
FIELDS = 100  # that are asked for by name
IN_VALUES = frozenset({"contact", "deal", "needs"})
ABOUT = ("accept", "states", "why")  # what may be said beside the values
REPORTED = "reported_at"  # when a customer told of the change, beside the values of a customer or a contact (SLA-04)
PROFILES = ("", "P000", "P001", "P002", "P003", "P004")
FIRST = ("profile", "pool", "contact", "customer_no")  # of a new customer


def chosen(sheet: Sheet, person: Any, fields: str, whole: bool) -> list[Column]:
    """The columns that were asked for; "*" is all that stand there for the person. Raises Invalid for others."""
    there = sheet.columns_for(person)
    if fields == "":
        return [column for column in there if whole or column.listed]
    names = fields.split(",")
    if len(names) > FIELDS:
        raise Invalid("E_FIELD", _("参数“%(name)s”最多 %(most)d 项") % {"name": "fields", "most": FIELDS})
    known = {column.name: column for column in there}
    if unknown := [name for name in names if name not in known and name != "*"]:
        raise listing.refuse(unknown[0], _("没有字段“%(name)s”"))
    return there if "*" in names else [known[name] for name in dict.fromkeys(names)]


def page(person: Any, resource: Resource, told: Any, fields: str = "", rows: Any = None) -> dict[str, Any]:
    """A page of a list, as the list on the screen would show it."""
    asked = listing.ask(resource.sheet, person, told)
    columns = chosen(resource.sheet, person, fields, whole=False)
    found = listing.listing(
        resource.sheet, person, resource.near(person) if rows is None else rows, asked, columns, texts=False
    )
    items = [values.item(head, line) for head, line in zip(found.heads, found.lines, strict=True)]
    count = None if found.capped else found.count
    return {"items": items, "next": found.next or None, "count": count}


def key_of(person: Any, resource: Resource, key: str) -> int | Any:
    """The id that a key names, or the record. A key that the person may not read by is no key."""
    if (pk := whole_id(key)) is not None and len(key) < 18:
        return pk
    for name in resource.keys:
        if name == key_name(key) and name in resource.sheet.readable(person):
            return customers.by_credit_code(person, key.upper()) if name == "uscc" else customers.customer(person, key)
    raise NotThere(key)


def key_name(key: str) -> str:
    """Whether a natural key is a credit code or a number of ours."""
    try:
        return "uscc" if len(key) == 18 and uscc(key).value else "customer_no"
    except Invalid:
        return "customer_no"


def record_of(person: Any, resource: Resource, key: str) -> Any:
    """The stored record for a rule. Raises NotThere."""
    found = key_of(person, resource, key)
    return resource.one(person, found) if isinstance(found, int) else found


def read(person: Any, resource: Resource, key: str, fields: str = "") -> dict[str, Any]:
    """One record as the person may read it."""
    found = key_of(person, resource, key)
    return shown(person, resource, found if isinstance(found, int) else found.pk, fields)


def shown(person: Any, resource: Resource, pk: int, fields: str = "") -> dict[str, Any]:
    columns = chosen(resource.sheet, person, fields, whole=True)
    return values.item(*listing.line(resource.sheet, person, resource.seen(person), pk, columns))


def result(person: Any, resource: Resource, record: Any) -> dict[str, Any]:
    """What became of a record that was written: as it may be read now, or only which it is."""
    try:
        return shown(person, resource, record.pk)
    except NotThere:
        return {"id": record.pk, "version": record.version}


def split(told: Mapping[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said beside the values, and the values."""
    beside = {name: value for name, value in told.items() if name in names}
    return beside, {name: value for name, value in told.items() if name not in names}


def enter(person: Any, resource: Resource, told: Mapping[str, Any]) -> dict[str, Any]:
    """Make a record by the rule of its sheet. Raises Unfit with everything that is wrong."""
    parents = ("customer_id", "customer_no") if resource.parented else FIRST
    beside, own = split(told, (*ABOUT, *parents, *resource.links))
    beside.pop("why", None)
    taken = values.take(resource.sheet, person, own)
    said = options(beside, states=resource.sheet in (CUSTOMERS, CONTACTS, NEEDS))
    wrong = [*hard(taken.problems), *linked(person, resource, beside, taken, said)]
    if resource.parented:
        place, lacking = parent(person, beside, "customer_id" in resource.must)
    else:
        place, lacking = first(person, beside, said), []
        taken.values.update(own_number(beside))
    if wrong or lacking:
        raise Unfit(*wrong, *lacking)
    rule: Any = resource.sheet.add
    said["known"] = [*said.get("known", ()), *soft(taken.problems)]
    return result(person, resource, rule(person, taken.values, place, **said))


def change(person: Any, resource: Resource, record: Any, told: Mapping[str, Any], version: int | None) -> dict[str, Any]:
    """Change a record by the rule of its sheet, if `version` is still its version. Raises Stale, Unfit."""
    beside, own = split(told, (*ABOUT, *resource.links, *((REPORTED,) if may_be_reported(resource.sheet) else ())))
    taken = values.take(resource.sheet, person, own, record)
    said = options(beside, states=resource.sheet in (CUSTOMERS, CONTACTS, NEEDS))
    wrong = [*hard(taken.problems), *linked(person, resource, beside, taken, said, record)]
    if version is not None and version != record.version:
        raise Stale(record, record)
    if wrong:
        raise Unfit(*wrong)
    rule: Any = resource.sheet.edit
    said |= {"known": soft(taken.problems), "version": record.version, "why": text("why", beside.get("why"))}
    if said.get("states") is not None:
        said["states"] = record.states | said["states"]
    if beside.get(REPORTED) is not None:
        said[REPORTED] = reported(beside[REPORTED])
    rule(person, record, taken.values, **said)
    return result(person, resource, record)


def may_be_reported(sheet: Sheet) -> bool:
    return sheet in (CUSTOMERS, CONTACTS)


def reported(value: Any) -> Any:
    """The moment at which a customer told of a change. Raises Unfit for what is none, or lies ahead."""
    kind = kinds.When()
    if not values.fits(kind, value):
        raise Unfit(Problem(REPORTED, "E_TYPE", _("值的类型不对，请看接口说明")))
    try:
        at: Any = kind.parse(values.raw(kind, value)).value
    except Invalid as error:
        raise Unfit(Problem(REPORTED, error.code, error.message)) from None
    if wrong := not_reported(at):
        raise Unfit(*(replace(one, field=REPORTED) for one in wrong))
    return at


def upsert(
    person: Any, resource: Resource, key: str, told: Mapping[str, Any], version: int | None
) -> tuple[bool, dict[str, Any]]:
    """Change the record of this natural key, or make it. True if it was made."""
    name = key_name(key)
    if not resource.keys or whole_id(key) is not None and name != "uscc":
        raise NotThere(key)
    try:
        record = record_of(person, resource, key)
    except NotThere:
        new = {n: v for n, v in told.items() if n != REPORTED or not may_be_reported(resource.sheet)}
        return True, enter(person, resource, {**new, name: key.upper()})
    return False, change(person, resource, record, {n: v for n, v in told.items() if n not in (name, *FIRST)}, version)


def hard(problems: list[Problem]) -> list[Problem]:
    return [one for one in problems if not one.soft]


def soft(problems: list[Problem]) -> list[Problem]:
    return [one for one in problems if one.soft]


def text(name: str, value: Any, most: int = 500) -> str:
    """A reason; nothing is the same as none. Raises Unfit for what is no text, or too long: cut it would say something else."""
    if not isinstance(value, str | None):
        raise Unfit(Problem(name, "E_TYPE", _("值的类型不对，请看接口说明")))
    if value and len(value) > most:
        raise Unfit(Problem(name, "E_LENGTH", _("最多 %(most)d 个字") % {"most": most}))
    return value or ""


def options(beside: Mapping[str, Any], states: bool) -> dict[str, Any]:
    """The reasons for doubts, and the answers that stand in place of values. Raises Unfit for other shapes."""
    said: dict[str, Any] = {}
    for name in ("accept", "states"):
        value = beside.get(name)
        if value is None:
            continue
        fine = isinstance(value, dict) and all(map(sound if name == "states" else told_why, value.values()))
        if not fine or (name == "states" and not states):
            raise Unfit(Problem(name, "E_TYPE", _("值的类型不对，请看接口说明")))
        said[name] = value
    text("why", beside.get("why"))
    return said


def told_why(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 200


def sound(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("state") in ("UNKNOWN", "REFUSED", "CONFIRM")
        and isinstance(value.get("why", ""), str)
        and len(value.get("why", "")) <= 200
        and value.keys() <= {"state", "why"}
    )


def parent(person: Any, beside: Mapping[str, Any], must: bool) -> tuple[Any, list[Problem]]:
    """The customer that a new record belongs to, by id or number; none where it may belong to none."""
    if beside.get("customer_id") is not None and beside.get("customer_no") is not None:
        return None, [Problem("customer_no", "E_TYPE", _("customer_id 和 customer_no 只写一个"))]
    for name, kind in (("customer_id", int), ("customer_no", str)):
        if beside.get(name) is not None and type(beside[name]) is not kind:
            return None, [Problem(name, "E_TYPE", _("值的类型不对，请看接口说明"))]
    told = beside.get("customer_id") or beside.get("customer_no")
    if not told and not must:
        return None, []
    if not told:
        return None, [Problem("customer_id", "E_REQUIRED", _("请先选择客户"))]
    try:
        return record_of(person, RESOURCES["customers"], str(told)), []
    except NotThere:
        return None, [Problem("customer_id", "E_NOT_THERE", _("没有这个客户"))]


def linked(
    person: Any, resource: Resource, beside: Mapping[str, Any], taken: Any, said: dict[str, Any], record: Any = None
) -> list[Problem]:
    """Put the ids of other records where the rule looks for them; the rule asks whether they belong there."""
    wrong = []
    for name, argument in resource.links.items():
        if name not in beside:
            continue
        told = beside[name]
        many = name.endswith("_ids")
        ids = told if many and isinstance(told, list) else [told] if not many else None
        fine = ids is not None and all(one is None or type(one) is int and 0 < one < 2**63 for one in ids)
        if ids is None or not fine or (many and (None in ids or len(ids) > 50)):
            wrong.append(Problem(name, "E_TYPE", _("值的类型不对，请看接口说明")))
        elif argument == "contact" and not values.offered(resource.sheet, person, record, argument):
            wrong.append(unknown(name))
        elif argument in IN_VALUES:
            taken.values[argument] = told
        else:
            said[argument] = ids if many else told
    return wrong


def own_number(beside: Mapping[str, Any]) -> dict[str, Any]:
    """The number that a new customer brings along; its rule asks whether the person may choose one."""
    told = beside.get("customer_no")
    if told is not None and not (isinstance(told, str) and len(told) < 20):
        raise Unfit(Problem("customer_no", "E_TYPE", _("值的类型不对，请看接口说明")))
    return {"customer_no": told} if told else {}


def first(person: Any, beside: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any] | None:
    """The first contact of a new customer, which its rule takes beside the values."""
    told, said["pool"], said["program"] = beside.get("contact"), beside.get("pool") is True, True
    if not isinstance(beside.get("pool"), bool | None):
        raise Unfit(Problem("pool", "E_TYPE", _("值的类型不对，请看接口说明")))
    said["profile"] = text("profile", beside.get("profile"))
    if said["profile"] not in PROFILES:
        raise Unfit(Problem("profile", "E_CHOICE", _("没有这一套必填要求")))
    if told is None:
        return None
    if not isinstance(told, dict):
        raise Unfit(Problem("contact", "E_TYPE", _("值的类型不对，请看接口说明")))
    taken = values.take(CONTACTS, person, told, prefix="contact.")
    if wrong := hard(taken.problems):
        raise Unfit(*wrong)
    said["known"] = soft(taken.problems)
    return taken.values
