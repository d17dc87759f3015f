"""Two people edit the same record at once: both versions are shown, nothing is overwritten unseen, nothing typed is lost."""

import pytest

from keji.customers.models import Contact, Customer
from keji.customers.rules import bin as bins
from keji.customers.rules.contacts import drop_contact, revise_contact
from keji.customers.rules.revise import revise

pytestmark = pytest.mark.attack("B-67")


def edit_contact(cast, client, **told):
    contact = cast.acme.contacts.get()
    known = {"name": contact.name, "mobile": contact.mobile, "title": contact.title, "version": "1"}
    return client.post(f"/contacts/{contact.pk}/edit/", known | told)


def test_the_second_of_two_editors_of_a_contact_sees_both_versions_and_keeps_what_was_typed(cast, browse):
    contact = cast.acme.contacts.get()
    revise_contact(cast.wang, Contact.objects.get(pk=contact.pk), {"title": "采购副总"}, version=1)

    answer = edit_contact(cast, browse("lin"), title="采购经理", remark="周五再谈")
    page = answer.content.decode()

    contact.refresh_from_db()
    assert (answer.status_code, contact.title, contact.remark) == (409, "采购副总", "")
    assert "<td>采购经理</td><td>采购副总</td>" in page
    assert 'value="采购经理"' in page and "周五再谈" in page
    assert 'name="version" value="2"' in page


def test_who_has_seen_the_other_version_may_save_over_it(cast, browse):
    contact = cast.acme.contacts.get()
    revise_contact(cast.wang, Contact.objects.get(pk=contact.pk), {"title": "采购副总"}, version=1)

    answer = edit_contact(cast, browse("lin"), title="采购经理", version="2")

    contact.refresh_from_db()
    assert (answer.status_code, contact.title, contact.version) == (302, "采购经理", 3)


def test_a_conflict_of_contacts_does_not_show_what_the_editor_reads_masked(cast, browse):
    """shen reads phones masked: neither the page nor its table of differences holds the number in full."""
    contact = cast.acme.contacts.get()
    revise_contact(cast.lin, Contact.objects.get(pk=contact.pk), {"mobile": "13811112222", "title": "总监"}, version=1)

    answer = edit_contact(cast, browse("shen"), mobile="", title="采购经理")

    assert (answer.status_code, "13811112222" in answer.content.decode()) == (409, False)
    assert "<td>采购经理</td><td>总监</td>" in answer.content.decode()


def test_a_mistake_in_the_form_does_not_hide_that_somebody_saved_meanwhile(cast, browse):
    """The form that comes back with the mistake is still the one that was opened; saving it is a conflict."""
    revise(cast.wang, Customer.objects.get(pk=cast.acme.pk), {"remark": "经理改的"}, version=1)
    told = {"name": cast.acme.name, "remark": "我改的", "version": "1", "uscc": "9132"}

    wrong = browse("lin").post(f"/customers/{cast.acme.pk}/edit/", told)
    mended = browse("lin").post(f"/customers/{cast.acme.pk}/edit/", told | {"uscc": cast.acme.uscc})

    assert (wrong.status_code, 'name="version" value="1"' in wrong.content.decode()) == (422, True)
    assert mended.status_code == 409
    assert Customer.objects.get(pk=cast.acme.pk).remark == "经理改的"


def test_a_mistake_in_a_contact_does_not_hide_that_somebody_saved_meanwhile(cast, browse):
    contact = cast.acme.contacts.get()
    revise_contact(cast.wang, Contact.objects.get(pk=contact.pk), {"title": "采购副总"}, version=1)

    wrong = edit_contact(cast, browse("lin"), mobile="12", title="采购经理")

    assert (wrong.status_code, 'name="version" value="1"' in wrong.content.decode()) == (422, True)
    assert edit_contact(cast, browse("lin"), title="采购经理").status_code == 409


def test_a_form_that_says_no_version_saves_nothing(cast, browse):
    for version in ("", "0", "x", "9" * 30):
        assert edit_contact(cast, browse("lin"), title="改", version=version).status_code == 409


def test_what_was_thrown_away_meanwhile_is_not_there_and_not_brought_back(cast, browse):
    contact = cast.acme.contacts.get()
    drop_contact(cast.wang, Contact.objects.get(pk=contact.pk))
    bins.drop(cast.zhao, Customer.objects.get(pk=cast.other.pk))

    assert edit_contact(cast, browse("lin"), title="改").status_code == 404
    told = {"name": cast.other.name, "remark": "改", "version": "1"}
    assert browse("zhao").post(f"/customers/{cast.other.pk}/edit/", told).status_code == 404
    assert Customer.objects.get(pk=cast.other.pk).remark == ""
