"""Files on records by the API: brought, listed, fetched, dropped and taken back, with the rights of the pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keji.access.models import Entry, Role
from keji.access.rules import people
from keji.customers.rules import owners
from keji.records.models import Attachment

pytestmark = pytest.mark.django_db
TEXT = "一份报价单".encode()


def content(answer):
    return b"".join(answer.streaming_content)


@pytest.fixture
def root(cast, files):
    return f"/customers/{cast.acme.customer_no}/files"


def test_a_file_is_brought_listed_fetched_dropped_and_taken_back(cast, program, root):
    api = program("lin")
    made = api.bring(root, "报价.txt", TEXT)
    assert (made.status_code, made["Location"]) == (201, f"/api/v1/files/{made.json()['id']}"), made.content.decode()
    told = made.json()
    assert {name: told[name] for name in ("record", "record_id", "name", "size", "who", "dropped")} == {
        "record": "customers", "record_id": cast.acme.pk, "name": "报价.txt", "size": len(TEXT), "who": cast.lin.pk, "dropped": False,
    }  # fmt: skip
    one = f"/files/{told['id']}"
    assert api.get(root).json() == {"items": [told]}

    fetched = api.get(one)
    assert (content(fetched), fetched["Content-Type"]) == (TEXT, "application/octet-stream")
    assert fetched["Content-Disposition"].startswith("attachment;") and "sandbox" in fetched["Content-Security-Policy"]
    assert Entry.objects.filter(action="records.file_fetched", who=cast.lin).count() == 1

    assert api.ask("DELETE", one).json() == told | {"dropped": True}
    assert api.get(root).json()["items"] == [told | {"dropped": True}]
    assert api.post(f"{one}/restore").json() == told
    assert api.post(f"{one}/restore").status_code == 404


@pytest.mark.parametrize("record", ["contacts", "needs", "deals", "followups"])
def test_every_type_of_record_takes_files(cast, program, files, record):
    from keji.api.examples import RECORDS

    api = program("lin")
    made = api.post(f"/{record}", RECORDS[record] | {"customer_id": cast.acme.pk}).json()
    brought = api.bring(f"/{record}/{made['id']}/files", "a.txt", TEXT)

    assert (brought.status_code, brought.json()["record"], brought.json()["record_id"]) == (201, record, made["id"])
    assert content(program("wang").get(f"/files/{brought.json()['id']}")) == TEXT


@pytest.mark.attack("B-01")
def test_a_stranger_finds_no_file_and_cannot_tell_whether_there_is_one(cast, program, root):
    own = program("lin").bring(root, "报价.txt", TEXT).json()["id"]
    api = program("zhao")
    for path, other in ((f"/files/{own}", "/files/987654"), (root, "/customers/C987654/files")):
        answers = [api.get(one) for one in (path, other)]
        assert [one.status_code for one in answers] == [404, 404] and answers[0].content == answers[1].content
    assert [api.ask("DELETE", f"/files/{own}").status_code, api.post(f"/files/{own}/restore").status_code] == [404, 404]
    assert api.bring(root, "b.txt", TEXT).status_code == 404
    assert list(Attachment.objects.values_list("name", "dropped_at")) == [("报价.txt", None)]


@pytest.mark.attack("B-61")
def test_files_need_their_scope_and_that_of_their_record(cast, program, root):
    own = program("lin").bring(root, "报价.txt", TEXT).json()["id"]
    for scopes, status in ((("customers.read",), 403), (("files",), 404), (("files", "customers.read"), 200)):
        api = program("lin", *scopes)
        fetched = api.get(f"/files/{own}")
        assert [fetched.status_code, api.get(root).status_code] == [status, status], scopes
        assert not fetched.streaming or content(fetched) == TEXT
    reader = program("lin", "files", "customers.read")
    assert [reader.bring(root, "b.txt", TEXT).status_code, reader.ask("DELETE", f"/files/{own}").status_code] == [404, 403]
    assert program("lin", "files", "customers.read", "customers.write").bring(root, "b.txt", TEXT).status_code == 201


def test_who_reads_but_does_not_change_brings_nothing(cast, program, root):
    own = program("lin").bring(root, "报价.txt", TEXT).json()["id"]
    api = program("chen")

    assert content(api.get(f"/files/{own}")) == TEXT
    assert [api.bring(root, "b.txt", TEXT).status_code, api.ask("DELETE", f"/files/{own}").status_code] == [404, 403]
    role = Role.objects.get(code="CS_AGENT")
    role.actions = []
    role.save()
    assert program("chen").get(f"/files/{own}").status_code == 403


def test_only_one_sound_file_of_a_known_sort_is_taken(cast, program, root):
    api = program("lin")
    wrong = [("x.exe", b"MZ" + b"\0" * 100), ("leer.txt", b""), ("bild.png", b"no picture at all")]
    for name, sent in wrong:
        refused = api.bring(root, name, sent)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "file"), name
    around = {"HTTP_AUTHORIZATION": f"Bearer {api.secret}"}
    path = f"/api/v1{root}"
    assert api.client.post(path, {"other": SimpleUploadedFile("a.txt", TEXT)}, **around).status_code == 422
    assert api.client.post(path, {"file": SimpleUploadedFile("a.txt", TEXT), "more": "1"}, **around).status_code == 422
    assert api.client.post(path, {"file": "text"}, **around).status_code == 422
    assert api.client.post(path, {"file": [SimpleUploadedFile("a.txt", TEXT), SimpleUploadedFile("b.txt", TEXT)]}, **around).status_code == 422
    assert api.post(root, {"file": "x"}).status_code == 415
    broken = api.client.generic("POST", path, b"--x\r\nnothing", "multipart/form-data; boundary=", **around)
    assert (broken.status_code, broken["Content-Type"]) == (400, "application/problem+json")
    assert not Attachment.objects.exists()


@pytest.mark.attack("B-76")
def test_a_file_under_a_key_is_kept_once(cast, program, root):
    api = program("lin")
    answers = [api.bring(root, "a.txt", TEXT, idempotency_key="file-1") for _n in range(3)]
    assert len({one.content for one in answers}) == 1
    other = api.bring(root, "a.txt", TEXT + b"!", idempotency_key="file-1")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "E_KEY_REUSED")
    assert Attachment.objects.count() == 1


def test_a_large_file_comes_by_way_of_the_disk(cast, program, root):
    large = b"a" * 3_000_000
    made = program("lin").bring(root, "a.txt", large)

    assert (made.status_code, made.json()["size"]) == (201, 3_000_000)
    assert content(program("lin").get(f"/files/{made.json()['id']}")) == large


@pytest.mark.attack("B-12")
def test_who_lost_the_record_lost_its_files(cast, program, root):
    api = program("lin")
    own = api.bring(root, "a.txt", TEXT).json()["id"]
    owners.transfer(cast.wang, cast.acme, cast.zhao.pk, "片区调整")
    assert api.get(f"/files/{own}").status_code == 404
    assert content(program("zhao").get(f"/files/{own}")) == TEXT
    zhao = program("zhao")
    people.disable(None, cast.zhao)
    assert zhao.get(f"/files/{own}").status_code == 401
