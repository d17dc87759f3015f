"""The duplicate check for whole columns (U-DUP): what `duplicates.find` asks for one, asked for all in a few statements."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keji.customers.models import Contact, Customer
from keji.customers.queries import given
from keji.customers.rules import duplicates
from keji.customers.rules.duplicates import FIELDS, SEEN, Match, blocks, owner_name, same_firm
from keji.customers.rules.register import NUMBER
from keji.customers.rules.search import INDEX
from keji.database import one_of
from keji.kernel import text

Row = Mapping[str, Any]
Found = dict[Any, list[Row]]


@dataclass(slots=True)
class Probe:
    """What a would-be customer is looked for by."""

    values: Row
    person: bool
    key: str
    bare: str
    number: str  # the blind index of its ID number
    mobiles: list[str]
    runs: list[str]

    def marks(self) -> list[tuple[Hashable, ...]]:
        """Under what an earlier row of the same batch is met again."""
        uscc, mobile = self.values.get("uscc"), self.values.get("mobile")
        told: list[tuple[Hashable, ...]] = [("mobile", one) for one in self.mobiles]
        told += [("uscc", uscc)] * bool(uscc) + [("number", self.number)] * bool(self.number)
        if self.person:
            return told + [("person", self.key, mobile)] * bool(mobile)
        return [*told, ("key", self.key), ("bare", self.bare), *(("run", run) for run in self.runs)]


class Twins:
    """Stored customers, and earlier ones of the same batch that go in, which the rows of a batch may double."""

    def __init__(self, rows: Sequence[Row], mobiles: Sequence[Sequence[str]], alike: bool = True):
        self.probes = [probe(row, held, alike) for row, held in zip(rows, mobiles, strict=True)]
        alive = Customer.objects.filter(deleted_at=None)
        firms = alive.exclude(customer_type="PERSON")
        told = [one for one in self.probes if not one.person]
        numbers = {mobile for one in self.probes for mobile in one.mobiles}
        self.by_uscc = stored(alive, "uscc", {one.values.get("uscc") for one in self.probes})
        self.by_number = stored(alive, "id_number_index", {one.number for one in self.probes})
        self.by_key = stored(alive, "name_key", {one.key for one in self.probes})
        self.by_bare = stored(firms, "name_stripped", {one.bare for one in told})
        self.by_mobile = stored(alive, "mobile", numbers)
        self.held = held_mobiles(alive, numbers)
        self.alike = similar(firms, {one.bare: one.runs for one in told if one.runs})
        self.seen: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)

    def of(self, place: int) -> list[Match]:
        """Those that this row may double, the certain ones first, each once."""
        one = self.probes[place]
        found: dict[int, Match] = {}
        for rows, field, code, hard in self.stored(one):
            for row in rows:
                found.setdefault(row["id"], duplicates.match(row, field, code, hard))
        for other, field, code, hard in self.earlier(one):
            row = self.probes[other].values
            match = Match(-other - 1, field, code, owner_name(row.get("owner")), hard, "", row.get("name") or "")
            found.setdefault(match.id, match)
        return sorted(found.values(), key=lambda match: not match.hard) if found else []

    def enter(self, place: int) -> None:
        """This row goes in: later ones may double it."""
        for mark in self.probes[place].marks():
            self.seen[mark].append(place)

    def stored(self, one: Probe) -> Iterable[tuple[Iterable[Row], str, str, bool]]:
        values = one.values
        yield self.by_uscc.get(values.get("uscc"), ()), "uscc", "E_DUP_USCC", True
        yield self.by_number.get(one.number, ()), "id_number", "E_DUP_ID_NUMBER", True
        named = self.by_key.get(one.key, ())
        if one.person:
            mobile = values.get("mobile")
            people = [row for row in named if row["customer_type"] == "PERSON" and mobile and row["mobile"] == mobile]
            yield people, "mobile", "E_DUP_PERSON", True
        else:
            firms = [row for row in named if row["customer_type"] != "PERSON" and same_firm(values, row)]
            yield firms, "name", "E_DUP_NAME", True
            yield self.by_bare.get(one.bare, ()), "name", "W_DUP_NAME", False
            yield self.alike.get(one.bare, ()), "name", "W_DUP_NAME", False
        for mobile in one.mobiles:
            yield self.held.get(mobile, ()), "mobile", "W_DUP_MOBILE", False
            yield self.by_mobile.get(mobile, ()), "mobile", "W_DUP_MOBILE", False

    def earlier(self, one: Probe) -> Iterable[tuple[int, str, str, bool]]:
        """The same of the batch itself: by the same marks, in the same order."""
        seen, uscc = self.seen, one.values.get("uscc")
        if uscc:
            yield from ((other, "uscc", "E_DUP_USCC", True) for other in seen.get(("uscc", uscc), ()))
        if one.number:
            yield from ((other, "id_number", "E_DUP_ID_NUMBER", True) for other in seen.get(("number", one.number), ()))
        if one.person:
            known = seen.get(("person", one.key, one.values.get("mobile")), ())
            yield from ((other, "mobile", "E_DUP_PERSON", True) for other in known)
        else:
            for other in seen.get(("key", one.key), ()):
                if same_firm(one.values, self.probes[other].values):
                    yield other, "name", "E_DUP_NAME", True
            yield from ((other, "name", "W_DUP_NAME", False) for other in seen.get(("bare", one.bare), ()))
            near = [other for run in one.runs for other in seen.get(("run", run), ())[-SEEN:]]
            if near:
                for place in text.nearest(one.bare, [self.probes[other].bare for other in near], duplicates.LIKE):
                    yield near[place], "name", "W_DUP_NAME", False
        for mobile in one.mobiles:
            yield from ((other, "mobile", "W_DUP_MOBILE", False) for other in seen.get(("mobile", mobile), ()))


def probe(row: Row, held: Sequence[str], alike: bool) -> Probe:
    name, person = row.get("name") or "", row.get("customer_type") == "PERSON"
    bare = "" if person else text.stripped(name)
    number = row.get("id_number")
    mobiles = list(dict.fromkeys(one for one in (row.get("mobile"), *held) if one))
    runs = blocks(bare) if alike and not person else []
    return Probe(row, person, text.folded(name), bare, NUMBER.index(number) if number else "", mobiles, runs)


def stored(rows: Any, name: str, values: set[Any]) -> Found:
    """The stored rows by this value of theirs."""
    wanted = values - {"", None}
    found: Found = defaultdict(list)
    if wanted:
        for row in given(rows, name).filter(**{f"{name}__in": one_of(sorted(wanted))}).values(*dict.fromkeys((*FIELDS, name))):
            found[row[name]].append(row)
    return found


def held_mobiles(alive: Any, numbers: set[str]) -> Found:
    """Stored customers by the mobiles of their contacts."""
    if not numbers:
        return {}
    known = Contact.objects.filter(mobile__in=one_of(sorted(numbers)), deleted_at=None)
    held = list(known.values_list("mobile", "customer_id"))
    by_id = stored_ids(alive, {pk for _mobile, pk in held})
    found: Found = defaultdict(list)
    for mobile, pk in held:
        if pk in by_id:
            found[mobile].append(by_id[pk])
    return found


def stored_ids(rows: Any, ids: set[int]) -> dict[int, Row]:
    return {row["id"]: row for row in rows.filter(pk__in=one_of(sorted(ids))).values(*FIELDS)} if ids else {}


def similar(firms: Any, names: Mapping[str, list[str]]) -> Found:
    """Firms by a stripped name that theirs is nearly, looked for among those that share a rare run of it."""
    holders = INDEX.find_each(list(dict.fromkeys(run for runs in names.values() for run in runs)), {"open"}, SEEN)
    ids = {pk for found in holders.values() for pk in found}
    known = dict(firms.filter(pk__in=one_of(sorted(ids))).values_list("pk", "name_stripped")) if ids else {}
    near: dict[str, list[int]] = {}
    for name, runs in names.items():
        others = [pk for run in runs for pk in holders.get(run, ()) if pk in known]
        if others and (places := text.nearest(name, [known[pk] for pk in others], duplicates.LIKE)):
            near[name] = sorted({others[place] for place in places}, reverse=True)
    rows = stored_ids(firms, {pk for found in near.values() for pk in found})
    return {name: [rows[pk] for pk in found if pk in rows] for name, found in near.items()}
