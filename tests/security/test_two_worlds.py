"""Non-interference: in two worlds that differ only in what a person may not read, that person reads the same."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from scramble import scramble
from world import World, addresses, normal, records, routes, sheets, texts

from keji.access.house import fresh
from keji.access.models import Person
from keji.access.scope import may

DEEP = bool(os.environ.get("KEJI_HYPOTHESIS"))

pytestmark = [pytest.mark.django_db, pytest.mark.attack("B-16"), pytest.mark.attack("B-23")]
ROLES = (
    "sales_rep",
    "sales_manager",
    "dept_head",
    "data_steward",
    "cs_agent",
    "finance",
    "marketing",
    "sys_admin",
    "auditor",
    "lead",
    "odd",
    "reader",
)
SHORT = 10  # questions a role in the short form; KEJI_HYPOTHESIS=1 asks all


def questions(record: str, sheet: Any, secrets: list[dict[str, str]], prefix: str = "") -> list[str]:
    """Every column × every way to ask a list about it, with stored values and with others."""
    found = []
    for column in sheet.columns:
        values = [told[column.name] for told in secrets if column.name in told][:3]
        values += [choice.code for choice in column.kind.choices()[:2]] + ["1", "2024-01-02"]
        for value in values:
            name = prefix + column.name
            found += [{name: value}, {f"{name}__from": value}, {f"{name}__to": value}, {f"{name}__not": value}]
        found += [{"sort": column.name}, {"sort": f"-{column.name}"}, {f"{column.name}__startswith": values[0][:3]}]
    for told in secrets:
        for text in told.values():
            found += [{"q": text}, {"q": text[-4:]}, {"q": text[:7]}]
    return [f"/{record}/?{urlencode(one)}" for one in found]


def probes(world: World) -> list[str]:
    """What to ask: lists narrowed and ordered in every way, the palette, and every page there is."""
    found: list[str] = []
    for sheet in sheets():
        known = [texts(sheet, record) for record in records(sheet)]
        secrets = [{name: full for name, (full, _hidden) in told.items()} for told in known]
        found += questions(sheet.model.RECORD, sheet, secrets)
        found += [path for one in sheets() if sheet in one.beside for path in beside(one, sheet, secrets)]
        found += [f"/search/?q={quote(text)}" for told in secrets for text in told.values()]
    return found


def beside(sheet: Any, other: Any, secrets: list[dict[str, str]]) -> list[str]:
    """A list narrowed by records beside its own, and how what is left is spread."""
    found = questions(sheet.model.RECORD, other, secrets, f"{other.model.RECORD}.")
    spread = [path.replace("/?", "/spread/?", 1) for path in found if "sort=" not in path]
    return found + [f"{path}&by={by}" for path, by in zip(spread, ("tags", "grade", "owner") * len(spread), strict=False)]


def pages(world: World) -> list[str]:
    opened = [route for route, view in routes() if "GET" in view.methods and not route.startswith(("accounts/", "api/"))]
    return [address for route in opened for address in addresses(world, route) if "twins" not in address]


def some(all_of_them: list[str], place: int, most: int) -> list[str]:
    """A different part for each role, the same at each run."""
    step = max(1, len(all_of_them) // most)
    return all_of_them if DEEP else all_of_them[place % step :: step][:most]


def seen(world: World, who: str, paths: list[str], tmp_path: Path) -> dict[str, Any]:
    client, found = world.client(who), {}
    for path in paths:
        found[path] = normal(client.get(path))
    return found


def both_worlds(world: World, who: str, look: Any) -> tuple[Any, Any, int]:
    """What is seen in this world and in the other one; afterwards all is as it was."""
    with transaction.atomic():
        first = look()
        transaction.set_rollback(True)
    fresh()
    with transaction.atomic():
        count = scramble(world, world.people[who])
        fresh()
        second = look()
        transaction.set_rollback(True)
    fresh()
    return first, second, count


def differences(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {path: (told, second[path]) for path, told in first.items() if told != second[path]}


@pytest.mark.parametrize("who", ROLES)
def test_a_person_learns_nothing_from_lists_searches_and_pages(world, tmp_path, who):
    paths = some(probes(world), ROLES.index(who), SHORT) + some(pages(world), ROLES.index(who) * 3, SHORT)
    first, second, count = both_worlds(world, who, lambda: seen(world, who, paths, tmp_path))

    assert count > 10 or who == "sales_manager"
    assert differences(first, second) == {}
    assert {status for status, _headers, _body in first.values()} <= {200, 302, 400, 403, 404, 405}


def test_the_other_world_is_another_one_for_those_who_may_read_it(world, tmp_path):
    """The method finds leaks: the manager, who reads all, sees that the world of the agent changed."""
    paths = [f"/customers/{world.ids['customers'][0]}/", "/contacts/"]
    _first, second, _count = both_worlds(world, "cs_agent", lambda: seen(world, "sales_manager", paths, tmp_path))

    assert differences(_first, second).keys() == set(paths)


@pytest.mark.parametrize("who", [who for who in ROLES if who in ("sales_manager", "data_steward", "odd")])
@pytest.mark.parametrize("form", ["xlsx", "csv", "workbook"])
@pytest.mark.attack("B-17")
def test_a_person_learns_nothing_from_an_export(world, disk, who, form):
    from keji.intake.rules.numbers import installation

    installation()  # drawn once, by chance

    def export() -> dict[str, Any]:
        client = world.client(who)
        address = "/exports/workbook/" if form == "workbook" else "/customers/export/"
        client.post(address, {"query": "", "why": "核对", "format": form})
        newest = last_export(world.people[who])
        return {"file": normal(client.get(f"/exports/{newest}/"))[::2]}

    first, second, _count = both_worlds(world, who, export)
    assert first["file"][0] == 200
    assert len(first["file"][1]) > 1000
    assert first == second


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.attack("B-17")
def test_a_person_learns_nothing_from_a_printed_form(world, who):
    def printed() -> dict[str, Any]:
        client = world.client(who)
        return {
            str(pk): normal(client.post(f"/customers/{pk}/card/", {"format": "xlsx"}))[::2]
            for pk in world.ids["customers"]
        }

    first, second, _count = both_worlds(world, who, printed)
    assert {status for status, _told in first.values()} <= {200, 403, 404}
    assert first == second


def last_export(person: Person) -> int:
    from keji.records.models import Export

    return Export.objects.filter(person=person).latest("pk").pk


@pytest.mark.parametrize("who", ["marketing", "data_steward", "odd", "sales_rep"])
@pytest.mark.attack("B-20")
def test_a_person_learns_nothing_from_the_check_of_an_import(world, disk, tmp_path, who):
    """Rows that hit stored customers by their number, with hidden values beside: the findings are the same.

    That a number is used is told, since no number is given twice (threat model); so none is asked that one world lacks.
    """
    file = tmp_path / "probe.csv"
    rows = ["客户编号,客户名称,备注,手机,合同金额", "C001,,改一下,13700010001,1", "C003,,改一下,,2", "C901,,x,,3"]
    file.write_text("\n".join(rows), "utf-8")

    def check() -> Any:
        from keji.intake.models import Line
        from keji.intake.rules import checking, staging

        person = world.people[who]
        run = staging.stage(person, file, file.name)
        staging.set_mapping(person, run, {"0": ["customer_no", "name", "remark", "mobile", "contract_amount"]}, {})
        checking.check(run, person)
        page = normal(world.client(who).get(f"/imports/{run.pk}/check/?show=all"))
        return {"page": (page[0], page[2].replace(f"/{run.pk}/", "/#/")), "acts": list(Line.objects.values_list("act"))}

    assert may(world.people[who], "customers.import")
    first, second, _count = both_worlds(world, who, check)
    assert first["page"][0] == 200
    assert first == second
