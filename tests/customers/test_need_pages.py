"""The pages of needs, tags and of how customers are spread."""

import re
from datetime import date
from urllib.parse import parse_qs, urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keji.access.models import Role
from keji.customers import queries, spread
from keji.customers.models import Contact, Customer, Need, Tag, Tagging, TagGroup, TagMerge, TagRule
from keji.customers.rules.needs import add_need
from keji.customers.rules.register import register
from keji.customers.rules.tagging import tag
from keji.customers.sheet import CUSTOMERS
from keji.customers.tagbook import tagbook
from keji.kernel.clock import now
from keji.queue.models import Job
from keji.records.listing import ask, listing
from keji.records.terms import dictionary

TEXT = "智能办公设备批量采购"


def signed(person):
    client = Client()
    client.force_login(person)
    return client


def body(answer):
    return answer.content.decode()


@pytest.mark.req("R-001-38")
def test_a_need_is_written_down_seen_on_the_page_and_revised(cast):
    client, contact = signed(cast.lin), Contact.objects.get(customer=cast.acme)
    told = {
        "description": TEXT,
        "priority": "HIGH",
        "budget_text": "20-30万",
        "keywords": "降本增效、国产替代",
        "once": "t1",
    }
    made = client.post(f"/customers/{cast.acme.pk}/needs/new/", told | {"_contacts": [contact.pk]})
    again = client.post(f"/customers/{cast.acme.pk}/needs/new/", told)

    need = Need.objects.get()
    page = body(client.get(f"/customers/{cast.acme.pk}/"))
    assert made.status_code == again.status_code == 302
    assert [word in page for word in (TEXT, "20-30万", "降本增效、国产替代", "决策：李梅")] == [True] * 4
    form = body(client.get(f"/needs/{need.pk}/edit/"))
    assert f'name="_contacts" value="{contact.pk}" checked' in form
    client.post(f"/needs/{need.pk}/edit/", {"description": TEXT, "version": "1", "state": "DROPPED"})
    assert Need.objects.get().state == "OPEN"
    client.post(
        f"/needs/{need.pk}/edit/", {"description": TEXT, "version": "1", "state": "DROPPED", "state_why": "取消"}
    )
    assert (Need.objects.get().state, Need.objects.get().decision_contacts) == ("DROPPED", [])


def test_what_is_wrong_comes_back_with_the_form(cast):
    answer = signed(cast.lin).post(
        f"/customers/{cast.acme.pk}/needs/new/", {"description": "短", "budget_text": "几十万"}
    )

    assert answer.status_code == 422
    assert "E_AMOUNT" in body(answer)
    assert "几十万" in body(answer)
    assert not Need.objects.exists()


def test_of_two_editors_the_second_sees_both_versions(cast):
    need = add_need(cast.lin, {"description": TEXT}, cast.acme)
    signed(cast.wang).post(f"/needs/{need.pk}/edit/", {"description": "经理改过的需求", "version": "1"})
    answer = signed(cast.lin).post(f"/needs/{need.pk}/edit/", {"description": "我改过的需求", "version": "1"})

    assert answer.status_code == 409
    assert ["我改过的需求" in body(answer), "经理改过的需求" in body(answer)] == [True, True]


@pytest.mark.req("R-002-49")
def test_the_form_says_what_to_ask_and_which_possibility_the_date_suggests(cast):
    client = signed(cast.lin)
    plain = body(client.get("/needs/hints/"))
    asked = body(client.get("/needs/hints/", {"need_type": "DIGITAL", "target_date": "45天后"}))

    assert "对合作方案有哪些具体期望" in plain
    assert "要和现有的哪些系统对接" in asked
    assert "中(1-3个月可签约)" in asked
    assert client.get("/needs/hints/", {"target_date": "某一天"}).status_code == 200


def test_a_need_goes_to_the_bin_and_back_by_the_pages(cast):
    need, client = add_need(cast.lin, {"description": TEXT}, cast.acme), signed(cast.lin)
    client.post(f"/needs/{need.pk}/drop/", {"why": "重复"})
    assert TEXT not in body(client.get("/needs/"))
    assert TEXT in body(client.get("/needs/bin/"))

    client.post(f"/needs/{need.pk}/restore/")
    assert TEXT in body(client.get("/needs/"))
    assert client.get(f"/needs/{need.pk}/")["Location"] == f"/customers/{cast.acme.pk}/#needs"


BINS = ("/customers/bin/", "/needs/bin/", "/deals/bin/", "/followups/bin/")


