"""Every operation of the API: path, method, door, and the function without HTTP behind it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.scope import may
from keji.api import actions, exports, files, openapi, resources, rules
from keji.api.actions import ACTS, Act
from keji.api.asking import Asking, require, version_in
from keji.api.problems import ENCODE, of
from keji.api.resources import RESOURCES, Resource
from keji.customers import queries as customers
from keji.customers.rules import probes
from keji.kernel.errors import Invalid, NotThere, Problem, Refused, Stale, TooOften, Unfit
from keji.kernel.numbers import whole_id
from keji.records.sheet import unknown

MOST, LONGEST = 1000, 64  # rows of a batch; characters of a search
Done = tuple[int, Any]  # status, what is answered


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked for. Without a door it says why, as pages do."""

    method: str
    path: str
    name: str
    label: Any
    door: str
    run: Callable[..., Done]
    resource: Resource | None = None
    kind: str = ""  # what its document looks like: list, get, create, change, delete, restore, upsert, act, batch
    act: Act | None = None
    because: str = ""
    statuses: tuple[int, ...] = field(default=(200,))


def answered(asking: Asking, operation: Operation, arguments: dict[str, Any]) -> HttpResponse:
    """Run an operation and answer: once per key, with an ETag, with nothing where nothing changed."""
    if operation.door:
        require(asking, operation.door)
    if operation.kind == "file":
        return operation.run(asking, **arguments)  # type: ignore[return-value]
    if operation.kind == "batch" or operation.method != "POST":
        status, body = written(operation.run(asking, **arguments))
    else:
        status, body = rules.once(
            asking.person, asking.key, 0, asking.digest, lambda: written(operation.run(asking, **arguments))
        )
    return response(asking, operation, status, body)


def written(done: Done) -> tuple[int, str]:
    return done[0], ENCODE(done[1])


def response(asking: Asking, operation: Operation, status: int, body: str) -> HttpResponse:
    made = HttpResponse(body, status=status, content_type="application/json")
    made["ETag"] = etag(body)
    if status == 201 and body.startswith('{"id":'):
        own = operation.resource.record if operation.resource else ""
        root = {"export": "exports", "attach": "files"}.get(operation.kind, own)
        made["Location"] = f"/api/v1/{root}/{body[6:].partition(',')[0]}"
    wanted = asking.request.headers.get("If-None-Match", "")
    if asking.request.method == "GET" and made["ETag"] in [one.strip() for one in wanted.split(",")]:
        made.status_code, made.content = 304, b""
        del made["Content-Type"]
    return made


def etag(body: str) -> str:
    """A mark of what this person reads: of a record with its version first, so that it can come back as If-Match."""
    mark = hashlib.sha256(body.encode()).hexdigest()[:24]
    head, _version, rest = body.partition(',"version":')
    version = rest.partition(",")[0].rstrip("}") if head.startswith('{"id":') and "," not in head else ""
    return f'"{version}-{mark}"' if version.isdecimal() else f'"{mark}"'


SINGLE = ("q", "sort", "after", "before", "size", "count", "open")


def flag(resource: Resource, name: str) -> bool:
    """True for a column of yes and no: to ask for both is to ask for nothing."""
    column = resource.sheet.by_name.get(name)
    return column is not None and column.kind.filter in ("flag", "range")


def query(asking: Asking, resource: Resource, *own: str) -> QueryDict:
    """What a list is asked, without the parameters of the API; those that stand there twice by mistake are refused."""
    for name in asking.query:
        if name in SINGLE or name in own or "__" in name or flag(resource, name):
            asking.one(name)
    if asking.one("count") not in ("", "1"):
        raise Invalid("E_FIELD", _("参数“%(name)s”只能是 1") % {"name": "count"})
    no_blanks(asking)
    if len(asking.one("q")) > LONGEST:
        raise Invalid("E_FIELD", _("搜索的文字最多 %(most)d 个") % {"most": LONGEST})
    rest = asking.query.copy()
    for name in own:
        rest.pop(name, None)
    if "part" in rest:
        raise Invalid("E_FIELD", _("没有可以筛选的字段“%(name)s”") % {"name": "part"})
    return rest


