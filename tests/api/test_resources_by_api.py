"""Records by the API: found, read, made, changed, thrown away and taken back, as on the pages."""

from datetime import timedelta

import pytest
from moments import local

from keji.api.values import moment
from keji.clocks.models import Clock
from keji.customers.models import Customer
from keji.kernel.clock import now

pytestmark = pytest.mark.django_db
NEW = {
    "contacts": {"name": "王芳", "title": "经理", "mobile": "13700001111"},
    "needs": {"description": "采购 120 套智能办公设备，年底前用上", "priority": "HIGH"},
    "tasks": {"title": "发送报价单", "kind": "ACTION"},
    "deals": {"name": "智能办公设备批量采购", "expected_amount": "300000.00"},
    "followups": {"method": "PHONE", "summary": "介绍了新一代产品，对方想看演示，下周再约"},
    "tickets": {"problem": "设备偶尔卡顿，影响使用", "kind": "AFTER_SALES"},
}


def codes(answer):
    return {(one["field"], one["code"]) for one in answer.json()["errors"]}


def test_a_list_gives_what_the_list_on_the_screen_gives(cast, program):
    found = program("lin").get("/customers?sort=name&grade=A&fields=name,grade,owner")

    assert found.status_code == 200
    assert found["Content-Type"] == "application/json"
    told = {"id": cast.acme.pk, "version": cast.acme.version, "name": "星海智能科技有限公司", "grade": "A"}
    assert found.json() == {"items": [told | {"owner": cast.lin.pk}], "next": None, "count": 1}
    assert "星海" in found.content.decode()


def test_fields_are_named_or_all_and_a_parameter_without_a_value_is_refused(cast, program):
    api, one = program("lin"), f"/customers/{cast.acme.pk}"
    asked = {"?fields=*": 200, "?fields=name,*": 200, "?fields=": 400, "?fields=name,": 400, "?fields=*,secret": 400}

    assert {tail: api.get(one + tail).status_code for tail in asked} == asked
    assert api.get(f"{one}?fields=name,*").json() == api.get(one).json()
    assert program("wang").ask("DELETE", f"{one}?why=").status_code == 400
    [items] = [told["schema"]["items"] for told in listed(api) if told["name"] == "fields"]
    assert {"name", "*"} <= set(items["enum"])


def listed(api):
    return api.get("/openapi.json").json()["paths"]["/api/v1/customers"]["get"]["parameters"]


def test_pages_follow_one_another_by_their_cursor(cast, program):
    api = program("wang")
    first = api.get("/customers?size=1&sort=-changed_at").json()
    second = api.get(f"/customers?size=1&sort=-changed_at&after={first['next']}").json()

    assert [one["id"] for one in first["items"] + second["items"]] == [cast.other.pk, cast.acme.pk]
    assert second["next"] is None


@pytest.mark.parametrize("key", ["id", "customer_no", "uscc"])
def test_a_customer_is_found_by_id_number_or_credit_code(cast, program, key):
    found = program("lin").get(f"/customers/{getattr(cast.acme, key)}?fields=name")

    assert found.json()["name"] == cast.acme.name
    assert program("zhao").get(f"/customers/{getattr(cast.acme, key)}").status_code == 404


@pytest.mark.parametrize("record", sorted(NEW))
def test_what_belongs_to_a_customer_is_made_changed_dropped_and_restored(cast, program, record):
    api = program("chen" if record == "tickets" else "lin")

    made = api.post(f"/{record}", {"customer_no": cast.acme.customer_no, **NEW[record]})
    assert made.status_code == 201, made.content.decode()
    told = made.json()
    assert told["customer_id"] == cast.acme.pk
    assert made["Location"] == f"/api/v1/{record}/{told['id']}"

    one = f"/{record}/{told['id']}"
    assert api.get(one).json() == told
    text = next(iter(NEW[record]))
    changed = api.patch(one, {"version": told["version"], text: NEW[record][text], "remark": "记一笔"} if record in ("contacts", "deals") else {"version": told["version"], text: NEW[record][text]})
    assert changed.status_code == 200, changed.content.decode()

    gone = api.ask("DELETE", f"{one}?why=重复")
    assert gone.status_code == 200
    assert api.get(one).status_code == 404
    assert told["id"] in [row["id"] for row in api.get(f"/{record}/bin").json()["items"]]
    assert api.post(f"{one}/restore").status_code == 200
    assert api.get(one).json()["id"] == told["id"]