def test_the_bins_lead_to_one_another_and_lists_lead_there(cast):
    client = signed(cast.wang)
    assert 'href="/needs/bin/"' in body(client.get("/needs/"))
    for path in BINS:
        page = body(client.get(path))
        assert [f'href="{one}"' in page for one in BINS] == [True] * 4
        assert f'href="{path}" aria-current="page"' in page
    assert 'href="/needs/bin/"' not in body(client.get("/customers/"))


def test_a_bin_that_one_may_not_open_is_not_offered(cast):
    role = Role.objects.get(code="SALES_REP")
    role.reach["needs"] = role.reach["needs"] | {"delete": "none"}
    role.save()
    client = signed(cast.lin)

    assert "/needs/bin/" not in body(client.get("/needs/"))
    assert "/needs/bin/" not in body(client.get("/customers/bin/"))
    assert client.get("/needs/bin/").status_code == 403


def test_the_steward_undoes_a_merge_by_the_page(cast):
    tag(cast.lin, cast.acme, "预算已批")
    client, old = signed(cast.shen), tagbook().named("预算已批").id
    client.post(f"/tags/{old}/merge/", {"into": tagbook().named("预算明确").id})
    page = body(client.get("/tags/"))
    merge = TagMerge.objects.get()
    assert ("预算已批 → 预算明确" in page, "1 个客户 · 沈洁" in page) == (True, True)
    assert signed(cast.wang).post(f"/tags/merges/{merge.pk}/undo/").status_code == 403

    client.post(f"/tags/merges/{merge.pk}/undo/")
    page = body(client.get("/tags/"))
    assert ("已撤销合并，1 个客户恢复原标签" in page, "最近的合并" in page) == (True, False)
    assert Tagging.objects.get(customer=cast.acme, ended_at=None, automatic=False).tag_id == old
    assert client.post(f"/tags/merges/{merge.pk}/undo/").status_code == 422
    assert client.post("/tags/merges/999/undo/").status_code == 404


def test_service_reads_no_amounts_of_a_need(cast):
    add_need(cast.lin, {"description": TEXT, "budget_text": "20-30万", "expected_amount": 424_242}, cast.acme)
    for path in ("/needs/", f"/customers/{cast.acme.pk}/"):
        page = body(signed(cast.chen).get(path))
        assert [TEXT in page, "20-30万" in page, "424,242" in page] == [True, False, False]
    assert signed(cast.chen).get("/needs/?budget_band=GE20").status_code == 400


def test_the_names_of_those_who_decide_are_read_as_contacts_are(cast):
    contact = Contact.objects.get(customer=cast.acme)
    add_need(cast.lin, {"description": TEXT}, cast.acme, contacts=[contact.pk])
    Role.objects.filter(code="CS_AGENT").update(fields={"contacts.name": "mask"})
    page = body(signed(cast.chen).get(f"/customers/{cast.acme.pk}/"))

    assert "李梅" not in page
    assert "决策：李*" in page


def test_lists_of_needs_and_customers_ask_as_often_for_three_rows_as_for_one(cast):
    client = signed(cast.wang)
    for path in ("/needs/", "/customers/", f"/customers/{cast.acme.pk}/", "/customers/spread/?by=tags"):
        add_need(cast.lin, {"description": TEXT}, cast.acme)
        client.get(path)
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        for n in range(3):
            add_need(cast.lin, {"description": TEXT}, cast.acme)
            tag(cast.lin, cast.acme, f"标签{path.count('/')}{n}")
        client.get(path)
        with CaptureQueriesContext(connection) as many:
            client.get(path)
        assert (path, len(many)) == (path, len(few))


def test_a_tag_is_typed_chosen_and_taken_off_on_the_page(cast):
    client, pk = signed(cast.lin), cast.acme.pk
    answer = client.post(f"/customers/{pk}/tags/", {"tag": "预算明确"}, HTTP_HX_REQUEST="true")
    wrong = client.post(f"/customers/{pk}/tags/", {"tag": "行业:元宇宙"}, HTTP_HX_REQUEST="true")
    until = client.post(f"/customers/{pk}/tags/", {"tag": "展会线索", "until": "2020-01-01"}, HTTP_HX_REQUEST="true")

    assert (answer.status_code, wrong.status_code, until.status_code) == (200, 422, 422)
    assert "预算明确" in body(answer)
    assert 'value="行业:元宇宙"' in body(wrong)
    one = tagbook().named("预算明确").id
    assert client.post(f"/customers/{pk}/tags/{one}/drop/").status_code == 302
    assert Tagging.objects.get(tag_id=one).ended_by == cast.lin
    assert client.post(f"/customers/{cast.other.pk}/tags/", {"tag": "预算明确"}).status_code == 404


