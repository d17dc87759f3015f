"""Files that leave: what their maker may is asked again when they are made and when they are fetched."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from keji.access.models import Entry, Held, Role
from keji.access.rules.people import disable, hold
from keji.customers.models import Contact, Customer
from keji.customers.rules.needs import add_need
from keji.customers.rules.tagging import tag
from keji.deals.rules.open import open_deal
from keji.followups.rules.log import log
from keji.kernel import tables
from keji.queue.models import Job
from keji.queue.worker import work
from keji.records.models import Export
from keji.records.rules import exports


@pytest.fixture(autouse=True)
def _in_the_background(monkeypatch, db):
    Job.objects.all().delete()
    assert get_resolver().url_patterns  # pages that copy the number copy the true one
    monkeypatch.setattr(exports, "AT_ONCE", 0)


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


@pytest.mark.req("R-002-26")
def test_the_customers_of_a_tag_leave_as_a_list_with_those_who_can_be_written_to_there(cast, browse, files):
    tag(cast.lin, cast.acme, "展会到访")
    contacts = set(Contact.objects.filter(customer=cast.acme, deleted_at=None).values_list("name", flat=True))
    assert contacts and Contact.objects.exclude(customer=cast.acme).exists()
    client = browse("shen")
    told = {"query": "tags=展会到访", "why": "会后回访", "format": "xlsx"}
    assert client.post("/customers/export/", told).status_code == 302
    work(once=True)

    path = settings.FILES / "exports" / Export.objects.latest("pk").file
    (titles, *lines), (heads, *people) = (list(tables.rows(path, sheet)) for sheet in (0, 1))

    assert [line[titles.index("客户名称")] for line in lines] == ["星海智能科技有限公司"]
    assert {line[heads.index("联系人姓名")] for line in people} == contacts


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


def test_a_file_is_called_after_the_day_in_shanghai(cast, browse, files):
    client = browse("shen")
    export = asked(client)
    work(once=True)
    Export.objects.filter(pk=export.pk).update(created_at=datetime(2026, 11, 25, 18, tzinfo=UTC))
    answer = client.get(f"/exports/{export.pk}/")
    answer.close()
    name = answer["Content-Disposition"]

    assert "20261126" in name and "20261125" not in name


@pytest.mark.attack("B-77")
def made(person, record, form="xlsx"):
    """A finished export of a record type, or the whole workbook."""
    told = {"query": "", "why": "核对", "format": form}
    address = "/exports/workbook/" if record == "workbook" else f"/{record}/export/"
    client = Client()
    client.force_login(person)
    assert client.post(address, told).status_code == 302
    work(once=True)
    export = Export.objects.latest("pk")
    assert state(export) == "READY"
    return client, export


HOLDS = {
    "customers": ["customers", "contacts"],
    "deals": ["deals"],
    "followups": ["followups"],
    "workbook": ["customers", "contacts", "followups", "needs", "deals"],
}


@pytest.fixture
def full(cast):
    """A record of each type, all of them within the steward's reach."""
    add_need(cast.lin, {"description": "采购办公设备"}, cast.acme)
    open_deal(cast.lin, {"name": "办公设备批量采购"}, cast.acme)
    log(cast.lin, {"summary": "说好了价格"}, cast.acme)
    return cast


def change_role(code, **told):
    role = Role.objects.get(code=code)
    for name, value in told.items():
        setattr(role, name, value)
    role.save()


@pytest.mark.attack("B-12")
@pytest.mark.parametrize(("file", "lost"), [(file, lost) for file, holds in HOLDS.items() for lost in holds])
def test_a_finished_file_asks_again_for_each_record_type_in_it(full, files, file, lost):
    client, export = made(full.shen, file)
    assert sorted(export.holds) == sorted(HOLDS[file])
    assert b"".join(client.get(f"/exports/{export.pk}/").streaming_content)[:2] == b"PK"

    reach = Role.objects.get(code="DATA_STEWARD").reach
    change_role("DATA_STEWARD", reach={**reach, lost: {**reach[lost], "export": "none"}})

    assert client.get(f"/exports/{export.pk}/").status_code == 403


@pytest.mark.attack("B-12")
@pytest.mark.parametrize("narrower", ["reach", "field", "number", "history"])
def test_a_finished_file_is_not_served_to_who_reads_less_by_now(full, files, narrower):
    client, export = made(full.shen, "workbook")
    role = Role.objects.get(code="DATA_STEWARD")
    if narrower == "reach":
        change_role("DATA_STEWARD", reach={**role.reach, "contacts": {**role.reach["contacts"], "export": "team"}})
    elif narrower == "field":
        change_role("DATA_STEWARD", fields={**role.fields, "needs.budget": "hide"})
    else:
        gone = {"number": "customers.export_any", "history": "followups.history"}[narrower]
        change_role("DATA_STEWARD", actions=[name for name in role.actions if name != gone])

    answer = client.get(f"/exports/{export.pk}/", follow=True)
    assert "你的权限有变化，请重新导出" in answer.content.decode()
    assert not Entry.objects.filter(action="customers.export_fetched").exists()


def test_a_role_that_grants_more_of_something_else_takes_no_file_away(full, files):
    client, export = made(full.shen, "deals", "csv")
    change_role("DATA_STEWARD", actions=[*Role.objects.get(code="DATA_STEWARD").actions, "desk.health"])

    assert len(rows(client.get(f"/exports/{export.pk}/"))) == 1


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
