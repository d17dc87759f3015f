import base64
import hashlib
import hmac

import pytest
from django.db import IntegrityError, transaction

from keji.access.models import Entry, Person, Role, Seal
from keji.access.rules.people import disable
from keji.access.rules.seals import seal
from keji.access.scope import ACTIONS
from keji.access.trail import note
from keji.customers.models import Customer
from keji.customers.rules import grading, register
from keji.kernel.errors import Refused, Stale, Unfit
from keji.notices import jobs, queries
from keji.notices.models import Hook, Mark, Off, Outgoing, State
from keji.notices.rules import fanout, hooks, sending, signing
from keji.queue.models import Job
from keji.records.rules import attachments
from keji.records.sheet import SHEETS

pytestmark = pytest.mark.django_db
EVERYTHING = ["customers", "contacts", "needs", "deals", "followups"]


@pytest.fixture
def hook(cast, outside):
    seal()
    made, secret = hooks.add_hook(cast.shen, "机器人", outside.address, EVERYTHING)
    made.secret = secret
    return made


def regrade(cast, grade="B", why="缩减"):
    customer = Customer.objects.get(pk=cast.acme.pk)
    grading.regrade(cast.wang, customer, grade, why)


def states():
    return list(Outgoing.objects.order_by("pk").values_list("state", flat=True))


