"""Files of contacts, needs, deals and follow-ups: they go where their record goes, and show where one looks for them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keji.access.models import Role
from keji.customers.models import Contact
from keji.customers.rules.bin import drop as drop_customer
from keji.customers.rules.contacts import drop_contact
from keji.customers.rules.needs import add_need, drop_need, restore_need
from keji.customers.rules.owners import transfer
from keji.deals.rules.bin import drop as drop_deal
from keji.deals.rules.bin import restore as restore_deal
from keji.deals.rules.open import open_deal
from keji.followups.models import Followup
from keji.followups.rules.log import drop as drop_followup
from keji.followups.rules.log import log
from keji.followups.rules.log import restore as restore_followup
from keji.kernel.clock import now
from keji.records.models import Attachment

PDF = b"%PDF-1.7 " + "合同".encode() * 50
TYPES = ("contacts", "needs", "deals", "followups")
PAGES = {"contacts": "/contacts/{}/edit/", "needs": "/needs/{}/edit/", "deals": "/deals/{}/", "followups": "/followups/{}/edit/"}
DROPS = {"contacts": drop_contact, "needs": drop_need, "deals": drop_deal, "followups": drop_followup}
BACK = {"needs": restore_need, "deals": restore_deal, "followups": restore_followup}


@pytest.fixture(autouse=True)
def _files(files):
    return files


@pytest.fixture
def made(cast):
    """A record of each type at acme, which is lin's."""
    return {
        "contacts": Contact.objects.get(customer=cast.acme),
        "needs": add_need(cast.lin, {"description": "采购办公设备"}, cast.acme),
        "deals": open_deal(cast.lin, {"name": "办公设备批量采购"}, cast.acme),
        "followups": log(cast.lin, {"summary": "说好了价格"}, cast.acme),
    }


def signed_in(person):
    browser = Client(raise_request_exception=False)
    browser.force_login(person)
    return browser


def bring(browser, record, name="合同.pdf", content=PDF):
    told = {"_files": SimpleUploadedFile(name, content), "then": "/account/"}
    return browser.post(f"/files/{record.RECORD}/{record.pk}/", told)


def fetched(person, kept):
    answer = signed_in(person).get(f"/files/{kept.pk}/")
    assert answer.status_code != 200 or b"".join(answer.streaming_content) == PDF
    return answer.status_code


def page(person, path):
    answer = signed_in(person).get(path)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


@pytest.mark.parametrize("kind", TYPES)
def test_a_file_is_brought_to_a_record_and_shown_on_its_page_and_on_the_customers(cast, made, kind):
    bring(signed_in(cast.lin), made[kind], f"{kind}.pdf")
    [kept] = Attachment.objects.all()
    here, there = page(cast.lin, PAGES[kind].format(made[kind].pk)), page(cast.lin, f"/customers/{cast.acme.pk}/")

    assert (kept.record, kept.record_id, kept.customer_id) == (kind, made[kind].pk, cast.acme.pk)
    for told in (here, there):
        assert f'href="/files/{kept.pk}/" download>{kind}.pdf' in told
    assert f'action="/files/{kind}/{made[kind].pk}/"' in here
    assert f'action="/files/{kept.pk}/drop/"' in here
    assert f'action="/files/{kept.pk}/drop/"' not in there  # it is dropped where it hangs
    assert PAGES[kind].format(made[kind].pk).removesuffix("edit/") in there


@pytest.mark.attack("B-03")
@pytest.mark.parametrize("kind", TYPES)
def test_nobody_brings_a_file_to_a_record_that_they_may_not_change(cast, made, kind):
    assert {who: bring(signed_in(getattr(cast, who)), made[kind]).status_code for who in ("zhao", "chen", "gao")} == {
        "zhao": 404,
        "chen": 404,
        "gao": 403,
    }
    assert Attachment.objects.count() == 0


@pytest.mark.attack("B-09")
@pytest.mark.parametrize("kind", TYPES)
def test_a_file_goes_with_its_record_to_another_owner_and_into_the_bin(cast, made, kind):
    bring(signed_in(cast.lin), made[kind])
    [kept] = Attachment.objects.all()
    assert (fetched(cast.lin, kept), fetched(cast.wang, kept), fetched(cast.zhao, kept)) == (200, 200, 404)

    DROPS[kind](cast.wang, made[kind])
    assert fetched(cast.wang, kept) == 404
    assert "合同.pdf" not in page(cast.wang, f"/customers/{cast.acme.pk}/?show=followups")
    if kind in BACK:
        BACK[kind](cast.wang, type(made[kind]).objects.get(pk=made[kind].pk))
        assert fetched(cast.wang, kept) == 200
        transfer(cast.wang, cast.acme, cast.zhao.pk, "换人")
        assert (fetched(cast.lin, kept), fetched(cast.zhao, kept)) == (404, 200)
        drop_customer(cast.wang, type(cast.acme).objects.get(pk=cast.acme.pk))
        assert (fetched(cast.zhao, kept), fetched(cast.wang, kept)) == (404, 404)


