"""Entering a customer: checked, numbered, found again, and written once."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import ACTIONS, may, reach, roles_of
from keji.access.trail import SYSTEM, change
from keji.customers.models import Contact, Customer, GradeChange
from keji.customers.rules import deadlines, duplicates
from keji.customers.rules.actions import ANY_NUMBER, OVERRIDE
from keji.customers.rules.autotags import follow_new, put_on_new
from keji.customers.rules.checks import check_consent, check_contact, check_customer
from keji.customers.rules.required import check_required
from keji.customers.rules.search import reindex
from keji.database import lock_key
from keji.kernel import sizes, text
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Refused, Unfit
from keji.kernel.numbers import whole_id
from keji.records.kinds import Sealed
from keji.records.rules import draw, jump

NUMBER = Sealed(text.clean, "customers.id_number", "customer_no")
POOL = 0  # in place of an owner: nobody, on purpose
GIVEN_NUMBER = re.compile("[A-Z]{1,6}[0-9]{1,12}")
STAMPS = re.compile(r"\{seq:0(\d)d\}")


def register(
    person: Person,
    values: Mapping[str, Any],
    contact: Mapping[str, Any] | None = None,
    *,
    profile: str = "",
    states: Mapping[str, Any] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
    pool: bool = False,
    program: bool = False,
) -> Customer:
    """Enter a customer, with a first contact if one is given, and return it.

    `accept` gives a reason for each doubt ("field:CODE") that stands; `known` are doubts the values brought along.
    What a `program` enters nobody has looked at: of what came in online it has to name the consent.
    Raises Unfit with every problem at once, Refused, or AlreadyDone for a token that came before.
    """
    values = started(person, values, pool)
    states, profile = dict(states or {}), profile or house()["profile"]
    number = str(values.pop("customer_no", "") or "")
    customer = Customer(profile=profile, states=states, created_by=person)
    found = [*known, *check_values(person, values, contact, profile, states)]
    found += check_consent(values, today()) if program else []
    with change(person, customer, "customers.create", once=once):
        lock_key(f"name:{text.folded(values.get('name') or '')}")
        found += same_customers(person, values, contact)
        if number:
            found += wrong_number(number, Customer.objects.filter(customer_no=number).exists())
        settle(customer, person, found, accept or {})
        customer.customer_no = own_number(person, number) if number else next_number()
        fill(customer, values)
        if person is not SYSTEM and not owner_allowed(person, customer.owner_id):
            raise Refused("customers.assign")
        (follows,) = follow_new([customer])
        write(customer)
        put_on_new([(customer.pk, follows)])
        add_first_contact(person, customer, contact, states)
        deadlines.entered(person, customer)
    reindex([customer.pk])
    return customer


START = {"customer_type": "ENTERPRISE", "lifecycle_stage": "POTENTIAL", "cooperation_status": "POTENTIAL"}


def started(person: Person | None, values: Mapping[str, Any], pool: bool) -> dict[str, Any]:
    """The values a customer starts with. One that is nobody's must go to the pool on purpose."""
    filled = {name: value for name, value in values.items() if value not in (None, "", [])}
    if pool:
        filled["owner"] = POOL
    elif "owner" not in values and person is not SYSTEM:
        filled["owner"] = person.pk
    return START | filled


def check_values(
    person: Person | None,
    values: Mapping[str, Any],
    contact: Mapping[str, Any] | None,
    profile: str,
    states: Mapping[str, Any],
    typed: bool = True,
) -> list[Problem]:
    """Everything that can be said about the values without looking at other customers."""
    both = {**values, **{f"contact.{name}": value for name, value in (contact or {}).items()}}
    both["contact"] = (contact or {}).get("name")
    found = (
        check_required(profile, both, states)
        if values.get("name")
        else [Problem("name", "E_REQUIRED", _("请填写客户名称"))]
    )
    if values.get("name"):
        found += check_customer(values, today(), typed)
    if contact:
        found += [prefixed(problem) for problem in check_contact(contact, house()["strict_email"])]
        if any(contact.values()) and not contact.get("name"):
            found.append(Problem("contact.name", "E_REQUIRED", _("请填写联系人姓名")))
    owner = house().people.get(values.get("owner") or POOL)
    if values.get("owner", POOL) != POOL and not (owner and owner.active):
        found.append(Problem("owner", "E_OWNER", _("负责人须是在职人员")))
    return found


def prefixed(problem: Problem) -> Problem:
    return Problem(f"contact.{problem.field}", problem.code, problem.message, problem.suggestion, problem.soft)


def as_values(customer: Customer) -> dict[str, Any]:
    """A stored customer as the values that its rules check."""
    values = {field.name: getattr(customer, field.attname) for field in customer._meta.concrete_fields}
    values["id_number"] = NUMBER.value(customer.__dict__, "id_number")
    return values


def same_customers(
    person: Person, values: Mapping[str, Any], contact: Mapping[str, Any] | None, but: int | None = None
) -> list[Problem]:
    """Duplicates as problems; one who may override gets the same name as a doubt instead of a wall."""
    probe = dict(values)
    if values.get("id_number"):
        probe["id_number_index"] = NUMBER.index(values["id_number"])
    found = duplicates.problems(duplicates.find(probe, [(contact or {}).get("mobile") or ""], but))
    if person is SYSTEM or may(person, OVERRIDE):
        found = [Problem(p.field, p.code, p.message, p.suggestion, p.soft or p.code == "E_DUP_NAME") for p in found]
    return found


