"""Entering what was checked: customer by customer, in the background, to be stopped and taken back."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import near, require
from keji.access.trail import note
from keji.customers.models import Contact, Customer
from keji.customers.rules import bin as bins
from keji.customers.rules.contacts import add_contact, revise_contact
from keji.customers.rules.many import register_many
from keji.customers.rules.revise import as_values, revise
from keji.customers.sheet import CUSTOMERS
from keji.database import bulk_update, one_of
from keji.intake.models import Line, Run, State
from keji.intake.rules.checking import ENCODE, KEYS, profile, whole_file
from keji.intake.rules.mapping import OWN_NUMBER
from keji.intake.rules.reading import Reader, Told, entrant, families, read
from keji.kernel.calm import calm
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Refused, Stale, Unfit

BATCH = 2_500  # rows a transaction; with more than that nothing gets faster, and others wait longer
TO_ENTER = ("READY", "DOUBT")


def enter(run: Run, person: Person, tell: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
    """Enter all rows that may go in. Done again after an interruption it goes on where it stopped.

    `tell` is called with rows done and in all after each batch, and may raise to stop. Returns the counts.
    """
    require(person, "customers.import")
    if run.declared_at is None:
        raise Unfit(Problem("declared", "E_DECLARATION", _("请先确认这些资料来源合法")))
    whole_file(run)
    ready = run.lines.filter(state__in=TO_ENTER)
    done, total, reader = 0, ready.count(), Reader(run, person)
    while wanted := set(ready.order_by("pk").values_list("family", flat=True)[:BATCH]):
        tell(done, total)
        with calm():
            rows = read(ready.filter(family__in=one_of(sorted(wanted))))
            enter_batch(run, person, families(reader, rows))
        done += len(rows)
    tell(done, total)
    return finish(run, person)


def enter_batch(run: Run, person: Person, batch: Sequence[list[Told]]) -> None:
    new = [group for group in batch if group[0].line.act == "CREATE"]
    old = [group for group in batch if group[0].line.act == "UPDATE"]
    with transaction.atomic():
        entrants = [entrant(run, group) for group in new]
        # Names that are nearly alike were told at the check; those that are the same are looked for again.
        register_many(person, entrants, profile(run), why=_("导入 %(name)s") % {"name": run.name}, alike=False)
        for group, one in zip(new, entrants, strict=True):
            outcome(group, one.id, one.problems)
        for group in old:
            update(run, person, group)
        lines = [told.line for group in batch for told in group]
        bulk_update(Line, ["state", "customer_id"], [(x.pk, x.state, x.customer_id) for x in lines])
        bulk_update(Line, ["problems"], [(x.pk, ENCODE(x.problems)) for x in lines if x.problems])
        bulk_update(Line, ["before"], [(x.pk, ENCODE(x.before)) for x in lines if x.before is not None])


def outcome(group: Sequence[Told], customer_id: int, problems: Sequence[Problem]) -> None:
    for told in group:
        told.line.state = "DONE" if customer_id else "FAILED"
        told.line.customer_id = customer_id or None
    if problems:
        group[0].line.problems = [[p.field, p.code, p.message, p.suggestion, p.soft] for p in problems]


def update(run: Run, person: Person, group: Sequence[Told]) -> None:
    """Change the stored customer that a family means; blanks never overwrite, contacts are added or changed by name."""
    key = run.options.get("key", OWN_NUMBER)
    wanted = next((told.customer[key] for told in group if told.customer.get(key)), None) if key in KEYS else None
    customer = near(person, Customer, "change").filter(**{key: wanted}).first() if wanted else None
    if customer is None:
        outcome(group, 0, [Problem(key, "E_NOT_THERE", _("没有这个客户，或不在可修改的范围内"))])
        return
    values: dict[str, Any] = {}
    for told in group:
        values |= {name: value for name, value in told.customer.items() if name not in (OWN_NUMBER, "owner")}
    before = as_values(customer)
    try:
        with transaction.atomic():
            if any(before.get(name) != value for name, value in values.items()):
                revise(person, customer, values, accept={"*": _("导入")}, why=_("导入 %(name)s") % {"name": run.name})
            for told in group:
                if told.contact.get("name"):
                    put_contact(person, customer, told.contact)
    except Unfit as error:
        outcome(group, 0, error.problems)
        return
    except (Refused, Stale):
        outcome(group, 0, [Problem("customer_no", "E_REFUSED", _("没有权限修改，或刚被别人修改"))])
        return
    outcome(group, customer.pk, ())
    changed = {name: before.get(name) for name in values if before.get(name) != values[name] and name != "id_number"}
    group[0].line.before = {
        name: value if isinstance(value, str | int | bool | list | None) else str(value)
        for name, value in changed.items()
    }


def put_contact(person: Person, customer: Customer, values: dict[str, Any]) -> None:
    known = Contact.objects.filter(customer=customer, name=values["name"], deleted_at=None).first()
    if known is None:
        add_contact(person, values, customer, accept={"*": _("导入")})
    else:
        revise_contact(person, known, values, accept={"*": _("导入")})


def finish(run: Run, person: Person) -> dict[str, Any]:
    with transaction.atomic():
        left = ("NEW", "BAD", "TWIN", "READY", "DOUBT")
        run.lines.filter(state__in=left).update(state="SKIPPED")
        done = run.lines.filter(state="DONE")
        created = done.filter(act="CREATE").values("customer_id").distinct().count()
        updated = done.filter(act="UPDATE").values("customer_id").distinct().count()
        counts = {
            "created": created,
            "updated": updated,
            "failed": run.lines.filter(state="FAILED").count(),
            "skipped": run.lines.filter(state="SKIPPED").count(),
        }
        run.counts = {**run.counts, "result": counts}
        run.state, run.done_at = State.DONE, now()
        run.save(update_fields=["counts", "state", "done_at"])
        note(person, "customers.import", None, f"import {run.pk} done", **counts)
    return counts


def revert(run: Run, person: Person) -> dict[str, int]:
    """Take a whole import back: what it made goes into the bin, what it changed gets its old values, unless touched since."""
    require(person, "customers.import")
    if run.state != State.DONE:
        raise Unfit(Problem("run", "E_STATE", _("只有完成的导入才能撤销")))
    gone = kept = restored = 0
    with transaction.atomic():
        made = {pk for pk in run.lines.filter(state="DONE", act="CREATE").values_list("customer_id", flat=True) if pk}
        for customer in Customer.objects.filter(pk__in=made, deleted_at=None):
            if customer.version > 1 or customer.created_by_id != run.person_id:
                kept += 1
                continue
            bins.drop(person, customer, _("撤销导入 %(name)s") % {"name": run.name})
            gone += 1
        for line in run.lines.filter(state="DONE", act="UPDATE", before__isnull=False):
            restored += put_back(run, person, line)
        run.state = State.REVERTED
        run.counts = {**run.counts, "reverted": {"gone": gone, "kept": kept, "restored": restored}}
        run.save(update_fields=["state", "counts"])
        run.lines.filter(state="DONE").update(state="REVERTED")
        note(person, "customers.import", why=f"import {run.pk} reverted", gone=gone, kept=kept, restored=restored)
    return {"gone": gone, "kept": kept, "restored": restored}


def put_back(run: Run, person: Person, line: Line) -> int:
    customer = near(person, Customer, "change").filter(pk=line.customer_id).first()
    if customer is None or not line.before:
        return 0
    values = {}
    for name, value in line.before.items():
        column = CUSTOMERS.by_name.get(name)
        if column is not None:
            values[name] = (
                column.kind.parse(value, typed=False).value
                if isinstance(value, str) and value
                else value
                if value is not None
                else column.kind.empty
            )
    try:
        revise(person, customer, values, accept={"*": _("撤销导入")}, why=_("撤销导入 %(name)s") % {"name": run.name})
    except (Unfit, Refused):
        return 0
    return 1
