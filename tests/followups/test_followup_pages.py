"""The pages of follow-ups, for those who may and those who may not."""

import csv
import html
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from keji.access.rules.people import add_person
from keji.agenda.rules.suggesting import likely
from keji.clocks.rules.limits import take_frequencies
from keji.customers.models import Contact, Customer
from keji.followups.forms import methods
from keji.followups.models import Followup
from keji.followups.rules.log import drop, log
from keji.followups.sheet import FOLLOWUPS
from keji.kernel.clock import day_of, now, today, zone
from keji.records.terms import dictionary

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "section#composer"}
SAID = {"summary": "介绍了新一代产品，对方想看演示"}


def text(answer):
    return answer.content.decode()


def of_role(cast, role):
    """A new person of this role, who stands in the cast under its name."""
    made, _password = add_person(None, role.lower(), role, [role], cast.south)
    made.must_change = False
    made.save()
    setattr(cast, role, made)
    return role


def test_two_fields_without_javascript_lead_to_the_customer(cast, browse):
    told = {"_customer": cast.acme.pk, "once": "t", "method": "PHONE", **SAID, "next_followup_at": "明天 15:00", "objective": "下次跟进"}

    answer = browse("lin").post(reverse("followups:new"), told)

    assert (answer.status_code, answer["Location"]) == (302, reverse("customers:page", args=[cast.acme.pk]))
    made = Followup.objects.get()
    then = timezone.localtime(made.next_followup_at, zone())
    assert (then.date() - today(), then.hour) == (timedelta(days=1), 15)


def test_the_same_form_sent_twice_is_one_record(cast, browse):
    told = {"_customer": cast.acme.pk, "once": "t", "method": "PHONE", **SAID}
    for _time in range(2):
        assert browse("lin").post(reverse("followups:new"), told).status_code == 302

    assert Followup.objects.count() == 1


def test_with_htmx_an_empty_composer_comes_back_and_the_page_hears_of_it(cast, browse):
    told = {"_customer": cast.acme.pk, "once": "t", "method": "PHONE", **SAID}

    answer = browse("lin").post(reverse("followups:new"), told, **HTMX)

    assert answer.status_code == 200
    assert '"logged"' in answer["HX-Trigger"]
    assert "data-composer" in text(answer) and SAID["summary"] not in text(answer) and "<html" not in text(answer)


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(cast, browse):
    told = {"_customer": cast.acme.pk, "method": "VISIT", "summary": "说了很多", "next_followup_at": "改天", "objective": "再谈"}

    answer = browse("lin").post(reverse("followups:new"), told)

    assert answer.status_code == 422
    assert 'data-code="E_DATE"' in text(answer)
    assert "说了很多" in text(answer) and 'value="改天"' in text(answer) and 'value="VISIT" checked' in text(answer)
    assert Followup.objects.count() == 0


@pytest.mark.req("R-000-27")
def test_two_hundred_characters_are_hinted_at_and_a_thousand_are_the_end(cast, browse):
    for size, status in ((201, 302), (1000, 302), (1001, 422)):
        told = {"_customer": cast.acme.pk, "once": str(size), "method": "PHONE", "summary": "说" * size}
        answer = browse("lin").post(reverse("followups:new"), told)
        assert (size, answer.status_code) == (size, status)
    assert 'data-code="E_LENGTH"' in text(answer)
    assert 'data-brief="200"' in text(browse("lin").get(reverse("followups:new"), {"_customer": cast.acme.pk}))


def test_more_unfolds_the_rest_and_keeps_what_was_typed(cast, browse):
    told = {"_customer": cast.acme.pk, "method": "VISIT", "summary": "先写一半", "_more": "1"}

    answer = browse("lin").post(reverse("followups:new"), told, **HTMX)

    assert answer.status_code == 200
    shown = [name for name in FOLLOWUPS.by_name if f'name="{name}"' in text(answer)]
    hidden = {"author", *(column.name for column in FOLLOWUPS.columns if not column.typed)}
    assert set(shown) == FOLLOWUPS.by_name.keys() - hidden
    assert "先写一半" in text(answer)
    assert Followup.objects.count() == 0


@pytest.mark.req("R-000-40")
def test_the_number_of_a_customer_brings_its_facts_and_contacts_along(cast, browse):
    answer = browse("lin").get(reverse("followups:new"), {"customer_no": cast.acme.customer_no})

    for known in ("星海智能科技有限公司", cast.acme.customer_no, "软件和信息技术服务业", "林晓", "李梅", "采购总监"):
        assert known in text(answer)
    facts = browse("lin").get(reverse("followups:facts"), {"customer": cast.acme.pk})
    assert [known in text(facts) for known in ("星海智能科技有限公司", "软件和信息技术服务业", "林晓", "李梅")] == [
        True
    ] * 4
    of_task = text(browse("lin").get(reverse("desk:facts"), {"customer": cast.acme.pk}))
    assert "星海智能科技有限公司" in of_task and "李梅" not in of_task  # nobody takes part in a task


