"""What went wrong, as RFC 9457 problem JSON with the codes of the rules."""

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from keji.access.doors import AILING, TITLES
from keji.database import plight
from keji.kernel.errors import Invalid, NotThere, Problem, Refused, Stale, TooOften, Unfit

TYPE = "application/problem+json"
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
CODES = {400: "E_REQUEST", 401: "E_TOKEN", 403: "E_REFUSED", 404: "E_NOT_THERE", 405: "E_METHOD", 409: "E_STALE"}
CODES |= {413: "E_TOO_LARGE", 415: "E_CONTENT_TYPE", 422: "E_UNFIT", 429: "E_TOO_OFTEN", 500: "E_BROKEN"}
CODES |= {503: "E_BUSY", 507: "E_DISK_FULL"}


class Wrong(Exception):
    """A request that cannot be answered, with its status and what to say."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def title(status: int) -> str:
    known = {401: _("令牌无效"), 405: _("不支持这个方法"), 415: _("内容类型不对"), 422: _("有的值不能接受")}
    return known.get(status) or str(TITLES.get(status, _("请求有误")))


def told(status: int, code: str = "", detail: str = "", errors: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """The object that says what went wrong."""
    made: dict[str, Any] = {"type": "about:blank", "title": title(status), "status": status}
    made["code"] = code or CODES.get(status, "E_REQUEST")
    if detail:
        made["detail"] = detail
    return {**made, "errors": errors or [], **more}


def lines(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """Each problem once; those that may be accepted with a reason say so."""
    return [
        {"field": one.field, "code": one.code, "message": one.message}
        | ({"suggestion": one.suggestion} if one.suggestion else {})
        | ({"acceptable": True} if one.soft else {})
        for one in dict.fromkeys(problems)
    ]


def of(error: Exception) -> dict[str, Any] | None:
    """The problem behind an error of a rule; None if it is none that anybody foresaw."""
    if isinstance(error, Wrong):
        return told(error.status, error.code, error.message)
    if isinstance(error, Unfit):
        return told(422, "E_UNFIT", errors=lines(error.problems))
    if isinstance(error, Invalid):  # nobody may ask so; or a value that cannot be read
        return told(400 if error.code == "E_FIELD" else 422, error.code, error.message)
    if isinstance(error, Refused):
        return told(403, "E_REFUSED")
    if isinstance(error, NotThere):
        return told(404)
    if isinstance(error, Stale):
        return told(409, "E_STALE", errors=[{"field": "version", "code": "E_STALE", "message": _("别人刚改过，请取最新的版本再改")}])
    if isinstance(error, TooOften):
        return told(429)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return told(413)
    if isinstance(error, MultiPartParserError):
        return told(400, "E_BODY", _("内容不是合格的 multipart/form-data"))
    status = AILING.get(plight(error) or "")
    return told(status) if status else None


def answer(problem: dict[str, Any], error: Exception | None = None) -> HttpResponse:
    """A problem as a response, with what the status asks for."""
    status = problem["status"]
    response = HttpResponse(ENCODE(problem), status=status, content_type=TYPE)
    if isinstance(error, TooOften):
        response["Retry-After"] = str(error.seconds)
    elif status == 503:
        response["Retry-After"] = "5"
    elif status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="keji"'
    return response
