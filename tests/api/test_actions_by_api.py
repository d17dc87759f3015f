"""Rules as actions, batches, and requests that come twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from keji.access.models import Role
from keji.access.scope import ACTIONS
from keji.agenda.models import Campaign, Task
from keji.agenda.rules import campaigns
from keji.agenda.rules.tasks import add
from keji.api.actions import ACTS
from keji.api.examples import RECORDS
from keji.api.models import Replay
from keji.api.operations import OPERATIONS
from keji.clocks.models import Limit
from keji.customers.models import Customer
from keji.deals.rules.open import open_deal
from keji.followups.models import Followup
from keji.kernel.clock import now

pytestmark = pytest.mark.django_db


def deal_of(cast):
    return open_deal(cast.lin, {"name": "设备采购", "expected_amount": Decimal(300000)}, cast.acme)


def test_every_operation_has_a_door_that_is_declared_or_says_why_not():
    assert [one.name for one in OPERATIONS if one.door not in ACTIONS and not one.because] == []
    assert {act.door for act in ACTS} <= ACTIONS.keys()


def test_a_customer_changes_hands_with_a_reason(cast, program):
    api = program("wang")
    assert api.post(f"/customers/{cast.acme.pk}/transfer", {"owner": "zhao"}).json()["errors"][0]["field"] == "why"
    moved = api.post(f"/customers/{cast.acme.pk}/transfer", {"owner": "zhao", "why": "片区调整"})

    assert (moved.status_code, moved.json()["owner"]) == (200, cast.zhao.pk)
    assert program("lin").post(f"/customers/{cast.other.pk}/transfer", {"owner": "lin", "why": "x"}).status_code == 403


def test_what_else_is_done_with_a_customer(cast, program):
    api, root = program("wang"), f"/customers/{cast.acme.customer_no}"

    assert api.post(f"{root}/regrade", {"grade": "B", "why": "复评"}).json()["grade"] == "B"
    assert api.post(f"{root}/collaborators", {"people": ["zhao"]}).status_code == 200
    assert program("zhao").get(f"/customers/{cast.acme.pk}").status_code == 200
    tagged = api.post(f"{root}/tag", {"tag": "展会来的"}).json()["tags"]
    assert tagged
    untagged = api.post(f"{root}/untag", {"tag": max(tagged)}).json()["tags"]
    assert set(tagged) - set(untagged) == {max(tagged)}
    kept = api.post(f"{root}/remember", {"name": "成立日", "day": "2015-06-01", "yearly": True})
    assert kept.status_code == 200, kept.content.decode()
    assert api.post(f"{root}/forget", {"day_id": kept.json()["day_id"]}).status_code == 200


def test_a_masked_value_is_revealed_counted_and_written_down(cast, program):
    from keji.access.models import Entry

    contact = cast.acme.contacts.get()
    told = program("chen").post(f"/contacts/{contact.pk}/reveal", {"field": "mobile"})

    assert told.json() == {"field": "mobile", "value": "13812345678"}
    assert Entry.objects.filter(who=cast.chen, action="customers.reveal", record_id=contact.pk).count() == 1
    assert program("chen").post(f"/customers/{cast.acme.pk}/reveal", {"field": "id_number"}).status_code == 404


def test_a_deal_moves_when_what_its_stage_asks_is_told(cast, program):
    deal, api = deal_of(cast), program("lin")
    stages = list(deal.pipeline.stages.order_by("sort").values_list("pk", flat=True))
    root = f"/deals/{deal.pk}"

    lacking = api.post(f"{root}/move", {"stage": stages[1]})
    assert lacking.status_code == 422
    assert api.post(f"{root}/tick", {"facts": ["NEED"]}).status_code == 200
    assert api.post(f"{root}/move", {"stage": stages[1], "why": "已谈过", "version": 1}).status_code == 409
    moved = api.post(f"{root}/move", {"stage": stages[1], "why": "已谈过"})
    assert (moved.status_code, moved.json()["stage"]) == (200, stages[1])
    assert api.post(f"{root}/confirm").status_code == 200


def test_the_same_key_and_body_is_done_once(cast, program):
    api, told = program("lin"), {"name": "只登记一次有限公司"}
    first = api.post("/customers", told, idempotency_key="order-1")
    again = api.post("/customers", told, idempotency_key="order-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert Customer.objects.filter(name=told["name"]).count() == 1
    other = api.post("/customers", {"name": "另一家有限公司"}, idempotency_key="order-1")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "E_KEY_REUSED")
    assert program("wang").post("/customers", {"name": "王敏的有限公司"}, idempotency_key="order-1").status_code == 201
    assert "只登记一次" not in repr(list(Replay.objects.values()))


def test_a_key_of_a_refused_request_is_free_again(cast, program):
    api = program("lin")
    assert api.post("/customers", {"name": ""}, idempotency_key="k").status_code == 422
    assert api.post("/customers", {"name": "改好的有限公司"}, idempotency_key="k").status_code == 201


def test_a_wider_answer_is_not_given_to_a_narrower_token(cast, program):
    told = {"name": "两个令牌有限公司"}
    assert program("lin").post("/customers", told, idempotency_key="k").status_code == 201
    narrow = program("lin", "customers.write").post("/customers", told, idempotency_key="k")
    assert narrow.status_code == 422


def test_old_answers_are_swept(cast, program, monkeypatch):
    from datetime import timedelta

    from keji.api import rules
    from keji.kernel.clock import now

    program("lin").post("/customers", {"name": "旧的有限公司"}, idempotency_key="k")
    assert rules.sweep() == 0
    later = now() + timedelta(hours=49)
    monkeypatch.setattr(rules, "now", lambda: later)
    assert rules.sweep() == 1


def test_each_row_of_a_batch_stands_for_itself(cast, program):
    api, told = program("lin"), {"items": [
        {"name": "第一行有限公司"},
        {"name": ""},
        {"do": "change", "key": cast.acme.pk, "version": cast.acme.version, "remark": "批量"},
        {"do": "change", "key": cast.acme.pk, "version": 99, "remark": "过时"},
        {"do": "change", "key": cast.other.pk, "version": 1, "remark": "别人的"},
        {"do": "upsert", "key": cast.acme.customer_no, "remark": "按编号"},
        {"do": "fly"},
        {"do": "delete", "key": cast.acme.customer_no, "why": "过时", "version": 99},
        {"do": "delete", "key": cast.acme.customer_no, "why": "重复"},
        {"do": "restore", "key": cast.acme.pk},
    ]}
    found = api.post("/customers/batch", told, idempotency_key="night")

    assert found.status_code == 200, found.content.decode()
    assert [one["status"] for one in found.json()["items"]] == [201, 422, 200, 409, 404, 200, 422, 409, 200, 200]
    assert api.post("/customers/batch", told, idempotency_key="night").json()["items"][0] == found.json()["items"][0]
    assert Customer.objects.filter(name="第一行有限公司").count() == 1
    assert api.post("/customers/batch", {"items": []}).status_code == 422
    assert api.post("/customers/batch", {"items": [{}] * 1001}).status_code == 422


def test_a_thousand_rows_come_in_one_batch(cast, program):
    rows = [{"customer_id": cast.acme.pk, "method": "PHONE", "summary": f"第 {n} 次电话，问了交期和价格"} for n in range(50)]
    rows += [{"do": "delete", "key": 900_000 + n} for n in range(950)]
    found = program("lin").post("/followups/batch", {"items": rows})

    assert [one["status"] for one in found.json()["items"]] == [201] * 50 + [404] * 950
    assert Followup.objects.filter(customer=cast.acme).count() == 50


@pytest.mark.req("R-000-48")
@pytest.mark.req("R-001-34")
def test_a_list_leaves_as_a_file_for_a_clock_outside_to_fetch(cast, program, files):
    api = program("wang")
    asked = api.post("/customers/export", {"query": "grade=A", "why": "每周备份", "format": "csv"})

    assert asked.status_code == 201, asked.content.decode()
    told = api.get(f"/exports/{asked.json()['id']}").json()
    assert (told["state"], told["rows"], told["why"]) == ("READY", 1, "每周备份")
    file = api.get(f"/exports/{told['id']}/file")
    assert "星海智能科技有限公司" in b"".join(file.streaming_content).decode("utf-8-sig")
    assert api.post("/customers/export", {"query": ""}).json()["errors"][0]["field"] == "why"
    assert program("shen").get(f"/exports/{told['id']}").status_code == 404
    assert program("wang", "customers.read", "export").post("/customers/export", {"why": "x"}).json()["code"] == "E_SCOPE"
    assert program("wang", "export").get(f"/exports/{told['id']}/file").json()["code"] == "E_SCOPE"
    assert program("wang", "customers.read").post("/customers/export", {"why": "x"}).json()["code"] == "E_SCOPE"


@pytest.mark.parametrize("record", ["contacts", "needs", "deals", "followups"])
def test_every_list_leaves_as_a_file(cast, program, files, record):
    made = program("lin").post(f"/{record}", RECORDS[record] | {"customer_id": cast.acme.pk}).json()
    api = program("wang")
    asked = api.post(f"/{record}/export", {"why": "核对", "format": "csv"})
    assert (asked.status_code, asked.json()["record"], asked.json()["state"]) == (201, record, "READY"), asked.content.decode()
    told = b"".join(api.get(f"/exports/{asked.json()['id']}/file").streaming_content).decode("utf-8-sig")
    assert cast.acme.customer_no in told and RECORDS[record][WORDS[record]] in told, (made, told)
    for wrong, field in (({"query": "nothing=1"}, "query"), ({"query": "a" * 4001}, "query"), ({"why": "为" * 501}, "why")):
        assert api.post(f"/{record}/export", {"why": "核对", **wrong}).json()["errors"][0]["field"] == field
    assert program("lin").post(f"/{record}/export", {"why": "核对"}).status_code == 403


WORDS = {"contacts": "name", "needs": "description", "deals": "name", "followups": "summary"}


@pytest.mark.parametrize("record", ["contacts", "needs", "deals", "followups"])
def test_a_file_does_not_hold_the_number_of_a_customer_that_its_maker_does_not_read(cast, program, files, record):
    program("lin").post(f"/{record}", RECORDS[record] | {"customer_id": cast.acme.pk})
    role = Role.objects.get(code="DATA_STEWARD")
    role.fields = {**role.fields, "customers.customer_no": "hide"}
    role.save()
    api = program("shen")
    asked = api.post(f"/{record}/export", {"why": "核对", "format": "csv"})
    told = b"".join(api.get(f"/exports/{asked.json()['id']}/file").streaming_content).decode("utf-8-sig")

    assert RECORDS[record][WORDS[record]] in told and cast.acme.customer_no not in told


@pytest.mark.attack("B-77")
def test_fifty_exports_of_one_person_wait_for_one_another(cast, program, files, monkeypatch):
    from keji.records.rules import exports

    monkeypatch.setattr(exports, "AT_ONCE", -1)
    api = program("wang")
    answers = [api.post("/customers/export", {"why": f"第 {n} 次"}) for n in range(50)]

    assert [one.status_code for one in answers] == [201] * exports.WAITING + [429] * (50 - exports.WAITING)
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_document_says_what_a_row_of_a_batch_is(cast, program):
    document = program("lin").get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    rows = {name: {one["title"]: one for one in schemas[f"{name}_row"]["oneOf"]} for name in ("customers", "deals")}
    assert list(rows["customers"]) == ["create", "change", "upsert", "delete", "restore"]
    assert list(rows["deals"]) == ["create", "change", "delete", "restore"]
    assert rows["customers"]["change"]["properties"].keys() - {"do", "key"} == schemas["customers_change"]["properties"].keys()
    assert rows["deals"]["create"]["required"] == schemas["deals_new"]["required"] == ["customer_id"]
    items = document["paths"]["/api/v1/deals/batch"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["items"]["items"]
    assert items == {"$ref": "#/components/schemas/deals_row"}


@pytest.mark.req("R-004-36")
def test_a_round_is_ended_by_one_of_its_tasks_and_with_a_reason_while_customers_are_left(cast, program):
    turn = date(2026, 3, 31)
    campaigns.begin(Limit.objects.get(code="SLA-14"), turn)
    task = Task.objects.filter(assignee=cast.lin, kind="REVIEW").get()
    other = add(cast.lin, {"title": "寄样品", "due_at": now() + timedelta(days=1)}, cast.acme)
    steward = program("shen")

    assert program("lin").post(f"/tasks/{task.pk}/close_round", {"why": "没空"}).status_code == 403
    assert steward.post(f"/tasks/{task.pk}/close_round", {}).json()["errors"][0]["field"] == "why"
    assert steward.post(f"/tasks/{other.pk}/close_round", {}).json()["errors"][0]["code"] == "E_STATE"
    assert steward.post(f"/tasks/{task.pk}/close_round", {"why": "下季再核"}).status_code == 200
    task.refresh_from_db()
    assert (task.state, Campaign.objects.get(turn=turn).why) == ("DROPPED", "下季再核")
    assert steward.post(f"/tasks/{task.pk}/close_round", {"why": "再来"}).status_code == 404  # dropped with its round
