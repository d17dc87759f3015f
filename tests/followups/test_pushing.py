"""News for customers of grade C: each month, of those who agreed, all at once."""

import pytest

from keji.agenda.models import Task
from keji.customers.models import Contact, Customer
from keji.customers.rules.consent import give, withdraw
from keji.customers.rules.register import register
from keji.followups.models import Followup
from keji.followups.rules.log import log
from keji.followups.rules.pushing import listed, push, waiting
from keji.kernel.errors import Unfit

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(cast, time):
    """Three customers of grade C since May; somebody of the first two agreed."""
    time("2026-05-04 09:00")
    made = []
    for name in ("甲", "乙", "丙"):
        values = {"name": f"苏州{name}贸易有限公司", "customer_type": "ENTERPRISE", "owner": cast.lin.pk, "grade": "C"}
        made.append(register(cast.wang, values, {"name": "张伟", "mobile": f"1390013800{len(made)}"}))
    for one in made[:2]:
        give(cast.lin, one, Contact.objects.get(customer=one).pk, "签字表")
    time("2026-06-10 10:00")
    return made


@pytest.mark.req("R-003-31")
def test_listed_is_who_agreed_and_was_not_contacted_this_month(cast, three):
    first, second, third = three
    assert set(waiting(cast.lin)) == set(three)
    assert set(listed(cast.lin)) == {first, second}
    assert not waiting(cast.zhao).exists()

    log(cast.lin, {"method": "PHONE", "summary": "聊过了"}, first)
    withdraw(cast.lin, second, second.consents.get().pk)
    assert not listed(cast.lin).exists()


@pytest.mark.req("R-003-31")
def test_a_push_is_a_contact_of_its_kind_and_asks_for_nothing(cast, time, three):
    first, second, third = three
    assert push(cast.lin, [one.pk for one in three], "INFO_PUSH", "六月产品动态") == (2, 1)

    assert sorted(Followup.objects.values_list("customer_id", "kind", "imported", "author_id")) == [
        (first.pk, "PUSH", False, cast.lin.pk),
        (second.pk, "PUSH", False, cast.lin.pk),
    ]
    assert not Task.objects.filter(kind="UPDATE").exists()
    assert set(waiting(cast.lin)) == {third}
    assert push(cast.lin, [first.pk], "INFO_PUSH", "又一次") == (0, 1)
    time("2026-07-02 10:00")
    assert set(listed(cast.lin)) == {first, second}


def test_who_wants_no_calls_gets_no_text(cast, three):
    Customer.objects.filter(pk=three[0].pk).update(do_not_call=True)

    assert push(cast.lin, [one.pk for one in three[:2]], "SMS", "六月优惠") == (1, 1)
    assert Followup.objects.get().customer_id == three[1].pk


@pytest.mark.parametrize(
    ("ids", "method", "summary", "field"), [([], "SMS", "好", "ids"), ([1], "PHONE", "好", "method"), ([1], "SMS", " ", "summary")]
)
def test_half_a_push_is_none(cast, ids, method, summary, field):
    with pytest.raises(Unfit) as error:
        push(cast.lin, ids, method, summary)
    assert [one.field for one in error.value.problems] == [field]


def test_the_page_lists_them_and_writes_all_down(cast, three, browse):
    page = browse("lin")
    shown = page.get("/followups/pushes/").content.decode()
    assert ("甲" in shown, "乙" in shown, "苏州丙" in shown) == (True, True, False)

    assert page.post("/followups/pushes/", {"ids": [three[0].pk], "method": "INFO_PUSH", "summary": ""}).status_code == 422
    assert page.post("/followups/pushes/", {"ids": [three[0].pk, "x"], "method": "INFO_PUSH", "summary": "六月"}).status_code == 302
    assert Followup.objects.get().summary == "六月"


@pytest.mark.req("R-003-30")
def test_of_grade_b_each_follow_up_asks_for_more_to_sell(cast, three, browse):
    Customer.objects.filter(pk=three[0].pk).update(grade="B")
    page = browse("lin")
    assert 'name="cross_sell"' in page.get(f"/customers/{three[0].pk}/").content.decode()
    assert 'name="cross_sell"' not in page.get(f"/customers/{three[1].pk}/").content.decode()

    page.post("/followups/new/", {"_customer": three[0].pk, "method": "PHONE", "summary": "想加一条线", "cross_sell": "YES", "once": "a"})
    assert Followup.objects.get().cross_sell == "YES"
    assert "二次合作机会" in page.get(f"/customers/{three[0].pk}/").content.decode()
    assert page.get("/followups/?cross_sell=YES").content.decode().count("想加一条线") >= 1
