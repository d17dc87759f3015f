"""Names of files: as told to a browser, and as made up for the disk."""

import re
import secrets
import unicodedata
from urllib.parse import quote

# Control characters, the marks that turn reading direction, and what Windows or a shell will not have in a name.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff<>:"|?*;%]')
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")
LONGEST = 150
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


def safe_name(name: str, fallback: str = "download") -> str:
    """The last part of a name with nothing in it that could mislead a person, a browser or a disk."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name.replace("\x00", ""))[-1])
    bare = UNSAFE.sub("", last).strip(" .")
    if RESERVED.match(bare):
        bare = "_" + bare
    stem, dot, ending = bare.rpartition(".")
    if dot and stem and len(ending) <= 8:
        return f"{shortened(stem, LONGEST - len(ending) - 1)}.{ending}"
    return shortened(bare, LONGEST) or fallback


def shortened(text: str, most: int) -> str:
    """Cut so that it stays within that many bytes of UTF-8."""
    return text.encode()[:most].decode(errors="ignore").rstrip(" .")


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition header (RFC 6266) for any name whatsoever."""
    safe = safe_name(name)
    plain = re.sub(r"[^A-Za-z0-9._ ()+-]", "_", safe)
    way = "inline" if inline else "attachment"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def disk_name(like: str = "") -> str:
    """A new name that nobody can guess; only a harmless ending is taken over from the given one."""
    ending = SUFFIX.fullmatch("." + like.rpartition(".")[2]) if "." in like else None
    return secrets.token_hex(16) + (ending[0].lower() if ending else "")
