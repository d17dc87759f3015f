"""The review of what was entered: checked by who entered it, then by a manager, and if it is important by the steward too.

How far it is stands in `review_state`. The limit runs from the entry on, whenever it was submitted (R-004-26, -27).
"""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.trail import change
from keji.customers.models import Contact, Customer, Review
from keji.customers.queries import review_clock
from keji.customers.rules import deadlines
from keji.customers.rules.actions import FINAL_REVIEW, REVIEW
from keji.customers.rules.checks import check_contact, check_customer
from keji.customers.rules.register import as_values, prefixed, settle
from keji.customers.rules.required import answered, check_required
from keji.kernel.clock import now, today
from keji.kernel.errors import Problem, Unfit
from keji.notices.models import Notice
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, Told, declare_kind, doer
from keji.records.models import Attachment

Level = Review.Level
SUBMITTED = frozenset({"DEPT_REVIEW", "FINAL_REVIEW"})
UNDONE_BY_EDITS = SUBMITTED | {"REJECTED"}
STEPS = {"DEPT_REVIEW": (Level.DEPT, REVIEW), "FINAL_REVIEW": (Level.FINAL, FINAL_REVIEW)}  # who acts on it, by what


def submit(person: Person, customer: Customer, note: str = "", accept: Mapping[str, str] | None = None) -> Customer:
    """Say that the facts were checked, and hand them to the reviewer. Raises Unfit with all that is lacking or doubtful."""
    if customer.review_state in SUBMITTED | {"APPROVED"}:
        raise Unfit(Problem("review_state", "E_STATE", _("这份资料已经提交或审核通过")))
    with transaction.atomic():
        with change(person, customer, "customers.change", _("提交审核")):
            settle(customer, person, lacking(customer), accept or {})
            customer.review_state = "DEPT_REVIEW"
        write(person, customer, Level.SELF, True, note)
        deadlines.keep([customer.pk])
    return customer


def lacking(customer: Customer) -> list[Problem]:
    """What keeps a customer from being approved: required and missing, wrong, or doubtful and accepted by nobody."""
    values = as_values(customer)
    contacts = list(Contact.objects.filter(customer=customer, deleted_at=None).order_by("-is_primary", "pk"))
    first = {
        name: value for one in reversed(contacts) for name, value in one.__dict__.items() if value not in (None, "")
    }
    both = {**values, **{f"contact.{name}": value for name, value in first.items()}, "contact": first.get("name")}
    found = check_required(customer.profile, both, customer.states) + check_customer(values, today(), typed=False)
    if values["customer_type"] == "ENTERPRISE" and not values["uscc"] and not answered(customer.states, "uscc"):
        found.append(Problem("uscc", "E_REQUIRED", _("企业客户审核前须填统一社会信用代码，或写明为什么没有")))
    wrong = [prefixed(one) for contact in contacts for one in check_contact(contact.__dict__) if not one.soft]
    return [*found, *wrong]


def decide(person: Person, customer: Customer, passed: bool, note: str = "", checked: bool = False) -> Customer:
    """Approve what was submitted, at the step where it stands, or send it back with a reason.

    `checked`: the facts agree with the papers. Nobody decides on what they submitted themselves.
    """
    if customer.review_state not in STEPS:
        raise Unfit(Problem("review_state", "E_STATE", _("这份资料没有等待审核")))
    level, action = STEPS[customer.review_state]
    with transaction.atomic():
        with change(person, customer, action, note):
            found = refusals(person, customer, checked) if passed else unexplained(note)
            if found:
                raise Unfit(*found)
            important = deadlines.is_important(customer.__dict__)
            further = "FINAL_REVIEW" if level == Level.DEPT and important else "APPROVED"
            customer.review_state = further if passed else "REJECTED"
        step = write(person, customer, level, passed, note)
        deadlines.keep([customer.pk])
        if customer.review_state not in SUBMITTED:
            tell(customer, step)
    return customer


def unexplained(note: str) -> list[Problem]:
    return [] if note.strip() else [Problem("note", "E_REQUIRED", _("退回时请写明原因"))]


def refusals(person: Person, customer: Customer, checked: bool) -> list[Problem]:
    """Why this person cannot approve these facts now."""
    if submitter(customer) == person.pk:
        return [Problem("who", "E_OWN", _("自己提交的资料由别人审核"))]
    found = [] if checked else [Problem("checked", "E_REQUIRED", _("请先核对资质文件，再勾选“与资质文件一致”"))]
    files = Attachment.objects.filter(record=Customer.RECORD, record_id=customer.pk, dropped_at=None)
    if deadlines.is_important(customer.__dict__) and not files.exists():
        found.append(Problem("files", "E_REQUIRED", _("重要客户的资料须附营业执照等资质文件")))
    return found + [one for one in lacking(customer) if not one.soft]


def submitter(customer: Customer) -> int | None:
    """Who said last that the facts were checked."""
    own = Review.objects.filter(customer=customer, level=Level.SELF).order_by("-pk")
    return own.values_list("who_id", flat=True).first()


def write(person: Person, customer: Customer, level: str, passed: bool, note: str) -> Review:
    clock = review_clock(customer, deadlines.REVIEWS)
    late = bool(clock and clock.due_at <= now())
    return Review.objects.create(
        customer=customer, level=level, passed=passed, late=late, note=note.strip()[:500], who=person, at=now()
    )


def edited(customer: Customer) -> None:
    """Facts that were changed while they waited, or after they came back, are checked and submitted anew."""
    if customer.review_state in UNDONE_BY_EDITS:
        customer.review_state = "DRAFT"


def words(person: Person, notice: Notice) -> Told:
    told = {"who": doer(notice), "name": notice.seen["name"].text or notice.seen["customer_no"].text}
    said = _("%(who)s审核通过了 %(name)s") if notice.about["passed"] else _("%(who)s退回了 %(name)s 的资料")
    return Told(said % told, "", reverse("customers:page", args=[notice.record_id]))


DECIDED = declare_kind(
    "customers.reviewed",
    gettext_lazy("资料审核结果"),
    gettext_lazy("你提交的客户资料审核通过了，或被退回。"),
    words,
    record="customers",
    reads=("name", "customer_no"),
    needs="customers.see",
    ways=(INBOX, DESKTOP),
)


def tell(customer: Customer, step: Review) -> None:
    """Tell who submitted, and whose customer it is by now, how it ended."""
    people: Iterable[int] = {one for one in (submitter(customer), customer.owner_id) if one and one != step.who_id}
    notify(
        people,
        DECIDED,
        key=f"review {step.pk}",
        record=Customer.RECORD,
        record_id=customer.pk,
        about={"by": step.who_id, "passed": step.passed},
    )
