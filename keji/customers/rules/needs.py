"""What customers need: written down, revised, closed, dropped and brought back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import near, require
from keji.access.trail import SYSTEM, attnames, change, differs, snapshot, tell
from keji.customers.kinds import band, bounds, word_key
from keji.customers.models import Contact, Customer, Need, NeedWord
from keji.customers.rules.autotags import batches, retag
from keji.customers.rules.checks import check_free_text
from keji.customers.rules.register import open_points, settle
from keji.kernel.clock import BIN, now, today
from keji.kernel.errors import Problem, Refused, Stale, Unfit
from keji.records.terms import dictionary

SHORTEST = 5
FREE = ("description", "need_change", "pain_points", "objections", "competitor", "potential_value", "long_term_value")
BLANK = frozenset({"target_date", "expected_amount", "annual_amount", "confirmed_at"})  # what is nothing rather than an empty text
ASKED = {"NEW": ("need_type", "budget_text"), "EXISTING": ("need_change", "pain_points")}  # by the purpose of collecting (R-002-05)
CONFIRMED = ("confirmed_at", "confirmed_by", "confirmed_how")
# Rules of other packages that say whether a follow-up of this id is one of that customer's, as far as a person sees.
IS_FOLLOWUP: list[Callable[[Person, int, int], bool]] = []
WATCHED = frozenset({"need_type", "keywords", "priority", "match_degree", "products", "intent_level", "state"})


@dataclass
class Wanted:
    """A need that wants in, with others; afterwards its id, or what is wrong."""

    customer_id: int
    values: dict[str, Any]
    accept: dict[str, str] = field(default_factory=dict)
    known: list[Problem] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    id: int = 0


def add_need(
    person: Person,
    values: Mapping[str, Any],
    customer: Customer,
    *,
    contacts: Iterable[int] = (),
    followup: int | None = None,
    states: Mapping[str, Any] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    once: str = "",
) -> Need:
    """Write down a need of a customer that the one who does so may change; `followup` is the one in which it was told."""
    require(person, "customers.change", customer)
    told_in(person, followup, customer.pk)
    need = Need(customer=customer, created_by=person, states=dict(states or {}), followup_id=followup)
    with transaction.atomic():
        with change(person, need, "needs.create", once=once):
            settle(need, person, [*known, *check_need(values)], accept or {})
            fill(need, values)
            need.decision_contacts = there(customer.pk, contacts)
        keep_words(need)
        retag([customer.pk])
    return need


def revise_need(
    person: Person,
    need: Need,
    values: Mapping[str, Any],
    *,
    contacts: Iterable[int] | None = None,
    followup: int | None = None,
    version: int | None = None,
    states: Mapping[str, Any] | None = None,
    accept: Mapping[str, str] | None = None,
    known: Iterable[Problem] = (),
    why: str = "",
) -> Need:
    """Change these fields of a need and no others. Raises Unfit, Refused, or Stale."""
    if version is not None and version != need.version:
        raise Stale(need, Need.objects.filter(pk=need.pk).first())
    told_in(person, followup, need.customer_id)
    before = {name: need.__dict__[name] for name in attnames(Need)}
    changed = {name: value for name, value in values.items() if before.get(name) != (value or before_blank(name))}
    with transaction.atomic():
        with change(person, need, "needs.change", why):
            found = [p for p in (*known, *check_need({**before, **changed})) if matters(p, changed)]
            need.followup_id = followup or need.followup_id
            if states is not None:
                need.states = dict(states)
            settle(need, person, found, accept or {})
            fill(need, changed)
            if contacts is not None:
                need.decision_contacts = there(need.customer_id, contacts)
        if "keywords" in changed:
            keep_words(need)
        if changed.keys() & WATCHED:
            retag([need.customer_id])
    return need


def told_in(person: Person, followup: int | None, customer_id: int) -> None:
    """Stop at a follow-up that the person does not see, or of another customer."""
    if followup and not any(rule(person, followup, customer_id) for rule in IS_FOLLOWUP):
        raise Unfit(Problem("followup_id", "E_FOLLOWUP", _("没有这条跟进，或者它不是这个客户的")))


def before_blank(name: str) -> Any:
    return None if name in BLANK else [] if name in ("keywords", "products") else ""


def matters(problem: Problem, changed: Mapping[str, Any]) -> bool:
    asked = "purpose" in changed and problem.code == "E_REQUIRED"
    return asked or problem.field in changed or problem.field in ("state_why", *CONFIRMED)


def drop_need(person: Person, need: Need, why: str = "") -> None:
    """Put a need into the bin; it no longer counts for tags."""
    with transaction.atomic():
        with change(person, need, "needs.delete", why):
            need.deleted_at, need.deleted_by = now(), person
        retag([need.customer_id])


def restore_need(person: Person, need: Need) -> None:
    """Take a need back out of the bin."""
    with transaction.atomic():
        with change(person, need, "needs.delete", _("恢复")):
            need.deleted_at = need.deleted_by = None
        retag([need.customer_id])


def purge() -> int:
    """Delete for good the needs that have lain in the bin too long to come back. Returns how many."""
    count = 0
    while found := list(Need.objects.filter(deleted_at__lt=now() - BIN).order_by("pk")[:200]):
        with transaction.atomic():
            tell(SYSTEM, "needs.delete", [(need, {}) for need in found], _("回收站到期，彻底删除"))
            Need.objects.filter(pk__in=[need.pk for need in found], deleted_at__isnull=False).delete()
        count += len(found)
    return count


def check_need(values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the values of a need. Pure: the same for one and for many."""
    told = (values.get("description") or "").strip()
    if not told:
        found = [Problem("description", "E_REQUIRED", _("请填写核心需求"))]
    elif len(told) < SHORTEST:
        found = [Problem("description", "E_LENGTH", _("请多写几个字，至少 %(least)d 个字") % {"least": SHORTEST})]
    else:
        found = []
    if values.get("state") == "DROPPED" and not (values.get("state_why") or "").strip():
        found.append(Problem("state_why", "E_REQUIRED", _("放弃的需求请写明原因")))
    found += [
        Problem(name, "E_REQUIRED", _("请填写%(label)s") % {"label": label(name)})
        for name in ASKED.get(values.get("purpose") or "", ())
        if not values.get(name)
    ]
    lacking = unconfirmed(values)
    found += lacking if len(lacking) < len(CONFIRMED) else []
    if (day := values.get("confirmed_at")) and day > today():
        found.append(Problem("confirmed_at", "E_DATE_FUTURE", _("确认日期不能晚于今天")))
    for name in ("expected_amount", "annual_amount"):
        if (values.get(name) or 0) < 0:
            found.append(Problem(name, "E_RANGE", _("金额不能是负数")))
    return found + check_free_text(values, FREE)