def verified(secret, headers, body):
    """As a receiver would, from the standard's text alone."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), told, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}" in headers["webhook-signature"].split(" ")


@pytest.mark.attack("B-43")
def test_a_change_is_told_once_signed_and_without_a_value(cast, hook, outside, all_out):
    regrade(cast)
    all_out()
    all_out()

    (headers, body), (told,) = outside.heard[0], outside.bodies
    entry = Entry.objects.filter(action="customers.regrade").get()
    assert told == {
        "id": headers["webhook-id"],
        "type": "customers.regrade",
        "timestamp": entry.at.isoformat(),
        "data": {
            "record": "customers",
            "record_id": cast.acme.pk,
            "number": cast.acme.customer_no,
            "customer_id": cast.acme.pk,
            "fields": ["grade"],
            "deleted": False,
        },
    }
    assert verified(hook.secret, headers, body)
    assert not verified(hook.secret, headers, body + b" ")
    assert not verified(hook.secret, headers | {"webhook-timestamp": "1"}, body)
    assert states() == ["SENT"]


def test_what_was_done_before_the_hook_is_not_told(cast, hook, outside, all_out):
    all_out()

    assert (outside.heard, states()) == ([], [])


def add_file(person, record, tmp_path):
    source = tmp_path / "报价.txt"
    source.write_text("报价单")
    return attachments.attach(person, record, source, source.name)


@pytest.mark.parametrize(("events", "told"), [(["customers"], 3), (["records.files"], 3), (["customers.change", "deals"], 0)])
def test_files_that_come_and_go_are_told_without_their_names(cast, hook, outside, all_out, files, tmp_path, events, told):
    hooks.revise_hook(cast.shen, hook, 1, "机器人", outside.address, events)
    kept = add_file(cast.lin, cast.acme, tmp_path)
    attachments.drop(cast.lin, kept, cast.acme)
    attachments.restore(cast.lin, kept, cast.acme)
    all_out()

    assert [(one["type"], one["data"]["fields"], one["data"]["record_id"]) for one in outside.bodies] == [("records.files", ["attachments"], cast.acme.pk)] * told
    assert "报价" not in repr(outside.heard)


def test_who_may_not_see_files_is_not_told_of_them(cast, hook, outside, all_out, files, tmp_path):
    role = Role.objects.get(code="DATA_STEWARD")
    role.actions = [name for name in role.actions if name != "records.files"]
    role.save()
    add_file(cast.lin, cast.acme, tmp_path)
    regrade(cast)
    all_out()

    assert [one["type"] for one in outside.bodies] == ["customers.regrade"]
    assert states() == ["WITHHELD", "SENT"]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (["customers"], ["customers.create", "customers.regrade"]),
        (["contacts"], ["contacts.create"]),
        (["customers.regrade", "contacts.delete"], ["customers.regrade"]),
        (["deals", "followups.change"], []),
    ],
)
def test_a_hook_is_told_what_it_asked_for(cast, hook, outside, all_out, events, told):
    hooks.revise_hook(cast.shen, hook, 1, "机器人", outside.address, events)
    register.register(cast.lin, {"name": "新海机电有限公司"}, {"name": "钱多"})
    regrade(cast)
    note(cast.lin, "customers.reveal", cast.acme, field="mobile")
    all_out()

    assert [body["type"] for body in outside.bodies] == told


def test_every_action_that_rules_write_about_a_record_can_be_asked_for(cast):
    """Actions that change records, as the code names them; a new one is put into ALSO."""
    import re
    from pathlib import Path

    import keji

    code = "".join(f.read_text("utf-8") for f in Path(keji.__file__).parent.rglob("rules/*.py"))
    written = set(re.findall(r"(?:change|tell)\(\w+(?:\.\w+)?, (?:\w+, )?\"([a-z]+\.[a-z_]+)\"", code)) | {"customers.regrade"}
    told = {name for names in queries.told_actions().values() for name in names}

    assert "customers.assign" in written
    assert written <= told
    assert told <= ACTIONS.keys()
    assert {name.partition(".")[0] for name in told - {queries.FILES}} == set(SHEETS)


# Whose rights count


def test_a_hook_tells_only_what_its_owner_sees(cast, hook, outside, all_out):
    hooks.revise_hook(cast.shen, hook, 1, "机器人", outside.address, EVERYTHING)
    Hook.objects.update(owner=cast.lin)
    regrade(cast)
    customer = Customer.objects.get(pk=cast.other.pk)
    grading.regrade(cast.wang, customer, "C", "缩减")
    all_out()

    assert [body["data"]["record_id"] for body in outside.bodies] == [cast.acme.pk]
    assert states() == ["SENT", "WITHHELD"]


def test_rights_are_asked_at_the_moment_of_sending(cast, hook, outside, all_out):
    Hook.objects.update(owner=cast.lin)
    regrade(cast)
    seal()
    fanout.fan_out()
    Customer.objects.filter(pk=cast.acme.pk).update(owner=cast.zhao)
    all_out()

    assert (outside.heard, states()) == ([], ["WITHHELD"])


def test_a_field_that_the_owner_does_not_see_is_not_named(cast, hook, outside, all_out):
    from keji.access.models import Role

    role = Role.objects.get(code="DATA_STEWARD")
    role.fields |= {"customers.grade": "hide"}
    role.save()
    regrade(cast)
    all_out()

    assert outside.bodies[0]["data"]["fields"] == []


def test_a_record_in_the_bin_is_told_as_deleted(cast, hook, outside, all_out):
    from keji.customers.rules import bin

    bin.drop(cast.wang, Customer.objects.get(pk=cast.acme.pk), "重复")
    all_out()

    assert [(b["type"], b["data"]["deleted"]) for b in outside.bodies if b["data"]["record"] == "customers"] == [
        ("customers.delete", True)
    ]


def test_who_saves_a_hook_is_its_owner_from_then_on(cast, hook, outside):
    assert hook.owner == cast.shen

    hooks.revise_hook(cast.gao, hook, 1, "机器人", outside.address, ["customers"])
    assert Hook.objects.get().owner == cast.gao
    assert queries.sees_nothing(cast.gao)

    hooks.change_secret(cast.shen, Hook.objects.get(), 2)
    assert Hook.objects.get().owner == cast.shen
    assert not queries.sees_nothing(cast.shen)


def test_a_hook_of_somebody_who_left_goes_off(cast, hook, outside, all_out):
    regrade(cast)
    disable(None, cast.shen)
    all_out()

    made = Hook.objects.get()
    assert (outside.heard, made.off, states()) == ([], Off.OWNER, ["PARKED"])
    with pytest.raises(Unfit):
        hooks.switch_hook(cast.gao, queries.hook(cast.gao, made.pk), True)
    assert not queries.fact().ok


def test_those_who_may_not_do_nothing_with_hooks(cast, hook, outside):
    for do in (
        lambda: hooks.add_hook(cast.wang, "x", outside.address, ["customers"]),
        lambda: hooks.revise_hook(cast.wang, hook, 1, "x", outside.address, ["customers"]),
        lambda: hooks.change_secret(cast.wang, hook, 1),
        lambda: hooks.switch_hook(cast.wang, hook, False),
        lambda: hooks.drop_hook(cast.wang, hook),
        lambda: hooks.try_out(cast.wang, hook),
        lambda: hooks.send_again(cast.wang, hook),
        lambda: queries.hook(cast.wang, hook.pk),
    ):
        with pytest.raises(Refused):
            do()
    assert Hook.objects.get().version == 1


# Fan-out


def test_entries_that_commit_late_are_told_once_all_the_same(cast, hook, outside, all_out):
    """Seals hold entries in the order of their commits: one with a low id comes in a later seal."""
    regrade(cast, "B")
    early = Entry.objects.filter(action="customers.regrade").get()
    Entry.objects.bulk_create([Entry(pk=early.pk + 50, at=early.at, action="customers.regrade", record="customers", record_id=cast.acme.pk, changes={"grade": ["", ""]})])
    seal()
    fanout.fan_out()
    Entry.objects.bulk_create([Entry(pk=early.pk + 20, at=early.at, action="customers.regrade", record="customers", record_id=cast.acme.pk, changes={"grade": ["", ""]})])
    all_out()

    assert list(Outgoing.objects.order_by("pk").values_list("entry_id", flat=True)) == [early.pk, early.pk + 50, early.pk + 20]
    assert len(outside.heard) == 3


def test_a_fan_out_that_is_interrupted_is_done_again_as_a_whole(cast, hook, monkeypatch):
    regrade(cast)
    seal()

    def interrupt(_entries):
        raise RuntimeError("killed")

    monkeypatch.setattr(fanout, "LISTENERS", [fanout.to_hooks, interrupt])
    before = Mark.objects.get().seal
    with pytest.raises(RuntimeError):
        fanout.fan_out()
    assert (states(), Mark.objects.get().seal) == ([], before)

    monkeypatch.setattr(fanout, "LISTENERS", [fanout.to_hooks])
    assert fanout.fan_out() == 2  # the hook itself was noted too
    assert fanout.fan_out() == 0
    assert states() == ["WAITING"]
    assert Mark.objects.get().seal == Seal.objects.latest("pk").pk


def test_a_second_worker_at_the_same_seal_leaves_it_to_the_first(cast, hook, monkeypatch):
    """It read the mark before the first had moved it."""
    regrade(cast)
    seal()
    late = Mark.objects.get()
    assert fanout.fan_out() == 2
    begin, marks = fanout.begin, iter([late])
    monkeypatch.setattr(fanout, "begin", lambda: next(marks, None) or begin())

    assert fanout.fan_out() == 0
    assert states() == ["WAITING"]


def test_the_database_itself_refuses_to_tell_one_hook_twice(cast, hook):
    Outgoing.objects.create(key="a", hook=hook, entry_id=7, made_at=hook.made_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Outgoing.objects.create(key="b", hook=hook, entry_id=7, made_at=hook.made_at)


def test_a_hook_that_is_off_collects_nothing(cast, hook, outside, all_out):
    hooks.switch_hook(cast.shen, hook, False)
    regrade(cast)
    all_out()
    hooks.switch_hook(cast.shen, queries.hook(cast.shen, hook.pk), True)
    all_out()

    assert (outside.heard, states()) == ([], [])


# Sending


@pytest.mark.attack("B-42")
@pytest.mark.attack("B-43")
def test_a_receiver_that_is_broken_is_tried_again_with_the_same_id(cast, hook, outside, all_out, later):
    outside.status = 503
    regrade(cast)
    all_out()
    row = Outgoing.objects.get()
    assert (row.state, row.tries, row.why, row.status) == (State.WAITING, 1, "E_STATUS", 503)
    all_out()
    assert len(outside.heard) == 1  # it rests

    later(minutes=2)
    outside.status = 200
    all_out()
    row.refresh_from_db()
    assert (row.state, row.tries, row.why) == (State.SENT, 2, "")
    assert outside.ids == [row.key, row.key]
    assert outside.bodies[0] == outside.bodies[1]
    assert Hook.objects.get().failures == 0


@pytest.mark.attack("B-42")
def test_after_the_last_try_it_is_parked_shown_and_can_be_sent_again(cast, hook, outside, all_out, later):
    outside.status = 400
    regrade(cast)
    all_out()
    for _try in range(12):
        later(hours=15)
        all_out()
    row = Outgoing.objects.get()
    assert (row.state, row.tries, row.why, row.status) == (State.PARKED, sending.TRIES, "E_STATUS", 400)
    assert len(outside.heard) == sending.TRIES
    assert (queries.fact().ok, queries.hooks(cast.shen)[0].parked) == (False, 1)

    outside.status = 200
    assert hooks.send_again(cast.shen, hook) == 1
    all_out()
    row.refresh_from_db()
    assert (row.state, row.tries, set(outside.ids)) == (State.SENT, 1, {row.key})
    assert queries.fact().ok


def test_the_waits_grow_and_end_within_a_day(cast, hook, outside, all_out, later):
    assert list(sending.WAITS) == sorted(sending.WAITS)
    assert sum(sending.WAITS) * 1.2 < 27 * 3600


def test_a_receiver_that_never_takes_anything_is_switched_off_and_that_is_on_record(cast, hook, outside, all_out, later):
    outside.status = 500
    for grade in "BCABCABCABCABCABCABCABC":
        regrade(cast, grade, "试")
    for _round in range(40):
        later(hours=2)
        all_out()
    made = Hook.objects.get()

    assert (made.off, made.failures) == (Off.FAILURES, sending.MOST_FAILURES)
    assert set(states()) == {"PARKED"}
    assert Entry.objects.filter(action="notices.hooks", who=None).latest("pk").why == f"disable hook {made.pk}"
    assert not queries.fact().ok
    heard = len(outside.heard)
    all_out()
    assert len(outside.heard) == heard == sending.MOST_FAILURES

    outside.status = 200
    hooks.switch_hook(cast.shen, queries.hook(cast.shen, made.pk), True)
    hooks.send_again(cast.shen, queries.hook(cast.shen, made.pk))
    all_out()
    assert set(states()) == {"SENT"}


def test_one_body_that_is_refused_does_not_hold_up_the_others(cast, hook, outside, all_out):
    outside.status = 422
    regrade(cast, "B")
    all_out()
    outside.status = 200
    regrade(cast, "C")
    all_out()

    assert states() == ["WAITING", "SENT"]


def test_an_address_that_leads_inside_by_now_is_not_sent_to(cast, hook, outside, all_out, settings):
    regrade(cast)
    settings.INNER_HOSTS = frozenset()
    all_out()

    assert (outside.heard, Outgoing.objects.get().why) == ([], "E_ADDRESS")


@pytest.mark.attack("B-39")
def test_a_redirect_is_a_failure(cast, hook, outside, all_out):
    outside.status = 307
    regrade(cast)
    all_out()

    assert (Outgoing.objects.get().why, len(outside.heard)) == ("E_REDIRECT", 1)


def test_a_worker_that_died_after_taking_a_line_leaves_it_to_the_next(cast, hook, outside, all_out, later):
    regrade(cast)
    seal()
    fanout.fan_out()
    assert sending.take(Hook, hook.pk)[1].tries == 1  # and then it is killed
    assert sending.take(Hook, hook.pk) is None
    all_out()
    assert outside.heard == []

    later(minutes=2)
    all_out()
    assert (len(outside.heard), states()) == (1, ["SENT"])


def test_a_worker_that_dies_at_the_last_try_leaves_it_parked(cast, hook, outside, all_out, later):
    regrade(cast)
    seal()
    fanout.fan_out()
    for _try in range(sending.TRIES):
        assert sending.take(Hook, hook.pk)
        later(hours=15)
    all_out()

    assert (outside.heard, states(), Outgoing.objects.get().why) == ([], ["PARKED"], "E_DIED")


def test_a_hook_has_one_job_at_a_time(cast, hook):
    regrade(cast)
    seal()
    fanout.fan_out()

    assert (jobs.wake(), jobs.wake()) == (1, 0)
    assert Job.objects.filter(task__endswith="deliver", lane="outgoing").count() == 1


# The secret


def test_a_secret_is_kept_sealed_and_changed_with_a_day_of_grace(cast, hook, outside, all_out, later):
    row = Hook.objects.get()
    assert hook.secret.encode() not in bytes(row.secret_sealed)
    assert hooks.secrets_of(row) == [hook.secret]

    fresh = hooks.change_secret(cast.shen, row, 1)
    regrade(cast, "B")
    all_out()
    headers, body = outside.heard[0]
    assert (verified(hook.secret, headers, body), verified(fresh, headers, body)) == (True, True)

    later(hours=25)
    regrade(cast, "C")
    all_out()
    headers, body = outside.heard[1]
    assert (verified(hook.secret, headers, body), verified(fresh, headers, body)) == (False, True)


def test_a_secret_sealed_for_another_hook_or_key_is_not_used(cast, hook, outside, all_out):
    other, _secret = hooks.add_hook(cast.shen, "另一个", outside.address, ["customers"])
    Hook.objects.filter(pk=other.pk).update(secret_sealed=Hook.objects.get(pk=hook.pk).secret_sealed)
    regrade(cast)
    all_out()

    assert Hook.objects.get(pk=other.pk).off == Off.SECRET
    assert len(outside.heard) == 1
    fresh = hooks.change_secret(cast.shen, Hook.objects.get(pk=other.pk), 1)
    assert hooks.secrets_of(Hook.objects.get(pk=other.pk)) == [fresh]


def test_the_signature_is_that_of_the_standard():
    """The example of the specification of Standard Webhooks."""
    secret, key, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330

    assert signing.signature(secret, key, at, b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


# What is refused when it is saved


@pytest.mark.parametrize(
    ("name", "address", "events", "field"),
    [
        ("", "https://1.1.1.1/", ["customers"], "name"),
        ("名" * 51, "https://1.1.1.1/", ["customers"], "name"),
        ("机器人", "https://1.1.1.1/", [], "events"),
        ("机器人", "https://1.1.1.1/", ["people"], "events"),
        ("机器人", "https://1.1.1.1/", ["customers.reveal"], "events"),
        ("机器人", "http://1.1.1.1/", ["customers"], "address"),
        ("机器人", "https://10.0.0.1/", ["customers"], "address"),
        ("机器人", "https://[::ffff:10.0.0.1]/", ["customers"], "address"),
    ],
)
@pytest.mark.attack("B-38")
def test_a_hook_that_makes_no_sense_is_refused(cast, name, address, events, field):
    with pytest.raises(Unfit) as caught:
        hooks.add_hook(cast.shen, name, address, events)

    assert [problem.field for problem in caught.value.problems] == [field]
    assert Hook.objects.count() == 0


def test_two_who_save_the_same_hook_see_each_other(cast, hook, outside):
    hooks.revise_hook(cast.shen, hook, 1, "甲", outside.address, ["customers"])
    with pytest.raises(Stale):
        hooks.revise_hook(cast.gao, hook, 1, "乙", outside.address, ["customers"])

    assert (Hook.objects.get().name, Hook.objects.get().owner) == ("甲", cast.shen)


def test_what_ended_long_ago_is_forgotten(cast, hook, outside, all_out, later):
    outside.status = 400
    regrade(cast, "B")
    all_out()
    hooks.switch_hook(cast.shen, hook, False)
    hooks.switch_hook(cast.shen, queries.hook(cast.shen, hook.pk), True)
    outside.status = 200
    regrade(cast, "C")
    all_out()
    assert states() == ["PARKED", "SENT"]

    later(days=31)
    assert (sending.forget(), states()) == (1, ["PARKED"])
    later(days=60)
    assert (sending.forget(), states()) == (1, [])


def test_nothing_of_a_hook_is_in_the_log(cast, hook, outside, all_out, caplog):
    caplog.set_level("DEBUG")
    regrade(cast)
    outside.status = 500
    all_out()

    assert outside.address not in caplog.text
    assert hook.secret not in caplog.text
    assert Person.objects.filter(pk=cast.shen.pk).exists()


def test_the_code_in_the_handbook_tells_what_is_genuine(cast, hook, outside, all_out):
    import re
    import time
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "howto" / "webhooks.md").read_text("utf-8")
    known = {}
    exec(re.search(r"```python\n(.*?)```", page, re.S)[1], known)
    regrade(cast)
    all_out()
    headers, body = outside.heard[0]
    genuine = known["genuine"]

    assert genuine(hook.secret, headers, body)
    assert not genuine(hook.secret, headers, body.replace(b"grade", b"owner"))
    assert not genuine(signing.new_secret(), headers, body)
    assert not genuine(hook.secret, headers | {"webhook-timestamp": str(int(time.time()) - 301)}, body)
    assert not genuine(hook.secret, headers | {"webhook-timestamp": "now"}, body)
    assert set(re.findall(r'"(\w+)":', page)) == {*outside.bodies[0], *outside.bodies[0]["data"]}
