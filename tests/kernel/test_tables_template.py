import openpyxl
import pytest

from keji.kernel import addresses, tables
from keji.kernel.tables import template

COLUMNS = [
    tables.TemplateColumn("客户编号", "text", "系统给的编号", locked=True, example="C001"),
    tables.TemplateColumn("客户名称", "text", "营业执照上的全称", required=True, example="示例有限公司"),
    tables.TemplateColumn("行业", "text", "国标行业", choices=[f"行业{n:03}（很长的名字）" for n in range(120)]),
    tables.TemplateColumn("等级", "text", "客户等级", choices=["=A", "B", "C"]),
    tables.TemplateColumn("手机", "phone", "11 位", example="13800000000"),
    tables.TemplateColumn("省", "text", "", region_level="province"),
    tables.TemplateColumn("市", "text", "", region_level="city"),
    tables.TemplateColumn("区", "text", "", region_level="district"),
    tables.TemplateColumn("首次合作", "date", "日期"),
    tables.TemplateColumn("金额", "money", "元"),
    tables.TemplateColumn("证件号", "id", "18 位"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "a.xlsx"
    samples = [["C001", "甲公司", "行业001", "B", "13800000000", "江苏省", "苏州市", "虎丘区"]]
    tables.write_template(path, COLUMNS, title="客户", regions=addresses.REGIONS, samples=samples)
    return path


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


def rules(book):
    return {str(rule.sqref): rule for rule in book["客户"].data_validations.dataValidation}


def in_range(book, reference):
    sheet, cells = reference.lstrip("=").replace("'", "").replace("$", "").split("!")
    return [row[0].value for row in book[sheet][cells]]


@pytest.mark.req("R-000-10")
def test_the_sheets_and_titles(book):
    assert [(page.title, page.sheet_state) for page in book] == [
        ("客户", "visible"), ("填写说明", "visible"), ("选项", "hidden"), ("地区", "hidden")
    ]  # fmt: skip
    titles = [cell.value for cell in book["客户"][1]][: len(COLUMNS)]
    assert titles[:3] == ["客户编号", "客户名称*", "行业"]
    assert [tables.bare_title(title) for title in titles] == [column.title for column in COLUMNS]
    assert book["客户"].freeze_panes == "A2"


@pytest.mark.req("R-000-57")
def test_every_title_carries_its_help_as_a_note(book):
    notes = [cell.comment.text for cell in book["客户"][1][: len(COLUMNS)]]

    assert notes[1] == "必填\n营业执照上的全称\n例：示例有限公司"
    assert notes[0].startswith("由系统编号")


def test_lists_longer_than_a_rule_can_hold_are_offered_whole(book):
    assert in_range(book, rules(book)["C2:C2001"].formula1) == COLUMNS[2].choices
    assert in_range(book, rules(book)["D2:D2001"].formula1) == ["=A", "B", "C"]
    assert {cell.data_type for row in book["选项"] for cell in row} <= {"s", "n"}


def test_cities_depend_on_the_province_and_districts_on_both(book):
    found = rules(book)

    assert found["F2:F2001"].formula1 == "省"
    assert found["G2:G2001"].formula1 == 'INDIRECT("市_"&$F2)'
    assert found["H2:H2001"].formula1 == 'INDIRECT("区_"&$F2&"_"&$G2)'


def test_every_region_can_be_chosen_and_no_name_is_missing(book):
    ranges = {name: in_range(book, defined.attr_text) for name, defined in book.defined_names.items()}
    provinces = addresses.children("")

    assert ranges["省"] == [province.name for province in provinces]
    assert "虎丘区" in ranges["区_江苏省_苏州市"]
    assert ranges["区_北京市_市辖区"] != ranges["区_上海市_市辖区"]
    for province in provinces:
        cities = addresses.children(province.code)
        assert ranges.get(f"市_{province.name}", []) == [city.name for city in cities]
        for city in cities:
            below = [district.name for district in addresses.children(city.code)]
            assert ranges.get(f"区_{province.name}_{city.name}", []) == below


def test_only_the_number_column_is_locked(book):
    page = book["客户"]
    widths = page.column_dimensions

    assert page.protection.sheet and not page.protection.password
    assert (page["A1"].protection.locked, page["B1"].protection.locked) == (True, False)
    assert [widths[letter].protection.locked for letter in "ABK"] == [True, False, False]
    assert widths["L"].min == 12 and widths["L"].max == 16384 and not widths["L"].protection.locked


def test_phones_and_numbers_of_papers_are_text_to_the_last_row(book):
    page = book["客户"]

    assert [page.column_dimensions[letter].number_format for letter in "EKIJ"] == ["@", "@", "yyyy-mm-dd", "0.00"]
    assert (page["E2"].value, page["E2"].data_type, page["E2"].number_format) == ("13800000000", "s", "@")


def test_the_guide_explains_each_column(book):
    rows = [[cell.value for cell in row] for row in book["填写说明"]]

    assert rows[0] == ["列", "是否必填", "说明", "例", "可填的值"]
    assert rows[2] == ["客户名称", "必填", "营业执照上的全称", "示例有限公司", "文字"]
    assert rows[4][4] == "=A、B、C"
    assert len(rows) == len(COLUMNS) + 1


def test_the_reader_takes_the_template_that_it_gave(path):
    found = tables.read_file(path)

    assert [(sheet.name, sheet.hidden) for sheet in found.sheets] == [
        ("客户", False), ("填写说明", False), ("选项", True), ("地区", True)
    ]  # fmt: skip
    assert list(found.rows())[1][:5] == ["C001", "甲公司", "行业001", "B", "13800000000"]


def test_a_template_without_lists_regions_or_lock_is_plain(tmp_path):
    path = tmp_path / "a.xlsx"
    tables.write_template(path, [tables.TemplateColumn("名", "text", "x" * 400)])
    book = openpyxl.load_workbook(path)

    assert (book.sheetnames, book.active.protection.sheet) == (["客户", "填写说明"], False)


def test_a_city_column_needs_a_province_column_before_it(tmp_path):
    columns = [tables.TemplateColumn("市", "text", "", region_level="city")]

    with pytest.raises(ValueError, match="province"):
        tables.write_template(tmp_path / "a.xlsx", columns, regions=addresses.REGIONS)


def test_two_addresses_in_a_row_each_follow_their_own_province():
    levels = ["province", "city", "province", "city"]
    columns = [tables.TemplateColumn(f"{n}", "text", "", region_level=level) for n, level in enumerate(levels)]

    assert [template.place_source(columns[n], columns) for n in (1, 3)] == [
        '=INDIRECT("市_"&$A2)',
        '=INDIRECT("市_"&$C2)',
    ]
