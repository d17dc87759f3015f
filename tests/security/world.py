"""A small company full of secrets: every value is a word that stands nowhere else, and every role is played."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client

from keji.access.fields import MASK, PLAIN
from keji.access.models import Entry, Kept, Person, Role
from keji.access.presets import (
    DEAL_PERSON,
    PERSON,
    PHONES,
    READ,
    ROLES,
    TASK_PERSON,
    TICKET_PERSON,
    WITNESSES,
    WRITE,
    both,
)
from keji.access.presets import MASK as MASKED
from keji.access.rules.people import add_person, add_team
from keji.access.scope import near, visible
from keji.access.trail import SYSTEM, tell
from keji.agenda.models import Campaign, Task
from keji.agenda.rules.tasks import reindex as index_tasks
from keji.clocks.models import Limit
from keji.clocks.rules import notice
from keji.clocks.rules.holidays import keep_year
from keji.clocks.rules.running import start
from keji.customers.kinds import Keywords
from keji.customers.models import Collaboration, Contact, Customer, Need, Tag, Tagging
from keji.customers.rules.deadlines import keep
from keji.customers.rules.register import NUMBER
from keji.customers.rules.search import reindex
from keji.deals.models import Deal, Stage, StageChange
from keji.deals.rules.derived import index as index_deal
from keji.followups.models import Followup
from keji.followups.rules.derived import index
from keji.intake.models import PaperForm
from keji.kernel.clock import now
from keji.kernel.idnumbers import resident_check
from keji.kernel.text import folded, stripped
from keji.notices.models import Channel, Enclosed, Notice, Outgoing
from keji.notices.queries import told_actions
from keji.notices.rules.hooks import add_hook, switch_hook
from keji.notices.rules.inbox import notify
from keji.records import kinds
from keji.records.models import Attachment
from keji.records.queries import near_rows, opens
from keji.records.rules import attachments
from keji.records.sheet import Column, Sheet, masked
from keji.service.models import Ticket

NAMES = "翀翃翊翎翕翙翚翛翥翦翯翾耆耒耔耜"  # rare characters: no template and no dictionary has them
DOERS = ("cs_agent", "sales_rep", "finance", "rep2", "auditor")
DAY = re.compile(r"\d{4}-\d\d-\d\d|[A-Z_]+")  # dates and codes: many records share them
SAME = {"see": "team", "change": "team"}
LEAD = {"label": "组长", "reach": both(SAME) | {"deals": SAME, "followups": SAME, "tasks": SAME, "tickets": SAME, "forms": SAME}, "actions": ["followups.history"], "fields": {}}
ODD = {
    "label": "外包核对",
    "reach": both(WRITE | {"export": "all", "import": "all", "assign": "all"})
    | dict.fromkeys(("deals", "followups", "tasks", "tickets", "forms"), WRITE | {"export": "all"}),
    "actions": ["customers.reveal", "customers.regrade"],
    "fields": PHONES
    | PERSON
    | {f"customers.{name}": "hide" for name in ("remark", "contract_amount", "grade", "owner", "id_number", "uscc")}
    | {f"contacts.{name}": "hide" for name in ("title", "remark", "qq", "decision_role")}
    | {f"followups.{name}": "hide" for name in ("summary", "objections", "next_action")}
    | {f"deals.{name}": "hide" for name in ("actual_amount", "remark", "competitor", "loss_reason")}
    | {f"tickets.{name}": "hide" for name in ("problem", "result", "handler")}
    | {f"tasks.{name}": "hide" for name in ("title", "note")}
    | {"forms.event": "hide", "forms.note": "hide", "forms.customer": MASKED}
    | TASK_PERSON
    | DEAL_PERSON
    | TICKET_PERSON
    | WITNESSES,
}
READER = {
    "label": "只读",
    "reach": both(READ) | {"deals": READ, "followups": READ, "tasks": READ, "tickets": READ, "forms": READ},
    "actions": [],
    "fields": {"customers.contact_address": MASKED, "followups.location": MASKED, "tickets.progress": MASKED, "forms.event": MASKED, "deals.name": MASKED, "deals.owner": "hide", "tasks.note": MASKED, "tasks.customer": MASKED},
}


def sheets() -> list[Sheet]:
    """Every sheet of the program, also those of packages that come later."""
    found = {}
    for config in apps.get_app_configs():
        if config.name.startswith("keji.") and (Path(config.path) / "sheet.py").exists():
            module = import_module(f"{config.name}.sheet")
            found |= {id(one): one for one in vars(module).values() if isinstance(one, Sheet)}
    return list(found.values())


@dataclass
class World:
    """The people by username, and the records of each sheet by its record type."""

    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, list[int]] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        return self.clients[who]


def signed_in(person: Person | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person)
        client.get("/account/")  # the session now has its times
    return client


def build() -> World:
    """Ten delivered roles and three odd ones; ten customers of different owners, with contacts and a history."""
    world = World()
    east, south = add_team(SYSTEM, "华东"), add_team(SYSTEM, "华南")
    for code, told in {"LEAD": LEAD, "ODD": ODD, "READER": READER}.items():
        Role.objects.create(code=code, **told)
    for code in [*ROLES, "LEAD", "ODD", "READER"]:
        near_rep = code in ("SALES_REP", "LEAD")
        hire(world, code.lower(), [code], east if near_rep else south)
    hire(world, "rep2", ["SALES_REP"], south)
    hire(world, "nobody", [], None)
    owners = ("sales_rep", "sales_rep", "rep2", "rep2", "sales_manager", "", "", "sales_rep", "rep2", "rep2")
    for place, owner in enumerate(owners, start=1):
        enter(world, place, world.people.get(owner), binned=place in (8, 9))
    Collaboration.objects.create(customer_id=world.ids["customers"][9], person=world.people["sales_rep"])
    reindex(world.ids["customers"])
    hang(world)
    listen(world)
    spread_word(world)
    time_them(world)
    world.clients = {who: signed_in(person) for who, person in world.people.items()} | {"": signed_in(None)}
    return world


def listen(world: World) -> None:
    """A hook of each person who may have one, off so that nobody waits for an answer, and what it had to tell."""
    for who in ("data_steward", "sys_admin"):
        hook, _secret = add_hook(world.people[who], f"Bot {who}", "https://1.1.1.1/", list(told_actions()))
        world.ids.setdefault("hooks", []).append(hook.pk)
        rows = Entry.objects.filter(record__in=told_actions()).order_by("pk")[:5]
        Outgoing.objects.bulk_create(
            Outgoing(key=f"{hook.pk}-{entry.pk}", hook=hook, entry_id=entry.pk, made_at=entry.at, state="PARKED", why="E_OFF", ended_at=entry.at)
            for entry in rows
        )
        switch_hook(world.people[who], hook, False)


def spread_word(world: World) -> None:
    """Word for everybody of every customer, seen or unseen, and of many; a robot of each, off so that nobody waits for it."""
    people, about = list(world.people.values()), {"by": world.people["sales_manager"].pk, "count": 1}
    for pk in world.ids["customers"]:
        notify(people, "customers.handed", key=f"handed {pk}", record="customers", record_id=pk, about=about)
    notify(people, "customers.handed", key="many", record="customers", about={**about, "count": 7})
    for person in people:
        told = {"medium": "WECOM", "name": f"Bot {person.username}", "made_at": person.created_at, "changed_at": person.created_at}
        robot = Channel.objects.create(key=f"robot {person.pk}", person=person, off="HAND", **told)
        world.ids.setdefault("account", []).append(robot.pk)
        line = {"made_at": person.created_at, "ended_at": person.created_at, "state": "PARKED", "why": "E_OFF"}
        sent = Outgoing.objects.create(key=f"line {person.pk}", channel=robot, many=True, **line)
        notices = Notice.objects.filter(person=person).order_by("pk")
        Enclosed.objects.bulk_create(Enclosed(outgoing=sent, channel=robot, notice=one) for one in notices)
    world.ids["inbox"] = list(Notice.objects.filter(person=world.people["sales_rep"]).order_by("pk").values_list("pk", flat=True))


def time_them(world: World) -> None:
    """A limit that runs on each customer, overdue on the half; a year of the calendar that the steward entered."""
    world.ids["limits"] = list(Limit.objects.values_list("pk", flat=True))
    for pk in world.ids["customers"]:
        customer = Customer.objects.get(pk=pk)
        about = {"customer_id": pk, "person_id": customer.owner_id}
        start("SLA-21", "customers", pk, at=now() - timedelta(hours=pk % 2 * 40), **about)
    keep(world.ids["customers"])
    keep_year(world.people["data_steward"], notice.read("2027-01-01 休 元旦"), "2027-01-01 休 元旦", True)
    world.ids["holidays"] = [2027]
    turn = now().date()
    world.ids["reviews"] = [Campaign.objects.create(limit="SLA-12", turn=turn, due=turn, begun_at=now() + timedelta(days=1)).pk]


def hire(world: World, username: str, roles: list[str], team: Any) -> None:
    person, _password = add_person(SYSTEM, username, f"员工{username}", roles, team)
    Person.objects.filter(pk=person.pk).update(must_change=False)
    world.people[username] = Person.objects.select_related("team").get(pk=person.pk)


def enter(world: World, place: int, owner: Person | None, binned: bool) -> None:
    """One customer with two contacts; every column holds a value of its own."""
    kind = "PERSON" if place in (2, 4, 7) else "ENTERPRISE"
    customer = Customer(customer_no=f"C{place:03d}", owner=owner, created_by=owner, customer_type=kind)
    give(world, customer, place, {"customer_type", "owner", "customer_no"})
    if binned:
        customer.deleted_at, customer.deleted_by = customer.created_at, owner
        customer.save(update_fields=["deleted_at", "deleted_by"])
    for number in (1, 2):
        contact = Contact(customer=customer, created_by=owner)
        give(world, contact, place * 10 + number, set())
        stage = Stage.objects.order_by("pk")[(place * 2 + number) % 6]
        line = {"contact": contact, "stage": stage, "pipeline_id": stage.pipeline_id}
        deal = Deal(customer=customer, created_by=owner, owner=owner, **line)
        give(world, deal, place * 10 + number, {"pipeline", "stage"})
        give(world, Followup(customer=customer, created_by=owner, author=owner), place * 10 + number, {"author"})
        # One task is for the owner to do, the other for somebody who may not see the customer at all.
        doer = owner if number == 1 else world.people[DOERS[place % len(DOERS)]]
        task = Task(customer=customer, created_by=owner, assignee=doer)
        give(world, task, place * 10 + number, {"assignee"})
    give(world, Need(customer=customer, created_by=owner), place * 10 + 5, set())
    ticket = Ticket(customer=customer, contact=contact, created_by=owner, ticket_no=f"T{place:04d}", handler=owner, state="DOING")
    give(world, ticket, place * 10 + 6, {"handler", "state", "satisfaction"})
    paper = PaperForm(customer=customer, entered_at=now(), created_by=owner, collector=owner or world.people["rep2"], number=f"F2026-{place:03d}")
    give(world, paper, place * 10 + 7, {"collector"})
    label(customer, place)


def hang(world: World) -> None:
    """A file on every record, brought by its owner, with a name that no other has; the newest content of all the same."""
    source = Path(settings.FILES) / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"what the file holds")
    digest = attachments.kept(source)
    source.unlink()
    for sheet in sheets():
        for record in records(sheet):
            customer = attachments.customer_of(record)
            told = {"name": file_name(record), "kind": "txt", "mime": "text/plain", "size": 19, "digest": digest}
            made = Attachment.objects.create(record=record.RECORD, record_id=record.pk, customer_id=customer, **told)
            tell(SYSTEM, "records.files", [(record, {"attachments": [[], [made.name]]})])
            world.ids.setdefault("files", []).append(made.pk)


def file_name(record: Any, mark: str = "") -> str:
    return f"cnry-{record.RECORD}-{mark}{record.pk:06d}-file.txt"


def looks_at_files(person: Person, sheet: Sheet) -> set[int]:
    """The records of a type whose files the person may look at."""
    record = sheet.model.RECORD
    return set(near_rows(person, record).values_list("pk", flat=True)) if opens(person, record) else set()


def label(customer: Customer, place: int) -> None:
    """A tag that somebody has put on a customer, and only on this one."""
    tag = list(Tag.objects.order_by("pk"))[place % Tag.objects.count()]
    Tagging.objects.create(customer=customer, tag=tag, at=customer.changed_at)
    carried = list(Tagging.objects.filter(customer=customer, ended_at=None).values_list("tag_id", flat=True))
    Customer.objects.filter(pk=customer.pk).update(tags=carried)


def give(world: World, record: Any, place: int, fixed: set[str]) -> None:
    """Fill, save and tell the history of a record."""
    sheet = next(one for one in sheets() if one.model is type(record))
    changes: dict[str, list[Any]] = {}
    for column in sheet.columns:
        if column.name in fixed or not column.typed or column.name == "owner":
            continue
        value = sample(column, place, record)
        for attribute in put(column, record, value):
            changes[attribute] = [old(column, place, record, attribute), stored(record.__dict__[attribute])]
    derive(record, place)
    record.save()
    type(record)._default_manager.filter(pk=record.pk).update(created_at=record.changed_at)
    if isinstance(record, Followup):
        index([record])
    if isinstance(record, Task):
        index_tasks([record.pk])
    if isinstance(record, Deal):
        index_deal(record)
        first = Stage.objects.exclude(pk=record.stage_id).order_by("pk").first()
        moved = {"who": record.owner, "why": "推进", "loss_reason": record.loss_reason, "days": 1}
        StageChange.objects.create(deal=record, old=first, new_id=record.stage_id, **moved)
    world.ids.setdefault(record.RECORD, []).append(record.pk)
    tell(getattr(record, "created_by", None), f"{record.RECORD}.change", [(record, changes)], why="核对")


def derive(record: Any, place: int) -> None:
    """What follows from other columns, so that lists and duplicate checks meet the record."""
    record.changed_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=place)
    if isinstance(record, Followup):
        record.author_name = "" if record.author_id else "前同事"
    if isinstance(record, Deal):
        record.category, record.amount, record.weighted = record.stage.category, record.expected_amount, 1
        record.opened_at = date(2023, 12, 1)
        record.stage_since = record.stage_checked_at = record.changed_at
    if isinstance(record, Customer):
        record.name_key, record.name_stripped = names_at(record.name)


def names_at(name: str) -> tuple[str, str]:
    return folded(name), stripped(name)


def stored(value: Any) -> Any:
    from keji.access import trail

    return trail.stored(value)


def old(column: Column, place: int, record: Any, attribute: str) -> Any:
    """What stood there before, a secret too."""
    before = sample(column, place + 500, record)
    return stored(before) if not isinstance(column.kind, kinds.Sealed) else "00"


def put(column: Column, record: Any, value: Any) -> list[str]:
    """Set a value where its column keeps it; returns the attributes."""
    if isinstance(column.kind, kinds.Sealed):
        record.id_number_sealed = NUMBER.seal(value, record.customer_no)
        record.id_number_index = NUMBER.index(value)
        return ["id_number_sealed"]
    attribute = column.kind.needs(column.name)[0]
    setattr(record, attribute, value)
    return [attribute]


def sample(column: Column, place: int, record: Any) -> Any:
    """A value for a column that no other record and no other column has, as far as its kind allows."""
    name, kind = column.name, column.kind
    person = getattr(record, "customer_type", "") == "PERSON" or record.RECORD == "contacts"
    word = NAMES[place % 16] + NAMES[place // 16 % 16] + NAMES[place // 256 % 16]
    letters = "".join(chr(97 + int(digit)) for digit in f"{place:04d}")
    special = {
        "name": f"钟{word}" if person else f"{word}精密设备有限公司",
        "mobile": f"137{place:04d}{'7001' if record.RECORD == 'contacts' else '7002'}",
        "landline": f"010-6{place:04d}701",
        "office_phone": f"0755-6{place:04d}702",
        "intl_phone": f"+4420{place:04d}7703",
        "email": f"cnry.{record.RECORD}.{letters}@acme{place:04d}.com.cn",
        "wechat_id": f"cnrywx{letters}{place:04d}",
        "wecom_id": f"cnrywc{letters}{place:04d}",
        "qq": f"8{place:04d}77041",
        "uscc": f"91320594MA1{place:04d}2XK",
        "postal_code": f"2{place:05d}",
        "id_number": resident(place),
        "contact_address": f"江苏省苏州市虎丘区星湖街cnry{place:04d}号",
        "customer_participants": f"钟{word}、郑{word}",
        "website": f"https://cnry{place:04d}.example.com",
        "sex": "M",
        "expected_term": f"{place % 90 + 1}年",
    }
    if name in special:
        return special[name]
    return by_kind(kind, name, place, record.RECORD[:2])


def by_kind(kind: Any, name: str, place: int, mark: str) -> Any:
    if isinstance(kind, kinds.Who):
        return Person.objects.order_by("pk").first().pk
    if isinstance(kind, kinds.Moment):
        return datetime(2024, 1, 1, 7, tzinfo=UTC) + timedelta(days=place)
    if kind.input == "checks" and not isinstance(kind, kinds.Terms):
        return [int(choice.code) for choice in kind.choices()[place % 3 : place % 3 + 2]]
    if isinstance(kind, Keywords):
        return [f"cnry-{place:04d}-words"]
    if isinstance(kind, kinds.Terms):
        return [kind.choices()[place % len(kind.choices())].code] if kind.choices() else []
    if isinstance(kind, kinds.Term | kinds.Fixed | kinds.Industry):
        choices = kind.choices()
        return choices[place % len(choices)].code
    if isinstance(kind, kinds.Region):
        return ("320505", "310104", "440305")[place % 3]
    if isinstance(kind, kinds.Flag):
        return bool(place % 2)
    if isinstance(kind, kinds.Day):
        return date(2024, 1, 1) + timedelta(days=place)
    if isinstance(kind, kinds.Whole):
        return place % 5 + 1 if name in ("satisfaction", "probability") else 7_000_000 + place
    if isinstance(kind, kinds.Money):
        return Decimal(f"{sum(map(ord, name)) % 900 + 100}{place:04d}.37")
    return f"cnry-{mark}{place:04d}-{name}"[:50]


def resident(place: int) -> str:
    stem = f"3205051988010{place % 9 + 1}{place:04d}"[:17].ljust(17, "7")
    return stem + resident_check(stem + "0")


def texts(sheet: Sheet, record: Any) -> dict[str, tuple[str, str]]:
    """The secrets of a record by column: how the value reads in full, and how masked. Only what is unmistakable."""
    row = record.__dict__ | of_customer(record)
    found = {}
    for column in sheet.columns:
        if column.kind.filter in ("choice", "prefix", "flag", "tags") or isinstance(column.kind, kinds.Day):
            continue
        value = column.kind.value(row, column.name)
        text = column.kind.show(value)
        if len(text) >= (4 if set(text) & set(NAMES) else 6):
            found[column.name] = (text, masked(column, value, row))
    return found


def of_customer(record: Any) -> dict[str, Any]:
    if not hasattr(record, "customer_id"):
        return {}
    names = ("name", "customer_no", "customer_type", "industry_code")
    found = {f"customer__{name}": getattr(record.customer, name) for name in names}
    if isinstance(record, Deal | Ticket):
        found |= {"contact__name": record.contact.name}
    if isinstance(record, Deal):
        found |= {"owner__team_id": record.owner.team_id if record.owner else None}
    return found


def reachable(person: Person, sheet: Sheet) -> set[int]:
    """The ids of the rows a person sees, those in the bin included if they may take them out."""
    found = set(visible(person, sheet.model).values_list("pk", flat=True))
    return found | set(near(person, sheet.model, "delete", binned=True).values_list("pk", flat=True))


def records(sheet: Sheet) -> list[Any]:
    rows = sheet.model._default_manager.order_by("pk")
    if sheet.model is Deal:
        rows = rows.select_related("contact", "owner")
    return list(rows.select_related("customer") if hasattr(sheet.model, "customer") else rows)


def policies(person: Person, sheet: Sheet) -> Any:
    """A function that gives the policies of a row, or None where the person does not see it."""
    lens, seen = sheet.lens(person), reachable(person, sheet)
    closeness = lens.closeness([record.pk for record in records(sheet)])
    return lambda pk: lens.rules(closeness(pk)) if pk in seen else None


def forbidden(person: Person) -> dict[str, str]:
    """Every text that this person must never meet, with what it is."""
    found, allowed = {}, set()
    for sheet in sheets():
        rules, open_files = policies(person, sheet), looks_at_files(person, sheet)
        for record in records(sheet):
            known = rules(record.pk)
            if record.pk not in open_files:
                found[file_name(record)] = f"file of {record.RECORD} {record.pk}"
            for name, (text, hidden) in texts(sheet, record).items():
                if known and (known[name] == PLAIN or (known[name] == MASK and hidden == text)):
                    allowed.add(text)
                else:
                    found[text] = f"{record.RECORD} {record.pk} {name}"
            found |= {
                value: f"history of {record.RECORD} {record.pk} {name}"
                for name, value in before(record).items()
                if not known or known.get(name) != PLAIN
            }
    return {text: what for text, what in found.items() if text not in allowed}


def before(record: Any) -> dict[str, str]:
    """The old values of a record that its history keeps."""
    entry = Entry.objects.filter(record=record.RECORD, record_id=record.pk, why="核对").first()
    kept = Kept.objects.get(entry=entry).values if entry else {}
    told = {name: pair[0] for name, pair in kept.items() if isinstance(pair[0], str)}
    return {name: text for name, text in told.items() if len(text) >= 9 and not DAY.fullmatch(text)}


def dump(but: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """All tables, row by row, as nobody but the database sees them."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in but or table.startswith("django_migrations") or "_search" in table or "fts" in table:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in cursor)
    return found


