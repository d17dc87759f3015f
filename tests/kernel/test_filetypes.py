import io
import zipfile

import pytest
from PIL import Image

from keji.kernel.errors import Invalid
from keji.kernel.filetypes import filetype
from keji.kernel.pictures import preview


def package(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def picture(kind="PNG", size=(40, 30), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **options)
    return out.getvalue()


GOOD = {
    "营业执照.png": picture(),
    "名片.JPG": picture("JPEG"),
    "动图.gif": picture("GIF"),
    "图.webp": picture("WEBP"),
    "合同.pdf": b"%PDF-1.7 ...",
    "方案.docx": package("[Content_Types].xml", "word/document.xml"),
    "报价.xlsx": package("[Content_Types].xml", "xl/workbook.xml"),
    "发票.ofd": package("OFD.xml"),
    "资料.zip": package("a.txt"),
    "旧.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64,
    "加密.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64,
    "说明.txt": "第一行".encode("gb18030"),
    "名单.csv": "姓名,电话".encode(),
    "录音.m4a": b"\0\0\0\x20ftypM4A " + b"\0" * 16,
}
BAD = {
    "矢量.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "网页.html": b"<!doctype html><script>alert(1)</script>",
    "网页.png": b"<html><script>alert(1)</script>",
    "文档.xml": b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?>',
    "程序.exe": b"MZ\x90\0" + b"\0" * 64,
    "执照.png.exe": b"MZ\x90\0" + b"\0" * 64,
    "执照.exe": picture(),
    "执照.pdf": picture(),
    ".htaccess": b"AddType text/html .png",
    "无": b"plain text",
    "双.txt.html": b"plain text",
    "空.txt": b"",
    "坏.zip": b"PK\x03\x04broken",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_is_what_its_content_says(tmp_path, name):
    file = tmp_path / "file"
    file.write_bytes(GOOD[name])

    assert name.rpartition(".")[2].casefold() in filetype(file, name).endings


@pytest.mark.attack("B-29")
@pytest.mark.attack("B-48")
@pytest.mark.parametrize("name", BAD)
def test_what_is_unsafe_or_named_wrongly_is_not_kept(tmp_path, name):
    file = tmp_path / "file"
    file.write_bytes(BAD[name])

    with pytest.raises(Invalid) as refused:
        filetype(file, name)

    assert refused.value.code in ("E_FILE_KIND", "E_FILE_BROKEN")


def test_a_preview_is_made_anew_without_what_was_hidden_in_the_picture(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(picture("JPEG", (4000, 2000), comment=b"CNRY-secret") + b"PK\x03\x04 appended CNRY-secret")

    made = preview(file)

    assert Image.open(io.BytesIO(made)).size == (1600, 800)
    assert b"CNRY" not in made


@pytest.mark.attack("B-48")
def test_a_flood_of_pixels_is_refused_before_it_is_unfolded(tmp_path):
    file = tmp_path / "file"
    Image.new("1", (30_000, 30_000)).save(file, "PNG")

    with pytest.raises(Invalid) as refused:
        preview(file)

    assert refused.value.code == "E_PICTURE_SIZE"


@pytest.mark.attack("B-48")
def test_of_ten_thousand_frames_only_the_first_is_looked_at(tmp_path):
    file = tmp_path / "file"
    frames = [Image.new("P", (8, 8), place % 250) for place in range(10_000)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    assert Image.open(io.BytesIO(preview(file))).size == (8, 8)


@pytest.mark.parametrize("rest", [b"", b"\0" * 400, b"IHDR" * 100])
def test_a_broken_picture_is_refused(tmp_path, rest):
    file = tmp_path / "file"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + rest)

    with pytest.raises(Invalid) as refused:
        preview(file)

    assert refused.value.code == "E_FILE_BROKEN"
