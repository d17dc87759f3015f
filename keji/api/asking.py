"""One request to the API: who asks, what was sent, under which conditions. One reading of everything."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from keji.access import tokens
from keji.access.rules.tokens import spend
from keji.access.scope import may
from keji.access.trail import note
from keji.api.problems import Wrong
from keji.kernel.errors import Problem, Unfit

KEY = re.compile(r"[!-~]{1,100}")
ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})(?:-[0-9a-f]{1,64})?"?')
DEEP = 10
SAID = ("version", "why", "key", "do")


@dataclass
class Asking:
    """Who asks, by which token, and what was sent along."""

    person: Any
    token: Any
    request: Any
    query: Any
    body: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    upload: Any = None  # the one file of a request that brings one

    @property
    def digest(self) -> str:
        """What a repeated request must be equal in: the whole of it, and how far its token goes."""
        told = [self.request.method, self.request.get_full_path(), sorted(self.token.scopes)]
        told += [self.upload.name] if self.upload else []
        found = hashlib.sha256(json.dumps(told).encode())
        for chunk in self.upload.chunks() if self.upload else [self.request.body]:
            found.update(chunk)
        return found.hexdigest()

    def one(self, name: str) -> str:
        """A parameter of the query that may stand there once."""
        told = self.query.getlist(name)
        if len(told) > 1:
            raise Wrong(400, "E_REPEATED", _("参数“%(name)s”只能写一次") % {"name": name})
        return told[0] if told else ""

    def version(self) -> int | None:
        """The version that the sender saw, in the body or as If-Match; both must agree."""
        told = version_in(self.body)
        header = self.request.headers.get("If-Match")
        if header is None:
            return told
        found = ETAG.fullmatch(header.strip())
        if found is None:
            raise Wrong(400, "E_IF_MATCH", _("If-Match 只能是一个 ETag"))
        if told is not None and told != int(found[1]):
            raise Unfit(Problem("version", "E_STALE", _("version 和 If-Match 不一致")))
        return int(found[1])


def version_in(body: dict[str, Any]) -> int | None:
    """The version that stands in a body, and no longer does afterwards; None if none does."""
    if "version" not in body:
        return None
    told = body.pop("version")
    if type(told) is not int or not 0 < told < 2**31:
        raise Unfit(Problem("version", "E_TYPE", _("version 是整数")))
    return told


def bearer(secret: str) -> tuple[Any, Any]:
    """The token and its person. Raises Wrong for one that does not work, TooOften beyond its measure."""
    token = tokens.find(secret) if 20 < len(secret) < 100 else None
    person = tokens.holder(token) if token else None
    if token is None or person is None:
        raise Wrong(401, "E_TOKEN", _("令牌不存在、已撤销或已过期"))
    spend(token)
    if person.language:
        translation.activate(person.language)
    return token, person


def require(asking: Asking, action: str) -> None:
    """Let only those through who may do the action, with a token that goes so far. A refusal is written down."""
    if may(asking.person, action):
        return
    note(asking.person, "access.refused", why=action[:100], path=asking.request.path[:200])
    scope = tokens.scope_of(action)
    if scope not in asking.token.scopes:
        raise Wrong(403, "E_SCOPE", _("令牌没有权限 %(scope)s") % {"scope": scope})
    raise Wrong(403, "E_REFUSED", _("你没有这项权限"))


def body_of(request: Any) -> dict[str, Any]:
    """The JSON object of a request; nothing sent is an empty one. Raises Wrong for anything else."""
    if request.method == "GET":
        if request.headers.get("Content-Length", "0").strip() not in ("", "0"):
            raise Wrong(400, "E_BODY", _("GET 请求不能带内容"))
        return {}
    if not (request.headers.get("Content-Length", "0").strip("0 ")):
        return {}
    if request.content_type != "application/json":
        raise Wrong(415, "E_CONTENT_TYPE", _("内容须是 application/json"))
    if request.method == "DELETE":
        raise Wrong(400, "E_BODY", _("DELETE 请求不能带内容，原因写在参数 why 里"))
    if len(request.body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise Wrong(413, "E_TOO_LARGE", _("内容太大"))
    return parsed(request.body)


def upload_of(request: Any) -> Any:
    """The file of a request, in its field `file`. Raises Wrong, or Unfit for none, several, or anything beside it."""
    if request.content_type != "multipart/form-data":
        raise Wrong(415, "E_CONTENT_TYPE", _("内容须是 multipart/form-data"))
    found = request.FILES.getlist("file")
    if len(found) != 1 or len(request.FILES) != 1 or request.POST:
        raise Unfit(Problem("file", "E_REQUIRED", _("文件放在字段 file 里，一次一个，不带别的字段")))
    return found[0]


def parsed(sent: bytes) -> dict[str, Any]:
    try:
        told = json.loads(sent.decode("utf-8"), object_pairs_hook=pairs, parse_float=Decimal, parse_constant=refuse)
        fine = isinstance(told, dict) and shallow(told)
        json.dumps(told, ensure_ascii=False, default=str).encode("utf-8")  # a lone surrogate is no text
    except (ValueError, RecursionError):
        fine = False
    if fine and nul(told):
        raise Unfit(Problem("", "E_NUL", _("文字里不能有空字符")))
    if not fine:
        raise Wrong(400, "E_JSON", _("内容不是合格的 JSON 对象"))
    return told


def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are different: of two values under one name nobody knows which is meant."""
    if len({name for name, _value in found}) != len(found):
        raise ValueError("a name stands twice")
    return dict(found)


def refuse(constant: str) -> Any:
    raise ValueError(constant)


def shallow(value: Any, deep: int = DEEP) -> bool:
    """True for JSON that is not nested too deep."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return deep > 0 and all(shallow(one, deep - 1) for one in inner)
    return True


def nul(value: Any) -> bool:
    """True if a NUL stands anywhere: PostgreSQL cannot keep one, and nobody types one."""
    if isinstance(value, dict):
        return any("\0" in name or nul(one) for name, one in value.items())
    return any(map(nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


def key_of(request: Any) -> str:
    return key_from(request.headers.get("Idempotency-Key"))


def key_from(told: Any) -> str:
    """The key under which a request is done once; empty if there is none."""
    if told is None:
        return ""
    if not isinstance(told, str) or not KEY.fullmatch(told):
        raise Wrong(400, "E_KEY", _("Idempotency-Key 是 1 到 100 个可见的英文字符"))
    return told