def test_who_may_only_read_sees_tags_and_no_field_to_add_one(cast):
    tag(cast.lin, cast.acme, "预算明确")
    page = body(signed(cast.chen).get(f"/customers/{cast.acme.pk}/"))

    assert "预算明确" in page
    assert 'id="tag"' not in page


def test_all_that_match_are_tagged_and_only_those(cast):
    client = signed(cast.wang)
    told = {"all": "1", "query": f"industry_code=I65&q={cast.acme.name[:4]}"}
    asked = client.post("/customers/tags/", told)
    ids = re.findall(r'name="ids" value="(\d+)"', body(asked))
    done = client.post("/customers/tags/", {"step": "1", "ids": ids, "add": ["VIP客户"], "new": "年会邀请、老客户"})

    assert ids == [str(cast.acme.pk)]
    assert done.status_code == 302
    held = Tagging.objects.filter(ended_at=None, automatic=False).values_list("customer_id", "tag__name")
    assert set(held) == {(cast.acme.pk, "VIP客户"), (cast.acme.pk, "年会邀请"), (cast.acme.pk, "老客户")}
    assert client.post("/customers/tags/", {"step": "1", "ids": ids}).status_code == 422


def test_the_steward_keeps_groups_tags_and_rules_by_the_pages(cast):
    client = signed(cast.shen)
    client.post(
        "/tags/groups/new/", {"name": "温度", "exclusive": "1", "prefixed": "1", "enabled": "1", "colour": "red"}
    )
    group = TagGroup.objects.get(name="温度")
    client.post("/tags/new/", {"group": group.pk, "name": "热"})
    client.post("/tags/new/", {"group": group.pk, "name": "冷"})
    hot, cold = Tag.objects.get(name="热"), Tag.objects.get(name="冷")
    client.post(f"/tags/{hot.pk}/", {"name": "火热"})
    client.post(f"/tags/{cold.pk}/merge/", {"into": hot.pk})
    client.post(f"/tags/{hot.pk}/switch/", {"enabled": "0"})
    client.post(f"/tags/groups/{group.pk}/", {"name": "冷热", "enabled": "1"})
    client.post(
        "/tags/rules/new/",
        {"field": "lifecycle_stage", "value": "流失客户", "target": f"t{tagbook().named('流失风险').id}"},
    )
    rule = TagRule.objects.get(field="lifecycle_stage")
    client.post(f"/tags/rules/{rule.pk}/switch/", {"enabled": "0"})

    hot.refresh_from_db(), cold.refresh_from_db(), group.refresh_from_db(), rule.refresh_from_db()
    assert (hot.name, hot.enabled, cold.merged_into, group.name, group.exclusive) == ("火热", False, hot, "冷热", False)
    assert (rule.value, rule.enabled) == ("LOST", False)
    assert Job.objects.filter(task__contains="follow_rules").count() == 2
    assert "冷热" in body(client.get("/tags/"))
    for path, told in (
        ("/tags/groups/new/", {"name": "行业"}),
        ("/tags/rules/new/", {"field": "grade", "value": "Z", "target": "t1"}),
        ("/tags/rules/new/", {"field": "grade", "value": "", "target": "t1"}),
    ):
        assert client.post(path, told).status_code == 422, path
    assert client.post("/tags/rules/new/", {"field": "grade", "target": "x²"}).status_code == 404
    assert signed(cast.wang).get("/tags/").status_code == 403


