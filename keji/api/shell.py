"""What stands around the API: no cookies in, and problem JSON out whatever went wrong."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from keji.api import problems

ROOT = "/api/v1/"
SHAPED = (problems.TYPE, "application/json")  # a message of MCP that cannot be read is answered in its own shape


class ApiMiddleware:
    """Lets nobody in by a cookie, so that no other site can use one, and puts every error into one shape."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        request.__dict__.pop("COOKIES", None)
        response = self.get_response(request)
        if response.status_code < 400 or response.get("Content-Type", "").startswith(SHAPED):
            return response
        made = problems.answer(problems.told(response.status_code))
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                made[name] = response[name]
        return made
