import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keji.kernel import tables
from keji.kernel.errors import Invalid

LIVE = ["=1+1", "+86138", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0"]
CALM = ["", "甲", "1=1", "'", "'甲", " =1", "a@b.com", "''"]


def stored(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return path


def refusal(path):
    with pytest.raises(Invalid) as refused:
        list(tables.read_file(path).rows())
    return refused.value.code, refused.value.message


@pytest.mark.attack("B-31")
def test_live_texts_get_an_apostrophe_and_calm_ones_none():
    assert [tables.escape(text) for text in LIVE] == ["'" + text for text in LIVE]
    assert [tables.escape(text) for text in CALM] == CALM


@pytest.mark.attack("B-31")
@given(st.text() | st.sampled_from(LIVE + CALM).map(lambda text: "'" + text))
def test_taking_the_apostrophe_off_restores_every_text(text):
    assert tables.unescape(tables.escape(text)) == text
    assert not tables.escape(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


WRITABLE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=20
) | st.sampled_from(LIVE + CALM + ["a,b;c\td", '"', '"a', "两\n行", "一\r\n二", "'=1", "''=1"])


@pytest.mark.attack("B-31")
def test_what_was_written_comes_back_the_same(tmp_path):
    path = tmp_path / "a.csv"

    @given(st.lists(st.lists(WRITABLE, min_size=3, max_size=3), min_size=1, max_size=8))
    def back_and_forth(lines):
        tables.write_csv(path, lines)
        assert list(tables.rows(path)) == [[cell or None for cell in line] for line in lines]

    from hypothesis import settings

    settings(max_examples=15)(back_and_forth)()


def test_numbers_stay_numbers_and_texts_are_quoted(tmp_path):
    from datetime import date
    from decimal import Decimal

    kept = io.BytesIO()
    tables.write_csv(
        kept, [["电话", "额"], ["-5", -5], ["+86", Decimal("-1.50")], [date(2024, 1, 2), None], [True, 1.5]]
    )

    assert kept.getvalue() == codecs.BOM_UTF8 + (
        '"电话","额"\r\n"\'-5",-5\r\n"\'+86",-1.50\r\n"2024-01-02",""\r\n"True",1.5\r\n'.encode()
    )


def test_a_sheet_is_written_with_its_titles_in_any_encoding(tmp_path):
    path = tmp_path / "a.csv"
    tables.write_csv(path, tables.Sheet("客户", ["=名称"], ["text"], [["𬭚"], ["甲"]]), encoding="gb18030")

    assert tables.read_file(path).encoding == "gb18030"
    assert list(tables.rows(path)) == [["=名称"], ["𬭚"], ["甲"]]


@pytest.mark.attack("B-50")
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", pytest.param("utf-16-be-marked", id="utf-16 big end first")]
)
def test_encodings_are_found(tmp_path, encoding):
    text = "姓名,电话\r\n张三,13800000000\r\n" * 50
    content = codecs.BOM_UTF16_BE + text.encode("utf-16-be") if "marked" in encoding else text.encode(encoding)

    assert list(tables.rows(stored(tmp_path, content)))[:2] == [["姓名", "电话"], ["张三", "13800000000"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_although_others_occur_in_texts(tmp_path, delimiter):
    line = delimiter.join(["名称", '"甲,乙;丙;丁\t戊\n己,庚,辛"', "1"])

    assert (
        list(tables.rows(stored(tmp_path, f"{line}\n{line}\n".encode())))
        == [["名称", "甲,乙;丙;丁\t戊\n己,庚,辛", "1"]] * 2
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(tmp_path, end):
    assert list(tables.rows(stored(tmp_path, f"a,b{end}1,{end}{end}2,x".encode()))) == [
        ["a", "b"],
        ["1", None],
        [],
        ["2", "x"],
    ]


@pytest.mark.attack("B-50")
@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"a,b\n1,\0\n", "E_FILE_NUL", 2),
        ("姓名,\n张\0".encode("utf-16"), "E_FILE_NUL", 2),
        ("姓名\n".encode("utf-16-le") * 9, "E_FILE_NUL", 2),
        (("客户\n" * 50).encode() + b"\xff\nx\n", "E_FILE_ENCODING", 51),
        (codecs.BOM_UTF32_LE + "甲".encode("utf-32-le"), "E_FILE_ENCODING", 1),
        (("客户\n" * 50).encode() + "甲\n".encode() + b"\xed\xa0\x80", "E_FILE_ENCODING", 52),
        ("客户资料\n".encode("gb18030") * 3 + b"\x81\n", "E_FILE_ENCODING", 4),
        (codecs.BOM_UTF8 + b"a\n\xff\n", "E_FILE_ENCODING", 2),
        (b'a,b\n1,2\n3,"4\n5,6\n', "E_FILE_QUOTES", 3),
        (b'a,b\n"1"x,2\n', "E_FILE_QUOTES", 2),
        (b"a,b\n1," + b"x" * 10_000_000 + b"\n", "E_FILE_CELL", 2),
        (b'a,b\n1,"' + b"x\n" * 5_000_000, "E_FILE_CELL", 2),
        (b"a\n" + b"," * 16_383 + b"\n", "E_FILE_COLUMNS", None),
        (b"," * 15_000_000, "E_FILE_COLUMNS", None),
        (b"a\n" * 200_001, "E_FILE_ROWS", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_odd_files_are_refused_with_the_row(tmp_path, content, code, row):
    told, message = refusal(stored(tmp_path, content))

    assert told == code
    assert row is None or f"第 {row} 行" in message
