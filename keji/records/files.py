"""What pages show of the files of a record, and how they take in those that a form brings."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from keji.access.scope import may
from keji.records import queries
from keji.records.pages import attempt, on_disk
from keji.records.rules import attachments

AT_ONCE = 20


def panel(person: Any, record: Any, then: str) -> dict[str, Any] | None:
    """What the panel of a record's files draws; `then` is where its forms lead back. None for who may not look at them."""
    found = queries.attachments_of(person, record)
    if found is None:
        return None
    return drawn(found, record, may(person, f"{record.RECORD}.change", record), then)


def drawn(found: Iterable[Any], record: Any, change: bool, then: str) -> dict[str, Any]:
    return {
        "files": [line(one) for one in found],
        "record": record.RECORD,
        "id": record.pk,
        "may_change": change,
        "then": then,
        "most": attachments.LARGEST,
        "together": attachments.TOGETHER,
    }


def line(one: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.name,
        "at": one.at,
        "by": one.who.name if one.who else _("系统"),
        "size": size(one.size),
        "picture": one.has_preview,
        "dropped": one.dropped_at is not None,
    }


def size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} KB"


def keep_files(request: Any, record: Any) -> tuple[int, list[str]]:
    """Keep the files of a posted form with a record: how many were kept, and what is wrong with the others."""
    sent, wrong = request.FILES.getlist("_files")[:AT_ONCE], []
    for upload in sent:
        wrong += [problem.message for problem in keep(request.user, record, upload)][:1]
    return len(sent) - len(wrong), wrong


def keep(person: Any, record: Any, upload: Any) -> Any:
    with on_disk(upload) as source:
        return attempt(lambda: attachments.attach(person, record, source, upload.name or ""))[1]
