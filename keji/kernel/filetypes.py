"""What a file is by its content. The name has to agree; the type that somebody claims is never asked."""

import zipfile
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid


class FileType(NamedTuple):
    """A type that may be kept: its code, its endings, and whether a preview can be made of it."""

    code: str
    mime: str
    endings: tuple[str, ...]
    picture: bool = False


PNG = FileType("png", "image/png", ("png",), True)
JPEG = FileType("jpeg", "image/jpeg", ("jpg", "jpeg", "jfif"), True)
GIF = FileType("gif", "image/gif", ("gif",), True)
WEBP = FileType("webp", "image/webp", ("webp",), True)
BMP = FileType("bmp", "image/bmp", ("bmp",), True)
HEIC = FileType("heic", "image/heic", ("heic", "heif"))
PDF = FileType("pdf", "application/pdf", ("pdf",))
OFD = FileType("ofd", "application/ofd", ("ofd",))
WORD = FileType("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
EXCEL = FileType("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
SLIDES = FileType("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx",))
OLD_OFFICE = FileType("ole", "application/x-ole-storage", ("doc", "xls", "ppt", "wps", "et", "dps", "msg", "docx", "xlsx", "pptx"))
ZIP = FileType("zip", "application/zip", ("zip",))
MP3 = FileType("mp3", "audio/mpeg", ("mp3",))
WAV = FileType("wav", "audio/wav", ("wav",))
AMR = FileType("amr", "audio/amr", ("amr",))
MP4 = FileType("mp4", "video/mp4", ("mp4", "m4a", "mov"))
TEXT = FileType("text", "text/plain", ("txt", "csv", "md", "log"))

STARTS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"%PDF-", PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),  # password-protected docx, xlsx and pptx are of this shape too
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"#!AMR", AMR),
)
INSIDE = (("word/", WORD), ("xl/", EXCEL), ("ppt/", SLIDES), ("OFD.xml", OFD))
BRANDS = {b"heic": HEIC, b"heix": HEIC, b"mif1": HEIC, b"hevc": HEIC}
LOOK = 64 * 1024


def filetype(path: Path, name: str) -> FileType:
    """The type of a file. Raises Invalid for one that is not kept, and for a name that says something else."""
    with path.open("rb") as file:
        head = file.read(LOOK)
    found = by_start(head) or by_package(path, head) or by_text(head)
    if found is None:
        raise Invalid("E_FILE_KIND", _("不能保存这种文件。可以是图片、PDF、Office 文档、文本、录音录像和 zip"))
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    if ending not in found.endings:
        said = _("文件名以“.%(ending)s”结尾，内容却是 %(code)s，请核对后再上传")
        raise Invalid("E_FILE_KIND", said % {"ending": ending[:10], "code": found.code.upper()})
    return found


def by_start(head: bytes) -> FileType | None:
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], MP4)
    return next((found for start, found in STARTS if head.startswith(start)), None)


def by_package(path: Path, head: bytes) -> FileType | None:
    """Office documents are zip files; what is inside tells which. Only the list of names is read."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()[:1000]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Invalid("E_FILE_BROKEN", _("文件打不开，可能已损坏")) from None
    return next((found for start, found in INSIDE for name in names if name.startswith(start)), ZIP)


def by_text(head: bytes) -> FileType | None:
    """Text without markup: what begins like a web page or an XML document is not kept."""
    if not head or b"\0" in head:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = head[: LOOK - 8].decode(encoding, "strict" if len(head) < LOOK else "ignore")
        except UnicodeDecodeError:
            continue
        return None if text.lstrip().startswith("<") else TEXT
    return None
