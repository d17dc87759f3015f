import datetime
import io
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keji.kernel import tables
from keji.kernel.errors import Invalid
from keji.kernel.tables import writing

LIVE = [
    "=1+1",
    "{=1+1}",
    "+86",
    "-5",
    "@SUM(A1)",
    "\tx",
    "＝1",
    "http://a.example/",
    "mailto:a@b.c",
    "internal:A1",
    "'=1",
]
KINDS = ["text", "whole", "number", "money", "date"]
ENGINES = {"quick": tables.write_xlsx, "complete": lambda path, sheets: complete(path, sheets)}


def complete(path, sheets):
    named = zip(writing.sheet_names([sheet.name for sheet in sheets]), sheets, strict=True)
    writing.write_anything(str(path), [(name, sheet, writing.written(sheet)) for name, sheet in named])


@pytest.fixture(params=ENGINES)
def write(request):
    return ENGINES[request.param]


@pytest.mark.attack("B-31")
def test_no_text_becomes_a_formula_or_a_link(write, tmp_path):
    path = tmp_path / "a.xlsx"
    write(path, [tables.Sheet("=1+1", LIVE, ["text"] * len(LIVE), [LIVE])])

    assert list(tables.rows(path)) == [LIVE, LIVE]
    with zipfile.ZipFile(path) as archive:
        written = {name: archive.read(name) for name in archive.namelist()}
    sheet = written["xl/worksheets/sheet1.xml"]
    assert (b"<f" in sheet, b"hyperlink" in sheet, b'<c r="A2"' in sheet) == (False, False, True)
    assert [name for name in written if "rels" in name and b"External" in written[name]] == []
    assert {cell.data_type for row in openpyxl.load_workbook(path).active for cell in row} == {"s"}


def test_values_keep_their_kind_and_their_format(write, tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [["13800000000", 3, 1.25, Decimal("10.50"), datetime.date(2024, 1, 2)], [None] * 5]
    write(path, [tables.Sheet("客户", ["电话", "数", "比", "额", "日"], KINDS, rows)])
    page = openpyxl.load_workbook(path).active

    assert [cell.value for cell in page[2]] == ["13800000000", 3, 1.25, 10.5, datetime.datetime(2024, 1, 2)]
    assert [cell.number_format for cell in page[2]] == ["@", "0", "General", "0.00", "yyyy-mm-dd"]
    assert (page.freeze_panes, page["A1"].font.b, page["A2"].font.b) == ("A2", True, False)
    assert page.column_dimensions["A"].width > 10


def test_what_excel_would_round_or_refuse_is_written_as_text(write, tmp_path):
    path = tmp_path / "a.xlsx"
    odd = [
        320106199001011234,
        float("inf"),
        Decimal("12345678901234.56"),
        datetime.date(1890, 1, 1),
        "1***",
        "𬭚\ud800\0",
    ]
    write(path, [tables.Sheet("客户", list("abcdef"), ["whole", "number", "money", "date", "money", "text"], [odd])])

    assert list(tables.rows(path))[1] == [
        "320106199001011234", "inf", "12345678901234.56", "1890-01-01", "1***", "𬭚\ufffd\ufffd"
    ]  # fmt: skip


def test_numbers_in_a_text_column_become_text(write, tmp_path):
    path = tmp_path / "a.xlsx"
    write(path, [tables.Sheet("客户", ["a", "b"], ["text", "text"], [[13800000000, Decimal("1.50")]])])

    assert list(tables.rows(path))[1] == ["13800000000", "1.50"]


def test_too_long_a_text_is_cut_visibly_and_short_rows_are_filled(write, tmp_path):
    path = tmp_path / "a.xlsx"
    write(path, [tables.Sheet("客户", ["a", "b"], ["text", "text"], [["长" * 40_000], ["x", "y", "z"]])])

    rows = list(tables.rows(path))
    assert (len(rows[1][0]), rows[1][0][-2:], rows[1][1], rows[2]) == (32_767, "长…", None, ["x", "y"])


def test_several_sheets_empty_ones_and_titles_twice(tmp_path):
    path = tmp_path / "a.xlsx"
    tables.write_xlsx(
        path,
        [
            tables.Sheet("客户", ["名", "名"], ["text", "text"], [["甲", "乙"]]),
            tables.Sheet("客户", ["名"], ["text"], []),
            tables.Sheet("a/b:c*[d]?" + "长" * 40, ["名"], ["text"], [["丙"]]),
        ],
    )
    book = tables.read_file(path)

    assert [sheet.name for sheet in book.sheets] == ["客户", "客户 (2)", "a_b_c__d__" + "长" * 21]
    assert [list(book.rows(n)) for n in range(3)] == [[["名", "名"], ["甲", "乙"]], [["名"]], [["名"], ["丙"]]]


@pytest.mark.attack("B-31")
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_sheet_names_become_legal_ones(names):
    legal = writing.sheet_names(names)

    assert len({name.lower() for name in legal}) == len(names)
    for name in legal:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not set(name) & set("[]:*?/\\") and name[0] != "'" and name[-1] != "'" and name.lower() != "history"


def test_texts_come_back_the_same(tmp_path):
    path = tmp_path / "a.xlsx"
    sane = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)

    @settings(max_examples=20)
    @given(st.lists(st.lists(sane | st.sampled_from(LIVE), min_size=2, max_size=2), min_size=1, max_size=6))
    def back_and_forth(rows):
        tables.write_xlsx(path, [tables.Sheet("客户", ["a", "b"], ["text", "text"], rows)])
        read = [(row + [None] * 2)[:2] for row in tables.rows(path)]
        filled = [[cell or None for cell in row] for row in rows]
        while filled and filled[-1] == [None, None]:
            filled.pop()
        assert read == [["a", "b"], *filled]

    back_and_forth()


