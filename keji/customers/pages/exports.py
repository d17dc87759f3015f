"""Lists as files."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.customers import jobs, queries
from keji.kernel.clock import day_of
from keji.kernel.filenames import disposition
from keji.records.pages import attempt, done, export_page, url
from keji.records.rules import exports
from keji.records.sheet import SHEETS


@door("customers.export", "GET", "POST", recent=True)
def customer_export(request: Any) -> HttpResponse:
    return export_page(request, jobs.EXPORT, "customers/export.html")


@door("customers.export")
def export_list(request: Any) -> HttpResponse:
    return render(request, "customers/exports.html", {"exports": queries.exports(request.user)})


@door("customers.export", recent=True)
def export_fetch(request: Any, pk: int) -> HttpResponseBase:
    wanted_file = queries.export(request.user, pk)
    path, problems = attempt(lambda: exports.fetched(request.user, wanted_file))
    if problems:
        return done(request, problems[0].message, url("customers:exports"))
    title = SHEETS[wanted_file.record].title if wanted_file.record in SHEETS else _("完整工作簿")
    name = f"{title}-{day_of(wanted_file.created_at):%Y%m%d}-{wanted_file.pk}.{wanted_file.format}"
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition(name)  # passed as `headers`, Django would put its own in its place
    return response