def bare(asking: Asking, *known: str) -> None:
    """Refuse parameters that this operation does not know."""
    for name in asking.query:
        if name not in known:
            raise Invalid("E_FIELD", _("没有参数“%(name)s”") % {"name": name[:60]})
        asking.one(name)
    no_blanks(asking)


def no_blanks(asking: Asking) -> None:
    """Refuse a parameter that stands there without a value."""
    if blank := [name for name, told in asking.query.lists() if not all(one.strip() for one in told)]:
        raise Invalid("E_FIELD", _("参数“%(name)s”是空的") % {"name": blank[0][:60]})


def listed(resource: Resource, rows: Callable[[Any], Any] | None = None) -> Callable[..., Done]:
    def run(asking: Asking) -> Done:
        asked = query(asking, resource, "fields")
        own = rows(asking.person) if rows else None
        return 200, resources.page(asking.person, resource, asked, asking.one("fields"), own)

    return run


def got(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking, "fields")
        return 200, resources.read(asking.person, resource, key, asking.one("fields"))

    return run


def created(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking) -> Done:
        bare(asking)
        return 201, resources.enter(asking.person, resource, asking.body)

    return run


def changed(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        record = resources.record_of(asking.person, resource, key)
        version = asking.version()
        if version is None:
            raise Unfit(Problem("version", "E_REQUIRED", _("请写明你看到的 version，或用 If-Match")))
        return 200, resources.change(asking.person, resource, record, asking.body, version)

    return run


def put(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        made, shown = resources.upsert(asking.person, resource, key, asking.body, asking.version())
        return 201 if made else 200, shown

    return run


def dropped(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking, "why")
        record = resources.record_of(asking.person, resource, key)
        return 200, drop(asking.person, resource, record, resources.text("why", asking.one("why")), asking.version())

    return run


def drop(person: Any, resource: Resource, record: Any, why: str, version: int | None) -> dict[str, Any]:
    """Put a record into the bin, if nobody changed it since the `version` that was seen, if one was."""
    if version is not None and version != record.version:
        raise Stale(record, record)
    resource.drop(person, record, why)
    return {"id": record.pk, "version": record.version}


def restored(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        pk = whole_id(key)
        if pk is None:
            raise NotThere(key)
        record = resource.binned_one(asking.person, pk)
        resource.restore(asking.person, record)
        return 200, resources.result(asking.person, resource, record)

    return run


def acted(resource: Resource, act: Act) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        return 200, act_on(asking.person, resource, act, key, asking.body)

    return run


def act_on(person: Any, resource: Resource, act: Act, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """Do one of the declared actions with a record."""
    record = resources.record_of(person, resource, key)
    more = act.call(person, record, actions.read(person, act, body, record))
    if act.name == "reveal":
        return more
    again = resources.result(person, resource, record)
    return {**again, **more} if isinstance(more, dict) else again


def batch(resource: Resource) -> Callable[..., Done]:
    """Up to a thousand rows, each for itself: what is wrong with one does not stop the others."""

    def run(asking: Asking) -> Done:
        bare(asking)
        items: Any = asking.body.get("items")
        fine = isinstance(items, list) and all(isinstance(one, dict) for one in items)
        if not fine or asking.body.keys() != {"items"}:
            raise Unfit(Problem("items", "E_TYPE", _("items 是一组对象")))
        if not 1 <= len(items) <= MOST:
            raise Unfit(Problem("items", "E_TOO_MANY", _("一次 1 到 %(most)d 行") % {"most": MOST}))
        return 200, {"items": [row(asking, resource, place, one) for place, one in enumerate(items, start=1)]}

    return run


def row(asking: Asking, resource: Resource, place: int, sent: dict[str, Any]) -> dict[str, Any]:
    """What became of one row of a batch."""

    def run() -> tuple[int, str]:
        return written(do(asking.person, resource, dict(sent)))

    try:
        status, body = rules.once(asking.person, asking.key, place, asking.digest, run)
    except Exception as error:
        if isinstance(error, Unfit) and error.problems[0].code == "E_KEY_REUSED":
            raise
        return failed(asking, error)
    return {"status": status} | brief(body)


def failed(asking: Asking, error: Exception) -> dict[str, Any]:
    """The problem of one row; an error that nobody foresaw stops the batch."""
    if isinstance(error, Unfit):
        try:
            probes.told(asking.person, error.problems)
        except TooOften as often:
            error = often
    problem = of(error)
    if problem is None:
        raise error
    return {name: problem[name] for name in ("status", "code", "errors")}


def brief(body: str) -> dict[str, Any]:
    sent = json.loads(body)
    return {name: sent[name] for name in ("id", "version") if name in sent}


def do(person: Any, resource: Resource, sent: dict[str, Any]) -> Done:
    """One row: what to do, with which record, and the values."""
    what, key, version = sent.pop("do", "create"), sent.pop("key", ""), version_in(sent)
    opens = DOORS.get(what if isinstance(what, str) else "")
    if opens is None or not isinstance(key, str | int) or isinstance(key, bool):
        raise Unfit(Problem("do", "E_CHOICE", _("do 是 create、change、upsert、delete 或 restore")))
    if not may(person, f"{resource.record}.{opens}"):
        raise Refused(f"{resource.record}.{opens}")
    key = str(key)
    if what == "create":
        return 201, resources.enter(person, resource, sent)
    if what == "upsert":
        made, shown = resources.upsert(person, resource, key, sent, version)
        return 201 if made else 200, shown
    return 200, with_record(person, resource, what, key, sent, version)


DOORS = {"create": "create", "change": "change", "upsert": "create", "delete": "delete", "restore": "delete"}


def with_record(
    person: Any, resource: Resource, what: str, key: str, sent: dict[str, Any], version: int | None
) -> dict[str, Any]:
    if what in ("delete", "restore") and (odd := sent.keys() - ({"why"} if what == "delete" else set())):
        raise Unfit(*map(unknown, sorted(odd)))
    if what == "restore":
        pk = whole_id(key)
        if pk is None:
            raise NotThere(key)
        record = resource.binned_one(person, pk)
        resource.restore(person, record)
        return resources.result(person, resource, record)
    record = resources.record_of(person, resource, key)
    if what == "delete":
        return drop(person, resource, record, resources.text("why", sent.get("why")), version)
    if version is None:
        raise Unfit(Problem("version", "E_REQUIRED", _("请写明你看到的 version，或用 If-Match")))
    return resources.change(person, resource, record, sent, version)


def me(asking: Asking) -> Done:
    bare(asking)
    person, token = asking.person, asking.token
    return 200, {
        "id": person.pk,
        "username": person.username,
        "name": person.name,
        "scopes": token.scopes,
        "expires_at": token.expires_at.isoformat(),
    }


def of_resource(resource: Resource) -> list[Operation]:
    """The operations of a record type. Fixed paths first: a key may look like their last part."""
    record = resource.record
    root, one = f"/{record}", f"/{record}/{{key}}"

    def make(method: str, path: str, kind: str, label: Any, verb: str, run: Any, *statuses: int, act: Any = None) -> Operation:
        name = f"{record}_{act.name if act else kind}"
        opens = act.door if act else verb and f"{record}.{verb}"
        because = "" if opens else "each row has its own door"
        return Operation(method, path, name, label, opens, run, resource, kind, act, because, statuses or (200,))

    found = [
        make("GET", root, "list", gettext_lazy("列表"), "see", listed(resource)),
        make("POST", root, "create", gettext_lazy("新建"), "create", created(resource), 201),
        make("POST", f"{root}/batch", "batch", gettext_lazy("批量"), "", batch(resource)),
        make("GET", f"{root}/bin", "bin", gettext_lazy("回收站"), "delete", listed(resource, resource.binned)),
    ]
    if record == "customers":
        found.append(make("GET", f"{root}/pool", "pool", gettext_lazy("公海"), "see", listed(resource, customers.pool)))
    found += [
        make("GET", one, "get", gettext_lazy("取一条"), "see", got(resource)),
        make("PATCH", one, "change", gettext_lazy("修改"), "change", changed(resource)),
        make("DELETE", one, "delete", gettext_lazy("放入回收站"), "delete", dropped(resource)),
        make("POST", f"{one}/restore", "restore", gettext_lazy("恢复"), "delete", restored(resource)),
    ]
    if resource.keys:
        found.append(make("PUT", one, "upsert", gettext_lazy("有则修改，无则新建"), "create", put(resource), 200, 201))
    acts = [act for act in ACTS if act.record == record]
    found += [make("POST", f"{one}/{a.name}", "act", a.label, "", acted(resource, a), act=a) for a in acts]
    return found


def document(asking: Asking) -> Done:
    bare(asking)
    return 200, openapi.document(asking.person)


def exported(record: str) -> Callable[..., Done]:
    def run(asking: Asking) -> Done:
        bare(asking)
        return 201, exports.begin(asking.person, asking.token, record, asking.body)

    return run


def export_got(asking: Asking, key: str) -> Done:
    bare(asking)
    return 200, exports.shown(exports.one(asking.person, key))


def export_file(asking: Asking, key: str) -> Any:
    bare(asking)
    return exports.file(asking.person, asking.token, key)


def attached(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        return 201, files.bring(asking.person, resource, key, asking.upload)

    return run


def files_of(resource: Resource) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        return 200, files.of(asking.person, resource, key)

    return run


def with_file(do: Callable[[Any, str], Any]) -> Callable[..., Done]:
    def run(asking: Asking, key: str) -> Done:
        bare(asking)
        return 200, do(asking.person, key)

    return run


def file_got(asking: Asking, key: str) -> Any:
    bare(asking)
    return files.fetch(asking.person, key)


def of_files() -> list[Operation]:
    """Files on records of every type."""
    opens, one = "records.files", "/files/{key}"
    found = []
    for name, resource in RESOURCES.items():
        path = f"/{name}/{{key}}/files"
        found += [
            Operation("GET", path, f"{name}_files", gettext_lazy("附件"), opens, files_of(resource), resource, "files"),
            Operation("POST", path, f"{name}_attach", gettext_lazy("添加附件"), opens, attached(resource), resource, "attach", statuses=(201,)),
        ]
    return [
        *found,
        Operation("GET", one, "file_get", gettext_lazy("取附件"), opens, file_got, kind="file"),
        Operation("DELETE", one, "file_delete", gettext_lazy("删除附件"), opens, with_file(files.drop), kind="of_file"),
        Operation("POST", f"{one}/restore", "file_restore", gettext_lazy("恢复附件"), opens, with_file(files.restore), kind="of_file"),
    ]


def of_exports() -> list[Operation]:
    """Lists as files: asked for, looked after, fetched."""

    def make(name: str, path: str, label: Any, record: str) -> Operation:
        return Operation("POST", path, f"{name}_export", label, f"{record}.export", exported(name), RESOURCES[record], "export", statuses=(201,))

    opens = "customers.export"
    return [
        *(make(name, f"/{name}/export", gettext_lazy("导出"), name) for name in RESOURCES),
        make("workbook", "/exports/workbook", gettext_lazy("导出完整工作簿"), "customers"),
        Operation("GET", "/exports/{key}", "export_get", gettext_lazy("导出的进度"), opens, export_got, kind="export_get"),
        Operation("GET", "/exports/{key}/file", "export_file", gettext_lazy("取导出的文件"), opens, export_file, kind="file"),
    ]


OPERATIONS = [
    *of_exports(),
    *of_files(),
    Operation("GET", "/openapi.json", "document", gettext_lazy("接口说明"), "", document, kind="document", because="what this token's person may ask"),
    Operation("GET", "/me", "me", gettext_lazy("我是谁"), "", me, kind="me", because="whose token it is, and how far it goes"),
    *(operation for resource in RESOURCES.values() for operation in of_resource(resource)),
]


def refused(asking: Asking, error: Exception) -> dict[str, Any] | None:
    """The problem behind an error, with what stands beside it: the count of duplicates told, the stored version."""
    if isinstance(error, Unfit):
        try:
            probes.told(asking.person, error.problems)
        except TooOften as often:
            raise often from None
    problem = of(error)
    if problem and isinstance(error, Stale):
        problem |= current(asking, error)
    return problem


def current(asking: Asking, error: Stale) -> dict[str, Any]:
    """The record as it stands now, for who came too late: as this person reads it."""
    record: Any = error.theirs
    if record is None or record.RECORD not in RESOURCES:
        return {}
    try:
        return {"current": resources.shown(asking.person, RESOURCES[record.RECORD], record.pk)}
    except NotThere:
        return {}

