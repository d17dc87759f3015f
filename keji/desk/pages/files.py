"""Files of records of any type: brought in, fetched, looked at, dropped."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keji.access.doors import door
from keji.access.scope import may
from keji.customers import queries as customers
from keji.desk.queries import whereabouts
from keji.kernel.errors import NotThere
from keji.kernel.filenames import disposition
from keji.records import queries
from keji.records.files import drawn, keep_files, line, panel
from keji.records.pages import asks_part, done, same_site, say, url
from keji.records.rules import attachments
from keji.records.rules.attachments import FILES_ACTION

ALONE = "sandbox; default-src 'none'"
SCANS = "forms.see"  # who works with paper forms sees their scans, and files of nothing else


@door(FILES_ACTION, "POST", also=SCANS)
def files_add(request: Any, record: str, pk: int) -> HttpResponse:
    """Several at once: those that are fine are kept, the others are named with what is wrong."""
    found = queries.near_record(request.user, record, pk, "change")
    kept, wrong = keep_files(request, found)
    if kept:
        text = ngettext("已添加 %(n)d 个附件", "已添加 %(n)d 个附件", kept) % {"n": kept}
    else:
        text = _("没有保存任何文件") if wrong else _("请选择文件")
    return told(request, found, _("；").join([*wrong, text]), messages.SUCCESS if kept and not wrong else messages.ERROR)


def told(request: Any, record: Any, text: str, level: int = messages.SUCCESS) -> HttpResponse:
    """What has become of it: the panel of the record's files anew, without JavaScript the page it stands on."""
    then = same_site(request, request.POST.get("then", ""), "/")
    if not asks_part(request, "files"):
        return done(request, text, then, level)
    answer = render(request, "desk/files.html", {"told": drawer(request.user, record, then)})
    also = {"logged": {"customer": record.pk}} if record.RECORD == "customers" else {"filed": {}}  # the timeline tells of files, too
    return say(answer, text, "danger" if level == messages.ERROR else "success", also)


def drawer(person: Any, record: Any, then: str) -> Any:
    """The panel of a record's files, as the page of the record draws it."""
    if record.RECORD != "customers":
        return panel(person, record, then)
    return of_customer(person, record, {name: may(person, name, record) for name in ("customers.see", "customers.change")})


@door(FILES_ACTION, also=SCANS)
def file_fetch(request: Any, pk: int) -> FileResponse:
    """The file as it was brought, to be saved: never shown by the browser within our pages."""
    found, record = queries.attachment(request.user, pk)
    path = attachments.fetched(request.user, found, record)
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition(found.name)
    response["Content-Security-Policy"] = ALONE
    return response


@door(FILES_ACTION, also=SCANS)
def file_preview(request: Any, pk: int) -> FileResponse:
    """The picture made anew from the one that was brought."""
    found, record = queries.attachment(request.user, pk)
    path = attachments.preview(found)
    if not found.has_preview or not path.is_file():
        raise NotThere(pk)
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response["Content-Disposition"] = disposition(f"{found.pk}.jpg", inline=True)
    response["Content-Security-Policy"] = ALONE
    return response


@door(FILES_ACTION, "POST", also=SCANS)
def file_drop(request: Any, pk: int) -> HttpResponse:
    found, record = queries.attachment(request.user, pk)
    attachments.drop(request.user, found, record)
    return told(request, record, _("附件已删除，30 天内可以恢复"))


@door(FILES_ACTION, "POST", also=SCANS)
def file_restore(request: Any, pk: int) -> HttpResponse:
    found, record = queries.attachment(request.user, pk)
    if found.dropped_at is None:
        raise NotThere(pk)
    attachments.restore(request.user, found, record)
    return told(request, record, _("附件已恢复"))


BENEATH = 100  # files of its contacts, deals, needs and follow-ups that a customer's page names


def of_customer(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """What the panel on the customer's page draws: its own files, and those of the records beneath it."""
    then, change = url("customers:page", customer.pk), granted["customers.change"]
    if not (granted["customers.see"] and customers.holds(customer, "files")):
        return drawn([], customer, change, then)
    mine, beneath = queries.attachments_around(person, customer, BENEATH)
    return drawn(mine, customer, change, then) | {"beneath": placed(person, beneath)}


def placed(person: Any, found: list[Any]) -> list[dict[str, Any]]:
    """Files with the record on which they hang, as the person reads that."""
    known = whereabouts(person, {(one.record, one.record_id) for one in found})
    return [line(one) | known[one.record, one.record_id] for one in found]
