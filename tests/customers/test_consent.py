"""Who agreed to be written to: written down with a proof, withdrawn at once, and read by those who read the customer."""

import pytest

from keji.access.models import Entry
from keji.customers.models import Consent, Contact, Customer
from keji.customers.rules.consent import agreed, give, withdraw
from keji.kernel.clock import today
from keji.kernel.errors import Refused, Unfit

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(cast):
    return Contact.objects.filter(customer=cast.acme).first()


def those_who_agree():
    return set(Customer.objects.filter(agreed()).values_list("pk", flat=True))


def test_a_consent_is_given_once_and_stands_in_the_trail(cast, contact):
    first = give(cast.lin, cast.acme, contact.pk, "微信回复“可以”")
    again = give(cast.lin, cast.acme, contact.pk, "又说了一次")

    assert (first.pk, first.given_on, first.recorded_by) == (again.pk, today(), cast.lin)
    assert those_who_agree() == {cast.acme.pk}
    assert Entry.objects.filter(record="customers", record_id=cast.acme.pk, changes__icontains="consents").count() == 1


def test_withdrawn_it_counts_no_more_and_stays_on_record(cast, contact):
    given = give(cast.lin, cast.acme, contact.pk, "签字表 7")
    withdraw(cast.lin, cast.acme, given.pk, "电话里说不要了")
    withdraw(cast.lin, cast.acme, given.pk)

    assert those_who_agree() == set()
    kept = Consent.objects.get()
    assert (kept.withdrawn_by, kept.withdrawn_at is None) == (cast.lin, False)
    assert give(cast.lin, cast.acme, contact.pk, "又同意了").pk != given.pk


def test_of_somebody_who_has_left_it_does_not_count(cast, contact):
    give(cast.lin, cast.acme, contact.pk, "签字表 7")
    Contact.objects.filter(pk=contact.pk).update(validity="PHONE_OFF")

    assert those_who_agree() == set()


@pytest.mark.parametrize("lacking", ["evidence", "contact", "of another", "future"])
def test_what_cannot_be_shown_is_no_consent(cast, contact, lacking):
    from datetime import timedelta

    told = {"evidence": "签字表 7", "contact": contact.pk, "day": None}
    told |= {"evidence": {"evidence": " "}, "contact": {"contact": None}, "of another": {"contact": 0}, "future": {"day": today() + timedelta(days=1)}}[lacking]
    if lacking == "of another":
        told["contact"] = Contact.objects.exclude(customer=cast.acme).first().pk

    with pytest.raises(Unfit) as error:
        give(cast.lin, cast.acme, told["contact"], told["evidence"], told["day"])
    assert [one.code for one in error.value.problems] == [
        {"evidence": "E_REQUIRED", "contact": "E_REQUIRED", "of another": "E_CONTACT", "future": "E_DATE_FUTURE"}[lacking]
    ]


def test_who_may_not_change_the_customer_notes_no_consent(cast, contact):
    for person in (cast.zhao, cast.chen):
        with pytest.raises(Refused):
            give(person, cast.acme, contact.pk, "签字表 7")


def test_on_the_page_it_is_noted_and_withdrawn(cast, contact, browse):
    page = browse("lin")
    page.post(f"/customers/{cast.acme.pk}/consents/", {"contact": contact.pk, "evidence": "签字表 7", "given_on": "2026-06-01"})
    shown = page.get(f"/customers/{cast.acme.pk}/").content.decode()
    assert "签字表 7" in shown
    assert "2026-06-01" in shown

    page.post(f"/customers/{cast.acme.pk}/consents/{Consent.objects.get().pk}/withdraw/")
    assert Consent.objects.get().withdrawn_at is not None
    assert "签字表 7" not in page.get(f"/customers/{cast.acme.pk}/").content.decode().partition('id="consents"')[2].partition("</section>")[0]