def test_a_failing_source_of_rows_is_not_mistaken_for_its_end(tmp_path):
    def rows():
        yield ["甲"]
        raise LookupError("database gone")

    with pytest.raises(LookupError):
        tables.write_xlsx(tmp_path / "a.xlsx", [tables.Sheet("客户", ["a"], ["text"], rows())])


def test_more_rows_than_excel_takes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MOST_ROWS", 3)

    with pytest.raises(Invalid) as refused:
        tables.write_xlsx(tmp_path / "a.xlsx", [tables.Sheet("客户", ["a"], ["text"], [["x"]] * 4)])
    assert refused.value.code == "E_EXPORT_ROWS"


def test_a_file_in_memory_will_do():
    kept = io.BytesIO()
    tables.write_xlsx(kept, [tables.Sheet("客户", ["a"], ["text"], [["x"]])])

    assert openpyxl.load_workbook(kept).active["A2"].value == "x"


def test_rows_are_streamed_in_little_memory(tmp_path):
    program = """
import re, sys
sys.path.insert(0, sys.argv[1])
from django.conf import settings
settings.configure(USE_I18N=False)
from keji.kernel import tables
tables.write_xlsx(sys.argv[2], [tables.Sheet("a", list("abcd"), ["text"] * 4, (["甲" * 20 + str(n)] * 4 for n in range(60_000)))])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""
    root = str(Path(tables.__file__).parents[3])
    said = subprocess.run(
        [sys.executable, "-c", program, root, str(tmp_path / "a.xlsx")], capture_output=True, text=True, check=True
    )

    # VmHWM, because ru_maxrss of a new program begins with the peak of the one that started it. Measured: 43 MB.
    assert int(said.stdout) < 100_000


@pytest.mark.req("R-004-48")
def test_a_locked_workbook_replaces_the_open_one_only_when_it_opens_again(tmp_path, monkeypatch):
    from keji.kernel.tables import locking

    path = tmp_path / "a.xlsx"
    tables.write_xlsx(path, [tables.Sheet("客户", ["a"], ["text"], [["x"]])])
    before = path.read_bytes()
    monkeypatch.setattr(locking, "decrypted", lambda locked, password: b"other")

    with pytest.raises(OSError, match="does not open"):
        tables.encrypt_xlsx(path, "geheim")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
    with pytest.raises(ValueError, match="password"):
        tables.encrypt_xlsx(path, "")
