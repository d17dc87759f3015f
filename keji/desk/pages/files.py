"""Files of records of any type: brought in, fetched, looked at, dropped."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keji.access.doors import door
from keji.customers import queries as customers
from keji.kernel.errors import NotThere, Problem
from keji.kernel.filenames import disposition
from keji.records import queries
from keji.records.pages import attempt, done, on_disk, same_site, url
from keji.records.rules import attachments
from keji.records.rules.attachments import FILES_ACTION

AT_ONCE = 20
ALONE = "sandbox; default-src 'none'"


@door(FILES_ACTION, "POST")
def files_add(request: Any, record: str, pk: int) -> HttpResponse:
    """Several at once: those that are fine are kept, the others are named with what is wrong."""
    found = queries.near_record(request.user, record, pk, "change")
    then = same_site(request, request.POST.get("then", ""), "/")
    sent, kept = request.FILES.getlist("files")[:AT_ONCE], 0
    for upload in sent:
        wrong = keep(request.user, found, upload)
        kept += not wrong
        for problem in wrong:
            messages.error(request, problem.message)
    if not sent:
        return done(request, _("请选择文件"), then, messages.ERROR)
    if not kept:
        return done(request, _("没有保存任何文件"), then, messages.ERROR)
    return done(request, ngettext("已添加 %(n)d 个附件", "已添加 %(n)d 个附件", kept) % {"n": kept}, then)


def keep(person: Any, record: Any, upload: Any) -> tuple[Problem, ...]:
    with on_disk(upload) as kept:
        return attempt(lambda: attachments.attach(person, record, kept, upload.name or ""))[1]


@door(FILES_ACTION)
def file_fetch(request: Any, pk: int) -> FileResponse:
    """The file as it was brought, to be saved: never shown by the browser within our pages."""
    found, record = queries.attachment(request.user, pk)
    path = attachments.fetched(request.user, found, record)
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition(found.name)
    response["Content-Security-Policy"] = ALONE
    return response


@door(FILES_ACTION)
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


@door(FILES_ACTION, "POST")
def file_drop(request: Any, pk: int) -> HttpResponse:
    found, record = queries.attachment(request.user, pk)
    attachments.drop(request.user, found, record)
    then = same_site(request, request.POST.get("then", ""), "/")
    return done(request, _("附件已删除，30 天内可以恢复"), then)


@door(FILES_ACTION, "POST")
def file_restore(request: Any, pk: int) -> HttpResponse:
    found, record = queries.attachment(request.user, pk)
    if found.dropped_at is None:
        raise NotThere(pk)
    attachments.restore(request.user, found, record)
    return done(request, _("附件已恢复"), same_site(request, request.POST.get("then", ""), "/"))


def of_customer(person: Any, customer: Any, granted: dict[str, bool]) -> dict[str, Any]:
    """What the panel on the customer's page draws."""
    return {
        "files": listed(queries.attachments_of(customer) if granted["customers.see"] and customers.holds(customer, "files") else []),
        "record": customer.RECORD,
        "id": customer.pk,
        "may_change": granted["customers.change"],
        "then": url("customers:page", customer.pk),
    }


def listed(found: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.pk,
            "name": one.name,
            "at": one.at,
            "by": one.who.name if one.who else _("系统"),
            "size": size(one.size),
            "picture": one.has_preview,
            "dropped": one.dropped_at is not None,
        }
        for one in found
    ]


def size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} KB"
