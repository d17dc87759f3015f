"""What pages share: the template environment, lists, exports, answers to htmx."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, pass_context

from keji.kernel.errors import Invalid, Problem, Unfit
from keji.records.listing import ask, listing
from keji.records.sheet import Column, Sheet

__all__ = ["csrf_input_lazy", "csrf_token_lazy"]


def environment(**options: Any) -> Environment:
    """Jinja2 as our templates expect it."""
    made = Environment(  # noqa: S701 -- Django passes autoescape on
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, **options
    )
    made.globals |= {"url": url, "static": static, "_": gettext}
    made.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    made.filters |= {"day": day, "moment": moment, "money": money, "count": count}
    return made


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def day(value: Any) -> str:
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return value.isoformat() if isinstance(value, date) else ""


def moment(value: Any) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else ""


def money(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal | int | float) else ""


def count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


@pass_context
def request_of(context: Any) -> HttpRequest:
    return context["request"]


def part(
    request: HttpRequest, template: str, block: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """One block of a page's own template, for htmx."""
    from django.template import engines

    made: Any = engines["jinja2"].env.get_template(template)  # type: ignore[attr-defined]
    told = {**context, "request": request, "csrf_token": get_token(request), "csrf_input": csrf_input_lazy(request)}
    inner = made.new_context(told)
    module_vars = made.make_module(told).__dict__
    inner.vars.update({name: value for name, value in module_vars.items() if not name.startswith("_")})
    return HttpResponse("".join(made.blocks[block](inner)), status=status)


def asks_part(request: Any, name: str) -> bool:
    return bool(getattr(request, "htmx", False)) and request.htmx.target == name


def say(response: HttpResponse, text: str, level: str = "success") -> HttpResponse:
    """Let the page that gets this answer show a toast."""
    response["HX-Trigger"] = json.dumps({"toast": {"level": level, "text": text}})
    return response


def done(request: HttpRequest, text: str, then: str) -> HttpResponse:
    """After a change: on to another page, which shows a toast."""
    messages.success(request, text)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": then})
    return HttpResponseRedirect(then)


def bad_request(request: HttpRequest, error: Invalid) -> HttpResponse:
    return render(request, "errors/400.html", {"message": error.message, "code": error.code}, status=400)


def list_page(
    request: Any, sheet: Sheet, rows: Any, template: str, columns: list[Column] | None = None, **extra: Any
) -> HttpResponse:
    """A list with filters, search, order and pages; for htmx, only the block `table` of it."""
    try:
        found = listing(sheet, request.user, rows, ask(sheet, request.user, request.GET), columns)
    except Invalid as error:
        return bad_request(request, error)
    context = {"listing": found, "sheet": sheet, **extra}
    if asks_part(request, "table"):
        return part(request, template, "table", context)
    return render(request, template, context)


def attempt(rule: Callable[[], Any]) -> tuple[Any, tuple[Problem, ...]]:
    """What a rule gives, and no problems; or nothing, and what is wrong."""
    try:
        return rule(), ()
    except Unfit as error:
        return None, error.problems


def same_site(request: HttpRequest, path: str, default: str) -> str:
    """A path of this site to go on to; anything else is not followed."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 500
    return path if fine else default


def chosen(data: QueryDict, name: str = "ids") -> list[int]:
    """The ids that were ticked. What is no id is no row."""
    found = [int(one) for one in data.getlist(name) if one.isdigit() and len(one) < 19]
    if len(data.getlist(name)) > 10_000:
        raise Http404
    return found
