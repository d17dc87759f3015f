"""The shapes of R-09 and their relatives: each is refused in words, quickly, and the caller stays small."""

import io
import json
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from keji.kernel import tables
from keji.kernel.errors import Invalid

SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


def parts_of_a_workbook():
    book, kept = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "甲"
    book.save(kept)
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path, parts, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return path


def workbook(tmp_path, **changed):
    """A sound workbook with some parts put in other words."""
    parts = parts_of_a_workbook()
    parts.update({{"sheet": SHEET, "strings": "xl/sharedStrings.xml"}.get(k, k): v for k, v in changed.items()})
    return packed(tmp_path / "bomb.xlsx", parts.items())


# Building a bomb makes this process large, and Linux adds that to the ru_maxrss of what it starts. So a small process
# does the reading; its own peak comes from VmHWM, which begins anew with a program, and its children add only that.
CALLER = """
import json, re, resource, sys
sys.path.insert(0, sys.argv[1])
from django.conf import settings
settings.configure(USE_I18N=False)
from keji.kernel import tables
from keji.kernel.errors import Invalid
for line in sys.stdin:
    path, options = json.loads(line)
    try:
        outcome = sum(1 for row in tables.read_file(path, limits=tables.Limits(**options)).rows())
    except Invalid as refused:
        outcome = refused.code
    own = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
    print(json.dumps([outcome, [int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]]), flush=True)
"""


@pytest.fixture(scope="module")
def read():
    """Reads a file and says how many rows or which refusal; in ten seconds, caller and child within 400 MB each."""
    root = str(Path(tables.__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", CALLER, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as caller:

        def read(path, **options):
            began = time.monotonic()
            caller.stdin.write(json.dumps([str(path), options]) + "\n")
            caller.stdin.flush()
            outcome, peaks = json.loads(caller.stdout.readline())
            assert time.monotonic() - began < 10
            assert max(peaks) < 400_000, peaks
            return outcome

        yield read
        caller.stdin.close()


def row(number, text):
    return f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'


pytestmark = [pytest.mark.attack("B-44")]


def test_one_cell_of_190_million_characters(read, tmp_path):
    sheet = HEAD + row(1, "甲" * 10 + "A" * 190_000_000) + TAIL

    assert read(workbook(tmp_path, sheet=sheet)) == "E_FILE_SUSPECT"


def test_one_cell_too_long_that_does_not_compress(tmp_path):
    text = "".join(f"{n * 2654435761 % 2**32:08x}" for n in range(5000))

    with pytest.raises(Invalid) as refused:
        list(tables.rows(workbook(tmp_path, sheet=HEAD + row(1, text) + TAIL)))
    assert refused.value.code == "E_FILE_CELL"
    assert refused.value.message.startswith("第 1 行")


def test_a_million_rows_without_numbers(read, tmp_path):
    sheet = HEAD + "<row><c><v>1</v></c></row>" * 1_000_000 + TAIL

    assert read(workbook(tmp_path, sheet=sheet)) == "E_FILE_SUSPECT"
    assert read(workbook(tmp_path, sheet=sheet), ratio=2000) == "E_FILE_ROWS"


def test_two_hundred_thousand_shared_strings_are_simply_read(read, tmp_path):
    items = "".join(f"<si><t>公司{n * 7919 % 1_000_003}</t></si>" for n in range(200_000))
    strings = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>'
    sheet = HEAD + '<row r="1"><c r="A1" t="s"><v>199999</v></c></row>' + TAIL

    assert read(workbook(tmp_path, sheet=sheet, strings=strings)) == 1


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("XFD1048576", "E_FILE_TOO_LARGE"),
        ("A1048576", "E_FILE_ROWS"),
        ("XFD1", "E_FILE_COLUMNS"),
        ("GS1", "E_FILE_COLUMNS"),
        ("GR1", 1),
        ("A200001", "E_FILE_ROWS"),
        ("A200000", 200_000),
        ("GR200000", "E_FILE_TOO_LARGE"),
        ("ZZZZZ9999999999", "E_FILE_TOO_LARGE"),
    ],
)
def test_two_cells_far_apart(read, tmp_path, last, outcome):
    number = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{number}"><c r="{last}"><v>2</v></c></row>'
    sheet = HEAD + ('<row r="1"><c r="A1"><v>1</v></c></row>' if number != "1" else "") + far + TAIL

    assert read(workbook(tmp_path, sheet=sheet)) == outcome


def test_the_largest_sheet_that_memory_holds_keeps_the_child_small(read, tmp_path):
    sheet = HEAD + '<row r="1"><c r="A1"><v>1</v></c></row><row r="{0}"><c r="CV{0}"><v>2</v></c></row>' + TAIL

    assert read(workbook(tmp_path, sheet=sheet.format(108_000))) == 108_000
    assert read(workbook(tmp_path, sheet=sheet.format(150_000))) == "E_FILE_TOO_LARGE"


@pytest.mark.attack("B-45")
@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file://{canary}">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!doctype a>",
        " " * 262_100 + '<!DOCTYPE a [<!ENTITY x "ha">]>',
    ],
)
@pytest.mark.parametrize("part", ["sheet", "strings", "xl/styles.xml", "docProps/core.xml"])
def test_document_types_and_entities(read, tmp_path, declaration, part):
    canary = tmp_path / "canary"
    canary.write_text("canary")
    text = '<?xml version="1.0"?>' + declaration.replace("{canary}", str(canary)) + HEAD + row(1, "&x;") + TAIL

    assert read(workbook(tmp_path, **{part: text})) == "E_FILE_SUSPECT"


