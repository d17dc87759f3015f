"""Forms on paper: numbered, filled in, scanned on the same day, entered as a customer, or void (R-002-07, 18, 21)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import declare_record
from keji.access.trail import change, derive
from keji.clocks.models import Clock
from keji.clocks.queries import limit_of
from keji.clocks.rules import reckoning, running
from keji.clocks.rules.running import About
from keji.customers.models import Customer
from keji.customers.rules.register import register
from keji.database import one_of
from keji.intake.models import PaperForm
from keji.kernel.clock import day_of, now, start_of, today
from keji.kernel.errors import Problem, Stale, Unfit
from keji.records.models import Attachment
from keji.records.queries import OPENS
from keji.records.rules import attachments, draw

RECORD = PaperForm.RECORD
SCAN = "SLA-03"
MOST = 50  # printed at once
LINKS = frozenset({"collector"})

declare_record(RECORD, gettext_lazy("纸质表单"), programs=False)
OPENS[RECORD] = "forms.see"  # the scans are the form


def issue(person: Person, copies: int, event: str = "", collector: int | None = None) -> list[PaperForm]:
    """Give so many forms a number of their own. Raises Unfit for none or more than fifty, Refused."""
    if not 1 <= copies <= MOST:
        raise Unfit(Problem("copies", "E_RANGE", _("一次可以印 1 到 %(most)d 份") % {"most": MOST}))
    stem = f"F{today():%Y%m%d}"
    with transaction.atomic():
        first = draw(f"forms {stem}", copies)
        return [issued(person, f"{stem}-{place:03d}", event, collector) for place in range(first, first + copies)]


def issued(person: Person, number: str, event: str, collector: int | None) -> PaperForm:
    form = PaperForm(number=number, event=event, collector_id=collector or person.pk, created_by=person)
    with change(person, form, "forms.create"):
        pass
    return form


def revise(person: Person, form: PaperForm, values: Mapping[str, Any], version: int) -> None:
    """Say what a form on paper shows and where it lies. Raises Unfit, Refused, or Stale if `version` is no longer its version."""
    if version != form.version:
        raise Stale(form, form)
    if "collector" in values and not values["collector"]:
        raise Unfit(Problem("collector", "E_REQUIRED", _("请选择采集人")))
    with transaction.atomic():
        with change(person, form, "forms.change"):
            usable(form)
            for name, value in values.items():
                setattr(form, f"{name}_id" if name in LINKS else name, value)
            if form.scanned_at and form.collected_on and form.collected_on > day_of(form.scanned_at):
                raise Unfit(Problem("collected_on", "E_DATE_ORDER", _("采集日期不能晚于扫描的日期")))
        settle(form)


def cancel(person: Person, form: PaperForm, why: str = "") -> None:
    """Take a form out of use: spoilt, lost, never handed out. Its number is not given again."""
    with transaction.atomic():
        with change(person, form, "forms.delete", why):
            usable(form)
            if form.customer_id:
                raise Unfit(Problem("void", "E_ENTERED", _("已经录入的表单不能作废")))
            form.void = True
        settle(form)


def usable(form: PaperForm) -> None:
    if form.void:
        raise Unfit(Problem("void", "E_VOID", _("这张表单已经作废")))


def enter(
    person: Person, form: PaperForm, values: Mapping[str, Any], contact: Mapping[str, Any] | None, **said: Any
) -> Customer:
    """Enter what a form says as a customer, and tie the two together. `said` as `register` takes it.

    Raises Stale if somebody has entered it in the meantime; then nothing is entered twice.
    """
    if form.customer_id:
        raise Stale(form, form)
    with transaction.atomic():
        with change(person, form, "forms.change"):
            usable(form)
            if form.collected_on is None:
                raise Unfit(Problem("collected_on", "E_REQUIRED", _("请先填写表单的采集日期")))
            form.customer = customer = register(person, values, contact, **said)
            form.entered_at = now()
        attachments.belong(form)
        settle(form)
    return customer


@attachments.follows(RECORD)
def scanned(person: Person, form: PaperForm) -> None:
    """A form is scanned as of its first scan that is still there."""
    rows = Attachment.objects.filter(record=RECORD, record_id=form.pk, dropped_at=None)
    first = rows.order_by("at", "pk").first()
    derive(form, scanned_at=first.at if first else None, scanned_by_id=first.who_id if first else None)
    settle(form)


def settle(form: PaperForm) -> None:
    """Let all that follows from a form follow: its state, its clock, when it has to be scanned."""
    derive(form, state=state_of(form), due_at=keep(form))


def state_of(form: PaperForm) -> str:
    """Pure. Complete is only what is scanned, signed and entered."""
    if form.void:
        return "VOID"
    if form.scanned_at is None:
        return "UNSCANNED" if form.customer_id else "COLLECTED" if form.collected_on else "PRINTED"
    if not form.signed:
        return "UNSIGNED"
    return "COMPLETE" if form.customer_id else "SCANNED"


def keep(form: PaperForm) -> Any:
    """Let that clock run which should, or stand as it ended. Returns when the form has to be scanned, if it has to be.

    The limit counts from the first moment of the day: 24 hours are that calendar day.
    """
    limit = limit_of(SCAN) if form.collected_on and not form.void else None
    clocks = Clock.objects.filter(record=RECORD, record_id=form.pk, void=False)
    if limit is None:
        running.void(clocks)
        return None
    day: Any = form.collected_on
    since, about = start_of(day), About(RECORD, form.pk, person_id=form.collector_id)
    if form.scanned_at:
        running.stop(SCAN, RECORD, form.pk, form.scanned_at)
    if clocks.filter(limit=limit, started_at=since, stopped_at=form.scanned_at).exists():
        running.hand_over(RECORD, [form.pk], form.collector_id)
        return running.end_of(limit, since).at
    running.void(clocks)
    clocks.update(void=True)
    if form.scanned_at:
        running.measure(SCAN, about, since, form.scanned_at)
    else:
        running.begin([(limit, about, since, 0)])
    return running.end_of(limit, since).at


@running.follows(RECORD)
def moved(clocks: Sequence[Clock]) -> None:
    """The limit has changed: what forms show follows their clocks."""
    ends = {one.record_id: one.due_at for one in clocks}
    found = list(PaperForm.objects.filter(pk__in=one_of(ends)))
    for form in found:
        form.due_at = ends[form.pk]
    PaperForm.objects.bulk_update(found, ["due_at"], batch_size=500)


def mend() -> int:
    """Keep the clocks of all forms that wait for their scan: the limit may have been switched off, or on. Returns how many."""
    waiting = PaperForm.objects.filter(collected_on__isnull=False, scanned_at=None, void=False).order_by("pk")
    count = 0
    for form in waiting.iterator(500):
        with transaction.atomic():
            settle(form)
        count += 1
    return count


def late(form: Mapping[str, Any]) -> int:
    """How many days too late a form was scanned, or is by now; 0 for what is in time."""
    at, due = form["scanned_at"] or now(), form["due_at"]
    if due is None or at < due:
        return 0
    last: date = reckoning.due_day(due)
    return max(1, (day_of(at) - last).days)
