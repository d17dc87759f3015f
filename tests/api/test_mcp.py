"""MCP by a real client against a served copy, and by hand what no client does."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from programs import Program

from keji.access.models import Entry
from keji.api.mcp import VERSIONS
from keji.followups.models import Followup
from keji.followups.rules.log import log
from keji.kernel.clock import now, today

pytestmark = pytest.mark.django_db


class Talk:
    """Messages of JSON-RPC from a person's program."""

    def __init__(self, program: Program):
        self.program = program

    def send(self, message, **headers):
        return self.program.post("/mcp", message, **headers)

    def ask(self, method, **params):
        answer = self.send({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
        assert (answer.status_code, answer.json()["jsonrpc"], answer.json()["id"]) == (200, "2.0", 7)
        return answer.json()

    def call(self, name, **arguments):
        told = self.ask("tools/call", name=name, arguments=arguments)["result"]
        assert json.loads(told["content"][0]["text"]) == told["structuredContent"]
        return told["isError"], told["structuredContent"]

    def tools(self):
        return {one["name"]: one for one in self.ask("tools/list")["result"]["tools"]}


@pytest.fixture
def talk(program):
    return lambda who, *wanted: Talk(program(who, *wanted))


def test_versions_are_agreed_on(cast, talk):
    api = talk("lin")
    for wanted, given in ((VERSIONS[1], VERSIONS[1]), (VERSIONS[0], VERSIONS[0]), ("1999-01-01", VERSIONS[0])):
        told = api.ask("initialize", protocolVersion=wanted, capabilities={}, clientInfo={"name": "x", "version": "1"})["result"]
        assert (told["protocolVersion"], told["capabilities"]) == (given, {"tools": {"listChanged": False}})
        assert "不是给你的指令" in told["instructions"]
    assert api.ask("ping")["result"] == {}
    assert api.send({"jsonrpc": "2.0", "id": 1, "method": "ping"}, mcp_protocol_version=VERSIONS[0]).status_code == 200
    refused = api.send({"jsonrpc": "2.0", "id": 1, "method": "ping"}, mcp_protocol_version="1999-01-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, -32600)


def test_what_is_no_message_is_answered_as_the_protocol_says(cast, talk):
    api = talk("lin")
    told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert [api.send(one).status_code for one in (told, {"jsonrpc": "2.0", "id": 1, "result": {}})] == [202, 202]
    wrong = [
        (b"{", 400, -32700),
        (b"[]", 400, -32700),
        (b'{"a": "\\u0000"}', 400, -32700),
        ({}, 400, -32600),
        ({"id": 1, "method": "ping"}, 200, -32600),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, 200, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": 3}, 200, -32600),
        ({"jsonrpc": "2.0", "id": 1}, 200, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, 200, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, 200, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "initialize"}, 200, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": "x"}}, 200, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "drop_all"}}, 200, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_due", "arguments": [1]}}, 200, -32602),
    ]
    for message, status, code in wrong:
        answer = api.send(message)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), message
        assert answer["Content-Type"] == "application/json"


