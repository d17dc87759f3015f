"""Files on records: taken by content, kept under their digest, dropped into a bin, swept when nothing names them."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import declare, may, require
from keji.access.trail import note, tell
from keji.kernel import pictures
from keji.kernel.clock import BIN, now
from keji.kernel.errors import Invalid, NotThere, Problem, Refused, Unfit
from keji.kernel.filenames import disk_name, safe_name
from keji.kernel.filetypes import filetype
from keji.records.models import Attachment
from keji.records.queries import FETCHED, OPENS

FILES_ACTION = declare("records.files", gettext_lazy("查看和添加附件"))
MB = 1_000_000
LARGEST = 20 * MB
TOGETHER = 25 * MB  # of one form: a body may have 25 MiB, with what stands around the files
MOST = 200  # files a record
A_DAY = 2_000 * MB  # what one person may bring in a day
ORPHAN = timedelta(hours=1)
CHUNK = 1 << 20
Rule = Callable[[Person, Any], None]
FOLLOWING: dict[str, Rule] = {}  # record type → the rule that follows when files came or went


def follows(record: str) -> Callable[[Rule], Rule]:
    """Call a rule with who and the record whose files came or went, inside the transaction that did so."""

    def declared(rule: Rule) -> Rule:
        FOLLOWING[record] = rule
        return rule

    return declared


def told_of(person: Person, record: Any, before: list[str], after: list[str]) -> None:
    """Write down which file came or went, and let what rests on it follow."""
    tell(person, FILES_ACTION, [(record, {"attachments": [before, after]})])
    if rule := FOLLOWING.get(record.RECORD):
        rule(person, record)


def root() -> Path:
    return Path(settings.FILES) / "attachments"


def content(attachment: Attachment) -> Path:
    """Where the content lies."""
    return root() / attachment.digest[:2] / attachment.digest


def preview(attachment: Attachment) -> Path:
    return content(attachment).with_suffix(".jpg")


def attach(person: Person, record: Any, source: Path, name: str) -> Attachment:
    """Keep a file with a record that the person may change. Raises Refused or Unfit; then nothing is kept.

    The file is on the disk, synced, before the row names it: a row without its file cannot be.
    """
    require(person, OPENS.get(record.RECORD, FILES_ACTION))
    require(person, f"{record.RECORD}.change", record)
    size, told = source.stat().st_size, safe_name(name)
    check_measure(person, record, size, told)
    try:
        found = filetype(source, told)
        small = pictures.preview(source) if found.picture else b""
    except Invalid as error:
        raise Unfit(Problem("files", error.code, f"{told}：{error.message}")) from None
    digest = kept(source)
    if small:
        put(root() / digest[:2] / f"{digest}.jpg", [small])
    with transaction.atomic():
        attachment = Attachment.objects.create(
            record=record.RECORD,
            record_id=record.pk,
            customer_id=customer_of(record),
            name=told,
            kind=found.code,
            mime=found.mime,
            size=size,
            digest=digest,
            has_preview=bool(small),
            who=person,
        )
        told_of(person, record, [], [told])
    return attachment


def customer_of(record: Any) -> Any:
    """The customer that a record belongs to; None for what belongs to none."""
    return record.pk if record.RECORD == "customers" else record.customer_id


def belong(record: Any) -> None:
    """Let the files of a record stand on the page of the customer that it belongs to by now."""
    Attachment.objects.filter(record=record.RECORD, record_id=record.pk).update(customer_id=customer_of(record))


def check_measure(person: Person, record: Any, size: int, name: str) -> None:
    """Stop at what is empty, too large or too much."""
    wrong = ""
    if not size:
        wrong = _("文件是空的")
    elif record.RECORD == "tasks" and customer_of(record) is None:
        wrong = _("和客户无关的任务不能加附件")
    elif size > LARGEST:
        wrong = _("单个文件最大 %(most)d MB") % {"most": LARGEST // MB}
    elif Attachment.objects.filter(record=record.RECORD, record_id=record.pk, dropped_at=None).count() >= MOST:
        wrong = _("一条记录最多 %(most)d 个附件") % {"most": MOST}
    elif brought(person) + size > A_DAY:
        wrong = _("今天上传的文件已超过 %(most)d MB，请明天再传") % {"most": A_DAY // MB}
    if wrong:
        raise Unfit(Problem("files", "E_FILE_SIZE", f"{name}：{wrong}"))


def brought(person: Person) -> int:
    today = Attachment.objects.filter(who=person, at__gt=now() - timedelta(days=1))
    return today.aggregate(sum=Sum("size"))["sum"] or 0


def kept(source: Path) -> str:
    """Put the content under its digest, unless it lies there already; returns the digest."""
    sha = hashlib.sha256()
    for chunk in chunks(source):
        sha.update(chunk)
    digest = sha.hexdigest()
    put(root() / digest[:2] / digest, chunks(source))
    return digest


def chunks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def put(target: Path, pieces: Any) -> None:
    """Write a file whole or not at all: beside its place, synced, then renamed, and the folder synced."""
    if target.exists():
        os.utime(target)  # an orphan that is about to be named again is not swept
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.parent / disk_name("x.part")
    try:
        with part.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o600)
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def drop(person: Person, attachment: Attachment, record: Any) -> None:
    """Put an attachment into the bin. Its bringer may, and who may delete the record."""
    require(person, f"{record.RECORD}.change", record)
    if attachment.who_id != person.pk and not may(person, f"{record.RECORD}.delete", record):
        raise Refused(f"{record.RECORD}.delete")
    with transaction.atomic():
        if Attachment.objects.filter(pk=attachment.pk, dropped_at=None).update(dropped_at=now(), dropped_by=person):
            told_of(person, record, [attachment.name], [])


def restore(person: Person, attachment: Attachment, record: Any) -> None:
    """Take an attachment out of the bin again."""
    require(person, f"{record.RECORD}.change", record)
    with transaction.atomic():
        if Attachment.objects.filter(pk=attachment.pk).exclude(dropped_at=None).update(dropped_at=None, dropped_by=None):
            told_of(person, record, [], [attachment.name])


def fetched(person: Person, attachment: Attachment, record: Any) -> Path:
    """The content for somebody who may read it; noted. Raises Refused, or NotThere for a file that is gone."""
    require(person, OPENS.get(record.RECORD, FILES_ACTION))
    path = content(attachment)
    if not path.is_file():
        raise NotThere(attachment.pk)
    note(person, FETCHED, record, attachment=attachment.pk)
    return path


def sweep() -> int:
    """Forget what has lain in the bin for thirty days, and remove contents that no row names. Returns how many files went."""
    Attachment.objects.filter(dropped_at__lt=now() - BIN).delete()
    gone, old = 0, (now() - ORPHAN).timestamp()
    for folder in sorted(root().glob("??")):
        files = [path for path in folder.iterdir() if path.stat().st_mtime < old]
        named = set(Attachment.objects.filter(digest__in={path.stem for path in files}).values_list("digest", flat=True))
        for path in files:
            if path.stem not in named:
                with suppress(FileNotFoundError):
                    path.unlink()
                    gone += 1
    return gone
