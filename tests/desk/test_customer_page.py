"""The page of one customer: what stands there for whom, in which order, at what price."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keji.access.models import Role
from keji.access.scope import may, relation, rights
from keji.customers.models import Collaboration, Customer, Tag, Tagging
from keji.customers.rules import anniversaries
from keji.customers.rules.contacts import add_contact, revise_contact
from keji.customers.rules.needs import add_need
from keji.customers.rules.owners import transfer
from keji.customers.rules.register import register
from keji.customers.rules.revise import revise
from keji.deals.models import Stage, StageChange
from keji.deals.rules.open import open_deal
from keji.desk.pages.customer import ACTIONS, MOST, history
from keji.desk.queries import held
from keji.followups.models import Followup
from keji.followups.rules.log import log
from keji.kernel.clock import now, today, zone
from keji.records.models import Attachment

HTMX = {"HTTP_HX_REQUEST": "true"}
UNDECIDED = "未标注关键决策人"


def text(answer):
    return answer.content.decode()


def page(cast):
    return reverse("customers:page", args=[cast.acme.pk])


def part(cast, name):
    return reverse("customers:part", args=[cast.acme.pk, name])


def customer(cast):
    return Customer.objects.get(pk=cast.acme.pk)


def at(day, hour=9):
    return datetime(2024, 1, day, hour, tzinfo=zone())


@pytest.mark.req("R-000-01")
@pytest.mark.req("R-000-02")
def test_what_three_people_wrote_stands_in_one_timeline_newest_first(cast, browse):
    Collaboration.objects.create(customer=cast.acme, person=cast.zhao)
    for person, day in ((cast.lin, 2), (cast.zhao, 4), (cast.wang, 3)):
        log(person, {"summary": f"{person.name}说的", "occurred_at": at(day)}, cast.acme)

    shown = text(browse("lin").get(page(cast)))

    order = [shown.index(f"{name}说的") for name in ("赵强", "王敏", "林晓")]
    assert order == sorted(order)
    assert "2024-01-04 09:00" in shown
    assert browse("lin").get(reverse("desk:pick"), {"q": "5678"}).json()[0]["id"] == cast.acme.pk


@pytest.mark.req("R-000-04")
def test_the_new_owner_reads_the_old_timeline(cast, browse):
    log(cast.lin, {"summary": "转移之前说的"}, cast.acme)
    transfer(cast.wang, customer(cast), cast.zhao.pk, "区域调整")

    shown = text(browse("zhao").get(page(cast)))
    assert "转移之前说的" in shown and "区域调整" in shown
    assert browse("lin").get(page(cast)).status_code == 404


def entries(cast, browse, rf, person, **asked):
    request = rf.get(page(cast), asked)
    request.user = person
    known = customer(cast)
    return history(request, known, relation(person, known))


def test_pages_of_the_timeline_hold_everything_once_though_moments_are_equal(cast, rf, browse):
    for number in range(35):
        log(cast.lin, {"summary": f"第{number}次", "occurred_at": at(1 + number // 10)}, cast.acme)
    Followup.objects.filter(summary="第34次").update(occurred_at=now() - timedelta(days=300))
    revise(cast.wang, customer(cast), {"remark": "同一时刻"})

    seen, mark = [], ""
    for _page in range(9):
        told = entries(cast, browse, rf, cast.wang, before=mark)
        seen += [(one["source"], one["id"]) for one in told["entries"]]
        mark = told["more"]
        if not mark:
            break

    assert len(seen) == len(set(seen)) == 35 + 3  # the customer and its contact were entered, the remark changed
    assert len(entries(cast, browse, rf, cast.wang)["entries"]) == MOST
    only = entries(cast, browse, rf, cast.wang, show="changes")["entries"]
    assert {one["source"] for one in only} == {"changes"}


def test_entries_of_one_moment_are_not_lost_between_pages(cast, rf, browse, monkeypatch):
    monkeypatch.setattr("keji.desk.pages.customer.MOST", 3)
    from keji.access.models import Entry

    moment = Entry.objects.filter(customer_id=cast.acme.pk).latest("pk").at
    for number in range(5):
        log(cast.lin, {"summary": f"第{number}次", "occurred_at": moment}, cast.acme)
    seen, mark = [], ""
    while True:
        told = entries(cast, browse, rf, cast.wang, before=mark)
        seen += [(one["source"], one["id"]) for one in told["entries"]]
        mark = told["more"]
        if not mark:
            break

    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    "mark",
    ["x", "2024-01-01~followups~1", "2024-01-01T00:00:00+00:00~other~1", "2024-01-01T00:00:00+00:00~changes~x", "~~"],
)
def test_a_made_up_place_is_refused(cast, browse, mark):
    assert browse("lin").get(page(cast), {"before": mark}).status_code == 400


def sections(answer):
    return re.findall(r'<section class="part( blank)?" id="part-(\w+)"', text(answer))


def test_an_empty_section_is_filled_where_it_stands(cast, browse):
    client = browse("lin")
    before = {name: blank for blank, name in sections(client.get(page(cast)))}
    assert (before["base"], before["care"], "identity" in before) == ("", " blank", False)
    assert f'hx-get="{part(cast, "care")}?edit=1"' in text(client.get(page(cast)))

    form = text(client.get(part(cast, "care") + "?edit=1", **HTMX))
    assert 'name="preferences"' in form
    assert sections(client.get(part(cast, "care"), **HTMX)) == [(" blank", "care")]
    saved = client.post(part(cast, "care"), {"version": customer(cast).version, "preferences": "喜欢喝茶"}, **HTMX)

    assert sections(saved) == [("", "care")]
    assert customer(cast).preferences == "喜欢喝茶"


def test_an_empty_section_is_not_offered_to_those_who_may_not_fill_it(cast, browse):
    assert not any(blank for blank, _name in sections(browse("chen").get(page(cast))))
    told = {f"customers.{name}": "hide" for name in ("channel_preference", "do_not_call", "preferences", "risks", "remark")}
    Role.objects.filter(code="SALES_REP").update(fields=told)

    assert "care" not in [name for _blank, name in sections(browse("lin").get(page(cast)))]


@pytest.mark.req("R-003-53")
def test_the_manager_evaluates_on_the_page_and_reads_what_was_judged_before(cast, browse):
    client, address = browse("wang"), reverse("customers:regrade", args=[cast.acme.pk])
    told = {"grade": "B", "why": "季度评定", "annual_purchase": "50万", "potential": "4", "influence": "2"}
    client.post(address, {**told, "potential": "9"})
    assert customer(cast).grade == "A"
    client.post(address, told)

    shown = text(client.get(page(cast)))
    assert (customer(cast).grade, "A → B" in shown) == ("B", True)
    assert "年采购额 500,000.00 · 合作潜力 4 · 行业影响力 2" in shown
    assert "年采购额 500,000.00" not in text(browse("lin").get(page(cast)))
    Role.objects.filter(code="SALES_MANAGER").update(fields={"customers.contract_amount": "hide"})
    assert "年采购额 500,000.00" not in text(browse("wang").get(page(cast)))


def test_htmx_gets_only_the_part_it_asks_for(cast, browse):
    log(cast.lin, {"summary": "说过的"}, cast.acme)
    for target, there, absent in (
        ("section#timeline", 'id="timeline"', "data-compose"),
        ("div#face", 'id="face"', 'id="timeline"'),
        ("li#more-entries", "说过的", 'id="timeline"'),
    ):
        shown = text(browse("lin").get(page(cast), HTTP_HX_TARGET=target, **HTMX))
        assert (there in shown, absent in shown, "<html" in shown) == (True, False, False), target


@pytest.mark.req("R-000-23")
def test_who_decides_stands_first_and_nobody_deciding_is_said_once(cast, browse):
    li = cast.acme.contacts.get()
    revise_contact(cast.lin, li, {"decision_role": "USER"})
    assert text(browse("lin").get(page(cast))).count(UNDECIDED) == 1

    add_contact(cast.lin, {"name": "陈建国", "decision_role": "DECISION_MAKER"}, customer(cast))
    shown = text(browse("lin").get(page(cast)))
    people = shown[shown.index("<h2>联系人</h2>") :]
    assert people.index("陈建国") < people.index("李梅")
    assert UNDECIDED not in shown


@pytest.mark.req("R-000-23")
def test_nobody_deciding_is_not_said_to_who_does_not_read_it(cast, browse):
    revise_contact(cast.lin, cast.acme.contacts.get(), {"decision_role": "USER"})
    Role.objects.filter(code="SALES_REP").update(fields={"contacts.decision_role": "hide"})

    assert UNDECIDED not in text(browse("lin").get(page(cast)))


@pytest.mark.parametrize(
    ("days", "said"), [(None, "没有安排下次跟进"), (2, "下次跟进 "), (0, "今天跟进"), (-2, "下次跟进逾期 2 天")]
)
def test_the_next_step_says_how_it_stands(cast, browse, days, said):
    log(cast.lin, {"summary": "说过的", "occurred_at": now() - timedelta(days=9)}, cast.acme)
    if days is not None:
        Customer.objects.filter(pk=cast.acme.pk).update(next_followup_at=now() + timedelta(days=days))

    assert said in text(browse("lin").get(page(cast)))


def test_a_section_is_read_filled_in_and_saved_in_place(cast, browse):
    form = text(browse("lin").get(part(cast, "care") + "?edit=1", **HTMX))
    assert 'name="remark"' in form and 'name="uscc"' not in form

    answer = browse("lin").post(
        part(cast, "care"), {"version": customer(cast).version, "remark": "年底扩产", "_boxes": "do_not_call"}, **HTMX
    )
    assert (answer.status_code, '"logged"' in answer["HX-Trigger"], "年底扩产" in text(answer)) == (200, True, True)
    assert customer(cast).remark == "年底扩产"
    one = text(browse("lin").get(part(cast, "uscc") + "?edit=1", **HTMX))
    assert one.count('name="uscc"') == 1 and 'name="name"' not in one
    assert browse("lin").get(part(cast, "nothing"), **HTMX).status_code == 404


def test_in_place_the_same_rules_hold(cast, browse):
    version = customer(cast).version
    wrong = browse("lin").post(part(cast, "uscc"), {"version": version, "uscc": "91320594MA1ABCD2XX"}, **HTMX)
    assert (wrong.status_code, "data-code=" in text(wrong)) == (422, True)

    for stray in ({"owner": cast.wang.pk}, {"remark": "夹带"}):
        answer = browse("lin").post(part(cast, "uscc"), {"version": version, **stray}, **HTMX)
        assert answer.status_code == 422, stray
    assert browse("chen").post(part(cast, "care"), {"version": version, "remark": "x"}, **HTMX).status_code == 403
    assert browse("zhao").get(part(cast, "care"), **HTMX).status_code == 404
    assert (customer(cast).remark, customer(cast).owner, customer(cast).uscc) == ("", cast.lin, "91320594MA1ABCD2XK")


@pytest.mark.req("R-003-06")
def test_in_place_the_second_of_two_sees_both_versions(cast, browse):
    version = customer(cast).version
    revise(cast.wang, customer(cast), {"remark": "经理先写"})

    answer = browse("lin").post(part(cast, "care"), {"version": version, "remark": "我后写"}, **HTMX)

    assert answer.status_code == 409
    assert "经理先写" in text(answer) and "我后写" in text(answer)
    assert customer(cast).remark == "经理先写"


def test_rights_say_what_may_says(cast):
    Collaboration.objects.create(customer=cast.acme, person=cast.zhao)
    Role.objects.create(
        code="TEAM", label="组", reach={"customers": {"see": "team", "change": "team"}}, actions=[], fields={}
    )
    for person in (cast.lin, cast.wang, cast.zhao, cast.chen, cast.shen, cast.gao):
        for record in (customer(cast), Customer.objects.get(pk=cast.other.pk)):
            names = [name for name in ACTIONS if name.startswith("customers.")]
            told = {name: may(person, name, record) for name in names}
            assert rights(person, names, relation(person, record)) == told, (person, record)


@pytest.mark.parametrize(("who", "most"), [("wang", 5), ("lin", 5), ("chen", 5)])
def test_the_page_asks_the_database_little_and_no_more_for_a_long_history(cast, browse, who, most):
    """Of its own: neither who asks, with roles and settings, nor the panels and moves of others are counted.
    """
    found = []
    for number in range(12):
        log(cast.lin, {"summary": f"第{number}次", "occurred_at": at(1 + number)}, cast.acme)
        if number in (1, 11):
            client = browse(who)
            client.get(page(cast))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page(cast)).status_code == 200
            found.append([one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]])
    assert len(found[0]) == len(found[1])
    others = (
        "session",
        "access_person",
        "access_role",
        "access_setting",
        "agenda_",
        "notices_",
        "anniversary",
        "attachment",
        "deals_",
        "need",
        "tag",
    )
    told = [sql for sql in found[1] if not any(name in sql.partition("WHERE")[0] for name in others)]
    assert len(told) <= most, told


HANGS = ("collaborators", "contacts", "needs", "tags", "days", "deals", "moves", "followups", "tasks", "files")


def test_what_hangs_on_a_customer_is_found_out_at_once(cast):
    """What this leaves out would be missing on the page: each of them is put there and has to be told."""
    bare = register(cast.lin, {"name": "空白贸易有限公司"}, accept={"*": "测试"})
    assert held(bare.pk) <= {"tags"}

    Collaboration.objects.create(customer=bare, person=cast.zhao)
    add_contact(cast.lin, {"name": "程工"}, bare)
    add_need(cast.lin, {"description": "采购二十套办公设备"}, bare)
    tag = Tag.objects.exclude(taggings__customer=bare).first()
    Tagging.objects.create(customer=bare, tag=tag, who=cast.lin, at=now())
    anniversaries.remember(cast.lin, bare, "签约", today(), True)
    log(cast.lin, {"summary": "第一次通话"}, bare)
    deal = open_deal(cast.lin, {"name": "办公设备"}, bare)
    StageChange.objects.create(
        deal=deal, old_id=deal.stage_id, new=Stage.objects.exclude(pk=deal.stage_id).first(), days=0
    )
    Attachment.objects.create(
        record="customers", record_id=bare.pk, customer_id=bare.pk, name="a.txt", mime="text/plain", size=1, digest="0"
    )
    assert held(bare.pk) == frozenset(HANGS)
    assert held(cast.other.pk).isdisjoint({"collaborators", "needs", "days", "deals", "moves", "tasks", "files"})


@pytest.mark.parametrize("who", ["wang", "lin"])
def test_a_customer_with_nothing_but_itself_is_shown_in_six_questions(cast, browse, who):
    bare = register(cast.lin, {"name": "空白贸易有限公司"}, accept={"*": "测试"})
    client = browse(who)
    client.get(f"/customers/{bare.pk}/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/customers/{bare.pk}/").status_code == 200
    told = [one["sql"] for one in asked if "django_session" not in one["sql"] and "access_person p" not in one["sql"]]
    assert len(told) <= 6, told


def test_what_is_missing_goes_from_the_face_once_it_is_filled_in(cast, browse):
    wang = browse("wang")
    before = text(wang.get(page(cast), **HTMX, HTTP_HX_TARGET="div#face"))
    revise(cast.lin, cast.acme, {"collection_channel": "ONLINE_FORM"}, version=cast.acme.version)
    after = text(wang.get(page(cast), **HTMX, HTTP_HX_TARGET="div#face"))

    assert ("缺少采集渠道" in before, "缺少采集渠道" in after) == (True, False)


def test_a_double_click_opens_every_fact_that_offers_it(cast, browse):
    """What nobody types, like the number, offers none."""
    client = browse("lin")
    shown = client.get(page(cast)).content.decode()
    offered = re.findall(r'<dd hx-get="([^"]+)" hx-trigger="dblclick"', shown)

    assert len(offered) > 5
    assert {client.get(path, headers={"HX-Request": "true"}).status_code for path in offered} == {200}
    assert not any("/customer_no/" in path for path in offered)


def test_why_a_doubt_was_settled_stands_beside_the_value(cast, browse):
    cast.acme.remark = ""
    revise(cast.lin, cast.acme, {"remark": "密码:abc123"}, accept={"remark:W_SENSITIVE": "测试账号 <b>"})

    page = browse("lin").get(f"/customers/{cast.acme.pk}/").content.decode()

    assert f"<small>已确认：测试账号 &lt;b&gt;（{cast.lin.name}，{today().isoformat()}）</small>" in page


@pytest.mark.req("R-001-17")
def test_what_was_promised_stands_among_the_tasks_as_soon_as_it_is_written_down(cast, browse):
    assert "logged from:body" in text(browse("lin").get(page(cast))).partition('id="tasks"')[2][:200]
    log(cast.lin, {"method": "PHONE", "summary": "谈了合同", "commitments": "3天内寄样品"}, cast.acme)

    shown = text(browse("lin").get(page(cast), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="div#tasks"))
    assert shown.strip().startswith('<section class="card" id="tasks"') and "3天内寄样品" in shown and "<html" not in shown
    assert "3天内寄样品" not in text(browse("gao").get(page(cast), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="div#tasks"))