def test_a_customer_comes_with_its_first_contact(cast, program):
    api = program("lin")
    told = {"name": "新来科技有限公司", "contact": {"name": "钱多", "mobile": "13600001111"}, "grade": "B"}
    made = api.post("/customers", told)

    assert made.status_code == 201, made.content.decode()
    assert made.json()["owner"] == cast.lin.pk
    found = api.get(f"/contacts?sort=-changed_at&q={made.json()['customer_no']}").json()["items"]
    assert [(one["name"], one["mobile"]) for one in found] == [("钱多", "13600001111")]


def test_everything_that_is_wrong_is_told_at_once(cast, program):
    told = {"name": "", "uscc": "123", "grade": "Z", "nonsense": 1, "employee_count": [1], "changed_at": "2026-01-01"}
    wrong = program("lin").post("/customers", told)

    assert wrong.status_code == 422
    assert wrong["Content-Type"] == "application/problem+json"
    assert {field for field, _code in codes(wrong)} >= {"uscc", "grade", "nonsense", "employee_count", "changed_at"}
    assert wrong.json()["code"] == "E_UNFIT"


def test_a_doubt_stands_until_a_reason_is_given(cast, program):
    api = program("lin")
    told = {"customer_id": cast.acme.pk, **NEW["deals"], "owner": cast.zhao.pk}
    doubted = api.post("/deals", told)
    assert (doubted.status_code, doubted.json()["errors"][0]["acceptable"]) == (422, True)

    assert api.post("/deals", {**told, "accept": {"owner:W_OWNER": "临时代管"}}).status_code == 201


@pytest.mark.req("R-003-06")
@pytest.mark.attack("B-67")
def test_a_change_needs_the_version_and_the_second_one_is_told_what_stands_there(cast, program):
    first, second = program("lin"), program("wang")
    one = f"/customers/{cast.acme.pk}"
    seen = second.get(one)

    assert codes(first.patch(one, {"remark": "x"})) == {("version", "E_REQUIRED")}
    assert first.patch(one, {"remark": "先改的"}, if_match=seen["ETag"]).status_code == 200
    late = second.patch(one, {"remark": "后改的", "version": seen.json()["version"]})

    assert (late.status_code, late.json()["code"]) == (409, "E_STALE")
    assert late.json()["current"]["remark"] == "先改的"
    assert second.get(one).json()["remark"] == "先改的"


def test_an_upsert_by_number_makes_or_changes(cast, program):
    api = program("shen")
    made = api.ask("PUT", "/customers/C777", {"name": "对接来的有限公司"})
    again = api.ask("PUT", "/customers/C777", {"name": "对接来的有限公司", "remark": "第二次"})

    assert (made.status_code, again.status_code) == (201, 200), made.content.decode()
    assert made.json()["id"] == again.json()["id"]
    assert again.json()["remark"] == "第二次"
    assert api.ask("PUT", f"/customers/{cast.acme.uscc}", {"remark": "按信用代码"}).json()["id"] == cast.acme.pk
    assert api.ask("PUT", "/customers/12", {"name": "x"}).status_code == 404


@pytest.mark.req("R-004-34")
def test_a_program_says_when_the_customer_told_of_a_change(cast, program):
    api, contact = program("lin"), cast.acme.contacts.get()
    one = f"/contacts/{contact.pk}"
    told = {"title": "总经理", "version": contact.version}

    for wrong, code in ((5, "E_TYPE"), ("某天", "E_DATE"), ("2099-01-01T09:00:00Z", "E_DATE_FUTURE")):
        assert codes(api.patch(one, {**told, "reported_at": wrong})) == {("reported_at", code)}
    told_at = moment(now() - timedelta(hours=30))
    assert api.patch(one, {**told, "reported_at": told_at}).status_code == 200

    clock = Clock.objects.get(limit__code="SLA-04")
    assert (clock.record, clock.record_id, clock.stopped_at > clock.due_at) == ("contacts", contact.pk, True)
    assert api.ask("PUT", f"/customers/{cast.acme.customer_no}", {"remark": "新的备注", "reported_at": told_at}).status_code == 200
    assert program("shen").ask("PUT", "/customers/C778", {"name": "对接来的有限公司", "reported_at": told_at}).status_code == 201
    assert Clock.objects.filter(limit__code="SLA-04", record="customers").count() == 1


