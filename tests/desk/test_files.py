import hashlib
import json
import os
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keji.access.models import Entry
from keji.customers.rules.bin import drop as drop_customer
from keji.customers.rules.owners import transfer
from keji.deals.rules.open import open_deal
from keji.kernel.clock import now
from keji.records.models import Attachment
from keji.records.rules import attachments
from tests.kernel.test_filetypes import picture

PDF = b"%PDF-1.7 " + "合同".encode() * 50


@pytest.fixture(autouse=True)
def _files(files):
    return files


def bring(browser, customer, name="合同.pdf", content=PDF, record="customers"):
    told = {"_files": SimpleUploadedFile(name, content), "then": f"/customers/{customer.pk}/"}
    return browser.post(f"/files/{record}/{customer.pk}/", told)


def signed_in(person):
    browser = Client(raise_request_exception=False)
    browser.force_login(person)
    return browser


def test_the_history_tells_of_files_that_came_and_not_of_who_fetched_them(cast, browse):
    lin = browse("lin")
    bring(lin, cast.acme)
    assert b"".join(lin.get(f"/files/{Attachment.objects.get().pk}/").streaming_content) == PDF
    shown = lin.get(f"/customers/{cast.acme.pk}/?show=changes").content.decode()

    assert "林晓 · 附件 · " in shown
    assert "file_fetched" not in shown and "查看和添加附件" not in shown
    assert "下载附件" in browse("shen").get("/trail/").content.decode()


