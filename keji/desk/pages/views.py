"""Saved views of lists: kept and forgotten where the list stands."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from keji.access.doors import open_door
from keji.kernel.errors import Invalid, NotThere, Problem, Unfit
from keji.records import queries
from keji.records.listing import ask
from keji.records.pages import attempt, done, same_site, url
from keji.records.rules.views import drop_view, save_view
from keji.records.sheet import SHEETS


@open_door("one's own views", "POST", signed_in=True)
def view_save(request: Any, record: str) -> HttpResponse:
    then = same_site(request, request.POST.get("then", ""), url("desk:home"))
    told, query = request.POST.get("name", "")[:60], request.POST.get("query", "")[:4000]
    saved, wrong = attempt(lambda: save_view(request.user, record, told, asked(request.user, record, query)))
    if wrong:
        return done(request, wrong[0].message, then, messages.ERROR)
    return done(request, _("已保存视图“%(name)s”") % {"name": saved.name}, then)


def asked(person: Any, record: str, query: str) -> str:
    """The question without its page. Raises Unfit for one that this person may not ask."""
    if record not in SHEETS:
        raise NotThere(record)
    try:
        found = ask(SHEETS[record], person, QueryDict(query))
    except Invalid as error:
        raise Unfit(Problem("query", error.code, error.message)) from None
    return found.query if found.narrowed else ""


@open_door("one's own views", "POST", signed_in=True)
def view_drop(request: Any, pk: int) -> HttpResponse:
    view = queries.view(request.user, pk)
    drop_view(view)
    then = same_site(request, request.POST.get("then", ""), url("desk:home"))
    return done(request, _("已删除视图“%(name)s”") % {"name": view.name}, then)
