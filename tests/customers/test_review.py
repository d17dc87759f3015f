"""The review of what was entered: by whom, by when, and what it asks for (R-004-21 to -27, R-004-58)."""

import pytest
from django.urls import reverse
from moments import local

from keji.access.models import Entry
from keji.access.rules.people import add_person
from keji.clocks.models import Clock
from keji.clocks.presets import BY_CODE
from keji.customers.models import Customer, Review
from keji.customers.rules import deadlines, review
from keji.customers.rules.bin import drop
from keji.customers.rules.grading import regrade
from keji.customers.rules.register import register
from keji.customers.rules.revise import revise
from keji.desk.rules import keep_settings
from keji.kernel.clock import now
from keji.kernel.errors import Refused, Unfit
from keji.notices.models import Notice
from keji.records.models import Attachment
from keji.records.rules import set_up

pytestmark = pytest.mark.django_db
SEED = {"name": "云岭精密机械有限公司", "uscc": "91110108MA00000663", "industry_code": "C34"}


@pytest.fixture(autouse=True)
def on(db):
    set_up(None, review=True)


def codes(action):
    with pytest.raises(Unfit) as error:
        action()
    return [(problem.field, problem.code) for problem in error.value.problems]


def stored(customer):
    return Customer.objects.get(pk=customer.pk)


def limit_on(customer):
    return Clock.objects.select_related("limit").get(record_id=customer.pk, limit__code__in=deadlines.REVIEWS)


def attach(customer):
    return Attachment.objects.create(
        record="customers", record_id=customer.pk, customer_id=customer.pk, name="营业执照.pdf", kind="pdf", mime="application/pdf", size=9, digest="0" * 64
    )


@pytest.mark.req("R-004-26")
@pytest.mark.parametrize(
    ("entered", "due"),
    [("2026-02-13 10:00", "2026-02-14 18:00"), ("2026-09-30 10:00", "2026-10-08 18:00"), ("2026-09-20 10:00", "2026-09-21 18:00")],
)
def test_ordinary_facts_are_reviewed_by_the_next_working_day_however_late_they_come(cast, time, entered, due):
    time(entered)
    made = register(cast.lin, SEED)
    before = limit_on(made)
    assert (before.limit.code, before.due_at) == ("SLA-06", local(due))

    time(local(due))
    review.submit(cast.lin, stored(made))
    assert limit_on(made).due_at == before.due_at
    review.decide(cast.wang, stored(made), True, checked=True)
    assert stored(made).review_state == "APPROVED"
    assert limit_on(made).stopped_at == local(due)
    assert list(made.reviews.order_by("pk").values_list("level", "passed", "late")) == [("SELF", True, True), ("DEPT", True, True)]


@pytest.mark.req("R-004-27")
@pytest.mark.parametrize(("entered", "due"), [("2026-02-13 10:00", "2026-02-24 18:00"), ("2025-09-30 10:00", "2025-10-10 18:00")])
def test_important_facts_have_two_working_days_for_both_reviews(cast, time, entered, due):
    time(entered)
    made = register(cast.lin, SEED | {"is_strategic": True})

    assert (limit_on(made).limit.code, limit_on(made).due_at) == ("SLA-07", local(due))


@pytest.mark.req("R-004-21")
def test_who_submits_does_not_review_and_important_facts_want_the_steward(cast, time):
    time("2026-03-19 10:00")
    made = register(cast.wang, SEED | {"owner": cast.lin.pk, "grade": "A"})
    review.submit(cast.wang, made)
    head, _once = add_person(None, "he", "何岩", ["DEPT_HEAD"], cast.east)
    attach(made)

    assert codes(lambda: review.decide(cast.wang, stored(made), True, checked=True)) == [("who", "E_OWN")]
    for nobody in (cast.lin, cast.zhao, cast.chen, cast.shen):
        with pytest.raises(Refused):
            review.decide(nobody, stored(made), True, checked=True)
    review.decide(head, stored(made), True, checked=True)
    assert stored(made).review_state == "FINAL_REVIEW"
    with pytest.raises(Refused):
        review.decide(cast.wang, stored(made), True, checked=True)
    time("2026-03-23 15:00")
    review.decide(cast.shen, stored(made), True, checked=True)
    assert stored(made).review_state == "APPROVED"
    assert not made.reviews.filter(late=True).exists()
    assert codes(lambda: review.decide(cast.shen, stored(made), True, checked=True)) == [("review_state", "E_STATE")]
    told = Notice.objects.filter(kind=review.DECIDED)
    assert set(told.values_list("person_id", flat=True)) == {cast.wang.pk, cast.lin.pk}


@pytest.mark.req("R-004-22")
def test_nothing_is_approved_that_nobody_compared_with_its_papers(cast):
    made = register(cast.lin, SEED | {"is_strategic": True})
    review.submit(cast.lin, made)

    assert codes(lambda: review.decide(cast.wang, stored(made), True)) == [("checked", "E_REQUIRED"), ("files", "E_REQUIRED")]
    attach(made)
    review.decide(cast.wang, stored(made), True, checked=True)
    assert stored(made).review_state == "FINAL_REVIEW"