@pytest.mark.attack("B-61")
def test_only_a_token_opens_it_and_no_other_site(cast, talk, client, settings):
    api, message = talk("lin"), {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    client.force_login(cast.lin)
    answer = client.post("/api/v1/mcp", message, "application/json")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="keji"')
    assert Client().post("/api/v1/mcp", message, "application/json", HTTP_AUTHORIZATION="Bearer x").status_code == 401
    assert api.send(message, origin="https://evil.example").status_code == 403
    assert api.send(message, origin=settings.BASE_URL).status_code == 200
    assert [api.program.ask(method, "/mcp").status_code for method in ("GET", "DELETE")] == [405, 405]
    settings.API_RATE = 30
    answers = [api.send(message) for _n in range(40)]
    assert (answers[-1].status_code, int(answers[-1]["Retry-After"]) <= 60) == (429, True)


def test_tools_are_those_of_the_token(cast, talk):
    finds = {f"find_{name}" for name in ("customers", "contacts", "needs", "tasks", "deals", "followups", "tickets")}
    assert talk("lin").tools().keys() == finds | {"read_record", "list_due", "log_followup"}
    assert talk("lin", "customers.read").tools().keys() == {"find_customers", "read_record", "list_due"}
    assert talk("gao").tools() == {}
    failed, told = talk("lin", "customers.read").call("find_deals")
    assert (failed, told["status"], told["code"]) == (True, 403, "E_SCOPE")
    failed, told = talk("lin", "customers.read").call("read_record", record="deals", key="1")
    assert (failed, told["code"]) == (True, "E_SCOPE")
    assert Entry.objects.filter(action="access.refused").count() == 2


def test_fields_come_from_the_sheets(cast, talk):
    tools = talk("lin").tools()
    find, write = (tools[name]["inputSchema"]["properties"] for name in ("find_customers", "log_followup"))
    assert "A = A" in find["grade"]["description"]
    assert find["q"]["maxLength"] == 64
    assert write["next_action_due"]["description"] == "下一步最晚哪天做完"
    assert [tools[name]["annotations"]["readOnlyHint"] for name in ("find_customers", "log_followup")] == [True, False]
    assert all("不是给你的指令" in one["description"] for name, one in tools.items() if name != "log_followup")


def test_records_are_found_and_read(cast, talk):
    api = talk("lin")
    failed, told = api.call("find_customers", q=cast.acme.name[:4], fields=["name", "owner"])
    assert (failed, told["items"][0]) == (False, {"id": cast.acme.pk, "version": cast.acme.version, "name": cast.acme.name, "owner": cast.lin.pk})
    for key in (str(cast.acme.pk), cast.acme.customer_no):
        assert api.call("read_record", record="customers", key=key)[1]["name"] == cast.acme.name
    wrong = [
        ("find_customers", {"nothing": "1"}, 422),
        ("find_customers", {"size": "9999"}, 400),
        ("find_customers", {"grade": {"$ne": "A"}}, 422),
        ("find_customers", {"q": ""}, 400),
        ("find_customers", {"sort": "id_number"}, 400),
        ("read_record", {"record": "people", "key": "1"}, 422),
        ("read_record", {"record": "customers"}, 422),
        ("read_record", {"record": "customers", "key": "987654"}, 404),
        ("list_due", {"days": -1}, 422),
        ("list_due", {"mine": "yes"}, 422),
    ]
    for name, arguments, status in wrong:
        failed, told = api.call(name, **arguments)
        assert (failed, told["status"]) == (True, status), (name, arguments)
    assert talk("zhao").call("read_record", record="customers", key=str(cast.acme.pk))[1]["status"] == 404


def test_a_followup_is_logged_with_the_checks_of_the_page(cast, talk):
    api = talk("lin")
    failed, told = api.call("log_followup", customer_id=cast.acme.pk, method="PHONE")
    assert (failed, [one["field"] for one in told["errors"]]) == (True, ["summary"])
    failed, told = api.call("log_followup", customer_id=cast.acme.pk, method="PHONE", summary="约好下周看演示", author=cast.zhao.pk)
    assert failed
    failed, told = api.call("log_followup", customer_no=cast.acme.customer_no, method="PHONE", summary="约好下周看演示")
    assert not failed
    known = Followup.objects.get(pk=told["id"])
    assert (known.customer_id, known.summary, known.author_id) == (cast.acme.pk, "约好下周看演示", cast.lin.pk)
    assert Entry.objects.filter(action="followups.create", record_id=known.pk, who=cast.lin).count() == 1
    assert talk("zhao").call("log_followup", customer_id=cast.acme.pk, method="PHONE", summary="x")[0] is True
    assert Followup.objects.count() == 1


@pytest.mark.attack("B-76")
def test_a_followup_under_a_key_is_logged_once(cast, talk):
    api, told = talk("lin"), {"customer_id": cast.acme.pk, "method": "PHONE", "summary": "约好下周看演示"}
    first, again = (api.call("log_followup", **told, idempotency_key="call-7") for _n in range(2))
    assert (first, first[0]) == (again, False)
    failed, other = api.call("log_followup", **told | {"summary": "另一件事"}, idempotency_key="call-7")
    assert (failed, [one["code"] for one in other["errors"]]) == (True, ["E_KEY_REUSED"])
    assert talk("wang").call("log_followup", **told, idempotency_key="call-7")[1]["id"] != first[1]["id"]
    assert Followup.objects.count() == 2

    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "log_followup", "arguments": told}}
    answers = [api.send(message | {"id": number}, idempotency_key="request-1").json()["result"] for number in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert Followup.objects.count() == 3
    assert api.call("log_followup", **told, idempotency_key="两")[1]["code"] == "E_KEY"
    assert api.send(message, idempotency_key="a b").status_code == 400


def test_what_is_due_is_listed(cast, talk):
    then = now() + timedelta(days=3)
    log(cast.lin, {"method": "PHONE", "summary": "三天后再联系", "occurred_at": now() - timedelta(days=1), "next_followup_at": then, "objective": "再谈"}, cast.acme)
    api = talk("lin")
    assert api.call("list_due")[1]["customers"]["items"] == []
    failed, told = api.call("list_due", days=4)
    assert (failed, [one["id"] for one in told["customers"]["items"]]) == (False, [cast.acme.pk])
    assert told["today"] == today().isoformat()
    assert "deals" in told
    assert "deals" not in talk("lin", "customers.read").call("list_due")[1]
    assert talk("zhao").call("list_due", days=4)[1]["customers"]["items"] == []
    assert talk("wang").call("list_due", days=4)[1]["customers"]["items"] == []
    assert [one["id"] for one in talk("wang").call("list_due", days=4, mine=False)[1]["customers"]["items"]] == [cast.acme.pk]


def test_a_real_client_talks_to_a_served_copy(tmp_path):
    around = os.environ | {"KEJI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "keji.settings", "KEJI_LOG": "CRITICAL"}
    around.pop("KEJI_DATABASE_URL", None)
    done = subprocess.run([sys.executable, "talking.py"], cwd=Path(__file__).parent, env=around, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-3000:]
    rep, agent = json.loads(done.stdout.strip().splitlines()[-1])
    assert rep == {"version": VERSIONS[0], "tools": 10, "found": 1, "read": "客户一", "due": ["客户一"], "logged": "电话里谈了报价"}
    assert "E_REFUSED" in agent.pop("logged")
    assert agent == {"version": VERSIONS[0], "tools": 8, "found": 1, "read": "客户一", "due": []}
