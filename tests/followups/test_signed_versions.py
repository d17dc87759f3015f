"""A follow-up is signed; a correction is a new version, and the old one stays readable."""

from datetime import timedelta

import pytest
from django.test import Client

from keji.access.models import Kept
from keji.access.trail import redact
from keji.followups import queries
from keji.followups.models import Followup
from keji.followups.rules import signing
from keji.followups.rules.log import drop, log, restore, revise
from keji.followups.rules.many import Told, log_many
from keji.kernel.clock import now

SAID = {"summary": "介绍了新一代产品", "next_followup_at": None}


def versions(followup):
    return signing.versions(queries.written(followup))


def stored(followup):
    return Followup.objects.select_related("customer").get(pk=followup.pk)


@pytest.mark.req("R-003-43")
def test_a_correction_is_a_second_version_and_the_first_stays_readable(cast):
    made = log(cast.lin, {**SAID, "objections": "价格偏高"}, cast.acme)
    revise(cast.lin, stored(made), {"summary": "介绍了新一代产品，对方要报价"})

    one, two = versions(made)
    assert (one.number, one.values["summary"], one.values["signed_by_id"], one.sound) == (1, "介绍了新一代产品", cast.lin.pk, True)
    assert (two.number, two.values["summary"], two.values["objections"], two.sound) == (
        2, "介绍了新一代产品，对方要报价", "价格偏高", True,
    )  # fmt: skip
    assert "summary" in two.changed and "objections" not in two.changed
    last = stored(made)
    assert one.values["signature"] != last.signature == two.values["signature"] != ""
    assert one.values["signed_at"] < last.signed_at and last.signed_by == cast.lin


def test_what_changes_nothing_that_was_said_is_no_version(cast):
    made = log(cast.lin, SAID, cast.acme)
    signed = stored(made).signature
    revise(cast.lin, stored(made), {"summary": SAID["summary"]})
    drop(cast.lin, stored(made))
    restore(cast.lin, stored(made))

    assert len(versions(made)) == 1
    assert stored(made).signature == signed


def test_the_signature_holds_for_what_the_database_gives_back(cast):
    made = log(cast.lin, {**SAID, "customer_participants": "张工"}, cast.acme)
    kept = stored(made)

    assert kept.signature == signing.digest(kept.__dict__, kept.signed_by_id, kept.signed_at)
    kept.summary = "别的"
    assert kept.signature != signing.digest(kept.__dict__, kept.signed_by_id, kept.signed_at)


def test_an_altered_version_is_told(cast):
    made = log(cast.lin, SAID, cast.acme)
    kept = Kept.objects.get(entry__record="followups", entry__record_id=made.pk)
    entries = queries.written(made)
    entries[0].kept.values = {**kept.values, "summary": [None, "改过的话"]}

    assert signing.versions(entries)[0].sound is False


def test_an_erased_version_says_so_and_cannot_be_compared(cast):
    made = log(cast.lin, SAID, cast.acme)
    revise(cast.lin, stored(made), {"summary": "新的话"})
    redact(cast.lin, [queries.written(made)[0].pk], "测试")

    one, two = versions(made)
    assert "summary" in one.erased and one.sound is None
    assert two.values["summary"] == "新的话" and "method" in two.erased


def test_who_imports_a_history_signs_it(cast):
    told = Told(cast.acme, {"occurred_at": stored(log(cast.lin, SAID, cast.acme)).occurred_at, "summary": "旧话"}, "老王")
    log_many(cast.wang, [told])

    made = Followup.objects.get(pk=told.id)
    assert (made.signed_by, made.author) == (cast.wang, None)
    assert versions(made)[0].sound is True


def test_the_page_shows_both_versions_with_names_and_what_changed(cast):
    made = log(cast.lin, SAID, cast.acme)
    revise(cast.lin, stored(made), {"summary": "新的话"})
    browser = Client()
    browser.force_login(cast.lin)

    timeline = browser.get(f"/customers/{cast.acme.pk}/").content.decode()
    assert f"/followups/{made.pk}/versions/" in timeline
    page = browser.get(f"/followups/{made.pk}/versions/").content.decode()
    assert page.index("第 2 版") < page.index("第 1 版")
    assert "<ins>新的话</ins>" in page and SAID["summary"] in page
    assert page.count("签名一致") == 2 and cast.lin.name in page
    stranger = Client()
    stranger.force_login(cast.zhao)
    assert stranger.get(f"/followups/{made.pk}/versions/").status_code == 404


def test_the_page_shows_no_value_of_a_later_version(cast):
    made = log(cast.lin, SAID, cast.acme)
    revise(cast.lin, stored(made), {"objections": "价格偏高"})
    browser = Client()
    browser.force_login(cast.lin)

    page = browser.get(f"/followups/{made.pk}/versions/").content.decode()

    assert page.count("价格偏高") == 1


def test_the_minute_of_the_form_is_the_moment_it_was(cast):
    made = log(cast.lin, {**SAID, "occurred_at": now() - timedelta(hours=1, seconds=17)}, cast.acme)
    then = stored(made).occurred_at
    revise(cast.lin, stored(made), {"occurred_at": then.replace(second=0, microsecond=0), "summary": "新的话"})

    assert stored(made).occurred_at == then
    assert "occurred_at" not in versions(made)[1].changed
