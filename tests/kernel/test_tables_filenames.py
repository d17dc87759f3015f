import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keji.kernel.filenames import disk_name, disposition, safe_name

NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "客户\r\nSet-Cookie: a=b.xlsx": "客户Set-Cookie a=b.xlsx",
    'a"; filename="b.exe': "a filename=b.exe",
    "\u202exslx.exe": "xslx.exe",
    "a\0b.csv": "ab.csv",
    "😀.xlsx": "😀.xlsx",
    "CON.txt": "_CON.txt",
    "nul": "_nul",
    "  .. ": "download",
    "": "download",
    "\ud800": "download",
}


@pytest.mark.attack("B-30")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_dangerous_is_left_in_a_name(name):
    assert safe_name(name) == NAMES[name]


@pytest.mark.attack("B-30")
def test_a_name_of_four_kilobytes_keeps_its_ending():
    name = safe_name("长" * 1400 + ".xlsx")

    assert len(name.encode()) <= 150 and name.endswith("长.xlsx")


@pytest.mark.attack("B-30")
@given(st.text() | st.sampled_from(list(NAMES)))
def test_the_header_is_one_line_that_a_browser_takes_apart_again(name):
    header = disposition(name)

    shape = r"attachment; filename=\"[A-Za-z0-9._ ()+-]+\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)"
    match = re.fullmatch(shape, header)
    assert match and unquote(match[1]) == safe_name(name)
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"


def test_inline_is_asked_for_by_name():
    assert disposition("a.pdf", inline=True) == "inline; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"


@pytest.mark.attack("B-30")
@given(st.text())
def test_names_on_disk_are_made_here(name):
    assert re.fullmatch(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?", disk_name(name))
    assert disk_name(name) != disk_name(name)


def test_a_harmless_ending_is_kept():
    assert disk_name("客户.XLSX").endswith(".xlsx")
