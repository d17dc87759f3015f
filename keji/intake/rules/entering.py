"""Entering what was checked: customer by customer, in the background, to be stopped and taken back."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.scope import near, require
from keji.access.trail import note
from keji.customers.models import Customer
from keji.customers.rules import bin as bins
from keji.customers.rules.many import register_many
from keji.customers.rules.register import as_values
from keji.customers.rules.revise import revise
from keji.customers.sheet import CUSTOMERS
from keji.database import bulk_update, one_of
from keji.intake.models import Line, Run, State
from keji.intake.rules import history
from keji.intake.rules.book import NUMBER, OWN_NUMBER
from keji.intake.rules.checking import ENCODE, KEYS, news, profile, spoken_of, wanted, whole_file
from keji.intake.rules.news import tell_done
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
            enter_batch(run, person, families(reader, rows, kept=True))
        done += len(rows)
    tell(done, total)
    return finish(run, person)


def enter_batch(run: Run, person: Person, batch: Sequence[list[Told]]) -> None:
    """Enter these families in one transaction; if something stands in the way of one, each in its turn."""
    try:
        with transaction.atomic():
            enter_families(run, person, batch)
            keep(batch)
    except (Unfit, Refused, IntegrityError):
        with transaction.atomic():
            for group in batch:
                enter_family(run, person, group)
            keep(batch)


def enter_family(run: Run, person: Person, group: list[Told]) -> None:
    try:
        with transaction.atomic():
            enter_families(run, person, [group])
    except Unfit as error:
        outcome(group, 0, error.problems)
    except Refused:
        outcome(group, 0, [Problem(OWN_NUMBER, "E_REFUSED", _("没有权限修改，或刚被别人修改"))])
    except IntegrityError:
        outcome(group, 0, [Problem(NUMBER, "E_DUP_NO", _("记录编号重复，或刚被别人登记"))])


def keep(batch: Sequence[list[Told]]) -> None:
    """Write down what became of the rows, in the transaction of what they brought."""
    lines = [told.line for group in batch for told in group]
    bulk_update(Line, ["state", "act", "customer_id"], [(x.pk, x.state, x.act, x.customer_id) for x in lines])
    bulk_update(Line, ["problems"], [(x.pk, ENCODE(x.problems)) for x in lines if x.problems])
    bulk_update(Line, ["before"], [(x.pk, ENCODE(x.before)) for x in lines if x.before is not None])
    bulk_update(Line, ["made"], [(x.pk, ENCODE(x.made)) for x in lines if x.made])


def enter_families(run: Run, person: Person, batch: Sequence[list[Told]]) -> None:
    for group in batch:
        for told in group:
            told.line.made, told.line.before = [], None
    new = [group for group in batch if group[0].line.act == "CREATE"]
    old = [group for group in batch if group[0].line.act != "CREATE"]
    entrants = [entrant(run, group) for group in new]
    # Names that are nearly alike were told at the check; those that are the same are looked for again.
    register_many(person, entrants, profile(run), why=_("导入 %(name)s") % {"name": run.name}, alike=False)
    for group, one in zip(new, entrants, strict=True):
        outcome(group, one.id, one.problems)
    enter_beside(run, person, [group for group, one in zip(new, entrants, strict=True) if one.id])
    known = history.Known(person, old, ())
    for group in old:
        update(run, person, group, known)


def enter_beside(run: Run, person: Person, groups: Sequence[list[Told]]) -> None:
    """Enter what new customers bring along beside themselves."""
    groups = [group for group in groups if any(told.others or told.numbers or told.tags for told in group)]
    ids = [group[0].line.customer_id for group in groups]
    if not ids:
        return
    customers = Customer.objects.in_bulk(ids)
    known = history.Known(person, groups, customers.values())
    history.number_contacts(groups)
    wanted = []
    for group in groups:
        customer = customers[group[0].line.customer_id]
        wanted += history.deeds(known, group, customer, new=True)
    history.enter(run, person, known, wanted)
    for group in groups:
        if any(told.tags for told in group):
            history.put_tags(run, person, customers[group[0].line.customer_id], group)


def outcome(group: Sequence[Told], customer_id: int, problems: Sequence[Problem]) -> None:
    for told in group:
        told.line.state = "DONE" if customer_id else "FAILED"
        told.line.customer_id = customer_id or None
        if not customer_id:
            told.line.made, told.line.before = [], None
    if problems:
        group[0].line.problems = [[p.field, p.code, p.message, p.suggestion, p.soft] for p in problems]


def update(run: Run, person: Person, group: list[Told], known: history.Known) -> None:
    """Change the stored customer that a family means; blanks never overwrite, records are added or changed by number."""
    customer = meant(run, person, group)
    if customer is None:
        key = run.options.get("key", OWN_NUMBER)
        outcome(group, 0, [Problem(key, "E_NOT_THERE", _("没有这个客户，或不在可修改的范围内"))])
        return
    before = as_values(customer)
    values = news(customer, group)
    try:
        with transaction.atomic():
            if values:
                revise(person, customer, values, accept={"*": _("导入")}, why=_("导入 %(name)s") % {"name": run.name})
            beside = history.enter(run, person, known, history.deeds(known, group, customer))
            if any(told.tags for told in group):
                beside |= history.put_tags(run, person, customer, group)
    except Unfit as error:
        outcome(group, 0, error.problems)
        return
    except (Refused, Stale):
        outcome(group, 0, [Problem("customer_no", "E_REFUSED", _("没有权限修改，或刚被别人修改"))])
        return
    outcome(group, customer.pk, ())
    after = as_values(Customer.objects.get(pk=customer.pk)) if values or beside else before
    changed = {name: before.get(name) for name in KEPT if before.get(name) != after[name]}
    for told in group:
        told.line.act = "UPDATE" if changed or beside else "SAME"
    group[0].line.before = {
        name: value if isinstance(value, str | int | bool | list | None) else str(value)
        for name, value in changed.items()
    }


KEPT = [column.name for column in CUSTOMERS.columns if column.typed and column.name not in ("owner", "id_number")]


def meant(run: Run, person: Person, group: list[Told]) -> Customer | None:
    """The stored customer of a family, if it is still there for the person."""
    if all(told.link for told in group):
        found = spoken_of(person, [group])[id(group)]
        return found if isinstance(found, Customer) else None
    key = run.options.get("key", OWN_NUMBER)
    value = wanted(group, key) if key in KEYS else None
    return near(person, Customer, "change").filter(**{key: value}).first() if value else None


def finish(run: Run, person: Person) -> dict[str, Any]:
    with transaction.atomic():
        left = ("NEW", "BAD", "TWIN", "READY", "DOUBT")
        run.lines.filter(state__in=left).update(state="SKIPPED")
        done = run.lines.filter(state="DONE")
        created = done.filter(act="CREATE").values("customer_id").distinct().count()
        updated = done.filter(act="UPDATE").values("customer_id").distinct().count()
        same = done.filter(act="SAME").values("customer_id").distinct().count()
        counts = {
            "created": created,
            "updated": updated,
            "failed": run.lines.filter(state="FAILED").count(),
            "skipped": run.lines.filter(state="SKIPPED", sheet__in=held(run)).count(),
        }
        if same:
            counts["same"] = same
        run.counts = {**run.counts, "result": counts}
        run.state, run.done_at = State.DONE, now()
        run.save(update_fields=["counts", "state", "done_at"])
        note(person, "customers.import", None, f"import {run.pk} done", **counts)
        tell_done(run, counts)
    return counts


def held(run: Run) -> list[int]:
    """The sheets that hold something; if none does, all of them."""
    places = [place for place, told in enumerate(run.sheets) if told["holds"]]
    return places or list(range(len(run.sheets)))


def revert(run: Run, person: Person) -> dict[str, int]:
    """Take a whole import back: what it made goes into the bin, what it changed gets its old values, unless touched since."""
    require(person, "customers.import")
    if run.state != State.DONE:
        raise Unfit(Problem("run", "E_STATE", _("只有完成的导入才能撤销")))
    gone = kept = restored = 0
    with transaction.atomic():
        done = run.lines.filter(state="DONE").order_by("pk")
        made = {pk for pk in done.filter(act="CREATE").values_list("customer_id", flat=True) if pk}
        ours: Counter[tuple[str, int]] = Counter(
            (record, pk)
            for pk, told in done.filter(act="CREATE").exclude(made=[]).values_list("customer_id", "made")
            if pk
            for record, _id, _before in told
        )
        for customer in Customer.objects.filter(pk__in=made, deleted_at=None):
            touched = customer.version > 1 or customer.created_by_id != run.person_id
            if touched or history.more(customer, ours):
                kept += 1
                continue
            bins.drop(person, customer, _("撤销导入 %(name)s") % {"name": run.name})
            gone += 1
        beside = [one for told in done.filter(act="UPDATE").values_list("made", flat=True) for one in told]
        back, left = history.take_back(run, beside)
        kept += left
        for line in done.filter(act="UPDATE", before__isnull=False):
            restored += put_back(run, person, line)
        run.state = State.REVERTED
        counts = {"gone": gone, "kept": kept, "restored": restored}
        run.counts = {**run.counts, "reverted": counts | ({"back": back} if back else {})}
        run.save(update_fields=["state", "counts"])
        run.lines.filter(state="DONE").update(state="REVERTED")
        note(person, "customers.import", why=f"import {run.pk} reverted", **run.counts["reverted"])
    return run.counts["reverted"]


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
