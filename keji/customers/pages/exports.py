"""Lists as files."""

from typing import Any

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.customers import jobs, queries
from keji.customers.rules import exports
from keji.customers.rules.actions import EXPORT_ANY
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel.errors import Invalid
from keji.kernel.filenames import disposition
from keji.queue import enqueue
from keji.records.listing import ask, narrowed
from keji.records.pages import attempt, bad_request, done, url
from keji.records.sheet import SHEETS


@door("customers.export", "GET", "POST", recent=True)
def customer_export(request: Any) -> HttpResponse:
    """Ask for the list as a file: few rows come at once, many in the background."""
    query = request.GET.urlencode() if request.method == "GET" else request.POST.get("query", "")[:4000]
    try:
        asked = ask(CUSTOMERS, request.user, QueryDict(query))
    except Invalid as error:
        return bad_request(request, error)
    rows = narrowed(CUSTOMERS, request.user, queries.customers(request.user, "export"), asked, whole=True)
    count = rows.order_by()[:100_001].count()
    problems: Any = ()
    if request.method == "POST":
        wanted_file, problems = attempt(
            lambda: exports.ask(request.user, rows, query, request.POST.get("why", ""), request.POST.get("format", ""))
        )
        if not problems:
            if count <= exports.AT_ONCE:
                exports.make(wanted_file, CUSTOMERS, CONTACTS, rows)
            else:
                exports.waits(wanted_file, enqueue(jobs.make_export, wanted_file.pk, person_id=request.user.pk).pk)
            return redirect("customers:exports")
    context = {
        "count": count,
        "query": query,
        "problems": problems,
        "any": may(request.user, EXPORT_ANY),
        "few": exports.FEW,
    }
    return render(request, "customers/export.html", context, status=422 if problems else 200)


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
    name = f"{title}-{wanted_file.created_at:%Y%m%d}-{wanted_file.pk}.{wanted_file.format}"
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition(name)  # passed as `headers`, Django would put its own in its place
    return response
