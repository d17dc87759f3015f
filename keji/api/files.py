"""Files on records by the API: listed, brought, fetched, dropped and taken back, by the rules of the pages."""

from typing import Any

from django.http import FileResponse, HttpResponseBase

from keji.api import resources
from keji.api.resources import Resource
from keji.api.values import moment
from keji.kernel.errors import NotThere, Problem, Unfit
from keji.kernel.filenames import disposition
from keji.kernel.numbers import whole_id
from keji.records import queries
from keji.records.pages import on_disk
from keji.records.rules import attachments

ALONE = "sandbox; default-src 'none'"


def of(person: Any, resource: Resource, key: str) -> dict[str, Any]:
    """The files of a record, those in the bin last. Who may not look at them is told that there are none to look at."""
    found = queries.attachments_of(person, resources.record_of(person, resource, key))
    if found is None:
        raise NotThere(key)
    return {"items": [shown(one) for one in found]}


def shown(one: Any) -> dict[str, Any]:
    told = {"id": one.pk, "record": one.record, "record_id": one.record_id, "name": one.name, "size": one.size}
    return told | {"at": moment(one.at), "who": one.who_id, "dropped": one.dropped_at is not None}


def bring(person: Any, resource: Resource, key: str, upload: Any) -> dict[str, Any]:
    """Keep a file with a record that the person may change. Raises Unfit for one that is not taken."""
    known = resources.record_of(person, resource, key)
    record = queries.near_record(person, resource.record, known.pk, "change")
    try:
        with on_disk(upload) as source:
            return shown(attachments.attach(person, record, source, upload.name or ""))
    except Unfit as error:
        raise Unfit(*(Problem("file", one.code, one.message) for one in error.problems)) from None


def one(person: Any, key: str) -> tuple[Any, Any]:
    """A file and its record."""
    pk = whole_id(key)
    if pk is None:
        raise NotThere(key)
    return queries.attachment(person, pk)


def fetch(person: Any, key: str) -> HttpResponseBase:
    """The file as it was brought, to be saved."""
    found, record = one(person, key)
    path = attachments.fetched(person, found, record)
    answer = FileResponse(path.open("rb"), content_type="application/octet-stream")
    answer["Content-Disposition"] = disposition(found.name)
    answer["Content-Security-Policy"] = ALONE
    return answer


def drop(person: Any, key: str) -> dict[str, Any]:
    found, record = one(person, key)
    attachments.drop(person, found, record)
    return again(person, key)


def restore(person: Any, key: str) -> dict[str, Any]:
    found, record = one(person, key)
    if found.dropped_at is None:
        raise NotThere(key)
    attachments.restore(person, found, record)
    return again(person, key)


def again(person: Any, key: str) -> dict[str, Any]:
    return shown(one(person, key)[0])