def test_what_did_not_change_is_not_sent_again(cast, program):
    api = program("lin")
    seen = api.get(f"/customers/{cast.acme.pk}")

    assert api.get(f"/customers/{cast.acme.pk}", if_none_match=seen["ETag"]).status_code == 304
    assert program("zhao").get(f"/customers/{cast.acme.pk}", if_none_match=seen["ETag"]).status_code == 404


def test_a_masked_value_is_masked_told_and_counts_as_blank_when_it_comes_back(cast, program):
    contact = cast.acme.contacts.get()
    shown = program("chen").get(f"/contacts/{contact.pk}").json()
    assert shown["mobile"] != contact.mobile and "*" in shown["mobile"]
    assert "mobile" in shown["masked"]
    assert program("chen").get("/contacts?mobile=13812345678").status_code == 400

    cast.shen.refresh_from_db()
    api = program("shen")
    before = api.get(f"/contacts/{contact.pk}").json()
    assert api.patch(f"/contacts/{contact.pk}", {"version": before["version"], "mobile": before["mobile"], "title": "总监"}).status_code == 200
    contact.refresh_from_db()
    assert (contact.mobile, contact.title) == ("13812345678", "总监")


def test_the_api_asks_the_database_as_seldom_for_many_rows_as_for_few(cast, program, django_assert_num_queries):
    from keji.customers.rules.register import register

    api = program("lin")
    api.get("/customers")
    with django_assert_num_queries(4):
        api.get("/customers")
    for number in range(5):
        register(cast.lin, {"name": f"第{number}家科技有限公司"})
    with django_assert_num_queries(4):
        assert len(api.get("/customers").json()["items"]) == 6


@pytest.mark.req("R-002-02")
def test_a_website_leaves_a_lead_and_can_read_nothing(cast, program):
    site = program("lin", "customers.write", "contacts.write")
    told = {"name": "官网来的有限公司", "lead_source": "WEBSITE", "contact": {"name": "访客", "mobile": "13500001111"}}
    made = site.post("/customers", told | {"authorisation_ref": "表单 20261125-0007，告知书第 3 版"})

    assert made.status_code == 201, made.content.decode()
    assert made.json().keys() == {"id", "version"}
    refused = site.get("/customers")
    assert (refused.status_code, refused.json()["code"]) == (403, "E_SCOPE")
    shown = program("lin").get(f"/customers/{made.json()['id']}").json()
    assert (shown["lead_source"], shown["lifecycle_stage"], shown["grade"]) == ("WEBSITE", "POTENTIAL", None)


@pytest.mark.req("R-002-02")
@pytest.mark.parametrize("online", [*({"lead_source": one} for one in ("WEBSITE", "MINI_PROGRAM", "SOCIAL_MEDIA")), {"collection_channel": "ONLINE_FORM"}])
def test_what_came_in_online_is_refused_without_consent(cast, program, online):
    site = program("lin", "customers.write", "contacts.write")
    told = {"name": "官网来的有限公司", "contact": {"name": "访客", "mobile": "13500001111"}, **online}
    ended = {"authorisation_ref": "表单 7", "authorisation_until": "2026-01-31"}

    assert codes(site.post("/customers", told)) == {("authorisation_ref", "E_CONSENT")}
    assert codes(site.post("/customers", told | {"authorisation_ref": " "})) == {("authorisation_ref", "E_CONSENT")}
    assert codes(site.post("/customers", told | ended)) == {("authorisation_until", "E_AUTHORISATION_EXPIRED")}
    (row,) = site.post("/customers/batch", {"items": [told]}).json()["items"]
    assert (row["status"], row["errors"][0]["code"]) == (422, "E_CONSENT")
    put = program("shen").ask("PUT", "/customers/C778", told)
    assert codes(put) == {("authorisation_ref", "E_CONSENT")}
    assert not Customer.objects.filter(name=told["name"]).exists()

    assert site.post("/customers", told | {"authorisation_ref": "表单 7"}).status_code == 201
    stored = Customer.objects.get(name=told["name"])
    assert (stored.authorisation_ref, stored.lifecycle_stage) == ("表单 7", "POTENTIAL")


