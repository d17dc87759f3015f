"""The Model Context Protocol without sessions: one message of JSON-RPC in, one answer out."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from keji.api import problems, tools
from keji.api.asking import Asking, bearer, body_of, key_of
from keji.api.operations import refused
from keji.api.problems import ENCODE, Wrong
from keji.kernel.errors import Unfit

# Newest first. 2025-03-26 and older demand batches or a stream; 2026-07-28 asks without initialize.
VERSIONS = ("2025-11-25", "2025-06-18")
PARSE, REQUEST, METHOD, PARAMS = -32700, -32600, -32601, -32602
Json = dict[str, Any]


class Fault(Exception):
    """A message that the protocol does not allow."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def answer(asking: Asking, message: Json) -> Json | None:
    """The answer to a message; None if it asks for none."""
    number = message.get("id")
    try:
        told = handled(asking, message)
    except Fault as fault:
        return fault_of(fault.code, fault.message, number if isinstance(number, str | int) and not isinstance(number, bool) else None)
    return {"jsonrpc": "2.0", "id": number, "result": told} if told is not None else None


def fault_of(code: int, message: str, number: Any = None) -> Json:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}


def handled(asking: Asking, message: Json) -> Json | None:
    """What a message asks for; None for notifications and for answers to what was never asked."""
    method, number, params = message.get("method"), message.get("id"), message.get("params", {})
    if message.get("jsonrpc") != "2.0" or "method" in message and not isinstance(method, str):
        raise Fault(REQUEST, _("不是合格的 JSON-RPC 2.0 消息"))
    if "id" in message and (isinstance(number, bool) or not isinstance(number, str | int)):
        raise Fault(REQUEST, _("id 是文字或整数"))
    if method is None:
        if "id" in message and ("result" in message or "error" in message):
            return None
        raise Fault(REQUEST, _("不是合格的 JSON-RPC 2.0 消息"))
    if "id" not in message:
        return None
    if not isinstance(params, dict):
        raise Fault(PARAMS, _("params 是一个对象"))
    if method not in METHODS:
        raise Fault(METHOD, _("没有方法“%(name)s”") % {"name": method[:60]})
    return METHODS[method](asking, params)


def initialize(asking: Asking, params: Json) -> Json:
    """Agree on a version: the one that is asked for, if it is known, or the newest here."""
    wanted = params.get("protocolVersion")
    if not isinstance(wanted, str):
        raise Fault(PARAMS, _("请写明 protocolVersion"))
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "keji", "title": _("客迹"), "version": settings.VERSION},
        "instructions": tools.instructions(),
    }


def list_tools(asking: Asking, params: Json) -> Json:
    if params.get("cursor") is not None:
        raise Fault(PARAMS, _("没有下一页"))
    return {"tools": [one.described(asking.person) for one in tools.offered(asking.person)]}


def call_tool(asking: Asking, params: Json) -> Json:
    """Run a tool. What the person or the values stand in the way of is a result that the model can read and mend."""
    name, sent = params.get("name"), params.get("arguments")
    sent = {} if sent is None else sent
    if not isinstance(name, str) or name not in tools.TOOLS:
        raise Fault(PARAMS, _("没有工具“%(name)s”") % {"name": str(name)[:60]})
    if not isinstance(sent, dict):
        raise Fault(PARAMS, _("arguments 是一个对象"))
    try:
        told, failed = tools.call(asking, tools.TOOLS[name], sent), False
    except Exception as error:
        problem = refused(asking, error)
        if problem is None:
            raise
        told, failed = problem, True
    return {"content": [{"type": "text", "text": ENCODE(told)}], "structuredContent": told, "isError": failed}


METHODS: dict[str, Callable[[Asking, Json], Json]] = {
    "initialize": initialize,
    "ping": lambda asking, params: {},
    "tools/list": list_tools,
    "tools/call": call_tool,
}


def respond(request: Any) -> HttpResponse:
    """One request: who asks and from where, the message, the answer. Who may not ask at all gets problem JSON."""
    try:
        at_home(request)
        token, person = bearer(secret_of(request))
        return sent(answer(Asking(person, token, request, request.GET, key=key_of(request)), message_of(request)))
    except Fault as fault:
        return sent(fault_of(fault.code, fault.message), 400)
    except Exception as error:
        problem = problems.of(error)
        if problem is None:
            raise
        return problems.answer(problem, error)


def at_home(request: Any) -> None:
    """Refuse pages of other sites, which a browser may be made to send through."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin)[:2] != urlsplit(settings.BASE_URL)[:2]:
        raise Wrong(403, "E_REFUSED", _("不接受别的网站发来的请求"))


def secret_of(request: Any) -> str:
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def message_of(request: Any) -> Json:
    """The message of a request. Raises Fault for what is none."""
    version = request.headers.get("MCP-Protocol-Version")
    if version is not None and version not in VERSIONS:
        raise Fault(REQUEST, _("不支持 MCP 的版本 %(version)s，支持 %(known)s") % {"version": version[:20], "known": ", ".join(VERSIONS)})
    try:
        told = body_of(request)
    except Wrong as wrong:
        if wrong.code == "E_JSON":
            raise Fault(PARSE, wrong.message) from None
        raise
    except Unfit:
        raise Fault(PARSE, _("文字里不能有空字符")) from None
    if not told:
        raise Fault(REQUEST, _("不是合格的 JSON-RPC 2.0 消息"))
    return told


def sent(told: Json | None, status: int = 200) -> HttpResponse:
    if told is None:
        return HttpResponse(status=202)
    return HttpResponse(ENCODE(told), status=status, content_type="application/json")