def reason(problem: Problem, accept: Mapping[str, str]) -> str:
    """Why a doubt is accepted: what was said to it, or to all."""
    return (accept.get(f"{problem.field}:{problem.code}", "") or accept.get("*", "")).strip()


def settle(record: Any, person: Person | None, found: Iterable[Problem], accept: Mapping[str, str]) -> None:
    """Stop at what is wrong and at doubts that nobody has accepted; remember those that somebody has.

    That a record is not the double of one says nothing of others: such a doubt comes anew with the next value.
    """
    known = {(one["field"], one["code"]) for one in record.accepted if "_DUP_" not in one["code"]}
    open_ones, taken = [], []
    for problem in dict.fromkeys(found):
        why = reason(problem, accept)
        if problem.soft and (problem.field, problem.code) in known:
            continue
        if problem.soft and why:
            taken.append(problem)
            record.accepted.append(
                {
                    "field": problem.field,
                    "code": problem.code,
                    "why": why[:200],
                    "who": person.pk if person else None,
                    "at": now().isoformat(),
                }
            )
        else:
            open_ones.append(problem)
    if open_ones:
        raise Unfit(*open_ones)


def fill(customer: Customer, values: Mapping[str, Any]) -> None:
    """Put values into a customer, with all that follows from them."""
    for name, value in values.items():
        if name == "id_number":
            customer.id_number_sealed = NUMBER.seal(value, customer.customer_no) if value else None
            customer.id_number_index = NUMBER.index(value) if value else ""
        elif name in ("owner", "sponsor"):
            setattr(customer, f"{name}_id", value or None)
        else:
            setattr(customer, name, value)
    customer.name_key, customer.name_stripped = text.folded(customer.name), text.stripped(customer.name)
    customer.size_band = (
        sizes.band(
            house()["size_scheme"],
            employees=customer.employee_count,
            revenue_10k=customer.annual_revenue_10k,
            assets_10k=customer.total_assets_10k,
            industry=customer.industry_code,
            label=customer.size_label,
        )
        or ""
    )
    customer.open_points = open_points(customer.states)


def open_points(states: Mapping[str, Any]) -> int:
    """How many fields wait to be confirmed. "Refused" is an answer; "unknown" and "to confirm" are not."""
    return sum(one.get("state") in ("UNKNOWN", "CONFIRM") for one in states.values())


def write(customer: Customer) -> None:
    """Save now (the contact needs the id); what the database refuses was a duplicate in a race."""
    customer.changed_at = now()
    try:
        customer.save(force_insert=True)
    except IntegrityError:
        raise Unfit(Problem("uscc", "E_DUP_USCC", _("该统一社会信用代码的客户刚刚被别人登记了"))) from None
    if customer.grade:
        GradeChange.objects.create(customer=customer, new=customer.grade, who_id=customer.created_by_id, why=_("建档"))


def next_number() -> str:
    """The next customer number of the pattern. Gaps are allowed, reuse is not."""
    pattern = house()["number_pattern"]
    stem = pattern.replace("{yyyyMM}", today().strftime("%Y%m"))
    return stem.format(seq=draw(STAMPS.split(stem)[0]))


def own_number(person: Person, number: str) -> str:
    """Take a number that somebody brought along and that is fit; the counter jumps past it."""
    if person is not SYSTEM and not may(person, ANY_NUMBER) and not may(person, "customers.import"):
        raise Refused(ANY_NUMBER)
    pass_number(number)
    return number


def wrong_number(number: str, taken: bool) -> list[Problem]:
    if not GIVEN_NUMBER.fullmatch(number):
        return [Problem("customer_no", "E_CUSTOMER_NO", _("客户编号是字母加数字，如 C001"))]
    return [Problem("customer_no", "E_DUP_NO", _("客户编号 %(no)s 已经用过（也可能在回收站）：恢复那个客户，或留空由系统编号") % {"no": number})] if taken else []


def pass_number(number: str) -> None:
    stem = STAMPS.split(house()["number_pattern"].replace("{yyyyMM}", today().strftime("%Y%m")))[0]
    if number.startswith(stem) and (place := whole_id(number[len(stem) :])) is not None:
        jump(stem, place)


def owner_allowed(person: Person, owner_id: int | None) -> bool:
    """A person enters customers for those whom their reach for "create" covers; nobody's go to the pool."""
    if owner_id is None or owner_id == person.pk:
        return True
    widths = {reach(role, "customers", ACTIONS["customers.create"].verb) for role in roles_of(person)}
    if "all" in widths:
        return True
    owner = house().people.get(owner_id)
    return (
        "team" in widths
        and bool(owner)
        and Person.objects.filter(pk=owner_id, team__path__startswith=person.team.path if person.team else "-").exists()
    )


def add_first_contact(
    person: Person, customer: Customer, contact: Mapping[str, Any] | None, states: Mapping[str, Any]
) -> None:
    if not contact or not contact.get("name"):
        return
    record = Contact(customer=customer, created_by=person, is_primary=True, is_key_contact=True)
    record.states = {name.removeprefix("contact."): one for name, one in states.items() if name.startswith("contact.")}
    with change(person, record, "contacts.create"):
        for name, value in contact.items():
            if value not in (None, ""):
                setattr(record, name, value)
        record.open_points = open_points(record.states)