def unconfirmed(values: Mapping[str, Any]) -> list[Problem]:
    """What is missing of a confirmation: who, when and how."""
    lacking = (name for name in CONFIRMED if not values.get(name))
    return [Problem(name, "E_REQUIRED", _("请填写%(label)s") % {"label": label(name)}) for name in lacking]


def label(name: str) -> str:
    return str(Need._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def fill(need: Need, values: Mapping[str, Any]) -> None:
    """Put values into a need, with all that follows from them."""
    for name, value in values.items():
        setattr(need, name, value if value is not None else before_blank(name))
    need.state = need.state or "OPEN"
    need.currency = need.currency or "CNY"
    if "budget_text" in values:
        need.budget_min, need.budget_max = bounds(need.budget_text)
        need.budget_band = band(need.budget_min, need.budget_max)
    if need.target_date and not need.intent_level:
        need.intent_level = likely(need.target_date, today())
    need.open_points = open_points(need.states)


def likely(target: date, day: date) -> str:
    """The possibility that a date of signing suggests: within 30 days high, within 90 medium, later low."""
    left = (target - day).days
    if left < 0:
        return ""
    rated = [
        (code, word.facts["max_days"])
        for code, word in dictionary("intent_level").words.items()
        if "max_days" in word.facts
    ]
    return next((code for code, most in rated if most is None or left <= most), "")


def there(customer_id: int, ids: Iterable[int]) -> list[int]:
    """Those of these contacts that are people of the customer."""
    wanted = list(dict.fromkeys(ids))[:50]
    known = set(
        Contact.objects.filter(customer_id=customer_id, deleted_at=None, pk__in=wanted).values_list("pk", flat=True)
    )
    if unknown := set(wanted) - known:
        raise Unfit(
            Problem("decision_contacts", "E_CONTACT", _("有 %(n)d 位不是这个客户的联系人") % {"n": len(unknown)})
        )
    return wanted


def keep_words(need: Need) -> None:
    NeedWord.objects.filter(need=need).delete()
    NeedWord.objects.bulk_create(words_of(need))


def words_of(need: Need) -> list[NeedWord]:
    return [NeedWord(need=need, word=word) for word in dict.fromkeys(map(word_key, need.keywords))]


def add_needs(person: Person | None, wanted: Sequence[Wanted], why: str = "", verb: str = "create") -> int:
    """Write down many needs in one transaction, those that nothing is wrong with. Returns how many; the others say why."""
    ids = {one.customer_id for one in wanted}
    if person is not SYSTEM:
        require(person, f"needs.{verb}")
        if ids - reached(near(person, Customer, "change"), ids):
            raise Refused("customers.change")
    at, ready = now(), []
    with transaction.atomic():
        for one in wanted:
            need = Need(customer_id=one.customer_id, created_by=person, changed_at=at)
            try:
                settle(need, person, [*one.known, *check_need(one.values)], one.accept)
            except Unfit as error:
                one.problems = error.problems
                continue
            fill(need, one.values)
            ready.append((one, need))
        Need.objects.bulk_create([need for _one, need in ready], batch_size=200)
        for one, need in ready:
            one.id, one.problems = need.pk, ()
        NeedWord.objects.bulk_create([word for _one, need in ready for word in words_of(need)], batch_size=400)
        tell(person, "needs.create", [(need, news(need)) for _one, need in ready], why)
        retag(need.customer_id for _one, need in ready)
    return len(ready)


def reached(rows: Any, ids: Iterable[int]) -> set[int]:
    return {pk for batch in batches(ids) for pk in rows.filter(pk__in=batch).values_list("pk", flat=True)}


def news(need: Need) -> dict[str, list[Any]]:
    return {name: [None, value] for name, value in snapshot(need).items() if differs({}, name, value)}