def changed(first: dict[str, list[Any]], then: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The tables that differ, with the rows that came or went."""
    return {name: sorted(set(first.get(name, ())) ^ set(then[name])) for name in then if first.get(name) != then[name]}


def on_disk() -> set[str]:
    return {str(file) for file in Path(settings.FILES).rglob("*") if file.is_file()}


def body(response: Any) -> bytes:
    """Everything a response says, workbooks unpacked, headers included."""
    # The test client closes a stream that is read to its end; a second close would end the database connection.
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            raw = b"\n".join(
                name.encode() + book.read(name) for name in sorted(book.namelist()) if "docProps" not in name
            )
    return raw


CHANCE = (
    (re.compile(r'(name="_?once" value=|"once": ?)"[^"]*"'), r"\1T"),
    (re.compile(r"\b[A-Za-z0-9]{32,64}\b"), "T"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "N"),
    (re.compile(r"((?:exports|imports|lines)/|before=|line-)\d+"), r"\1#"),
    (re.compile(r"[\d,]+ MB"), "# MB"),  # how much room the disk has
)
UNTOLD = frozenset({"Date", "Set-Cookie", "Content-Length"})


def normal(response: Any) -> tuple[int, dict[str, str], str]:
    """A response without what differs from one request to the next by nature."""
    told = body(response).decode("utf-8", "replace")
    headers = {name: plain(value) for name, value in response.headers.items() if name not in UNTOLD}
    return response.status_code, headers, plain(told)


def plain(text: str) -> str:
    for pattern, by in CHANCE:
        text = pattern.sub(by, text)
    return text


def routes() -> Iterator[tuple[str, Any]]:
    from keji.access.doors import views

    yield from views()


def addresses(world: World, route: str, most: int = 99) -> list[str]:
    """Addresses for a route, its ids taken from the world by the first part of the path."""
    first = route.split("/")[0]
    ids = world.ids.get(first) or [1]
    names = {"dictionaries": ["grade"], "contacts": ["mobile", "qq"], "files": ["customers", "deals"]}.get(first, ["id_number", "mobile", "remark"])
    found = []
    for pk in ids if "<int:pk>" in route else [0]:
        for name in names if "<slug:" in route else [""]:
            made = re.sub(r"<slug:\w+>", name, route.replace("<int:pk>", str(pk)))
            found.append("/" + re.sub(r"<int:\w+>", str(first_line(pk)), made))
    return found[:most]


def first_line(run: int) -> int:
    from keji.intake.models import Line

    return Line.objects.filter(run_id=run).values_list("pk", flat=True).first() or 1