def peopled(cast):
    for n, (code, region, grade) in enumerate(
        (("C34", "320505", "A"), ("C35", "320500", "A"), ("C", "320000", "B"), ("I65", "440305", ""), ("", "", "C"))
    ):
        values = {"name": f"分布{n}有限公司", "industry_code": code, "contact_region": region, "grade": grade}
        made = register(cast.lin, values | {"contract_amount": 100 * (n + 1), "employee_count": 60 * n}, accept={"*": "不同"})
        tag(cast.lin, made, ("预算明确", "决策周期长")[n % 2])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "grade=A&grade=B",
        "industry_code=C",
        "contact_region=320000",
        "contact_region=320500",
        "tags=预算明确",
        "q=分布",
    ],
)
def test_each_number_opens_exactly_so_many_rows(cast, query):
    """Counts of every column, narrowed in every way, against the list itself."""
    peopled(cast)
    told, seen = QueryDict(query), 0
    asked = ask(CUSTOMERS, cast.wang, told)
    client = signed(cast.wang)
    for name, _label in spread.offered(cast.wang):
        answer = body(client.get(f"/customers/spread/?{urlencode({'by': name})}&{query}"))
        rows = re.findall(r'<td class="num"><a class="link" href="/customers/\?([^"]*)">([\d,]+)</a>', answer)
        for link, number in rows:
            inside = listing(
                CUSTOMERS,
                cast.wang,
                queries.customers(cast.wang),
                ask(CUSTOMERS, cast.wang, QueryDict(link.replace("&amp;", "&"))),
            )
            assert (name, link, inside.count) == (name, link, int(number))
            seen += 1
        if name not in ("tags",):
            total = listing(CUSTOMERS, cast.wang, queries.customers(cast.wang), asked).count
            counted = re.findall(r'<td class="num">(?:<a[^>]*>)?([\d,]+)(?:</a>)?</td>\s*<td><progress', answer)
            assert sum(map(int, counted)) == total
    assert seen >= 8


TEN = (  # industry, people, grade, region, source, stage, owner, amount
    ("C34", 20, "A", "320505", "REFERRAL", "POTENTIAL", "lin", 100),
    ("C35", 20, "A", "320500", "REFERRAL", "POTENTIAL", "lin", 200),
    ("C34", 400, "B", "440305", "EXHIBITION", "INTENT", "lin", 300),
    ("I65", 400, "B", "440305", "EXHIBITION", "INTENT", "lin", 400),
    ("I65", 400, "B", "310104", "EXHIBITION", "WON", "zhao", 500),
    ("I65", 2000, "C", "310104", "REFERRAL", "COOPERATING", "zhao", 600),
    ("F51", 2000, "C", "310104", "REFERRAL", "COOPERATING", "zhao", 700),
    ("F51", None, "C", "", "", "LOST", "zhao", 800),
    ("", None, "", "", "", "POTENTIAL", "wang", 900),
    ("", None, "", "", "", "POTENTIAL", "wang", None),
)


@pytest.mark.req("R-000-03")
def test_ten_customers_are_spread_as_counted_by_hand(cast):
    Customer.objects.update(deleted_at=now())
    for n, (code, people, grade, region, source, stage, owner, amount) in enumerate(TEN):
        values = {
            "name": f"手数{n}有限公司", "industry_code": code, "employee_count": people, "grade": grade, "contact_region": region,
            "lead_source": source, "lifecycle_stage": stage, "contract_amount": amount, "cooperation_status": "COOPERATING",
        }  # fmt: skip
        register(getattr(cast, owner), values, accept={"*": "手数"})

    def told(name):
        found = spread.groups(cast.wang, queries.customers(cast.wang), name, QueryDict(""))
        assert (sum(one.count for one in found), sum(one.amount or 0 for one in found)) == (10, 4500)
        return {one.text: (one.count, int(one.amount or 0)) for one in found}

    assert told("industry_code") == {
        "制造业": (3, 600), "信息传输、软件和信息技术服务业": (3, 1500), "批发和零售业": (2, 1500), "未填写": (2, 900),
    }  # fmt: skip
    assert told("grade") == {"A": (2, 300), "B": (3, 1200), "C": (3, 2100), "未填写": (2, 900)}
    assert told("contact_region") == {"江苏省": (2, 300), "广东省": (2, 700), "上海市": (3, 1800), "未填写": (3, 1700)}
    assert told("owner") == {"林晓": (4, 1000), "赵强": (4, 2600), "王敏": (2, 900)}
    assert sorted(told("lead_source").values()) == [(3, 1200), (3, 1700), (4, 1600)]
    assert sorted(told("lifecycle_stage").values()) == [(1, 500), (1, 800), (2, 700), (2, 1300), (4, 1200)]
    assert sorted(told("size_band").values()) == [(2, 300), (2, 1300), (3, 1200), (3, 1700)]


def found_by(person, query):
    rows = listing(CUSTOMERS, person, queries.customers(person), ask(CUSTOMERS, person, QueryDict(query)))
    return set(rows.ids)


