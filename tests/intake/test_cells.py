"""Malformed cells of all kinds (R-09): none crashes, each is told with its row and its column, none is entered."""

import random

import pytest

from keji.customers.models import Contact, Customer
from keji.demo.invented import SURNAMES
from keji.intake.models import Run
from keji.intake.rules import checking, entering, reading, results, staging
from keji.kernel import tables

KINDS = {  # target → cells that cannot be meant
    "name": ["星海#科技", "<b>公司</b>", "@", "。" * 4, "长" * 101, "1"],
    "uscc": ["91320594MA1ABCD2XX", "123", "九一三二", "9" * 40, 1.5, True, "=1+1", "#N/A"],
    "industry_code": ["其它", "Z99", "x" * 400, -1, True],
    "employee_count": ["一百", "-5", "1e400", "9" * 40, 2.5, "12,34", "３０人左右", "#REF!", "²"],
    "grade": ["特级", "A+", 0, "甲" * 50],
    "lead_source": ["不知道", 7, False],
    "contract_amount": ["一万", "-1", "1.2.3", "人民币", "=SUM(A1)", "¥", "9" * 60],
    "first_contact_date": ["2023-02-30", "2999-01-01", "0000-00-00", "昨晚八点左右", "13/13/13", 10**12, "٣"],
    "contact_address": ["路" * 201],
    "contact.name": ["李#梅", "李", "长" * 51, "🙂"],
    "contact.mobile": ["123", "12345678901", "138-0013-800", "1380013800x", 1.38e9, "１３８", "=13800138000"],
    "contact.email": ["a@", "@b.cn", "a b@c.cn", "a@b", "x" * 260 + "@a.cn"],
    "contact.decision_role": ["老板的老板", 3],
    "contact.qq": ["12", "abc", "9" * 20],
}
TARGETS = ["name", *(target for target in KINDS if target != "name")]


def good(number: int) -> dict[str, object]:
    """A row that may go in, unlike the others; two surnames together may be a city (吕梁), so none stands first."""
    signs = "".join(SURNAMES[number // 90**place % 90] for place in (2, 1, 0))
    return {"name": f"星{signs}测绘有限公司", "contact.name": "李梅", "contact.mobile": f"138{number % 10**8:08d}"}


def prove(person, folder, count: int, seed: int) -> dict[str, int]:
    """So many malformed cells, up to three in a row, through stage, check, enter and the error file. Returns counts.

    Each seed has names of its own for up to 30,000 rows, so that several fill one installation.
    """
    chance, cells, rows, wrong = random.Random(seed), 0, [], {}
    names = seed * 30_000
    while cells < count:
        row = good(names + len(rows))
        for target in chance.sample(TARGETS, chance.randint(1, 3)):
            row[target] = chance.choice(KINDS[target])
            wrong.setdefault(len(rows) + 2, set()).add(target)
            cells += 1
        rows.append([row.get(target) for target in TARGETS])
        if chance.random() < 0.1:
            fine = good(names + len(rows))
            rows.append([fine.get(target) for target in TARGETS])
    titles = ["客户名称", "联系人姓名", *(f"列{number}" for number in range(len(TARGETS) - 2))]
    tables.write_xlsx(folder / "坏.xlsx", [tables.Sheet("客户", titles, ["number"] * len(TARGETS), rows)])
    before = Customer.objects.count()
    run = staging.stage(person, folder / "坏.xlsx", "坏.xlsx", limits=tables.OPERATOR_LIMITS)
    staging.set_mapping(person, run, {"0": TARGETS}, {})
    checking.declare_lawful(run, person)
    checking.check(run, person)
    untold = list(told(run, wrong))
    result = entering.enter(run, person)
    results.error_file(run, folder / "未导入.xlsx")
    left = sum(1 for _row in tables.rows(folder / "未导入.xlsx", limits=tables.OPERATOR_LIMITS)) - 1
    assert untold == [], sorted({str(one[1:]) for one in untold})
    assert Customer.objects.count() - before == result["created"] == len(rows) - len(wrong)
    assert left == len(wrong)
    return {"cells": cells, "rows": len(rows), "entered": result["created"], "untold": len(untold)}


def told(run: Run, wrong: dict[int, set[str]]):
    """The malformed cells that nothing was said about at their row and column."""
    for number, cells, problems in run.lines.values_list("number", "cells", "problems"):
        found = {problem[0] for problem in problems if not problem[4]}
        for target in wrong.get(number, set()) - found:
            yield number, target, cells[TARGETS.index(target)]


@pytest.mark.parametrize("seed", [1, 2])
def test_each_malformed_cell_is_told_with_row_and_column_and_nothing_crashes(cast, files, tmp_path, seed):
    counts = prove(cast.wang, tmp_path, 600, seed)

    assert (counts["untold"], counts["cells"] >= 600, counts["entered"] > 10) == (0, True, True)
    assert not Contact.objects.filter(name__in=["李", "🙂"]).exists()


GOOD = ["星海智能有限公司", "纺织服装", "50", "A", "1,200.50", "2023年10月15日", "李梅", "13800138000", "mei@xinghai.cn", " ", "江苏省苏州市"]


def test_the_short_way_of_a_cell_says_what_the_long_way_says(cast):
    run = Run(person=cast.wang, sheets=[{}], mapping={"0": [*TARGETS, "remark", "contact_region", "contact.title"]})
    reader = reading.Reader(run, cast.wang)
    short = [one for one in reader.sheets[0] if one.kind is not None]
    cells = [*GOOD, *(cell for wrong in KINDS.values() for cell in wrong)]

    brief = [[said(reader, one, cell) for cell in cells] for one in short]
    for one in short:
        one.kind = None

    assert brief == [[said(reader, one, cell) for cell in cells] for one in short]
    assert len(short) >= len(TARGETS)


def said(reader, one, cell):
    value, problems = reader.cell(one, cell)
    return value, list(problems)


def test_a_column_of_ever_new_cells_is_not_remembered_and_read_all_the_same(cast):
    run = Run(person=cast.wang, sheets=[{}], mapping={"0": ["name", "grade"]})
    reader = reading.Reader(run, cast.wang)
    names = [f"星海{number}号有限公司" for number in range(reading.TRIED + 20)]
    rows = [reading.Row(number, 0, number, [name, "AB"[number % 2]], False, "NEW", "") for number, name in enumerate(names)]

    told = [reader.row(row).customer for row in rows]

    assert told == [{"name": name, "grade": "AB"[number % 2]} for number, name in enumerate(names)]
    assert [(one.name, len(one.known), one.remembers) for one in reader.sheets[0]] == [
        ("name", 0, False),
        ("grade", 2, True),
    ]