@pytest.mark.req("R-004-23")
@pytest.mark.req("R-004-25")
def test_what_is_missing_or_doubtful_is_not_submitted(cast):
    set_up(None, profile="P001")
    bare = {"name": "云岭精密机械有限公司"}
    card = "打款卡号 6222 0200 0000 0001 230"
    made = Customer.objects.create(customer_no="C900", **bare, profile="P001", owner=cast.lin, remark=card, changed_at=now())
    found = codes(lambda: review.submit(cast.lin, made))
    assert {("industry_code", "E_REQUIRED"), ("contact", "E_REQUIRED"), ("uscc", "E_REQUIRED")} <= set(found)
    assert [code for field, code in found if field == "remark"] == ["W_SENSITIVE"]
    assert stored(made).review_state == "DRAFT"


@pytest.mark.req("R-004-21")
def test_what_came_back_says_why_and_is_a_draft_again_once_it_is_edited(cast):
    made = register(cast.lin, SEED)
    review.submit(cast.lin, made)
    assert codes(lambda: review.decide(cast.wang, stored(made), False)) == [("note", "E_REQUIRED")]
    review.decide(cast.wang, stored(made), False, "信用代码和执照对不上")

    assert stored(made).review_state == "REJECTED"
    assert Entry.objects.filter(action="customers.review", record_id=made.pk).count() == 1
    revise(cast.lin, stored(made), {"office_phone": "010-62345678"})
    assert stored(made).review_state == "DRAFT"
    review.submit(cast.lin, stored(made))
    revise(cast.lin, stored(made), {"office_phone": "010-62345679"})
    assert stored(made).review_state == "DRAFT"
    assert limit_on(made).stopped_at is None


def test_the_limit_follows_what_the_customer_is_and_ends_with_it(cast, time):
    time("2026-03-19 10:00")
    made = register(cast.lin, SEED)
    assert limit_on(made).limit.code == "SLA-06"
    regrade(cast.wang, stored(made), "A", "年采购额 80 万")
    assert (limit_on(made).limit.code, limit_on(made).due_at) == ("SLA-07", local("2026-03-23 18:00"))

    drop(cast.lin, stored(made))
    assert limit_on(made).void


def test_without_the_setting_nothing_waits_and_switching_it_off_ends_what_waited(cast):
    made = register(cast.lin, SEED)
    assert limit_on(made).stopped_at is None
    keep_settings(cast.shen, {"review": False})

    assert limit_on(made).void
    other = register(cast.lin, {"name": "青禾包装材料有限公司"})
    assert not Clock.objects.filter(record_id=other.pk, limit__code__in=deadlines.REVIEWS).exists()


def test_it_is_warned_of_like_other_limits_in_working_days():
    for code, days in (("SLA-06", 1), ("SLA-07", 2)):
        preset = BY_CODE[code, ""]
        assert (preset.amount, preset.unit, [who for _by, _measure, who in preset.warns]) == (
            days,
            "WORKDAYS",
            [("OWNER",), ("OWNER", "MANAGER"), ("HEAD",)],
        )


@pytest.mark.req("R-004-58")
def test_the_steps_stand_on_the_page_with_who_when_and_what(cast, browse):
    made = register(cast.lin, SEED)
    page = reverse("customers:page", args=[made.pk])
    assert "已自查，提交审核" in browse("lin").get(page).content.decode()
    browse("lin").post(reverse("customers:review_submit", args=[made.pk]))
    shown = browse("lin").get(page).content.decode()
    assert "退回" not in shown
    assert 'name="checked"' not in shown

    refused = browse("wang").post(reverse("customers:review_decide", args=[made.pk]), {"passed": "1"}, follow=True)
    assert "与资质文件一致" in refused.content.decode()
    assert stored(made).review_state == "DEPT_REVIEW"
    browse("wang").post(reverse("customers:review_decide", args=[made.pk]), {"passed": "0", "note": "执照过期"})
    shown = browse("lin").get(page).content.decode()
    assert [text for text in ("复核 · 退回", "王敏", "执照过期", "已自查，提交审核") if text not in shown] == []
    assert browse("zhao").post(reverse("customers:review_submit", args=[made.pk])).status_code == 404
    assert Review.objects.filter(customer=made).count() == 2


def test_the_list_and_the_workbench_count_what_waits(cast, browse):
    made = register(cast.lin, SEED)
    review.submit(cast.lin, made)

    assert "云岭精密机械有限公司" in browse("wang").get("/customers/?review_state=DEPT_REVIEW").content.decode()
    assert "等待复核的资料" in browse("wang").get("/").content.decode()
    set_up(None, review=False)
    assert "等待复核的资料" not in browse("wang").get("/").content.decode()