@pytest.mark.req("R-004-31")
def test_customers_are_told_apart_by_stage_and_products(cast):
    words = dictionary("lifecycle_stage").known
    assert [words[one] for one in ("潜在", "意向", "合作中", "流失")] == ["POTENTIAL", "INTENT", "COOPERATING", "LOST"]
    kind = CUSTOMERS.by_name["products"].kind
    both = kind.parse("A产品、B服务包").value
    made = [
        register(cast.lin, {"name": f"产品{n}有限公司", "lifecycle_stage": stage, "products": products}, accept={"*": "不同"}).pk
        for n, (stage, products) in enumerate((("COOPERATING", both), ("COOPERATING", both[:1]), ("LOST", both[1:])))
    ]
    assert kind.show(both) == "A产品、B服务包"

    assert found_by(cast.lin, f"products={both[0]}") == set(made[:2])
    assert found_by(cast.lin, f"products={both[0]}&products={both[1]}") == set(made)
    assert found_by(cast.lin, f"products={both[1]}&lifecycle_stage=COOPERATING") == {made[0]}
    assert found_by(cast.lin, "products=-") == {cast.acme.pk}
    assert "filter-products" in body(signed(cast.lin).get("/customers/filters/more/"))
    for wrong in ("products=NONSENSE", "products__from=1"):
        assert signed(cast.lin).get(f"/customers/?{wrong}").status_code == 400


@pytest.mark.req("R-004-04")
def test_customers_are_layered_by_industry_size_and_how_far_the_cooperation_goes(cast):
    rows = (("C34", 400, "COOPERATING", "2020-05-01", 900_000), ("C34", 400, "COOPERATING", "2026-01-01", 900_000),
            ("C34", 400, "POTENTIAL", None, None), ("C34", 20, "COOPERATING", "2020-05-01", 900_000),
            ("I65", 400, "COOPERATING", "2020-05-01", 900_000), ("C34", 400, "COOPERATING", "2020-05-01", 10_000))  # fmt: skip
    made = []
    for n, (code, people, stage, since, amount) in enumerate(rows):
        values = {
            "name": f"分层{n}有限公司", "industry_code": code, "employee_count": people, "lifecycle_stage": stage,
            "first_cooperation_date": since and date.fromisoformat(since), "contract_amount": amount, "products": ["PRODUCT_A"],
        }  # fmt: skip
        made.append(register(cast.lin, values, accept={"*": "不同"}))
    band = Customer.objects.get(pk=made[0].pk).size_band
    deep = (
        f"industry_code=C&size_band={band}&lifecycle_stage=COOPERATING&first_cooperation_date__to=2023-12-31"
        "&contract_amount__from=100000&products=PRODUCT_A"
    )

    assert found_by(cast.lin, deep) == {made[0].pk}
    assert len(found_by(cast.lin, f"industry_code=C&size_band={band}")) == 4
    shown = CUSTOMERS.reader(cast.lin, [made[0].pk])(Customer.objects.get(pk=made[0].pk).__dict__)
    assert shown["cooperation_years"].value >= 6
    wide = spread.groups(cast.lin, queries.customers(cast.lin), "lifecycle_stage", QueryDict(f"industry_code=C&size_band={band}"))
    assert len(wide) == 2


def test_what_may_not_be_read_is_not_grouped_by_and_a_stranger_counts_only_his_own(cast):
    peopled(cast)
    Role.objects.filter(code="SALES_REP").update(
        fields={"customers.grade": "hide", "customers.contract_amount": "hide"}
    )
    client = signed(cast.zhao)
    page = body(client.get("/customers/spread/?by=grade"))
    owners = spread.groups(cast.zhao, queries.customers(cast.zhao), "owner", QueryDict(""))

    assert "by=grade" not in page
    assert "合同金额" not in page
    assert [(one.text, one.count) for one in owners] == [("赵强", 1)]
    assert client.get("/customers/spread/?grade=A").status_code == 400


def test_sums_are_of_one_currency(cast):
    for amount, currency in ((100, "CNY"), (50, "CNY"), (1000, "USD")):
        values = {
            "name": f"币种{amount}有限公司",
            "industry_code": "A01",
            "contract_amount": amount,
            "currency": currency,
        }
        register(cast.lin, values, accept={"*": "不同的公司"})
    found = spread.groups(cast.lin, queries.customers(cast.lin), "industry_code", QueryDict(""))

    assert [(one.text, one.count, one.amount) for one in found if one.text == "农、林、牧、渔业"] == [
        ("农、林、牧、渔业", 3, 150)
    ]
    assert parse_qs(found[0].query) == {"industry_code": ["A"]}
