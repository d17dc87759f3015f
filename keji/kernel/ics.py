"""Calendars as other programs read them (RFC 5545): UTC moments, whole days, escaped texts, folded lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

WIDEST = 75  # octets of a line; a character is never cut in two


@dataclass(frozen=True)
class Event:
    """Something on a day, or from a moment on for half an hour."""

    uid: str
    at: date | datetime
    summary: str
    changed: datetime
    version: int = 0
    url: str = ""
    yearly: bool = False
    done: bool = False


def calendar(name: str, zone: str, events: Iterable[Event]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Keji//Agenda//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{escaped(name)}", f"X-WR-TIMEZONE:{zone}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    for one in events:
        lines += told(one)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def told(one: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(one.uid)}"
    yield f"DTSTAMP:{moment(one.changed)}"
    yield f"LAST-MODIFIED:{moment(one.changed)}"
    yield f"SEQUENCE:{one.version}"
    if isinstance(one.at, datetime):
        yield f"DTSTART:{moment(one.at)}"
        yield f"DTEND:{moment(one.at + timedelta(minutes=30))}"
    else:
        yield f"DTSTART;VALUE=DATE:{one.at:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{one.at + timedelta(days=1):%Y%m%d}"
    if one.yearly:
        yield "RRULE:FREQ=YEARLY"
    yield f"SUMMARY:{escaped(one.summary)}"
    if one.url:
        yield f"URL:{one.url}"
    yield "TRANSP:TRANSPARENT"
    yield f"STATUS:{'CANCELLED' if one.done else 'CONFIRMED'}"
    yield "END:VEVENT"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text in one line; what no calendar can hold is left out."""
    clean = "".join(one for one in text if one in "\n\t" or one.isprintable())
    for sign in "\\;,":
        clean = clean.replace(sign, f"\\{sign}")
    return clean.replace("\n", "\\n")


def folded(line: str) -> bytes:
    parts: list[bytes] = []
    here = b""
    for sign in line:
        octets = sign.encode()
        if len(here) + len(octets) > WIDEST - bool(parts):
            parts.append(here)
            here = b""
        here += octets
    return b"\r\n ".join([*parts, here]) + b"\r\n"
