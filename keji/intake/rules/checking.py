"""Checking a file: every row by the forms' own rules, duplicates and unknown people included. Writes only the findings."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keji.access.house import house
from keji.access.models import Person
from keji.access.scope import near, require
from keji.customers.models import Customer
from keji.customers.rules.duplicates import TWIN
from keji.customers.rules.many import check_many
from keji.customers.rules.register import as_values, check_values
from keji.customers.rules.required import required
from keji.customers.sheet import CUSTOMERS
from keji.database import bulk_update, one_of
from keji.intake.models import Line, Run, State
from keji.intake.rules import history
from keji.intake.rules.book import OWN_NUMBER, PAGES
from keji.intake.rules.mapping import CONTACT
from keji.intake.rules.reading import Reader, Row, Told, entrant, families, read
from keji.intake.rules.staging import unentered
from keji.kernel import dates, text
from keji.kernel.calm import calm
from keji.kernel.clock import now, today
from keji.kernel.errors import Invalid, Problem, Unfit

BATCH = 5_000
ENCODE = json.JSONEncoder(ensure_ascii=False).encode
KEYS = ("customer_no", "uscc", "name")


def check(run: Run, person: Person, lines: Sequence[Row] | None = None) -> dict[str, Any]:
    """Check the rows of a run (all of them, or the families of these) and keep what was found. Returns the counts."""
    require(person, "customers.import")
    unentered(run)
    whole_file(run)
    rows = read(spoken(run)) if lines is None else lines
    with calm():
        strangers = check_rows(run, person, rows)
    return tally(run, strangers if lines is None else None)


def spoken(run: Run) -> QuerySet[Line]:
    """The rows of the sheets that hold something; if none does, all of them."""
    places = [place for place, told in enumerate(run.sheets) if told["holds"]]
    return run.lines.filter(sheet__in=places) if places else run.lines.all()


def check_rows(run: Run, person: Person, rows: Sequence[Row]) -> Counter[str]:
    """Put to each row what was found. Returns the unknown people, each with the number of rows that name them."""
    found = families(Reader(run, person), rows)
    strangers = Counter(name for group in found for told in group for name in told.strangers)
    known = existing(run, person, found)
    customers = [one for one in known.values() if isinstance(one, Customer)]
    deeds = history.Known(person, found, customers)
    for group in found:
        theirs = known.get(id(group))
        history.check(deeds, group, theirs if isinstance(theirs, Customer) else None)
    fresh = [(group, entrant(run, group)) for group in found if not known.get(id(group))]
    check_many(person, [one for _group, one in fresh], profile(run))
    for group, one in fresh:
        settle(run, group, one.problems)
    for group in found:
        if other := known.get(id(group)):
            settle_update(run, group, other)
    keep(rows)
    return strangers


def profile(run: Run) -> str:
    return run.options.get("profile") or house()["profile"]


def whole_file(run: Run) -> None:
    """What holds for the file as a whole: third-party data only with an authorisation that is still valid."""
    options = run.options
    if "THIRD_PARTY_DATA" not in (options.get("lead_source"), options.get("collection_channel")):
        return
    if not options.get("authorisation_ref"):
        raise Unfit(
            Problem("authorisation_ref", "E_AUTHORISATION", _("第三方数据须填写授权编号，否则整个文件都不能导入"))
        )
    until = options.get("authorisation_until")
    if until and date.fromisoformat(until) < today():
        raise Unfit(Problem("authorisation_until", "E_AUTHORISATION_EXPIRED", _("授权已过期，整个文件都不能导入")))


FACTS = ("lead_source", "collection_channel", "authorisation_ref", "authorisation_until")


def read_facts(options: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """What is said of all rows at once, as it is stored; "DA-2026-07 有效期至2026-12-31" says two things."""
    told, problems = dict(options), []
    ref, until = dates.valid_until(told.get("authorisation_ref", ""))
    if until:
        told["authorisation_ref"], told["authorisation_until"] = ref, told.get("authorisation_until") or until
    for name in FACTS:
        if told.get(name):
            try:
                value = CUSTOMERS.by_name[name].kind.parse(told[name]).value
            except Invalid as error:
                problems.append(Problem(name, error.code, f"{CUSTOMERS.label(name)}：{error.message}"))
            else:
                told[name] = value.isoformat() if isinstance(value, date) else value
    return told, problems


def existing(run: Run, person: Person, groups: Sequence[list[Told]]) -> dict[int, Any]:
    """The stored customers that these families mean, by the key the import goes by; "missing" where one must be there."""
    mode, key = run.options.get("mode", "upsert"), run.options.get("key", OWN_NUMBER)
    linked = [group for group in groups if all(told.link for told in group)]
    known = spoken_of(person, linked)
    if mode == "create" or key not in KEYS:
        return known
    told = {id(g): next((t.customer[key] for t in g if t.customer.get(key)), None) for g in groups if id(g) not in known}
    values = sorted({value for value in told.values() if value})
    found: dict[Any, Customer] = {}
    if values:
        for customer in near(person, Customer, "change").filter(**{f"{key}__in": one_of(values)}):
            found.setdefault(getattr(customer, key), customer)
    own: dict[int, Any] = {group: found.get(value) for group, value in told.items()}
    if mode == "update":
        return known | {group: customer or "missing" for group, customer in own.items()}
    # A number that exists out of the person's reach, or in the bin, must not be entered a second time: check_many says so.
    return known | {group: customer for group, customer in own.items() if customer}


def spoken_of(person: Person, groups: Sequence[list[Told]]) -> dict[int, Any]:
    """The stored customers of rows that only speak of one: by number, else by the exact name if only one bears it."""
    told = {id(group): (wanted(group, OWN_NUMBER), wanted(group, "name")) for group in groups}
    known: dict[int, Any] = {}
    rows = near(person, Customer)
    numbered = sorted({number for number, _name in told.values() if number})
    named = sorted({name for number, name in told.values() if name and not number})
    by_number = {c.customer_no: c for c in rows.filter(customer_no__in=one_of(numbered))} if numbered else {}
    by_name: dict[str, list[Customer]] = {}
    for customer in rows.filter(name__in=one_of(named)) if named else ():
        by_name.setdefault(customer.name, []).append(customer)
    for group, (number, name) in told.items():
        mine = [by_number.get(number)] if number else by_name.get(name, [])
        known[group] = (mine[0] if len(mine) == 1 else "several" if mine else None) or "missing"
    return known


def wanted(group: Sequence[Told], name: str) -> Any:
    return next((told.customer[name] for told in group if told.customer.get(name)), None)


def settle(run: Run, group: list[Told], problems: Sequence[Problem]) -> None:
    """Put what was found about a new customer to the rows it is about, and judge the family."""
    own = {(problem.field, problem.code) for told in group for problem in told.problems}
    for problem in problems:
        if (problem.field, problem.code) not in own:
            for told in [told for told in group if problem.field in told.customer] or group[:1]:
                told.problems.append(problem)
    found = [problem for told in group for problem in told.problems]
    twins = [problem for problem in found if problem.code in TWIN]
    bad = [problem for problem in found if not problem.soft and problem not in twins]
    hard_twins = [problem for problem in twins if not problem.soft]
    for told in group:
        told.line.act, told.line.customer_id = "CREATE", None
        if bad:
            told.line.state = "BAD"
        elif twins:
            told.line.state = "READY" if told.line.chosen and not hard_twins else "TWIN"
        else:
            told.line.state = "DOUBT" if any(p.soft and p.code.startswith("W_") for p in found) else "READY"
        told.line.problems = written(told.problems)
    accompany(run, group)


def settle_update(run: Run, group: list[Told], customer: Any) -> None:
    stored = customer if isinstance(customer, Customer) else None
    if stored is None:
        group[0].problems.append(not_there(run, group, customer))
    else:
        values = news(stored, group)
        wrong = check_values(run.person, {**as_values(stored), **values}, None, stored.profile, stored.states)
        group[0].problems += [p for p in wrong if p.field in values and not p.soft]
    found = [problem for told in group for problem in told.problems]
    for told in group:
        told.line.act = "UPDATE"
        told.line.customer_id = stored.pk if stored else None
        told.line.state = (
            "BAD"
            if any(not p.soft for p in found)
            else "DOUBT"
            if any(p.code.startswith("W_") for p in found)
            else "READY"
        )
        told.line.problems = written(told.problems)
    accompany(run, group)


def accompany(run: Run, group: Sequence[Told]) -> None:
    """Say on the sound rows of a customer that waits which of its rows, of this sheet or another, it waits for."""
    if group[0].line.state not in ("BAD", "TWIN"):
        return
    wrong = sorted(
        {(told.line.sheet, told.line.number) for told in group if any(not p.soft or p.code in TWIN for p in told.problems)}
    )
    for line in (told.line for told in group):
        if (line.sheet, line.number) not in wrong:
            rows = _("、").join(
                str(number) if sheet == line.sheet else _("%(row)d（%(sheet)s）") % {"row": number, "sheet": run.sheets[sheet]["name"]}
                for sheet, number in wrong
            )
            said = _("同一客户的第 %(rows)s 行有问题，改好后一起导入") % {"rows": rows}
            line.problems.append(["row", "E_FAMILY", said, "", False])


def not_there(run: Run, group: list[Told], how: str) -> Problem:
    key = run.options.get("key", OWN_NUMBER)
    if how == "several":
        said = _("有几个客户叫“%(name)s”，请填写客户编号") % {"name": wanted(group, "name")}
        return Problem("name", "E_AMBIGUOUS", said)
    if all(told.link for told in group):
        key = OWN_NUMBER if wanted(group, OWN_NUMBER) else "name"
    return Problem(key, "E_NOT_THERE", _("没有这个客户，或不在可修改的范围内"))


def news(customer: Customer, group: Sequence[Told]) -> dict[str, Any]:
    """What these rows say of a stored customer that the workbook would not say of it already; blanks say nothing."""
    values: dict[str, Any] = {}
    for told in group:
        if not told.link:
            values |= {name: value for name, value in told.customer.items() if name not in (OWN_NUMBER, "owner")}
    return history.changed(PAGES["customers"], customer, values)


def written(problems: Sequence[Problem]) -> list[list[Any]]:
    return [[p.field, p.code, p.message, p.suggestion, p.soft] for p in dict.fromkeys(problems)]


def keep(lines: Sequence[Row]) -> None:
    fields = ["problems", "state", "act", "family", "customer_id"]
    rows = [(x.pk, ENCODE(x.problems) if x.problems else "[]", x.state, x.act, x.family, x.customer_id) for x in lines]
    for start in range(0, len(rows), BATCH):
        bulk_update(Line, fields, rows[start : start + BATCH])


def tally(run: Run, strangers: Counter[str] | None) -> dict[str, Any]:
    """Count states, and problems by column; the file is now checked."""
    states: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    acts: Counter[str] = Counter()
    for state, act, count in run.lines.values_list("state", "act").annotate(count=Count("pk")).order_by():
        states[state] += count
        if state in ("READY", "DOUBT"):
            acts[act] += count
    for problems in run.lines.filter(state__in=("BAD", "TWIN")).values_list("problems", flat=True):
        columns.update({field for field, code, _message, _suggestion, soft in problems if not soft and code != "E_FAMILY"})
    people = dict(strangers) if strangers is not None else run.counts.get("strangers", {})
    counts = {"states": dict(states), "acts": dict(acts), "columns": dict(columns.most_common(12)), "strangers": people}
    run.counts, run.state = json.loads(json.dumps(counts)), State.CHECKED
    run.save(update_fields=["counts", "state"])
    return counts


def mend(run: Run, person: Person, line: Line, column: int, value: str) -> None:
    """Write a better value into one cell and check its family again."""
    require(person, "customers.import")
    unentered(run)
    cells = list(line.cells) + [None] * (column + 1 - len(line.cells))
    cells[column] = value[:32_767]
    line.cells = cells
    with transaction.atomic():
        line.save(update_fields=["cells"])
    again(run, person, line)


def take_in(run: Run, person: Person, line: Line, chosen: bool) -> None:
    """Say that a row that looks like a double is one of its own."""
    unentered(run)
    with transaction.atomic():
        run.lines.filter(family=line.family).update(chosen=chosen)
    again(run, person, line)


def take_in_all(run: Run, person: Person) -> dict[str, Any]:
    """Say that every row that looks like a double is one of its own: the file comes from where they were told apart."""
    require(person, "customers.import")
    unentered(run)
    run.lines.filter(state="TWIN").update(chosen=True)
    return check(run, person)


def again(run: Run, person: Person, line: Line) -> None:
    """Check anew the family that a row was in and the one it is in now."""
    [told] = [one for group in families(Reader(run, person), read(run.lines.filter(pk=line.pk))) for one in group]
    known = {line.family, told.line.family}
    if name := told.customer.get("name"):
        key = text.folded(name)
        known |= {f"link:{key}"} | set(run.lines.filter(family__startswith=f"name:{key}:").values_list("family", flat=True))
        if told.link:
            known |= bearing(run, key)
    check(run, person, read(spoken(run).filter(Q(family__in=known - {""}) | Q(pk=line.pk))))


def bearing(run: Run, key: str) -> set[str]:
    """The families of the rows about customers of this name."""
    found = set()
    for place, told in enumerate(run.sheets):
        mapping = run.mapping.get(str(place), [])
        if told["holds"] == "customers" and "name" in mapping:
            column = mapping.index("name")
            for cells, family in run.lines.filter(sheet=place).values_list("cells", "family"):
                if column < len(cells) and text.folded(text.plain(cells[column])) == key:
                    found.add(family)
    return found


def meet(run: Run, person: Person, told: dict[str, Any]) -> None:
    """Say who the unknown people of a file are; then check it again."""
    introduce(run, person, told)
    check(run, person)


def introduce(run: Run, person: Person, told: dict[str, Any]) -> None:
    """Say who the unknown people of a file are."""
    require(person, "customers.import")
    unentered(run)
    run.people = {**run.people, **told}
    run.save(update_fields=["people"])


def waivable(run: Run) -> list[str]:
    """What the profile requires and no column of the file holds."""
    targets = {target for mapping in run.mapping.values() for target in mapping}
    return [
        name for name in required(profile(run), "ENTERPRISE") if name not in targets and not name.startswith(CONTACT)
    ]


def declare_lawful(run: Run, person: Person) -> None:
    """The person says that the data were come by lawfully. Without that nothing is entered."""
    run.declared_at = now()
    run.save(update_fields=["declared_at"])
