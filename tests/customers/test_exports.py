"""Files that leave: what their maker may is asked again when they are made and when they are fetched."""

import csv
import io

import pytest

from keji.access.models import Held, Role
from keji.access.rules.people import disable, hold
from keji.customers.models import Customer
from keji.queue.models import Job
from keji.queue.worker import work
from keji.records.models import Export
from keji.records.rules import exports


@pytest.fixture(autouse=True)
def _in_the_background(monkeypatch, db):
    Job.objects.all().delete()
    monkeypatch.setattr(exports, "AT_ONCE", 0)


@pytest.fixture
def browse(cast, client):
    def browser(name):
        client.force_login(getattr(cast, name))
        return client

    return browser


def asked(client, query=""):
    assert client.post("/customers/export/", {"query": query, "why": "核对", "format": "csv"}).status_code == 302
    return Export.objects.latest("pk")


def state(export):
    export.refresh_from_db()
    return export.state


def rows(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))[1:]


def test_an_export_in_the_background_holds_what_the_list_was_narrowed_to(cast, browse, files):
    client = browse("shen")
    export = asked(client, "q=星海智能")
    work(once=True)

    found = rows(client.get(f"/exports/{export.pk}/"))

    assert (state(export), export.rows, len(found)) == ("READY", 1, 1)
    assert "星海智能科技有限公司" in found[0]


@pytest.mark.attack("B-12")
@pytest.mark.parametrize("how", ["demoted", "disabled", "role changed"])
def test_who_lost_the_right_before_the_file_is_made_gets_no_file(cast, browse, files, how):
    export = asked(browse("shen"))

    if how == "demoted":
        hold(None, cast.shen, ["CS_AGENT"])
    elif how == "disabled":
        disable(None, cast.shen)
    else:
        role = Role.objects.get(code="DATA_STEWARD")
        role.reach["customers"].pop("export")
        role.save()
    work(once=True)

    assert state(export) == "DENIED"
    assert not list(files.rglob("*.*"))
    assert browse("shen").get(f"/exports/{export.pk}/").status_code in (302, 403)


@pytest.mark.attack("B-12")
def test_who_may_take_fewer_rows_when_the_file_is_made_gets_those_that_are_left(cast, browse, files):
    """The steward became a manager of the east meanwhile: without the right to any number, and only of a team."""
    client = browse("shen")
    export = asked(client)
    role = Role.objects.get(code="DATA_STEWARD")
    role.reach["customers"]["export"] = "team"
    role.save()
    work(once=True)

    found = rows(client.get(f"/exports/{export.pk}/"))

    assert state(export) == "READY"
    assert [one for one in found if "星海智能科技有限公司" in one] == []
    assert any("蓝田制造集团有限公司" in one for one in found)


@pytest.mark.attack("B-12")
@pytest.mark.attack("B-56")
def test_a_file_that_is_ready_is_not_served_to_who_lost_the_right(cast, browse, files):
    client = browse("shen")
    export = asked(client)
    work(once=True)
    Held.objects.filter(person=cast.shen).delete()

    assert (state(export), client.get(f"/exports/{export.pk}/").status_code) == ("READY", 403)


@pytest.mark.attack("B-77")
def test_of_fifty_exports_of_one_person_few_wait_and_the_rest_are_put_off(cast, browse, files):
    client = browse("shen")
    found = [client.post("/customers/export/", {"query": "", "why": "核对", "format": "csv"}) for _n in range(50)]

    assert [answer.status_code for answer in found] == [302] * exports.WAITING + [429] * (50 - exports.WAITING)
    assert found[-1]["Retry-After"] == "60"
    assert Job.objects.count() == exports.WAITING
    assert browse("wang").post("/customers/export/", {"why": "核对", "format": "csv"}).status_code == 302


@pytest.mark.attack("B-77")
@pytest.mark.parametrize("page", ["/customers/export/", "/deals/export/", "/followups/export/", "/exports/workbook/"])
def test_while_a_file_is_made_at_once_no_other_is_begun(page, cast, browse, files, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 2000)
    rows = Customer.objects.all()
    exports.ask(cast.shen, "customers", {"customers": rows}, "", "核对", "csv")

    assert browse("shen").post(page, {"why": "核对", "format": "csv"}).status_code == 429
    Export.objects.update(state="READY")
    assert browse("shen").post(page, {"why": "核对", "format": "csv"}).status_code == 302