@pytest.mark.attack("B-29")
def test_a_file_comes_back_byte_for_byte_to_be_saved_and_the_trail_knows(cast, browse):
    lin = browse("lin")
    answer = bring(lin, cast.acme)
    [kept] = Attachment.objects.all()
    got = lin.get(f"/files/{kept.pk}/")

    assert (answer.status_code, answer["Location"]) == (302, f"/customers/{cast.acme.pk}/")
    assert b"".join(got.streaming_content) == PDF
    assert got["Content-Disposition"].startswith("attachment; ")
    assert (got["Content-Type"], got["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert got["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert list(Entry.objects.order_by("-pk").values_list("action", flat=True)[:2]) == ["records.file_fetched", "records.files"]


def test_the_same_content_lies_on_the_disk_once(cast, browse, files):
    for name in ("一.pdf", "二.pdf"):
        bring(browse("lin"), cast.acme, name)

    stored = [path for path in (files / "attachments").rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [hashlib.sha256(PDF).hexdigest()]
    assert [oct(path.stat().st_mode & 0o777) for path in stored] == ["0o600"]
    assert Attachment.objects.count() == 2


def test_a_picture_has_a_preview(cast, browse):
    bring(browse("lin"), cast.acme, "执照.png", picture())
    [kept] = Attachment.objects.all()
    got = browse("lin").get(f"/files/{kept.pk}/preview/")

    assert (got.status_code, got["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(got.streaming_content)[:3] == b"\xff\xd8\xff"


def test_of_several_files_the_good_ones_are_kept_and_the_others_named(cast, browse):
    told = {"_files": [SimpleUploadedFile("好.pdf", PDF), SimpleUploadedFile("坏.png", b"<svg/>"), SimpleUploadedFile("空.txt", b"")]}
    page = browse("lin").post(f"/files/customers/{cast.acme.pk}/", told | {"then": "/account/"}, follow=True).content.decode()

    assert [one.name for one in Attachment.objects.all()] == ["好.pdf"]
    assert "坏.png：" in page and "空.txt：文件是空的" in page
    assert "已添加 1 个附件" in page


@pytest.mark.attack("B-09")
def test_strangers_ex_owners_and_the_disabled_get_what_is_not_there(cast, browse):
    bring(browse("lin"), cast.acme, "执照.png", picture())
    [kept] = Attachment.objects.all()
    gone = browse("lin").get("/files/999999/")

    def answers(person):
        browser = signed_in(person)
        return [browser.get(f"/files/{kept.pk}/{part}").status_code for part in ("", "preview/")] + [browser.post(f"/files/{kept.pk}/drop/").status_code]

    assert gone.status_code == 404
    assert answers(cast.zhao) == [404, 404, 404]
    transfer(cast.wang, cast.acme, cast.zhao.pk, "换人")
    assert answers(cast.lin) == [404, 404, 404]
    drop_customer(cast.wang, type(cast.acme).objects.get(pk=cast.acme.pk))
    assert answers(cast.wang) == [404, 404, 404]
    assert Attachment.objects.filter(dropped_at=None).count() == 1


@pytest.mark.attack("B-03")
def test_nobody_puts_files_where_they_may_not_change(cast, browse):
    for who in ("zhao", "chen", "shen"):
        assert bring(signed_in(getattr(cast, who)), cast.acme).status_code == (302 if who == "shen" else 404)
    assert bring(browse("lin"), cast.acme, record="people").status_code == 404
    assert [one.who for one in Attachment.objects.all()] == [cast.shen]


def test_a_file_is_dropped_and_taken_back(cast, browse):
    lin = browse("lin")
    bring(lin, cast.acme)
    [kept] = Attachment.objects.all()

    lin.post(f"/files/{kept.pk}/drop/", {"then": "//evil.example"})
    assert Attachment.objects.get().dropped_by == cast.lin
    lin.post(f"/files/{kept.pk}/restore/")
    assert Attachment.objects.get().dropped_at is None


PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "section#files"}


def test_with_htmx_the_panel_alone_comes_back_and_what_else_was_typed_stays(cast, browse):
    lin, told = browse("lin"), {"_files": [SimpleUploadedFile("合同.pdf", PDF), SimpleUploadedFile("坏.png", b"<svg/>")]}
    answer = lin.post(f"/files/customers/{cast.acme.pk}/", told, **PART)
    page, says = answer.content.decode(), json.loads(answer["HX-Trigger"])
    [kept] = Attachment.objects.all()

    assert (answer.status_code, "<html" in page, page.count('id="files"')) == (200, False, 1)
    assert f'href="/files/{kept.pk}/" download>合同.pdf' in page
    assert (says["toast"]["level"], says["logged"]) == ("danger", {"customer": cast.acme.pk})
    assert "坏.png：" in says["toast"]["text"] and "已添加 1 个附件" in says["toast"]["text"]

    dropped = lin.post(f"/files/{kept.pk}/drop/", **PART).content.decode()
    assert ("最近删除的 1 个" in dropped, f"/files/{kept.pk}/restore/" in dropped) == (True, True)
    assert 'download>合同.pdf' in lin.post(f"/files/{kept.pk}/restore/", **PART).content.decode()


def test_with_htmx_the_panel_of_a_deal_is_that_of_the_deal(cast, browse):
    deal = open_deal(cast.lin, {"name": "办公设备"}, cast.acme)
    answer = browse("lin").post(f"/files/deals/{deal.pk}/", {"_files": SimpleUploadedFile("方案.pdf", PDF), "then": f"/deals/{deal.pk}/"}, **PART)

    assert f'action="/files/deals/{deal.pk}/"' in answer.content.decode()
    assert f'name="then" value="/deals/{deal.pk}/"' in answer.content.decode()
    assert "logged" not in json.loads(answer["HX-Trigger"])
    assert browse("zhao").post(f"/files/deals/{deal.pk}/", {"_files": SimpleUploadedFile("方案.pdf", PDF)}, **PART).status_code == 404


def test_what_is_too_large_or_too_much_is_refused(cast, browse, monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST", 300)
    monkeypatch.setattr(attachments, "MOST", 1)
    bring(browse("lin"), cast.acme, "大.pdf", PDF + b"x" * 300)
    assert Attachment.objects.count() == 0
    bring(browse("lin"), cast.acme, "一.txt", b"one")
    bring(browse("lin"), cast.acme, "二.txt", b"two")
    assert [one.name for one in Attachment.objects.all()] == ["一.txt"]
    monkeypatch.setattr(attachments, "MOST", 9)
    monkeypatch.setattr(attachments, "A_DAY", 5)
    bring(browse("lin"), cast.acme, "三.txt", b"three")
    assert Attachment.objects.count() == 1


@pytest.mark.proof("R-23")
def test_the_sweep_removes_orphans_and_old_bin_and_nothing_else(cast, browse, files):
    for name, content in (("一.txt", b"one"), ("二.txt", b"two"), ("三.txt", b"three")):
        bring(browse("lin"), cast.acme, name, content)
    Attachment.objects.filter(name="一.txt").update(dropped_at=now() - timedelta(days=31))
    Attachment.objects.filter(name="二.txt").update(dropped_at=now() - timedelta(days=29))
    fresh = files / "attachments" / "ab"
    fresh.mkdir(exist_ok=True)
    (fresh / "ab00.part").write_bytes(b"left by a crash")
    (fresh / "ab11.part").write_bytes(b"being written now")
    for path in (files / "attachments").rglob("*"):
        if path.is_file() and path.name != "ab11.part":
            os.utime(path, (time.time() - 7200,) * 2)

    assert attachments.sweep() == 2

    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["三.txt", "二.txt"]
    assert (fresh / "ab11.part").exists()
    assert all(attachments.content(one).exists() for one in Attachment.objects.all())


@pytest.mark.proof("R-23")
def test_without_room_on_the_disk_nothing_is_kept(cast, browse, files, monkeypatch):
    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    browser = signed_in(cast.lin)

    assert bring(browser, cast.acme).status_code == 507
    assert Attachment.objects.count() == 0
    assert [path for path in files.rglob("*") if path.is_file()] == []
