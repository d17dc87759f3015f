"""An import as people do it: through the pages."""

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keji.intake.models import Run
from keji.kernel import tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def browse(cast, client, files, settings):
    """A browser in which one of the cast is signed in."""
    settings.WHITENOISE_AUTOREFRESH = True

    def browser(name):
        client.force_login(getattr(cast, name))
        return client

    return browser


def file(tmp_path, rows, password=""):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    path = tmp_path / "客户.xlsx"
    made.save(path)
    if password:
        tables.encrypt_xlsx(path, password)
    return SimpleUploadedFile("客户.xlsx", path.read_bytes())


def test_a_locked_file_asks_for_its_password_again_and_keeps_none(browse, tmp_path, files):
    client = browse("lin")
    sent = file(tmp_path, [["客户名称", "备注"], ["天成服装有限公司", "新"]], "geheim-7301")
    assert client.post("/imports/new/", {"file": sent, "password": "geheim-7301"}).status_code == 302
    first = Run.objects.get()

    asked = client.post(f"/imports/{first.pk}/again/")
    wrong = client.post(f"/imports/{first.pk}/again/", {"password": "falsch"})
    right = client.post(f"/imports/{first.pk}/again/", {"password": "geheim-7301"})

    assert (asked.status_code, wrong.status_code) == (422, 422)
    assert "文件设有打开密码" in asked.content.decode() and "打开密码不对" in wrong.content.decode()
    second = Run.objects.exclude(pk=first.pk).get()
    assert right["Location"] == f"/imports/{second.pk}/columns/"
    assert (second.digest, second.lines.count()) == (first.digest, 1)
    kept = [str(value) for run in Run.objects.values() for value in run.values()]
    assert not any("geheim" in one for one in kept)
    assert all(b"geheim" not in one.read_bytes() for one in files.rglob("*") if one.is_file())


def test_a_file_that_was_cleared_away_is_said_so(browse, tmp_path, files):
    client = browse("lin")
    client.post("/imports/new/", {"file": file(tmp_path, [["客户名称", "备注"], ["天成服装有限公司", "新"]])})
    run = Run.objects.get()
    (files / "imports" / run.file).unlink()

    answer = client.post(f"/imports/{run.pk}/again/", follow=True)

    assert answer.status_code == 200
    assert "原文件已清理" in answer.content.decode()
    assert Run.objects.count() == 1
