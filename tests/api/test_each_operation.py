"""Each operation that a role may use succeeds at least once, with the examples of the document."""

from datetime import date

import pytest
from programs import Program

from keji.access.presets import ROLES
from keji.access.rules.people import add_person
from keji.access.scope import may
from keji.agenda.models import Campaign, Task
from keji.api.examples import RECORDS, of_act
from keji.api.operations import OPERATIONS
from keji.customers.models import Customer
from keji.deals.models import Stage
from keji.kernel.clock import now, today

pytestmark = pytest.mark.django_db
CHANGES = {"customers": "remark", "contacts": "title", "needs": "description", "deals": "remark", "tasks": "note", "followups": "outcome", "tickets": "progress"}


class Walk:
    """A person's program that asks each operation once; who may not make what it needs has it made by the staff."""

    def __init__(self, person, staff, colleague):
        self.person, self.api, self.staff, self.colleague, self.made = person, Program(person), staff, colleague, 0

    def ok(self, method, path, body=None, api=None):
        answer = (api or self.api).ask(method, path, body)
        assert answer.status_code < 300, (method, path, body, answer.content.decode())
        return self.read(answer)

    def read(self, answer):
        assert answer.status_code < 300, answer.content.decode()
        if answer.streaming:
            assert b"".join(answer.streaming_content)
            return {}
        return answer.json()

    def file(self, record="customers", api=None):
        path = f"/{record}/{self.record(record)['id']}/files"
        return self.read((api or self.api).bring(path, "报价.txt", f"第 {self.made} 份报价单".encode()))

    def body(self, record):
        self.made += 1
        told = dict(RECORDS[record])
        if record == "customers":
            return told | {"name": f"星海智能第{self.made}有限公司", "accept": {"*": "名称相近的另一家"}}
        if record == "contacts":
            told |= {"mobile": f"138123400{self.made:02}"}
        return told | {"customer_id": self.record("customers")["id"]}

    def maker(self, record):
        return self.api if may(self.person, f"{record}.create") else self.staff

    def record(self, record, maker=None):
        maker = maker or self.maker(record)
        made = self.ok("POST", f"/{record}", self.body(record), maker)
        return self.ok("GET", f"/{record}/{made['id']}") if may(self.person, f"{record}.see") else made

    def ask(self, one):
        path, record = one.path, one.resource.record if one.resource else ""
        if one.kind == "upsert":
            return self.ok("PUT", f"/customers/{self.record(record)['customer_no']}", {"remark": "改过的内容"})
        if "{key}" not in path:
            sent = {"create": lambda: self.body(record), "batch": lambda: {"items": [self.body(record)]}, "export": lambda: {"why": "每周备份"}}
            return self.ok(one.method, path, sent[one.kind]() if one.kind in sent else None)
        if one.kind == "attach":
            return self.file(record)
        if path.startswith("/files"):
            return self.with_file(one)
        known = self.record(record) if record else self.ok("POST", "/customers/export", {"why": "每周备份"})
        path = path.replace("{key}", str(known["id"]))
        if one.kind == "restore":
            self.ok("DELETE", path.removesuffix("/restore"))
        return self.ok(one.method, path, self.sent(one, known))

    def with_file(self, one):
        """Files are brought, dropped and taken back by who may change their record."""
        changes = may(self.person, "customers.change")
        path = one.path.replace("{key}", str(self.file(api=self.api if changes else self.staff)["id"]))
        if one.name == "file_restore":
            self.ok("DELETE", path.removesuffix("/restore"))
        return self.ok(one.method, path)

    def sent(self, one, known):
        if one.kind == "change":
            return {"version": known["version"], CHANGES[one.resource.record]: "改过的内容"}
        if one.act is None:
            return None
        own = f"/customers/{known['id']}"
        if one.act.name == "forget":
            return {"day_id": self.ok("POST", f"{own}/remember", of_act("customers", "remember"))["day_id"]}
        if one.act.name in ("consent", "withdraw"):
            contact = self.ok("POST", "/contacts", {**self.body("contacts"), "customer_id": known["id"]}, self.maker("contacts"))["id"]
            told = of_act("customers", "consent") | {"contact": contact}
            return told if one.act.name == "consent" else {"consent_id": self.ok("POST", f"{own}/consent", told)["consent_id"]}
        if state := {"submit": "DRAFT", "dept_review": "DEPT_REVIEW", "final_review": "FINAL_REVIEW"}.get(one.act.name):
            Customer.objects.filter(pk=known["id"]).update(review_state=state, customer_type="INSTITUTION")
        if one.act.name == "review":
            told = {"limit": "SLA-12", "turn": date(2026, 6, 30)}
            made, _new = Campaign.objects.get_or_create(**told, defaults={"due": date(2026, 7, 5), "begun_at": now()})
            return of_act("customers", "review") | {"round": made.pk}
        if one.act.name == "close_round":
            told = {"limit": "SLA-13", "turn": date(2026, 5, 31), "due": date(2026, 6, 5), "begun_at": now()}
            made = Campaign.objects.create(**told)
            Task.objects.filter(pk=known["id"]).update(source=f"campaigns:{made.pk}:{self.person.pk}", kind="REVIEW")
            return {"why": "下月补"}
        if one.act.name == "nudge":
            Task.objects.filter(pk=known["id"]).update(assignee=self.colleague)
        if (one.act.record, one.act.name) == ("deals", "hand_over"):
            won = Stage.objects.get(pipeline__code="P000", code="WON").pk
            told = {"stage": str(won), "actual_amount": "300000", "won_date": today().isoformat(), "why": "当场签约"}
            self.ok("POST", f"/deals/{known['id']}/move", told)
        if one.act.name == "reopen":
            self.ok("POST", f"/tasks/{known['id']}/done", {})
        if one.act.name == "untag":
            return {"tag": max(self.ok("POST", f"{own}/tag", of_act("customers", "tag"))["tags"])}
        return of_act(one.act.record, one.act.name)