def test_the_document_says_that_consent_is_asked_for(cast, program):
    told = program("lin").get("/openapi.json").json()["paths"]["/api/v1/customers"]["post"]["description"]

    assert "authorisation_ref 必填" in told


def test_a_task_belongs_to_a_customer_or_to_none(cast, program):
    api = program("lin")

    alone = api.post("/tasks", {"title": "周报", "due_at": "2099-01-02T15:00:00+08:00"})
    assert (alone.status_code, alone.json()["customer_id"], alone.json()["due_at"]) == (201, None, "2099-01-02T07:00:00Z")
    assert codes(api.post("/tasks", {"title": "回访", "kind": "FOLLOWUP"})) == {("_customer", "E_REQUIRED"), ("due_at", "E_REQUIRED")}
    assert codes(api.post("/tasks", {"title": "回访", "customer_id": 987654})) == {("customer_id", "E_NOT_THERE")}
    assert program("zhao").get(f"/tasks/{alone.json()['id']}").status_code == 404


def test_a_task_is_done_put_off_moved_handed_over_and_reopened(cast, program):
    api = program("lin")
    made = api.post("/tasks", {"title": "回访", "kind": "FOLLOWUP", "due_at": "2099-01-02", "customer_id": cast.acme.pk}).json()
    one = f"/tasks/{made['id']}"

    assert api.post(f"{one}/snooze", {"until": "2020-01-01"}).status_code == 422
    assert api.post(f"{one}/move", {"due_at": "2099-02-03T09:00:00+08:00", "version": 1}).json()["due_at"] == "2099-02-03T01:00:00Z"
    assert api.get(f"/customers/{cast.acme.pk}?fields=next_followup_at,heartbeat").json()["heartbeat"] == "PLANNED"
    assert api.post(f"{one}/move", {"due_at": "2099-02-04", "version": 1}).status_code == 409
    assert api.post(f"{one}/hand_over", {"assignee": cast.wang.pk}).json()["assignee"] == cast.wang.pk
    assert api.post(f"{one}/done", {}).json()["state"] == "DONE"
    assert codes(api.post(f"{one}/done", {})) == {("state", "E_STATE")}
    assert api.post(f"{one}/reopen", {}).json()["state"] == "OPEN"
    assert api.get("/customers?heartbeat=PLANNED").json()["count"] == 1


@pytest.mark.req("R-004-34")
def test_a_change_says_when_the_customer_told_of_it(cast, program):
    api, contact = program("lin"), cast.acme.contacts.get()
    customer, person = f"/customers/{cast.acme.pk}", f"/contacts/{contact.pk}"
    told = {"version": cast.acme.version, "remark": "搬到了新园区"}

    assert codes(api.patch(customer, told | {"reported_at": "2099-01-01T09:00:00+08:00"})) == {("reported_at", "E_DATE_FUTURE")}
    assert codes(api.patch(customer, told | {"reported_at": "某天"})) == {("reported_at", "E_DATE")}
    assert codes(api.patch(customer, told | {"reported_at": [1]})) == {("reported_at", "E_TYPE")}
    assert api.patch(customer, told | {"reported_at": "2026-06-01T09:00:00+08:00"}).status_code == 200
    assert api.patch(person, {"version": contact.version, "title": "总经理", "reported_at": None}).status_code == 200

    [clock] = Clock.objects.filter(limit__code="SLA-04")
    assert (clock.record_id, clock.started_at) == (cast.acme.pk, local("2026-06-01 09:00"))
    shapes = api.get("/openapi.json").json()["components"]["schemas"]
    assert [name for name in ("customers_change", "contacts_change", "needs_change", "customers_new") if "reported_at" in shapes[name]["properties"]] == [
        "customers_change",
        "contacts_change",
    ]
