"""The addresses of the API, routed by django-ninja, and of the pages about it."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import URLPattern, include, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.security import HttpBearer

from keji.access.doors import open_door
from keji.api import mcp, pages, problems
from keji.api.asking import Asking, bearer, body_of, key_of, upload_of
from keji.api.operations import OPERATIONS, Operation, answered, refused


class Bearer(HttpBearer):
    """Only tokens in the header count: in an address they would stand in logs."""

    def authenticate(self, request: Any, token: str) -> Asking:
        known, person = bearer(token)
        request.asking = Asking(person, known, request, request.GET)
        return request.asking


api = NinjaAPI(title="Keji", version="v1", urls_namespace="api", docs_url=None, openapi_url=None, auth=Bearer())


@api.exception_handler(Exception)
@api.exception_handler(HttpError)  # the library answers these by itself otherwise
def wrong(request: Any, error: Exception) -> HttpResponse:
    """The problem of whatever went wrong; what nobody foresaw goes on to the log."""
    if isinstance(error, AuthenticationError):
        return problems.answer(problems.told(401))
    asking = getattr(request, "asking", None)
    try:
        problem = refused(asking, error) if asking else problems.of(error)
    except Exception as again:
        error, problem = again, problems.of(again)
    if problem is None:
        raise error
    return problems.answer(problem, error)


def view_of(operation: Operation) -> Callable[..., HttpResponse]:
    def run(request: Any, arguments: dict[str, str]) -> HttpResponse:
        request.asking.key = key_of(request)
        if operation.kind == "attach":
            request.asking.upload = upload_of(request)
        else:
            request.asking.body = body_of(request)
        return answered(request.asking, operation, arguments)

    def one(request: Any, key: str) -> HttpResponse:
        return run(request, {"key": key})

    def all_of(request: Any) -> HttpResponse:
        return run(request, {})

    return one if "{key}" in operation.path else all_of


for operation in OPERATIONS:
    api.api_operation([operation.method], operation.path, operation_id=operation.name, include_in_schema=False)(view_of(operation))


def opened(pattern: Any) -> URLPattern:
    """A path of the API with the doors of its operations, by which the list of routes knows it."""
    told = {one.method: one for one in OPERATIONS if one.path.replace("{key}", "<key>") == f"/{pattern.pattern}"}
    view = login_not_required(pattern.callback)
    doors = ", ".join(f"{method} {one.door or one.because}" for method, one in told.items())
    view.door, view.methods, view.open_because = None, tuple(told), f"by token: {doors}"
    return pattern


@csrf_exempt
@open_door("by token: each tool has its own door", "POST")
def talk(request: Any) -> HttpResponse:
    return mcp.respond(request)


app_name = "api"
# Ninja names a path once for each of its operations, and last its own root, which is nothing here.
ROUTES = {str(one.pattern): one for one in api._get_urls()[:-1]}
urlpatterns = [
    path("api/v1/", include(([opened(one) for one in ROUTES.values()], "v1"))),
    path("api/v1/mcp", talk, name="mcp"),
    path("api/", pages.reference, name="reference"),
    path("account/tokens/", pages.token_list, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", pages.token_revoke, name="token_revoke"),
    path("people/<int:pk>/tokens/", pages.person_tokens, name="person_tokens"),
]