def of_roles(name, *codes):
    person, _password = add_person(None, name, "某某", codes)
    person.must_change = False
    person.save()
    return person


CHANGES_TOO = {"batch": "{}.create", "attach": "{}.change", "of_file": "{}.change", "files": "{}.see", "file": "{}.see"}


def opens(person, one):
    """True for an operation that a person has at all: its door is open, and what it does with the record allowed."""
    needs = {one.door, CHANGES_TOO.get(one.kind, "").format(one.resource.record if one.resource else "customers")} - {""}
    return all(may(person, need) for need in needs)


@pytest.mark.parametrize("role", ROLES)
def test_each_operation_of_a_role_succeeds(cast, settings, files, role):
    settings.API_RATE = 1_000_000
    person = of_roles("someone", role)
    staff = Program(of_roles("staff", "SALES_MANAGER", "DATA_STEWARD", "CS_AGENT"))
    colleague = of_roles("colleague", "SALES_REP")  # who comes last, and is the example of a new owner
    walk, wrong, asked = Walk(person, staff, colleague), [], set()
    for one in OPERATIONS:
        if not opens(person, one):
            continue
        asked.add(one.name)
        try:
            told = walk.ask(one)
            if one.kind == "batch" and told["items"][0]["status"] != 201:
                wrong.append((one.name, told))
        except AssertionError as error:
            wrong.append((one.name, str(error).partition("\nassert")[0]))
    assert wrong == []
    assert asked == {"me", "document"} if role == "SYS_ADMIN" else len(asked) > 10


def test_every_operation_is_one_that_some_role_has(cast):
    people = [of_roles(f"someone.{role.lower()}", role) for role in ROLES]

    assert [one.name for one in OPERATIONS if not any(opens(person, one) for person in people)] == []
