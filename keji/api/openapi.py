"""The OpenAPI document of what one person may ask, made from the sheets, the actions and the operations."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from keji.access.fields import HIDE
from keji.access.tokens import writer
from keji.api import examples, values
from keji.api.actions import Act
from keji.api.resources import TOLD
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.records.entry import STATES, rules_for
from keji.records.kinds import Kind, Moment
from keji.records.sheet import Column, Sheet

Json = dict[str, Any]
PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "suggestion": {"type": "string"},
                    "acceptable": {"type": "boolean"},
                },
            },
        },
        "current": {"type": "object"},
    },
}
ID: Json = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
VERSION: Json = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
TEXT: Json = {"type": "string", "pattern": r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*)$"}
EXPORT: Json = {"query": {"type": "string", "maxLength": 4000}, "format": {"type": "string", "enum": ["xlsx", "csv"]}}


def document(person: Any) -> Json:
    """The whole document, in the language of the moment."""
    from keji.api.operations import OPERATIONS

    paths: Json = {}
    schemas: Json = {"Problem": PROBLEM, "Gone": gone(), "Export": export(), "File": file(), "Me": me()}
    for operation in OPERATIONS:
        if operation.resource and operation.resource.record not in schemas:
            schemas |= shapes(person, operation.resource)
        paths.setdefault(f"/api/v1{operation.path}", {})[operation.method.lower()] = described(person, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": _("客迹开放接口"), "version": settings.VERSION, "description": about()},
        "servers": [{"url": settings.BASE_URL}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _("在“我的账号 → 接口令牌”里建立")}},
        },
    }


def about() -> str:
    return _(
        "每个请求带 Authorization: Bearer 令牌。看得到什么、改得了什么，和令牌的主人在页面上一样，再按令牌的权限收窄。"
        "没有权限看的记录和不存在的记录一样是 404。日期写 2026-06-02，时间带时区，金额是文字。空值是 null。"
        "被遮盖的值是遮盖后的文字，字段名列在 masked 里；原样送回等于没有填。"
    )


def described(person: Any, operation: Any) -> Json:
    """One operation: its parameters, what is sent, what comes back, what may go wrong."""
    made: Json = {
        "operationId": operation.name,
        "summary": summary(operation),
        "tags": [str(operation.resource.sheet.title) if operation.resource else _("通用")],
        "parameters": parameters(person, operation),
        "responses": responses(operation),
    }
    if told := [str(one) for one in explained(operation) if one]:
        made["description"] = " ".join(told)
    if body := sent(person, operation):
        sort = "multipart/form-data" if operation.kind == "attach" else "application/json"
        made["requestBody"] = {"required": True, "content": {sort: body}}
    return made


def explained(operation: Any) -> list[Any]:
    """What is said of an operation: who may, what to know of new records, how a batch answers."""
    told = [_("需要权限 %(door)s") % {"door": operation.door} if operation.door else ""]
    if operation.kind in ("create", "upsert", "batch"):
        told.append(operation.resource.about)
    if operation.kind == "batch":
        told.append(_("每行各自判断，各有回答：有错的一行（连同不合格式的）回答 4xx，不影响别的行；整批不合格才是 422。"))
    return told


def summary(operation: Any) -> str:
    title = f"{operation.resource.sheet.title} · " if operation.resource else ""
    return f"{title}{operation.label}"


def parameters(person: Any, operation: Any) -> list[Json]:
    found: list[Json] = []
    if "{key}" in operation.path:
        found.append(parameter("key", key_schema(operation), _("编号；客户也可用客户编号或统一社会信用代码"), where="path"))
    if operation.kind in ("list", "bin", "pool"):
        found += asked(person, operation.resource.sheet)
    elif operation.kind == "get":
        found.append(fields_parameter(operation.resource.sheet.columns_for(person)))
    if operation.kind == "delete":
        found.append(parameter("why", TEXT | {"maxLength": 500}, _("删除的原因")))
    if operation.method == "POST":
        pattern = {"type": "string", "pattern": "^[!-~]{1,100}$"}
        found.append(parameter("Idempotency-Key", pattern, _("同一个值再来一次，得到同样的回答，不再执行；保留 48 小时"), where="header"))
    if operation.kind in ("change", "delete", "upsert"):
        found.append(parameter("If-Match", {"type": "string", "pattern": '^"?[0-9]{1,8}(-[0-9a-f]{1,64})?"?$'}, _("取记录时的 ETag，代替 version"), where="header"))
    return found


def key_schema(operation: Any) -> Json:
    if operation.kind == "upsert":
        return {"type": "string", "pattern": "^[A-Z]{1,6}[0-9]{1,11}$", "examples": ["X9001"]}
    if operation.resource and operation.resource.keys and operation.kind != "restore":
        return {"type": "string", "pattern": "^([1-9][0-9]{0,16}|[A-Z]{1,6}[0-9]{1,11}|[0-9A-Z]{18})$"}
    return {"type": "string", "pattern": "^[1-9][0-9]{0,16}$"}


def parameter(name: str, schema: Json, text: str, where: str = "query") -> Json:
    made: Json = {"name": name, "in": where, "schema": schema, "description": text}
    return made | ({"required": True} if where == "path" else {})


def fields_parameter(columns: Iterable[Column]) -> Json:
    names = [*(column.name for column in columns), "*"]
    schema: Json = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "maxItems": 100}
    return parameter("fields", schema, _("要哪些字段，用逗号分开；* 是全部")) | {"style": "form", "explode": False}


def asked(person: Any, sheet: Sheet) -> list[Json]:
    """The questions that a list answers for this person: what they may read plainly everywhere."""
    readable = sheet.readable(person)
    sorts = [f"{sign}{c.name}" for c in sheet.columns if c.sort and c.name in readable for sign in ("", "-")]
    found = [
        parameter("size", {"type": "integer", "minimum": 1, "maximum": 200}, _("每页多少行，默认 50")),
        parameter("after", TEXT | {"maxLength": 500}, _("上一页的 next")),
        parameter("count", {"type": "string", "enum": ["1"]}, _("1：数出总数，行数多时较慢")),
        fields_parameter(sheet.columns_for(person)),
    ]
    if sorts:
        found.append(parameter("sort", {"type": "string", "enum": sorts}, _("排序，前面加 - 是倒序")))
    if sheet.index is not None:
        found.append(parameter("q", TEXT | {"maxLength": 64}, _("搜索")))
    for column in sheet.columns:
        if column.filter and column.name in readable:
            found += filters(sheet, column)
    return found


def filters(sheet: Sheet, column: Column) -> list[Json]:
    kind, label = column.kind, sheet.label(column.name)
    if kind.filter == "range":
        parts = {"from": _("%(label)s，从"), "to": _("%(label)s，到")}
        return [parameter(f"{column.name}__{part}", edge(kind), said % {"label": label}) for part, said in parts.items()]
    codes = [choice.code for choice in kind.choices()][:100]
    one: Json = {"type": "string", "enum": codes} if codes else TEXT | {"maxLength": 50}
    if kind.filter == "flag":
        return [parameter(column.name, {"type": "string", "enum": ["0", "1", "true", "false"]}, label)]
    schema = {"type": "array", "items": one, "minItems": 1, "maxItems": 50}
    return [parameter(column.name, schema, label) | {"style": "form", "explode": True}]


def edge(kind: Kind) -> Json:
    if isinstance(kind, Moment) or kind.input == "date":
        return {"type": "string", "format": "date"}
    return {"type": "string", "pattern": "^[0-9]{1,9}$" if kind.input == "number" else r"^[0-9]{1,9}(\.[0-9]{1,2})?$"}


def shapes(person: Any, resource: Any) -> Json:
    """What a record type looks like: as it is read, as it is made, as it is changed."""
    sheet, record = resource.sheet, resource.record
    read = {column.name: described_as(sheet, column, values.schema_out(column)) for column in sheet.columns_for(person)}
    head: Json = {"id": ID, "version": {"type": "integer"}, "masked": {"type": "array", "items": {"type": "string"}}}
    if resource.parented:
        head["customer_id"] = {"type": ["integer", "null"]}
    rules = rules_for(sheet, writer(person))
    write = {
        column.name: described_as(sheet, column, values.schema_in(column))
        for column in sheet.columns
        if column.typed and rules.get(column.name, HIDE) != HIDE
    }
    links: Json = {
        name: {"type": "array", "items": ID, "maxItems": 50} if name.endswith("_ids") else {"type": ["integer", "null"], "minimum": 1}
        for name in resource.links
    }
    beside = {"accept": accept(), **links} | ({"states": states()} if sheet in (CUSTOMERS, CONTACTS, NEEDS) else {})
    why: Json = {"type": ["string", "null"], "maxLength": 500, "description": _("为什么修改")}
    change = write | beside | {"version": VERSION, "why": why} | ({TOLD: reported()} if resource.synced else {})
    full: Json = {"type": "object", "required": ["id"], "properties": read | head}
    new = closed(write | beside | parent(resource, person), list(resource.must), examples.RECORDS[record])
    changed = closed(change, [], {})
    return {
        record: full,
        f"{record}_new": new,
        f"{record}_change": changed,
        f"{record}_row": row(resource, new, changed),
        f"{record}_list": listed(record),
    }


def described_as(sheet: Sheet, column: Column, schema: Json) -> Json:
    told: Json = {"title": sheet.label(column.name)}
    if text := sheet.help(column.name):
        told["description"] = text
    return schema | told


def parent(resource: Any, person: Any) -> Json:
    if resource.parented:
        number: Json = {"type": ["string", "null"], "maxLength": 18, "description": _("客户编号，代替 customer_id")}
        return {"customer_id": {"type": ["integer", "null"], "minimum": 1, "description": _("属于哪个客户")}, "customer_no": number}
    rules = rules_for(CONTACTS, writer(person))
    contact = {c.name: described_as(CONTACTS, c, values.schema_in(c)) for c in CONTACTS.columns if c.typed and rules.get(c.name, HIDE) != HIDE}
    return {
        "contact": closed(contact, ["name"], {}) | {"type": ["object", "null"], "description": _("第一位联系人")},
        "customer_no": {"type": ["string", "null"], "pattern": "^[A-Z]{1,6}[0-9]{1,11}$", "description": _("自定的客户编号，要有相应权限")},
        "pool": {"type": ["boolean", "null"], "description": _("放入公海，没有负责人")},
        "profile": {"type": ["string", "null"], "enum": ["P000", "P001", "P002", "P003", "P004", None], "description": _("按哪一套必填要求")},
    }


def accept() -> Json:
    text = _("对可疑的值说明原因：“字段：代码”或 * → 原因")
    return {"type": ["object", "null"], "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200}, "description": text}


def reported() -> Json:
    text = _("客户主动告知变更的时间：24 小时内改好算及时；自己发现的不写")
    return {"type": ["string", "null"], "format": "date-time", "description": text}


def states() -> Json:
    one = closed({"state": {"type": "string", "enum": list(STATES)}, "why": {"type": "string", "maxLength": 200}}, ["state"], {})
    return {"type": ["object", "null"], "additionalProperties": one, "description": _("没有值的原因：未知、拒绝提供、待确认")}


def row(resource: Any, new: Json, change: Json) -> Json:
    """One row of a batch: a single request with what to do and with which record."""
    from keji.api.operations import DOORS

    key: Json = {"key": {"type": ["string", "integer"], "description": _("编号；客户也可用客户编号或统一社会信用代码")}}
    why: Json = {"why": {"type": ["string", "null"], "maxLength": 500}}
    told: dict[str, tuple[Json, list[str]]] = {
        "create": (new["properties"], new.get("required", [])),
        "change": (change["properties"] | key, ["do", "key", "version"]),
        "upsert": (new["properties"] | key | {"version": VERSION}, ["do", "key"]),
        "delete": (key | why | {"version": VERSION}, ["do", "key"]),
        "restore": (key, ["do", "key"]),
    }
    rows = [
        closed({"do": {"type": "string", "enum": [what]}, **told[what][0]}, told[what][1], {}) | {"title": what}
        for what in DOORS
        if what != "upsert" or resource.keys
    ]
    text = _("do 是 create（默认）、change、upsert、delete 或 restore，key 是哪一条，其余同单条请求")
    return {"oneOf": rows, "description": text}


def closed(properties: Json, required: list[str], sample: Json) -> Json:
    made: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    made |= {"required": required} if required else {}
    fits = {name: value for name, value in sample.items() if name in properties}
    return made | ({"examples": [fits]} if fits else {})


def listed(record: str) -> Json:
    return {
        "type": "object",
        "required": ["items", "next", "count"],
        "properties": {
            "items": {"type": "array", "items": ref(record)},
            "next": {"type": ["string", "null"]},
            "count": {"type": ["integer", "null"]},
        },
    }


def whole(properties: Json) -> Json:
    """An answer in which all of these stand."""
    return {"type": "object", "required": list(properties), "properties": properties}


def gone() -> Json:
    return whole({"id": ID, "version": {"type": "integer"}})


def export() -> Json:
    text: Json = {"type": "string"}
    state = text | {"enum": ["WAITING", "READY", "DENIED", "GONE"], "description": _("READY 时可以取文件")}
    count: Json = {"type": ["integer", "null"]}
    moment = text | {"format": "date-time"}
    return whole({"id": ID, "record": text, "state": state, "format": text, "rows": count, "why": text, "until": moment})


def file() -> Json:
    text: Json = {"type": "string"}
    size: Json = {"type": "integer", "description": _("字节")}
    who: Json = {"type": ["integer", "null"]}
    whose: Json = {"id": ID, "record": text, "record_id": ID, "name": text, "size": size}
    return whole({**whose, "at": text | {"format": "date-time"}, "who": who, "dropped": {"type": "boolean"}})


def me() -> Json:
    text: Json = {"type": "string"}
    scopes = {"type": "array", "items": text}
    moment = text | {"format": "date-time"}
    return whole({"id": ID, "username": text, "name": text, "scopes": scopes, "expires_at": moment})


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def sent(person: Any, operation: Any) -> Json | None:
    """What the body of an operation is; None if it has none."""
    if operation.kind in ("create", "change"):
        return {"schema": ref(f"{operation.resource.record}_{'new' if operation.kind == 'create' else 'change'}")}
    if operation.kind == "upsert":
        return {"schema": ref("customers_new")}
    if operation.kind == "attach":
        return {"schema": closed({"file": {"type": "string", "format": "binary"}}, ["file"], {})}
    if operation.kind == "export":
        return {"schema": closed(EXPORT | {"why": reason()}, ["why"], examples.EXPORT)}
    if operation.kind == "batch":
        rows = {"type": "array", "minItems": 1, "maxItems": 1000, "items": ref(f"{operation.resource.record}_row")}
        return {"schema": closed({"items": rows}, ["items"], {})}
    return {"schema": of_act(operation.act)} if operation.act and operation.act.inputs else None


def of_act(act: Act) -> Json:
    from keji.api.actions import column

    told = {name: values.schema_in(column(name, one)) | {"description": str(one.help)} for name, one in act.inputs.items()}
    return closed(told, [name for name, one in act.inputs.items() if one.must], examples.of_act(act.record, act.name))


def responses(operation: Any) -> Json:
    found: Json = {}
    if operation.kind == "file":
        content: Json = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        return {"200": {"description": _("完成"), "content": content}} | problems(operation)
    for status in operation.statuses:
        found[str(status)] = {"description": _("完成"), "content": {"application/json": {"schema": comes_back(operation)}}}
        found[str(status)]["headers"] = {"ETag": {"schema": {"type": "string"}}}
    found |= problems(operation)
    if operation.kind == "attach":
        own = {"key": "$response.body#/id"}
        found["201"]["links"] = {name: {"operationId": f"file_{name}", "parameters": own} for name in ("get", "delete")}
    if operation.resource and operation.kind in ("create", "upsert", "delete"):
        found[str(operation.statuses[-1])]["links"] = links(operation)
    if operation.method == "GET":
        found["304"] = {"description": _("和 If-None-Match 里的一样，没有变化")}
    return found


def problems(operation: Any) -> Json:
    told = {"application/problem+json": {"schema": ref("Problem")}}
    return {str(status): {"description": text, "content": told} for status, text in wrongs(operation).items()}


def reason() -> Json:
    return {"type": "string", "minLength": 1, "maxLength": 500, "description": _("导出的原因，记入操作记录")}


def links(operation: Any) -> Json:
    """What may be done with the record that an answer tells of."""
    record, own = operation.resource.record, {"key": "$response.body#/id"}
    if operation.kind == "delete":
        return {"restore": {"operationId": f"{record}_restore", "parameters": own}}
    seen = {**own, "If-Match": "$response.header.ETag"}
    return {
        "get": {"operationId": f"{record}_get", "parameters": own},
        "change": {"operationId": f"{record}_change", "parameters": seen},
        "delete": {"operationId": f"{record}_delete", "parameters": own},
    }


def comes_back(operation: Any) -> Json:
    if operation.kind in ("list", "bin", "pool"):
        return ref(f"{operation.resource.record}_list")
    if operation.kind == "batch":
        row = {"status": {"type": "integer"}, "id": ID, "version": VERSION}
        row |= {name: PROBLEM["properties"][name] for name in ("code", "errors")}
        answer: Json = {"type": "object", "required": ["status"], "properties": row}
        return {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": answer}}}
    if operation.kind in KNOWN:
        return ref(KNOWN[operation.kind])
    if operation.kind == "files":
        return whole({"items": {"type": "array", "items": ref("File")}})
    if operation.act and operation.act.name == "reveal":
        return whole({"field": {"type": "string"}, "value": {"type": ["string", "null"]}})
    if operation.resource is None:
        return {"type": "object"}
    return ref(operation.resource.record)


KNOWN = {"export": "Export", "export_get": "Export", "attach": "File", "of_file": "File", "me": "Me", "delete": "Gone"}


def wrongs(operation: Any) -> dict[int, str]:
    """Which problems an operation may answer with, and when."""
    found = {400: _("请求有误"), 401: _("令牌无效"), 429: _("太频繁，见 Retry-After")}
    if operation.door or operation.kind == "batch":
        found[403] = _("没有权限，或令牌没有这项权限")
    if "{key}" in operation.path or operation.kind in ("create", "batch"):
        found[404] = _("没有，或你看不到")
    if operation.method != "GET":
        found |= {413: _("内容太大"), 415: _("内容的类型不对"), 409: _("别人刚改过")}
    return found | {422: _("有的值不能接受，见 errors"), 503: _("正忙，稍后再试")}
