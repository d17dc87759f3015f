"""What is shown when something does not work."""

import logging
import sys
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render

from keji.access.doors import AILING, answer
from keji.database import plight

log = logging.getLogger("keji.desk")


def bad_request(request: Any, exception: Any = None) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: Any, exception: Any = None) -> HttpResponse:
    return answer(request, 403)


def not_found(request: Any, exception: Any = None) -> HttpResponse:
    return answer(request, 404)


def too_many(request: Any, exception: Any = None) -> HttpResponse:
    return answer(request, 429)


def forged(request: Any, reason: str = "") -> HttpResponse:
    """A form without the token of this session: most often a page left open for long."""
    return render(request, "desk/forged.html", status=403)


def broken(request: Any) -> HttpResponse:
    """The page for everything unforeseen. Asks nothing of the database, which may be what is broken."""
    number, error = uuid4().hex[:8], sys.exc_info()[1]
    status = AILING.get(plight(error), 500) if error else 500
    log.error("error %s at %s %s", number, request.method, request.resolver_match and request.resolver_match.view_name)
    return render(None, f"errors/{status}.html", {"error_id": number}, status=status)