@pytest.mark.attack("B-29")
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("bad", [("坏.png", b"<svg/>"), ("空.txt", b""), ("壳.pdf", b"<html><script>alert(1)</script>")])
def test_what_is_no_such_file_is_refused_at_every_record(cast, made, kind, bad):
    told = bring(signed_in(cast.lin), made[kind], *bad)

    assert told.status_code == 302
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("kind", TYPES)
def test_the_customers_page_names_only_files_of_records_that_the_person_sees(cast, made, kind):
    """Who does not see a record type learns neither that its files are there nor what they are called."""
    bring(signed_in(cast.lin), made[kind], "机密.pdf")
    bring(signed_in(cast.lin), cast.acme, "公开.pdf")
    role = Role.objects.get(code="SALES_MANAGER")
    role.reach = {**role.reach, kind: {}}
    role.save()
    [kept] = Attachment.objects.filter(name="机密.pdf")
    told = page(cast.wang, f"/customers/{cast.acme.pk}/")

    assert "公开.pdf" in told
    if kind in ("deals", "followups"):  # the changes of contacts and needs stand in the history of their customer
        assert "机密.pdf" not in told
    assert f"/files/{kept.pk}/" not in told
    assert fetched(cast.wang, kept) == 404


def test_without_the_right_to_the_history_the_files_of_old_follow_ups_are_not_there(cast, made):
    bring(signed_in(cast.lin), made["followups"])
    [kept] = Attachment.objects.all()
    Followup.objects.filter(pk=made["followups"].pk).update(occurred_at=now() - timedelta(days=99), recent=False)
    role = Role.objects.get(code="SALES_REP")
    assert fetched(cast.lin, kept) == 200

    role.actions = [name for name in role.actions if name != "followups.history"]
    role.save()
    assert fetched(cast.lin, kept) == 404


@pytest.mark.parametrize("htmx", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_files_come_along_with_a_follow_up_that_is_written_down(cast, htmx):
    told = {"_customer": cast.acme.pk, "once": "t", "method": "PHONE", "summary": "看了样机"}
    files = [SimpleUploadedFile("报价.pdf", PDF), SimpleUploadedFile("坏.png", b"<svg/>")]
    answer = signed_in(cast.lin).post("/followups/new/", told | {"_files": files}, **htmx)
    again = signed_in(cast.lin).post("/followups/new/", told | {"_files": [SimpleUploadedFile("报价.pdf", PDF)]}, **htmx)
    [kept] = Attachment.objects.all()

    assert (answer.status_code, again.status_code) == ((200, 200) if htmx else (302, 302))
    assert (kept.record, kept.record_id, kept.name) == ("followups", Followup.objects.get().pk, "报价.pdf")
    said = answer["HX-Trigger"] if htmx else page(cast.lin, "/account/")
    if htmx:
        assert "\\u574f.png" in said and '"level": "danger"' in said
    timeline = page(cast.lin, f"/customers/{cast.acme.pk}/?show=followups")
    assert timeline.count(f'href="/files/{kept.pk}/" download>报价.pdf') == 2  # in the timeline and in the panel


def test_a_form_that_comes_back_keeps_its_files_in_the_browser_and_nothing_on_the_disk(cast, files):
    told = {"_customer": cast.acme.pk, "once": "abc", "method": "PHONE", "summary": "", "_files": [SimpleUploadedFile("报价.pdf", PDF)]}
    answer = signed_in(cast.lin).post("/followups/new/", told, HTTP_HX_REQUEST="true")

    assert answer.status_code == 422
    assert 'id="basket-abc" hx-preserve' in answer.content.decode()
    assert (Attachment.objects.count(), Followup.objects.count()) == (0, 0)
    assert not [one for one in files.rglob("*") if one.is_file()]


def test_who_may_not_change_follow_ups_is_offered_no_files_in_the_composer(cast):
    assert "data-basket" in page(cast.lin, f"/followups/new/?_customer={cast.acme.pk}")
    role = Role.objects.get(code="SALES_REP")
    role.actions = [name for name in role.actions if name != "records.files"]
    role.save()

    assert "data-basket" not in page(cast.lin, f"/followups/new/?_customer={cast.acme.pk}")


def test_lists_say_how_many_files_hang_on_a_row(cast, made):
    for kind in ("deals", "followups"):
        for name in ("一.pdf", "二.pdf"):
            bring(signed_in(cast.lin), made[kind], name)

    for path in ("/deals/list/", "/followups/"):
        assert '<span class="unseen">附件 </span>2</span>' in page(cast.lin, path)