@pytest.mark.req("R-003-30")
def test_a_choice_in_the_dialog_brings_along_what_is_asked_of_the_grade(cast, browse):
    empty = text(browse("zhao").get(reverse("followups:new"), **HTMX))
    assert 'name="cross_sell"' not in empty and reverse("followups:facts") in empty

    facts = text(browse("zhao").get(reverse("followups:facts"), {"customer": cast.other.pk}))  # of grade B
    assert 'name="cross_sell"' in facts and f'data-fill="{likely("B")[-1][1]}"' in facts
    assert 'name="cross_sell"' not in text(browse("lin").get(reverse("followups:facts"), {"customer": cast.acme.pk}))


def test_a_customer_of_somebody_else_is_not_there(cast, browse):
    for told in ({"customer_no": cast.acme.customer_no}, {"_customer": cast.acme.pk}):
        assert browse("zhao").get(reverse("followups:new"), told).status_code == 404
    for name in ("desk:facts", "followups:facts"):
        assert browse("zhao").get(reverse(name), {"customer": cast.acme.pk}).status_code == 404
    assert browse("zhao").get(reverse("desk:pick"), {"q": "星海"}).json() == []
    assert [one["id"] for one in browse("lin").get(reverse("desk:pick"), {"q": "xhzn"}).json()] == [cast.acme.pk]


def test_without_a_customer_one_is_asked_for(cast, browse):
    answer = browse("lin").post(reverse("followups:new"), {"method": "PHONE", **SAID})

    assert answer.status_code == 422
    assert "请先选择客户" in text(answer) and "pick-customer" in text(answer)


@pytest.mark.req("R-000-25")
@pytest.mark.req("R-001-15")
def test_the_methods_of_the_seed_come_first(db):
    assert [text for _code, text, _on in methods("")] == ["电话", "拜访", "邮件", "线上会议", "会议", "微信"]
    assert [text for _code, text, on in methods("SMS") if on] == ["短信"]


@pytest.mark.req("R-000-30")
def test_the_types_of_the_seed_are_known_and_more_can_be_added(db):
    labels = [word.label for word in dictionary("followup_type").options()]

    assert {"首次沟通", "需求确认", "方案跟进", "催签"} < set(labels)
    assert len(labels) == 11


def test_the_likely_days_follow_the_limit_of_the_grade(cast):
    start = date(2026, 11, 25)  # a Wednesday

    assert [day for _text, day in likely("B", start)] == ["2026-11-26", "2026-11-30", "2026-12-09"]
    assert [day for _text, day in likely("A", start)] == ["2026-11-26", "2026-11-30", "2026-12-25"]
    assert [day for _text, day in likely("", start)] == ["2026-11-26", "2026-11-30", "2026-12-25"]
    assert likely("C", date(2026, 5, 7))[2] == ("按等级", "2026-06-05")  # not the Sunday a month later

    take_frequencies(cast.shen, "WEEKLY_A")
    assert likely("A", start)[2] == ("按等级", "2026-12-02")


def test_the_list_is_searched_and_narrowed(cast, browse):
    log(cast.lin, {**SAID, "method": "VISIT"}, cast.acme)
    log(cast.zhao, {"summary": "催签合同", "method": "PHONE", "followup_type": "URGE_SIGN"}, cast.other)
    page, everything = reverse("followups:list"), "共 2 条"

    assert everything in text(browse("wang").get(page))
    asked = {
        "q": "演示", "method": "VISIT", "author": cast.lin.pk, "industry": "I65", "kind": "DEEP",
        "occurred_at__from": today().isoformat(),
    }  # fmt: skip
    for name, value in asked.items():
        shown = text(browse("wang").get(page, {name: value}))
        assert "介绍了新一代产品" in shown, name
        assert ("催签合同" in shown) == (name == "occurred_at__from"), name
    assert "共 1 条" in text(browse("lin").get(page))
    assert browse("wang").get(page, {"sort": "summary"}).status_code == 400


