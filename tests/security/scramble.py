"""The other world: what a person may not read is something else there; all that they may read is the same."""

from typing import Any

from world import World, file_name, label, looks_at_files, names_at, policies, put, records, sample, sheets

from keji.access.fields import HIDE, MASK, PLAIN
from keji.access.models import Entry, Kept, Person
from keji.access.trail import stored
from keji.agenda.sheet import TASKS
from keji.customers.models import Customer, Tagging
from keji.customers.rules.search import reindex
from keji.records import kinds
from keji.records.models import Attachment
from keji.records.sheet import Column, Sheet, masked

KEPT_AS_IT_IS = frozenset({"customer_type", "owner", "collector", "customer_no", "pipeline", "stage", "state", "assignee", "opened_at"})


def scramble(world: World, person: Person) -> int:
    """Give every value that the person may not read another one. Returns how many."""
    count, named = 0, told_by_tasks(person)
    for sheet in sheets():
        rules, open_files = policies(person, sheet), looks_at_files(person, sheet)
        for place, record in enumerate(records(sheet), start=1):
            if record.pk not in open_files:
                count += other_file(record)
            count += other(sheet, record, rules(record.pk), place, named if record.RECORD == "customers" else frozenset())
    elsewhere(world, person)
    reindex(Customer.objects.values_list("pk", flat=True))
    return count


def told_by_tasks(person: Person) -> frozenset[int]:
    """The customers whose names the person reads in tasks, whether or not they see the customers themselves."""
    rules = policies(person, TASKS)
    seen = [(task, known) for task in records(TASKS) if (known := rules(task.pk))]
    return frozenset(task.customer_id for task, known in seen if known["customer"] == PLAIN)


def other(sheet: Sheet, record: Any, rules: dict[str, str] | None, place: int, named: frozenset[int] = frozenset()) -> int:
    known = dict(record.__dict__)
    changed: list[str] = []
    for column in sheet.columns:
        rule = rules[column.name] if rules else HIDE
        if rule == PLAIN or not column.typed or column.name in KEPT_AS_IT_IS:
            continue
        if column.name == "name" and record.pk in named:
            continue
        value = same_mask(sheet, column, record) if rule == MASK else sample(column, place + 900, record)
        if value is not None:
            changed += put(column, record, value)
    if rules is None and record.RECORD == "customers":
        record.name_key, record.name_stripped = names_at(record.name)
        changed += ["name_key", "name_stripped"]
    told = {name: getattr(record, name) for name in changed if known.get(name) != getattr(record, name)}
    if "id_number_sealed" in told:
        told["id_number_index"] = record.id_number_index
    type(record)._default_manager.filter(pk=record.pk).update(**told)
    other_history(sheet, record, rules)
    return len(told)


def other_file(record: Any) -> int:
    """Another name of the file on a record, and of what the trail tells of it."""
    name = file_name(record, "other-")
    entries = Entry.objects.filter(record=record.RECORD, record_id=record.pk, action="records.files")
    Kept.objects.filter(entry__in=entries).update(values={"attachments": [[], [name]]})
    return Attachment.objects.filter(record=record.RECORD, record_id=record.pk).update(name=name)


def same_mask(sheet: Sheet, column: Column, record: Any) -> Any:
    """Another value that looks the same behind the mask; None if the mask leaves nothing to hide."""
    row = record.__dict__ | {"customer__customer_type": "PERSON"}
    value = column.kind.value(row, column.name) if column.name not in ("customer", "contact", "team") else None
    if not isinstance(value, str) or not value:
        return None
    look = masked(column, value, row)
    for place in range(len(value) - 1, -1, -1):
        one = value[place]
        changed = str((int(one) + 5) % 10) if one.isascii() and one.isdigit() else "翾" if not one.isascii() else "z"
        made = value[:place] + changed + value[place + 1 :]
        if changed != one and one not in "@.-+" and masked(column, made, row | {column.name: made}) == look:
            return made
    return None


def other_history(sheet: Sheet, record: Any, rules: dict[str, str] | None) -> None:
    for entry in Entry.objects.filter(record=record.RECORD, record_id=record.pk).select_related("kept"):
        values = dict(entry.kept.values)
        for column in sheet.columns:
            attribute = column.kind.needs(column.name)[0]
            rule = rules[column.name] if rules else HIDE
            if rule != PLAIN and column.typed and isinstance(values.get(attribute), list):
                before = "ff" if isinstance(column.kind, kinds.Sealed) else stored(sample(column, 777, record))
                values[attribute] = [before, stored(record.__dict__[attribute])]
        Kept.objects.filter(entry=entry).update(values=values)


def elsewhere(world: World, person: Person) -> None:
    """One more customer, and another owner for one, where the person sees neither."""
    seen = policies(person, next(one for one in sheets() if one.model is Customer))
    unseen = [record for record in Customer.objects.filter(deleted_at=None) if seen(record.pk) is None]
    if not unseen:
        return
    boss = world.people["sales_manager"]
    if boss.pk != person.pk:
        Customer.objects.filter(pk=unseen[0].pk).update(owner=boss)
    Tagging.objects.filter(customer_id=unseen[0].pk).delete()
    label(unseen[0], unseen[0].pk + 3)
    more = Customer(customer_no="C900", owner=world.people["finance"], name="另外一家有限公司")
    more.name_key, more.name_stripped = names_at(more.name)
    more.changed_at = unseen[0].changed_at
    more.save()
