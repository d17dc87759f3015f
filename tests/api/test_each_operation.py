"""Each operation that a role may use succeeds at least once, with the examples of the document."""

import pytest

from keji.access.scope import may
from keji.api.examples import RECORDS, of_act
from keji.api.operations import OPERATIONS

pytestmark = pytest.mark.django_db
CHANGES = {"customers": "remark", "contacts": "title", "needs": "description", "deals": "remark", "followups": "outcome"}


class Walk:
    """A person's program that makes what an operation needs, and asks it once."""

    def __init__(self, person, api):
        self.person, self.api, self.made = person, api, 0

    def ok(self, method, path, body=None):
        answer = self.api.ask(method, path, body)
        assert answer.status_code < 300, (method, path, body, answer.content.decode())
        if answer.streaming:
            assert b"".join(answer.streaming_content)
            return {}
        return answer.json()

    def body(self, record):
        self.made += 1
        told = dict(RECORDS[record])
        if record == "customers":
            return told | {"name": f"星海智能第{self.made}有限公司", "accept": {"*": "名称相近的另一家"}}
        if record == "contacts":
            told |= {"mobile": f"138123400{self.made:02}"}
        return told | {"customer_id": self.customer()}

    def customer(self):
        return self.ok("POST", "/customers", self.body("customers"))["id"]

    def record(self, record):
        return self.ok("POST", f"/{record}", self.body(record))

    def ask(self, one):
        path, record = one.path, one.resource.record if one.resource else ""
        if one.kind == "upsert":
            return self.ok("PUT", f"/customers/{self.record(record)['customer_no']}", {"remark": "改过的内容"})
        if "{key}" not in path:
            sent = {"create": lambda: self.body(record), "batch": lambda: {"items": [self.body(record)]}, "export": lambda: {"why": "每周备份"}}
            return self.ok(one.method, path, sent[one.kind]() if one.kind in sent else None)
        known = self.record(record) if record else self.ok("POST", "/customers/export", {"why": "每周备份"})
        path = path.replace("{key}", str(known["id"]))
        if one.kind == "restore":
            self.ok("DELETE", path.removesuffix("/restore"))
        return self.ok(one.method, path, self.sent(one, known))

    def sent(self, one, known):
        if one.kind == "change":
            return {"version": known["version"], CHANGES[one.resource.record]: "改过的内容"}
        if one.act is None:
            return None
        own = f"/customers/{known['id']}"
        if one.act.name == "forget":
            return {"day_id": self.ok("POST", f"{own}/remember", of_act("customers", "remember"))["day_id"]}
        if one.act.name == "untag":
            return {"tag": max(self.ok("POST", f"{own}/tag", of_act("customers", "tag"))["tags"])}
        return of_act(one.act.record, one.act.name)


@pytest.mark.parametrize(("who", "least"), [("wang", 50), ("lin", 40)])
def test_each_operation_of_a_role_succeeds(cast, program, settings, files, who, least):
    settings.API_RATE = 1_000_000
    person = getattr(cast, who)
    walk, wrong, asked = Walk(person, program(who)), [], 0
    for one in OPERATIONS:
        if one.door and not may(person, one.door):
            continue
        asked += 1
        try:
            told = walk.ask(one)
            if one.kind == "batch" and told["items"][0]["status"] != 201:
                wrong.append((one.name, told))
        except AssertionError as error:
            wrong.append((one.name, str(error).partition("\nassert")[0]))
    assert wrong == []
    assert asked >= least