@pytest.mark.attack("B-45")
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_an_entity_in_another_encoding(read, tmp_path, encoding):
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "ha">]>' + HEAD + row(1, "&x;") + TAIL

    assert read(workbook(tmp_path, sheet=text.encode(encoding))) == "E_FILE_SUSPECT"


@pytest.mark.attack("B-46")
@pytest.mark.parametrize(
    "name",
    [
        "../evil.xml",
        "/etc/evil",
        "a/../../evil",
        "..\\evil",
        "C:\\evil",
        "xl/WORKBOOK.xml",
        "xl/workbook.xml",
        "a\x00b",
    ],
)
def test_names_that_lead_elsewhere_or_twice_to_one_place(read, tmp_path, name):
    with pytest.warns(UserWarning) if name == "xl/workbook.xml" else pytest.MonkeyPatch.context():
        path = packed(tmp_path / "slip.xlsx", [*parts_of_a_workbook().items(), (name.replace("\x00", "~"), b"x")])
    path.write_bytes(path.read_bytes().replace(b"a~b", b"a\x00b"))

    assert read(path) == "E_FILE_SUSPECT"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.attack("B-46")
def test_a_link_inside(read, tmp_path):
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16

    assert (
        read(packed(tmp_path / "link.xlsx", [*parts_of_a_workbook().items(), (link, "/etc/passwd")]))
        == "E_FILE_SUSPECT"
    )


def test_too_many_parts(read, tmp_path):
    parts = [(f"xl/media/{n}.bin", b"x") for n in range(1001)]
    many = [(f"m/{n}", b"") for n in range(100_000)]

    assert read(packed(tmp_path / "a.xlsx", [*parts_of_a_workbook().items(), *parts])) == "E_FILE_SUSPECT"
    assert read(packed(tmp_path / "b.xlsx", [*parts_of_a_workbook().items(), *many])) == "E_FILE_SUSPECT"


def test_a_zip_within_a_zip(read, tmp_path):
    inner = packed(tmp_path / "inner.zip", [("zeros", b"\0" * 30_000_000)]).read_bytes()
    parts = [*parts_of_a_workbook().items(), ("xl/embeddings/inner.zip", inner)]

    assert read(packed(tmp_path / "a.xlsx", parts)) == 1
    assert read(packed(tmp_path / "b.xlsx", [("inner.zip", inner)])) == "E_FILE_KIND"


def test_a_part_that_claims_to_be_small(read, tmp_path):
    path = workbook(tmp_path, **{"xl/media/a.bin": b"\0" * 50_000_000})
    raw = bytearray(path.read_bytes())
    size, lie = (50_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    path.write_bytes(raw.replace(size, lie))

    assert read(path) == "E_FILE_SUSPECT"


def test_parts_that_lie_on_top_of_each_other_count_each_time(read, tmp_path):
    block = bytes(n * 7919 % 251 for n in range(3_000)) * 1000
    one = zlib.compressobj(1, wbits=-15)
    raw = one.compress(block) + one.flush()
    path = packed(tmp_path / "a.xlsx", parts_of_a_workbook().items())
    overlapped(path, raw, block, 90)

    assert read(path, ratio=10_000) == "E_FILE_TOO_LARGE"


def overlapped(path, raw, block, count):
    with zipfile.ZipFile(path, "a") as archive:
        start = archive.start_dir
        archive.fp.seek(start)
        entries = []
        for number in range(count):
            info = zipfile.ZipInfo(f"m/{number:03}")
            info.compress_type, info.file_size, info.compress_size = zipfile.ZIP_DEFLATED, len(block), len(raw)
            info.CRC, info.header_offset = zlib.crc32(block), start
            entries.append(info)
        archive.fp.write(entries[0].FileHeader() + raw)
        archive.start_dir = archive.fp.tell()
        archive.filelist.extend(entries)
        archive._didModify = True


def test_a_million_styles(read, tmp_path):
    formats = "".join(f'<xf numFmtId="{n % 400}" fontId="0"/>' for n in range(1_000_000))
    styles = f'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>{formats}</cellXfs></styleSheet>'

    assert read(workbook(tmp_path, **{"xl/styles.xml": styles})) in (1, "E_FILE_SUSPECT")


def test_a_million_merged_cells(read, tmp_path):
    merged = "".join(f'<mergeCell ref="A{n}:B{n + 1}"/>' for n in range(1, 1_000_000, 2))
    sheet = HEAD + row(1, "甲") + "</sheetData><mergeCells>" + merged + "</mergeCells></worksheet>"

    assert read(workbook(tmp_path, sheet=sheet)) == "E_FILE_TOO_LARGE"


def test_merged_cells_that_all_cover_each_other(read, tmp_path):
    merged = "".join(f'<mergeCell ref="A{n}:GR200000"/>' for n in range(1, 50_000))
    body = "".join(row(n, "甲") for n in range(1, 20_000))
    sheet = HEAD + body + "</sheetData><mergeCells>" + merged + "</mergeCells></worksheet>"

    assert read(workbook(tmp_path, sheet=sheet)) == 19_999


def test_error_cells_without_end(read, tmp_path):
    wide = HEAD + '<row r="1">' + '<c t="e" r="A1"><f>' * 500_000 + TAIL

    assert read(workbook(tmp_path, sheet=wide), ratio=2000) in (0, 1, "E_FILE_BROKEN")


def test_other_spreadsheet_formats_are_named(tmp_path):
    ods = packed(
        tmp_path / "a.ods", [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<a/>")]
    )
    xlsb = packed(tmp_path / "a.xlsb", [("xl/workbook.bin", b"x")])

    for path in (ods, xlsb):
        with pytest.raises(Invalid, match="xlsb"):
            tables.read_file(path)