@pytest.mark.parametrize("sort", ["occurred_at", "-occurred_at", "changed_at", "-changed_at"])
def test_pages_of_the_list_hold_each_once(cast, browse, sort):
    for day in range(1, 6):
        log(cast.lin, {"summary": f"第{day}次", "occurred_at": now() - timedelta(days=day // 2)}, cast.acme)
    seen, address = [], f"{reverse('followups:list')}?size=2&sort={sort}"
    while address:
        shown = text(browse("lin").get(address))
        seen += re.findall("第[0-9]次", re.sub('<template.*?</template>|title="[^"]*"', "", shown, flags=re.S))
        following = re.search('id="next-page" href="([^"]+)"', shown)
        address = html.unescape(following[1]) if following else ""

    assert sorted(dict.fromkeys(seen)) == [f"第{n}次" for n in range(1, 6)]
    assert len(seen) == 5


def test_who_may_open_the_list(cast, browse):
    for role, status in {
        "FINANCE": 403,
        "MARKETING": 200,
        "AUDITOR": 200,
        "AFTER_SALES": 200,
        "DEPT_HEAD": 200,
    }.items():
        assert (role, browse(of_role(cast, role)).get(reverse("followups:list")).status_code) == (role, status)
    assert browse("gao").get(reverse("followups:list")).status_code == 403


def test_marketing_and_service_read_summaries_and_no_more(cast, browse):
    said = {
        **SAID,
        "customer_feedback": "嫌贵",
        "objections": "怕延期",
        "decision_progress": "等总经理",
        "commitments": "送样",
        "need_change": "加量",
    }
    log(cast.lin, said, cast.acme)
    page = reverse("customers:page", args=[cast.acme.pk])

    for who in ("chen", of_role(cast, "MARKETING")):
        shown = text(browse(who).get(page))
        assert SAID["summary"] in shown
        assert [word for word in ("嫌贵", "怕延期", "等总经理", "送样", "加量") if word in shown] == []
    assert [
        word for word in ("嫌贵", "怕延期", "等总经理", "送样", "加量") if word not in text(browse("wang").get(page))
    ] == []
    finance = text(browse(of_role(cast, "FINANCE")).get(page))
    assert SAID["summary"] not in finance and "data-compose" not in finance


def test_the_auditor_reads_names_of_witnesses_masked(cast, browse):
    log(cast.lin, {**SAID, "customer_participants": "欧阳建国"}, cast.acme)

    shown = text(browse(of_role(cast, "AUDITOR")).get(reverse("customers:page", args=[cast.acme.pk])))

    assert SAID["summary"] in shown and "欧***" in shown and "欧阳建国" not in shown


def test_a_follow_up_is_mended_on_its_page(cast, browse):
    li = Contact.objects.get(customer=cast.acme)
    made = log(cast.lin, {**SAID, "customer_participants": "张工"}, cast.acme, contacts=[li.pk])
    page = reverse("followups:edit", args=[made.pk])
    form = text(browse("lin").get(page))
    assert 'value="张工"' in form and f'name="_contacts" value="{li.pk}" checked' in form

    told = {
        "version": made.version,
        "summary": "改过了",
        "method": "PHONE",
        "_contacts": li.pk,
        "customer_participants": "",
    }
    assert browse("lin").post(page, told).status_code == 302
    kept = Followup.objects.get()
    assert (kept.summary, kept.customer_participants, kept.author) == ("改过了", "李梅", cast.lin)
    again = browse("lin").post(page, {**told, "summary": "旧表单"})
    assert again.status_code == 409
    assert "改过了" in text(again) and "旧表单" in text(again)


def test_a_colleague_does_not_open_the_form_of_another(cast, browse):
    made = log(cast.wang, SAID, cast.acme)

    assert browse("lin").get(reverse("followups:edit", args=[made.pk])).status_code == 403
    assert browse("zhao").get(reverse("followups:edit", args=[made.pk])).status_code == 404


def test_a_follow_up_goes_to_the_bin_and_comes_back(cast, browse):
    made = log(cast.lin, SAID, cast.acme)

    assert browse("lin").post(reverse("followups:drop", args=[made.pk])).status_code == 302
    assert SAID["summary"] in text(browse("lin").get(reverse("followups:bin")))
    assert SAID["summary"] not in text(browse("lin").get(reverse("followups:list")))
    assert browse("zhao").post(reverse("followups:restore", args=[made.pk])).status_code == 404
    browse("lin").post(reverse("followups:restore", args=[made.pk]))
    assert Followup.objects.get().deleted_at is None


def test_the_list_leaves_as_a_file_with_a_reason(cast, browse, files):
    log(cast.lin, {**SAID, "customer_feedback": "嫌贵"}, cast.acme)
    drop(cast.lin, log(cast.lin, {"summary": "删掉的"}, cast.acme))
    page = reverse("followups:export")

    assert browse("shen").post(page, {"why": " ", "format": "csv"}).status_code == 422
    assert browse("lin").post(page, {"why": "要", "format": "csv"}).status_code == 403
    assert browse("shen").post(page, {"why": "核对", "format": "csv"}).status_code == 302
    newest = re.search(r"/exports/(\d+)/", text(browse("shen").get(reverse("customers:exports"))))[0]
    told = b"".join(browse("shen").get(newest).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(told.splitlines()))
    assert len(rows) == 1
    row = rows[0]
    assert (row["客户编号"], row["跟进方式"], row["沟通内容摘要"], row["客户反馈"], row["跟进人"]) == (
        cast.acme.customer_no, "电话", SAID["summary"], "嫌贵", "林晓",
    )  # fmt: skip


def test_the_customer_shows_when_it_was_followed_up_and_will_be(cast, browse):
    log(cast.lin, {**SAID, "objective": "下次跟进", "next_followup_at": now() + timedelta(days=3)}, cast.acme)
    known = Customer.objects.get(pk=cast.acme.pk)

    day = day_of(known.next_followup_at).isoformat()
    assert day in text(browse("lin").get(reverse("customers:list"), {"next_followup_at__from": day}))
    assert (
        browse(of_role(cast, "FINANCE")).get(reverse("customers:list"), {"next_followup_at__from": day}).status_code
        == 400
    )
